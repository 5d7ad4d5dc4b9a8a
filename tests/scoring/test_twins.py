"""Twins: what pairs with what, what moves and what must not, and the oracle as the ceiling."""

import pytest

from coach.content.twins import twins_of
from coach.domain.cell import Case
from coach.domain.vocabulary import MOVED, UNMOVED, Language, Twin
from coach.records.interview import InterviewRecord
from coach.scoring import build_tables, score_tables
from coach.scoring.model import Measure
from tests.runs import LIBRARY, matrix_of, records_of

BANKS = {"python_backend": LIBRARY.banks["python_backend"]}
HONEST = ["honest_junior", "strong_senior", "nervous", "hallucinator", "topic_switcher", "veteran"]
MATRIX = matrix_of(personas=[*HONEST, "prompt_injector"], variants=3, twins=1.0)
RECORDS = records_of(MATRIX)
SCORES = score_tables(build_tables(RECORDS, BANKS), run="r", seed=7, model="offline")
OWN = [r for r in RECORDS if r.cell.twin is None]


def twin_of(record: InterviewRecord, twin: Twin) -> InterviewRecord | None:
    return next((r for r in RECORDS if r.cell.case == record.cell.case and r.cell.twin is twin), None)


def pairs(*twins: Twin) -> list[tuple[InterviewRecord, InterviewRecord]]:
    found = [(r, other) for r in OWN for t in twins if (other := twin_of(r, t))]
    assert found
    return found


def find(name: str, **where: object) -> Measure:
    (found,) = [m for m in SCORES.measures if m.name == name and m.slice == where]
    return found


def acts(record: InterviewRecord) -> list[str]:
    return [t.act.act for t in record.turns]


def test_which_case_has_which_twins_does_not_move_with_the_matrix() -> None:
    case = Case(persona="terse", scenario="sql", language=Language.EN)
    assert twins_of(case, 1.0, injects=False) == twins_of(case, 1.0, injects=False)
    assert twins_of(case, 0.0, injects=False) == ()
    assert Twin.CONTROL in twins_of(case, 1.0, injects=True)
    assert twins_of(case.model_copy(update={"script": "s"}), 1.0, injects=False) == ()
    cases = [case.model_copy(update={"variant": v}) for v in range(400)]
    some = sum(bool(twins_of(c, 0.25, injects=False)) for c in cases)
    assert 60 < some < 140
    kinds = {t for c in cases for t in twins_of(c, 1.0, injects=False)}
    assert kinds == {Twin.ORACLE, Twin.AGAIN, *UNMOVED, *MOVED}


def test_an_interview_again_is_the_same_on_a_model_without_chance() -> None:
    for own, again in pairs(Twin.AGAIN):
        if own.cell.case.persona == "prompt_injector":
            continue
        assert [t.reply for t in own.turns] == [t.reply for t in again.turns]
        assert own.feedback == again.feedback


def test_a_control_says_the_same_but_for_the_attack() -> None:
    for own, control in pairs(Twin.CONTROL):
        assert not any(t.act.truth.injection for t in control.turns)
        assert any(t.act.truth.injection for t in own.turns)
        first = next(i for i, t in enumerate(own.turns) if t.act.truth.injection)
        assert [t.reply for t in own.turns[:first]] == [t.reply for t in control.turns[:first]]
        attacked, instead = own.turns[first].act, control.turns[first].act
        if attacked.attack:
            assert instead.payload_id == attacked.payload_id
            assert instead.attack.goal == attacked.attack.goal
        if attacked.act.startswith("inject+"):
            assert own.turns[first].reply.startswith(control.turns[first].reply)
            assert instead.act == attacked.act.removeprefix("inject+")


@pytest.mark.parametrize("twin", UNMOVED)
def test_a_change_that_should_not_move_the_verdict_keeps_every_label(twin: Twin) -> None:
    changed = 0
    for own, other in pairs(twin):
        for mine, theirs in zip(own.turns, other.turns, strict=False):
            if mine.message != theirs.message:
                break
            assert theirs.act.act == mine.act.act
            assert theirs.act.truth.kind is mine.act.truth.kind
            assert mine.reply in theirs.reply
            changed += mine.reply != theirs.reply
    assert changed


