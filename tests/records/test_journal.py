"""The journal and the run folder: whole, torn, foreign, full."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.cell import Case, Cell
from coach.domain.subject import Brief
from coach.domain.vocabulary import Blame, EndReason, Language
from coach.errors import RunError, StorageError
from coach.records.events import (
    EVENT,
    Event,
    InterviewAbandoned,
    InterviewEnded,
    InterviewStarted,
    TurnCommitted,
    TurnRecord,
)
from coach.records.journal import JournalIndex, JournalWriter, read_events
from coach.records.lines import LineWriter
from coach.records.run import Manifest, RunFolder
from coach.records.texts import TextReader, TextStore, text_ref

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


def cell(persona: str = "p") -> Cell:
    return Cell(case=Case(persona=persona, scenario="s", language=Language.EN))


def interview(key: str, attempt: int = 1, reply: str = "yes", *, ends: bool = True) -> list[Event]:
    turn = TurnRecord(
        turn_id=1,
        message="Hello",
        reply=reply,
        next_message="Bye",
        asked_at=NOW,
        replied_at=NOW,
        committed_at=NOW,
    )
    events: list[Event] = [
        InterviewStarted(
            cell_key=key,
            attempt=attempt,
            interview_id=f"{key}-{attempt}",
            at=NOW,
            cell=cell(key),
            brief=Brief(scenario="s", language=Language.EN, seed=1, max_turns=3),
            engine="coach",
            participant_name="team",
        ),
        TurnCommitted(cell_key=key, attempt=attempt, turn=turn),
    ]
    last: Event = (
        InterviewEnded(
            cell_key=key,
            attempt=attempt,
            at=NOW,
            ended_by=EndReason.STOP,
            blame=Blame.NONE,
            last_message="Bye",
            feedback=None,
            no_feedback_reason="a test",
        )
        if ends
        else InterviewAbandoned(cell_key=key, attempt=attempt, at=NOW, reason="interrupted")
    )
    return [*events, last]


def write(path: Path, events: list[Event]) -> None:
    writer = JournalWriter(path)
    for event in events:
        writer.append(event)
    writer.close()


def manifest(*cells: Cell) -> Manifest:
    return Manifest(
        name="m",
        created=NOW,
        matrix={},
        cells=cells,
        model="offline",
        seed=1,
        settings={},
        git_commit=None,
        git_dirty=None,
        prompt_hashes={},
        price_source=None,
        versions={},
    )


@settings(max_examples=30)
@given(reply=TEXT)
def test_any_text_survives_the_round_trip(tmp_path_factory: pytest.TempPathFactory, reply: str) -> None:
    path = tmp_path_factory.mktemp("j") / "journal.jsonl"
    events = interview("a", reply=reply)
    write(path, events)
    assert list(read_events(path)) == events
    (record,) = JournalIndex(path).records()
    assert record.turns[0].reply == reply


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


@pytest.mark.parametrize("cut", [1, 7, 200])
def test_a_torn_last_line_is_left_out_and_cut_off_on_opening(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a") + interview("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    assert JournalIndex(path).ended() == {"a"}
    writer = JournalWriter(path)
    assert writer.torn > 0
    writer.close()
    write(path, interview("b", 2))
    assert JournalIndex(path).ended() == {"a", "b"}


def test_a_line_torn_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:40] + b"\n" + lines[2])
    with pytest.raises(RunError, match=r"journal\.jsonl:2: "):
        JournalIndex(path)
    path.write_bytes(lines[0] + b'{"type": "turn", "cell_key": "a", "attempt": 1}\n' + lines[2])
    with pytest.raises(RunError, match="no event of this version"):
        list(JournalIndex(path).records())


def test_a_cell_that_ended_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, interview("a") + interview("a", 2))
    with pytest.raises(RunError, match="ended twice"):
        JournalIndex(path)


@pytest.mark.parametrize("attempt", range(3))
def test_a_writer_killed_at_any_moment_leaves_a_readable_journal(tmp_path: Path, attempt: int) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); "
        "from tests.records.test_journal import JournalWriter, interview\n"
        "w = JournalWriter(Path(sys.argv[1])); n = 0\n"
        "while True:\n"
        "    [w.append(e) for e in interview(f'c{n}', reply='x' * 5000)]; n += 1\n"
    )
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen([sys.executable, "-c", code, str(path), root])
    while not path.exists() or path.stat().st_size < 200_000 * (attempt + 1):
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    ended = JournalIndex(path).ended()
    assert len(list(JournalIndex(path).records())) == len(ended) > 10


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from coach.records.lines import LineWriter; from coach.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "w = LineWriter(Path(sys.argv[1]))\n"
        "try:\n"
        "    while True: w.append(b'x' * 300)\n"
        "except StorageError as e: print(e)\n"
    )
    path = tmp_path / "lines"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert str(path) in done.stdout
    assert path.read_bytes() == (b"x" * 300 + b"\n") * 3


def test_where_no_file_can_be_the_error_says_which(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/journal"):
        LineWriter(tmp_path / "file" / "journal")


@given(st.lists(TEXT, max_size=10))
@settings(max_examples=20)
def test_texts_are_kept_once_each(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("t") / "texts.jsonl"
    for _ in range(2):
        store = TextStore(path)
        refs = [store.put(t) for t in texts]
        store.close()
    reader = TextReader(path)
    assert [reader.get(r) for r in refs] == texts
    assert len(path.read_bytes().splitlines()) == len(set(texts))
    assert reader.get(text_ref("never put, 7")) is None


def test_a_run_folder_knows_what_is_missing(tmp_path: Path) -> None:
    cells = (cell("a"), cell("b"))
    folder = RunFolder.create(tmp_path, "My Run/../x", manifest(*cells), NOW)
    assert folder.path.parent == tmp_path
    assert folder.path.name.startswith("20260102-030405-my-run-x-")
    assert RunFolder.create(tmp_path, "m", manifest(), NOW).path != folder.path
    with folder.lock(), folder.writer() as writer:
        for event in interview(cells[0].key):
            writer.journal.append(event)
    again = RunFolder.open(folder.path)
    assert again.missing_cells() == (cells[1],)
    assert again.manifest.finished is None
    again.finish(NOW, ended=1)
    assert RunFolder.open(folder.path).manifest.finished is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no run.json"),
        ("{", "can't be read"),
        ("[]", "not coach's"),
        ('{"coach_run": 9}', "format 9"),
        ('{"coach_run": 1}', "changed by hand"),
    ],
)
def test_a_foreign_folder_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError, match=message):
        RunFolder.open(tmp_path)


def test_the_event_schema_has_not_drifted() -> None:
    """docs/schemas/event.schema.json is the format that others read; write it anew on purpose only."""
    kept = json.loads((Path(__file__).parents[2] / "docs/schemas/event.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(EVENT.json_schema()))
