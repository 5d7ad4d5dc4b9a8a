"""Two runs against each other, on the cases that they share: every measure, its difference, and what can be said.

Both runs' tables are laid one below the other, every figure is computed once over both, and its rows are paired:
an act at its first delivery with the same act in the other run, an interview with its interview.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from coach.domain._base import Frozen
from coach.scoring.clusters import Clusters, clusters_of
from coach.scoring.compact import compact
from coach.scoring.figures import Figure, Scored, cluster_sums
from coach.scoring.model import Key, Measure, SliceValue, Unit, key_of
from coach.scoring.paired import (
    MIN_CLUSTERS,
    Difference,
    cluster_means,
    difference,
    holm,
    mcnemar,
    more_cases,
    sign_flip,
    smallest_p,
)
from coach.scoring.registry import HEADLINES, better
from coach.scoring.statistics import (
    MIN_BOOTSTRAP_CLUSTERS,
    RESAMPLES,
    Floats,
    bootstrap,
    seed_of,
    speaking,
    t_quantile,
    wilson_at,
)
from coach.scoring.tables import Tables

Verdict = Literal["better", "worse", "changed", "no difference shown", "can't tell"]
"""``changed``: an interval without 0 of a measure of which neither more nor less is better."""
_SIDE, _PAIR = "side", "pair"
Flags = npt.NDArray[np.bool_]
_CASE = ["case", "epoch", "rubric", "twin"]
MOST_MISSING = 0.05
"""Share of rows without a partner, or that can't be told, from which on the pairs alone no longer decide."""
_SURE = 0.05


class Delta(Frozen):
    """One measure of two runs."""

    name: str
    unit: Unit
    slice: dict[str, SliceValue] = {}
    base: float | None
    """Over all the base's rows of shared cases; None: unscored."""
    new: float | None
    delta: float | None
    """New less base, over pairs where the measure has them."""
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    """Rows that were paired; for a measure whose rows the interviewer decides on: rows of both."""
    unpaired: int = 0
    """Rows of one run without a partner in the other."""
    lopsided: bool = False
    """Whether one run has more than a third fewer rows than the other: the pairs alone would flatter it."""
    worst: float | None = None
    best: float | None = None
    """The difference if every row without a partner had gone against, or for, the new run; None: nothing is missing,
    or nothing bounds the measure."""
    cases: int = 0
    """Cases with a row here."""
    clusters: int = 0
    method: Literal["paired t", "paired bootstrap"] | None = None
    p: float | None = None
    """Of the sign-flip test, or of McNemar's with one pair a cluster; headlines and gates alone have one."""
    p_holm: float | None = None
    verdict: Verdict
    note: str = ""
    """For example ``these personas only``."""
    why: str = ""
    """Where it can't be told: why."""
    more_cases: int | None = None
    """About how many more cases would show a difference of this size."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Two runs' tables, one below the other, restricted to the cases that both have."""

    tables: Tables
    shared: int
    """Cells that both have: case, epoch, rubric, twin."""
    only_base: int
    only_new: int


def side_by_side(base: Tables, new: Tables) -> Sides:
    """Return both runs' tables as one, on the cells that they share."""
    if all(t.interviews["rubric"].nunique() == 1 for t in (base, new) if not t.interviews.empty):
        # Where each run has one rubric it is what differs, as a model or a prompt set is.
        base, new = _one_rubric(base), _one_rubric(new)
    keys = [
        set() if t.interviews.empty else set(map(tuple, t.interviews[_CASE].itertuples(index=False)))
        for t in (base, new)
    ]
    shared = keys[0] & keys[1]
    sides = [_of_side(t, name, shared) for t, name in ((base, "base"), (new, "new"))]
    tables = Tables(
        *(
            compact(_paired(pd.concat([getattr(s, kind) for s in sides], ignore_index=True)))
            for kind in ("interviews", "turns", "calls", "checks")
        )
    )
    return Sides(tables, len(shared), len(keys[0] - shared), len(keys[1] - shared))


def _one_rubric(tables: Tables) -> Tables:
    parts = (tables.interviews, tables.turns, tables.calls, tables.checks)
    return Tables(*(t if t.empty else t.assign(rubric="") for t in parts))


