"""Figures: what a measure is computed from, and the Measure that comes of it.

A figure keeps its rows, so that the same one gives the value with its interval on one run, and the difference
of two runs row by row (see ``comparison``).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
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
    speaking,
    wilson,
)

Slice = dict[str, SliceValue]
Floors = dict[str, float | None]
Formula = Callable[[Floats], Floats]
"""From sums of shape (R, k) to R values; nan where undefined."""
Pairing = Literal[True, False, "interview"]
Method = Literal["wilson", "t", "bootstrap"]


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


_KEYS = (
    "interview", "case", "epoch", "persona", "bank", "scenario", "language", "repeats", "prompts", "rubric", "twin",
    "turn_id", "unit", "within", "side", "pair",
)  # fmt: skip
"""What a figure's rows are identified, sliced, clustered and paired by."""


def narrow(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a table with its keys and ``columns`` alone: a slice copies every column that there is."""
    wanted = {*_KEYS, *columns}
    return rows[[c for c in rows.columns if c in wanted]]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What one measure is computed from."""

    name: str
    unit: Unit
    where: Slice
    rows: pd.DataFrame
    columns: Floats
    """Shape (n, k): by row, what the formula's sums are made of; for shares and means one column, the values."""
    method: Method
    nothing: str
    """The reason where the value is undefined."""
    formula: Formula | None = None
    """None: the mean."""
    paired: Pairing = True
    """Whether the rows are there whatever the interviewer does, so that two runs pair row by row; ``interview``: its
    mean an interview is what pairs, since the row's own key would fix the value."""
    note: str | None = None
    floors: Floors = field(default_factory=dict)
    span: float | None = None
    """How far two values can lie apart: 1 for shares and statistics between 0 and 1, the upper bound of a mean whose
    lower one is 0; None: any way."""
    unknown: pd.DataFrame | None = None
    """Rows that belong here and of which it can't be told; None: there is no such thing."""

    def value(self, columns: Floats | None = None) -> float:
        """Return the value over these rows (or over ``columns`` of the same form); nan where undefined."""
        found = self.columns if columns is None else columns
        if not len(found):
            return float("nan")
        if self.formula is None:
            return float(found[:, 0].mean())
        return float(self.formula(found.sum(axis=0, keepdims=True))[0])

    def measure(self, seed: int) -> Measure:
        """Return the value with its interval; ``seed`` is the run's, for the bootstrap."""
        if self.rows.empty:
            untold = 0 if self.unknown is None else len(self.unknown)
            reason = f"not one of {untold} can be told" if untold else self.nothing
            return unscored(self.name, self.unit, self.where, reason)
        if np.isnan(self.columns).any():
            return unscored(self.name, self.unit, self.where, "part of it is unknown", len(self.rows))
        value = self.value()
        if not np.isfinite(value):
            return unscored(self.name, self.unit, self.where, self.nothing, len(self.rows))
        clusters = clusters_of(self.rows)
        interval, why = self._interval(clusters, seed)
        low, high = interval or (None, None)
        untold = 0 if self.unknown is None else len(self.unknown)
        return Measure(
            name=self.name,
            value=value,
            low=low,
            high=high,
            n=len(self.rows),
            unknown=untold,
            clusters=clusters.count,
            unit=self.unit,
            slice=self.where,
            method=self.method if interval else None,
            note=_noted(clusters.note, why, _untold(untold), self.note),
            floors=self.floors,
        )

    def _interval(self, clusters: Clusters, seed: int) -> tuple[tuple[float, float] | None, str | None]:
        """Return the interval, or None and why."""
        if clusters.count < 2:
            return None, "one cluster: no interval"
        if self.method == "wilson":
            return self._wilson(clusters), None
        if self.method == "t":
            found = mean_interval(self.columns[:, 0], clusters.codes, self.span)
            # No variance between clusters is nothing known of it, not certainty.
            return (found, None) if found[1] > found[0] else (None, "all clusters alike: no interval")
        sums = speaking(cluster_sums(self.columns, clusters))
        if len(sums) < MIN_BOOTSTRAP_CLUSTERS or self.formula is None:
            return None, "interval withheld below 20 clusters"
        seed = seed_of(seed, self.name, sorted(self.where.items()))
        interval = bootstrap(sums, self.formula, seed, of_parts=self.span is not None)
        return interval, None if interval else "all clusters alike, or undefined in too many resamples: no interval"

    def _wilson(self, clusters: Clusters) -> tuple[float, float]:
        """Return the share's interval; where rows can't be told, it holds whatever they are."""
        if self.unknown is None or self.unknown.empty:
            return wilson(self.columns[:, 0], clusters.codes)
        codes = clusters_of(pd.concat([self.rows, self.unknown])).codes
        none, every = (np.concatenate([self.columns[:, 0], np.full(len(self.unknown), v)]) for v in (0.0, 1.0))
        return wilson(none, codes)[0], wilson(every, codes)[1]


Scored = Measure | Figure
"""What a measure's module yields: a figure, or a measure that needs no interval."""


def finished(found: Iterable[Scored], seed: int) -> Iterator[Measure]:
    """Yield the measures of ``found``, one figure at a time in memory."""
    for one in found:
        yield one.measure(seed) if isinstance(one, Figure) else one


def cluster_sums(columns: Floats, clusters: Clusters) -> Floats:
    """Return the sums by cluster, shape (G, k)."""
    return np.column_stack([group(columns[:, k], clusters.codes) for k in range(columns.shape[1])])


def unscored(name: str, unit: Unit, where: Slice, reason: str, n: int = 0) -> Measure:
    """Return a measure without a value, and why."""
    return Measure(name=name, value=None, n=n, clusters=0, unit=unit, slice=where, reason=reason)


def _untold(rows: int) -> str | None:
    return f"{rows} more can't be told, and the interval holds whatever they are" if rows else None


def _noted(*notes: str | None) -> str | None:
    return "; ".join(n for n in notes if n) or None


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
    paired: Pairing = True,
    unknown: pd.DataFrame | None = None,
) -> Figure:
    """Return the share of ``rows`` that are ``hits``; ``nothing`` is the reason where there are no rows.

    A hit may be a part of one (0 … 1), where a row holds several things to find. ``paired`` is False where what
    the interviewer does decides which rows there are (a precision). ``unknown`` are the rows of which it can't be told.
    """
    columns = _one_column(rows, hits)
    return Figure(
        name, "share", where, rows, columns, "wilson", nothing, None, paired, note, floors or {}, 1.0, unknown
    )


