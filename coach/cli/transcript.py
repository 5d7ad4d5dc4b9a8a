"""``coach transcript``: read one interview, or see which there are."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli.app import app
from coach.errors import UsageError, nearest

if TYPE_CHECKING:
    from coach.records.interview import InterviewRecord
    from coach.records.run import RunFolder


@app.command()
def transcript(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    interview: str = typer.Argument(None, help="An interview's id, number or cell. Default: list them."),
    thoughts: bool = typer.Option(False, "--thoughts", help="Show the agents' thoughts too."),
    prompts: bool = typer.Option(False, "--prompts", help="Show every call: what was really sent, and the answer."),
    markdown: bool = typer.Option(False, "--markdown", help="Markdown instead of plain text."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
) -> None:
    """Show one interview turn by turn, with the intended and the seen label; or list a run's interviews."""
    from coach.cli.common import console, open_run
    from coach.reporting.transcript import transcript as render
    from coach.settings import load_settings

    folder = open_run(run, out or load_settings().runs)
    screen = console()
    if interview is None:
        _list(folder)
        return
    record = find_interview(folder, interview)
    calls = None
    if prompts:
        from coach.records.texts import TextReader

        calls = TextReader(folder.path / "texts.jsonl").get
    text = render(record, width=screen.width, thoughts=thoughts, markdown=markdown, texts=calls)
    screen.print(text, soft_wrap=True)


def _list(folder: "RunFolder") -> None:
    from rich.table import Table

    from coach.cli.common import console

    table = Table(box=None, pad_edge=False, header_style="bold")
    crossed = len({c.prompts for c in folder.manifest.cells}) > 1
    several = len({c.case.scenario for c in folder.manifest.cells}) > 1
    twins = any(c.twin for c in folder.manifest.cells)
    extra = [n for n, wanted in (("scenario", several), ("prompts", crossed), ("twin", twins)) if wanted]
    names = ["#", "interview", "persona", *extra, "lang", "var", "turns"]
    for name in (*names, "ended by", "mistakes"):
        table.add_column(name, no_wrap=name in ("interview", "persona"), overflow="fold")
    for number, record in enumerate(folder.records(), start=1):
        case = record.cell.case if record.cell else None
        table.add_row(
            str(number),
            record.interview_id,
            case.persona if case else "person",
            *([record.brief.scenario] if several else []),
            *([record.cell.prompts if record.cell else "-"] if crossed else []),
            *([(record.cell.twin or "-") if record.cell else "-"] if twins else []),
            record.brief.language,
            str(case.variant) if case else "-",
            str(len(record.turns)),
            record.ended_by.replace("_", " "),
            _mistakes(record),
        )
    screen = console()
    screen.print(table)
    screen.print("mistakes: turns that the Observer saw as another kind than was meant", soft_wrap=True)
    screen.print(f"Read one with: coach transcript {folder.path} 1", soft_wrap=True)


def _mistakes(record: "InterviewRecord") -> str:
    known = [t for t in record.turns if t.act and t.act.truth.kind]
    if not known:
        return "-"
    wrong = [t for t in known if not t.analysis or t.act is None or t.analysis.kind is not t.act.truth.kind]
    return str(len(wrong))


def find_interview(folder: "RunFolder", wanted: str) -> "InterviewRecord":
    """Return an interview by id, by its number in the list, or by its cell's key."""
    names: list[str] = []
    for number, record in enumerate(folder.records(), start=1):
        case = record.cell.case.key if record.cell else "chat"
        if wanted in (record.interview_id, str(number), record.cell_key, case):
            return record
        names += [record.interview_id, case]
    raise UsageError(f"no interview '{wanted}' in {folder.path}.{nearest(wanted, names)}")
