"""Paired differences against independent implementations, and their coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from coach.scoring.paired import cluster_means, difference, holm, mcnemar, more_cases, sign_flip

NUMBERS = st.floats(-1, 1).map(lambda x: round(x, 3))


@given(st.lists(NUMBERS, min_size=2, max_size=40).filter(lambda xs: np.std(xs) > 1e-6))
def test_the_interval_is_the_one_sample_t_of_cluster_means(means: list[float]) -> None:
    found = difference(np.array(means))
    low, high = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)


def test_a_cluster_counts_once_however_many_rows_it_has() -> None:
    differences = np.array([1.0] * 90 + [0.0, 0.0])
    codes = np.array([0] * 90 + [1, 2])
    assert cluster_means(differences, codes).tolist() == [1.0, 0.0, 0.0]
    assert difference(cluster_means(differences, codes)).delta == pytest.approx(1 / 3)


def test_one_cluster_has_no_interval() -> None:
    found = difference(np.array([0.4]))
    assert (found.delta, found.low, found.high, found.clusters) == (0.4, None, None, 1)


@settings(deadline=None, max_examples=30)
@given(st.lists(NUMBERS, min_size=2, max_size=9))
def test_sign_flips_agree_with_scipys_permutation_test(means: list[float]) -> None:
    theirs = stats.permutation_test(
        (np.array(means),), np.mean, permutation_type="samples", vectorized=False, n_resamples=np.inf
    )
    # Theirs doubles the smaller tail; the sign flips are symmetric, so both are the same share.
    assert sign_flip(np.array(means), 1) == pytest.approx(min(1.0, float(theirs.pvalue)), abs=1e-9)


def test_many_clusters_are_sampled_by_the_seed() -> None:
    means = np.random.default_rng(1).normal(0.2, 0.5, 40)
    assert sign_flip(means, 7) == sign_flip(means, 7)
    assert sign_flip(means, 7) == pytest.approx(stats.ttest_1samp(means, 0).pvalue, abs=0.02)
    assert sign_flip(np.full(40, 0.3), 7) < 0.001
    assert sign_flip(np.zeros(40), 7) == 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_statsmodels(lost: int, won: int) -> None:
    if lost == won == 0:
        assert mcnemar(0, 0) == 1.0
        return
    theirs = their_mcnemar([[5, lost], [won, 5]], exact=True)
    assert mcnemar(lost, won) == pytest.approx(float(theirs.pvalue), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(ps: list[float]) -> None:
    found = holm({str(i): p for i, p in enumerate(ps)})
    _, theirs, _, _ = multipletests(ps, method="holm")
    assert [found[str(i)] for i in range(len(ps))] == pytest.approx(list(theirs), abs=1e-9)


@given(st.integers(1, 1000), st.floats(0.001, 1), st.floats(0.001, 1))
def test_more_cases_would_shrink_the_interval_enough(cases: int, half: float, distance: float) -> None:
    more = more_cases(cases, half, distance)
    if more is None:
        assert cases * (half / distance) ** 2 >= 1e7
        return
    assert half * math.sqrt(cases / (cases + more)) <= distance + 1e-9


@pytest.mark.parametrize(("cases", "half", "distance"), [(0, 0.1, 0.1), (5, 0.0, 0.1), (5, 0.1, 0.0)])
def test_where_nothing_can_be_said_nothing_is(cases: int, half: float, distance: float) -> None:
    assert more_cases(cases, half, distance) is None


def covered(clusters: int, tables: int, base: float, change: float) -> float:
    """Return how often the interval holds the true difference; both rates vary by cluster."""
    generator = np.random.default_rng([clusters, int(1000 * base), int(1000 * change) % 997])
    held = 0
    for _ in range(tables):
        own = generator.beta(base * 8, (1 - base) * 8, clusters)
        other = np.clip(own + generator.normal(change, 0.05, clusters), 0, 1)
        sizes = generator.integers(6, 15, clusters)
        codes = np.repeat(np.arange(clusters), sizes)
        pairs = generator.random((2, len(codes)))
        differences = (pairs[1] < other[codes]).astype(float) - (pairs[0] < own[codes]).astype(float)
        found = difference(cluster_means(differences, codes))
        truth = float(np.mean(np.clip(own + change, 0, 1) - own))
        assert found.low is not None and found.high is not None  # noqa: PT018
        held += found.low <= truth <= found.high
    return held / tables


@pytest.mark.parametrize("clusters", [8, 24])
def test_a_difference_covers_where_clusters_differ(clusters: int) -> None:
    assert covered(clusters, 400, 0.8, -0.1) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 12, 24, 48])
@pytest.mark.parametrize(("base", "change"), [(0.5, 0.0), (0.8, -0.1), (0.9, 0.05)])
def test_a_difference_covers_at_full_count(clusters: int, base: float, change: float) -> None:
    assert covered(clusters, 2000, base, change) >= 0.90
