import pytest

from coach.domain.vocabulary import Language
from coach.offline.asides import false_aside
from coach.offline.knowledge import Knowledge


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("By the way, POST is idempotent.", Language.EN),
        ("It is fine. A list can be used as a key of a dictionary.", Language.EN),
        ("Кстати, POST идемпотентен.", Language.RU),
        ("Список можно использовать как ключ словаря!", Language.RU),
    ],
)
def test_a_known_misconception_of_another_question_is_found(
    knowledge: Knowledge, text: str, language: Language
) -> None:
    found = false_aside(text, "another", language, knowledge)
    assert found is not None
    assert found.error.claim in text
    assert found.error.correction


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("POST is not idempotent.", Language.EN),
        ("Is POST idempotent?", Language.EN),
        ("It's a myth that POST is idempotent.", Language.EN),
        ("A tuple can be used as a dictionary key.", Language.EN),
        ("I used POST a lot, a list too.", Language.EN),
        ("Ключом словаря может быть кортеж.", Language.RU),
        ("POST не идемпотентен.", Language.RU),
        ("", Language.RU),
    ],
)
def test_what_is_right_or_far_is_not(knowledge: Knowledge, text: str, language: Language) -> None:
    assert false_aside(text, "another", language, knowledge) is None


def test_the_active_question_is_left_to_matching(knowledge: Knowledge) -> None:
    assert false_aside("POST is idempotent.", "http-idempotency", Language.EN, knowledge) is None


def test_held_out_claims_are_not_known(knowledge: Knowledge) -> None:
    assert false_aside("DELETE is not idempotent.", "another", Language.EN, knowledge) is None
