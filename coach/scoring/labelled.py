"""Estimates over labelled replies, with intervals that know which replies belong together."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from coach.scoring.figures import Method, f1, ratio
from coach.scoring.model import Measure, Unit
from coach.scoring.statistics import (
    MIN_BOOTSTRAP_CLUSTERS,
    Floats,
    Ints,
    bootstrap,
    group,
    robust_variance,
    seed_of,
    speaking,
    t_quantile,
    wilson,
    wilson_at,
)

Where = Mapping[str, str]
_NO_VARIANCE = 1e-12
Interval = tuple[float, float] | None
ONE_CLUSTER = "one cluster"
FEW_CLUSTERS = "under 20 clusters"
UNDEFINED = "alike or undefined"
"""Why a figure has no interval, in the few words that a column holds."""


def share(name: str, keys: Sequence[str], values: Sequence[float], where: Where) -> Measure:
    """Return the mean of ``values``, one a reply, as a share; replies with one key are one cluster."""
    if not len(values):
        return _unscored(name, "share", where, 0, "no such line")
    hits = np.array(values, dtype=np.float64)
    codes, clusters = _clusters(keys)
    interval = wilson(hits, codes) if clusters > 1 else None
    found = Measure(
        name=name, value=float(hits.mean()), n=len(hits), clusters=clusters, unit="share", slice=dict(where)
    )
    return _with(found, interval, "wilson", ONE_CLUSTER)


def f1_score(name: str, keys: Sequence[str], true: Sequence[bool], seen: Sequence[bool], where: Where) -> Measure:
    """Return a kind's F1 with a cluster bootstrap, from 20 clusters; seeded by the measure and the slice."""
    is_true, is_seen = np.array(true, dtype=bool), np.array(seen, dtype=bool)
    columns = np.column_stack([is_true & is_seen, is_true, is_seen]).astype(np.float64)
    return _resampled(name, keys, columns, f1, where)


def gap(name: str, keys: Sequence[str], hits: Sequence[float], first: Sequence[bool], where: Where) -> Measure:
    """Return the share among the ``first`` less that among the others, with a cluster bootstrap from 20 clusters."""
    here, values = np.array(first, dtype=bool), np.array(hits, dtype=np.float64)
    if here.all() or not here.any():
        return _unscored(name, "score", where, len(values), "not both languages here")
    columns = np.column_stack([values * here, here, values * ~here, ~here]).astype(np.float64)
    return _resampled(name, keys, columns, _difference, where)


def _difference(sums: Floats) -> Floats:
    return ratio(sums[:, 0], sums[:, 1]) - ratio(sums[:, 2], sums[:, 3])


def balanced(name: str, keys: Sequence[str], wrong: Sequence[bool], hits: Sequence[float], where: Where) -> Measure:
    """Return the mean of the two recalls with a t interval from its cluster-linearised variance."""
    is_wrong, values = np.array(wrong, dtype=bool), np.array(hits, dtype=np.float64)
    n, n_wrong = len(values), int(is_wrong.sum())
    if n_wrong in (0, n):
        return _unscored(name, "share", where, n, "not both right and wrong answers here")
    recalls = values[is_wrong].mean(), values[~is_wrong].mean()
    # The mean of these scores is the balanced accuracy; their clusters carry its variance.
    scores = np.where(
        is_wrong,
        (values - recalls[0]) * n / (2 * n_wrong),
        (values - recalls[1]) * n / (2 * (n - n_wrong)),
    )
    value = float(sum(recalls) / 2)
    codes, clusters = _clusters(keys)
    found = Measure(name=name, value=value, n=n, clusters=clusters, unit="share", slice=dict(where))
    return _with(found, _linearised(value, scores, codes, clusters), "t", ONE_CLUSTER)


def _unscored(name: str, unit: Unit, where: Where, n: int, reason: str) -> Measure:
    return Measure(name=name, value=None, n=n, clusters=0, unit=unit, slice=dict(where), reason=reason)


def _with(found: Measure, interval: Interval, method: Method, why: str) -> Measure:
    """Return a measure with its interval, or ``why`` it has none."""
    if interval is None:
        return found.model_copy(update={"note": why})
    return found.model_copy(update={"low": interval[0], "high": interval[1], "method": method})


def _clusters(keys: Sequence[str]) -> tuple[Ints, int]:
    """Return each reply's cluster code, and how many clusters there are."""
    found, codes = np.unique(list(keys), return_inverse=True)
    return codes.astype(np.int64), len(found)


def _resampled(
    name: str, keys: Sequence[str], columns: Floats, statistic: Callable[[Floats], Floats], where: Where
) -> Measure:
    """Return a statistic of sums with the bootstrap's interval, from 20 clusters."""
    codes, clusters = _clusters(keys)
    value = float(statistic(columns.sum(axis=0, keepdims=True))[0])
    found = Measure(name=name, value=value, n=len(columns), clusters=clusters, unit="score", slice=dict(where))
    sums = speaking(np.column_stack([group(columns[:, k], codes) for k in range(columns.shape[1])]))
    if len(sums) < MIN_BOOTSTRAP_CLUSTERS:
        return _with(found, None, "bootstrap", FEW_CLUSTERS)
    seed = seed_of(name, sorted(where.items()))
    return _with(found, bootstrap(sums, statistic, seed, of_parts=statistic is f1), "bootstrap", UNDEFINED)


def _linearised(value: float, scores: Floats, codes: Ints, clusters: int) -> Interval:
    if clusters < 2:
        return None
    variance = robust_variance(scores, codes)
    if variance <= _NO_VARIANCE:  # nothing seen of how far clusters may differ: as of a share
        return wilson_at(value, clusters, t_quantile(clusters - 1))
    half = t_quantile(clusters - 1) * float(np.sqrt(variance))
    return max(0.0, value - half), min(1.0, value + half)
