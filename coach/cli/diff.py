"""``coach diff``: how two versions of something differ."""

from enum import StrEnum
from pathlib import Path

import typer

from coach.cli.app import app


class DiffKind(StrEnum):
    """What can be compared."""

    PROMPT = "prompt"


@app.command()
def diff(
    kind: DiffKind = typer.Argument(..., help="What it is."),
    old: str = typer.Argument(..., help="A prompt set: a name or a folder."),
    new: str = typer.Argument(..., help="Another one."),
    content: Path = typer.Option(None, "--content", help="A folder with your own prompts/."),
) -> None:
    """Show how two prompt sets differ, template by template."""
    from coach.cli.common import console, open_library
    from coach.cli.prompts import diff_prompts
    from coach.reporting.safe import safe_text
    from coach.settings import load_settings

    found = diff_prompts(old, new, open_library(load_settings(), content))
    console().print(safe_text(found) if found else "No difference.", soft_wrap=True)
