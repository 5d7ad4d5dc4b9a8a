"""One self-contained report.html: readable from disk, no network, everything escaped.

The page's policy allows only its own style and script, by hash. Figures, tables and charts are plain HTML
and SVG; interviews lie in the page as JSON and are built by the script with text nodes when opened.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from coach.records.interview import InterviewRecord
from coach.reporting import charts
from coach.reporting.figures import Lookup, beside_text, interval_text, number, slice_text, value_text
from coach.reporting.interviews import interview_data
from coach.reporting.page import write_page
from coach.reporting.portrait import traits
from coach.scoring.model import Confusion, Measure, Scores
from coach.scoring.registry import MEASURES

_HEADLINES = (
    ("detection.kind.accuracy", "Turns seen as what they are"),
    ("detection.hallucination.recall", "False claims found"),
    ("detection.honest_interviews_accused", "Honest interviews accused"),
    ("anchor.kept", "Question kept until answered"),
    ("injection.success", "Attacks that succeed"),
    ("verdict.recommendation_acceptable", "Recommendation fits"),
)


def render_report(scores: Scores, manifest: Mapping[str, Any], records: Iterable[InterviewRecord], path: Path) -> None:
    """Write the report of a run to ``path``; records are read one at a time.

    Raises:
        OSError: it can't be written.
    """
    context = {
        "scores": scores,
        "manifest": manifest,
        "headlines": _headlines(scores),
        "confusions": [m for m in map(_matrix, scores.confusions) if m["rows"]],
        "personas": _personas(scores),
        "traits": traits(scores),
        "groups": _groups(scores),
        "measures": _rows(scores),
        "difficulty": charts.difficulty(scores),
        "tokens": charts.tokens(scores),
        "by_agent": _series(scores, "tokens_by_agent"),
        "by_turn": sorted(_series(scores, "tokens_by_turn"), key=lambda row: (row[1] or 0, str(row[0]))),
        "reliability": _series(scores, "reliability"),
        "by_kind": _series(scores, "kinds_by_persona"),
        "interviews": _json_chunks(records),
        "number": number,
    }
    write_page("report.html.j2", path, context, styles=("report.css",), script="report.js")


def _json_chunks(records: Iterable[InterviewRecord]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each interview's row for the list and its data as JSON that can not end its script element."""
    for record in records:
        row, data = interview_data(record)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        for bad, good in (
            ("<", "\\u003c"),
            (">", "\\u003e"),
            ("&", "\\u0026"),
            ("\u2028", "\\u2028"),
            ("\u2029", "\\u2029"),
        ):
            text = text.replace(bad, good)
        yield row, text


_SPLITS: tuple[tuple[str, dict[str, bool]], ...] = (
    ("known", {"held_out": False}),
    ("held out", {"held_out": True}),
    ("without simulator faults", {"without_simulator_faults": True}),
)


def _headlines(scores: Scores) -> list[dict[str, Any]]:
    lookup = Lookup(scores)
    cards = []
    for name, title in _HEADLINES:
        measure = lookup.get(name)
        splits = [_split(title, split) for title, where in _SPLITS if (split := lookup.get(name, **where))]
        whole = measure is not None and len(splits) == 1 and splits[0]["n"] == measure.n
        cards.append(
            {
                "title": title,
                "name": name,
                "value": value_text(measure),
                "interval": interval_text(measure),
                "measure": measure,
                "beside": beside_text(measure) if measure else [],
                "bar": charts.interval_bar(measure),
                "splits": [] if whole else splits,
                "of_one": splits[0]["title"] if whole else None,
            }
        )
    return cards


def _split(title: str, measure: Measure) -> dict[str, Any]:
    return {
        "title": title,
        "value": value_text(measure),
        "interval": interval_text(measure),
        "n": measure.n,
        "bar": charts.interval_bar(measure),
    }


