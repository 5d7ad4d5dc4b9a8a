"""Judging a reply to a foreign question: by the reference answer alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coach.domain.question import Question
from coach.offline.contradiction import denied_by
from coach.offline.lexicon import word_class
from coach.offline.likeness import Unit, Weights, unit, units
from coach.text.clauses import sentences

_COMMON = 0.5
"""What a word that any technical answer may hold counts for."""
_ASKED = 0.25
"""What a word of the question counts for."""
_AGREES = 0.45
"""Share of what a reply adds to the question, by weight, that the reference has too."""
_HOLDS = 0.5
"""Or: share of the reference that the reply has."""
_NEARLY = 0.8
"""With more than this share a reply that says "only" or "all" by itself still agrees."""
_LEAST = 1.4
"""Least weight of the words shared beyond the question's: about two words."""
_LONG = 4
"""Statements of a long answer."""
_ITEM = 0.5
_RICH = 60
"""Words of a complete answer that goes beyond the reference."""
_ITEMS = re.compile(r";\s*|\n+")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a reply stands to a reference."""

    agrees: bool
    share: float
    """Share of the reference's items given."""
    denied: str = ""
    """What of the reply contradicts the reference."""
    truth: str = ""
    rich: bool = False


def agreement(question: Question, reply: str, rare: Mapping[str, float]) -> Agreement:
    """Return whether ``reply`` agrees with or contradicts the reference; neither: it can't be told."""
    if not question.reference.strip():
        return Agreement(False, 0.0)
    asked = set(unit(question.text).roots)
    plain = {**rare, **{g: min(_COMMON, rare.get(g, 1.0)) for g in word_class("generic")}}
    weights = Weights({**plain, **{a: plain.get(a, 1.0) * _ASKED for a in asked}})
    truths = [u for s in _ITEMS.split(question.reference) for u in units(s)]
    whole = unit(question.reference)
    said = units(reply)
    new = {r for u in said if not u.asks for r in u.roots} - asked
    known = set(whole.roots) - asked
    shared = sum(weights.of(r) for r in new & known)
    mine, all_ = (sum(weights.of(r) for r in roots) for roots in (new, known))
    precision, recall = (shared / part if part else 0.0 for part in (mine, all_))
    items = _share_of_items(question, new, asked, weights)
    agrees = shared >= _LEAST and (precision >= _AGREES or recall >= _HOLDS or items >= _HOLDS)
    # A long answer that has most of the reference is not judged by one of its many negations.
    if not (agrees and len(said) > _LONG):
        denied = next((u.text for u in said if denied_by(u, truths, weights)), "")
        denied = denied or _limited(said, whole, precision)
        if denied:
            return Agreement(False, 0.0, denied, question.reference)
    rich = len(reply.split()) >= _RICH and len(sentences(reply)) >= 3
    return Agreement(agrees, max(items, recall), rich=rich)


def _limited(said: list[Unit], reference: Unit, precision: float) -> str:
    """Return a statement that says "only" or "all" where the reference does not, and little else of it."""
    if precision >= _NEARLY or len(said) > 2:
        return ""
    known = set(reference.roots)
    for one in said:
        for words in (word_class("only"), word_class("all")):
            if words & set(one.roots) and not words & known:
                return one.text
    return ""


def _share_of_items(question: Question, new: set[str], asked: set[str], weights: Weights) -> float:
    items = [set(unit(i).roots) - asked for i in _ITEMS.split(question.reference) for i in sentences(i)]
    items = [i for i in items if i]
    given = 0
    for item in items:
        total = sum(weights.of(r) for r in item)
        given += sum(weights.of(r) for r in item & new) >= _ITEM * total
    return given / len(items) if items else 0.0
