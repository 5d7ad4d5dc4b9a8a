"""Acceptance scripts: whether the engine did after each scripted reply, and at the end, what was expected."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coach.domain.truth import Expectation, VerdictExpectation
from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.scoring.figures import Scored, share, slices
from coach.scoring.model import Series

_NOTHING = "no acceptance script here"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation, what came instead or as expected, and whether it was met."""

    what: str
    expected: str
    got: str
    met: bool

    def __str__(self) -> str:
        return f"{self.what} {self.expected}" if self.met else f"{self.what} {self.expected}, but it is {self.got}"


def turn_checks(turn: TurnRecord) -> tuple[Check, ...]:
    """Return the checks of one turn; none where no script expects anything of it."""
    act = turn.act
    if act is None or act.expected is None:
        return ()
    checks = list(_of_turn(turn, act.expected))
    if act.substituted:
        checks.insert(0, Check("the act can be done:", act.planned, act.act, met=False))
    return tuple(checks)


def verdict_checks(record: InterviewRecord) -> tuple[Check, ...]:
    """Return the checks of an interview's end."""
    expected = record.truth.expected if record.truth else None
    return tuple(_of_end(record, expected)) if expected else ()


def _of_turn(turn: TurnRecord, expected: Expectation) -> Iterator[Check]:
    seen, decision = turn.analysis, turn.decision
    if expected.kind is not None:
        yield _one_of("seen as", expected.kind, seen.kind if seen else None)
    if expected.injection is not None:
        yield _same("attack noticed:", expected.injection, seen.injection if seen else None)
    if expected.move is not None:
        yield _one_of("next:", expected.move, decision.move if decision else None)
    if expected.difficulty is not None:
        yield _same("level after it:", expected.difficulty, turn.next_difficulty)
    if expected.corrected is not None:
        yield _same("false claim put right:", expected.corrected, bool(decision.corrections) if decision else None)
    message = turn.next_message.lower()
    for words in expected.says:
        yield Check("the next message says", f"“{words}”", "not said", words.lower() in message)
    for words in expected.never_says:
        yield Check("the next message does not say", f"“{words}”", "said", words.lower() not in message)


def _of_end(record: InterviewRecord, expected: VerdictExpectation) -> Iterator[Check]:
    verdict = record.feedback.verdict if record.feedback else None
    review = record.feedback.technical_review if record.feedback else None
    gaps = len(review.knowledge_gaps) if review else None
    confirmed = len(review.confirmed_skills) if review else None
    if expected.ended_by is not None:
        yield _one_of("ended by", expected.ended_by, record.ended_by)
    if expected.grade is not None:
        yield _one_of("grade", expected.grade, verdict.grade if verdict else None)
    if expected.recommendation is not None:
        yield _one_of("recommendation", expected.recommendation, verdict.recommendation if verdict else None)
    if expected.confidence_at_most is not None:
        yield _bounded("confidence", verdict.confidence if verdict else None, most=expected.confidence_at_most)
    if expected.gaps_at_least is not None:
        yield _bounded("knowledge gaps", gaps, least=expected.gaps_at_least)
    if expected.gaps_at_most is not None:
        yield _bounded("knowledge gaps", gaps, most=expected.gaps_at_most)
    if expected.confirmed_at_least is not None:
        yield _bounded("confirmed skills", confirmed, least=expected.confirmed_at_least)


def _text(value: object) -> str:
    return (
        "not shown" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    )


def _same(what: str, expected: object, got: object) -> Check:
    return Check(what, _text(expected), _text(got), got is not None and got == expected)


def _one_of(what: str, expected: tuple[Any, ...], got: object) -> Check:
    return Check(what, " or ".join(str(x) for x in expected), _text(got), got in expected)


def _bounded(what: str, got: int | None, *, least: int | None = None, most: int | None = None) -> Check:
    bound = f"at least {least}" if least is not None else f"at most {most}"
    met = got is not None and (least is None or got >= least) and (most is None or got <= most)
    return Check(what, bound, _text(got), met)


def rows(record: InterviewRecord, key: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row a check of one interview; turn 0 stands for its end."""
    found = [(t.turn_id, c) for t in record.turns for c in turn_checks(t)]
    found += [(0, c) for c in verdict_checks(record)]
    return [
        {**key, "repeats": key["case"], "turn_id": n, "what": c.what, "check": str(c), "met": c.met} for n, c in found
    ]


def measures(checks: pd.DataFrame) -> Iterator[Scored]:
    """Yield how much of what the scripts expect was met; nothing where no script was run."""
    if checks.empty:
        return
    whole = checks.drop_duplicates("interview").set_index("interview", drop=False)
    all_met = checks.groupby("interview")["met"].all().reindex(whole.index)
    yield share("acceptance.interviews", whole, all_met, {}, nothing=_NOTHING)
    for where, part in slices(checks, "persona", "language"):
        yield share("acceptance.expectations", part, part["met"].astype(bool), where, nothing=_NOTHING)


def failed(checks: pd.DataFrame) -> Series:
    """Return what was not met: interview, case, turn (0: the end) and the expectation in words."""
    columns = ("interview", "case", "turn", "expectation")
    missed = checks[~checks["met"].astype(bool)] if not checks.empty else checks
    found = (
        (str(i), str(c), int(t), str(w))
        for i, c, t, w in zip(missed["interview"], missed["case"], missed["turn_id"], missed["check"], strict=True)
    )
    return Series(name="acceptance_not_met", columns=columns, rows=tuple(found) if not missed.empty else ())