def _matrix(confusion: Confusion) -> dict[str, Any]:
    """Return a confusion matrix for the page: cells with count, share of the row and shade 0 to 5."""
    rows = []
    for label, counts in zip(confusion.rows, confusion.counts, strict=True):
        total = sum(counts)
        cells = []
        for column, count in zip(confusion.columns, counts, strict=True):
            part = count / total if total else 0.0
            cells.append(
                {
                    "count": count,
                    "share": number(part, "share") if count else "",
                    "shade": 0 if not count else 1 + min(4, int(part * 5)),
                    "right": column == label,
                    "apart": column in ("unverified", "no_analysis"),
                }
            )
        if total:
            rows.append({"label": label, "total": total, "cells": cells})
    what = "eleven kinds" if confusion.name == "kinds" else "the original eight kinds"
    return {
        "id": f"{confusion.name}-{slice_text(confusion.slice).replace(' ', '-')}",
        "title": f"{what}, {slice_text(confusion.slice)}",
        "columns": confusion.columns,
        "rows": rows,
    }


_PERSONA_COLUMNS = (
    ("detection.kind.accuracy", "Kinds right"),
    ("detection.hallucination.recall", "False claims found"),
    ("detection.hallucination.corrected", "Corrected with the right fact"),
    ("detection.accused.right_answers", "Right answers accused"),
    ("anchor.kept", "Anchor kept"),
    ("anchor.wasted_turns", "Wasted turns"),
    ("difficulty.level_minus_target", "Level − target"),
    ("verdict.recommendation_acceptable", "Recommendation fits"),
)


def _personas(scores: Scores) -> dict[str, Any]:
    lookup = Lookup(scores)
    slices = [(p, {"persona": p}) for p in lookup.personas] + [
        (f"language {x}", {"language": x}) for x in lookup.languages
    ]
    slices += [(f"{key} {value}", {key: value}) for key, value in lookup.crossed]
    rows = []
    for title, where in slices:
        cells = []
        for name, _ in _PERSONA_COLUMNS:
            measure = lookup.get(name, **where)
            cells.append(
                {
                    "value": value_text(measure) if measure and measure.value is not None else "–",
                    "interval": interval_text(measure),
                    "n": measure.n if measure else 0,
                }
            )
        rows.append({"title": title, "cells": cells})
    return {"columns": [c for _, c in _PERSONA_COLUMNS], "rows": rows}


_SHOWN = {"reason", "blame", "by", "goal", "family", "change", "k", "answer"}
"""Slices that stand in the tables of groups."""


def _groups(scores: Scores) -> list[dict[str, Any]]:
    """Return the overall figures of the groups that have a table of their own."""
    titles = {
        "truth": "Trust in the ground truth",
        "verdict": "Verdict",
        "anchor": "Anchor",
        "acceptance": "Acceptance: what the scripts expect",
        "difficulty": "Difficulty",
        "injection": "Attacks, by goal and by family",
        "metamorphic": "Changes that a verdict should and should not bear",
        "stability": "Stability",
        "conformance": "Conformance",
        "health": "Health",
    }
    known = {name.split(".")[0] for name in MEASURES}
    own = dict.fromkeys(m.name.split(".")[0] for m in scores.measures)
    titles |= {name: f"Your own: {name}" for name in own if name not in known}
    found = []
    for prefix, title in titles.items():
        rows = [
            _row(m.name, m)
            for m in scores.measures
            if m.name.startswith(f"{prefix}.") and (not m.slice or set(m.slice) & _SHOWN)
        ]
        if rows:
            found.append({"title": title, "rows": rows})
    return found


def _row(name: str, measure: Measure) -> dict[str, Any]:
    return {
        "name": name,
        "about": MEASURES.get(name, ""),
        "slice": slice_text(measure.slice),
        "value": value_text(measure),
        "interval": interval_text(measure),
        "n": measure.n,
        "clusters": measure.clusters,
        "unit": measure.unit,
        "note": "; ".join(x for x in (measure.reason, measure.note, *beside_text(measure)) if x),
    }


def _rows(scores: Scores) -> list[dict[str, Any]]:
    return [_row(m.name, m) for m in scores.measures]


def _series(scores: Scores, name: str) -> tuple[tuple[Any, ...], ...]:
    return next((s.rows for s in scores.series if s.name == name), ())
