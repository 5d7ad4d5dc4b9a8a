"""Whether a statement denies one that is true: the same words, the predicate turned round."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from coach.offline.lexicon import word_class
from coach.offline.likeness import Unit, Weights
from coach.text.clauses import clauses

_SHARED = 0.5
"""Share of a statement's words, by weight, that must be those of the true one."""
_LEAST = 3
"""Least words of a denial."""
_TIMES = 2
"""How often fewer the turned pairs may be: only those with the denied word can turn."""
_ALSO = 0.15
"""How much more of another true statement it must hold, the same way round, to be no contradiction."""


_CONDITIONED = re.compile(
    r"\b(?:otherwise|unless|without|may|might|could|would|if|иначе|без|если|может|могут|мог|бы)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Denied:
    """A true statement and the share of the denial's words that it has."""

    truth: Unit
    share: float


def denied_by(said: Unit, truths: Iterable[Unit], weights: Weights) -> Denied | None:
    """Return the true statement that ``said`` denies, or None where it denies none or agrees with another."""
    fails = word_class("fails")
    asserts = not (said.refuted or said.asks or said.subordinate)
    if not asserts or len(said.roots) < _LEAST or fails & set(said.roots):
        return None
    total = sum(weights.of(root) for root in said.roots)
    best: Denied | None = None
    agreed = 0.0
    for truth in truths:
        if fails & set(truth.roots) or truth.subordinate or not _is_plain(truth.text):
            continue
        same = opposite = 0.0
        for root in said.roots:
            sign = truth.signs.get((root,))
            if not sign or not said.signs[(root,)]:
                continue
            if sign == said.signs[(root,)]:
                same += weights.of(root)
            else:
                opposite += weights.of(root)
        share = (same + opposite) / total if total else 0.0
        if opposite and same and share >= _SHARED and _turned(said, truth):
            if best is None or share > best.share:
                best = Denied(truth, share)
        elif not opposite:
            agreed = max(agreed, share)
    return best if best is not None and best.share >= agreed + _ALSO else None


@lru_cache(maxsize=4096)
def _is_plain(truth: str) -> bool:
    """Return whether a true statement is one clause that holds without a condition."""
    return not _CONDITIONED.search(truth) and len(clauses(truth)) == 1


def _turned(said: Unit, truth: Unit) -> bool:
    """Return whether the pairs that both have mostly disagree: one subject, contrary predicates."""
    same = opposite = 0
    for feature, sign in said.signs.items():
        if len(feature) == 2:
            other = truth.signs.get(feature)
            same += other == sign
            opposite += other is not None and other * sign < 0
    return opposite > 0 and _TIMES * opposite >= same
