import time

from hypothesis import given
from hypothesis import strategies as st

from coach.text.clauses import clauses, sentences


def test_sentences_end_at_marks_and_lines_not_inside_names() -> None:
    text = "Use asyncio.sleep, e.g. in tests. It yields!\n- one item\n2) another"
    assert sentences(text) == [
        "Use asyncio.sleep, e.g. in tests.",
        "It yields!",
        "one item",
        "another",
    ]


def test_clauses_end_at_commas_and_conjunctions_of_both_languages() -> None:
    assert clauses("A list grows but a tuple stays, while a set sorts nothing") == [
        "A list grows",
        "but a tuple stays",
        "while a set sorts nothing",
    ]
    assert clauses("список растёт, а кортеж нет") == ["список растёт", "а кортеж нет"]


@given(st.text(max_size=3000))
def test_no_word_is_lost_and_no_sentence_is_empty_or_endless(text: str) -> None:
    found = sentences(text)
    assert all(s.strip() and len(s) <= 600 for s in found)
    kept = "".join("".join(found).split())
    assert len(kept) <= len("".join(text.split()))


def test_a_huge_line_takes_linear_time() -> None:
    text = "слово word, " * 9000
    start = time.process_time()
    pieces = sentences(text)
    assert time.process_time() - start < 1.0
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "").strip()
