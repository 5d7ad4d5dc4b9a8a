"""Stability over epochs, calibration, and the tables that are kept."""

from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from coach.content.gates import Gate
from coach.domain.vocabulary import AnswerKind
from coach.records.interview import InterviewRecord
from coach.scoring import build_tables, cache, score_tables
from coach.scoring.model import Scores
from tests.runs import LIBRARY, matrix_of, records_of

BANKS = {"python_backend": LIBRARY.banks["python_backend"]}
GATE = Gate(measure="detection.kind.accuracy", always=True)
EPOCHS = 3
RECORDS = records_of(matrix_of(epochs=EPOCHS, turns=4))


def scored(records: list[InterviewRecord]) -> Scores:
    return score_tables(build_tables(records, BANKS), run="r", seed=7, model="offline", gates=(GATE,))


def find(scores: Scores, name: str, **where: object) -> float | None:
    (found,) = [m for m in scores.measures if m.name == name and m.slice == where]
    return found.value


def read_as_is(record: InterviewRecord, right: bool) -> InterviewRecord:
    """Return an interview all of whose turns are read right, or its last one wrong."""
    turns = []
    for i, turn in enumerate(record.turns):
        kind = turn.act.truth.kind
        if not right and i == len(record.turns) - 1:
            kind = AnswerKind.GIBBERISH
        turns.append(turn.model_copy(update={"analysis": turn.analysis.model_copy(update={"kind": kind})}))
    return record.model_copy(update={"turns": tuple(turns)})


@settings(max_examples=6, deadline=None)
@given(st.lists(st.booleans(), min_size=len(RECORDS), max_size=len(RECORDS)))
def test_pass_hat_k_is_the_mean_of_the_cells_shares(passed: list[bool]) -> None:
    scores = scored([read_as_is(r, right) for r, right in zip(RECORDS, passed, strict=True)])
    by_case: dict[str, list[bool]] = {}
    for record, right in zip(RECORDS, passed, strict=True):
        by_case.setdefault(record.cell.case.key, []).append(right)
    for k in range(1, EPOCHS + 1):
        expected = np.mean([comb(sum(c), k) / comb(len(c), k) for c in by_case.values()])
        assert find(scores, "stability.pass_hat_k", k=k) == pytest.approx(expected, abs=1e-9)


def test_a_cell_with_fewer_epochs_says_nothing_of_more() -> None:
    first = RECORDS[0].cell.case
    fewer = [read_as_is(r, True) for r in RECORDS if r.cell.case != first or r.cell.epoch == 0]
    (measure,) = [m for m in scored(fewer).measures if m.name == "stability.pass_hat_k" and m.slice == {"k": EPOCHS}]
    assert measure.n == len({r.cell.case.key for r in RECORDS}) - 1
    assert measure.value == 1.0
    assert str(GATE) in measure.note


def test_a_flip_is_another_reading_of_the_same_words_after_the_same_words() -> None:
    assert find(scored(RECORDS), "stability.flip_rate") == 0.0
    changed = [read_as_is(r, r.cell.epoch > 0) for r in RECORDS]
    # The last turn of one epoch of three is read otherwise: two of its three pairs differ.
    turns = {r.cell.case.key: len(r.turns) for r in RECORDS}
    expected = np.sum([2 / 3 for _ in turns]) * 3 / (3 * sum(turns.values()))
    read = [read_as_is(r, True) for r in RECORDS]
    assert find(scored(read), "stability.flip_rate") == 0.0
    assert find(scored(changed), "stability.flip_rate") == pytest.approx(expected)


def test_one_epoch_has_no_flip_rate_and_says_why() -> None:
    once = [r for r in RECORDS if r.cell.epoch == 0]
    (measure,) = [m for m in scored(once).measures if m.name == "stability.flip_rate"]
    assert measure.value is None
    assert "--epochs" in measure.reason


def test_the_brier_score_is_scikit_learns() -> None:
    scores = scored(RECORDS)
    fits = [r.feedback.verdict.recommendation in r.truth.acceptable for r in RECORDS]
    said = [r.feedback.verdict.confidence / 100 for r in RECORDS]
    assert find(scores, "verdict.brier") == pytest.approx(brier_score_loss(fits, said), abs=1e-9)
    (reliability,) = [s for s in scores.series if s.name == "reliability"]
    assert sum(int(row[-1]) for row in reliability.rows) == len(RECORDS)
    for start, confidence, *_ in reliability.rows:
        assert start <= confidence <= start + 0.1 + 1e-9


def test_kept_tables_score_the_same(tmp_path: Path) -> None:
    tables = build_tables(RECORDS, BANKS)
    cache.save(tmp_path / cache.FILE, tables, "key")
    again = cache.load(tmp_path / cache.FILE, "key")
    assert again is not None
    options = {"run": "r", "seed": 7, "model": "offline"}
    assert score_tables(again, **options) == score_tables(tables, **options)
    assert cache.load(tmp_path / cache.FILE, "another") is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x04\x95 a pickle"])
def test_what_is_no_kept_table_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / cache.FILE).write_bytes(content)
    assert cache.load(tmp_path / cache.FILE, "key") is None
    assert cache.load(tmp_path / "none.npz", "key") is None


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / cache.FILE
    np.savez(path, key=np.array([{"a": 1}], dtype=object))
    assert cache.load(path, "key") is None
