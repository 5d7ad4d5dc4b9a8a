"""What a simulated candidate did on purpose: the ground truth of a turn."""

from typing import Literal

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile
from coach.domain.feedback import Engagement, Honesty
from coach.domain.vocabulary import (
    AnswerKind,
    Answers,
    Asks,
    Difficulty,
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
