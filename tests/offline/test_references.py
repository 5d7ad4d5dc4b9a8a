import pytest

from coach.domain.question import Question
from coach.domain.vocabulary import Difficulty, Language
from coach.offline.knowledge import Knowledge
from coach.offline.matching import Verdict, judge

NOTHING = Knowledge({})
INDEX = (
    Language.EN,
    "What is a covering index?",
    (
        "A covering index holds every column that a query reads, so the table is not visited.; "
        "It speeds up reads and slows down writes."
    ),
)
CONTAINER = (
    Language.RU,
    "Чем контейнер отличается от виртуальной машины?",
    (
        "Контейнеры разделяют ядро хоста и запускаются быстро; "
        "у виртуальной машины своё гостевое ядро, она занимает больше памяти"
    ),
)


def verdict(case: tuple[Language, str, str], reply: str) -> Verdict:
    language, text, reference = case
    question = Question(
        id="foreign",
        bank="",
        language=language,
        topic="",
        technologies=(),
        difficulty=Difficulty.BASIC,
        text=text,
        reference=reference,
        key_points=(),
    )
    return judge(question, reply, NOTHING)


@pytest.mark.parametrize(
    ("case", "reply"),
    [
        (INDEX, "It has all columns the query reads, thus no visit to the table is needed."),
        (CONTAINER, "Контейнер использует ядро хоста, а у виртуалки ядро своё, гостевое."),
    ],
)
def test_what_agrees_is_right(case: tuple[Language, str, str], reply: str) -> None:
    found = verdict(case, reply)
    assert found.decided
    assert found.error is None
    assert found.covered


@pytest.mark.parametrize(
    ("case", "reply"),
    [
        (INDEX, "A covering index does not hold the column that a query reads."),
        (CONTAINER, "Контейнеры не разделяют ядро хоста"),
        (CONTAINER, "Работает только на Linux-серверах"),
    ],
)
def test_what_contradicts_is_wrong(case: tuple[Language, str, str], reply: str) -> None:
    found = verdict(case, reply)
    assert found.error is not None
    assert found.error.claim in reply
    assert found.error.correction


@pytest.mark.parametrize(
    ("case", "reply"),
    [
        (INDEX, "Something about hash partitions and sharding keys"),
        (CONTAINER, "Это способ хранить логи в облаке"),
    ],
)
def test_what_can_not_be_told_is_undecided(case: tuple[Language, str, str], reply: str) -> None:
    found = verdict(case, reply)
    assert not found.decided
    assert found.error is None


def test_more_of_the_reference_is_more_of_an_answer() -> None:
    short = verdict(INDEX, "An index that has each column the query reads.")
    whole = verdict(
        INDEX, "It has every column a query reads, the table isn't visited: reads speed up, writes slow down."
    )
    assert short.decided
    assert not short.complete
    assert whole.complete


def test_without_a_reference_nothing_is_decided() -> None:
    found = verdict((Language.EN, "What is a mutex?", ""), "A lock that one thread holds.")
    assert not found.decided
    assert found.error is None


def test_without_a_reference_nothing_is_judged() -> None:
    """A foreign question without a reference: talk with "any" or "only" in it is no false claim."""
    bare = Question(
        id="foreign",
        bank="",
        language=Language.EN,
        topic="x",
        technologies=(),
        difficulty=Difficulty.BASIC,
        text="What is the difference between a list and a tuple in Python?",
        reference="",
        key_points=(),
    )
    for reply in ("any hobbies of yours", "only the good ones", "all of the above"):
        found = judge(bare, reply, Knowledge({}))
        assert found.error is None
        assert not found.covered
