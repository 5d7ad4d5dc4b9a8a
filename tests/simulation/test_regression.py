"""The regression matrix: the whole cast, every kind in both languages, in words that the offline model never got."""

from collections import defaultdict

from coach.content.library import Library
from coach.domain.vocabulary import TRUE_KINDS, AnswerKind, Language, Split
from coach.records.interview import InterviewRecord
from tests.scoring.test_scores import run

LIBRARY = Library()
MATRIX = LIBRARY.matrices["regression"]


def records() -> list[InterviewRecord]:
    return run(split=MATRIX.split, scenarios=["python_backend"], personas="all")


def test_it_holds_the_whole_cast_every_bank_and_both_languages() -> None:
    assert MATRIX.personas == "all"
    assert set(MATRIX.languages) == set(Language)
    assert MATRIX.split is Split.HELD_OUT
    written = {name for name, scenario in LIBRARY.scenarios.items() if not scenario.generated}
    assert set(MATRIX.scenarios) == written


def test_every_kind_comes_in_both_languages_and_nothing_known_is_said() -> None:
    kinds: dict[Language, set[AnswerKind]] = defaultdict(set)
    for record in records():
        for turn in record.turns:
            assert turn.act is not None
            assert turn.act.split is Split.HELD_OUT, turn.reply
            if turn.act.truth.kind is not None:
                kinds[record.brief.language].add(turn.act.truth.kind)
    assert {language: set(TRUE_KINDS) - seen for language, seen in kinds.items()} == {x: set() for x in Language}
