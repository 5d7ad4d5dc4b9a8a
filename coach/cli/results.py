"""What is made of a run's journal: scores, report, logs, summary."""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.common import storage
from coach.cli.scored import tables_of
from coach.records.labels import read_labels
from coach.records.run import write_whole
from coach.reporting.html import render_report
from coach.reporting.terminal import summary
from coach.scoring import score_tables
from coach.scoring.model import GRADING_VERSION, Scores
from coach.scoring.plugins import installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.content.bank import Bank
    from coach.content.gates import Gate
    from coach.content.library import Library
    from coach.records.run import RunFolder


@dataclass(frozen=True, slots=True)
class Results:
    """Where a run's scores and report are."""

    folder: "RunFolder"
    scores: Scores
    scores_path: Path
    report: Path

    @property
    def as_scripted(self) -> bool:
        """Whether all came as the run's acceptance scripts expect; True where there are none."""
        return not any(s.rows for s in self.scores.series if s.name == "acceptance_not_met")

    def show(self, out: "Console", spent: "Sequence[str]" = ()) -> None:
        """Print the summary, what was ``spent``, where the output is and what to run next."""
        out.print(summary(self.scores, out.width))
        for line in spent:
            out.print(line, soft_wrap=True)
        out.print(f"Report:  {self.report}", soft_wrap=True)
        out.print(f"Scores:  {self.scores_path}", soft_wrap=True)
        out.print(f"Next:    coach transcript {self.folder.path}", soft_wrap=True)
        if gates_of(self.folder):
            out.print(f"Gates:   coach gate {self.folder.path}", soft_wrap=True)


def refresh_results(folder: "RunFolder", library: "Library", *, export_logs: bool = False) -> Results:
    """Score the run and write ``scores.json``, ``report.html`` and, if wanted, the logs."""
    scores = rescore(folder, library)
    report = write_report(folder, scores)
    if export_logs:
        write_all_logs(folder)
    return Results(folder, scores, folder.path / "scores.json", report)


def banks_of(folder: "RunFolder", library: "Library") -> "dict[str, Bank]":
    """Return the banks that the run's scenarios use."""
    return {b.id: b for b in library.banks_of(c.case.scenario for c in folder.manifest.cells)}


def gates_of(folder: "RunFolder") -> "tuple[Gate, ...]":
    """Return the gates of the run's matrix."""
    from coach.content.gates import Gate

    return tuple(Gate.model_validate(g) for g in folder.manifest.matrix.get("gates", ()))


def rescore(folder: "RunFolder", library: "Library") -> Scores:
    """Score the journal and write ``scores.json``; no model is called."""
    scores = score_tables(
        tables_of(folder, library),
        run=folder.path.name,
        seed=folder.manifest.seed,
        model=folder.manifest.model,
        labels=read_labels(folder.path),
        scorers=installed(),
        gates=gates_of(folder),
    )
    missing = len(folder.missing_cells())
    if missing:
        whole = len(folder.manifest.cells)
        notice = (
            f"This run is incomplete: {whole - missing} of {whole} interviews. "
            f"Go on with: coach simulate --resume {folder.path}"
        )
        scores = scores.model_copy(update={"notices": (notice, *scores.notices)})
    write_whole(folder.path / "scores.json", scores.model_dump_json(indent=1) + "\n")
    return scores


def saved_scores(folder: "RunFolder") -> Scores | None:
    """Return the run's scores where they are of this grading version, else None."""
    path = folder.path / "scores.json"
    if not path.is_file():
        return None
    try:
        scores = Scores.model_validate_json(path.read_bytes())
    except ValueError:
        return None
    return scores if scores.grading_version == GRADING_VERSION else None


def write_report(folder: "RunFolder", scores: Scores, output: Path | None = None) -> Path:
    """Write the HTML report and return its path."""
    path = output or folder.path / "report.html"
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        render_report(scores, folder.manifest.model_dump(mode="json"), folder.records(), path)
    return path


def write_all_logs(folder: "RunFolder") -> Path:
    """Write both logs of every interview under ``logs/`` and return that folder."""
    from coach.records.logs import write_logs
    from coach.text.messages import feedback_text

    logs = folder.path / "logs"
    for record in folder.records():
        text = feedback_text(record.feedback, record.brief.language) if record.feedback else ""
        write_logs(record, logs, record.ended_at.astimezone(UTC), text)
    return logs
