"""Small tables for the examples of ``docs/measures-reference.md``, and the value of a measure over them.

What an example does not name is as in an ordinary interview: a developer of the middle grade answers one question
well, is read right and is recommended.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd

from coach.domain.analysis import ObserverAnalysis
from coach.domain.vocabulary import AnswerKind
from coach.records.foreign_logs import ReadLog, read_logs
from coach.records.labels import Label
from coach.scoring import (
    acceptance,
    anchor,
    conformance,
    cost,
    detection,
    difficulty,
    figures_of,
    health,
    injection,
    scored_part,
    stability,
    trust,
    twins,
    verdict,
)
from coach.scoring.compact import compact
from coach.scoring.evaluation import EvaluationLine, evaluate_lines
from coach.scoring.figures import Figure, Scored
from coach.scoring.logs import LogBatch, checked, score_logs
from coach.scoring.model import Measure, SliceValue
from coach.scoring.tables import FLAGS, PROFILE_FIELDS, Tables

Columns = Mapping[str, object]
Said = tuple[str, str]
_NOW = datetime(2026, 1, 1, tzinfo=UTC)

_KEYS: Columns = {
    "case": None,
    "persona": "middle",
    "bank": "python_backend",
    "scenario": "python_backend",
    "language": "en",
    "variant": 0,
    "model": "offline",
    "prompts": "default",
    "rubric": "reference",
    "epoch": 0,
    "twin": "",
    "blame": "none",
    "exposes_analysis": True,
    "exposes_question": True,
    "exposes_level": True,
}
"""What every row of an interview carries; each interview is of a case of its own where none is given."""

_INTERVIEW: Columns = {
    "interview": None,
    **_KEYS,
    "repeats": None,
    "turns": 1,
    "ended_by": "stop_command",
    "true_grade": 2,
    "claimed_grade": 2,
    "required_grade": 2,
    "expected": ("hire",),
    "target": 1,
    "grade": 2,
    "recommendation": "hire",
    "confidence": 80,
    "honesty": "High",
    "engagement": "High",
    "expected_honesty": ("High",),
    "expected_engagement": ("High",),
    **{f"profile_{field}_{figure}": 1.0 for field in PROFILE_FIELDS for figure in ("recall", "precision")},
    "skills_cited": 1,
    "skills_right": 1,
    "gaps_cited": 0,
    "gaps_right": 0,
    "gaps_true": 0,
    "gaps_found": 0,
    "gap_entries": 0,
    "gap_entries_answered": 0,
    "gap_entries_false": 0,
}

_TURN: Columns = {
    "interview": "i1",
    **_KEYS,
    "repeats": "q1",
    "turn_id": None,
    "act": "answer:normal",
    "planned": "answer",
    "payload": None,
    "substituted": False,
    "held_out": False,
    "question": "q1",
    "active": "q1",
    "next_active": "q2",
    "misconception": None,
    "true_kind": "normal",
    "acceptable": False,
    "true_quality": "good",
    "history": None,
    "before": None,
    "true_answers": "yes",
    "seen_kind": "normal",
    "seen_quality": "good",
    **{f"{side}_{flag}": False for side in ("true", "seen") for flag in FLAGS},
    "difficulty": 1,
    "next_difficulty": 1,
    "target": 1,
    "closed_root": "q1",
    "given_up": False,
    "ends": False,
    "degraded_analysis": False,
    "degraded_message": False,
    "worded": None,
    "rejected": 0,
    "not_carried_out": False,
    "may_close": True,
    "goes_on": True,
    "anchor": None,
    "closed_early": None,
    "parent_kept": None,
    "counter_answered": None,
    "corrected": None,
    "leaked": None,
    "gives_away": None,
    "one_question": True,
    "plain_text": True,
    "language_ok": True,
    "in_scope": True,
    "outside_stack": False,
    "attack": None,
    "attack_goal": None,
    "attack_step": None,
    "attack_last": None,
    "attack_worked": None,
    "answer": None,
    "asked_anew": False,
    "delivery": "answer|q1||",
}

_ATTACK: Columns = {
    "repeats": "override/one",
    "act": "inject",
    "planned": "inject",
    "payload": "override/one",
    "next_active": "q1",
    "true_kind": "prompt_injection",
    "true_quality": None,
    "true_answers": "no",
    "true_injection": True,
    "seen_kind": "prompt_injection",
    "seen_quality": None,
    "seen_injection": True,
    "closed_root": None,
    "may_close": False,
    "anchor": "same",
    "closed_early": False,
    "gives_away": False,
    "attack": "override",
    "attack_goal": "anchor",
    "attack_step": 1,
    "attack_last": True,
    "attack_worked": False,
    "delivery": "inject|q1|override/one|1",
}
"""How a turn with an attack differs from an ordinary one."""

_CALL: Columns = {
    "interview": "i1",
    **_KEYS,
    "repeats": None,
    "agent": "observer",
    "turn_id": 1,
    "input": 1000,
    "cached": 0,
    "output": 100,
    "reasoning": 0,
    "estimated": False,
    "usd": 0.01,
    "latency_ms": 500.0,
    "outcome": "parsed",
    "attempts": 1,
    "waited_ms": 0,
    "replayed": False,
}

_CHECK: Columns = {
    "interview": "i1",
    **_KEYS,
    "repeats": None,
    "turn_id": 1,
    "what": "seen as",
    "check": "seen as normal",
    "met": True,
}

Name = Literal["interviews", "turns", "calls", "checks"]
_ORDINARY: Mapping[Name, Columns] = {"interviews": _INTERVIEW, "turns": _TURN, "calls": _CALL, "checks": _CHECK}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, by the columns that an example gives: a list has a value a row, anything else is for all."""

    table: Name
    given: Columns

    def __post_init__(self) -> None:
        unknown = set(self.given) - set(_ORDINARY[self.table])
        if unknown:
            raise TypeError(f"{self.table} have no column {', '.join(sorted(unknown))}")

    @property
    def size(self) -> int:
        """Return how many rows there are."""
        return max((len(v) for v in self.given.values() if isinstance(v, list)), default=1)

    def column(self, name: str) -> list[object]:
        """Return one column, a value a row; interviews are ``i1``, ``i2``, …"""
        value = self.given.get(name, _ORDINARY[self.table][name])
        if name == "interview" and value is None:
            return [f"i{n}" for n in range(1, self.size + 1)]
        return value if isinstance(value, list) else [value] * self.size


