"""Scores: pure functions over the tables of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from coach.content.bank import Bank
from coach.content.gates import Gate
from coach.content.scenario import GENERATED
from coach.records.interview import InterviewRecord
from coach.records.labels import Label
from coach.scoring import (
    acceptance,
    anchor,
    conformance,
    cost,
    detection,
    difficulty,
    health,
    injection,
    portrait,
    stability,
    trust,
    twins,
    verdict,
)
from coach.scoring.figures import Scored, finished
from coach.scoring.model import GRADING_VERSION, Measure, Scores, Series
from coach.scoring.plugins import Scorer, own_measures
from coach.scoring.registry import HEADLINES, MEASURES
from coach.scoring.tables import Tables, build_tables

__all__ = [
    "GRADING_VERSION",
    "HEADLINES",
    "MEASURES",
    "Scores",
    "build_tables",
    "figures_of",
    "observer_of",
    "score",
    "score_tables",
]

_BASELINE = (
    "The offline model is a baseline: it matches a question bank and does not understand or read prompts. "
    "Its detection figures describe this baseline; held-out material is text that it was never given."
)


def score(
    records: Iterable[InterviewRecord],
    *,
    banks: Mapping[str, Bank],
    run: str,
    seed: int,
    model: str,
    labels: Sequence[Label] = (),
    scorers: Mapping[str, Scorer] | None = None,
    gates: Sequence[Gate] = (),
) -> Scores:
    """Return the scores of a run's ended interviews, with the measures of users' own ``scorers``.

    The same records and labels give the same scores. ``gates`` are the matrix's: what `stability` calls a pass.
    """
    tables = build_tables(records, banks)
    return score_tables(tables, run=run, seed=seed, model=model, labels=labels, scorers=scorers, gates=gates)


def score_tables(
    tables: Tables,
    *,
    run: str,
    seed: int,
    model: str,
    labels: Sequence[Label] = (),
    scorers: Mapping[str, Scorer] | None = None,
    gates: Sequence[Gate] = (),
) -> Scores:
    """Return the scores of a run's tables; interviews that ended on infrastructure are unscored.

    Twins stand in the measures over pairs alone.
    """
    if tables.interviews.empty:
        return _nothing(run, model, 0, 0)
    tables = replace(tables, calls=_with_judge(tables, labels))
    whole, lost = scored_part(tables)
    kept = whole.twin("")
    interviews = tables.twin("").interviews
    if kept.interviews.empty or kept.turns.empty:
        return _nothing(run, model, len(interviews), len(lost))
    watch = stability.Watch(gates)
    found = [*finished(trust.measures(kept.turns, labels), seed), *_measures(kept, seed, watch)]
    found += finished(twins.measures(whole), seed)
    found += finished(stability.measures(kept, watch), seed)
    found = list(twins.with_ceilings(found, whole, seed))
    fair = _fair(kept)
    if fair is not None:
        found += [
            m.model_copy(update={"slice": {"without_simulator_faults": True}})
            for m in (_measures(fair, seed) if not fair.turns.empty else ())
            if m.name in HEADLINES and not m.slice
        ]
    own, failed = own_measures(kept, scorers or {}, seed)
    found += own
    return Scores(
        grading_version=GRADING_VERSION,
        run=run,
        model=model,
        baseline_model=observer_of(model) == "offline",
        interviews=len(interviews),
        twins=len(tables.interviews) - len(interviews),
        unscored_interviews=len(lost & set(interviews["interview"])),
        measures=tuple(found),
        confusions=tuple(detection.confusions(kept.turns)),
        series=(
            *difficulty.series(kept.turns),
            *cost.series(kept.calls),
            _by_persona(kept.turns),
            verdict.series(kept.interviews),
            portrait.portrait(found, kept.turns),
            *((acceptance.failed(kept.checks),) if not kept.checks.empty else ()),
        ),
        notices=(*_notices(model, kept), *failed),
    )


def scored_part(tables: Tables) -> tuple[Tables, set[str]]:
    """Return what can be scored, and the interviews that infrastructure ended."""
    if tables.interviews.empty:
        return tables, set()
    lost = set(tables.interviews.loc[tables.interviews["blame"] == "infrastructure", "interview"])
    return _without(tables, lost), lost


def _fair(tables: Tables) -> Tables | None:
    """Return the tables without the simulator's faults: interviews it ended, turns that miss their act; None: none."""
    blamed = set(tables.interviews.loc[tables.interviews["blame"] == "simulator", "interview"])
    missed = tables.turns["not_carried_out"].astype(bool)
    if not blamed and not missed.any():
        return None
    return _without(replace(tables, turns=tables.turns[~missed]), blamed)


def _with_judge(tables: Tables, labels: Sequence[Label]) -> pd.DataFrame:
    """Return the calls with those of the judges, as an agent of their own."""
    keys = tables.interviews.set_index("interview") if not tables.interviews.empty else tables.interviews
    shared = [c for c in tables.calls.columns if c in keys.columns]
    rows = [
        {
            **{c: keys.at[x.interview_id, c] for c in shared},
            "interview": x.interview_id,
            "agent": "judge",
            "turn_id": x.turn_id,
            **x.usage.model_dump(),
            "usd": x.cost,
            "latency_ms": x.latency_ms,
            "outcome": "parsed" if x.kind else "malformed",
            "attempts": 1,
            "waited_ms": 0.0,
            "replayed": False,
        }
        for x in labels
        if x.usage is not None and not keys.empty and x.interview_id in keys.index
    ]
    return pd.concat([tables.calls, pd.DataFrame(rows)], ignore_index=True) if rows else tables.calls


