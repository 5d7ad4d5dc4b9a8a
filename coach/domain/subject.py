"""The first seam: what is under test. The runner drives a Subject; our engine is one."""

from typing import Annotated, Any, Protocol

from pydantic import Field

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile, ObserverAnalysis
from coach.domain.decision import Decision
from coach.domain.feedback import InterviewFeedback
from coach.domain.vocabulary import Blame, Difficulty, EndReason, Language


class Brief(Frozen):
    """What a subject is told before an interview."""

    scenario: str
    language: Language
    seed: int
    max_turns: Annotated[int, Field(ge=1)]


class Thought(Frozen):
    """One internal thought, never shown to the candidate."""

    sender: str
    recipient: str
    content: str


class Step(Frozen):
    """What came of a reply: the visible message and whatever else the subject exposes."""

    message: str
    """What the candidate sees."""
    analysis: ObserverAnalysis | None = None
    """The reading of the reply that led here; None at the start, or where it is not exposed."""
    decision: Decision | None = None
    question_id: str | None = None
    """The active question after this message."""
    question_text: str | None = None
    difficulty: Difficulty | None = None
    profile: CandidateProfile | None = None
    """What is known of the candidate so far."""
    thoughts: tuple[Thought, ...] = ()
    degraded: tuple[str, ...] = ()
    """``analysis`` and/or ``message``; empty for a sound turn."""
    ended: EndReason | None = None
    blame: Blame = Blame.NONE
    state: dict[str, Any] | None = None
    """The subject's own state after this step, as JSON: what a chat is resumed from."""


class Subject(Protocol):
    """An interviewer. ``reply`` either commits a turn or raises and leaves nothing changed."""

    async def start(self, brief: Brief) -> Step:
        """Return the greeting."""
        ...

    async def reply(self, text: str) -> Step:
        """Take the candidate's reply and return what is said next."""
        ...

    async def finish(self) -> InterviewFeedback | None:
        """Return the feedback, or None where the subject writes none."""
        ...
