"""What a run's manifest says about where it came from."""

import platform
import subprocess
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach import __version__
from coach.cli.options import OFFLINE, is_own

if TYPE_CHECKING:
    from coach.cli.setup import Setup
    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.domain.cell import Cell
    from coach.records.run import Manifest
    from coach.settings import Settings

_DEPENDENCIES = ("aiohttp", "genai-prices", "openai", "pydantic", "jinja2", "pandas", "snowballstemmer", "typer")


def describe(
    matrix: "Matrix",
    cells: "tuple[Cell, ...]",
    *,
    setup: "Setup",
    settings: "Settings",
    library: "Library",
    now: datetime,
    probe: dict[str, Any] | None = None,
) -> "Manifest":
    """Return the manifest of a new run; no setting in it is a secret. ``probe`` is what the first call taught."""
    from coach.records.run import Manifest

    commit, dirty = git_state(Path.cwd())
    user_content = str(library.extra.resolve()) if library.extra else None
    resolved: dict[str, Any] = {
        "participant_name": settings.participant_name,
        "content": user_content,
        **setup.saved(),
    }
    return Manifest(
        name=matrix.id,
        created=now,
        matrix=matrix.model_dump(mode="json"),
        cells=cells,
        settings=resolved,
        seed=matrix.seed,
        git_commit=commit,
        git_dirty=dirty,
        prompt_hashes=setup.prompt_hashes(),
        price_source=price_source(setup),
        versions=_versions(),
        model=setup.label,
        probe=probe or {},
    )


def price_source(setup: "Setup") -> str | None:
    """Return where the prices of a run's models come from, in words; None where no model is asked."""
    from coach.cli.models import open_prices

    if not setup.roles:
        return None
    prices = open_prices(setup.choice)
    words = {
        "table": f"table {setup.choice.prices}",
        "genai-prices": f"genai-prices {_version('genai-prices')} (list prices)",
        None: "unknown but by a gateway's header",
    }
    found = []
    for name in dict.fromkeys(setup.choice.of(role) for role in setup.roles):
        where = words[prices.source(name)] if name != OFFLINE else "no call costs anything"
        if is_own(name):
            where = "as the model itself says"
        found.append(f"{name}: {where}")
    return "; ".join(found)


def _versions() -> dict[str, str]:
    found = {"coach": __version__, "python": platform.python_version()}
    return found | {name: _version(name) for name in _DEPENDENCIES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def git_state(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the checkout around ``folder`` and whether it is changed; None outside one."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        dirty = bool(_git(folder, "status", "--porcelain"))
    except (OSError, subprocess.SubprocessError):
        return None, None
    return commit, dirty


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
        capture_output=True,
        text=True,
        timeout=5,
        check=True,
    )
    return done.stdout.strip()
