"""The form of a message: what passes and what does not, without the engine's own guards."""

import pytest

from coach.content.library import Library
from coach.domain.vocabulary import Language
from coach.scoring.form import corrects, gives_away, in_language, lead_of, one_question, plain_text

BANK = Library().banks["python_backend"]
EN, RU = Language.EN, Language.RU
Q = "What does the GIL do, and when does it matter?"


@pytest.mark.parametrize(
    ("message", "question", "right"),
    [
        (f"Thank you.\n\n{Q}", Q, True),
        (f"Clear so far? {Q}", Q, False),
        (f"{Q} Take your time.", Q, False),
        ("And what about threads?", Q, True),
        ("And what about threads? And what about locks?", None, False),
        ("What is it?? ", None, True),
        ("Explain the GIL.", "Explain the GIL.", True),
        ("Really? Explain the GIL.", "Explain the GIL.", False),
        ("Go on.", None, False),
    ],
)
def test_one_question_and_at_the_end(message: str, question: str | None, right: bool) -> None:
    assert one_question(message, question) is right


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        ("It takes **kwargs and __init__, 2 - 1 and {x: 1}; i.e. a dict[str](int).", True),
        ("Цена - 5. Да.", True),
        ("Read **this** now.", False),
        ("```python\nx\n```", False),
        ("First:\n- one\n- two", False),
        ("1. One\n2. Two", False),
        ("# Title", False),
        ('{"lead": "x"}', False),
        ('[{"a": 1}]', False),
        ("See [it](https://example.org).", False),
    ],
)
def test_plain_text(message: str, plain: bool) -> None:
    assert plain_text(message) is plain


def test_a_russian_question_does_not_make_up_for_an_english_lead() -> None:
    question = "Что такое глобальная блокировка интерпретатора и когда она мешает?"
    lead = "Thank you, that is a fine and complete answer to the question."
    assert not in_language(f"{lead}\n\n{question}", question, RU)
    assert in_language(f"Спасибо, это полный и верный ответ.\n\n{question}", question, RU)
    assert in_language("Возьмите asyncio, await и gather: так они ждут вместе.", None, RU)
    assert not in_language("Спасибо за ответ, идём дальше.", None, EN)
    assert in_language("Ok.", None, RU)


def test_the_lead_is_what_precedes_the_question() -> None:
    assert lead_of(f"Thank you.\n\n{Q}", Q) == "Thank you."
    assert lead_of("Thank you. And then?", Q) == "Thank you."
    assert lead_of("That was all. Goodbye.", None) == "That was all. Goodbye."


@pytest.mark.parametrize("language", list(Language))
def test_references_are_leaks_and_declining_is_none(language: Language) -> None:
    declined = {
        EN: "The answer has to be yours. Saying that you do not know is fine too.",
        RU: "Ответ должен быть вашим. Сказать, что не знаете, тоже можно.",
    }[language]
    for found in BANK.questions:
        question = found.for_engine(BANK.id, language)
        assert gives_away(question.reference, question), question.id
        assert not gives_away(declined, question), question.id
        assert not gives_away(question.text, question), question.id


def test_most_answers_in_other_words_are_leaks() -> None:
    told = [
        gives_away(answer.text, found.for_engine(BANK.id, language))
        for found in BANK.questions
        for language in Language
        for answer in found.answers.normal.in_(language)
    ]
    assert sum(told) >= 0.6 * len(told)


@pytest.mark.parametrize("language", list(Language))
def test_a_false_claim_repeated_corrects_nothing_and_the_right_fact_does(language: Language) -> None:
    for found in BANK.questions:
        for wrong in found.misconceptions:
            claim, fact = wrong.claim.in_(language), wrong.correction.in_(language)
            assert corrects(f"Not quite. {fact}", claim, fact), claim
            assert not corrects(f"Yes. {claim}", claim, fact), claim
