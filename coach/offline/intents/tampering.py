"""Attempts on the interview's own workings: its state, what it writes, how long an order lasts, when it ends."""

from collections.abc import Callable, Iterator

from coach.offline.intents.evidence import FAR, HINT, SURE, Evidence, Setting, between, nouns
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import NO_ORDER, order_at


def _ordered(s: Sentence, a: int) -> bool:
    """Return whether the verb at ``a`` is an order, or what somebody else is said to be obliged to do."""
    return order_at(s, a) != NO_ORDER or between(s, max(0, a - 4), a, "must_you")


def _states(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """Its counters and flags are set from outside."""
    for a, b in s.spans("state_verb"):
        if not _ordered(s, a) or setting.asks:
            continue
        for _, y in nouns(s, a, FAR, "state_noun"):
            yield Evidence("state", SURE, (a, max(b, y)))
            return


def _plants(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """Words are to stand in what it writes."""
    if setting.asks:
        return
    for a, b in s.spans("plant_verb"):
        if not _ordered(s, a) or between(s, 0, a, "wh"):
            continue
        for _, y in nouns(s, b, FAR, "output_place"):
            yield Evidence("plant", SURE if setting.pure < 2 else HINT, (a, y))
            return


def _scopes(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """An order that is to hold for all that it will say."""
    for a, b in s.spans("scope"):
        after = [x for x, _ in s.spans("reply_verb", "format_verb", "grade_verb", "difficulty_verb") if x >= b]
        first = after and after[0] - b <= 2 and not s.has("i", "we")
        if first and s.has("format_limit", "grade_object", "difficulty_noun"):
            yield Evidence("scope", SURE, (a, len(s.tokens)))
        elif (first or between(s, b, b + 2, "you")) and setting.pure < 1:
            yield Evidence("scope", HINT, (a, len(s.tokens)))
        elif between(s, 0, a, "must_you") and s.has("format_verb", "reply_verb"):
            yield Evidence("scope", SURE, (0, len(s.tokens)))


def _endings(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """A forged word of the system that the interview is over or decided."""
    if s.has("notice") and not setting.asks and setting.pure < 2:
        yield Evidence("notice", HINT, (0, len(s.tokens)))
    for a, _ in s.spans("end_order"):
        if _ordered(s, a) or s.has("must_you", "notice"):
            yield Evidence("end_order", HINT, (0, len(s.tokens)))
            return


def _notes(s: Sentence, _: Setting) -> Iterator[Evidence]:
    """A note to whoever marks the answers, at the beginning of a sentence or of a piece."""
    edges = {0, *s.breaks}
    for a, b in s.spans("grader_note"):
        if a in edges and b in (*s.breaks, len(s.tokens)):
            yield Evidence("grader_note", SURE, (a, len(s.tokens)))
            return


def _rules(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """The interview's rules are said to be others now, or to be the candidate's."""
    if s.has("rules_changed") and s.has("must_you", "you") and setting.pure < 2 and not setting.asks:
        yield Evidence("rules", HINT, (0, len(s.tokens)))
    coerced = any(between(s, a, a + 5, "reveal") for a, _ in s.spans("must_you"))
    if coerced and s.has("solution_noun", "everything") and setting.pure < 1:
        yield Evidence("coerced", HINT, (0, len(s.tokens)))
    if s.has("my_rule") and s.has("override", "obey", "obey_strong", "follow"):
        yield Evidence("rules", SURE, (0, len(s.tokens)))


def _banks(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """What it was given to mark answers by is asked for."""
    for a, b in s.spans("reveal"):
        found = nouns(s, b, FAR + 6, "its_bank")
        if found and order_at(s, a) != NO_ORDER and setting.pure < 2:
            yield Evidence("reveal", SURE, (a, found[-1][1]))
            return


RULES: tuple[Callable[[Sentence, Setting], Iterator[Evidence]], ...] = (
    _states, _plants, _scopes, _endings, _notes, _rules, _banks,
)  # fmt: skip
