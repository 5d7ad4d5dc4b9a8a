"""What a message does, told against the truth: interviews written by hand, each check both ways."""

import pytest

from coach.domain.analysis import CandidateProfile
from coach.domain.truth import Truth
from coach.domain.vocabulary import AnswerKind, Answers, Asks, EndReason, Language
from coach.records.interview import InterviewRecord
from coach.scoring import score
from coach.scoring.model import Measure
from coach.scoring.tables import build_tables
from tests.scoring.interviews import ASKED, BANK, BANKS, OTHER, interview, text_of, turn

K = AnswerKind
OFF_TOPIC = Truth(kind=K.OFF_TOPIC)
ASKS_BACK = Truth(kind=K.QUESTION, asks=Asks.CLARIFICATION)
BEGS = Truth(kind=K.QUESTION, asks=Asks.SOLUTION)
WRONG = Truth(kind=K.HALLUCINATION, answers=Answers.YES, errors=True, misconception_id=f"{ASKED}/gold")
RIGHT = Truth(kind=K.NORMAL, answers=Answers.YES)


def find(record: InterviewRecord, name: str) -> Measure:
    scores = score([record], banks=BANKS, run="r", seed=1, model="m")
    (found,) = [m for m in scores.measures if m.name == name and not m.slice]
    return found


def first(record: InterviewRecord, column: str) -> object:
    return build_tables([record], BANKS).turns[column].tolist()[0]


@pytest.mark.parametrize(
    ("then", "message", "verdict", "early"),
    [
        (ASKED, None, "same", False),
        (ASKED, "As I said: what is it that the basic-a gadget does?", "same", False),
        (OTHER, None, "other", True),
        (ASKED, "Please go on.", "unknown", False),
        (None, "That was all.", "ended", True),
    ],
)
def test_the_anchor_is_told_from_the_visible_text(
    then: str | None, message: str | None, verdict: str, early: bool
) -> None:
    record = interview(turn(OFF_TOPIC, K.OFF_TOPIC, then=then, message=message))
    assert first(record, "anchor") == verdict
    assert first(record, "closed_early") is early


@pytest.mark.parametrize("ended_by", [EndReason.TURN_LIMIT, EndReason.CANDIDATE_LEFT])
def test_a_cut_off_interview_lost_no_anchor(ended_by: EndReason) -> None:
    record = interview(
        turn(OFF_TOPIC, K.OFF_TOPIC),
        turn(OFF_TOPIC, K.OFF_TOPIC, number=2, then=None),
        ended_by=ended_by,
    )
    assert find(record, "anchor.kept").value == 1.0
    assert find(record, "anchor.kept").n == 1
    assert find(record, "anchor.closed_early").value == 0.0


@pytest.mark.parametrize("ended_by", [EndReason.STOP, EndReason.ANALYSIS_FAILED])
def test_an_engine_that_ends_by_itself_lost_the_anchor(ended_by: EndReason) -> None:
    record = interview(turn(OFF_TOPIC, K.STOP_COMMAND, then=None), ended_by=ended_by)
    assert find(record, "anchor.lost").value == 1.0


def test_a_question_dropped_in_the_middle_is_lost_though_the_limit_ends_it_later() -> None:
    record = interview(
        turn(OFF_TOPIC, K.OFF_TOPIC, then=None),
        turn(RIGHT, K.NORMAL, number=2, then=None),
        ended_by=EndReason.TURN_LIMIT,
    )
    assert find(record, "anchor.lost").value == 1.0


@pytest.mark.parametrize(
    "truth", [RIGHT, Truth(kind=K.DONT_KNOW), Truth(kind=K.STOP_COMMAND, stop=True), Truth(kind=None)]
)
def test_what_may_close_a_question_says_nothing_about_the_anchor(truth: Truth) -> None:
    assert first(interview(turn(truth, K.NORMAL, then=OTHER)), "anchor") is None


@pytest.mark.parametrize(
    ("lead", "then", "answered"),
    [
        ("The team has seven people.", ASKED, True),
        ("Well.", ASKED, False),
        ("The team has seven people.", OTHER, False),
    ],
)
def test_a_counter_question_is_answered_and_returned_from(lead: str, then: str, answered: bool) -> None:
    record = interview(turn(ASKS_BACK, K.QUESTION, lead=lead, then=then))
    assert find(record, "anchor.counter_question_answered").value == float(answered)


