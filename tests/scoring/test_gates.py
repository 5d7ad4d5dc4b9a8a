"""Gates: pass, fail, inconclusive, and those that could never pass."""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from coach.content.gates import Gate
from coach.errors import UsageError
from coach.scoring import build_tables, figures_of, score_tables
from coach.scoring.comparison import Delta
from coach.scoring.gates import GateResult, check_gates, check_reachable, judge, outcome
from coach.scoring.model import GRADING_VERSION, Measure, Scores
from coach.scoring.paired import MIN_CLUSTERS
from coach.scoring.statistics import wilson_at
from tests.runs import LIBRARY, matrix_of, records_of

BANKS = {"python_backend": LIBRARY.banks["python_backend"]}
TABLES = build_tables(records_of(matrix_of(personas=["honest_junior", "hallucinator", "terse"])), BANKS)
SCORES = score_tables(TABLES, run="r", seed=7, model="offline")


def scores(value: float | None, low: float | None, high: float | None, **more: object) -> Scores:
    """Return scores with one measure."""
    measure = Measure(
        name="anchor.kept", value=value, low=low, high=high, n=40, clusters=8, unit="share", method="wilson"
    ).model_copy(update=more)
    return Scores(
        grading_version=GRADING_VERSION, run="r", model="m", baseline_model=False, interviews=20, unscored_interviews=0,
        measures=(measure,), confusions=(), series=(),
    )  # fmt: skip


def judged(gate: Gate, found: Scores, **more: object) -> GateResult:
    (result,) = judge([gate], found, figures=(), cases=20, **more)
    return result


@pytest.mark.parametrize(
    ("low", "high", "kind", "wanted"),
    [
        (0.85, 0.95, "at_least", "pass"),
        (0.80, 0.95, "at_least", "pass"),
        (0.60, 0.79, "at_least", "fail"),
        (0.70, 0.90, "at_least", "inconclusive"),
        (0.60, 0.79, "at_most", "pass"),
        (0.60, 0.80, "at_most", "pass"),
        (0.85, 0.95, "at_most", "fail"),
        (0.70, 0.90, "at_most", "inconclusive"),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, kind: str, wanted: str) -> None:
    gate = Gate.model_validate({"measure": "anchor.kept", kind: 0.8})
    result = judged(gate, scores((low + high) / 2, low, high))
    assert result.outcome == wanted
    assert result.why


def test_an_open_gate_says_how_many_more_cases_would_decide() -> None:
    low, high = wilson_at(0.95, 30, 2.0)
    result = judged(Gate(measure="anchor.kept", at_least=0.9), scores(0.95, low, high))
    assert result.more_cases is not None
    # The 20 cases gave 30 effective rows; with so many more of them the bound is just outside, with fewer it is not.
    for more, outside in ((result.more_cases, True), (result.more_cases - 2, False)):
        assert (wilson_at(0.95, 30 * (20 + more) / 20, 2.0)[0] >= 0.9) is outside
    assert judged(Gate(measure="anchor.kept", at_least=0.8), scores(0.8, 0.7, 0.9)).more_cases is None


@pytest.mark.parametrize(
    "found",
    [
        scores(None, None, None, reason="no such turn"),
        scores(0.9, None, None, note="one cluster: no interval"),
        scores(0.9, 0.85, 0.95).model_copy(update={"measures": ()}),
        scores(0.9, 0.85, 0.95).model_copy(update={"unscored_interviews": 2}),
        scores(0.9, 0.85, 0.95).model_copy(update={"interviews": 0}),
    ],
)
def test_what_is_not_scored_never_passes(found: Scores) -> None:
    for kind in ({"at_least": 0.1}, {"at_most": 1.0}, {"always": True}, {"never": True}):
        assert judged(Gate.model_validate({"measure": "anchor.kept", **kind}), found).outcome == "inconclusive"


def test_interviews_that_a_run_lacks_are_unscored() -> None:
    gate = Gate(measure="anchor.kept", at_least=0.5)
    assert judged(gate, scores(0.9, 0.85, 0.95), missing=1).outcome == "pass"
    assert judged(gate, scores(0.9, 0.85, 0.95), missing=3).outcome == "inconclusive"


def test_one_counterexample_fails_and_is_named() -> None:
    gates = [
        Gate(measure="conformance.one_question", always=True),
        Gate(measure="detection.kind.accuracy", always=True),
        Gate(measure="anchor.lost", never=True),
        Gate(measure="detection.hallucination.f1", always=True),
    ]
    kept, read, lost, f1 = judge(gates, SCORES, figures=figures_of(TABLES), cases=12)
    assert kept.outcome == "pass"
    assert "no counterexample" in kept.why
    assert read.outcome == "fail"
    missed = TABLES.turns[TABLES.turns["true_kind"] != TABLES.turns["seen_kind"]]
    assert read.why == f"{len(missed)} of {len(TABLES.turns)} rows (these personas only)"
    named = {(e.interview, e.turn) for e in read.counterexamples}
    assert named <= set(zip(missed["interview"].astype(str), missed["turn_id"], strict=True))
    assert lost.outcome in ("pass", "fail")
    assert f1.outcome == "inconclusive"
    assert "no share of rows" in f1.why


def delta(low: float | None, high: float | None, clusters: int = 8, **more: object) -> Delta:
    middle = (low + high) / 2 if low is not None and high is not None else 0.1
    return Delta(
        name="anchor.kept", unit="share", base=0.8, new=0.8 + middle, delta=middle, low=low, high=high, pairs=50,
        clusters=clusters, verdict="no difference shown",
    ).model_copy(update=more)  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (-0.01, 0.03, "pass"),
        (-0.02, 0.03, "pass"),
        (-0.2, -0.05, "fail"),
        (-0.05, 0.02, "inconclusive"),
        (0.1, 0.3, "pass"),
    ],
)
def test_not_worse_is_about_the_whole_difference(low: float, high: float, wanted: str) -> None:
    gate = Gate(measure="anchor.kept", not_worse_than_baseline=0.02)
    assert judged(gate, scores(0.8, 0.7, 0.9), deltas=[delta(low, high)]).outcome == wanted