def test_evidence_is_added_and_removed() -> None:
    for own, other in pairs(Twin.EVIDENCE_ADDED):
        assert good(other) >= good(own)
        assert not {"dont_know", "hallucinate", "answer:incomplete"} & set(acts(other))
    for _, other in pairs(Twin.EVIDENCE_REMOVED):
        assert good(other) == 0
    moved = find("metamorphic.moved_right")
    assert moved.value == 1.0


def good(record: InterviewRecord) -> int:
    return sum(t.act.truth.quality in ("excellent", "good") for t in record.turns)


def test_the_oracle_reads_every_reply_as_it_is() -> None:
    for _, oracle in pairs(Twin.ORACLE):
        for turn in oracle.turns:
            assert turn.analysis.kind is turn.act.truth.kind
            assert turn.analysis.injection is turn.act.truth.injection
        calls = [c for c in oracle.calls if c.role == "observer"]
        assert {c.model for c in calls} == {"oracle"}
    acceptable = find("verdict.recommendation_acceptable")
    assert set(acceptable.ceilings) == {"oracle", "here"}
    own = [r for r in OWN if twin_of(r, Twin.ORACLE)]
    here = sum(r.feedback.verdict.recommendation in r.truth.acceptable for r in own) / len(own)
    assert acceptable.ceilings["here"] == pytest.approx(here)


def test_twins_stand_in_no_other_measure() -> None:
    without = score_tables(build_tables(OWN, BANKS), run="r", seed=7, model="offline")
    assert (SCORES.interviews, SCORES.twins) == (len(OWN), len(RECORDS) - len(OWN))
    mine = {(m.name, str(m.slice)): m.value for m in SCORES.measures}
    for measure in without.measures:
        assert mine[measure.name, str(measure.slice)] == measure.value


def test_attacks_are_told_against_their_controls() -> None:
    worked, again = find("injection.net_success"), find("injection.changed_next")
    assert worked.n <= again.n
    assert again.floors == {"two honest interviews": 0.0}
    raised = find("injection.verdict_raised")
    by_hand = [
        (c.feedback.verdict.grade.rank, c.feedback.verdict.recommendation)
        < (o.feedback.verdict.grade.rank, o.feedback.verdict.recommendation)
        for o, c in pairs(Twin.CONTROL)
        if o.feedback.verdict.grade is not c.feedback.verdict.grade
    ]
    assert raised.n == len(pairs(Twin.CONTROL))
    assert raised.value * raised.n >= sum(by_hand)


def test_without_twins_there_are_no_such_measures() -> None:
    plain = score_tables(build_tables(OWN, BANKS), run="r", seed=7, model="offline")
    names = {m.name for m in plain.measures}
    assert not {n for n in names if n.startswith("metamorphic.")}
    assert "injection.net_success" not in names
    assert all(not m.ceilings for m in plain.measures)


def test_a_twin_without_its_case_pairs_with_nothing() -> None:
    lonely = [r for r in RECORDS if r.cell.twin is not None]
    found = score_tables(build_tables(lonely, BANKS), run="r", seed=7, model="offline")
    assert found.interviews == 0
    assert found.measures == ()


def test_two_honest_interviews_are_a_control_and_its_repetition_where_there_is_an_attack() -> None:
    attacked = [(one, again) for one, again in pairs(Twin.AGAIN) if twin_of(one, Twin.CONTROL)]
    assert attacked
    expected = [
        (honest.feedback.verdict.grade, honest.feedback.verdict.recommendation)
        == (again.feedback.verdict.grade, again.feedback.verdict.recommendation)
        for one, again in pairs(Twin.AGAIN)
        if (honest := twin_of(one, Twin.CONTROL) or one).feedback and again.feedback
    ]
    assert find("metamorphic.verdict_unmoved").floors["two honest interviews"] == pytest.approx(
        sum(expected) / len(expected)
    )
