"""From rows to a Measure: value, interval, n, clusters, and a reason where there is none."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd

from coach.scoring.clusters import Clusters, clusters_of
from coach.scoring.model import Measure, SliceValue, Unit
from coach.scoring.statistics import (
    MIN_BOOTSTRAP_CLUSTERS,
    Floats,
    bootstrap,
    group,
    mean_interval,
    seed_of,
    wilson,
)

Slice = dict[str, SliceValue]
Floors = dict[str, float | None]


CROSSED = ("prompts", "rubric")
"""Dimensions that run side by side on the same cases; sliced by only where a run has several of them."""


def slices(rows: pd.DataFrame, *columns: str) -> Iterator[tuple[Slice, pd.DataFrame]]:
    """Yield all rows, then the rows of each value of each column, and of what a matrix crosses on the same cases.

    The scenario is a slice only where there are several.
    """
    yield {}, rows
    crossed = [c for c in CROSSED if c in rows and c not in columns and rows[c].nunique() > 1]
    columns = tuple(c for c in columns if c != "scenario" or rows[c].nunique() > 1)
    for column in (*columns, *crossed):
        for value in sorted(rows[column].dropna().unique()):
            key: SliceValue = bool(value) if rows[column].dtype == bool else str(value)
            yield {column: key}, rows[rows[column] == value]


def unscored(name: str, unit: Unit, where: Slice, reason: str, n: int = 0) -> Measure:
    """Return a measure without a value, and why."""
    return Measure(name=name, value=None, n=n, clusters=0, unit=unit, slice=where, reason=reason)


def _noted(clusters: Clusters, *more: str | None) -> str | None:
    notes = [n for n in (clusters.note, *more) if n]
    return "; ".join(notes) or None


def keep(rows: pd.DataFrame, flags: Iterable[bool]) -> pd.DataFrame:
    """Return the rows whose flag is true; of no rows, no rows (a bare list would select columns)."""
    return rows[pd.Series(list(flags), index=rows.index, dtype=bool)]


def share(
    name: str,
    rows: pd.DataFrame,
    hits: "pd.Series[bool] | pd.Series[float]",
    where: Slice,
    *,
    nothing: str,
    note: str | None = None,
    floors: Floors | None = None,
) -> Measure:
    """Return the share of ``rows`` that are ``hits``; ``nothing`` is the reason where there are no rows.

    A hit may be a part of one (0 … 1), where a row holds several things to find.
    """
    if rows.empty:
        return unscored(name, "share", where, nothing)
    values = np.asarray(hits.loc[rows.index], dtype=np.float64)
    return _estimated(name, rows, values, "share", where, note=note, floors=floors)


def mean(
    name: str,
    rows: pd.DataFrame,
    values: "pd.Series[float]",
    unit: Unit,
    where: Slice,
    *,
    nothing: str,
    note: str | None = None,
) -> Measure:
    """Return the mean of ``values`` over ``rows`` with a t interval on clusters."""
    if rows.empty:
        return unscored(name, unit, where, nothing)
    found = np.asarray(values.loc[rows.index], dtype=np.float64)
    if np.isnan(found).any():
        return unscored(name, unit, where, "part of it is unknown", len(rows))
    return _estimated(name, rows, found, unit, where, note=note, method="t")


def _estimated(
    name: str,
    rows: pd.DataFrame,
    values: Floats,
    unit: Unit,
    where: Slice,
    *,
    note: str | None = None,
    floors: Floors | None = None,
    method: Literal["wilson", "t"] = "wilson",
) -> Measure:
    """Return the mean of ``values`` with the interval of ``method``; none with one cluster."""
    clusters = clusters_of(rows)
    one = clusters.count < 2
    interval = wilson if method == "wilson" else mean_interval
    low, high = (None, None) if one else interval(values, clusters.codes)
    return Measure(
        name=name,
        value=float(values.mean()),
        low=low,
        high=high,
        n=len(rows),
        clusters=clusters.count,
        unit=unit,
        slice=where,
        method=None if one else method,
        note=_noted(clusters, "one cluster: no interval" if one else None, note),
        floors=floors or {},
    )


def statistic(
    name: str,
    rows: pd.DataFrame,
    columns: Floats,
    formula: Callable[[Floats], Floats],
    unit: Unit,
    where: Slice,
    *,
    seed: int,
    nothing: str,
    note: str | None = None,
    floors: Floors | None = None,
) -> Measure:
    """Return a statistic of sums with a cluster bootstrap, from 20 clusters.

    Args:
        name: of the measure.
        rows: what it is computed over.
        columns: shape (n, k): by row, what the formula's sums are made of.
        formula: from sums of shape (R, k) to R values; nan where undefined.
        unit: of the value.
        where: the slice.
        seed: the run's.
        nothing: the reason where the value is undefined.
        note: said beside the value.
        floors: what trivial guessers get.
    """
    if rows.empty:
        return unscored(name, unit, where, nothing)
    value = float(formula(columns.sum(axis=0, keepdims=True))[0])
    if not np.isfinite(value):
        return unscored(name, unit, where, nothing, len(rows))
    clusters = clusters_of(rows)
    interval, why = None, "interval withheld below 20 clusters"
    if clusters.count >= MIN_BOOTSTRAP_CLUSTERS:
        sums = np.column_stack([group(columns[:, k], clusters.codes) for k in range(columns.shape[1])])
        interval = bootstrap(sums, formula, seed_of(seed, name, sorted(where.items())))
        why = "interval undefined in too many resamples"
    low, high = interval or (None, None)
    return Measure(
        name=name,
        value=value,
        low=low,
        high=high,
        n=len(rows),
        clusters=clusters.count,
        unit=unit,
        slice=where,
        method="bootstrap" if interval else None,
        note=_noted(clusters, None if interval else why, note),
        floors=floors or {},
    )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return numerator / denominator, nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan)


def f1(sums: Floats) -> Floats:
    """Return F1 from sums of (true positives, true, seen)."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])