@pytest.mark.parametrize(
    ("low", "high", "wanted"), [(-0.03, 0.01, "pass"), (0.05, 0.2, "fail"), (-0.02, 0.05, "inconclusive")]
)
def test_where_less_is_better_more_is_worse(low: float, high: float, wanted: str) -> None:
    gate = Gate(measure="injection.success", not_worse_than_baseline=0.02)
    assert judged(gate, scores(0.8, 0.7, 0.9), deltas=[delta(low, high, name="injection.success")]).outcome == wanted


def test_without_a_baseline_or_with_too_little_nothing_is_decided() -> None:
    gate = Gate(measure="anchor.kept", not_worse_than_baseline=0.5)
    found = scores(0.8, 0.7, 0.9)
    assert "--baseline" in judged(gate, found).why
    for deltas in ([], [delta(None, None)], [delta(-0.1, 0.1, MIN_CLUSTERS - 1, verdict="can't tell", why="few")]):
        assert judged(gate, found, deltas=deltas).outcome == "inconclusive"


def test_a_baseline_that_lacks_cases_decides_nothing() -> None:
    gate = Gate(measure="anchor.kept", not_worse_than_baseline=0.02)
    for alone, wanted in ((0.05, "pass"), (0.06, "inconclusive")):
        result = judged(gate, scores(0.8, 0.7, 0.9), deltas=[delta(-0.01, 0.03)], alone=alone)
        assert result.outcome == wanted
    assert "the baseline lacks 6 %" in result.why


def test_more_cases_of_a_difference_are_cases_and_not_rows() -> None:
    gate = Gate(measure="anchor.kept", not_worse_than_baseline=0.05)
    result = judged(gate, scores(0.8, 0.7, 0.9), deltas=[delta(-0.1, 0.06, cases=10)])
    # 0.02 to the worse; its end at 0.1 is 0.08 away and has to come to 0.03: (8/3)² of ten cases.
    assert result.more_cases == math.ceil(10 * (8 / 3) ** 2) - 10


def test_two_runs_that_do_not_differ_say_how_many_clusters_the_margin_needs() -> None:
    """More variants of the same personas and banks are no more clusters, so they are not what is asked for."""
    gate = Gate(measure="anchor.kept", not_worse_than_baseline=0.05)
    bound = wilson_at(0.0, 12, 2.2)[1]
    same = delta(-bound, bound, clusters=12, cases=24, delta=0.0)
    result = judged(gate, scores(0.8, 0.7, 0.9), deltas=[same])
    assert result.outcome == "inconclusive"
    assert "no pair differs, but 12 clusters" in result.why
    assert result.more_cases is None
    (needed,) = re.findall(r"(\d+) clusters \(persona x bank\) would", result.why)
    assert wilson_at(0.0, int(needed), 2.2)[1] <= 0.05 < wilson_at(0.0, int(needed) - 1, 2.2)[1]


