"""How alike two statements are: signed roots and pairs of roots, weighted by rarity."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from coach.offline.lexicon import antonyms
from coach.text.clauses import clauses, sentences
from coach.text.tokens import NOT, tokens

_NEAR = 4
"""How far apart two roots of one clause may stand to make a pair."""
_FEWEST = 2
"""Words of a statement at least."""
_KEPT = 20_000
_PAIR = 0.6
"""What a pair counts for, beside the mean of its two roots."""
_BELIEVERS = r"(?:people|many|some|beginners|folks|juniors|everyone|многие|люди|часто|некоторые|новички|все|джуны)"
_BELIEVE = r"(?:think|believe|assume|say|confuse|дума\w+|счита\w+|полага\w+|говор\w+|пута\w+)"
_REFUTED = re.compile(
    r"\b(?:myth|misconception|misbelief|not true|isn't true|untrue|false that|contrary to|mistakenly"
    r"|wrong to (?:think|say|believe)|would be (?:wrong|a mistake)|is a mistake"
    r"|(?:often|commonly) (?:confused|mistaken|believed|thought)"
    r"|миф\w*|заблужден\w+|неправда|не правда|неверно|ошибочно|вопреки|ошибк\w+ (?:думать|считать)"
    rf"|{_BELIEVERS}(?: \w+){{0,2}} {_BELIEVE})\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^\W*(?:and |but |so |а |и |но )?(?:if|when|unless|until|while|whenever|once|before|after|in case"
    r"|as long as|provided|where|which|who|whose|that|to|если|когда|пока|чтобы|чтоб|до тех пор|прежде чем"
    r"|после того|в случае|как только|котор\w+|где|раз|что)\b",
    re.IGNORECASE,
)

Feature = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or a clause."""

    text: str
    signs: Mapping[Feature, int]
    """+1, -1 (denied) or 0 (both) by root ``(a,)`` and by pair ``(a, b)``, a < b."""
    refuted: bool = False
    """It only reports a claim in order to deny it."""
    asks: bool = False
    roots: tuple[str, ...] = ()
    subordinate: bool = False
    """A condition, a purpose, a relative clause: it asserts nothing by itself."""


def _signed(text: str) -> list[list[tuple[str, int]]]:
    """Return the clauses of ``text`` as signed roots; a clause's closing negation stands alone as ``NOT``."""
    said = tokens(text)
    contrary = antonyms()
    found: list[list[tuple[str, int]]] = [[]]
    sign = 1
    for i, key in enumerate(said.keys):
        if i in said.gaps:
            if sign < 0:
                found[-1].append((NOT, -1))
            found.append([])
            sign = 1
        if key == NOT:
            sign = -1
        else:
            opposite = contrary.get(key)
            found[-1].append((opposite, -sign) if opposite else (key, sign))
            sign = 1
    if sign < 0:
        found[-1].append((NOT, -1))
    return [c for c in found if c]


@lru_cache(maxsize=32768)
def unit(text: str, before: str = "") -> Unit:
    """Return ``text`` with its features; ``before`` is the clause that an ellipsis refers to."""
    signs: dict[Feature, int] = {}
    previous = _signed(before)[-1:]
    last = previous[0] if previous else []
    for clause in _signed(text):
        last = _completed(clause, last)
        for i, (a, sa) in enumerate(last):
            _note(signs, (a,), sa)
            for b, sb in last[i + 1 : i + 1 + _NEAR]:
                if a != b:
                    _note(signs, (a, b) if a < b else (b, a), sa * sb)
    refuted, condition = bool(_REFUTED.search(text)), bool(_CONDITION.match(text))
    roots = tuple(f[0] for f in signs if len(f) == 1)
    return Unit(text, signs, refuted, text.rstrip().endswith("?"), roots, condition)


def _note(signs: dict[Feature, int], feature: Feature, sign: int) -> None:
    """Keep the sign of a feature; one that is both said and denied tells nothing by itself."""
    if signs.setdefault(feature, sign) != sign:
        signs[feature] = 0


def _completed(clause: list[tuple[str, int]], previous: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return a clause such as "tuples cannot" with the predicate of the clause before it, denied."""
    if clause[-1][0] != NOT:
        return clause
    own = {key for key, _ in clause}
    return clause[:-1] + [(key, -1) for key, _ in previous[1:] if key not in own and key != NOT]


@lru_cache(maxsize=256)
def said_in(text: str) -> tuple[tuple[Unit, ...], ...]:
    """Return the sentences of ``text``, each followed by its clauses where it has several."""
    found: list[tuple[Unit, ...]] = []
    for sentence in sentences(text):
        whole = unit(sentence)
        if len(whole.roots) < _FEWEST:
            continue
        parts = [] if whole.refuted else clauses(sentence)
        clause_units = map(unit, parts, ["", *parts]) if len(parts) > 1 else ()
        found.append((whole, *(u for u in clause_units if len(u.roots) >= _FEWEST)))
    return tuple(found)


def units(text: str) -> list[Unit]:
    """Return the sentences and clauses of ``text``; one of a single word too, where there is nothing else."""
    found = [u for sentence in said_in(text) for u in sentence]
    return found or [unit(text)]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each root counts for."""

    rarity: Mapping[str, float]
    default: float = 1.0
    _squares: dict[Feature, float] = field(default_factory=dict, compare=False, repr=False)

    def of(self, root: str) -> float:
        """Return the weight of a root."""
        return self.rarity.get(root, self.default)

    def square(self, feature: Feature) -> float:
        """Return the squared weight of a root or of a pair."""
        known = self._squares.get(feature)
        if known is None:
            if len(self._squares) >= _KEPT:
                self._squares.clear()
            mean = sum(map(self.of, feature)) / len(feature)
            known = self._squares[feature] = (mean if len(feature) == 1 else _PAIR * mean) ** 2
        return known

    def length(self, features: Iterable[Feature]) -> float:
        """Return the Euclidean length of features."""
        return math.sqrt(sum(map(self.square, features))) or 1.0


def likeness(a: Unit, b: Unit, weights: Weights) -> float:
    """Return how alike two statements are, at most 1; what one denies and the other says counts against."""
    small, big = (a, b) if len(a.signs) <= len(b.signs) else (b, a)
    dot = 0.0
    for feature, sign in small.signs.items():
        other = big.signs.get(feature)
        if other is not None:
            dot += sign * other * weights.square(feature)
    return dot / (weights.length(a.signs) * weights.length(b.signs))
