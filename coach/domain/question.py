"""A technical question as the engine sees it: one language, nothing a candidate may say."""

from coach.domain._base import Frozen
from coach.domain.vocabulary import Difficulty, Language


class KeyPoint(Frozen):
    """One thing that a right answer says."""

    id: str
    text: str
    required: bool
    """Required for ``normal``; the others are "beyond" and make an answer ``excellent``."""
    ask: str
    """A follow-up question for just this point; it does not give the point away."""
    terms: tuple[tuple[str, ...], ...] = ()
    """Groups of synonymous phrases: a reply gives the point when it holds one phrase of each group."""


class Misconception(Frozen):
    """A false claim that candidates make, and the right fact."""

    id: str
    claim: str
    correction: str


class Question(Frozen):
    """One question of a bank in one language. A follow-up has ``parent_id``."""

    id: str
    bank: str
    language: Language
    topic: str
    technologies: tuple[str, ...]
    difficulty: Difficulty
    text: str
    reference: str
    key_points: tuple[KeyPoint, ...]
    misconceptions: tuple[Misconception, ...] = ()
    """Known ones only: held-out misconceptions never reach the engine."""
    parent_id: str | None = None

    def follow_up(self, point: KeyPoint) -> "Question":
        """Return the follow-up that asks for ``point``; its id is ``<question>#<point>``."""
        return self.model_copy(
            update={
                "id": f"{self.id}#{point.id}",
                "text": point.ask,
                "parent_id": self.id,
                "key_points": (point.model_copy(update={"required": True}),),
            }
        )
