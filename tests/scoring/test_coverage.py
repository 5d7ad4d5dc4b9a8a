"""How often intervals that no library has hold what is true, by simulation: errors vary by cluster.

What is drawn is the table of one run, or of two; the truth is that of the clusters that these are drawn from.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coach.scoring import detection, verdict
from coach.scoring.comparison import compare
from coach.scoring.figures import Figure, mean
from coach.scoring.statistics import Floats, mean_interval
from coach.scoring.trust import kappa

CLUSTERS = [8, 12, 24, 48]
LARGE = [24, 48]
"""What a bootstrap is made of: below 20 clusters it gives no interval."""
TABLES = 1000
Draw = Callable[[np.random.Generator, int], pd.DataFrame]


def held(draw: Draw, figure: Callable[[pd.DataFrame], Figure], clusters: int, tables: int) -> float:
    """Return how often the figure's interval holds its value over very many clusters."""
    truth = figure(draw(np.random.default_rng(99), 20_000)).value()
    generator = np.random.default_rng([clusters, 1])
    found = []
    for number in range(tables):
        one = figure(draw(generator, clusters)).measure(number)
        if one.low is not None and one.high is not None:
            found.append(one.low <= truth <= one.high)
    assert len(found) > 0.9 * tables
    return float(np.mean(found))


def clustered(generator: np.random.Generator, clusters: int) -> pd.DataFrame:
    """Return rows with what they are identified by; a persona is a cluster."""
    codes = np.repeat(np.arange(clusters), generator.integers(6, 15, clusters))
    names = codes.astype(str)
    return pd.DataFrame(
        {
            "persona": names,
            "bank": "b",
            "repeats": "q",
            "unit": codes,
            "within": codes,
            "case": names,
            "interview": names,
        }
    )


def kinds(generator: np.random.Generator, clusters: int, right: float = 0.8) -> pd.DataFrame:
    """Return turns with false claims and right answers, read right at rates that vary by cluster."""
    rows = clustered(generator, clusters)
    false = generator.random(len(rows)) < 0.3
    rates = generator.beta(right * 8, (1 - right) * 8, (2, clusters))
    hit = generator.random(len(rows)) < rates[false.astype(int), rows["unit"]]
    seen = np.where(hit, false, ~false)
    return rows.assign(true=false, seen=seen, true_errors=false)


def f1_of(rows: pd.DataFrame) -> Figure:
    kind = rows.assign(**{f"{side}_kind": np.where(rows[side], "hallucination", "normal") for side in ("true", "seen")})
    (found,) = [f for f in detection._one_class(kind, "hallucination", {}) if f.name.endswith(".f1")]
    assert isinstance(found, Figure)
    return found


def balanced_of(rows: pd.DataFrame) -> Figure:
    kind = rows.assign(**{f"{side}_kind": np.where(rows[side], "hallucination", "normal") for side in ("true", "seen")})
    (found,) = [f for f in detection._right_or_wrong(kind, {}) if f.name.endswith("decided")]
    assert isinstance(found, Figure)
    return found


def grades(generator: np.random.Generator, clusters: int) -> pd.DataFrame:
    rows = clustered(generator, clusters)
    true = generator.integers(0, 5, len(rows))
    shift = generator.normal(0, 0.4, clusters)[rows["unit"]] + generator.normal(0, 0.8, len(rows))
    seen = np.clip(np.round(true + shift), 0, 4).astype(int)
    return rows.assign(true_grade=true, grade=seen)


def kappa_of(rows: pd.DataFrame) -> Figure:
    (found,) = [f for f in verdict._grade(rows, {}) if f.name == "verdict.grade_kappa"]
    assert isinstance(found, Figure)
    return found


