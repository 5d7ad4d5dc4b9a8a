"""Interviews written by hand for the tests of scoring: one bank of gadgets, one candidate, any turns."""

from datetime import UTC, datetime

from coach.domain.analysis import CandidateProfile, ObserverAnalysis
from coach.domain.cell import Case, Cell
from coach.domain.subject import Brief
from coach.domain.truth import ActRecord, CaseTruth, Truth
from coach.domain.vocabulary import (
    AnswerKind,
    Blame,
    Difficulty,
    EndReason,
    Grade,
    Language,
    Recommendation,
    Role,
)
from coach.models.base import Usage
from coach.records.events import CallRecord, TurnRecord
from coach.records.interview import InterviewRecord
from tests.factories import bank

BANK = bank()
BANKS = {BANK.id: BANK}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = "basic-a"
OTHER = "basic-b"


def text_of(question_id: str, language: Language = Language.EN) -> str:
    return BANK.question(question_id).question.in_(language)


def turn(
    truth: Truth,
    seen: AnswerKind | None = None,
    *,
    number: int = 1,
    act: str = "act",
    lead: str = "Let us go on.",
    then: str | None = ASKED,
    message: str | None = None,
    profile: CandidateProfile | None = None,
) -> TurnRecord:
    """Return a turn on ``ASKED``; ``then`` is the question asked next, None where nothing is."""
    truth = truth.model_copy(update={"question_id": truth.question_id or ASKED, "profile": profile})
    question = text_of(then) if then else None
    return TurnRecord(
        turn_id=number,
        message=text_of(ASKED),
        question_id=ASKED,
        question_text=text_of(ASKED),
        difficulty=Difficulty.BASIC,
        reply="A reply.",
        act=ActRecord(act=act, planned=act, truth=truth),
        analysis=ObserverAnalysis(kind=seen) if seen else None,
        degraded=() if seen else ("analysis",),
        next_message=message or (f"{lead}\n\n{question}" if question else lead),
        next_question_id=then,
        next_question_text=question,
        next_difficulty=Difficulty.BASIC,
        asked_at=NOW,
        replied_at=NOW,
        committed_at=NOW,
    )


def call(turn_id: int, role: Role = Role.OBSERVER, tokens: int | None = 100) -> CallRecord:
    return CallRecord(
        turn_id=turn_id,
        role=role,
        number=turn_id + 1,
        model="m",
        schema_name="s",
        messages=(),
        reply="",
        usage=Usage(input=tokens, cached=0, output=10, reasoning=0),
        cost=0.0,
        latency_ms=1.0,
        outcome="parsed",
    )


def interview(
    *turns: TurnRecord,
    name: str = "i1",
    persona: str = "shy",
    ended_by: EndReason = EndReason.STOP,
    calls: tuple[CallRecord, ...] = (),
    language: Language = Language.EN,
) -> InterviewRecord:
    cell = Cell(case=Case(persona=persona, scenario="gadgets", language=language))
    return InterviewRecord(
        interview_id=name,
        cell_key=cell.key,
        cell=cell,
        attempt=1,
        engine="coach",
        participant_name="test",
        brief=Brief(scenario="gadgets", language=language, seed=1, max_turns=12),
        truth=CaseTruth(
            true_grade=Grade.JUNIOR,
            claimed_grade=None,
            required_grade=Grade.MIDDLE,
            acceptable=(Recommendation.NO_HIRE,),
            knows=(0.8, 0.35, 0.1, 0.02),
            target=Difficulty.BASIC,
            bank=BANK.id,
        ),
        started_at=NOW,
        ended_at=NOW,
        ended_by=ended_by,
        blame=Blame.NONE,
        last_message="Goodbye.",
        turns=turns,
        calls=calls,
        feedback=None,
    )
