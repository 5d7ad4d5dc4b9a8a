"""Signs of an attempt to steer the interviewer, and how concepts lie to each other in a sentence."""

from dataclasses import dataclass

from coach.offline.intents.reading import Sentence, Span

SURE = 2
HINT = 1
NEAR, FAR = 4, 12
META = (
    "override", "reveal", "core_noun", "rule_noun", "inner", "everything", "before", "context_of_you", "mode_noun",
    "mode_kind", "mode_verb", "grade_verb", "grade_object", "to_me", "difficulty_verb", "difficulty_noun",
    "reply_noun", "format_verb", "format_limit", "instruction_noun", "small_talk", "time_now", "tech_weak", "override_weak", "demand", "no_evaluation",
)  # fmt: skip


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
    return any(start <= a < end for a, _ in sentence.spans(*concepts))


def nouns(sentence: Sentence, start: int, reach: int, *concepts: str) -> list[Span]:
    return [(a, b) for a, b in sentence.spans(*concepts) if start <= a < start + reach]
