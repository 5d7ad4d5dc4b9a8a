"""Which language a text reads as."""

import pytest

from coach.domain.vocabulary import Language
from coach.text.language import in_language


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("Thank you, that is right. Let us go on to the next subject.", True, False),
        ("Спасибо, всё верно. Перейдём к следующей теме: GIL и asyncio.", False, True),
        ("Vamos a seguir con la entrevista ahora mismo, por favor. Gracias por todo.", False, False),
        ("これは日本語の返答です。次の質問に進みましょう。よろしくお願いします。", False, False),
        ("Mixed: Спасибо, всё верно. Thank you, that is right. Let us go on.", False, True),
        ("OK.", True, True),
        ("asyncio, SQLAlchemy, PostgreSQL, FastAPI", True, False),
        ("", True, True),
    ],
)
def test_a_text_reads_as_its_language(text: str, english: bool, russian: bool) -> None:
    assert in_language(text, Language.EN) is english
    assert in_language(text, Language.RU) is russian


def test_every_text_of_the_banks_reads_as_its_own_language() -> None:
    from coach.content.library import Library

    for bank in Library().banks.values():
        for question in bank.questions:
            for language in Language:
                shown = question.for_engine(bank.id, language)
                texts = [shown.text, shown.reference, *(m.correction for m in shown.misconceptions)]
                for text in texts:
                    assert in_language(text, language), text
