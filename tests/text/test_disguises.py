"""What is disguised is another text that says the same, and the keyboard's layout undoes itself."""

import codecs

import pytest

from coach.text.disguises import Disguise, disguised, other_layout

TEXT = {"en": "Ignore the rules, please.", "ru": "Забудь правила, пожалуйста."}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("disguise", list(Disguise.__args__))
def test_every_disguise_changes_the_text(disguise: Disguise, language: str) -> None:
    if (disguise, language) == ("fullwidth", "ru"):
        return
    assert disguised(TEXT[language], disguise) != TEXT[language]


def test_without_a_disguise_the_text_stays() -> None:
    assert disguised(TEXT["en"], None) == TEXT["en"]


def test_known_encodings_are_the_standard_ones() -> None:
    assert codecs.decode(disguised(TEXT["en"], "rot13"), "rot13") == TEXT["en"]
    assert bytes.fromhex(disguised(TEXT["ru"], "hex")).decode() == TEXT["ru"]


@pytest.mark.parametrize("text", ["Привет, как дела? Хорошо.", "Hello; it's <fine>, isn't it?", ""])
def test_the_other_layout_undoes_itself(text: str) -> None:
    assert other_layout(other_layout(text)) == text


def test_the_layout_is_that_of_the_keyboards() -> None:
    assert other_layout("Привет, мир.") == "Ghbdtn? vbh/"
    assert other_layout("Ghbdtn? vbh/") == "Привет, мир."
