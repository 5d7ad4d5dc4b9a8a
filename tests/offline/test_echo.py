"""The question said back is no answer to it; an answer that takes the question up is one."""

import pytest

from coach.offline.echo import without_echo

QUESTION = {
    "en": "How does a tuple differ from a list in Python, and when do you choose a tuple?",
    "ru": "Чем кортеж отличается от списка в Python и когда вы выберете кортеж?",
}


@pytest.mark.parametrize(
    ("language", "text", "left"),
    [
        ("en", "How does a tuple differ from a list in Python, and when do you choose a tuple.", ""),
        ("en", "So you ask me this: how does a tuple differ from a list in Python and when do you choose a tuple.", ""),
        (
            "en",
            "Let me repeat. How does a tuple differ from a list in Python, and when do you choose one.",
            "Let me repeat.",
        ),
        ("ru", "Вы спрашиваете вот что: чем кортеж отличается от списка в Python и когда вы выберете кортеж.", ""),
        ("ru", "Чем кортеж отличается от списка и когда выберете кортеж.", ""),
    ],
)
def test_an_echo_is_taken_out(language: str, text: str, left: str) -> None:
    assert without_echo(text, QUESTION[language]) == left


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "A tuple differs from a list in one way: it can't be changed after it was made."),
        ("en", "In Python a list is mutable and a tuple is not, so I choose a tuple for fixed records."),
        ("ru", "Отличие в Python одно: список меняется, а кортеж нет."),
        ("ru", "Кортеж выбираю, когда данные не меняются, список во всех остальных случаях."),
    ],
)
def test_an_answer_stays_whole(language: str, text: str) -> None:
    assert without_echo(text, QUESTION[language]) == text
