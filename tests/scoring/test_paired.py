"""Paired differences against independent implementations, and their coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from coach.scoring.paired import (
    cluster_means,
    difference,
    holm,
    mcnemar,
    more_cases,
    more_cases_of_a_share,
    sign_flip,
    smallest_p,
)
from coach.scoring.statistics import Floats, wilson_at

NUMBERS = st.floats(-1, 1).map(lambda x: round(x, 3))


@given(st.lists(NUMBERS, min_size=2, max_size=40).filter(lambda xs: np.std(xs) > 1e-6))
def test_the_interval_is_the_one_sample_t_of_cluster_means(means: list[float]) -> None:
    found = difference(np.array(means), np.arange(len(means)))
    low, high = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)


def test_a_cluster_counts_once_however_many_rows_it_has() -> None:
    differences = np.array([1.0] * 90 + [0.0, 0.0])
    codes = np.array([0] * 90 + [1, 2])
    assert cluster_means(differences, codes).tolist() == [1.0, 0.0, 0.0]
    assert difference(differences, codes).delta == pytest.approx(1 / 3)


def test_one_cluster_has_no_interval() -> None:
    found = difference(np.array([0.4, 0.4]), np.array([0, 0]))
    assert (found.delta, found.low, found.high, found.clusters) == (0.4, None, None, 1)


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=60), st.integers(2, 8))
def test_a_bound_makes_no_interval_shorter_than_t_and_keeps_it_within_itself(rows: list[float], clusters: int) -> None:
    codes = np.unique(np.arange(len(rows)) % clusters, return_inverse=True)[1]
    plain, bound = difference(np.array(rows), codes), difference(np.array(rows), codes, span=1.0)
    assert bound.low is not None
    assert bound.high is not None
    assert -1 <= bound.low <= bound.delta <= bound.high <= 1
    if plain.low is not None and plain.high is not None:
        assert bound.low <= max(-1.0, plain.low)
        assert bound.high >= min(1.0, plain.high)


def test_the_other_way_round_it_is_the_same_interval() -> None:
    rows, codes = np.array([1.0, 0, 0, -1, 0, 1, 0, 0, 1]), np.arange(9) % 4
    one, other = difference(rows, codes, span=1.0), difference(-rows, codes, span=1.0)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))  # type: ignore[operator]


def test_a_larger_span_is_another_unit() -> None:
    rows, codes = np.array([1.0, 0, 0, -1, 0, 1, 0, 0, 1]), np.arange(9) % 4
    one, three = difference(rows, codes, span=1.0), difference(3 * rows, codes, span=3.0)
    assert (three.low, three.high) == pytest.approx((3 * one.low, 3 * one.high))  # type: ignore[operator]


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


@given(st.floats(0.02, 0.98), st.floats(5, 300), st.floats(0.01, 0.99))
def test_more_cases_of_a_share_would_leave_the_bound_outside(share: float, rows: float, bound: float) -> None:
    low, high = wilson_at(share, rows, 2.2)
    if not low < bound < high or abs(bound - share) < 1e-3:
        return
    more = more_cases_of_a_share(100, share, low, high, bound)
    assert more is not None
    grown = wilson_at(share, rows * (100 + more) / 100, 2.2)
    assert not grown[0] + 1e-9 < bound < grown[1] - 1e-9
    fewer = wilson_at(share, rows * (100 + more - 2) / 100, 2.2)
    assert more <= 2 or fewer[0] <= bound <= fewer[1]


def test_the_smallest_p_is_that_of_differences_which_are_all_alike() -> None:
    for clusters in (2, 6, 8, 14, 40):
        assert sign_flip(np.full(clusters, 0.3), 7) == pytest.approx(smallest_p(clusters))


@pytest.mark.parametrize(("cases", "half", "distance"), [(0, 0.1, 0.1), (5, 0.0, 0.1), (5, 0.1, 0.0)])
def test_where_nothing_can_be_said_nothing_is(cases: int, half: float, distance: float) -> None:
    assert more_cases(cases, half, distance) is None


def rates(generator: np.random.Generator, base: float, change: float, clusters: int) -> tuple[Floats, Floats]:
    """Return both runs' rates by cluster, which vary; of ``base`` 0 or 1 all are alike."""
    own = generator.beta(base * 8, (1 - base) * 8, clusters) if 0 < base < 1 else np.full(clusters, base)
    return own, np.clip(own + generator.normal(change, 0.05 if 0 < base < 1 else 0.02, clusters), 0, 1)


def covered(clusters: int, tables: int, base: float, change: float, rows: tuple[int, int] = (6, 15)) -> float:
    """Return how often the interval holds the true difference of the clusters that these are drawn from."""
    generator = np.random.default_rng([clusters, int(1000 * base), int(1000 * change) % 997, *rows])
    own, other = rates(generator, base, change, 200_000)
    truth = float(np.mean(other - own))
    held = 0
    for _ in range(tables):
        own, other = rates(generator, base, change, clusters)
        codes = np.repeat(np.arange(clusters), generator.integers(*rows, clusters))
        pairs = generator.random((2, len(codes)))
        differences = (pairs[1] < other[codes]).astype(float) - (pairs[0] < own[codes]).astype(float)
        found = difference(differences, codes, span=1.0)
        assert found.low is not None and found.high is not None  # noqa: PT018
        held += found.low <= truth <= found.high
    return held / tables


@pytest.mark.parametrize("clusters", [8, 24])
def test_a_difference_covers_where_clusters_differ(clusters: int) -> None:
    assert covered(clusters, 400, 0.8, -0.1) >= 0.90


@pytest.mark.parametrize("rows", [(1, 4), (6, 15)])
def test_a_difference_of_rare_events_covers(rows: tuple[int, int]) -> None:
    """A t interval of these holds the truth in less than nine of ten."""
    assert covered(48, 400, 0.0, 0.02, rows) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 12, 24, 48])
@pytest.mark.parametrize("rows", [(1, 4), (6, 15), (30, 60)])
@pytest.mark.parametrize(
    ("base", "change"), [(0.5, 0.0), (0.8, -0.1), (0.9, 0.05), (0.0, 0.02), (0.0, 0.05), (1.0, -0.03), (0.98, 0.0)]
)
def test_a_difference_covers_at_full_count(clusters: int, rows: tuple[int, int], base: float, change: float) -> None:
    assert covered(clusters, 2000, base, change, rows) >= 0.90
