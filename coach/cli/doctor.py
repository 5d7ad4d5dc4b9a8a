"""``coach doctor``: whether this installation can do its work, and what it would use."""

import platform
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer

from coach import __version__
from coach.cli.app import app
from coach.errors import CoachError


@app.command()
def doctor(
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Check the installation, the content, the settings and the disk; say what is wrong and what to do."""
    from coach.cli.common import console

    screen = console()
    failed = 0
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("coach", _version),
        ("settings", _settings),
        ("content", partial(_content, content)),
        ("offline model", _model),
        ("runs folder", _disk),
    )
    for name, check in checks:
        try:
            screen.print(f"ok       {name}: {check()}", soft_wrap=True)
        except (CoachError, OSError) as error:
            failed += 1
            screen.print(f"problem  {name}: {error}", soft_wrap=True)
    screen.print("Network: nothing is called; this version answers from its embedded model.")
    if failed:
        raise typer.Exit(2)


def _version() -> str:
    return f"{__version__}, Python {platform.python_version()}"


def _settings() -> str:
    from coach.settings import load_settings

    settings = load_settings()
    return f"model {settings.model}, runs in {settings.runs}, logs in {settings.log_dir}"


def _content(content: Path | None) -> str:
    from coach.cli.common import open_library
    from coach.content.checks import check_library
    from coach.errors import ContentError
    from coach.settings import load_settings

    library = open_library(load_settings(), content)
    problems, count = check_library(library)
    if problems:
        raise ContentError(f"{len(problems)} problems, see: coach validate. The first: {problems[0]}")
    return (
        f"{count} files: {len(library.personas)} personas, {len(library.banks)} banks, "
        f"{len(library.scenarios)} scenarios, {len(library.matrices)} matrices"
    )


def _model() -> str:
    from coach.cli.common import open_library, open_model
    from coach.settings import load_settings

    settings = load_settings()
    return f"{open_model(settings.model, open_library(settings, None)).name} is ready"


def _disk() -> str:
    from coach.settings import load_settings

    runs = load_settings().runs
    parent = next(p for p in (runs, *runs.resolve().parents) if p.is_dir())
    with tempfile.TemporaryFile(dir=parent):
        return f"{parent} can be written"
