"""Damaged runs under every command that reads figures: a clear message or an honest figure, never a traceback."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.cli import run as coach
from coach.records.run import RunFolder
from tests.runs import make_run, matrix_of

MATRIX = matrix_of(
    personas=["honest_junior", "hallucinator", "topic_switcher", "nervous", "terse", "parrot"],
    languages=["en"],
    variants=1,
    turns=4,
    gates=[
        {"measure": "detection.kind.accuracy", "at_least": 0.1},
        {"measure": "conformance.one_question", "always": True},
        {"measure": "detection.kind.accuracy", "not_worse_than_baseline": 0.3},
    ],
)
Damage = Callable[[list[bytes]], list[bytes]]
CODES = {0, 1, 2, 3, 4}
"""What `coach --help` and docs/ci.md say that a command may end with."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("runs"), MATRIX, name="sound")


def _torn(at: float) -> Damage:
    def cut(lines: list[bytes]) -> list[bytes]:
        whole = b"".join(lines)
        return [whole[: int(at * len(whole))]]

    return cut


def _gone(at: float) -> Damage:
    return lambda lines: [x for i, x in enumerate(lines) if i != int(at * len(lines))]


def _twice(at: float) -> Damage:
    return lambda lines: [*lines, lines[int(at * len(lines))]]


def _junk(at: float) -> Damage:
    return lambda lines: [*lines[: int(at * len(lines))], b"\xff\x00 no json\n", *lines[int(at * len(lines)) :]]


def _number(text: bytes) -> Callable[[float], Damage]:
    """Return a damage that puts another number where the journal has one."""

    def at_place(at: float) -> Damage:
        def put(lines: list[bytes]) -> list[bytes]:
            whole = b"".join(lines)
            places = list(re.finditer(rb"(?<=:)-?\d+(\.\d+)?(?=[,}])", whole))
            if not places:
                return lines
            here = places[int(at * len(places))]
            return [whole[: here.start()] + text + whole[here.end() :]]

        return put

    return at_place


def _all_cells_twice(_: float) -> Damage:
    return lambda lines: [*lines, *lines]


def _empty(_: float) -> Damage:
    return lambda _lines: []


def _other_order(_: float) -> Damage:
    return lambda lines: lines[::-1]


DAMAGES = st.tuples(
    st.sampled_from(
        [_torn, _gone, _twice, _junk, _number(b"NaN"), _number(b"-1"), _number(b"null"), _number(b"1e999"),
         _all_cells_twice, _empty, _other_order]
    ),
    st.floats(0, 0.999),
)  # fmt: skip


def damaged(sound: RunFolder, into: Path, damages: list[tuple[Callable[[float], Damage], float]]) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(sound.path, into)
    for name in ("scores.json", "tables.npz"):
        (into / name).unlink(missing_ok=True)
    lines = (into / "journal.jsonl").read_bytes().splitlines(keepends=True)
    for damage, at in damages:
        lines = damage(at)(lines)
        if not lines:
            break
    (into / "journal.jsonl").write_bytes(b"".join(lines))
    return into


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DAMAGES, min_size=1, max_size=3))
def test_whatever_is_wrong_with_a_journal_it_is_said(
    sound: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str], damages: list[tuple[object, float]]
) -> None:
    broken = damaged(sound, tmp_path / "broken", damages)  # type: ignore[arg-type]
    before = (broken / "journal.jsonl").read_bytes()
    for command in (
        ["score", broken],
        ["compare", sound.path, broken, "--format", "json"],
        ["compare", broken, sound.path],
        ["gate", broken, "--baseline", sound.path],
        ["gate", sound.path, "--baseline", broken, "--strict"],
    ):
        capsys.readouterr()
        code = coach([str(x) for x in command])
        out, err = capsys.readouterr()
        assert code in CODES, (command, code)
        assert "Traceback" not in out + err
        assert code != 2 or err.strip(), command
        if code == 0 and "json" in command:
            found = json.loads(out, parse_constant=pytest.fail)
            assert all(d["p"] is None or 0 < d["p"] <= 1 for d in found["deltas"])
    assert (broken / "journal.jsonl").read_bytes() == before, "reading a run changes nothing in it"


def test_a_journal_that_is_there_twice_is_refused_and_not_counted_twice(
    sound: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = damaged(sound, tmp_path / "twice", [(_all_cells_twice, 0.0)])
    assert coach(["score", str(twice)]) == 2
    assert "twice" in capsys.readouterr().err
