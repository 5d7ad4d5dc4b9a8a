"""Intervals that know about clusters: Wilson at an effective n, and a seeded cluster bootstrap.

Formulas: Wilson (1927) with n_eff = min(n, p(1-p)/v), v the cluster-robust variance of a ratio
(Kish 1965), t(G-1) in place of z; v = 0: n_eff = G. Means: t with the same v; those between 0 and a bound as a
share of it. Everything else: percentile cluster bootstrap.
"""

import hashlib
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONFIDENCE = 0.95
MIN_BOOTSTRAP_CLUSTERS = 20
RESAMPLES = 1000
_ROUNDING = 1e-9
"""A cluster-robust variance below this part of the plain one is 0."""


def beta_fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the regularised incomplete beta function (Lentz's method)."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            result *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return result


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * beta_fraction(a, b, x) / a
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b


@lru_cache(maxsize=4096)
def t_quantile(df: int, confidence: float = CONFIDENCE) -> float:
    """Return the two-sided quantile of Student's t with ``df`` degrees of freedom, by bisection."""
    low, high = 0.0, 1e8
    for _ in range(200):
        middle = (low + high) / 2
        inside = 1.0 - incomplete_beta(df / 2, 0.5, df / (df + middle * middle))
        low, high = (middle, high) if inside < confidence else (low, middle)
    return (low + high) / 2


def group(values: Floats, clusters: Ints) -> Floats:
    """Return the sum of ``values`` by cluster code (0 … G-1)."""
    sums = np.bincount(clusters, weights=values, minlength=int(clusters.max()) + 1)
    return np.asarray(sums, dtype=np.float64)


def robust_variance(hits: Floats, clusters: Ints) -> float:
    """Return the cluster-robust variance of the mean of ``hits`` as a ratio of cluster sums."""
    n, p = len(hits), float(hits.mean())
    residuals = group(hits - p, clusters)
    g = len(residuals)
    return float(g / (g - 1) * np.sum(residuals**2) / n**2)


def wilson(hits: Floats, clusters: Ints) -> tuple[float, float]:
    """Return the 95 % interval of a share; ``hits`` are 0 or 1 (or ½), ``clusters`` codes 0 … G-1, G ≥ 2."""
    g = int(clusters.max()) + 1
    p = float(hits.mean())
    n_eff = min(float(len(hits)), effective_n(p, robust_variance(hits, clusters), g))
    return wilson_at(p, n_eff, t_quantile(g - 1))


def effective_n(p: float, variance: float, clusters: int) -> float:
    """Return the number of independent rows whose share ``p`` has this variance; without variance, the clusters."""
    plain = p * (1 - p)
    # Clusters with equal shares leave rounding errors, not a variance.
    return float(clusters) if variance <= _ROUNDING * plain / clusters else plain / variance


def wilson_at(p: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share ``p`` of ``n`` at quantile ``z``."""
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(max(0.0, p * (1 - p) / n + z * z / (4 * n * n)))
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(values: Floats, clusters: Ints, most: float | None = None) -> tuple[float, float]:
    """Return the t interval of a mean with cluster-robust variance.

    Values between 0 and ``most`` are treated as a share of it: Wilson at the n whose share has this variance, since
    near 0 a t interval is too short on the side where there is room.
    """
    g = int(clusters.max()) + 1
    if most is not None:
        parts = values / most
        n_eff = effective_n(float(parts.mean()), robust_variance(parts, clusters), g)
        low, high = wilson_at(float(parts.mean()), n_eff, t_quantile(g - 1))
        return low * most, high * most
    half = t_quantile(g - 1) * math.sqrt(robust_variance(values, clusters))
    middle = float(values.mean())
    return middle - half, middle + half


def seed_of(*parts: object) -> int:
    """Return a seed for a purpose."""
    text = "|".join(str(p) for p in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def bootstrap(
    sums: Floats,
    statistic: Callable[[Floats], Floats],
    seed: int,
    resamples: int = RESAMPLES,
    *,
    of_parts: bool = False,
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of a statistic of cluster sums; None where it is undefined or nothing varies.

    Args:
        sums: shape (G, k): by cluster, the sums that the statistic is made of.
        statistic: from sums of shape (R, k) to R values; nan where undefined.
        seed: of the resampling.
        resamples: R.
        of_parts: whether it lies between 0 and 1. Near either a percentile interval is too short; either end then lies
            at least as far out as Wilson's with the resamples' variance (without any: with n = G).
    """
    g = len(sums)
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(g, np.full(g, 1.0 / g), size=resamples).astype(np.float64)
    found = statistic(weights @ sums)
    found = found[np.isfinite(found)]
    if len(found) < resamples * 0.9:
        return None
    low, high = (float(q) for q in np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]))
    if not of_parts:
        return (low, high) if high > low else None
    value = float(statistic(sums.sum(axis=0, keepdims=True))[0])
    ends = wilson_at(value, effective_n(value, float(found.var()), g), t_quantile(g - 1))
    return min(low, ends[0]), max(high, ends[1])


def speaking(sums: Floats) -> Floats:
    """Return the clusters that have any part in a statistic of their sums."""
    return np.asarray(sums[(sums != 0).any(axis=1)], dtype=np.float64)
