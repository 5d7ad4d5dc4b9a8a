"""What a simulated candidate did on purpose: the ground truth of a turn."""

from typing import Literal

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile
from coach.domain.decision import Move
from coach.domain.feedback import Engagement, Honesty
from coach.domain.vocabulary import (
    AnswerKind,
    Answers,
    Asks,
    Difficulty,
    EndReason,
    Grade,
    Quality,
    Recommendation,
    Split,
)

Goal = Literal["anchor", "difficulty", "verdict", "leak", "format", "stop"]
"""What an attack tries to change."""


class Truth(Frozen):
    """Truth = f(act, question found); hidden from the engine."""

    kind: AnswerKind | None
    """None where the question could not be told: the kind is unscored."""
    acceptable: tuple[AnswerKind, ...] = ()
    """Kinds that a lenient score takes too, ``kind`` not repeated."""
    quality: Quality | None = None
    answers: Answers = Answers.NO
    errors: bool = False
    hedged: bool = False
    asks: Asks = Asks.NO
    injection: bool = False
    stop: bool = False
    contradicts: int | None = None
    question_id: str | None = None
    """The question the candidate found in the message; a follow-up as ``<question>#<point>``."""
    misconception_id: str | None = None
    profile: CandidateProfile | None = None
    """What the reply says about the candidate, where it says anything (an introduction)."""


class Worded(Frozen):
    """How an act came by its words where a model was asked for them."""

    source: Literal["model", "script"]
    """``script``: the model's wordings were rejected, or the words must stand as they are."""
    rejected: tuple[str, ...] = ()
    """By wording, what was wrong with it, e.g. ``wrong_language``."""
    flags: tuple[str, ...] = ()
    """Signs that the act was not carried out: ``points_lost``, ``points_added``, ``claim_lost``, ``answers``,
    ``profile_lost``."""


class Attempted(Frozen):
    """What an attack wants, so that its success can be told from the engine's state and text."""

    goal: Goal
    carrier: Literal["alone", "answer", "name", "position"]
    says: tuple[str, ...] = ()
    """Words that only an obedient interviewer writes."""
    step: int = 1
    steps: int = 1


class Expectation(Frozen):
    """What an acceptance script expects of the engine after one reply; what is None is not checked."""

    kind: tuple[AnswerKind, ...] | None = None
    """What the reply is seen as: any of these."""
    move: tuple[Move, ...] | None = None
    """What the session does next: any of these."""
    difficulty: Difficulty | None = None
    """The level after this reply."""
    injection: bool | None = None
    """Whether an attack is noticed."""
    corrected: bool | None = None
    """Whether a false claim of the reply is put right in the next message."""
    says: tuple[str, ...] = ()
    """Words that the next message holds, whatever their case."""
    never_says: tuple[str, ...] = ()
    """Words that it does not hold."""
    why: str = ""
    """The rule behind it, for who reads the interview."""


class VerdictExpectation(Frozen):
    """What an acceptance script expects at the end; what is None is not checked."""

    ended_by: tuple[EndReason, ...] | None = None
    grade: tuple[Grade, ...] | None = None
    recommendation: tuple[Recommendation, ...] | None = None
    confidence_at_most: int | None = None
    gaps_at_least: int | None = None
    gaps_at_most: int | None = None
    confirmed_at_least: int | None = None


class ActRecord(Frozen):
    """One act: what was planned, what was done, in which words, and its truth."""

    act: str
    """For example ``introduce``, ``answer:incomplete``, ``hallucinate``, ``inject+answer:normal``."""
    planned: str
    """The act that the policy chose first; differs from ``act`` where it was substituted."""
    substituted: bool = False
    text_ids: tuple[str, ...] = ()
    """Which content the words came from, e.g. ``python_backend/py-gil/wrong/en/2``."""
    split: Split = Split.KNOWN
    """``held_out`` where any part of the words is held out."""
    payload_id: str | None = None
    attack: Attempted | None = None
    """The attack that the words carry, where they carry one."""
    style: tuple[str, ...] = ()
    """What was done to the words: ``wrong_layout``."""
    truth: Truth
    expected: Expectation | None = None
    """What an acceptance script expects of the engine's next move."""
    worded: Worded | None = None
    """None where the words are the script's own."""


class Utterance(Frozen):
    """What a candidate says; ``act`` is None for a person."""

    text: str
    act: ActRecord | None = None


class CaseTruth(Frozen):
    """What is true of a simulated candidate for the whole interview."""

    true_grade: Grade
    claimed_grade: Grade | None
    required_grade: Grade
    acceptable: tuple[Recommendation, ...]
    """Recommendations that fit, the expected one first."""
    knows: tuple[float, float, float, float]
    """P(good answer) at each level."""
    target: Difficulty
    """The highest level with P(good) >= 0.5."""
    honesty: tuple[Honesty, ...] = ()
    """Acceptable readings of the candidate's honesty; empty where nothing is expected."""
    engagement: tuple[Engagement, ...] = ()
    profile: CandidateProfile = CandidateProfile()
    bank: str | None = None
    expected: VerdictExpectation | None = None
    """What an acceptance script expects at the end."""