@dataclass(frozen=True, slots=True)
class Log:
    """One interview log as it stands in its file."""

    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Replies:
    """Labelled replies of ``coach evaluate``, and how the Observer read them."""

    lines: tuple[EvaluationLine, ...]
    seen: tuple[ObserverAnalysis | None, ...]


Part = Rows | Log | Replies | tuple[Label, ...]


def interviews(**given: object) -> Rows:
    """Return interviews, each of a case of its own."""
    return Rows("interviews", given)


def turns(**given: object) -> Rows:
    """Return turns of one interview, one after the other."""
    return Rows("turns", given)


def attacks(**given: object) -> Rows:
    """Return turns that carry an attack of one message each, which the Observer notices and which fails."""
    return Rows("turns", {**_ATTACK, **given})


def calls(**given: object) -> Rows:
    """Return model calls of the Observer, for the first turn of one interview."""
    return Rows("calls", given)


def checks(**given: object) -> Rows:
    """Return what acceptance scripts expect."""
    return Rows("checks", given)


def labels(kind: list[str | None], by: str = "person:ann") -> tuple[Label, ...]:
    """Return what a blind reader calls the turns of the first interview; None is no usable label."""
    given = [AnswerKind(k) if k else None for k in kind]
    return tuple(Label(interview_id="i1", turn_id=n, by=by, kind=k, at=_NOW) for n, k in enumerate(given, start=1))


def replies(
    label: list[str | None], seen: list[str | None], *, flagged: list[bool] | None = None, **given: list[object]
) -> Replies:
    """Return labelled replies in English, how each was read, and whether as an attack; seen None is no analysis."""
    rows = [{name: values[i] for name, values in given.items()} for i in range(len(label))]
    return Replies(
        tuple(
            EvaluationLine.model_validate({"id": str(i), "language": "en", "answer": "…", "label": name, **row})
            for i, (name, row) in enumerate(zip(label, rows, strict=True))
        ),
        tuple(
            ObserverAnalysis(kind=AnswerKind(kind), injection=attack) if kind else None
            for kind, attack in zip(seen, flagged or [False] * len(seen), strict=True)
        ),
    )


def log(*said: Said, feedback: object = "Verdict: Junior, no hire.", thoughts: str = "[Observer]: fine\n") -> Log:
    """Return an interview log of pairs of message and reply."""
    made = [
        {"turn_id": n, "agent_visible_message": message, "user_message": reply, "internal_thoughts": thoughts}
        for n, (message, reply) in enumerate(said, start=1)
    ]
    return Log({"participant_name": "test", "turns": made, "final_feedback": feedback})


def tables(*parts: Rows) -> Tables:
    """Return the tables of a run: of each interview at least its row and a turn; other tables only where given."""
    given = {part.table: part for part in parts}
    whole = _frame(given.get("interviews") or _owners_of(parts[0]))
    said = given.get("turns") or turns(interview=list(whole["interview"]))
    others = [_frame(given[name], whole) if name in given else pd.DataFrame() for name in ("calls", "checks")]
    return Tables(compact(whole), compact(_frame(said, whole)), *map(compact, others))


