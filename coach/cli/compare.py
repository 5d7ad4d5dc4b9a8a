"""``coach compare``: two runs on the cases that they share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli.app import app
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.records.interview import InterviewRecord
    from coach.records.run import RunFolder
    from coach.scoring.compared import Comparison


class Format(StrEnum):
    """The formats of ``--format``."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command()
def compare(
    base: str = typer.Argument(..., help="The run to compare with: a path or a name."),
    new: str = typer.Argument(None, help="The new run. Default: the latest."),
    format_: Format = typer.Option(Format.TEXT, "--format", help="text, markdown, html (side by side) or json."),
    output: Path = typer.Option(
        None, "--output", "-o", help="Where to write it. Default: stdout; html: in the new run."
    ),
    base_prompts: str = typer.Option(None, "--base-prompts", help="The base's prompt set, where it has several."),
    new_prompts: str = typer.Option(None, "--new-prompts", help="The new run's prompt set, where it has several."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Say whether a run is better or worse than another: differences with intervals, flips, prompts, cost."""
    from coach.cli.common import console, open_library, open_run, storage, write_out
    from coach.reporting.comparison import comparison_markdown, comparison_text
    from coach.settings import load_settings

    settings = load_settings()
    folders = (open_run(base, out or settings.runs), open_run(new, out or settings.runs))
    found = compared(folders, (base_prompts, new_prompts), open_library(settings, content))
    screen = console()
    match format_:
        case Format.JSON:
            write_out(found.model_dump_json(indent=1) + "\n", output)
        case Format.MARKDOWN:
            write_out(comparison_markdown(found), output)
        case Format.HTML:
            from coach.reporting.comparison_page import render_comparison, shown_interviews

            path = output or folders[1].path / f"compare-{folders[0].path.name}.html"
            with storage(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                wanted = shown_interviews(found)
                sides = tuple(_interviews(f, w) for f, w in zip(folders, wanted, strict=True))
                render_comparison(found, (sides[0], sides[1]), path)
            screen.print(f"Comparison:  {path}", soft_wrap=True)
        case Format.TEXT:
            places = (str(folders[0].path), str(folders[1].path))
            if output is None:
                screen.print(comparison_text(found, screen.width, places))
                screen.print(f"Side by side:  coach compare {places[0]} {places[1]} --format html", soft_wrap=True)
                return
            with screen.capture() as text:
                screen.print(comparison_text(found, screen.width, places))
            write_out(text.get(), output)
    if output is not None and format_ is not Format.HTML:
        screen.print(f"Comparison:  {output}", soft_wrap=True)


def compared(
    folders: "tuple[RunFolder, RunFolder]", sets: tuple[str | None, str | None], library: "Library"
) -> "Comparison":
    """Return the comparison of two runs. Raises RunError or UsageError."""
    from coach.cli import scored
    from coach.scoring.compared import compare_tables

    scored.check_comparable(*folders)
    scored.check_seeds(*folders)
    options = ("--base-prompts", "--new-prompts")
    tables = [
        scored.only_prompts(scored.tables_of(f, library), f, s, o)
        for f, s, o in zip(folders, sets, options, strict=True)
    ]
    diff, lost = scored.prompts_diff(*folders, sets)
    unread = scored.unread(folders, changed=bool(diff or lost))
    found = compare_tables(
        tables[0],
        tables[1],
        names=(folders[0].path.name, folders[1].path.name),
        models=(folders[0].manifest.model, folders[1].manifest.model),
        seed=folders[1].manifest.seed,
        unread=unread,
        prompts_diff=diff,
        notices=scored.notices(folders, lost=lost, unread=unread),
    )
    if not found.shared:
        raise UsageError(
            f"{folders[0].path} and {folders[1].path} share no case; "
            "runs are compared on the same personas, scenarios, languages and variants"
        )
    return found


def _interviews(folder: "RunFolder", wanted: set[str]) -> "dict[str, InterviewRecord]":
    """Return a run's interviews by id, those that are wanted; one is read at a time."""
    return {r.interview_id: r for r in folder.records() if r.interview_id in wanted}
