"""Two runs compared: the same one, one with known errors, and whatever can be wrong with either."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.cell import Cell
from coach.domain.vocabulary import AnswerKind, Rubric
from coach.records.interview import InterviewRecord
from coach.scoring import build_tables
from coach.scoring.clusters import THESE_PERSONAS
from coach.scoring.compared import Comparison, compare_tables
from coach.scoring.comparison import Delta, overall
from coach.scoring.registry import HEADLINES
from coach.scoring.tables import Tables
from coach.simulation import Cases
from tests.faulty.model import Faulty, Rates
from tests.runs import LIBRARY, Make, matrix_of, records_of

K = AnswerKind
BANKS = {"python_backend": LIBRARY.banks["python_backend"]}
PERSONAS = ["honest_junior", "hallucinator", "topic_switcher", "nervous", "strong_senior", "terse", "veteran", "parrot"]
MATRIX = matrix_of(personas=PERSONAS, variants=2)


def erring(rate: float) -> Make:
    """Return cases whose Observer takes so many false claims for right answers, and right ones for half answers."""
    rates = Rates({K.HALLUCINATION: {K.NORMAL: rate}, K.NORMAL: {K.INCOMPLETE: rate}, K.OFF_TOPIC: {K.NORMAL: rate}})

    def make(model: object, seed: int) -> Cases:
        return Cases(LIBRARY, model, seed=seed, reading=lambda c: Faulty(rates, seed, c.case.persona))  # type: ignore[arg-type]

    return make


PERFECT = records_of(MATRIX, erring(0.0))
ERRING = records_of(MATRIX, erring(0.35))


def tables(records: list[InterviewRecord]) -> Tables:
    return build_tables(records, BANKS)


def compared(base: list[InterviewRecord], new: list[InterviewRecord], **more: bool) -> Comparison:
    return compare_tables(tables(base), tables(new), names=("a", "b"), models=("offline", "offline"), seed=7, **more)


def delta(found: Comparison, name: str) -> Delta:
    return next(d for d in found.deltas if d.name == name and not d.slice)


SAME = compared(PERFECT, PERFECT)
WORSE = compared(PERFECT, ERRING)
BETTER = compared(ERRING, PERFECT)


def test_a_run_does_not_differ_from_itself() -> None:
    assert SAME.verdict == "no difference shown"
    assert not SAME.flips
    assert {d.delta for d in SAME.deltas if d.delta is not None} == {0.0}
    assert {d.verdict for d in SAME.deltas} <= {"no difference shown", "can't tell"}
    assert SAME.shared == len(PERFECT)


def test_a_worse_observer_is_worse_and_the_other_way_round_better() -> None:
    assert WORSE.verdict == "worse"
    assert BETTER.verdict == "better"
    lost, won = delta(WORSE, "detection.kind.accuracy"), delta(BETTER, "detection.kind.accuracy")
    assert (lost.verdict, won.verdict) == ("worse", "better")
    assert lost.delta == pytest.approx(-won.delta)
    assert (lost.low, lost.high) == pytest.approx((-won.high, -won.low))
    assert lost.p == won.p
    assert lost.p_holm >= lost.p


def test_the_difference_is_that_of_the_shared_acts() -> None:
    """The pairs are acts that both runs delivered: by hand, from the records."""

    def acts(records: list[InterviewRecord]) -> dict[tuple[str, str, str | None, str | None], bool]:
        found: dict[tuple[str, str, str | None, str | None], bool] = {}
        for record in records:
            for turn in record.turns:
                act = turn.act
                assert act is not None
                question = act.truth.question_id or turn.question_id
                key = (record.cell.case.key, act.planned, question, act.payload_id)
                right = turn.analysis is not None and turn.analysis.kind is act.truth.kind
                found.setdefault(key, right)
        return found

    base, new = acts(PERFECT), acts(ERRING)
    both = [k for k in base if k in new]
    by_persona: dict[str, list[int]] = {}
    for key in both:
        by_persona.setdefault(key[0].split("/")[0], []).append(int(new[key]) - int(base[key]))
    expected = sum(sum(d) / len(d) for d in by_persona.values()) / len(by_persona)
    found = delta(WORSE, "detection.kind.accuracy")
    assert found.pairs == len(both)
    assert found.unpaired == len(base) + len(new) - 2 * len(both)
    assert found.delta == pytest.approx(expected)


def test_every_flip_is_one() -> None:
    records = {r.interview_id: r for r in ERRING}
    assert sum(not f.won for f in WORSE.flips) > sum(f.won for f in WORSE.flips)
    assert [f.won for f in WORSE.flips] == sorted(f.won for f in WORSE.flips)
    for flip in WORSE.flips:
        turn = records[flip.new_interview].turns[flip.new_turn - 1]
        assert (turn.analysis.kind == flip.true_kind) is flip.won
        assert (flip.base_seen == flip.true_kind) is not flip.won


def test_only_the_headlines_have_a_p_and_holm_makes_none_smaller() -> None:
    tested = [d for d in WORSE.deltas if d.p is not None]
    assert {d.name for d in tested} <= {d.name for d in WORSE.headlines}
    assert all(not d.slice for d in tested)
    assert all(d.p_holm >= d.p for d in tested)


def test_what_is_missing_on_one_side_is_bounded() -> None:
    found = delta(WORSE, "detection.kind.accuracy")
    assert found.worst < found.delta < found.best
    low = delta(WORSE, "detection.honest_interviews_accused")
    assert low.worst is None or low.worst >= low.best


@pytest.mark.parametrize(("untold", "verdict"), [(1, "no difference shown"), (12, "can't tell")])
def test_rows_that_cannot_be_told_are_no_difference(untold: int, verdict: str) -> None:
    """An interviewer whose messages do not tell what they ask has not kept its questions."""
    base = tables(PERFECT)
    kept = base.turns["anchor"].replace({"other": "same", "ended": "same"}).astype(object)
    vague = kept.copy()
    vague[kept[kept.notna()].index[:: 59 // untold][:untold]] = "unknown"
    found = compare_tables(
        *(replace(base, turns=base.turns.assign(anchor=anchors)) for anchors in (kept, vague)),
        names=("a", "b"),
        models=("m", "m"),
        seed=7,
    )
    anchor = delta(found, "anchor.kept")
    assert anchor.verdict == verdict
    if verdict == "can't tell":
        assert "can't be told" in anchor.why


def test_what_has_no_partner_can_contradict_the_pairs() -> None:
    """A run that says more is worse by all of its rows, though the pairs alone are alike."""
    base, new = tables(PERFECT), tables(PERFECT)
    turns = base.turns.sort_values(["case", "turn_id"])
    kept = turns.groupby("interview", sort=False).cumcount() % 4 != 3
    missed = turns.assign(seen_kind=turns["seen_kind"].astype(object).where(kept, "unverified"))
    found = compare_tables(
        replace(base, turns=turns[kept]), replace(new, turns=missed), names=("a", "b"), models=("m", "m"), seed=7
    )
    accuracy = delta(found, "detection.kind.accuracy")
    assert accuracy.delta == 0.0
    assert accuracy.unpaired == int((~kept & turns["delivery"].notna()).sum())
    assert accuracy.low is not None
    assert accuracy.low < -0.1


@pytest.mark.parametrize(("clusters", "verdict"), [(6, "can't tell"), (8, "no difference shown")])
def test_clusters_of_which_none_could_show_a_difference_tell_nothing(clusters: int, verdict: str) -> None:
    heads = [
        Delta(
            name=name, unit="share", base=0.5, new=0.5, delta=0.0, low=-0.1, high=0.1, clusters=clusters, p=1.0,
            p_holm=1.0, verdict="no difference shown",
        )
        for name in HEADLINES
    ]  # fmt: skip
    assert overall(heads) == verdict


def test_a_run_without_any_feedback_is_unscored_and_not_all_wrong() -> None:
    silent = [r.model_copy(update={"feedback": None}) for r in PERFECT]
    found = delta(compared(PERFECT, silent), "verdict.recommendation_acceptable")
    assert found.new is None
    assert found.base is not None
    assert found.verdict == "can't tell"
    some = delta(compared(PERFECT, [*silent[:3], *PERFECT[3:]]), "verdict.recommendation_acceptable")
    assert some.new is not None
    assert some.new < 1, "where a run writes feedback, an interview without any is a miss"


def test_prompts_that_are_not_read_tell_nothing() -> None:
    found = compared(PERFECT, PERFECT, unread=True)
    assert found.verdict == "can't tell"
    assert {d.verdict for d in found.deltas} == {"can't tell"}
    assert "no difference" not in " ".join(d.verdict for d in found.deltas)


def test_few_clusters_tell_nothing_and_few_personas_speak_for_themselves() -> None:
    few = [r for r in PERFECT if r.cell.case.persona == "terse"][:1]
    found = compared(few, few)
    assert {d.verdict for d in found.deltas if d.clusters < 6} == {"can't tell"}
    told = [d for d in found.deltas if d.verdict != "can't tell"]
    assert told
    assert {d.note for d in told} == {THESE_PERSONAS}


def test_runs_without_a_shared_case_share_nothing() -> None:
    one, other = ([r for r in PERFECT if r.cell.case.persona == p] for p in ("terse", "parrot"))
    found = compared(one, other)
    assert (found.shared, found.deltas, found.flips) == (0, (), ())
    assert found.verdict == "can't tell"
    assert (found.only_base, found.only_new) == (len(one), len(other))


def test_only_shared_cases_are_compared() -> None:
    half = [r for r in PERFECT if r.brief.language == "en"]
    found = compared(PERFECT, half)
    assert (found.shared, found.only_base, found.only_new) == (len(half), len(PERFECT) - len(half), 0)
    assert {d.delta for d in found.deltas if d.delta is not None} == {0.0}


def test_empty_runs_are_no_error() -> None:
    assert compared([], []).shared == 0
    assert compared(PERFECT, []).verdict == "can't tell"


def test_an_interview_without_an_analysis_is_a_miss() -> None:
    record = PERFECT[3]
    turns = tuple(t.model_copy(update={"analysis": None, "degraded": ("analysis",)}) for t in record.turns)
    broken = [*PERFECT[:3], record.model_copy(update={"turns": turns}), *PERFECT[4:]]
    found = compared(PERFECT, broken)
    assert len([f for f in found.flips if not f.won]) == sum(t.act.truth.kind is not None for t in turns)
    assert delta(found, "detection.kind.accuracy").delta < 0


def test_a_model_a_prompt_set_and_a_single_rubric_do_not_hinder_pairing() -> None:
    def moved(record: InterviewRecord) -> InterviewRecord:
        cell: Cell = record.cell.model_copy(update={"model": "m", "prompts": "mine", "rubric": Rubric.NONE})
        return record.model_copy(update={"cell": cell, "cell_key": cell.key})

    found = compared(PERFECT, [moved(r) for r in PERFECT])
    assert found.shared == len(PERFECT)
    assert delta(found, "detection.kind.accuracy").pairs == delta(SAME, "detection.kind.accuracy").pairs


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(0, len(PERFECT) - 1), min_size=1), st.sets(st.integers(0, len(ERRING) - 1), min_size=1))
def test_any_part_of_two_runs_can_be_compared(some: set[int], others: set[int]) -> None:
    found = compared([PERFECT[i] for i in some], [ERRING[i] for i in others])
    for one in found.deltas:
        assert one.low is None or one.low <= one.delta <= one.high
        assert one.p is None or 0 < one.p <= one.p_holm <= 1
        assert one.verdict == "can't tell" or one.clusters >= 6
        assert one.verdict != "can't tell" or one.why