_UNEXPOSED = (
    ("exposes_analysis", "detection.", "the interviewer exposes no analysis"),
    ("exposes_level", "difficulty.", "the interviewer exposes no levels and decisions"),
    ("exposes_analysis", "injection.noticed", "the interviewer exposes no analysis"),
    ("exposes_question", "anchor.", "the interviewer does not say which question is active"),
    ("exposes_question", "conformance.", "the interviewer does not say which question is active"),
)


def _explained(measure: Measure, turns: pd.DataFrame) -> Measure:
    """Return an unscored measure with the reason that the interviewer does not show what it needs."""
    if measure.value is not None:
        return measure
    for column, group, reason in _UNEXPOSED:
        if measure.name.startswith(group) and not turns[column].any():
            return measure.model_copy(update={"reason": reason})
    return measure


def _measures(tables: Tables, seed: int, watch: stability.Watch | None = None) -> Iterator[Measure]:
    figures = figures_of(tables)
    for measure in finished(watch.passing(figures) if watch else figures, seed):
        yield _explained(measure, tables.turns)


def figures_of(tables: Tables) -> Iterator[Scored]:
    """Yield every figure of the tables."""
    yield from acceptance.measures(tables.checks)
    yield from detection.measures(tables.turns, tables.interviews)
    yield from anchor.measures(tables.turns, tables.interviews)
    yield from injection.measures(tables.turns, tables.interviews)
    yield from difficulty.measures(tables.turns, tables.interviews)
    yield from verdict.measures(tables.interviews)
    yield from conformance.measures(tables.turns)
    yield from cost.measures(tables.calls, tables.turns, tables.interviews)
    yield from health.measures(tables.turns, tables.calls, tables.interviews)


def _without(tables: Tables, interviews: set[str]) -> Tables:
    if not interviews:
        return tables

    def rest(table: pd.DataFrame) -> pd.DataFrame:
        return table if table.empty else table[~table["interview"].isin(interviews)]

    return Tables(rest(tables.interviews), rest(tables.turns), rest(tables.calls), rest(tables.checks))


def _by_persona(turns: pd.DataFrame) -> Series:
    """Return, by persona and true kind, how many turns there are and how many were seen right."""
    columns = ("persona", "kind", "known_n", "known_right", "held_out_n", "held_out_right")
    rows = []
    told = turns[turns["true_kind"].notna() & turns["exposes_analysis"].astype(bool)]
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


def observer_of(model: str) -> str:
    """Return the Observer's model from a run's label, ``NAME`` or ``NAME,role=NAME,…``."""
    default, *others = model.split(",")
    return next((x.partition("=")[2] for x in others if x.startswith("observer=")), default)


def _notices(model: str, tables: Tables) -> tuple[str, ...]:
    found = [_BASELINE] if observer_of(model) == "offline" else []
    if model == "offline" and tables.turns["prompts"].nunique() > 1:
        found.append("This model does not read prompts: that its prompt sets come out alike says nothing about them.")
    written = int((tables.interviews["bank"] == GENERATED).sum())
    if written:
        found.append(
            f"In {written:,} interviews a model wrote the questions, and the answers where there are any: whether an "
            "answer is right is not known, so their kinds, corrections, leaks, levels and verdicts are unscored. "
            "What is left: every reply that answers nothing, the anchor, attacks, form, cost."
        )
    hidden = [
        what
        for column, what in (
            ("exposes_analysis", "how it reads replies (detection)"),
            ("exposes_question", "which question is active (part of the anchor and conformance)"),
            ("exposes_level", "levels and decisions (difficulty)"),
        )
        if not tables.turns[column].any()
    ]
    if tables.interviews["recommendation"].isna().all():
        hidden.append("feedback (verdict)")
    if hidden and not tables.turns["exposes_level"].any():
        found.append(
            f"This interviewer does not show {', '.join(hidden)}: these are unscored. What is left is told from its "
            "visible messages: whether the question comes back, corrections, solutions given away, form and language."
        )
    replayed = int(tables.calls["replayed"].sum()) if not tables.calls.empty else 0
    if replayed:
        found.append(
            f"{replayed:,} of {len(tables.calls):,} calls are from a cassette: tokens, money and time are those of the "
            "recording, and the answers prove that prompts are unchanged, not that they are good."
        )
    worded = int(tables.turns["worded"].notna().sum())
    if worded:
        found.append(
            f"The candidates' words in {worded:,} turns are a model's; the acts and labels are not. Where turns show a "
            "sign of another act than was meant, headlines are given a second time without them."
        )
    return tuple(found)


def _nothing(run: str, model: str, interviews: int, unscored: int) -> Scores:
    return Scores(
        grading_version=GRADING_VERSION,
        run=run,
        model=model,
        baseline_model=observer_of(model) == "offline",
        interviews=interviews,
        unscored_interviews=unscored,
        measures=(),
        confusions=(),
        series=(),
        notices=("Nothing could be scored: no interview ended by itself.",),
    )
