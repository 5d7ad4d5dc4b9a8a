"""Which question a visible message asks: verbatim, else by overlap of roots weighted by rarity."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from coach.text.clauses import sentences
from coach.text.stems import words
from coach.text.tokens import NOT, tokens

_ENOUGH = 0.5
"""Least likeness (cosine by rarity) of a message to the question that it asks."""
_MARGIN = 0.08
"""How much more it must be like that one than like any other."""
_SHORT = 3
"""A question of fewer words ("What happens?") is read with the sentence before it."""
_DENIED = frozenset({NOT})


def flat(text: str) -> str:
    """Return ``text`` as its words between single spaces: case, punctuation and spacing don't count."""
    return f" {' '.join(words(text))} "


class QuestionIndex:
    """Finds the question that a message asks among many; what is the same for every message is kept."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take the texts of the questions by id."""
        self._flat = {name: flat(text) for name, text in texts.items()}
        roots = {name: _roots(text) for name, text in texts.items()}
        count = Counter(root for found in roots.values() for root in found)
        total = len(texts)
        self._weight = {root: math.log(1.0 + total / n) for root, n in count.items()}
        self._unknown = math.log(1.0 + total)
        self._norm = {name: self._length(found) for name, found in roots.items()}
        self._having: dict[str, list[str]] = {}
        for name, found in roots.items():
            for root in found:
                self._having.setdefault(root, []).append(name)

    def find(self, message: str) -> str | None:
        """Return the id of the question that ``message`` asks, or None where it can't be told."""
        return self.verbatim(message) or self.alike(message)

    def verbatim(self, message: str) -> str | None:
        """Return the id of the longest question that ``message`` holds word for word (of two, the last)."""
        said = flat(message)
        held = [(len(text), said.rfind(text), name) for name, text in self._flat.items() if text in said]
        return max(held)[2] if held else None

    def alike(self, message: str) -> str | None:
        """Return the id of the question that ``message`` is most like, where that is clear."""
        ranked = self.ranked(message)
        if not ranked or ranked[0][0] < _ENOUGH:
            return None
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        return ranked[0][1] if ranked[0][0] - second >= _MARGIN else None

    def ranked(self, message: str) -> list[tuple[float, str]]:
        """Return (likeness 0..1, id) of the questions that share a root with ``message``, best first."""
        said = _roots(_asking_part(message))
        length = self._length(said)
        shared: dict[str, float] = {}
        for root in said:
            square = self._weight.get(root, 0.0) ** 2
            for name in self._having.get(root, ()):
                shared[name] = shared.get(name, 0.0) + square
        ranked = [(dot / (length * self._norm[name]), name) for name, dot in shared.items()]
        return sorted(ranked, key=lambda pair: (-pair[0], pair[1]))

    def _length(self, roots: frozenset[str]) -> float:
        # A word that no question has says less than one that sets two questions apart.
        squares = (self._weight.get(root, self._unknown / 2) ** 2 for root in roots)
        return math.sqrt(sum(squares)) or 1.0


def asks(message: str, question_text: str, others: Sequence[str]) -> Literal["same", "other", "unknown"]:
    """Return whether ``message`` asks the question ``question_text`` or another of ``others`` (the bank)."""
    wanted = flat(question_text)
    if question_text.strip() and wanted in flat(message):
        return "same"
    found = _index(tuple(sorted({*others, question_text}))).find(message)
    if found is None:
        return "unknown"
    return "same" if flat(found) == wanted else "other"


@lru_cache(maxsize=16)
def _index(texts: tuple[str, ...]) -> QuestionIndex:
    return QuestionIndex({flat(text): text for text in texts})


def _asking_part(message: str) -> str:
    """Return the sentences that end with a question mark, with what leads to a short one; else all."""
    said = sentences(message)
    asking = [i for i, s in enumerate(said) if "?" in s]
    if not asking:
        return message
    part = " ".join(said[i] for i in asking)
    if asking[0] > 0 and len(_roots(part)) < _SHORT:
        return f"{said[asking[0] - 1]} {part}"
    return part


@lru_cache(maxsize=4096)
def _roots(text: str) -> frozenset[str]:
    return frozenset(tokens(text).keys) - _DENIED
