"""False claims about other questions than the active one: the known misconceptions, looked up."""

from collections.abc import Mapping
from dataclasses import dataclass

from coach.domain.analysis import FactError
from coach.domain.question import Misconception
from coach.domain.vocabulary import Language
from coach.offline.comparing import rarity
from coach.offline.knowledge import Facts, Key, Knowledge
from coach.offline.likeness import Feature, Unit, Weights, likeness, unit, units

_LIKE = 0.6
"""Least likeness to a claim: a false aside is told by its words alone, without a question to go by."""
_WORDS = 0.7
"""Least share of a claim's words."""
_MAX_CLAIM = 300
_MARGIN = 0.1
"""How much nearer than to what is true of that question."""


@dataclass(frozen=True, slots=True)
class _Claim:
    key: Key
    misconception: Misconception
    unit: Unit
    length: float


@dataclass(frozen=True, slots=True)
class _Claims:
    claims: tuple[_Claim, ...]
    index: Mapping[Feature, tuple[tuple[int, float], ...]]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Aside:
    """A false claim about another question, and how like it is to the known one."""

    error: FactError
    like: float


def false_aside(text: str, active: str | None, language: Language, knowledge: Knowledge) -> Aside | None:
    """Return the claim of ``text`` that is a known misconception of another question than ``active``."""
    known = _claims(knowledge, language)
    best: tuple[float, Unit, _Claim] | None = None
    for said in units(text):
        if said.refuted or said.asks:
            continue
        like, claim = _nearest(known, said, active)
        if claim is None or like < _LIKE or (best is not None and like <= best[0]):
            continue
        if like - _truth(knowledge.facts[claim.key], said, known.weights) >= _MARGIN:
            best = (like, said, claim)
    if best is None:
        return None
    error = FactError(claim=best[1].text[:_MAX_CLAIM], correction=best[2].misconception.correction)
    return Aside(error, best[0])


def _nearest(known: _Claims, said: Unit, active: str | None) -> tuple[float, _Claim | None]:
    dots: dict[int, float] = {}
    for feature, sign in said.signs.items():
        for number, value in known.index.get(feature, ()):
            dots[number] = dots.get(number, 0.0) + sign * value
    length = known.weights.length(said.signs)
    best: tuple[float, _Claim | None] = (0.0, None)
    for number, dot in dots.items():
        claim = known.claims[number]
        if claim.key[1] == active or not _has(said, claim):
            continue
        if dot / (length * claim.length) > best[0]:
            best = (dot / (length * claim.length), claim)
    return best


def _has(said: Unit, claim: _Claim) -> bool:
    """Return whether ``said`` has the subject and most of the words of ``claim``: one can be the fault."""
    roots = claim.unit.roots
    return (roots[0],) in said.signs and sum((r,) in said.signs for r in roots) >= _WORDS * len(roots)


def _truth(facts: Facts, said: Unit, weights: Weights) -> float:
    question = facts.question
    texts = [question.reference, *(p.text for p in question.key_points)]
    texts += [m.correction for m in question.misconceptions]
    return max((likeness(said, u, weights) for text in texts for u in units(text)), default=0.0)


def _claims(knowledge: Knowledge, language: Language) -> _Claims:
    key = ("claims", language)
    if key not in knowledge.prepared:
        weights = Weights(rarity(knowledge, language))
        claims: list[_Claim] = []
        index: dict[Feature, list[tuple[int, float]]] = {}
        for place, facts in knowledge.facts.items():
            for misconception in facts.question.misconceptions if place[2] is language else ():
                whole = unit(misconception.claim)
                for feature, sign in whole.signs.items():
                    index.setdefault(feature, []).append((len(claims), sign * weights.square(feature)))
                claims.append(_Claim(place, misconception, whole, weights.length(whole.signs)))
        knowledge.prepared[key] = _Claims(tuple(claims), {f: tuple(where) for f, where in index.items()}, weights)
    found: _Claims = knowledge.prepared[key]
    return found