def distances(generator: np.random.Generator, clusters: int) -> pd.DataFrame:
    """Return distances in levels that are mostly 0: one question in twelve is off, some by two."""
    rows = clustered(generator, clusters)
    rates = generator.beta(0.08 * 8, 0.92 * 8, clusters)
    off = generator.random(len(rows)) < rates[rows["unit"]]
    return rows.assign(off=np.where(off, 1.0 + (generator.random(len(rows)) < 0.2), 0.0))


def distance_of(rows: pd.DataFrame) -> Figure:
    return mean("difficulty.distance", rows, rows["off"], "levels", {}, nothing="", most=3.0)


def nearly_right(generator: np.random.Generator, clusters: int) -> pd.DataFrame:
    return kinds(generator, clusters, 0.98)


FIGURES = [
    pytest.param(kinds, f1_of, LARGE, id="F1"),
    pytest.param(nearly_right, f1_of, LARGE, id="F1 near 1"),
    pytest.param(kinds, balanced_of, LARGE, id="balanced accuracy"),
    pytest.param(nearly_right, balanced_of, LARGE, id="balanced accuracy near 1"),
    pytest.param(grades, kappa_of, LARGE, id="kappa"),
    pytest.param(distances, distance_of, CLUSTERS, id="a mean near its bound"),
]


@pytest.mark.parametrize(("draw", "figure", "sizes"), FIGURES)
def test_intervals_cover(draw: Draw, figure: Callable[[pd.DataFrame], Figure], sizes: list[int]) -> None:
    assert held(draw, figure, sizes[0], 150) >= 0.88


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "figure", "sizes"), FIGURES)
def test_intervals_cover_at_full_count(draw: Draw, figure: Callable[[pd.DataFrame], Figure], sizes: list[int]) -> None:
    for clusters in sizes:
        assert held(draw, figure, clusters, TABLES) >= 0.90, clusters


def differences_held(clusters: int, tables: int, right: float = 0.85) -> float:
    """Return how often the difference of two F1s lies in its interval; the runs share their clusters."""

    def two(generator: np.random.Generator, count: int) -> pd.DataFrame:
        base = kinds(generator, count, right)
        worse = generator.random(len(base)) < 1 - right
        new = base.assign(seen=np.where(worse, ~base["true"], base["seen"]))
        return pd.concat([base.assign(side="base"), new.assign(side="new")], ignore_index=True).assign(pair=-1)

    def change(rows: pd.DataFrame, seed: int) -> tuple[float, float | None, float | None]:
        (found,) = compare([f1_of(rows)], seed=seed)
        assert found.delta is not None
        return found.delta, found.low, found.high

    truth = change(two(np.random.default_rng(99), 5_000), 1)[0]
    generator = np.random.default_rng([clusters, 2])
    found = [change(two(generator, clusters), seed) for seed in range(tables)]
    return float(np.mean([low is not None and high is not None and low <= truth <= high for _, low, high in found]))


def test_a_difference_of_f1_covers() -> None:
    assert differences_held(24, 100) >= 0.88


@pytest.mark.slow
@pytest.mark.parametrize("clusters", LARGE)
def test_a_difference_of_f1_covers_at_full_count(clusters: int) -> None:
    assert differences_held(clusters, TABLES) >= 0.90


def test_a_bounded_mean_is_wilsons_interval_of_its_part() -> None:
    """With values 0 or the bound it is a share of it, as scipy-checked Wilson gives it."""
    hits: Floats = np.array([1.0, 0, 0, 1, 1, 0, 1, 1, 0, 0])
    codes = np.arange(10)
    one, three = mean_interval(hits, codes, 1.0), mean_interval(3 * hits, codes, 3.0)
    assert three == pytest.approx((3 * one[0], 3 * one[1]))
    assert 0 < one[0] < 0.5 < one[1] < 1
    none = mean_interval(np.zeros(10), codes, 3.0)
    assert none[0] == 0
    assert 0 < none[1] < 1.2


def test_kappa_of_chance_is_none() -> None:
    assert kappa(np.full((1, 144), 1.0))[0] == pytest.approx(0.0)
