"""The journal: any text kept, whole after a kill, one interview at a time in memory."""

import json
import random
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings

from coach.errors import RunError
from coach.records.events import EVENT, Event, InterviewAbandoned
from coach.records.journal import JournalIndex, JournalWriter, read_events
from coach.records.lines import JournalNotice
from tests.records.journals import NOW, TEXT, interview, killed_after, write


@settings(max_examples=30)
@given(reply=TEXT)
def test_any_text_survives_the_round_trip(tmp_path_factory: pytest.TempPathFactory, reply: str) -> None:
    path = tmp_path_factory.mktemp("j") / "journal.jsonl"
    events = interview("a", reply=reply)
    write(path, events)
    assert list(read_events(path)) == events
    assert path.read_bytes().count(b"\n") == len(events)
    (record,) = JournalIndex(path).records()
    assert record.turns[0].reply == reply


def test_an_event_is_a_line_of_compact_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a", reply="привет\u2028"))
    line = path.read_bytes().splitlines()[1]
    assert "привет\u2028".encode() in line
    assert line == json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")).encode()


def test_the_attempt_that_ended_is_the_record(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, [*interview("a", 1, "first", ends=False), *interview("b"), *interview("a", 2, "second")])
    index = JournalIndex(path)
    assert index.ended() == {"a", "b"}
    assert index.attempts() == {"a": 2, "b": 1}
    records = list(index.records(["a", "b"]))
    assert [(r.cell_key, r.attempt, r.turns[0].reply) for r in records] == [
        ("a", 2, "second"),
        ("b", 1, "yes"),
    ]


def test_the_records_do_not_depend_on_who_ended_first(tmp_path: Path) -> None:
    whole = {key: interview(key, reply=key) for key in "abc"}
    taken = []
    for name, order in (("1", "abcabcabc"), ("2", "cccbabaab")):
        events = {key: iter(of) for key, of in whole.items()}
        write(tmp_path / name, [next(events[key]) for key in order])
        taken.append(list(JournalIndex(tmp_path / name).records("abc")))
    assert taken[0] == taken[1]
    assert [r.turns[0].reply for r in taken[0]] == ["a", "b", "c"]


@pytest.mark.parametrize(("cut", "kept"), [(1, 5), (7, 5), (300, 4)])
def test_a_torn_last_line_is_left_out_with_a_notice_and_cut_off_on_opening(tmp_path: Path, cut: int, kept: int) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a") + interview("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    told: list[JournalNotice] = []
    assert JournalIndex(path, told.append).ended() == {"a"}
    assert len(list(read_events(path, told.append))) == kept
    writer = JournalWriter(path)
    writer.close()
    assert writer.notice is not None
    assert told == [writer.notice] * 2
    whole = JournalWriter(path)
    whole.close()
    assert whole.notice is None
    write(path, interview("b", 2))
    assert JournalIndex(path).ended() == {"a", "b"}


def test_a_line_torn_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:40] + b"\n" + lines[2])
    for read in (JournalIndex, lambda p: list(read_events(p))):
        with pytest.raises(RunError, match=r"journal\.jsonl:2: "):
            read(path)
    path.write_bytes(lines[0] + b'{"type": "turn", "cell_key": "a", "attempt": 1}\n' + lines[2])
    with pytest.raises(RunError, match=r"journal\.jsonl:2: no event of this version"):
        list(JournalIndex(path).records())


def _after_its_end() -> list[Event]:
    return [*interview("a"), InterviewAbandoned(cell_key="a", attempt=1, at=NOW, reason="?")]


@pytest.mark.parametrize(
    ("events", "line", "what"),
    [
        (interview("a") + interview("a", 2), 6, "ended twice"),
        (interview("a")[:2] + interview("a"), 3, "begins twice"),
        (interview("a")[1:], 1, "has no beginning"),
        (_after_its_end(), 4, "goes on after its end"),
        (interview("a", ends=False) + interview("a")[1:], 4, "goes on after its end"),
    ],
)
def test_a_journal_that_is_mixed_up_is_refused(tmp_path: Path, events: list[Event], line: int, what: str) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, events)
    with pytest.raises(RunError, match=rf"journal\.jsonl:{line}: .*'a' {what}"):
        JournalIndex(path)


def test_a_journal_that_is_not_there_is_empty_and_one_that_went_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert not list(JournalIndex(path).records())
    write(path, interview("a"))
    index = JournalIndex(path)
    path.unlink()
    with pytest.raises(RunError, match="can't be read"):
        list(index.records())


APPENDS = """
import sys
from pathlib import Path
from tests.records.journals import interview
from coach.records.journal import JournalWriter
writer = JournalWriter(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    for event in interview(f"c{number}", reply="x" * 5000): writer.append(event)
    number += 1
    sys.stdout.buffer.write(b".")
    sys.stdout.buffer.flush()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not a Windows signal")
def test_a_writer_killed_at_any_moment_loses_no_ended_interview(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    draws = random.Random(5)
    ended = 0
    for _ in range(4):
        said = killed_after(draws.randint(1, 60), APPENDS, path, ended * 10)
        index = JournalIndex(path)
        assert ended + said <= len(index.ended()) <= ended + said + 1
        assert len(list(index.records())) == len(index.ended())
        ended = len(index.ended())


def test_what_an_end_points_at_is_made_durable_before_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lengths: list[int] = []
    writer = JournalWriter(path, before_end=lambda: lengths.append(len(path.read_bytes().splitlines())))
    for event in interview("a") + interview("b", ends=False):
        writer.append(event)
    writer.close()
    assert lengths == [2, 5]


def _peak(path: Path, interviews: int) -> int:
    write(path, [e for n in range(interviews) for e in interview(f"c{n}", reply="x" * 50_000)])
    tracemalloc.start()
    try:
        assert sum(1 for _ in JournalIndex(path).records()) == interviews
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_as_the_run_grows(tmp_path: Path) -> None:
    few, many = _peak(tmp_path / "few", 10), _peak(tmp_path / "many", 100)
    assert many - few < 90 * 2_000, "an interview must cost its index entry, not its texts"


def test_writing_an_event_costs_next_to_nothing(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal.jsonl")
    _, turn, _ = interview("a", reply="x" * 3000)
    times = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(200):
            writer.append(turn)
        times.append((time.process_time() - began) / 200)
    writer.close()
    assert min(times) < 0.000_15


def test_the_event_schema_has_not_drifted() -> None:
    """docs/schemas/event.schema.json is the format that others read; write it anew on purpose only."""
    kept = json.loads((Path(__file__).parents[2] / "docs/schemas/event.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(EVENT.json_schema()))
