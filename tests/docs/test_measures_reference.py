"""The page on measures is about those that there are: its examples run, and what it says of each is so."""

import doctest
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest

from coach.domain.analysis import ObserverAnalysis
from coach.domain.vocabulary import TRUE_KINDS
from coach.records.interview import InterviewRecord
from coach.records.labels import Label
from coach.records.logs import interview_log
from coach.scoring import build_tables, score_tables
from coach.scoring.evaluation import EvaluationLine, evaluate_lines
from coach.scoring.figures import Figure, Scored
from coach.scoring.log_checks import SECTIONS
from coach.scoring.model import SliceValue, key_of
from coach.scoring.registry import MEASURES, better
from coach.scoring.tables import FLAGS, PROFILE_FIELDS, Tables
from tests.docs import tables
from tests.runs import LIBRARY, matrix_of, records_of

PAGE = (Path(__file__).parents[2] / "docs" / "measures-reference.md").read_text("utf-8")
STAND_FOR: Mapping[str, tuple[str, ...]] = {
    "KIND": tuple(k.value for k in TRUE_KINDS),
    "FLAG": FLAGS,
    "FIELD": PROFILE_FIELDS,
    "SECTION": tuple(SECTIONS),
}
METHODS = {"Wilson": "wilson", "t": "t", "bootstrap": "bootstrap", "none": None}
CROSSED = {"prompts", "rubric"}
"""Slices that every sliced measure has where a matrix runs several, as the page says at its beginning."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings("error::pandas.errors.PerformanceWarning")


# The page


@dataclass(frozen=True, slots=True)
class Entry:
    """What the page says of one measure, or of one family."""

    name: str
    text: str
    names: tuple[str, ...]
    """The measures that it is about."""

    @property
    def fields(self) -> dict[str, str]:
        """Return the fixed lines by their name."""
        found = re.findall(r"^- \*\*(\w+)\*\*: (.*?)$(?!\n  )", self.text, re.DOTALL | re.MULTILINE)
        return {name: " ".join(said.split()) for name, said in found}

    def __str__(self) -> str:
        return self.name


def entries() -> tuple[Entry, ...]:
    """Return the entries; a measure with one of its own is not its family's."""
    found = re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    own = {name for name, _ in found}
    return tuple(
        Entry(name, text, tuple(n for n in stands_for(name) if n == name or n not in own)) for name, text in found
    )


def stands_for(name: str) -> tuple[str, ...]:
    """Return the measures of a family, or the name itself."""
    for word, values in STAND_FOR.items():
        if word in name.split("."):
            return tuple(name.replace(word, value) for value in values)
    return (name,)


def examples(text: str) -> list[doctest.Example]:
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [e for block in blocks for e in doctest.DocTestParser().get_examples(block)]


@cache
def run_examples(entry: Entry) -> list[Scored]:
    """Run the examples of a part of the page and return the figures that they show."""
    shown: list[Scored] = []

    def value(name: str, *parts: tables.Part, **where: SliceValue) -> float | str:
        shown.append(tables.scored(name, *parts, **where))
        return tables.value_of(shown[-1])

    makers = (tables.turns, tables.attacks, tables.interviews, tables.calls, tables.checks)
    others = (tables.labels, tables.replies, tables.log)
    known = {"value": value, **{m.__name__: m for m in (*makers, *others)}}
    said: list[str] = []
    test = doctest.DocTest(examples(entry.text), known, entry.name, None, None, None)
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.failed == 0, "".join(said)
    return shown


ENTRIES = entries()
INTRODUCTION = Entry("introduction", PAGE.partition("\n## ")[0], ())
of_each = pytest.mark.parametrize("entry", ENTRIES, ids=str)


# A run, some logs and some labelled replies


@cache
def records() -> list[InterviewRecord]:
    return records_of(
        matrix_of(
            personas=["honest_junior", "hallucinator", "prompt_injector"],
            scenarios=["python_backend", "sql"],
            scripts=["honest_junior"],
            twins=1.0,
            turns=6,
        )
    )


@cache
def run() -> tuple[Tables, tuple[Label, ...]]:
    """Return the tables of a run, and a reader's labels, which are the Observer's own."""
    labels = tuple(
        Label(interview_id=r.interview_id, turn_id=t.turn_id, by="person:ann", kind=t.analysis.kind, at=NOW)
        for r in records()
        for t in r.turns
        if t.analysis
    )
    return build_tables(records(), LIBRARY.banks), labels


def of_run() -> list[Scored]:
    return [one for group in tables.GROUPS for one in tables.figures(group, *run())]


def of_logs() -> list[Scored]:
    logs = [tables.Log(interview_log(r, "Verdict: junior, no hire. Gaps: joins.")) for r in records()]
    return [one for one in tables.figures_of_logs(logs) if one.name.startswith("logs.") or one.value is not None]


def of_labelled_replies() -> list[Scored]:
    """Return the figures of every turn as a labelled reply."""
    turns = [(r, t) for r in records() for t in r.turns if t.act and t.act.truth.kind]
    lines = [
        EvaluationLine(
            id=f"{r.interview_id}/{t.turn_id}",
            language=r.brief.language,
            answer=t.reply,
            label=t.act.truth.kind if t.act else None,
            pair=f"{t.question_id}/{r.brief.language}",
            must_not=("gibberish",),
        )
        for r, t in turns
    ]
    return list(evaluate_lines(lines, [t.analysis for _, t in turns]).measures)


