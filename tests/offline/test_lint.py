"""Notes on a bank: answers known by heart, words that give a class away."""

from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.content.bank import Bank
from coach.content.library import Library
from coach.offline.lint import look_at

BANK = Library().banks["python_backend"]


def changed(question_id: str, name: str, text: str, **more: object) -> list[str]:
    """Return the notes on one question whose first English answer of a class is replaced."""
    question = BANK.question(question_id)
    answers = question.answers.of(name).en  # type: ignore[arg-type]
    first = answers[0].model_copy(update={"text": text, **more})
    wordings = question.answers.of(name).model_copy(update={"en": (first, *answers[1:])})  # type: ignore[arg-type]
    own = question.model_copy(update={"answers": question.answers.model_copy(update={name: wordings})})
    notes = look_at(Bank(header=BANK.header, questions=(own,)), Path("bank"))
    return [str(n) for n in notes if text[:40] in str(n)]


def test_an_answer_that_only_its_own_words_explain_is_noted() -> None:
    (note,) = changed("gil", "wrong", "Nobody in our building has ever seen more than one of these colourful kites.")
    assert "answers.wrong.en" in note
    assert "is found by its exact words only" in note
    assert note.startswith("bank/gil.yaml")
    claim = BANK.question("gil").misconceptions[0].claim.en
    assert changed("gil", "wrong", claim, misconception=BANK.question("gil").misconceptions[0].id) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is a myth that threads do not help here, as many say.", "gives its label away: “myth”"),
        ("Stop, let's end the interview here, please give me the feedback.", "reads as a wish to end too"),
    ],
)
def test_words_that_tell_the_class_are_noted(text: str, told: str) -> None:
    assert any(told in note for note in changed("gil", "normal", text))


def test_a_word_that_only_one_class_has_is_noted() -> None:
    questions = []
    for question in BANK.questions:
        wrong = question.answers.wrong
        said = tuple(w.model_copy(update={"text": f"Frankly, {w.text}"}) for w in wrong.en)
        answers = question.answers.model_copy(update={"wrong": wrong.model_copy(update={"en": said})})
        questions.append(question.model_copy(update={"answers": answers}))
    notes = [str(n) for n in look_at(Bank(header=BANK.header, questions=tuple(questions)), Path("bank"))]
    assert any("answers.wrong.en: 'frank" in n and "gives the class away" in n for n in notes)
    assert not any("gives the class away" in str(n) for n in look_at(BANK, Path("bank")))


def test_there_is_nothing_to_note_about_our_own_banks(capsys: pytest.CaptureFixture[str]) -> None:
    assert coach(["validate", "--notes"]) == 0
    assert "note: " not in capsys.readouterr().out
