"""Cost: an unknown part makes a sum unknown, never smaller."""

import pytest

from coach.domain.truth import Truth
from coach.domain.vocabulary import AnswerKind, Role
from coach.records.events import CallRecord
from coach.scoring import MEASURES, score
from coach.scoring.model import Measure
from tests.scoring.interviews import BANKS, call, interview, turn

TURNS = tuple(turn(Truth(kind=AnswerKind.OFF_TOPIC), AnswerKind.OFF_TOPIC, number=i) for i in (1, 2, 3))


def measures(*calls: CallRecord) -> dict[str, Measure]:
    scores = score([interview(*TURNS, calls=calls)], banks=BANKS, run="r", seed=1, model="m")
    return {m.name: m for m in scores.measures if not m.slice}


def test_known_tokens_are_summed() -> None:
    found = measures(call(1), call(2, tokens=200), call(2, Role.INTERVIEWER), call(3, Role.EVALUATOR))
    assert found["cost.tokens_per_interview"].value == 540
    assert found["cost.tokens_per_turn"].n == 2
    assert found["cost.tokens_per_turn"].value == pytest.approx((110 + 320) / 2)
    assert found["cost.growth"].value == pytest.approx(210)


def test_one_unknown_call_makes_its_sums_unknown() -> None:
    found = measures(call(1), call(2), call(2, Role.INTERVIEWER, tokens=None))
    for name in ("tokens_input", "tokens_per_interview", "tokens_per_turn", "growth"):
        assert found[f"cost.{name}"].value is None, name
        assert "unknown" in (found[f"cost.{name}"].reason or ""), name
    assert found["cost.tokens_output"].value == 30


def test_estimates_are_marked() -> None:
    one = call(1)
    one = one.model_copy(update={"usage": one.usage.model_copy(update={"estimated": True})})
    found = measures(one, call(2))
    for name in ("tokens_input", "tokens_per_interview", "tokens_per_turn", "growth"):
        assert "estimated" in (found[f"cost.{name}"].note or ""), name


def test_without_calls_every_measure_is_there_and_says_why() -> None:
    found = measures()
    names = {n for n in MEASURES if n.startswith("cost.")}
    assert names <= set(found)
    assert {found[n].reason for n in names} == {"no model call"}


def test_an_interview_that_called_no_model_cost_nothing() -> None:
    records = [interview(*TURNS, calls=(call(1),)), interview(*TURNS, name="i2")]
    scores = score(records, banks=BANKS, run="r", seed=1, model="m")
    found = {m.name: m for m in scores.measures if not m.slice}
    assert found["cost.tokens_per_interview"].value == 55
    assert found["cost.usd_per_interview"].value == 0