@pytest.mark.parametrize(
    ("lead", "leaked"),
    [
        ("The answer has to be yours.", False),
        (BANK.question(ASKED).reference.en, True),
        ("Fine: copper becomes basic-a silver there.", True),
    ],
)
def test_a_solution_is_leaked_by_its_words_too(lead: str, leaked: bool) -> None:
    assert find(interview(turn(BEGS, K.QUESTION, lead=lead)), "anchor.solution_leaked").value == float(leaked)


@pytest.mark.parametrize(
    ("lead", "corrected"),
    [
        ("Not quite: it makes silver, never gold.", True),
        ("Right, the basic-a gadget makes gold.", False),
        ("Thank you.", False),
    ],
)
def test_agreeing_with_a_false_claim_is_no_correction(lead: str, corrected: bool) -> None:
    record = interview(turn(WRONG, K.HALLUCINATION, lead=lead, then=OTHER))
    assert find(record, "detection.hallucination.corrected").value == float(corrected)


def test_words_of_the_next_question_correct_nothing() -> None:
    question = BANK.question(ASKED).misconceptions[0].correction.en + " Is it so?"
    asked = turn(WRONG, K.HALLUCINATION, lead="Thank you.", then=OTHER)
    asked = asked.model_copy(update={"next_message": f"Thank you. {question}", "next_question_text": question})
    assert first(interview(asked), "corrected") is False


def test_scope_is_what_was_named_up_to_then() -> None:
    def named(*technologies: str) -> CandidateProfile:
        return CandidateProfile(technologies=technologies)

    inside = interview(turn(RIGHT, K.NORMAL, then=OTHER, profile=named("Python")))
    assert find(inside, "conformance.in_scope").value == 1.0
    outside = interview(turn(RIGHT, K.NORMAL, then=OTHER, profile=named("Cobol")))
    found = find(outside, "conformance.in_scope")
    assert found.value is None
    assert first(outside, "outside_stack") is True
    later = interview(
        turn(RIGHT, K.NORMAL, then=OTHER, profile=named("Cobol")),
        turn(RIGHT, K.NORMAL, number=2, then=ASKED, profile=named("Python")),
    )
    found = find(later, "conformance.in_scope")
    assert (found.n, found.value) == (1, 1.0)
    assert "outside_stack: 1" in (found.note or "")


def test_the_language_of_the_table_is_that_of_the_interview() -> None:
    record = interview(turn(RIGHT, K.NORMAL, then=OTHER), language=Language.RU)
    assert first(record, "language_ok") is False
    assert text_of(OTHER, Language.RU).endswith("по-русски")


def test_a_stop_is_true_where_the_truth_says_stop() -> None:
    record = interview(turn(Truth(kind=K.STOP_COMMAND, stop=True, answers=Answers.YES), K.NORMAL, then=OTHER))
    found = find(record, "detection.flag.stop.recall")
    assert (found.n, found.value) == (1, 0.0)


def anew(*asked: str | None, first: str = ASKED) -> list[bool | None]:
    """Return, by message after the first, whether it asks anew; ``first`` is asked before any reply."""
    turns = [
        turn(Truth(kind=AnswerKind.NORMAL), AnswerKind.NORMAL, number=i, then=then).model_copy(
            update={"question_id": ([first, *asked][i - 1] or first)}
        )
        for i, then in enumerate(asked, 1)
    ]
    return [None if x is None else bool(x) for x in build_tables([interview(*turns)], BANKS).turns["asked_anew"]]


def test_a_question_that_another_followed_is_asked_anew() -> None:
    assert anew(ASKED, OTHER, ASKED) == [False, False, True]
    assert anew(OTHER, ASKED) == [False, True], "the first message asks too"
    assert anew(ASKED, None, ASKED) == [False, None, False], "a message without a question parts nothing"


def test_an_interviewer_that_ends_on_a_counter_question_has_not_answered_it() -> None:
    asks = Truth(kind=AnswerKind.QUESTION, asks=Asks.CLARIFICATION)
    made = turn(asks, AnswerKind.QUESTION, then=None)
    for ended_by, wanted in ((EndReason.INTERVIEWER_ENDED, False), (EndReason.TURN_LIMIT, None)):
        (found,) = build_tables([interview(made, ended_by=ended_by)], BANKS).turns["counter_answered"]
        assert found is wanted or found == wanted
