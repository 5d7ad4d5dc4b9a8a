from typing import Any

import pytest

from coach.content.bank import Bank
from coach.domain.vocabulary import Language, Split
from coach.offline.knowledge import Knowledge

SCRAMBLED = "zzz scrambled текст"


def scrambled(data: dict[str, Any], whole: bool) -> dict[str, Any]:
    """Return a question's data with every held-out text replaced."""
    held = whole or data["split"] == Split.HELD_OUT
    lost = {m["id"] for m in data["misconceptions"] if held or m["split"] == Split.HELD_OUT}
    for wrong in data["misconceptions"]:
        if wrong["id"] in lost:
            wrong["claim"] = wrong["correction"] = {"en": SCRAMBLED, "ru": SCRAMBLED}
    for answers in data["answers"].values():
        for wording in (*answers["en"], *answers["ru"]):
            if held or wording["split"] == Split.HELD_OUT or wording["misconception"] in lost:
                wording["text"] = SCRAMBLED
    for point in data["key_points"]:
        for wording in (*point["say"]["en"], *point["say"]["ru"]):
            if held or wording["split"] == Split.HELD_OUT:
                wording["text"] = SCRAMBLED
    return data


def with_splits(bank: Bank, question: bool, header: bool) -> Bank:
    data = bank.model_dump()
    if question:
        data["questions"][0]["split"] = Split.HELD_OUT
    if header:
        data["header"]["split"] = Split.HELD_OUT
    first = data["questions"][0]
    first["answers"]["normal"]["en"][0]["split"] = Split.HELD_OUT
    first["key_points"][0]["say"]["ru"][1]["split"] = Split.HELD_OUT
    return Bank.model_validate(data)


@pytest.mark.parametrize(("question", "header"), [(False, False), (True, False), (False, True)])
def test_scrambling_what_is_held_out_changes_nothing(bank: Bank, question: bool, header: bool) -> None:
    real = with_splits(bank, question, header)
    data = real.model_dump()
    data["questions"] = [scrambled(q, header) for q in data["questions"]]
    other = Bank.model_validate(data)
    assert other != real
    assert Knowledge.from_banks([other]) == Knowledge.from_banks([real])


def test_scrambling_what_is_known_changes_it(bank: Bank) -> None:
    data = bank.model_dump()
    data["questions"][0]["answers"]["wrong"]["en"][0]["text"] = SCRAMBLED
    assert Knowledge.from_banks([Bank.model_validate(data)]) != Knowledge.from_banks([bank])


def test_nothing_held_out_is_anywhere_in_it(bank: Bank, knowledge: Knowledge) -> None:
    held = [
        text
        for q in bank.questions
        for m in q.misconceptions
        if m.split is Split.HELD_OUT
        for text in (m.claim.en, m.claim.ru, m.correction.en, m.correction.ru)
    ]
    held += [
        w.text
        for q in bank.questions
        for language in Language
        for w in q.answers.wrong.in_(language)
        if w.split is Split.HELD_OUT
    ]
    assert held
    assert not [text for text in held if text in repr(knowledge)]


def test_a_held_out_question_keeps_its_text_reference_and_key_points(bank: Bank) -> None:
    real = with_splits(bank, True, False)
    facts = Knowledge.from_banks([real]).facts[bank.id, real.questions[0].id, Language.EN]
    assert facts.question.reference
    assert facts.question.key_points[0].terms
    assert not facts.question.misconceptions
    assert not facts.exemplars


def test_matching_with_it_leaves_it_equal(bank: Bank, knowledge: Knowledge) -> None:
    fresh = Knowledge.from_banks([bank])
    fresh.prepared["something"] = 1
    assert fresh == knowledge


def test_a_follow_up_is_found_by_its_parent(bank: Bank, knowledge: Knowledge) -> None:
    shown = bank.questions[0].for_engine(bank.id, Language.RU)
    facts = knowledge.find(shown.follow_up(shown.key_points[0]))
    assert facts is not None
    assert facts.question == shown
    assert knowledge.find(shown.model_copy(update={"id": "foreign"})) is None
