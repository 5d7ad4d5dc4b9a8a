"""What a run's manifest says about where it came from."""

import platform
import subprocess
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach import __version__

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.domain.cell import Cell
    from coach.records.run import Manifest
    from coach.settings import Settings

_DEPENDENCIES = ("pydantic", "jinja2", "pandas", "snowballstemmer", "typer")


def describe(
    matrix: "Matrix",
    cells: "tuple[Cell, ...]",
    *,
    model: str,
    settings: "Settings",
    library: "Library",
    now: datetime,
) -> "Manifest":
    """Return the manifest of a new run; no setting in it is a secret."""
    from coach.engine.prompts import DEFAULT
    from coach.records.run import Manifest

    commit, dirty = git_state(Path.cwd())
    user_content = str(library.extra.resolve()) if library.extra else None
    resolved: dict[str, Any] = {"participant_name": settings.participant_name, "content": user_content}
    return Manifest(
        name=matrix.id,
        created=now,
        matrix=matrix.model_dump(mode="json"),
        cells=cells,
        settings=resolved,
        seed=matrix.seed,
        git_commit=commit,
        git_dirty=dirty,
        prompt_hashes=DEFAULT.hashes(),
        price_source="offline: no call costs anything" if model == "offline" else None,
        versions=_versions(),
        model=model,
    )


def _versions() -> dict[str, str]:
    found = {"coach": __version__, "python": platform.python_version()}
    for name in _DEPENDENCIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


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
