"""The comparison as one self-contained page: differences, and the transcripts of flipped cells side by side."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from coach.records.interview import InterviewRecord
from coach.reporting.comparison import (
    RULE,
    change_text,
    cost_values,
    flip_counts,
    flip_text,
    moved,
    p_text,
    said,
    title_of,
    value_text,
    verdict_text,
)
from coach.reporting.interviews import interview_data
from coach.reporting.page import write_page
from coach.scoring.compared import Comparison, Flip
from coach.scoring.comparison import Delta

TRANSCRIPTS = 60
"""Cells whose transcripts are shown; the flips of the others are listed."""

Interviews = Mapping[str, InterviewRecord]
"""By id."""


def shown_interviews(comparison: Comparison) -> tuple[set[str], set[str]]:
    """Return the ids of the interviews that the page shows, of the base and of the new run."""
    cells = list(_cells(comparison.flips))[:TRANSCRIPTS]
    return {base for base, _ in cells}, {new for _, new in cells}


def render_comparison(comparison: Comparison, interviews: tuple[Interviews, Interviews], path: Path) -> None:
    """Write the comparison's page to ``path``; ``interviews`` are those that it shows, of the base and of the new run.

    Raises:
        OSError: it can't be written.
    """
    lost, won = flip_counts(comparison.flips)
    context = {
        "c": comparison,
        "said": said(comparison),
        "rule": RULE,
        "headlines": [_row(d) for d in comparison.headlines],
        "moved": [_row(d) for d in moved(comparison)],
        "all": [_row(d) for d in comparison.deltas],
        "lost": lost,
        "won": won,
        "pairs": _transcripts(comparison.flips, interviews),
        "left": len(_cells(comparison.flips)) - TRANSCRIPTS,
        "costs": [{"line": line, "values": cost_values(line)} for line in comparison.costs],
        "diff": [_line(line) for line in comparison.prompts_diff.splitlines()],
    }
    write_page("compare.html.j2", path, context, styles=("report.css", "compare.css"))


def _row(delta: Delta) -> dict[str, Any]:
    return {
        "title": title_of(delta),
        "name": delta.name,
        "base": value_text(delta.base, delta.unit),
        "new": value_text(delta.new, delta.unit),
        "change": change_text(delta),
        "p": p_text(delta),
        "pairs": delta.pairs,
        "clusters": delta.clusters,
        "verdict": verdict_text(delta),
        "tone": {"better": "good", "worse": "bad"}.get(delta.verdict, "quiet"),
        "bar": _bar(delta),
    }


def _bar(delta: Delta) -> dict[str, float] | None:
    """Return where a share's difference lies on a bar from -100 to 100 points, stretched around 0; None: no share."""
    if delta.unit != "share" or delta.delta is None or delta.low is None or delta.high is None:
        return None
    low, high, value = (_place(v) for v in (delta.low, delta.high, delta.delta))
    return {"low": low, "width": max(0.8, high - low), "value": value}


def _place(value: float) -> float:
    """Return 0 … 100 for -1 … 1: the square root shows small differences too."""
    return float(50 + 50 * (abs(value) ** 0.5) * (1 if value >= 0 else -1))


def _cells(flips: Sequence[Flip]) -> dict[tuple[str, str], list[Flip]]:
    found: dict[tuple[str, str], list[Flip]] = {}
    for flip in flips:
        found.setdefault((flip.base_interview, flip.new_interview), []).append(flip)
    return found


def _transcripts(flips: Sequence[Flip], interviews: tuple[Interviews, Interviews]) -> list[dict[str, Any]]:
    """Return the cells that hold flips, each with both interviews turn beside turn."""
    found = []
    for (base, new), own in list(_cells(flips).items())[:TRANSCRIPTS]:
        records = interviews[0].get(base), interviews[1].get(new)
        sides = [interview_data(r)[1]["turns"] if r else [] for r in records]
        flipped = [{f.base_turn for f in own}, {f.new_turn for f in own}]
        found.append(
            {
                "case": own[0].case,
                "flips": [("won" if f.won else "lost", f"turn {f.new_turn}: {flip_text(f)}") for f in own],
                "turns": list(zip_longest(*sides)),
                "flipped": flipped,
                "ends": [_end(r) for r in records],
            }
        )
    return found


def _end(record: InterviewRecord | None) -> str:
    if record is None:
        return "this interview is gone"
    verdict = record.feedback.verdict if record.feedback else None
    said = f"{verdict.grade}, {verdict.recommendation}, {verdict.confidence} %" if verdict else "no verdict"
    return f"ended by {record.ended_by.value.replace('_', ' ')}; {said}"


def _line(line: str) -> tuple[str, str]:
    tone = "head" if line.startswith(("---", "+++", "@@")) else {"+": "good", "-": "bad"}.get(line[:1], "")
    return tone, line
