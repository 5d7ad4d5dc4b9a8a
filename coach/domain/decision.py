"""What the session decides after one reply."""

from enum import StrEnum

from coach.domain._base import Frozen
from coach.domain.analysis import FactError
from coach.domain.vocabulary import Asks, Difficulty, EndReason, Quality


class Move(StrEnum):
    """The session's next step."""

    ASK_PROFILE = "ask_profile"
    ASK_NEW_QUESTION = "ask_new_question"
    ASK_FOLLOWUP = "ask_followup"
    REPEAT_QUESTION = "repeat_question"
    FINISH = "finish"


class ClosedBy(StrEnum):
    """How a question came to be closed."""

    ANSWER = "answer"
    GIVEN_UP = "given_up"
    REPEAT_LIMIT = "repeat_limit"
    END = "end"


class Closure(Frozen):
    """A question that is no longer active."""

    question_id: str
    quality: Quality | None
    """None where it could not be told or nothing was said."""
    by: ClosedBy

    @property
    def by_candidate(self) -> bool:
        """Whether the candidate closed it, which is what difficulty reads."""
        return self.by in (ClosedBy.ANSWER, ClosedBy.GIVEN_UP)


class Override(Frozen):
    """Where the session did not follow the Observer, and by which rule."""

    recommended: str
    decided: str
    rule: str


class Decision(Frozen):
    """A pure function's result: what happens after one reply."""

    move: Move
    question_id: str | None = None
    """The active question after this decision."""
    closed: tuple[Closure, ...] = ()
    """A follow-up that closes brings its parent with it."""
    corrections: tuple[FactError, ...] = ()
    asks: Asks = Asks.NO
    """The counter-question to answer (clarification) or to decline (solution)."""
    missing: tuple[str, ...] = ()
    """Profile fields to ask for (``position``, ``technologies``)."""
    difficulty_before: Difficulty
    difficulty_after: Difficulty
    notes: tuple[str, ...] = ()
    """``level_exhausted``, ``outside_stack``, ``contradiction``, ``injection_ignored``, ``repeat_limit``."""
    overrides: tuple[Override, ...] = ()
    end: EndReason | None = None
