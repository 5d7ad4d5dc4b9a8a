"""Prices and budgets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import BudgetReached, ContentError
from coach.models.base import Usage
from coach.models.budget import Budget, Want
from coach.models.prices import Price, Prices, load_prices


def test_a_price_is_for_a_million_tokens_and_cached_ones_have_their_own() -> None:
    price = Price(input=2.0, output=10.0, cached=0.5)
    assert price.of(Usage(input=1_000_000, cached=400_000, output=100_000)) == pytest.approx(1.2 + 0.2 + 1.0)
    assert Price(input=2.0, output=10.0).of(Usage(input=1_000_000, cached=400_000, output=0)) == pytest.approx(2.0)
    assert price.of(Usage(input=None, output=3)) is None


def test_the_list_price_is_the_packages_own() -> None:
    from genai_prices import Usage as ListUsage
    from genai_prices import calc_price

    for model in ("gpt-4o-mini", "gpt-4o", "gemini-2.5-pro"):
        usage = Usage(input=300_000, cached=1_000, output=2_000)
        wanted = calc_price(ListUsage(input_tokens=300_000, cache_read_tokens=1_000, output_tokens=2_000), model)
        assert Prices().estimate(model, usage) == pytest.approx(float(wanted.total_price)), model


def test_unknown_stays_unknown() -> None:
    prices = Prices()
    assert prices.source("my-own") is None
    assert prices.estimate("my-own", Usage(input=1, output=1)) is None
    assert prices.cost("my-own", Usage(input=1, output=1)) == (None, None)
    assert prices.cost("gpt-4o", Usage(input=1, output=1, estimated=True)) == (None, None)


@pytest.mark.parametrize(
    ("header", "cost"), [("0.5", 0.5), ("0", 0.0), ("nan", None), ("-1", None), ("x", None), ("", None)]
)
def test_only_a_number_is_a_gateways_word(header: str, cost: float | None) -> None:
    assert Prices().cost("my-own", Usage(input=1, output=1), header)[0] == cost


def test_a_table_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('["my/model"]\ninput = 1.5\noutput = 6\n', "utf-8")
    assert load_prices(file) == {"my/model": Price(input=1.5, output=6)}
    for text, told in (("[m]\ninput = -1\noutput = 1", "m.input"), ("[m", "no TOML"), ("[m]\ninput=1", "m.output")):
        file.write_text(text, "utf-8")
        with pytest.raises(ContentError, match=told):
            load_prices(file)
    with pytest.raises(ContentError, match="can't be read"):
        load_prices(tmp_path / "none.toml")


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=30), st.integers(0, 3000))
def test_a_budget_is_never_overdrawn_where_calls_take_what_was_reserved(
    calls: list[tuple[int, int]], most: int
) -> None:
    budget = Budget(max_tokens=most, max_cost=most / 1000)
    for wanted, took in calls:
        want = Want(wanted, wanted / 1000)
        try:
            budget.hold(want)
        except BudgetReached:
            continue
        took = min(took, wanted)
        budget.settle(want, took, took / 1000)
    assert budget.spent_tokens <= most
    assert budget.spent_usd <= most / 1000 + 1e-9
    assert abs(budget._held_usd) < 1e-9
    assert budget._held_tokens == 0


def test_what_a_call_took_is_counted_as_its_reserve_where_it_is_not_known() -> None:
    budget = Budget(max_cost=1.0)
    budget.hold(Want(100, 0.4))
    budget.settle(Want(100, 0.4), None, None)
    assert (budget.spent_tokens, budget.spent_usd) == (100, 0.4)
    budget.spend(Usage(input=5, output=None), None)
    assert budget.spent_tokens == 105
    with pytest.raises(BudgetReached, match=r"limit of \$1 is reached: \$0.4000 spent"):
        budget.hold(Want(1, 0.7))
