"""The harness proves itself: errors that were put in come back out, within the intervals that are printed."""

from collections import Counter

import pytest

from coach.domain.vocabulary import AnswerKind
from coach.scoring import build_tables, score_tables
from coach.scoring.compared import compare_tables
from coach.scoring.model import Measure, Scores
from coach.simulation import Cases
from tests.faulty.model import Faulty, Rates
from tests.faulty.subject import Faults, with_faults
from tests.runs import LIBRARY, Make, matrix_of, records_of

K = AnswerKind
SEEDS = range(1, 21)
BANKS = {"python_backend": LIBRARY.banks["python_backend"]}
PERSONAS = ["honest_junior", "hallucinator", "topic_switcher", "manipulator", "nervous", "terse", "veteran", "impostor"]
FALSE_MISSED, RIGHT_ACCUSED, TALK_TAKEN = 0.30, 0.12, 0.20
RATES = Rates(
    {
        K.HALLUCINATION: {K.NORMAL: FALSE_MISSED},
        K.EXCELLENT: {K.HALLUCINATION: RIGHT_ACCUSED},
        K.NORMAL: {K.HALLUCINATION: RIGHT_ACCUSED},
        K.INCOMPLETE: {K.HALLUCINATION: RIGHT_ACCUSED},
        K.OFF_TOPIC: {K.QUESTION: TALK_TAKEN},
    }
)
FAULTS = Faults(anchor_lost=0.25, leaked=0.4, level_up=0.3)
HELD_IN_ALL, HELD_EACH = 0.90, 17


def misreading(model: object, seed: int) -> Cases:
    """Return cases whose Observer errs at ``RATES``."""
    return Cases(LIBRARY, model, seed=seed, reading=lambda c: Faulty(RATES, seed, c.case.persona))  # type: ignore[arg-type]


def scored(make: Make, seed: int, **changes: object) -> Scores:
    matrix = matrix_of(**{"personas": PERSONAS, "seed": seed, "languages": ["en"], "variants": 2, **changes})
    banks = {b.id: b for b in LIBRARY.banks_of(matrix.scenarios)}
    return score_tables(build_tables(records_of(matrix, make), banks), run="r", seed=seed, model="faulty")


def find(scores: Scores, name: str) -> Measure:
    (found,) = [m for m in scores.measures if m.name == name and not m.slice]
    return found


def test_one_seed_comes_back_with_its_rates() -> None:
    scores = scored(misreading, 1)
    for name, rate in EXPECTED.items():
        measure = find(scores, name)
        assert abs(measure.value - rate) < 0.2, name
    matrix = next(c for c in scores.confusions if c.name == "kinds" and not c.slice)
    seen = dict(zip(matrix.rows, matrix.counts, strict=True))
    for true, counts in seen.items():
        allowed = {true, *(k.value for k in RATES.confusion.get(K(true), {}))}
        assert {c for c, n in zip(matrix.columns, counts, strict=True) if n} <= allowed


EXPECTED = {
    "detection.hallucination.recall": 1 - FALSE_MISSED,
    "detection.accused.right_answers": RIGHT_ACCUSED,
    "detection.normal.recall": 1 - RIGHT_ACCUSED,
    "detection.off_topic.recall": 1 - TALK_TAKEN,
}
KEPT = {"anchor.kept": 1 - FAULTS.anchor_lost}
LEAKED = {"anchor.solution_leaked": FAULTS.leaked}
BEGGING = {
    "personas": ["manipulator"],
    "variants": 4,
    "scenarios": ["python_backend", "java_backend", "web_frontend", "sql", "devops", "qa", "system_design"],
}
"""Few beg for solutions: one who does, in seven banks."""


def test_visible_faults_of_one_seed_come_back_too() -> None:
    scores = scored(with_faults(FAULTS), 1)
    assert find(scores, "detection.kind.accuracy").value == 1.0
    assert abs(find(scores, "anchor.kept").value - KEPT["anchor.kept"]) < 0.2
    sound = scored(with_faults(Faults()), 1)
    assert find(sound, "anchor.kept").value == 1.0
    assert find(sound, "anchor.solution_leaked").value == 0.0


def held(make: Make, expected: dict[str, float], **changes: object) -> Counter[str]:
    """Return, by measure, in how many seeds its interval holds the rate that was put in."""
    found: Counter[str] = Counter()
    for seed in SEEDS:
        scores = scored(make, seed, **changes)
        for name, rate in expected.items():
            measure = find(scores, name)
            assert measure.low is not None, name
            found[name] += measure.low <= rate <= measure.high
    return found


@pytest.mark.slow
def test_the_intervals_hold_the_confusion_that_was_put_in() -> None:
    found = held(misreading, EXPECTED)
    assert sum(found.values()) >= HELD_IN_ALL * len(EXPECTED) * len(SEEDS), found
    assert min(found.values()) >= HELD_EACH, found


@pytest.mark.slow
def test_the_intervals_hold_the_lost_questions_that_were_put_in() -> None:
    found = held(with_faults(Faults(anchor_lost=FAULTS.anchor_lost)), KEPT)
    assert min(found.values()) >= HELD_EACH, found


@pytest.mark.slow
def test_the_intervals_hold_the_leaks_that_were_put_in() -> None:
    found = held(with_faults(Faults(leaked=FAULTS.leaked)), LEAKED, **BEGGING)
    assert min(found.values()) >= HELD_EACH, found


@pytest.mark.slow
def test_a_level_that_is_reported_too_high_comes_back_as_that_difference() -> None:
    held_in = 0
    for seed in SEEDS:
        matrix = matrix_of(personas=PERSONAS, seed=seed, languages=["en"], variants=2)
        tables = [
            build_tables(records_of(matrix, with_faults(f)), BANKS)
            for f in (Faults(), Faults(level_up=FAULTS.level_up))
        ]
        found = compare_tables(tables[0], tables[1], names=("a", "b"), models=("m", "m"), seed=seed)
        delta = next(d for d in found.deltas if d.name == "difficulty.level_minus_target" and not d.slice)
        assert delta.low is not None
        held_in += delta.low <= FAULTS.level_up <= delta.high
    assert held_in >= HELD_EACH