@cache
def yielded() -> Mapping[str, Sequence[Scored]]:
    """Return what scoring yields, by the name of the measure."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for one in chain(of_run(), of_logs(), of_labelled_replies()):
        found[one.name].append(one)
    return found


def figures_of(entry: Entry) -> list[Scored]:
    """Return the figures of an entry's measures; those of its examples too, since a run does not show everything."""
    return [
        *(one for name in entry.names for one in yielded().get(name, ())),
        *(one for one in run_examples(entry) if one.name in entry.names),
    ]


def slice_of(one: Scored) -> Mapping[str, SliceValue]:
    return one.where if isinstance(one, Figure) else one.slice


def evaluated() -> set[str]:
    """Return the names of the measures of labelled replies."""
    lines = [EvaluationLine(id=k, language="en", answer="…", label=k) for k in STAND_FOR["KIND"]]
    return {m.name for m in evaluate_lines(lines, [ObserverAnalysis(kind=k) for k in TRUE_KINDS]).measures}


# What the page says


def test_every_measure_has_one_entry_and_every_entry_is_of_measures_that_there_are() -> None:
    covered = Counter(name for entry in ENTRIES for name in entry.names)
    assert set(covered) == set(MEASURES) | evaluated()
    assert [name for name, times in covered.items() if times > 1] == []


@of_each
def test_an_entry_has_its_fixed_lines_in_order_and_says_what_it_is_about(entry: Entry) -> None:
    fixed = ["Formula", "Unit", "Rows", "Interval", "Better"]
    names = list(entry.fields)
    assert names[:5] == fixed
    assert names[5:] in ([], ["Slices"], ["Floors"], ["Slices", "Floors"])
    assert re.match(r"\n[^-\s`].*\n", entry.text), "no sentence before the lines"


@pytest.mark.parametrize("entry", [INTRODUCTION, *ENTRIES], ids=str)
def test_the_examples_are_so(entry: Entry) -> None:
    assert run_examples(entry)


@of_each
def test_an_example_shows_the_measure_itself(entry: Entry) -> None:
    shown = run_examples(entry)
    assert {one.name for one in shown} <= set(entry.names)
    assert any(isinstance(tables.value_of(one), float) for one in shown)


@of_each
def test_the_unit_is_what_scoring_yields(entry: Entry) -> None:
    assert {one.unit for one in figures_of(entry)} == {entry.fields["Unit"]}


@of_each
def test_the_interval_is_made_as_the_page_says(entry: Entry) -> None:
    said = entry.fields["Interval"]
    found = [one for one in figures_of(entry) if isinstance(one, Figure)]
    # A figure knows its method; a finished measure only where it has an interval.
    known = {one.method for one in figures_of(entry) if one.method}
    method = METHODS[re.split(r"[ ,;]", said)[0]]
    assert known == ({method} if method else set())
    assert ("untold rows widen it" in said) == any(one.unknown is not None for one in found)
    bounded = re.search(r"bounded by 0 and (\d+)", said)
    spans = {one.span for one in found if one.method == "t"}
    assert spans <= {float(bounded[1]) if bounded else None}


@of_each
def test_better_is_the_way_that_comparisons_and_gates_take(entry: Entry) -> None:
    assert {better(name) or "neither" for name in entry.names} == {entry.fields["Better"]}


def in_backticks(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


@of_each
def test_the_slices_are_those_that_there_are(entry: Entry) -> None:
    found = {name for one in figures_of(entry) for name in slice_of(one)} - CROSSED
    assert found == in_backticks(entry.fields.get("Slices", ""))


@of_each
def test_the_floors_are_those_that_stand_beside_the_value(entry: Entry) -> None:
    found = {name for one in figures_of(entry) for name in one.floors}
    assert found == in_backticks(entry.fields.get("Floors", ""))


def test_the_page_names_what_its_families_stand_for() -> None:
    for word, values in STAND_FOR.items():
        part = re.search(rf"{word}\s+(?:is )?each(.*?)(?:[A-Z]{{4}}|What|\.)", INTRODUCTION.text, re.DOTALL)
        assert part, word
        assert in_backticks(part[1]) == set(values), word


def test_no_line_is_too_long() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > 140] == []


# The examples' tables


NAMES = ("interviews", "turns", "calls", "checks")
ORDINARY = tables.tables(tables.interviews(), tables.turns(), tables.calls(), tables.checks())
ATTACKED = tables.tables(tables.attacks())


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_have_the_columns_of_a_run_and_their_types(name: str) -> None:
    real: pd.DataFrame = getattr(run()[0], name)
    for made in (ORDINARY, ATTACKED):
        table: pd.DataFrame = getattr(made, name)
        if table.empty:
            continue
        assert list(table.columns) == list(real.columns)
        for column in real.columns:
            if table[column].notna().all() and real[column].notna().all():
                assert table[column].dtype.kind == real[column].dtype.kind, column


def test_a_column_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="turns have no column kind"):
        tables.turns(kind=["normal"])


def test_values_are_those_that_scoring_a_run_gives() -> None:
    found, labels = run()
    scores = score_tables(found, run="r", seed=0, model="offline", labels=labels)
    scoring = {
        key_of(m.name, m.slice): m.value if m.value is None else round(m.value, 4)
        for m in scores.measures
        if "without_simulator_faults" not in m.slice
    }
    own = {key_of(one.name, slice_of(one)): tables.value_of(one) for one in of_run()}
    assert {key: None if isinstance(value, str) else value for key, value in own.items()} == scoring
