"""The offline Evaluator: grades on the shared scale, and feedback that needs no mending."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.analysis import FactError
from coach.domain.feedback import Honesty
from coach.domain.tasks import EvaluatedTurn, EvaluatorTask
from coach.domain.vocabulary import AnswerKind, Difficulty, Grade, Language, Quality, Recommendation
from coach.engine.grounding import grounded
from coach.offline.evaluator import evaluate, posterior

K, Q = AnswerKind, Quality
ERROR = FactError(claim="gold", correction="It is silver.")


def turn(number: int, level: Difficulty, quality: Quality | None, **changes: object) -> EvaluatedTurn:
    fields = {
        "turn_id": number,
        "question_id": f"q{number}",
        "topic": f"topic {number}",
        "difficulty": level,
        "question": "What?",
        "reply": "an answer",
        "kind": K.NORMAL if quality in (Q.GOOD, Q.EXCELLENT) else K.INCOMPLETE,
        "quality": quality,
        "closes": (f"q{number}",),
        "correct_answer": "Silver." if quality in (Q.POOR, Q.WRONG) else None,
    }
    return EvaluatedTurn.model_validate(fields | changes)


def task(*turns: EvaluatedTurn, language: Language = Language.EN, required: Grade = Grade.MIDDLE) -> EvaluatorTask:
    return EvaluatorTask(
        language=language,
        nonce="n",
        position="smith",
        required_grade=required,
        turns=turns,
        final_difficulty=Difficulty.BASIC,
    )


def ladder(*qualities: Quality) -> list[EvaluatedTurn]:
    """Return two answers a level, of one quality each level."""
    levels = list(Difficulty)
    return [turn(2 * i + j, levels[i], q) for i, q in enumerate(qualities) for j in (0, 1)]


@pytest.mark.parametrize(
    ("qualities", "grade"),
    [
        ((Q.POOR, Q.POOR, Q.POOR, Q.POOR), Grade.INTERN),
        ((Q.GOOD, Q.POOR, Q.POOR, Q.POOR), Grade.JUNIOR),
        ((Q.GOOD, Q.GOOD, Q.POOR, Q.POOR), Grade.MIDDLE),
        ((Q.GOOD, Q.GOOD, Q.GOOD, Q.POOR), Grade.SENIOR),
        ((Q.GOOD, Q.GOOD, Q.GOOD, Q.GOOD), Grade.LEAD),
    ],
)
def test_the_grade_is_the_likeliest_on_the_scale(qualities: tuple[Quality, ...], grade: Grade) -> None:
    assert evaluate(task(*ladder(*qualities))).verdict.grade is grade


def test_the_posterior_is_one_and_unmoved_by_nothing() -> None:
    chances = posterior([])
    assert sum(chances.values()) == pytest.approx(1)
    assert len(set(chances.values())) == 1


def test_one_answer_or_none_gives_little_confidence() -> None:
    assert evaluate(task()).verdict.confidence <= 30
    assert evaluate(task(turn(1, Difficulty.BASIC, Q.GOOD))).verdict.confidence <= 30
    assert evaluate(task()).technical_review.confirmed_skills == ()


def test_false_claims_cost_honesty_and_rule_out_a_strong_hire() -> None:
    good = ladder(Q.GOOD, Q.GOOD, Q.GOOD, Q.GOOD)
    lies = [turn(20 + i, Difficulty.BASIC, None, kind=K.HALLUCINATION, errors=(ERROR,), closes=()) for i in range(2)]
    honest, liar = evaluate(task(*good)), evaluate(task(*good, *lies))
    assert honest.verdict.recommendation is Recommendation.STRONG_HIRE
    assert honest.soft_skills.honesty.value is Honesty.HIGH
    assert liar.verdict.recommendation is Recommendation.HIRE
    assert liar.soft_skills.honesty.value is Honesty.QUESTIONABLE
    assert {g.correct_answer for g in liar.technical_review.knowledge_gaps} == {"It is silver."}


def test_a_hedge_is_a_gap_but_no_lie() -> None:
    hedged = turn(1, Difficulty.BASIC, Q.WRONG, hedged=True, errors=(ERROR,))
    feedback = evaluate(task(hedged))
    assert feedback.soft_skills.honesty.value is Honesty.HIGH
    assert len(feedback.technical_review.knowledge_gaps) == 1


turns = st.lists(
    st.builds(
        turn,
        number=st.just(0),
        level=st.sampled_from(Difficulty),
        quality=st.none() | st.sampled_from(Quality),
        kind=st.sampled_from([k for k in AnswerKind if k is not K.STOP_COMMAND]),
        errors=st.sampled_from([(), (ERROR,)]),
        hedged=st.booleans(),
        injection=st.booleans(),
        contradicts=st.none() | st.just(1),
    ),
    max_size=12,
)


@given(turns, st.sampled_from(Language))
def test_whatever_happened_the_feedback_stands_on_it(made: list[EvaluatedTurn], language: Language) -> None:
    numbered = [
        t.model_copy(update={"turn_id": i, "question_id": f"q{i}", "closes": (f"q{i}",)}) for i, t in enumerate(made, 1)
    ]
    feedback = evaluate(task(*numbered, language=language))
    skills = {i for s in feedback.technical_review.confirmed_skills for i in s.turn_ids}
    gaps = {i for g in feedback.technical_review.knowledge_gaps for i in g.turn_ids}
    assert not skills & gaps
    assert all(g.correct_answer for g in feedback.technical_review.knowledge_gaps)
    again, changes = grounded(feedback, numbered)
    assert [c for c in changes if "dropped" in c] == []
    assert again.verdict == feedback.verdict


def test_easy_answers_alone_show_no_senior() -> None:
    basic = [turn(i, Difficulty.BASIC, Q.EXCELLENT) for i in range(1, 4)]
    verdict = evaluate(task(*basic)).verdict
    assert verdict.grade is Grade.JUNIOR
    assert verdict.recommendation is Recommendation.NO_HIRE
    assert verdict.confidence <= 60
    more = [*basic, turn(5, Difficulty.INTERMEDIATE, Q.GOOD), turn(6, Difficulty.INTERMEDIATE, Q.GOOD)]
    assert evaluate(task(*more)).verdict.grade is Grade.MIDDLE
