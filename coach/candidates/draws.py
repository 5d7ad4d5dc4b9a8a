"""Seeded randomness of one simulated candidate: every draw depends only on what it is for."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """Draws by (run seed, case, question, visit, purpose): no draw moves because another was made."""

    def __init__(self, seed: int, case: str) -> None:
        self._key = f"{seed}|{case}"

    def _random(self, question: str, visit: int, purpose: str) -> random.Random:
        digest = hashlib.sha256(f"{self._key}|{question}|{visit}|{purpose}".encode()).digest()
        return random.Random(int.from_bytes(digest[:8]))  # noqa: S311 - a simulation, no secret

    def share(self, question: str, visit: int, purpose: str) -> float:
        """Return a number in [0, 1)."""
        return self._random(question, visit, purpose).random()

    def between(self, low: int, high: int, purpose: str) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return self._random("", 0, purpose).randint(low, high)

    def weighted(self, weights: Mapping[T, float], question: str, visit: int, purpose: str) -> T:
        """Return a key of ``weights``, which sum to more than 0, as likely as its weight."""
        keys = list(weights)
        chosen = self._random(question, visit, purpose).choices(keys, weights=[weights[k] for k in keys])
        return chosen[0]

    def one_of(self, items: Sequence[T], question: str, visit: int, purpose: str) -> T:
        """Return one of ``items``."""
        return self._random(question, visit, purpose).choice(items)
