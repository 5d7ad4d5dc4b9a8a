"""The two replaceable rules: when the anchor is closed, and how the difficulty moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from coach.domain.analysis import ObserverAnalysis
from coach.domain.decision import ClosedBy, Closure
from coach.domain.vocabulary import (
    BAD_QUALITIES,
    GOOD_QUALITIES,
    AnswerKind,
    Answers,
    Difficulty,
    Quality,
)

Hold = Literal["close", "follow_up", "keep"]


class AnchorPolicy(Protocol):
    """Says what a reply does to the active question."""

    def holds(self, analysis: ObserverAnalysis, is_follow_up: bool) -> Hold:
        """Return whether the question closes, gets its one follow-up, or stays."""
        ...


class DifficultyPolicy(Protocol):
    """Moves the level when a question was closed by the candidate."""

    def move(self, level: Difficulty, good: int, bad: int, closure: Closure) -> "Moved":
        """Return the new level and streaks after ``closure``."""
        ...


@dataclass(frozen=True, slots=True)
class Moved:
    """The level and both streaks after a closure."""

    level: Difficulty
    good: int
    bad: int


class StrictAnchor:
    """Only an answer (right or wrong) or "I don't know" closes; an incomplete one gets one follow-up."""

    def holds(self, analysis: ObserverAnalysis, is_follow_up: bool) -> Hold:
        """Return what the reply does to the active question."""
        if analysis.kind is AnswerKind.DONT_KNOW:
            return "close"
        if analysis.answers is Answers.NO:
            return "keep"
        unfinished = analysis.answers is Answers.PARTLY or analysis.kind is AnswerKind.INCOMPLETE
        if unfinished and analysis.quality is not Quality.WRONG and not is_follow_up:
            return "follow_up"
        return "close"


class TwoInARow:
    """Two good answers running raise the level one, two bad ones lower it; acceptable resets both."""

    def move(self, level: Difficulty, good: int, bad: int, closure: Closure) -> Moved:
        """Return the level and streaks after ``closure``; both streaks reset on a move, also a capped one."""
        quality = Quality.POOR if closure.by is ClosedBy.GIVEN_UP else closure.quality
        if not closure.by_candidate or quality is None:
            return Moved(level, good, bad)
        if quality in GOOD_QUALITIES:
            return Moved(level.step(+1), 0, 0) if good + 1 >= 2 else Moved(level, good + 1, 0)
        if quality in BAD_QUALITIES:
            return Moved(level.step(-1), 0, 0) if bad + 1 >= 2 else Moved(level, 0, bad + 1)
        return Moved(level, 0, 0)


class FixedDifficulty:
    """Stays where the scenario starts."""

    def move(self, level: Difficulty, good: int, bad: int, closure: Closure) -> Moved:
        """Return the level unchanged."""
        return Moved(level, 0, 0)


ANCHOR_POLICIES: Mapping[str, AnchorPolicy] = {"strict": StrictAnchor()}
DIFFICULTY_POLICIES: Mapping[str, DifficultyPolicy] = {
    "two_in_a_row": TwoInARow(),
    "fixed": FixedDifficulty(),
}
