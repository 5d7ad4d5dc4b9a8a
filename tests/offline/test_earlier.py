import pytest

from coach.domain.tasks import ObserverTask
from coach.domain.vocabulary import Language
from coach.offline.earlier import contradicted_turn, years_of
from coach.offline.intents import read_intents


def test_the_first_reply_takes_nothing_back() -> None:
    text = "I take back what I said about my experience."
    task = ObserverTask(language=Language.EN, nonce="n", reply=text, turn_id=1, stage="questions")
    assert contradicted_turn(task, read_intents(text, None, "questions")) is None
    later = task.model_copy(update={"turn_id": 3})
    assert contradicted_turn(later, read_intents(text, None, "questions")) == 1


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("7 years", 7.0),
        ("four years", 4.0),
        ("14 months", 14 / 12),
        ("half a year", 0.5),
        ("полгода", 0.5),
        ("полтора года", 1.5),
        ("3,5 года", 3.5),
        ("пять лет", 5.0),
        ("год", 1.0),
        ("восемь месяцев", 8 / 12),
        ("some time", None),
        ("", None),
        (None, None),
    ],
)
def test_years_are_read(text: str | None, years: float | None) -> None:
    assert years_of(text) == years