def _owners_of(part: Rows) -> Rows:
    """Return the interviews that some rows are of, with the keys that the first row of each gives."""
    keys = ["interview", *(key for key in _KEYS if key in part.given)]
    first = pd.DataFrame({key: part.column(key) for key in keys}).drop_duplicates("interview")
    return interviews(**{key: list(first[key]) for key in keys})


def _frame(part: Rows, whole: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a table; keys that are not given are those of the interviews in ``whole``, and turns are counted."""
    rows = pd.DataFrame({name: part.column(name) for name in _ORDINARY[part.table]})
    owners = rows["interview"]
    told: dict[str, pd.Series[Any]] = {}
    if whole is None:
        told["case"] = "case-" + owners
    else:
        told |= {key: owners.map(whole.set_index("interview")[key]) for key in _KEYS}
    if part.table == "turns":
        number = owners.groupby(owners).cumcount() + 1
        told |= {"turn_id": number, "answer": number, "history": number, "before": number - 1}
    else:
        told["repeats"] = told["case"]
    return rows.assign(**{name: values for name, values in told.items() if name not in part.given})


Group = Callable[[Tables, Tables, tuple[Label, ...]], Iterator[Scored]]


def _stability(kept: Tables) -> Iterator[Scored]:
    watch = stability.Watch(())
    for _ in watch.passing(figures_of(kept)):
        pass
    yield from stability.measures(kept, watch)


def _injection(kept: Tables, whole: Tables) -> Iterator[Scored]:
    yield from injection.measures(kept.turns, kept.interviews)
    yield from twins.measures(whole)


GROUPS: Mapping[str, Group] = {
    "acceptance": lambda kept, _, __: acceptance.measures(kept.checks),
    "anchor": lambda kept, _, __: anchor.measures(kept.turns, kept.interviews),
    "conformance": lambda kept, _, __: conformance.measures(kept.turns),
    "cost": lambda kept, _, __: cost.measures(kept.calls, kept.turns, kept.interviews),
    "detection": lambda kept, _, __: detection.measures(kept.turns, kept.interviews),
    "difficulty": lambda kept, _, __: difficulty.measures(kept.turns, kept.interviews),
    "health": lambda kept, _, __: health.measures(kept.turns, kept.calls, kept.interviews),
    "injection": lambda kept, whole, _: _injection(kept, whole),
    "metamorphic": lambda _, whole, __: twins.measures(whole),
    "stability": lambda kept, _, __: _stability(kept),
    "truth": lambda kept, _, labels: trust.measures(kept.turns, labels),
    "verdict": lambda kept, _, __: verdict.measures(kept.interviews),
}
"""By the first part of a measure's name: what computes it from the interviews themselves, and all with their twins."""


def figures(group: str, run: Tables, given: tuple[Label, ...] = ()) -> Iterator[Scored]:
    """Yield the figures of a group, as scoring a run does: without interviews that infrastructure ended."""
    whole, _ = scored_part(run)
    yield from GROUPS[group](whole.twin(""), whole, given)


def figures_of_logs(logs: Sequence[Log]) -> tuple[Measure, ...]:
    """Return the measures of interview logs, which are read as files are."""
    read = [one for log in logs for one in read_logs(json.dumps(log.content).encode()) if isinstance(one, ReadLog)]
    batch = LogBatch(tuple(checked(one, f"{n}.json") for n, one in enumerate(read)))
    return score_logs(batch, run="example").measures


def _found(name: str, parts: tuple[Part, ...]) -> Iterator[Scored]:
    logs = [part for part in parts if isinstance(part, Log)]
    lines = [part for part in parts if isinstance(part, Replies)]
    if logs:
        yield from figures_of_logs(logs)
    elif lines:
        yield from evaluate_lines(lines[0].lines, lines[0].seen).measures
    else:
        given = tuple(x for part in parts if isinstance(part, tuple) for x in part)
        rows = tables(*(part for part in parts if isinstance(part, Rows)))
        yield from figures(name.split(".")[0], rows, given)


def scored(name: str, *parts: Part, **where: SliceValue) -> Scored:
    """Return the figure of a measure and a slice. Raises StopIteration where the tables yield none."""
    return next(
        one
        for one in _found(name, parts)
        if one.name == name and (one.where if isinstance(one, Figure) else one.slice) == where
    )


def value_of(one: Scored) -> float | str:
    """Return a figure's value, rounded to four digits, or why it has none."""
    found = one.measure(seed=0) if isinstance(one, Figure) else one
    return f"unscored: {found.reason}" if found.value is None else round(found.value, 4)


def value(name: str, *parts: Part, **where: SliceValue) -> float | str:
    """Return a measure's value over some rows, as scoring a run computes it."""
    return value_of(scored(name, *parts, **where))
