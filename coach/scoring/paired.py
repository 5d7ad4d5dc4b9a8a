"""Tests of paired differences: cluster means with t, sign flips, McNemar, Holm, and how much more would decide.

Every function takes what the clusters add up to; cluster identity comes from ``clusters`` alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np

from coach.scoring.statistics import Floats, Ints, effective_n, group, incomplete_beta, t_quantile, wilson_at

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


def difference(differences: Floats, clusters: Ints, *, span: float | None = None) -> Difference:
    """Return the mean of cluster differences with its t interval; a cluster counts once, whatever its size.

    Args:
        differences: one a row.
        clusters: its code, 0 … G-1.
        span: the largest difference that there can be (1 for shares); None: nothing bounds it. Where it is given,
            either end lies at least as far out as Wilson's interval of what was won (or lost) alone puts it: of a few
            rare events a t interval is too short on the side where more of them would come. Where no two clusters
            differ, nothing was seen of how much they may, and the half width is what Wilson gives 0 of G.
    """
    means = cluster_means(differences, clusters)
    g = len(means)
    delta = float(means.mean())
    if g < 2:
        return Difference(delta, None, None, g)
    half = t_quantile(g - 1) * float(means.std(ddof=1)) / math.sqrt(g)
    if span is None:
        low, high = (delta - half, delta + half) if half > _NO_VARIANCE else (None, None)
        return Difference(delta, low, high, g)
    if half <= _NO_VARIANCE:
        below = above = wilson_at(0.0, g, t_quantile(g - 1))[1] * span
    else:
        won, lost = (cluster_means(np.maximum(sign * differences, 0.0) / span, clusters) for sign in (1, -1))
        above, below = (max(half, span * _room(part, len(differences))) for part in (won, lost))
    return Difference(delta, max(-span, delta - below), min(span, delta + above), g)


def _room(means: Floats, rows: int) -> float:
    """Return how far above the mean of shares by cluster Wilson's interval ends; 0 where nothing of it was seen."""
    g, p = len(means), float(means.mean())
    variance = float(means.var(ddof=1)) / g
    if variance <= _NO_VARIANCE**2:
        return 0.0
    return wilson_at(p, min(float(rows), effective_n(p, variance, g)), t_quantile(g - 1))[1] - p


def smallest_p(clusters: int) -> float:
    """Return the smallest two-sided p that flips of so many signs can give."""
    return min(1.0, 2.0 ** (1 - clusters)) if clusters <= _EXACT else 1 / (_FLIPS + 1)


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
    if half_width <= 0 or distance <= 0:
        return None
    return _more(cases, (half_width / distance) ** 2)


def more_cases_of_a_share(cases: int, share: float, low: float, high: float, bound: float) -> int | None:
    """Return about how many more cases would leave ``bound`` outside Wilson's interval of a share.

    Wilson's interval ends where (p - end)² = z² end (1 - end) / n; so n grows as that of ``bound`` to that of the end
    which is on its side. The share is taken to stay where it is.
    """
    end = low if bound <= share else high
    if bound == share or end == share or not 0 < bound < 1:
        return None
    if not 0 < end < 1:  # cut off at 0 or 1: nothing to invert
        return more_cases(cases, abs(end - share), abs(bound - share))

    def per_case(at: float) -> float:
        return at * (1 - at) / (share - at) ** 2

    return _more(cases, per_case(bound) / per_case(end))


def _more(cases: int, factor: float) -> int | None:
    wanted = cases * factor
    return max(1, math.ceil(wanted) - cases) if cases >= 1 and wanted < 1e7 else None
