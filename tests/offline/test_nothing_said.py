"""Replies that only look like answers: the question said back, terms without a sentence, the wrong layout."""

import pytest

from coach.content.library import Library
from coach.domain.tasks import ObserverTask
from coach.domain.vocabulary import AnswerKind, Language, Split
from coach.offline.echo import without_echo
from coach.offline.knowledge import Knowledge
from coach.offline.observer import observe
from coach.offline.salad import is_salad
from coach.text.disguises import other_layout

BANK = Library().banks["python_backend"]
KNOWLEDGE = Knowledge.from_banks([BANK])


def seen(reply: str, question_id: str, language: Language) -> AnswerKind:
    question = BANK.question(question_id).for_engine(BANK.id, language)
    task = ObserverTask(language=language, nonce="n", turn_id=3, stage="questions", question=question, reply=reply)
    return observe(task, KNOWLEDGE).kind


@pytest.mark.parametrize("language", Language)
def test_the_question_said_back_answers_nothing(language: Language) -> None:
    for question in BANK.questions:
        text = question.question.in_(language)
        echo = {Language.EN: "You are asking this: ", Language.RU: "Вы спрашиваете вот что: "}[language]
        kind = seen(echo + text.rstrip("?") + ".", question.id, language)
        assert kind in (AnswerKind.OFF_TOPIC, AnswerKind.QUESTION), question.id
        assert without_echo(text, text) == ""


@pytest.mark.parametrize("language", Language)
def test_no_known_answer_is_taken_for_an_echo_or_for_salad(language: Language) -> None:
    for question in BANK.questions:
        for name in ("excellent", "normal", "incomplete"):
            for wording in question.answers.of(name).in_(language):
                if wording.split is Split.KNOWN:
                    assert without_echo(wording.text, question.question.in_(language))
                    assert not is_salad(wording.text, language, KNOWLEDGE)


@pytest.mark.parametrize(
    ("reply", "language"),
    [
        ("socket yield the lambda under async commit of seven tuple", Language.EN),
        ("сокет лямбдой под коммит асинхронная семь кортежу откат между", Language.RU),
    ],
)
def test_terms_without_a_sentence_are_gibberish(reply: str, language: Language) -> None:
    assert seen(reply, "gil", language) is AnswerKind.GIBBERISH


def test_what_is_typed_in_the_wrong_layout_is_read_as_meant() -> None:
    for language in Language:
        question = BANK.question("mutable-default")
        answer = question.answers.of("normal").in_(language)[0].text
        assert seen(answer, question.id, language) is AnswerKind.NORMAL
        assert seen(other_layout(answer), question.id, language) is AnswerKind.NORMAL
