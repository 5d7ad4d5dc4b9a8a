import time

import pytest

from coach.domain.question import KeyPoint, Question
from coach.domain.vocabulary import Difficulty, Language
from coach.text.keypoints import covered


def question(*points: KeyPoint, text: str = "How does a list differ from a tuple?") -> Question:
    return Question(
        id="q",
        bank="b",
        language=Language.EN,
        topic="t",
        technologies=("python",),
        difficulty=Difficulty.BASIC,
        text=text,
        reference="r",
        key_points=points,
    )


def point(
    *groups: tuple[str, ...], name: str = "p", text: str = "A tuple cannot be changed after creation."
) -> KeyPoint:
    return KeyPoint(id=name, text=text, required=True, ask="?", terms=groups)


TUPLE = point(("tuple",), ("immutable", "cannot be changed", "read-only"))
КОРТЕЖ = point(("кортеж", "tuple"), ("неизменяем", "immutable", "нельзя изменить", "не меняется"))
BLOCKS = point(("gil",), ("does not protect", "no protection"))


@pytest.mark.parametrize(
    ("given", "reply"),
    [
        (TUPLE, "Tuples are immutable."),
        (TUPLE, "A tuple can't really be changed."),
        (TUPLE, "You know tuples. They are read-only."),
        (TUPLE, "It's not only small: a tuple is not just fast but immutable."),
        (TUPLE, "No, tuples are immutable."),
        (КОРТЕЖ, "Кортежи неизменяемые."),
        (КОРТЕЖ, "Изменить нельзя, я про tuple."),
        (КОРТЕЖ, "tuple'ы immutable"),
        (КОРТЕЖ, "Кортеж после создания не меняется"),
        (BLOCKS, "The GIL doesn't protect your data."),
    ],
)
def test_is_given(given: KeyPoint, reply: str) -> None:
    assert covered(question(given), reply) == {"p"}


@pytest.mark.parametrize(
    ("given", "reply"),
    [
        (TUPLE, ""),
        (TUPLE, "Lists are mutable."),
        (TUPLE, "Tuples are not immutable."),
        (TUPLE, "A tuple isn't actually read-only."),
        (TUPLE, "A tuple can be changed."),
        (TUPLE, "Tuples are nice. I have used them for years. A string is immutable."),
        (КОРТЕЖ, "Кортеж не является неизменяемым."),
        (КОРТЕЖ, "Кортеж можно изменить."),
        (BLOCKS, "The GIL protects your data."),
    ],
)
def test_is_not_given(given: KeyPoint, reply: str) -> None:
    assert covered(question(given), reply) == frozenset()


def test_only_the_next_content_word_is_denied() -> None:
    lock = point(("thread",), ("lock", "mutex"))
    assert covered(question(lock), "The thread does not release the lock") == {"p"}
    assert covered(question(lock), "The thread needs no lock") == frozenset()


def test_points_are_told_apart() -> None:
    both = question(TUPLE, point(("memory", "compact"), name="memory"))
    assert covered(both, "A tuple is compact.") == {"memory"}
    assert covered(both, "A tuple is immutable and takes less memory.") == {"p", "memory"}


def test_a_point_without_terms_is_given_by_most_of_its_own_words() -> None:
    plain = question(point(), point(name="memory", text="A tuple takes less memory."))
    assert covered(plain, "Once created, you cannot change tuples") == {"p"}
    assert covered(plain, "tuples are changed after creation") == frozenset()
    assert covered(plain, "it takes less memory") == {"memory"}


def test_a_huge_reply_takes_linear_time() -> None:
    start = time.process_time()
    assert covered(question(TUPLE), "a tuple stays. immutable " * 4000) == {"p"}
    assert time.process_time() - start < 3.0
