"""What a reply means to do: the intents that are read from it."""

from dataclasses import dataclass

from coach.domain.analysis import CandidateProfile
from coach.domain.vocabulary import AnswerKind, Asks

OFF_TOPIC = 0.5
"""From this evidence on a reply without an answer is off the topic."""


@dataclass(frozen=True, slots=True)
class Intents:
    """The intents of one reply; several can be present at once."""

    stop: bool
    """The end of the interview is wanted."""
    asks: Asks
    asks_about_active: bool
    """The active question is asked for again ("what was the question?")."""
    injection: bool
    """An attempt to steer the interviewer is anywhere in the reply."""
    injection_only: bool
    """The attempt, and nothing else of substance."""
    dont_know: bool
    hedged: bool
    tastes: tuple[str, ...]
    """The sentences that state a taste, a view or a bad habit."""
    off_topic: float
    """0 to 1: evidence of talk that is not about the question."""
    gibberish: bool
    introduces: bool
    retracts: bool
    """What was said of oneself earlier is taken back."""
    profile: CandidateProfile
    substance: str
    """What is left to match as a technical answer; "" where nothing is."""

    @property
    def opinion(self) -> bool:
        """Return whether any sentence states a taste."""
        return bool(self.tastes)


def kind_without_content(intents: Intents, *, introduction: bool = False) -> AnswerKind | None:
    """Return the kind of a reply that gives no key point and asserts nothing false, by ENGINE.md's rank.

    None: there is substance which may be an answer that could not be verified. ``introduction``: the stage.
    """
    if intents.stop:
        return AnswerKind.STOP_COMMAND
    if intents.dont_know:
        return AnswerKind.DONT_KNOW
    if intents.asks is not Asks.NO:
        return AnswerKind.QUESTION
    if intents.injection and (intents.injection_only or intents.off_topic >= OFF_TOPIC):
        return AnswerKind.PROMPT_INJECTION
    if intents.introduces and (introduction or not intents.substance):
        return AnswerKind.INTRODUCTION
    if intents.gibberish:
        return AnswerKind.GIBBERISH
    if intents.off_topic >= OFF_TOPIC:
        return AnswerKind.OFF_TOPIC
    if intents.substance:
        return None
    return AnswerKind.OFF_TOPIC