def _of_side(tables: Tables, side: str, shared: set[tuple[object, ...]]) -> Tables:
    index = pd.MultiIndex.from_tuples(sorted(shared, key=repr), names=_CASE) if shared else None

    def own(rows: pd.DataFrame) -> pd.DataFrame:
        if rows.empty or index is None:
            return rows.iloc[:0]
        kept = rows[pd.MultiIndex.from_frame(rows[_CASE]).isin(index)]
        # The model and the prompt set are what differs between the runs, so neither is a slice of both.
        return kept.assign(side=side, interview=side + ":" + kept["interview"].astype(str), prompts="", model="")

    return Tables(own(tables.interviews), own(tables.turns), own(tables.calls), own(tables.checks))


def _paired(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what pairs them: a number, -1 for what is never paired."""
    if rows.empty:
        return rows
    case, epoch, rubric, twin = (rows[name].astype(str) for name in _CASE)
    cell = case + "|" + epoch + "|" + rubric + "|" + twin
    if "delivery" in rows:
        name = (cell + "|" + rows["delivery"].astype(str)).where(rows["delivery"].notna())
    elif "check" in rows:
        name = cell + "|" + rows["turn_id"].astype(str) + "|" + rows["what"].astype(str)
    elif "agent" in rows:
        name = pd.Series(np.nan, index=rows.index, dtype=object)
    else:
        name = cell
    codes, _ = pd.factorize(name)
    return rows.assign(pair=codes)


_SIX = frozenset(key_of(name, {}) for name in HEADLINES)


def compare(
    figures: Iterable[Scored], *, seed: int, tested: frozenset[Key] = _SIX, unread: bool = False
) -> tuple[Delta, ...]:
    """Return every figure of two runs' tables as a difference.

    Args:
        figures: of ``side_by_side``'s tables.
        seed: of the bootstrap and the sign flips.
        tested: what gets a p, adjusted over all of them; the six headlines, or the measures of gates.
        unread: whether the runs differ in prompts that their model does not read: then nothing can be told.
    """
    found = [_delta(one, seed, tested) for one in figures if isinstance(one, Figure) or one.value is None]
    if unread:
        reason = "this model does not read prompts"
        found = [d.model_copy(update={"verdict": "can't tell", "why": reason, "p": None}) for d in found]
    adjusted = holm({key_of(d.name, d.slice): d.p for d in found if d.p is not None})
    return tuple(
        d.model_copy(update={"p_holm": adjusted[key_of(d.name, d.slice)]}) if d.p is not None else d for d in found
    )


def _delta(one: Scored, seed: int, tested: frozenset[Key]) -> Delta:
    if isinstance(one, Measure):
        return _untold(one.name, one.unit, dict(one.slice), None, None, one.reason or "unscored")
    of_base = (one.rows[_SIDE] == "base").to_numpy(dtype=bool) if not one.rows.empty else np.zeros(0, dtype=bool)
    base, new = _value(one, of_base), _value(one, ~of_base)
    if base is None or new is None:
        which = "either run" if base is None and new is None else "the base" if base is None else "the new run"
        return _untold(one.name, one.unit, one.where, base, new, f"{one.nothing} (in {which})")
    if not one.paired:
        return _by_clusters(one, of_base, base, new, seed)
    found = _by_pairs(one, of_base, base, new, seed, test=key_of(one.name, one.where) in tested)
    return _with_untold(found, one, of_base)


def _with_untold(found: Delta, figure: Figure, of_base: Flags) -> Delta:
    """Return a difference of which nothing is said where too much of either run can't be told."""
    if figure.unknown is None or figure.unknown.empty or found.verdict == "can't tell":
        return found
    untold = (figure.unknown[_SIDE] == "base").to_numpy(dtype=bool)
    shares = [
        int(lacking.sum()) / int(lacking.sum() + told.sum())
        for lacking, told in ((untold, of_base), (~untold, ~of_base))
    ]
    if max(shares) <= MOST_MISSING:
        return found
    why = f"{100 * max(shares):.1f} % of one run's rows can't be told; up to 5 % may be missing"
    return found.model_copy(update={"verdict": "can't tell", "why": why, "more_cases": None})


def _untold(
    name: str, unit: Unit, where: dict[str, SliceValue], base: float | None, new: float | None, why: str
) -> Delta:
    delta = new - base if base is not None and new is not None else None
    return Delta(name=name, unit=unit, slice=where, base=base, new=new, delta=delta, verdict="can't tell", why=why)


def _value(figure: Figure, rows: Flags) -> float | None:
    columns = figure.columns[rows]
    if not len(columns) or np.isnan(columns).any():
        return None
    value = figure.value(columns)
    return value if np.isfinite(value) else None


def _by_pairs(figure: Figure, of_base: Flags, base: float, new: float, seed: int, *, test: bool) -> Delta:
    """Return the mean of cluster differences over paired rows, with a t interval."""
    figure, of_base = _by_interview(figure, of_base) if figure.paired == "interview" else (figure, of_base)
    values = pd.Series(figure.columns[:, 0], index=figure.rows.index)
    pair = figure.rows[_PAIR]
    sides = [values[of & (pair >= 0).to_numpy()] for of in (of_base, ~of_base)]
    keyed = [pd.Series(s.to_numpy(), index=pair.loc[s.index].to_numpy()) for s in sides]
    keyed = [k[~k.index.duplicated()] for k in keyed]
    both = keyed[0].index.intersection(keyed[1].index)
    sizes = sorted((len(keyed[0]), len(keyed[1])))
    unpaired = sum(sizes) - 2 * len(both)
    first = figure.rows[of_base & pair.isin(both).to_numpy()].drop_duplicates(_PAIR)
    if first.empty:
        return _untold(
            figure.name, figure.unit, figure.where, base, new, "no row of one run has its partner in the other"
        )
    differences = (keyed[1].loc[first[_PAIR]].to_numpy() - keyed[0].loc[first[_PAIR]].to_numpy()).astype(np.float64)
    clusters = clusters_of(first)
    found = difference(differences, clusters.codes, span=figure.span)
    if unpaired > MOST_MISSING * (len(both) + unpaired):
        found = _with_all(found, figure, of_base)
    result = Delta(
        name=figure.name,
        unit=figure.unit,
        slice=figure.where,
        base=base,
        new=new,
        delta=found.delta,
        low=found.low,
        high=found.high,
        pairs=len(first),
        unpaired=unpaired,
        lopsided=sizes[0] < sizes[1] * 2 / 3,
        cases=int(first["case"].nunique()),
        clusters=found.clusters,
        method="paired t" if found.low is not None else None,
        verdict="can't tell",
        **_bounds(figure, found.delta, len(both), unpaired),
    )
    result = _judged(result, clusters)
    if not test or found.clusters < MIN_CLUSTERS:
        return result
    return result.model_copy(update={"p": _p(differences, clusters, seed_of(seed, "flip", figure.name))})


def _with_all(found: Difference, figure: Figure, of_base: Flags) -> Difference:
    """Return a difference whose interval also holds that of all rows, with and without a partner.

    By cluster the mean of the new run's rows less that of the base's: where what has no partner tells otherwise
    than the pairs do, neither is sure.
    """
    values = pd.Series(figure.columns[:, 0])
    by_cluster = values.groupby([clusters_of(figure.rows).codes, of_base]).mean().unstack().dropna()
    if len(by_cluster) < 2 or found.low is None or found.high is None:
        return found
    means = (by_cluster[False] - by_cluster[True]).to_numpy()
    whole = difference(means, np.arange(len(means)), span=figure.span)
    if whole.low is None or whole.high is None:
        return found
    return replace(found, low=min(found.low, whole.low), high=max(found.high, whole.high))


def _by_interview(figure: Figure, of_base: Flags) -> tuple[Figure, Flags]:
    """Return a figure with one row an interview, its value the mean of its rows, paired by its cell."""
    rows = figure.rows
    owner, _ = pd.factorize(rows["interview"])
    first = rows[~rows["interview"].duplicated()]
    means = cluster_means(figure.columns[:, 0], owner.astype(np.int64))
    cells = first["case"].astype(str)
    for name in _CASE[1:]:
        cells = cells + "|" + first[name].astype(str)
    codes, _ = pd.factorize(cells)
    one = replace(figure, rows=first.assign(**{_PAIR: codes}), columns=means.reshape(-1, 1))
    return one, (first[_SIDE] == "base").to_numpy(dtype=bool)


def _p(differences: Floats, clusters: Clusters, seed: int) -> float:
    """Return McNemar's p with one yes-or-no pair a cluster, else that of the sign flips."""
    if clusters.count == len(differences) and set(np.unique(differences)) <= {-1.0, 0.0, 1.0}:
        return mcnemar(int((differences < 0).sum()), int((differences > 0).sum()))
    return sign_flip(cluster_means(differences, clusters.codes), seed)


def _bounds(figure: Figure, delta: float, pairs: int, unpaired: int) -> dict[str, float]:
    """Return the difference with every row without a partner against and for the new run, where shares bound it."""
    if not unpaired or figure.span is None:
        return {}
    whole, lacking = pairs + unpaired, figure.span * unpaired
    low, high = (delta * pairs - lacking) / whole, (delta * pairs + lacking) / whole
    return {"worst": high, "best": low} if better(figure.name) == "low" else {"worst": low, "best": high}


def _by_clusters(figure: Figure, of_base: Flags, base: float, new: float, seed: int) -> Delta:
    """Return the difference of two statistics with a bootstrap of whole clusters, both runs' rows in each."""
    clusters = clusters_of(figure.rows)
    k = figure.columns.shape[1] if figure.formula else 2
    columns = figure.columns if figure.formula else np.column_stack([figure.columns[:, 0], np.ones(len(figure.rows))])
    two = np.column_stack([columns * of_base[:, None], columns * ~of_base[:, None]])
    formula = figure.formula or _mean

    def change(sums: Floats) -> Floats:
        return formula(sums[:, k:]) - formula(sums[:, :k])

    interval = None
    sums = speaking(cluster_sums(two, clusters))
    if len(sums) >= MIN_BOOTSTRAP_CLUSTERS:
        purpose = seed_of(seed, "compare", figure.name, sorted(figure.where.items()))
        interval = bootstrap(sums, change, purpose, RESAMPLES)
        if figure.span is not None and interval is None and new == base:
            half = figure.span * wilson_at(0.0, len(sums), t_quantile(len(sums) - 1))[1]
            interval = -half, half
    low, high = interval or (None, None)
    result = Delta(
        name=figure.name,
        unit=figure.unit,
        slice=figure.where,
        base=base,
        new=new,
        delta=new - base,
        low=low,
        high=high,
        pairs=len(figure.rows),
        cases=int(figure.rows["case"].nunique()),
        clusters=clusters.count,
        method="paired bootstrap" if interval else None,
        verdict="can't tell",
        why="" if interval else "interval withheld below 20 clusters",
    )
    return _judged(result, clusters)


def _mean(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1], dtype=np.float64)


