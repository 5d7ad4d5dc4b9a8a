"""The mechanical checks on a model's wording: what rejects it, and what only flags it."""

import pytest

from coach.candidates.wordings import flags, problems
from coach.content.library import Library
from coach.domain.analysis import CandidateProfile
from coach.domain.tasks import WordingTask
from coach.domain.truth import ActRecord, Truth
from coach.domain.vocabulary import AnswerKind, Language

SAY = "A tuple can not be changed after it was made, a list can; so only a tuple of hashable things can be a key."


def task(say: str = SAY, language: Language = Language.EN) -> WordingTask:
    return WordingTask(language=language, nonce="abcd", persona="A junior.", act="answer", message="What?", say=say)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("Interviewer: what is a tuple and what is a list?", "role_swapped"),
        ("Great answer! Let's move on to the next question, shall we?", "role_swapped"),
        ("Интервьюер: ну что ж, расскажите мне о кортежах и списках.", "role_swapped"),
        ("As an AI language model I would say that a tuple is fixed.", "reasoning_leaked"),
        ("<think>I should word it</think> A tuple is fixed, a list is not.", "reasoning_leaked"),
        ("This is a hallucination: a tuple can be changed at any time.", "label_leaked"),
        ('{"reply": "A tuple is fixed"}', "label_leaked"),
        ("The mark was abcd, and a tuple can not be changed, as you know.", "label_leaked"),
        ("Кортеж нельзя изменить после создания, а список можно менять.", "wrong_language"),
        ("A tuple can't be changed " * 60, "too_long"),
    ],
)
def test_what_can_not_be_used(text: str, problem: str) -> None:
    assert problem in problems(text, task(), before=())


@pytest.mark.parametrize(
    "text",
    [
        "Well, you can't change a tuple once it is there, but a list you can.",
        "So, as far as I know, a list is mutable and a tuple is not; that is why a tuple can be a key.",
        "Can I skip that one? I think I never really got what the question is about.",
    ],
)
def test_what_can(text: str) -> None:
    assert problems(text, task(), before=("Something else.",)) == ()


def test_what_was_said_before_is_not_said_again_and_the_scripts_own_words_are_not_held_against_it() -> None:
    assert problems("A tuple,  is FIXED!", task(), before=("a tuple is fixed",)) == ("said_before",)
    own = task("Interviewer: that is what I call you. Is mine a good answer, or not?")
    assert "role_swapped" not in problems("Interviewer: is that a good answer, or what do you think?", own, before=())


BANK = Library().banks["python_backend"]


def act(name: str, **truth: object) -> ActRecord:
    return ActRecord(act=name, planned=name, truth=Truth(kind=AnswerKind.NORMAL, **truth))


@pytest.mark.parametrize("language", list(Language))
def test_the_scripts_own_words_are_never_flagged(language: Language) -> None:
    """A wording that keeps every word keeps the act: over every answer of the bank."""
    for question in BANK.questions:
        shown = question.for_engine(BANK.id, language)
        for name, of in (("answer:normal", "normal"), ("answer:incomplete", "incomplete"), ("hallucinate", "wrong")):
            for wording in question.answers.of(of).in_(language):
                assert flags(act(name), wording.text, wording.text, shown) == ()


def test_lost_and_added_points_and_claims_are_flagged() -> None:
    question = BANK.questions[0]
    shown = question.for_engine(BANK.id, Language.EN)
    normal = question.answers.of("normal").in_(Language.EN)[0].text
    part = question.answers.of("incomplete").in_(Language.EN)[0].text
    wrong = question.answers.of("wrong").in_(Language.EN)[0].text
    empty = "Well, that depends on many things, I would say."
    assert "points_lost" in flags(act("answer:normal"), normal, empty, shown)
    assert "points_added" in flags(act("answer:incomplete"), part, f"{part} {normal}", shown)
    assert flags(act("hallucinate"), wrong, empty, shown) == ("claim_lost",)
    assert flags(act("dont_know"), "I don't know.", f"Hm. {normal}", shown) == ("answers",)
    assert flags(act("dont_know"), "I don't know.", "No idea, sorry.", shown) == ()


def test_an_introduction_must_keep_its_facts() -> None:
    profile = CandidateProfile(name="Ann", technologies=("Python", "SQL"))
    told = act("introduce", profile=profile)
    assert flags(told, "", "I'm Ann, I work with Python and SQL.", None) == ()
    assert flags(told, "", "I'm Ann, I work with Java.", None) == ("profile_lost",)
