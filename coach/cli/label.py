"""``coach label``: a person labels replies of a run, blind; the agreement with the intended labels is shown."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli.app import app

if TYPE_CHECKING:
    from rich.console import Console

    from coach.domain.vocabulary import AnswerKind
    from coach.scoring.model import Measure
    from coach.simulation.judging import Sampled


@app.command()
def label(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    size: int = typer.Option(30, "--size", min=1, max=2000, help="How many replies; those labelled before count."),
    name: str = typer.Option("me", "--name", help="Who labels."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Label replies of a run without seeing what was meant; then see how far you and the ground truth agree."""
    from datetime import UTC, datetime

    from coach.cli.common import console, open_library, open_run
    from coach.cli.results import banks_of, refresh_results
    from coach.records.labels import Label, LabelWriter, read_labels
    from coach.settings import load_settings
    from coach.simulation.judging import sample

    settings = load_settings()
    library = open_library(settings, content)
    folder = open_run(run, out or settings.runs)
    screen = console()
    by = f"person:{name}"
    with folder.lock():
        done = {(x.interview_id, x.turn_id) for x in read_labels(folder.path) if x.by == by}
        drawn = sample(folder.records(), banks_of(folder, library), size=size, seed=folder.manifest.seed)
        left = [s for s in drawn if (s.interview_id, s.turn_id) not in done]
        screen.print(_HELP, soft_wrap=True)
        writer = LabelWriter(folder.path)
        try:
            for number, item in enumerate(left, start=1):
                _show(item, number, len(left), screen)
                kind = _ask(screen)
                if kind == "quit":
                    break
                if kind == "skip":
                    continue
                writer.append(
                    Label(
                        interview_id=item.interview_id,
                        turn_id=item.turn_id,
                        by=by,
                        kind=_kinds()[int(kind) - 1],
                        at=datetime.now(UTC),
                    )
                )
        finally:
            writer.close()
        results = refresh_results(folder, library)
    agreement(results.scores.measures, by, screen)
    screen.print(f"Report:  {results.report}", soft_wrap=True)


_HELP = (
    "Say what each reply does, by its number. s skips one, q stops; what you have labelled is kept.\n"
    "A mixed reply has the first kind that fits, in the order of the list."
)


def _kinds() -> "tuple[AnswerKind, ...]":
    from coach.domain.vocabulary import TRUE_KINDS

    return TRUE_KINDS


def _show(item: "Sampled", number: int, total: int, screen: "Console") -> None:
    from coach.reporting.safe import safe_text

    screen.print(f"\n── {number} of {total} " + "─" * 40)
    screen.print(f"Interviewer: {safe_text(item.message)}", soft_wrap=False)
    if item.question is not None:
        screen.print(f"Reference:   {safe_text(item.question.reference)}")
        for point in item.question.key_points:
            screen.print(f"  {'required' if point.required else 'beyond'}: {safe_text(point.text)}")
    screen.print(f"Candidate:   {safe_text(item.reply)}")
    screen.print("  ".join(f"{i} {kind.replace('_', ' ')}" for i, kind in enumerate(_kinds(), start=1)))


def _ask(screen: "Console") -> str:
    """Return the number of a kind, ``skip`` or ``quit``."""
    while True:
        if sys.stdin.isatty():
            screen.print("> ", end="")
        line = sys.stdin.readline()
        word = line.strip().lower()
        if not line or word in ("q", "quit"):
            return "quit"
        if word in ("s", "skip", ""):
            return "skip"
        if word.isdecimal() and 1 <= int(word) <= len(_kinds()):
            return word
        screen.print(f"A number from 1 to {len(_kinds())}, s or q.")


def agreement(measures: "tuple[Measure, ...]", by: str, screen: "Console") -> None:
    """Print how far the labels of ``by`` and what was meant agree."""
    from coach.reporting.figures import interval_text, value_text

    for measure in measures:
        if measure.name.startswith("truth.") and measure.slice.get("by") == by:
            interval = interval_text(measure) or measure.note or "no interval"
            screen.print(f"{measure.name}: {value_text(measure)} ({interval}), n {measure.n}", soft_wrap=True)
