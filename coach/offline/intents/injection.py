"""Attempts to steer the interviewer, by concept classes: what is ordered, and to which of its inner things.

Each rule returns evidence as (category, strength); two points in all make an attempt.
"""

from coach.offline.intents import extraction, steering, tampering
from coach.offline.intents.evidence import META, SURE, Evidence, Setting
from coach.offline.intents.reading import Sentence, Span
from coach.offline.intents.speech import Topics, technical

_RULES = (*extraction.RULES, *steering.RULES, *tampering.RULES)

__all__ = ["SURE", "Evidence", "evidence"]


def _is_mention(sentence: Sentence, span: Span) -> bool:
    """Whether ``span`` is quoted inside a sentence that talks about such texts."""
    inside = all(i in sentence.quoted for i in range(*span))
    outside = len(sentence.tokens) - len(sentence.quoted)
    return inside and outside >= 3 and sentence.has("mention", "tech")


def _found(sentence: Sentence, setting: Setting) -> list[Evidence]:
    found = [e for rule in _RULES for e in rule(sentence, setting)]
    return [e for e in found if not (sentence.quoted and _is_mention(sentence, e.span))]


def evidence(sentence: Sentence, tech: float, asks: bool, topics: Topics) -> list[Evidence]:
    """Return the signs of an attempt in ``sentence``; two points (SURE = 2) in all are an attempt.

    A technical sentence is read piece by piece too: an answer before a comma does not hide an order.
    """
    found = _found(sentence, Setting(tech, asks, technical(sentence, topics, without=META)))
    if tech >= 1 and sentence.breaks and not found:
        for a, b in sentence.pieces():
            piece = sentence.part((a, b))
            own = technical(piece, topics)
            pure = technical(piece, topics, without=META)
            inner = _found(piece, Setting(own, asks and b == len(sentence.tokens), pure))
            found += [Evidence(e.category, e.strength, (e.span[0] + a, e.span[1] + a)) for e in inner]
    return found
