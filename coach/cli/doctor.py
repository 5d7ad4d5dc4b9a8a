"""``coach doctor``: whether this installation can do its work, and what it would use."""

import platform
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer

from coach import __version__
from coach.cli import options
from coach.cli.app import app
from coach.errors import CoachError


@app.command()
def doctor(
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    model: options.ModelOption = None,
    base_url: options.BaseUrlOption = None,
    transport: options.TransportOption = None,
    timeout: options.TimeoutOption = None,
) -> None:
    """Check the installation, the content, the settings, the disk and, where a model is named, its endpoint."""
    from coach.cli.common import console

    screen = console()
    failed = 0
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("coach", _version),
        ("settings", _settings),
        ("content", partial(_content, content)),
        ("runs folder", _disk),
        ("model", partial(_model, model, base_url, transport, timeout)),
    )
    for name, check in checks:
        try:
            screen.print(f"ok       {name}: {check()}", soft_wrap=True)
        except (CoachError, OSError) as error:
            failed += 1
            screen.print(f"problem  {name}: {error}", soft_wrap=True)
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


def _model(
    model: list[str] | None,
    base_url: str | None,
    transport: options.TransportChoice | None,
    timeout: float | None,
) -> str:
    import asyncio

    from coach.cli.models import probed
    from coach.settings import load_settings

    settings = load_settings()
    choice = options.choose(settings, model=model, base_url=base_url, transport=transport, timeout=timeout or 30.0)
    if choice.replays:
        return f"{choice.label}, replayed from {choice.cassette}; no network is called"
    if not choice.endpoint_names(tuple(choice.names)):
        return "offline is ready; no network is called"
    answers, _ = asyncio.run(probed(choice))
    told = [
        f"{name} answered in {reply.latency_ms / 1000:.1f} s, asked by {reply.mode}, "
        f"{'usage counted' if not reply.usage.estimated else 'usage not counted (tokens will be estimates)'}, "
        f"price {reply.cost_source or 'unknown'}"
        for name, reply in answers.items()
    ]
    return f"{choice.address().shown}: {'; '.join(told)}"


def _disk() -> str:
    from coach.settings import load_settings

    runs = load_settings().runs
    parent = next(p for p in (runs, *runs.resolve().parents) if p.is_dir())
    with tempfile.TemporaryFile(dir=parent):
        return f"{parent} can be written"