def _judged(found: Delta, clusters: Clusters) -> Delta:
    """Return a difference with what can be said of it."""
    found = found.model_copy(update={"note": clusters.note or ""})
    if found.low is None or found.high is None or found.delta is None:
        return found.model_copy(update={"why": found.why or "no interval: one cluster, or no two that differ"})
    if clusters.count < MIN_CLUSTERS:
        return found.model_copy(update={"why": f"{clusters.count} clusters, {MIN_CLUSTERS} are needed"})
    if found.lopsided:
        why = "one run has more than a third fewer rows than the other"
        return found.model_copy(update={"verdict": "can't tell", "why": why})
    if found.low <= 0 <= found.high:
        near = found.delta - found.low if found.delta > 0 else found.high - found.delta
        more = more_cases(found.cases, near, abs(found.delta))
        return found.model_copy(update={"verdict": "no difference shown", "more_cases": more})
    way = better(found.name)
    if way is None:
        return found.model_copy(update={"verdict": "changed"})
    gained = (found.delta > 0) == (way == "high")
    return found.model_copy(update={"verdict": "better" if gained else "worse"})


def headlines(deltas: Sequence[Delta]) -> Iterator[Delta]:
    """Yield the six headlines in their order, those that there are."""
    found = {d.name: d for d in deltas if not d.slice}
    for name in HEADLINES:
        if name in found:
            yield found[name]


def overall(deltas: Sequence[Delta]) -> Verdict:
    """Return what the headlines say together, after Holm: worse where any is, better where one is and none is worse."""
    told = [d for d in headlines(deltas) if d.verdict != "can't tell"]
    sure = [d for d in told if d.p_holm is not None and d.p_holm <= _SURE]
    if any(d.verdict == "worse" for d in sure):
        return "worse"
    if any(d.verdict == "better" for d in sure):
        return "better"
    moved = any(d.verdict in ("better", "worse") for d in told)
    tests = [d for d in told if d.p is not None]
    hopeless = all(smallest_p(d.clusters) * len(tests) > _SURE for d in tests)
    # An interval without 0 that the adjustment does not bear is no proof, and no reason to say that nothing differs;
    # nor is it one where so few clusters could have shown nothing.
    return "can't tell" if moved or hopeless else "no difference shown"
