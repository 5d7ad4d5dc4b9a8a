"""The interviewer's own words never ask beside the question and fit what was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.analysis import CandidateProfile, FactError
from coach.domain.decision import ClosedBy, Closure, Decision, Move
from coach.domain.tasks import InterviewerTask
from coach.domain.vocabulary import AnswerKind, Asks, Difficulty, EndReason, Language, Quality
from coach.engine.guards import broken_guards
from coach.text.messages import closing, greeting, lead, phrases

K = AnswerKind
CLOSED = (Closure(question_id="q", quality=Quality.GOOD, by=ClosedBy.ANSWER),)


def task(language: Language = Language.EN, **changes: object) -> InterviewerTask:
    move = changes.pop("move", Move.ASK_NEW_QUESTION)
    decision = Decision(
        move=move,
        closed=changes.pop("closed", CLOSED),
        missing=changes.pop("missing", ()),
        notes=changes.pop("notes", ()),
        difficulty_before=Difficulty.BASIC,
        difficulty_after=changes.pop("after", Difficulty.BASIC),
    )
    fields = {
        "language": language,
        "nonce": "n" * 16,
        "turn_id": 3,
        "decision": decision,
        "reply": "well",
        "reply_kind": K.NORMAL,
        "reply_quality": Quality.GOOD,
        "position": "smith",
        "question_text": "What does the gadget do?",
        "question_topic": "gadgets",
    }
    return InterviewerTask.model_validate(fields | changes)


tasks = st.builds(
    task,
    language=st.sampled_from(Language),
    move=st.sampled_from(Move),
    closed=st.sampled_from([(), CLOSED]),
    missing=st.sampled_from([("position",), ("technologies",), ("position", "technologies")]),
    notes=st.lists(
        st.sampled_from(["level_exhausted", "outside_stack", "contradiction", "injection_ignored", "repeat_limit"]),
        unique=True,
    ).map(tuple),
    after=st.sampled_from(Difficulty),
    reply_kind=st.none() | st.sampled_from(AnswerKind),
    reply_quality=st.none() | st.sampled_from(Quality),
    turn_id=st.integers(1, 50),
    asks=st.sampled_from(Asks),
    reply=st.text(max_size=100),
    facts=st.sampled_from([(), ("The team has three people.",), ("В команде три человека.",)]),
    profile=st.sampled_from([CandidateProfile(), CandidateProfile(name="Ann")]),
)


@given(tasks)
def test_no_lead_breaks_a_guard(made: InterviewerTask) -> None:
    if made.facts and ("team" in made.facts[0]) != (made.language is Language.EN):
        return
    broken = broken_guards(lead(made), move=made.decision.move, language=made.language, nonce=made.nonce, active=None)
    assert broken == ()


def test_a_wrong_answer_is_corrected_and_never_praised() -> None:
    error = FactError(claim="gold", correction="It is silver, not gold")
    for language in Language:
        for turn in range(6):
            said = lead(
                task(
                    language,
                    turn_id=turn,
                    corrections=(error,),
                    reply_kind=K.HALLUCINATION,
                    reply_quality=Quality.WRONG,
                )
            )
            assert "It is silver, not gold." in said
            for praise in (*phrases(language)["good"], *phrases(language)["praise"]):
                assert praise not in said


def test_an_unverified_answer_is_neither_praised_nor_blamed() -> None:
    said = lead(task(reply_kind=K.UNVERIFIED, reply_quality=None))
    assert any(said.startswith(p) for p in phrases(Language.EN)["unverified"])


@pytest.mark.parametrize(
    ("language", "asked", "expected"),
    [
        (Language.EN, "How many people are in the team?", "seven people"),
        (Language.EN, "What is the salary?", "recruiter after"),
        (Language.EN, "Are you a robot?", "AI interviewer"),
        (Language.EN, "Could you repeat that, please?", "question again"),
        (Language.EN, "Do you like opera?", "no information"),
        (Language.RU, "Сколько человек в команде?", "семь человек"),
        (Language.RU, "Какой испытательный срок?", "три месяца"),
        (Language.RU, "Повторите вопрос, пожалуйста?", "повторяю вопрос"),
    ],
)
def test_a_counter_question_is_answered_from_the_facts(language: Language, asked: str, expected: str) -> None:
    facts = {
        Language.EN: (
            "The team has seven people.",
            "The salary is discussed with the recruiter after the interview.",
        ),
        Language.RU: ("В команде семь человек.", "Испытательный срок три месяца."),
    }
    said = lead(
        task(
            language,
            move=Move.REPEAT_QUESTION,
            closed=(),
            reply=asked,
            reply_kind=K.QUESTION,
            reply_quality=None,
            asks=Asks.CLARIFICATION,
            facts=facts[language],
        )
    )
    assert expected in said


@pytest.mark.parametrize("language", Language)
def test_only_what_is_missing_is_asked_for(language: Language) -> None:
    one = lead(task(language, move=Move.ASK_PROFILE, closed=(), missing=("position",), reply_kind=K.INTRODUCTION))
    assert one == phrases(language)["ask_profile"]["position"]


@pytest.mark.parametrize("language", Language)
def test_greeting_and_closing(language: Language) -> None:
    assert "smith" in greeting(language, "smith")
    assert "?" not in greeting(language, "smith")
    for end in EndReason:
        assert closing(language, end)


def test_both_languages_have_the_same_phrases() -> None:
    english, russian = phrases(Language.EN), phrases(Language.RU)

    def shape(value: object) -> object:
        return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else type(value)

    assert shape(english) == shape(russian)
