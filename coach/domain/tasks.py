"""The typed tasks: exactly what a prompt's template is given, whatever model answers.

A task never holds the bank's candidate answers or held-out material.
"""

from typing import Annotated, Literal

from pydantic import Field

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile, FactError
from coach.domain.decision import Decision
from coach.domain.question import Question
from coach.domain.vocabulary import (
    AnswerKind,
    Asks,
    Difficulty,
    Grade,
    Language,
    Quality,
)


class EarlierTurn(Frozen):
    """One earlier turn in short, so that a contradiction can be seen."""

    turn_id: int
    reply: str
    """At most 200 characters; a cut is marked with an ellipsis."""
    kind: AnswerKind | None


class ObserverTask(Frozen):
    """Read one reply."""

    role: Literal["observer"] = "observer"
    language: Language
    nonce: str
    """Marks the candidate's text as data; unguessable to the candidate."""
    turn_id: int
    stage: Literal["introduction", "questions"]
    missing: tuple[str, ...] = ()
    """Profile fields not known yet."""
    profile: CandidateProfile = CandidateProfile()
    question: Question | None = None
    """The active question with as much of the bank as the rubric allows."""
    parent_text: str | None = None
    """The parent's wording where the active question is a follow-up."""
    reply: str
    """The candidate's whole reply."""
    earlier: tuple[EarlierTurn, ...] = ()
    """The first turn and the last few."""


class InterviewerTask(Frozen):
    """Word what leads to the next question (or to the end)."""

    role: Literal["interviewer"] = "interviewer"
    language: Language
    nonce: str
    turn_id: int
    decision: Decision
    reply: str
    reply_kind: AnswerKind | None
    reply_quality: Quality | None = None
    profile: CandidateProfile = CandidateProfile()
    position: str
    """What the interview is for."""
    question_text: str | None = None
    """The question that the message will end with, verbatim; the session appends it itself."""
    question_topic: str | None = None
    corrections: tuple[FactError, ...] = ()
    asks: Asks = Asks.NO
    facts: tuple[str, ...] = ()
    """What the scenario lets the interviewer say about the job and the interview."""


class QuestionTask(Frozen):
    """Write the next question, where no bank has any."""

    role: Literal["interviewer"] = "interviewer"
    template: Literal["question"] = "question"
    """Which prompt puts it: the Interviewer has two."""
    language: Language
    nonce: str
    turn_id: int
    position: str
    technologies: tuple[str, ...]
    """What it may be about."""
    level: Difficulty
    asked: tuple[str, ...] = ()
    """The questions before, word for word."""
    rejected: tuple[str, ...] = ()
    """What was wrong with the first try, where this is the second."""


class WrittenPoint(Frozen):
    """One thing that a right answer to a written question says."""

    text: Annotated[str, Field(min_length=1, max_length=600)]
    ask: Annotated[str, Field(min_length=1, max_length=600)]
    """A follow-up question for just this point; it does not give the point away."""
    required: bool = True


class WrittenQuestion(Frozen):
    """A question as the Interviewer writes it, with what a right answer is."""

    topic: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=1, max_length=800)]
    reference: Annotated[str, Field(min_length=1, max_length=3000)]
    """A right and complete answer in a few sentences; no candidate sees it."""
    key_points: Annotated[tuple[WrittenPoint, ...], Field(min_length=1, max_length=6)]


class InterviewerReply(Frozen):
    """What the Interviewer returns."""

    thoughts: str = ""
    lead: str
    """What precedes the question: correction, answer, way back. Plain text, no question of its own."""


class EvaluatedTurn(Frozen):
    """One turn as the Evaluator sees it."""

    turn_id: int
    question_id: str | None
    """The question that was active when the reply came."""
    topic: str | None
    difficulty: Difficulty | None
    question: str
    reply: str
    kind: AnswerKind | None
    """None for a degraded turn."""
    quality: Quality | None
    closes: tuple[str, ...] = ()
    """The questions that this reply closed."""
    errors: tuple[FactError, ...] = ()
    hedged: bool = False
    injection: bool = False
    contradicts: int | None = None
    correct_answer: str | None = None
    """The reference, for a question that was closed as a gap."""


class EvaluatorTask(Frozen):
    """Write the feedback."""

    role: Literal["evaluator"] = "evaluator"
    language: Language
    nonce: str
    position: str
    required_grade: Grade
    profile: CandidateProfile = CandidateProfile()
    turns: tuple[EvaluatedTurn, ...]
    final_difficulty: Difficulty


class WordingTask(Frozen):
    """Word what a simulated candidate has already decided to say."""

    role: Literal["candidate"] = "candidate"
    language: Language
    nonce: str
    """Marks the interviewer's text as data."""
    persona: str
    """Who speaks, in a sentence or two."""
    act: str
    """What the reply does, e.g. ``answer:incomplete``."""
    message: str
    """What the interviewer said."""
    say: str
    """The content, in other words: every claim in it is to be kept, none added."""
    earlier: tuple[str, ...] = ()
    """The candidate's own last replies, so that he does not repeat himself."""
    rejected: tuple[str, ...] = ()
    """What was wrong with the first wording, where this is the second."""


class Wording(Frozen):
    """What words a simulated candidate's reply got."""

    reply: str


class JudgeTask(Frozen):
    """Say what a reply does, without knowing what was meant."""

    role: Literal["judge"] = "judge"
    language: Language
    nonce: str
    message: str
    """What the interviewer said."""
    question: Question | None = None
    """The question that was open, with its reference."""
    reply: str


class Judgement(Frozen):
    """What a judge calls a reply."""

    reason: str = ""
    kind: AnswerKind


Task = ObserverTask | InterviewerTask | QuestionTask | EvaluatorTask | WordingTask | JudgeTask
