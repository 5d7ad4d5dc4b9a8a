"""The journal's events: the append-only truth of a run. Field order is part of the format.

Every event carries its cell's key and the attempt; records fold the attempt that ended, and an
abandoned attempt's calls count only as spent.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile, ObserverAnalysis
from coach.domain.cell import Cell
from coach.domain.decision import Decision
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief, Thought
from coach.domain.truth import ActRecord, CaseTruth
from coach.domain.vocabulary import Blame, Difficulty, EndReason, Role
from coach.models.base import CallOutcome, Mode, Try, Usage


class CallRecord(Frozen):
    """One model call."""

    turn_id: int
    """The turn whose reply was processed; 0 before the first."""
    role: Role
    number: int
    """Counts the interview's calls from 1."""
    model: str
    schema_name: str
    messages: tuple[str, ...]
    """Hashes of the messages in ``texts.jsonl``, in order."""
    reply: str
    usage: Usage
    cost: float | None
    """US dollars; None where unknown."""
    latency_ms: float
    attempts: int = 1
    outcome: CallOutcome
    error: str | None = None
    tries: tuple[Try, ...] = ()
    """The attempts that failed: before the answer, or all of them."""
    mode: Mode | None = None
    """How the wanted form was asked for; None where the model needs no asking."""
    cost_source: str | None = None
    """Who says the cost: ``header``, ``table``, ``genai-prices``, ``offline``; None where it is unknown."""
    replayed: bool = False
    """From a cassette: nothing was spent; usage and cost are those of the recording."""


class TurnRecord(Frozen):
    """One turn: what the interviewer said, the reply to it, and what was made of the reply."""

    turn_id: int
    message: str
    """What the interviewer said; the reply answers it."""
    question_id: str | None = None
    """The active question when the reply came, as the subject says."""
    question_text: str | None = None
    difficulty: Difficulty | None = None
    """The level when the reply came."""
    reply: str
    act: ActRecord | None = None
    """The truth of the reply; None for a person."""
    analysis: ObserverAnalysis | None = None
    decision: Decision | None = None
    thoughts: tuple[Thought, ...] = ()
    degraded: tuple[str, ...] = ()
    """``analysis``, ``message``."""
    next_message: str
    """What the interviewer said then; closes the interview where it ended."""
    next_question_id: str | None = None
    next_question_text: str | None = None
    next_difficulty: Difficulty | None = None
    profile: CandidateProfile | None = None
    asked_at: datetime
    replied_at: datetime
    committed_at: datetime
    state: dict[str, Any] | None = None


class _Event(Frozen):
    cell_key: str
    attempt: int
    """Counts the attempts at this cell from 1."""


class InterviewStarted(_Event):
    """An attempt at a cell began."""

    type: Literal["interview_started"] = "interview_started"
    interview_id: str
    at: datetime
    cell: Cell | None
    """None for a chat with a person."""
    brief: Brief
    engine: str
    participant_name: str
    truth: CaseTruth | None = None


class Called(_Event):
    """A model was called."""

    type: Literal["call"] = "call"
    call: CallRecord


class TurnCommitted(_Event):
    """A turn was committed, whole."""

    type: Literal["turn"] = "turn"
    turn: TurnRecord


class InterviewEnded(_Event):
    """An interview ended; the last event of its attempt."""

    type: Literal["interview_ended"] = "interview_ended"
    at: datetime
    ended_by: EndReason
    blame: Blame
    last_message: str
    """The interviewer's last message; for an interview without a turn, the greeting."""
    feedback: InterviewFeedback | None
    no_feedback_reason: str | None = None
    """Why there is none."""


class InterviewAbandoned(_Event):
    """An attempt was given up (an infrastructure fault, an interrupt); the cell runs again on resume."""

    type: Literal["interview_abandoned"] = "interview_abandoned"
    at: datetime
    reason: str


Event = Annotated[
    InterviewStarted | Called | TurnCommitted | InterviewEnded | InterviewAbandoned,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes one event."""
