"""What every page shares: how it is written, and the policy that lets nothing in but its own style and script."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coach.content.places import data_dir


def write_page(
    template: str, path: Path, context: Mapping[str, Any], *, styles: Sequence[str], script: str | None = None
) -> None:
    """Write a self-contained page: a template of ``reports/`` with its ``styles`` and ``script`` inside it.

    Raises:
        OSError: it can't be written.
    """
    folder = data_dir("reports")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = "".join((folder / name).read_text("utf-8") for name in styles)
    code = (folder / script).read_text("utf-8") if script else None
    whole = {**context, "style": style, "script": code, "csp": _policy(style, code)}
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        environment.get_template(template).stream(whole).dump(file, encoding="utf-8", errors="replace")
    temporary.replace(path)


def _policy(style: str, script: str | None) -> str:
    """Return the content security policy: this style, this script where there is one, nothing else."""
    scripts = f"script-src 'sha256-{_hash(script)}'; " if script is not None else ""
    return f"default-src 'none'; style-src 'sha256-{_hash(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
