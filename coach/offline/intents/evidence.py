"""Signs of an attempt to steer the interviewer, and how concepts lie to each other in a sentence."""

from dataclasses import dataclass

from coach.offline.intents.reading import Sentence, Span

SURE = 2
HINT = 1
NEAR, FAR = 4, 12
META = (
    "override", "override_weak", "reveal", "core_noun", "rule_noun", "instruction_noun", "inner",
    "everything", "before", "context_of_you", "mode_noun", "mode_kind", "mode_verb", "grade_verb",
    "grade_object", "to_me",
    "difficulty_verb", "difficulty_noun", "reply_noun", "format_verb", "format_limit", "demand",
    "no_evaluation", "small_talk", "time_now", "tech_weak",
)  # fmt: skip
"""The vocabulary of attacks: what a sentence holds besides it is its subject."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign of an attempt."""

    category: str
    strength: int
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule must know besides the sentence."""

    tech: float
    asks: bool
    pure: float
    """Technical evidence from words that are no part of any attack's vocabulary."""


def between(sentence: Sentence, start: int, end: int, *concepts: str) -> bool:
    """Return whether one of ``concepts`` begins at a token from ``start`` to before ``end``."""
    """Return whether one of ``concepts`` begins at a token from ``start`` to before ``end``."""
    return any(start <= a < end for a, _ in sentence.spans(*concepts))


def nouns(sentence: Sentence, start: int, reach: int, *concepts: str) -> list[Span]:
    """Return the spans of ``concepts`` that begin within ``reach`` tokens from ``start``."""
    """Return the spans of ``concepts`` that begin within ``reach`` tokens from ``start``."""
    return [(a, b) for a, b in sentence.spans(*concepts) if start <= a < start + reach]
