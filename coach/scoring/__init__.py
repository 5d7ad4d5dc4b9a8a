"""Scores: pure functions over the tables of a run."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from coach.content.bank import Bank
from coach.records.interview import InterviewRecord
from coach.scoring import anchor, conformance, cost, detection, difficulty, health, verdict
from coach.scoring.model import GRADING_VERSION, Measure, Scores, Series
from coach.scoring.registry import HEADLINES, MEASURES
from coach.scoring.tables import Tables, build_tables

__all__ = ["GRADING_VERSION", "HEADLINES", "MEASURES", "Scores", "build_tables", "score", "score_tables"]

_BASELINE = (
    "The offline model is a baseline: it matches a question bank and does not understand or read prompts. "
    "Its detection figures describe this baseline; held-out material is text that it was never given."
)


def score(records: Iterable[InterviewRecord], *, banks: Mapping[str, Bank], run: str, seed: int, model: str) -> Scores:
    """Return the scores of a run's ended interviews. The same records give the same scores."""
    return score_tables(build_tables(records, banks), run=run, seed=seed, model=model)


def score_tables(tables: Tables, *, run: str, seed: int, model: str) -> Scores:
    """Return the scores of a run's tables; interviews that ended on infrastructure are unscored."""
    interviews = tables.interviews
    if interviews.empty:
        return _nothing(run, model, 0, 0)
    lost = set(interviews.loc[interviews["blame"] == "infrastructure", "interview"])
    kept = _without(tables, lost)
    if kept.interviews.empty or kept.turns.empty:
        return _nothing(run, model, len(interviews), len(lost))
    simulator = set(kept.interviews.loc[kept.interviews["blame"] == "simulator", "interview"])
    found = list(_measures(kept, seed))
    if simulator:
        fair = _without(kept, simulator)
        found += [
            m.model_copy(update={"slice": {"without_simulator_faults": True}})
            for m in (_measures(fair, seed) if not fair.turns.empty else ())
            if m.name in HEADLINES and not m.slice
        ]
    return Scores(
        grading_version=GRADING_VERSION,
        run=run,
        model=model,
        baseline_model=model == "offline",
        interviews=len(interviews),
        unscored_interviews=len(lost),
        measures=tuple(found),
        confusions=tuple(detection.confusions(kept.turns)),
        series=(*difficulty.series(kept.turns), *cost.series(kept.calls), _by_persona(kept.turns)),
        notices=_notices(model),
    )


def _measures(tables: Tables, seed: int) -> Iterator[Measure]:
    yield from detection.measures(tables.turns, tables.interviews, seed)
    yield from anchor.measures(tables.turns)
    yield from difficulty.measures(tables.turns, tables.interviews)
    yield from verdict.measures(tables.interviews, seed)
    yield from conformance.measures(tables.turns)
    yield from cost.measures(tables.calls, tables.turns, tables.interviews)
    yield from health.measures(tables.turns, tables.calls, tables.interviews)


def _without(tables: Tables, interviews: set[str]) -> Tables:
    if not interviews:
        return tables

    def rest(table: pd.DataFrame) -> pd.DataFrame:
        return table if table.empty else table[~table["interview"].isin(interviews)]

    return Tables(rest(tables.interviews), rest(tables.turns), rest(tables.calls))


def _by_persona(turns: pd.DataFrame) -> Series:
    """Return, by persona and true kind, how many turns there are and how many were seen right."""
    columns = ("persona", "kind", "known_n", "known_right", "held_out_n", "held_out_right")
    rows = []
    told = turns[turns["true_kind"].notna()]
    right = told["true_kind"] == told["seen_kind"]
    for (persona, kind), part in told.groupby(["persona", "true_kind"], sort=True):
        held_out = part["held_out"].astype(bool)
        hit = right.loc[part.index]
        rows.append(
            (
                str(persona),
                str(kind),
                int((~held_out).sum()),
                int((hit & ~held_out).sum()),
                int(held_out.sum()),
                int((hit & held_out).sum()),
            )
        )
    return Series(name="kinds_by_persona", columns=columns, rows=tuple(rows))


def _notices(model: str) -> tuple[str, ...]:
    if model != "offline":
        return ()
    return (_BASELINE,)


def _nothing(run: str, model: str, interviews: int, unscored: int) -> Scores:
    return Scores(
        grading_version=GRADING_VERSION,
        run=run,
        model=model,
        baseline_model=model == "offline",
        interviews=interviews,
        unscored_interviews=unscored,
        measures=(),
        confusions=(),
        series=(),
        notices=("Nothing could be scored: no interview ended by itself.",),
    )
