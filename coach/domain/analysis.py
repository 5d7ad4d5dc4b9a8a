"""What the Observer returns for one reply, and its markers as text."""

from typing import Annotated

from pydantic import Field

from coach.domain._base import Frozen
from coach.domain.vocabulary import AnswerKind, Answers, Asks, Grade, NextStep, Quality

ShortText = Annotated[str, Field(max_length=2000)]


class FactError(Frozen):
    """A false technical claim, quoted from the reply, and the right fact."""

    claim: ShortText
    correction: ShortText


class CandidateProfile(Frozen):
    """What the candidate said about himself; all optional."""

    name: str | None = None
    position: str | None = None
    grade: Grade | None = None
    experience: str | None = None
    technologies: tuple[str, ...] = ()

    def merged(self, newer: "CandidateProfile") -> "CandidateProfile":
        """Return this profile with what ``newer`` adds; a later word replaces an earlier one."""
        technologies = dict.fromkeys((*self.technologies, *newer.technologies))
        return CandidateProfile(
            name=newer.name or self.name,
            position=newer.position or self.position,
            grade=newer.grade or self.grade,
            experience=newer.experience or self.experience,
            technologies=tuple(technologies),
        )


class ObserverAnalysis(Frozen):
    """The Observer's reading of one reply."""

    kind: AnswerKind
    quality: Quality | None = None
    factually_correct: bool | None = None
    """None where nothing factual was said or it can't be told."""
    errors: tuple[FactError, ...] = ()
    answers: Answers = Answers.NO
    hedged: bool = False
    asks: Asks = Asks.NO
    injection: bool = False
    contradicts: int | None = None
    """The turn that this reply contradicts."""
    next_step: NextStep = NextStep.REPEAT_LAST_QUESTION
    reason: ShortText = ""
    topics: tuple[str, ...] = ()
    candidate: CandidateProfile = CandidateProfile()

    def markers(self) -> str:
        """Return the analysis as the original's marker line; nothing ever parses it back."""
        answered = "NO" if self.answers is Answers.NO else "YES"
        reason = f" REASON={self.reason}" if self.reason else ""
        return f"ANSWERED_LAST_QUESTION={answered} NEXT_STEP={self.next_step}{reason}"
