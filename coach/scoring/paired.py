"""Tests of paired differences: cluster means with t, sign flips, McNemar, Holm, and how much more would decide.

Every function takes what the clusters add up to; cluster identity comes from ``clusters`` alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np

from coach.scoring.statistics import Floats, Ints, group, incomplete_beta, t_quantile, wilson_at

K = TypeVar("K")
MIN_CLUSTERS = 6
"""Below that two runs can't be told apart: six signs alone give no p under 0.03."""
_EXACT = 14
"""Up to so many clusters every sign is tried, beyond it a seeded sample."""
_FLIPS = 20_000
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean of cluster differences with its interval; None: fewer than two clusters."""

    delta: float
    low: float | None
    high: float | None
    clusters: int


def cluster_means(differences: Floats, clusters: Ints) -> Floats:
    """Return the mean of the row differences of each cluster, shape (G,)."""
    return group(differences, clusters) / group(np.ones(len(differences)), clusters)


def difference(means: Floats, *, bounded: bool = False) -> Difference:
    """Return the mean of cluster differences with its t interval; a cluster counts once, whatever its size.

    Where no two clusters differ, nothing was seen of how much they may: a difference of shares (``bounded``) then has
    the half width that Wilson gives 0 of G, any other has no interval.
    """
    g = len(means)
    delta = float(means.mean())
    if g < 2:
        return Difference(delta, None, None, g)
    half = t_quantile(g - 1) * float(means.std(ddof=1)) / math.sqrt(g)
    if half <= _NO_VARIANCE:
        if not bounded:
            return Difference(delta, None, None, g)
        half = wilson_at(0.0, g, t_quantile(g - 1))[1]
        return Difference(delta, max(-1.0, delta - half), min(1.0, delta + half), g)
    return Difference(delta, delta - half, delta + half, g)


def sign_flip(means: Floats, seed: int) -> float:
    """Return the two-sided p of the mean under flipped signs of the cluster differences (Fisher's randomisation test).

    Exact up to 14 clusters; beyond it of 20 000 seeded flips, the one that was seen counted among them.
    """
    g = len(means)
    if g == 0:
        return 1.0
    seen = abs(float(means.sum()))
    close = 1e-9 * max(1.0, float(np.abs(means).sum()))
    if g <= _EXACT:
        signs = np.array(list(product((-1.0, 1.0), repeat=g)))
        return float(np.mean(np.abs(signs @ means) >= seen - close))
    generator = np.random.default_rng(seed)
    as_far = 1
    for _ in range(_FLIPS // 2000):
        signs = generator.choice((-1.0, 1.0), size=(2000, g))
        as_far += int(np.sum(np.abs(signs @ means) >= seen - close))
    return as_far / (_FLIPS + 1)


def mcnemar(lost: int, won: int) -> float:
    """Return the exact two-sided p of McNemar's test from the two counts of discordant pairs (the binomial at 1/2)."""
    n, k = lost + won, min(lost, won)
    if n == 0:
        return 1.0
    # P(X <= k) of a binomial at 1/2 is the regularised incomplete beta function I_{1/2}(n - k, k + 1).
    return min(1.0, 2.0 * incomplete_beta(n - k, k + 1, 0.5))


def holm(ps: Mapping[K, float]) -> dict[K, float]:
    """Return Holm's step-down adjusted p values by name.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    adjusted: dict[K, float] = {}
    highest = 0.0
    ordered = sorted(ps.items(), key=lambda item: item[1])
    for place, (name, p) in enumerate(ordered):
        highest = max(highest, min(1.0, p * (len(ordered) - place)))
        adjusted[name] = highest
    return adjusted


def more_cases(cases: int, half_width: float, distance: float) -> int | None:
    """Return about how many more cases would shrink an interval's half width to ``distance``; None where none would.

    A half width shrinks with the square root of the number of cases; the estimate is taken to stay where it is.
    """
    if cases < 1 or half_width <= 0 or distance <= 0:
        return None
    wanted = cases * (half_width / distance) ** 2
    return max(1, math.ceil(wanted) - cases) if wanted < 1e7 else None