def mean(
    name: str,
    rows: pd.DataFrame,
    values: "pd.Series[float]",
    unit: Unit,
    where: Slice,
    *,
    nothing: str,
    note: str | None = None,
    floors: Floors | None = None,
    paired: Pairing = True,
    most: float | None = None,
) -> Figure:
    """Return the mean of ``values`` over ``rows`` with a t interval on clusters; unscored where one is nan.

    ``most`` is what no value exceeds, where none is below 0 either: the interval then keeps to that.
    """
    columns = _one_column(rows, values)
    return Figure(name, unit, where, rows, columns, "t", nothing, None, paired, note, floors or {}, most)


def _one_column(rows: pd.DataFrame, values: "pd.Series[bool] | pd.Series[float]") -> Floats:
    if not len(rows):
        return np.zeros((0, 1))
    found = values if len(values) == len(rows) and values.index is rows.index else values.loc[rows.index]
    return np.asarray(found, dtype=np.float64).reshape(-1, 1)


def statistic(
    name: str,
    rows: pd.DataFrame,
    columns: Floats,
    formula: Formula,
    unit: Unit,
    where: Slice,
    *,
    nothing: str,
    note: str | None = None,
    floors: Floors | None = None,
    part: bool = True,
) -> Figure:
    """Return a statistic of sums with a cluster bootstrap, from 20 clusters.

    Args:
        name: of the measure.
        rows: what it is computed over.
        columns: shape (n, k): by row, what the formula's sums are made of.
        formula: from sums of shape (R, k) to R values; nan where undefined.
        unit: of the value.
        where: the slice.
        nothing: the reason where the value is undefined.
        note: said beside the value.
        floors: what trivial guessers get.
        part: whether it lies between 0 and 1 (a kappa or a difference does not).
    """
    span = 1.0 if part else None
    return Figure(name, unit, where, rows, columns, "bootstrap", nothing, formula, False, note, floors or {}, span)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return numerator / denominator, nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan)


def f1(sums: Floats) -> Floats:
    """Return F1 from sums of (true positives, true, seen)."""
    return ratio(2 * sums[:, 0], sums[:, 1] + sums[:, 2])