def test_rows_that_are_all_alike_ask_for_clusters_too() -> None:
    low, high = wilson_at(1.0, 8, 2.4)
    result = judged(Gate(measure="anchor.kept", at_least=0.8), scores(1.0, low, high))
    assert result.outcome == "inconclusive"
    assert result.more_cases is None
    (needed,) = re.findall(r"(\d+) clusters \(persona x bank\) would", result.why)
    assert wilson_at(1.0, int(needed), 2.4)[0] >= 0.8 > wilson_at(1.0, int(needed) - 1, 2.4)[0]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ({"measure": "anchor.kept", "slice": {"langauge": "ru"}, "at_least": 0.5}, "Did you mean 'language'"),
        ({"measure": "anchor.kept", "at_least": 1.5}, "between 0 and 1"),
        ({"measure": "difficulty.level_minus_target", "always": True}, "it is in levels"),
        ({"measure": "conformance.log_schema", "at_least": 0.5}, "interview logs alone"),
    ],
)
def test_a_gate_that_no_run_could_mean_is_refused(gate: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_gates([Gate.model_validate(gate)])


@pytest.mark.parametrize("kind", ["at_least", "at_most", "not_worse_than_baseline"])
def test_true_is_no_number(kind: str) -> None:
    with pytest.raises(ValidationError):
        Gate.model_validate({"measure": "anchor.kept", kind: True})


def test_rows_that_cannot_be_told_leave_an_absolute_gate_open() -> None:
    gate = Gate(measure="anchor.lost", never=True)
    held = TABLES.turns["anchor"].notna()
    few = int(held.sum() * 0.05)
    for unknown, wanted in ((0, "pass"), (few, "pass"), (few + 1, "inconclusive")):
        anchors = pd.Series("same", TABLES.turns.index, dtype=object).where(held, None)
        anchors[anchors[held].index[:unknown]] = "unknown"
        blurred = replace(TABLES, turns=TABLES.turns.assign(anchor=anchors))
        found = score_tables(blurred, run="r", seed=7, model="offline")
        (result,) = judge([gate], found, figures=figures_of(blurred), cases=12)
        assert result.outcome == wanted
    assert "can't be told" in result.why


def test_a_slice_may_come_from_a_file_or_a_program() -> None:
    found = scores(0.9, 0.85, 0.95, slice={"held_out": True})
    for value in (True, "true", "True"):
        assert judged(Gate(measure="anchor.kept", slice={"held_out": value}, at_least=0.5), found).outcome == "pass"


def test_a_gate_on_nothing_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"no such measure.* Did you mean 'anchor.kept'"):
        check_gates([Gate(measure="anchor.keept", at_least=0.5)])
    with pytest.raises(UsageError, match="neither more nor less"):
        check_gates([Gate(measure="verdict.grade_error", not_worse_than_baseline=0.1)])
    check_gates([Gate(measure="pace.turns", at_most=3)], own=("pace",))


@pytest.mark.parametrize("kinds", [{}, {"at_least": 0.5, "at_most": 0.9}, {"always": True, "never": True}])
def test_a_gate_is_of_one_kind(kinds: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        Gate.model_validate({"measure": "anchor.kept", **kinds})


@pytest.mark.parametrize(("gate", "reachable"), [
    ({"at_least": 0.5}, True),
    ({"at_least": 0.95}, False),
    ({"at_most": 0.5}, True),
    ({"at_most": 0.05}, False),
    ({"at_most": 6000}, True),
    ({"always": True}, True),
    ({"not_worse_than_baseline": 0.01}, True),
])  # fmt: skip
def test_what_a_perfect_score_could_not_pass_is_refused(gate: dict[str, object], reachable: bool) -> None:
    found = Gate.model_validate({"measure": "anchor.kept", **gate})
    if reachable:
        check_reachable([found], {str(found): 8})
        return
    with pytest.raises(UsageError, match="can never pass"):
        check_reachable([found], {str(found): 8})


@given(st.lists(st.sampled_from(["pass", "fail", "inconclusive"]), min_size=1))
def test_one_failure_fails_all(outcomes: list[str]) -> None:
    gate = Gate(measure="anchor.kept", at_least=0.5)
    whole = outcome(GateResult(gate=gate, outcome=o, why="") for o in outcomes)
    assert whole == ("fail" if "fail" in outcomes else "inconclusive" if "inconclusive" in outcomes else "pass")
