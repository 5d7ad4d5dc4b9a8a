"""The state of an interview between two replies; immutable, and small enough to journal each turn."""

from coach.domain._base import Frozen
from coach.domain.analysis import CandidateProfile
from coach.domain.decision import Closure
from coach.domain.question import Question
from coach.domain.tasks import EarlierTurn
from coach.domain.vocabulary import Difficulty, EndReason


class Active(Frozen):
    """The active question: the anchor."""

    question: Question
    text: str
    """As it was first worded; every repeat contains it verbatim."""
    parent_text: str | None = None
    repeats: int = 0

    @property
    def root_id(self) -> str:
        """Return the bank question's id, for a follow-up its parent's."""
        return self.question.parent_id or self.question.id


class State(Frozen):
    """Everything that decides what comes next."""

    turn_id: int = 0
    """The last committed turn."""
    introduced: bool = False
    """Whether the introduction is over."""
    profile: CandidateProfile = CandidateProfile()
    profile_asks: int = 0
    """How often missing profile fields were asked for after the greeting."""
    difficulty: Difficulty
    good_streak: int = 0
    bad_streak: int = 0
    active: Active | None = None
    asked: tuple[str, ...] = ()
    """Bank questions that were ever active."""
    asked_texts: tuple[str, ...] = ()
    """The texts of questions that were written as it went."""
    given: dict[str, tuple[str, ...]] = {}
    """By bank question: key points that earlier replies gave."""
    closed: tuple[Closure, ...] = ()
    failures: int = 0
    """Analyses that failed running."""
    told_outside_stack: bool = False
    first: EarlierTurn | None = None
    recent: tuple[EarlierTurn, ...] = ()
    ended: EndReason | None = None

    def missing(self) -> tuple[str, ...]:
        """Return which of position and technologies are not known yet."""
        fields = []
        if not self.profile.position:
            fields.append("position")
        if not self.profile.technologies:
            fields.append("technologies")
        return tuple(fields)
