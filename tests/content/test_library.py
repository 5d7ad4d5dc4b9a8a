"""What ships holds together, and a user's folder stands above it."""

import shutil
from pathlib import Path

import pytest

from coach.content.bank import BankHeader
from coach.content.checks import check_file, check_library
from coach.content.library import Library
from coach.domain.vocabulary import Difficulty, Language, Split
from coach.errors import ContentError, UsageError


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def test_everything_that_ships_is_sound(library: Library) -> None:
    problems, count = check_library(library)
    assert problems == []
    assert count > 20


def test_the_bank_has_what_was_promised(library: Library) -> None:
    bank = library.banks["python_backend"]
    for level in Difficulty:
        questions = [q for q in bank.questions if q.difficulty is level]
        assert len(questions) >= 3
        assert [q for q in questions if q.split is Split.HELD_OUT]


def test_the_engine_never_sees_what_candidates_say(library: Library) -> None:
    bank = library.banks["python_backend"]
    for language in Language:
        for question, shown in zip(bank.questions, bank.for_engine(language), strict=True):
            text = shown.model_dump_json()
            for name in ("excellent", "normal", "incomplete", "wrong"):
                for wording in question.answers.of(name).in_(language):
                    assert wording.text not in text
            for misconception in question.misconceptions:
                held_out = Split.HELD_OUT in (question.split, misconception.split)
                assert (misconception.claim.in_(language) in text) == (not held_out)


def test_an_unknown_name_gets_the_nearest(library: Library) -> None:
    with pytest.raises(UsageError, match="Did you mean 'hallucinator'"):
        library.personas["halucinator"]


def test_a_users_folder_adds_and_replaces(tmp_path: Path, library: Library) -> None:
    mine = tmp_path / "personas"
    mine.mkdir()
    text = library.personas.files["honest_junior"].read_text(encoding="utf-8")
    (mine / "my_junior.yaml").write_text(text.replace("id: honest_junior", "id: my_junior"), encoding="utf-8")
    (mine / "honest_junior.yaml").write_text(
        text.replace("excellent_share: 0.25", "excellent_share: 0.5"), encoding="utf-8"
    )
    both = Library(tmp_path)
    assert "my_junior" in both.personas
    assert both.personas["honest_junior"].excellent_share == 0.5
    assert "hallucinator" in both.personas


def test_a_file_named_unlike_its_id_is_refused(tmp_path: Path, library: Library) -> None:
    mine = tmp_path / "personas"
    mine.mkdir()
    text = library.personas.files["honest_junior"].read_text(encoding="utf-8")
    (mine / "other.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"its id is 'honest_junior', its file 'other.yaml'"):
        Library(tmp_path).personas["other"]


def test_a_name_never_becomes_a_path(library: Library) -> None:
    for name in ("../errors", "/etc/passwd", "..", "attacks/role_play"):
        with pytest.raises(UsageError):
            library.personas[name]


def test_a_single_file_is_checked_by_its_keys(tmp_path: Path, library: Library) -> None:
    assert check_file(library.matrices.files["smoke"]) == []
    strange = tmp_path / "x.yaml"
    strange.write_text("a: 1\n", encoding="utf-8")
    assert "no kind of content" in str(check_file(strange)[0])


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "When do the else and the finally block of a try run in Python?",
            "When do the else and the finally block run, and is with open a context manager?",
            "question.en: to repeat it gives the key point 'with-instead'",
        ),
        (
            "What is commonly used in place of try and finally to close a file?",
            "Is a context manager commonly used in place of try and finally?",
            "key_points.with-instead.ask.en: to repeat it gives the point itself",
        ),
        ("context manager", "guard", "reference.en: does not say the key point 'with-instead'"),
    ],
)
def test_key_points_that_tell_nothing_are_named(
    tmp_path: Path, library: Library, old: str, new: str, found: str
) -> None:
    source = library.banks.files["python_backend"].parent
    bank = tmp_path / "scenarios" / "questions" / "python_backend"
    shutil.copytree(source, bank)
    text = (bank / "exceptions.yaml").read_text(encoding="utf-8")
    if old == "context manager":
        start = text.index("reference:")
        end = text.index("key_points:")
        text = text[:start] + text[start:end].replace("with statement", "guard").replace(old, new) + text[end:]
    else:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (bank / "exceptions.yaml").write_text(text, encoding="utf-8")
    problems, _ = check_library(Library(tmp_path))
    assert any(found in str(p) for p in problems), [str(p) for p in problems]


def test_a_bank_calls_technologies_by_its_own_words() -> None:
    header = BankHeader.model_validate(
        {
            "id": "b",
            "title": {"en": "B", "ru": "Б"},
            "technologies": ["postgresql", "caching"],
            "aliases": {"postgresql": ["postgres", "pg"], "caching": ["redis", "memcached"]},
        }
    )
    assert header.in_own_words(("Postgres", "PG", "Redis", "COBOL")) == ("postgresql", "caching", "cobol")
    assert header.in_own_words(()) == ()
