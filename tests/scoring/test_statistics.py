"""Intervals against independent implementations, and their coverage by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from scipy import stats as scipy_stats
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.proportion import proportion_confint

from coach.domain.vocabulary import Grade
from coach.scoring.figures import f1
from coach.scoring.statistics import (
    bootstrap,
    incomplete_beta,
    mean_interval,
    robust_variance,
    speaking,
    t_quantile,
    wilson,
    wilson_at,
)
from coach.scoring.verdict import _kappa


@pytest.mark.parametrize("df", [1, 2, 3, 5, 7, 11, 23, 47, 199, 5000])
def test_t_quantiles_agree_with_scipy(df: int) -> None:
    assert t_quantile(df) == pytest.approx(scipy_stats.t.ppf(0.975, df), rel=1e-9)


@given(st.floats(0.5, 60), st.floats(0.5, 60), st.floats(0.0, 1.0))
def test_the_incomplete_beta_agrees_with_scipy(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), abs=1e-9)


@given(st.integers(1, 400), st.data())
def test_wilson_agrees_with_statsmodels(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    z = scipy_stats.norm.ppf(0.975)
    expected = proportion_confint(hits, n, method="wilson")
    assert wilson_at(hits / n, n, z) == pytest.approx(expected, abs=1e-9)


def test_robust_variance_of_single_rows_is_the_plain_one() -> None:
    hits = np.array([1.0, 0, 0, 1, 1, 0, 1, 1])
    plain = hits.var(ddof=1) / len(hits)
    assert robust_variance(hits, np.arange(len(hits))) == pytest.approx(plain)


def test_no_variance_falls_back_on_the_number_of_clusters() -> None:
    hits = np.ones(100)
    codes = np.repeat(np.arange(10), 10)
    assert wilson(hits, codes) == pytest.approx(wilson_at(1.0, 10, t_quantile(9)))


@pytest.mark.parametrize(("clusters", "rows"), [(3, 3), (7, 6), (10, 7)])
def test_equal_shares_in_every_cluster_are_no_variance_whatever_the_rounding(clusters: int, rows: int) -> None:
    hits = np.tile([1.0] + [0.0] * (rows - 1), clusters)
    codes = np.repeat(np.arange(clusters), rows)
    assert wilson(hits, codes) == pytest.approx(wilson_at(1 / rows, clusters, t_quantile(clusters - 1)))


def test_rows_of_one_cluster_count_less_than_independent_ones() -> None:
    hits = np.tile([1.0] * 5 + [0.0] * 5, 10)
    together = wilson(np.sort(hits), np.repeat(np.arange(10), 10))
    apart = wilson(hits, np.arange(100))
    assert together[1] - together[0] > 2 * (apart[1] - apart[0])


@pytest.mark.parametrize("clusters", [8, 12, 24, 48])
def test_a_share_covers_where_clusters_differ(clusters: int) -> None:
    assert coverage(clusters, tables=400) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 12, 24, 48])
@pytest.mark.parametrize("mean", [0.05, 0.5, 0.8, 0.95])
def test_a_share_covers_at_full_count(clusters: int, mean: float) -> None:
    assert coverage(clusters, tables=2000, mean=mean) >= 0.90


def coverage(clusters: int, tables: int, mean: float = 0.85) -> float:
    """Return how often the 95 % interval holds the true share; error rates vary by cluster."""
    generator = np.random.default_rng([clusters, int(100 * mean)])
    spread = 8.0
    held = 0
    for _ in range(tables):
        rates = generator.beta(mean * spread, (1 - mean) * spread, size=clusters)
        sizes = generator.integers(6, 15, size=clusters)
        codes = np.repeat(np.arange(clusters), sizes)
        hits = (generator.random(len(codes)) < rates[codes]).astype(np.float64)
        low, high = wilson(hits, codes)
        held += low <= mean <= high
    return held / tables


def test_a_mean_covers() -> None:
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        offsets = generator.normal(0, 1, size=12)
        codes = np.repeat(np.arange(12), 8)
        low, high = mean_interval(offsets[codes] + generator.normal(0, 1, size=len(codes)), codes)
        held += low <= 0 <= high
    assert held / 400 >= 0.90


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_f1_agrees_with_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    true, seen = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    sums = np.array([[np.sum(true & seen), true.sum(), seen.sum()]], dtype=np.float64)
    if true.any() or seen.any():
        assert f1(sums)[0] == pytest.approx(f1_score(true, seen), abs=1e-9)
    else:
        assert np.isnan(f1(sums)[0])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60))
def test_kappa_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    k = len(Grade)
    table = np.zeros((1, k * k))
    for true, seen in pairs:
        table[0, true * k + seen] += 1
    with np.errstate(all="ignore"):
        found = _kappa(table)[0]
    if len({p[0] for p in pairs} | {p[1] for p in pairs}) < 2:
        assert np.isnan(found)
        return
    true, seen = zip(*pairs, strict=True)
    expected = cohen_kappa_score(true, seen, weights="quadratic", labels=list(range(k)))
    assert found == pytest.approx(expected, abs=1e-9)


def test_the_bootstrap_is_repeatable_and_knows_the_clusters() -> None:
    generator = np.random.default_rng(3)
    sums = np.column_stack([generator.integers(0, 11, 30), np.full(30, 10)]).astype(np.float64)

    def share(s: np.ndarray) -> np.ndarray:
        return s[:, 0] / s[:, 1]

    first = bootstrap(sums, share, seed=1)
    assert first == bootstrap(sums, share, seed=1)
    assert first != bootstrap(sums, share, seed=2)
    assert first is not None
    assert first[0] < sums[:, 0].sum() / sums[:, 1].sum() < first[1]


def test_an_undefined_statistic_has_no_interval() -> None:
    assert bootstrap(np.zeros((25, 1)), lambda s: np.full(len(s), np.nan), seed=1) is None


def share_of(s: np.ndarray) -> np.ndarray:
    return s[:, 0] / s[:, 1]


def test_a_part_of_one_has_room_at_its_bound() -> None:
    """All right in every cluster is nothing seen of how often it is not, so the bound is that of so many clusters."""
    sums = np.full((30, 2), 5.0)
    assert bootstrap(sums, share_of, seed=1) is None
    assert bootstrap(sums, share_of, seed=1, of_parts=True) == pytest.approx(wilson_at(1.0, 30, t_quantile(29)))


def test_a_part_of_one_is_never_surer_than_its_percentiles() -> None:
    generator = np.random.default_rng(4)
    sums = np.column_stack([generator.integers(6, 11, 30), np.full(30, 10)]).astype(np.float64)
    plain, part = bootstrap(sums, share_of, seed=1), bootstrap(sums, share_of, seed=1, of_parts=True)
    assert plain is not None
    assert part is not None
    assert part[0] <= plain[0] < plain[1] <= part[1]


def test_clusters_without_a_part_do_not_count() -> None:
    sums = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 2.0]])
    assert speaking(sums).tolist() == [[1.0, 1.0], [0.0, 2.0]]
