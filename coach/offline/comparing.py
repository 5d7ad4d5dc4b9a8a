"""One question's true and false statements, prepared once, and how near a statement is to each."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from coach.domain.vocabulary import Language
from coach.offline.knowledge import Facts, Knowledge
from coach.offline.likeness import Feature, Unit, Weights, unit, units

TRUE = ""
"""The label of a true statement; a false one has its misconception's id."""
_ASKED = 0.6
"""What a word of the question counts for: whoever answers says it."""
_COMMON = 0.4
"""What a root that every question has counts for, beside 1 for a root that one has."""
_OWN = 0.15
"""How much nearer to its claim than to the truth a wrong answer's sentence is, to be false itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about the question, true or false."""

    label: str
    unit: Unit
    length: float
    stated: bool
    """Written by the bank as a fact, not by a candidate."""
    point: str = ""
    """The one key point that it gives."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How like a statement is to the nearest true one and to the nearest of each misconception."""

    true: float
    false: Mapping[str, float]
    points: Mapping[str, float] = field(default_factory=dict)
    """Likeness to the nearest statement of just one key point, by point."""

    @property
    def worst(self) -> tuple[float, str]:
        """Return the likeness to the nearest misconception and its id (0 and ``""`` for none)."""
        return max(((like, name) for name, like in self.false.items()), default=(0.0, ""))


@dataclass(frozen=True, slots=True)
class Compared:
    """The statements of one question, indexed by feature."""

    facts: Facts
    statements: tuple[Statement, ...]
    index: Mapping[Feature, tuple[tuple[int, float], ...]]
    weights: Weights
    roots: Mapping[str, frozenset[str]]
    """The words of the statements of each misconception."""

    def shared(self, said: Unit, name: str) -> int:
        """Return how many words ``said`` has of the statements of a misconception."""
        return len(self.roots.get(name, frozenset()).intersection(said.roots))

    def nearness(self, said: Unit) -> Nearness:
        """Return how near ``said`` is to what is true and to each misconception."""
        dots: dict[int, float] = {}
        for feature, sign in said.signs.items():
            for number, value in self.index.get(feature, ()):
                dots[number] = dots.get(number, 0.0) + sign * value
        length = self.weights.length(said.signs)
        true = 0.0
        false: dict[str, float] = {}
        points: dict[str, float] = {}
        for number, dot in dots.items():
            statement = self.statements[number]
            like = dot / (length * statement.length)
            if statement.label == TRUE:
                true = max(true, like)
                if statement.point and like > points.get(statement.point, 0.0):
                    points[statement.point] = like
            elif like > false.get(statement.label, 0.0):
                false[statement.label] = like
        return Nearness(true, false, points)


def rarity(knowledge: Knowledge, language: Language) -> Mapping[str, float]:
    """Return the weight of each root by the number of questions that have it, 1 for the rarest."""
    key = ("rarity", language)
    if key not in knowledge.prepared:
        questions = [f.question for (_, _, spoken), f in knowledge.facts.items() if spoken is language]
        knowledge.prepared[key] = rarity_of(
            " ".join((q.text, q.reference, *(p.text for p in q.key_points))) for q in questions
        )
    weights: Mapping[str, float] = knowledge.prepared[key]
    return weights


def rarity_of(texts: Iterable[str]) -> Mapping[str, float]:
    """Return the weight of each root by the number of ``texts`` that have it."""
    count: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        count.update({root for u in units(text) for root in u.roots})
    top = math.log(1.0 + total)
    return {
        root: _COMMON + (1.0 - _COMMON) * (math.log(1.0 + total / n) - math.log(2)) / max(top - math.log(2), 0.1)
        for root, n in count.items()
    }


def compared(facts: Facts, rare: Mapping[str, float]) -> Compared:
    """Return the statements of ``facts``, ready to be compared with."""
    question = facts.question
    asked = frozenset(unit(question.text).roots)
    weights = Weights({**rare, **{a: rare.get(a, 1.0) * _ASKED for a in asked}})
    found = list(_statements(facts))
    first = _indexed(facts, found, weights)
    for exemplar in facts.exemplars:
        name = exemplar.misconception
        if name:
            own = [u for u in units(exemplar.text) if not u.refuted]
            found.extend(_Found(name, u) for u in own if _is_false(first.nearness(u), name))
    return _indexed(facts, found, weights)


def _is_false(near: Nearness, name: str) -> bool:
    return near.false.get(name, 0.0) >= near.true + _OWN


class _Found(NamedTuple):
    label: str
    unit: Unit
    stated: bool = False
    point: str = ""


def _statements(facts: Facts) -> Iterator[_Found]:
    """Yield what is true and what is false by the bank, and what candidates said rightly."""
    question = facts.question
    for text in (question.reference, *(m.correction for m in question.misconceptions)):
        yield from (_Found(TRUE, u, stated=True) for u in units(text))
    for stated in question.key_points:
        yield from (_Found(TRUE, u, stated=True, point=stated.id) for u in units(stated.text))
    for misconception in question.misconceptions:
        yield from (_Found(misconception.id, u, stated=True) for u in units(misconception.claim))
    for exemplar in facts.exemplars:
        if not exemplar.misconception:
            point = next(iter(exemplar.covers)) if exemplar.answer_class == "say" else ""
            yield from (_Found(TRUE, u, point=point) for u in units(exemplar.text))


def _indexed(facts: Facts, found: Iterable[_Found], weights: Weights) -> Compared:
    statements = tuple(Statement(f.label, f.unit, weights.length(f.unit.signs), f.stated, f.point) for f in found)
    index: dict[Feature, list[tuple[int, float]]] = {}
    for number, statement in enumerate(statements):
        for feature, sign in statement.unit.signs.items():
            index.setdefault(feature, []).append((number, sign * weights.square(feature)))
    roots: dict[str, set[str]] = {}
    for statement in statements:
        roots.setdefault(statement.label, set()).update(statement.unit.roots)
    return Compared(
        facts,
        statements,
        {f: tuple(where) for f, where in index.items()},
        weights,
        {label: frozenset(words) for label, words in roots.items()},
    )
