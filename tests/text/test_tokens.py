import pytest

from coach.text.tokens import NOT, root, tokens


def keys(text: str) -> tuple[str, ...]:
    return tokens(text).keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("you cannot change it", "you can't change it"),
        ("without locks", "no lock"),
        ("non-blocking", "it does not block"),
        ("нельзя изменить", "невозможно изменить"),
        ("GIL-ом", "the GIL"),
        ("кортежи", "tuples"),
        ("ТРЕД", "поток"),
        ("жёсткий кэш", "жесткий кеш"),
        ("asyncio.gather()", "asyncio gather"),
        ("was written", "writes"),
    ],
)
def test_ways_to_say_the_same_have_the_same_tokens(one: str, other: str) -> None:
    assert keys(one) == keys(other)


@pytest.mark.parametrize("text", ["not only locks", "не только лок", "не просто лок"])
def test_not_only_neither_denies_nor_limits(text: str) -> None:
    assert keys(text) == (root("lock"),)


def test_a_negative_interjection_is_no_negation_of_what_follows() -> None:
    assert NOT not in keys("No, it blocks the loop")
    assert NOT not in keys("Нет, поток ждёт")
    assert NOT in keys("It blocks no loop")


def test_clause_ends_are_marked_before_the_token_that_follows() -> None:
    said = tokens("a list grows, but a tuple stays")
    assert [said.keys[i] for i in said.gaps] == [root("tuple")]


def test_numbers_keep_their_dots() -> None:
    assert keys("Python 3.11 and HTTP 404") == ("python", "3.11", "http", "404")


def test_function_words_in_capitals_are_names_in_a_calm_text() -> None:
    assert keys("WHERE filters rows, HAVING filters groups")[0] == "where"
    assert keys("No, WHERE filters rows")[0] == "where"
    assert keys("the rows where it holds") == keys("rows, holds")
    assert "is" in keys("Сравнение с NULL пишут через IS NULL")
    assert "at" not in keys("THIS IS NOT WHAT I MEANT AT ALL, SORRY")
