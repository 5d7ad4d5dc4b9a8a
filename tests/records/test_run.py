"""The run folder: its name, its manifest, its one writer, what is missing."""

import json
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from coach.errors import RunError, StorageError
from coach.records import lock
from coach.records.run import Finished, RunFolder
from tests.records.journals import NOW, cell, interview, manifest, python, write


def test_a_run_folder_knows_what_is_missing(tmp_path: Path) -> None:
    cells = (cell("a"), cell("b"))
    folder = RunFolder.create(tmp_path, "m", manifest(*cells), NOW)
    with folder.lock(), folder.writer() as writer:
        for event in interview(cells[0].key):
            writer.journal.append(event)
        assert writer.notices == ()
    again = RunFolder.open(folder.path)
    assert again.missing_cells() == (cells[1],)
    assert again.attempts() == {cells[0].key: 1}
    assert [r.cell_key for r in again.records()] == [cells[0].key]
    assert again.manifest.finished is None


def test_the_finished_entry_is_written_last(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "m", manifest(), NOW)
    folder.finish(NOW, ended=3, unscored=1, reason="budget")
    assert RunFolder.open(folder.path).manifest.finished == Finished(at=NOW, ended=3, unscored=1, reason="budget")
    assert [p.name for p in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Run/../x", "my-run-x"),
        ("../../etc/passwd", "etc-passwd"),
        ("Прогон", "run"),
        ("", "run"),
        ("a" * 99, "a" * 40),
    ],
)
def test_a_name_never_becomes_a_path(tmp_path: Path, name: str, slug: str) -> None:
    folder = RunFolder.create(tmp_path, name, manifest(), NOW)
    assert folder.path.parent == tmp_path
    assert folder.path.name.startswith(f"20260102-030405-{slug}-")
    assert len(folder.path.name) == len(f"20260102-030405-{slug}-") + 6


def test_runs_of_the_same_second_have_folders_of_their_own_and_the_later_is_the_latest(tmp_path: Path) -> None:
    assert RunFolder.latest(tmp_path) is None
    later = NOW + timedelta(milliseconds=1)
    plan = (("z", NOW), ("m", NOW), ("a", later), ("m", NOW))
    made = [RunFolder.create(tmp_path, name, manifest(created=at), at) for name, at in plan]
    assert len({f.path for f in made}) == 4
    found = RunFolder.latest(tmp_path)
    assert found is not None
    assert found.path == made[2].path


def test_the_latest_is_none_that_was_put_there_by_others(tmp_path: Path) -> None:
    mine = RunFolder.create(tmp_path, "m", manifest(), NOW)
    for name in ("zzz", "99999999", "old-20290102-030405-m-abcdef"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    (tmp_path / "20270102-030405-begun-abcdef").mkdir()
    found = RunFolder.latest(tmp_path)
    assert found is not None
    assert found.path == mine.path
    shutil.copytree(mine.path, tmp_path / "20270102-030405-m-abcdef")
    (tmp_path / "20270102-030405-m-abcdef" / "run.json").write_text('{"coach_run": 9}')
    with pytest.raises(RunError, match="format 9"):
        RunFolder.latest(tmp_path)


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


def test_a_run_can_not_be_made_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StorageError, match="runs: "):
        RunFolder.create(tmp_path / "runs", "m", manifest(), NOW)


def test_an_interview_of_no_cell_of_the_run_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "m", manifest(cell("a")), NOW)
    write(folder.journal, interview("elsewhere"))
    with pytest.raises(RunError, match="'elsewhere' is not one of this run's"):
        list(folder.records())
    chat = RunFolder.create(tmp_path, "chat", manifest(), NOW)
    write(chat.journal, interview("chat"))
    assert [r.cell_key for r in chat.records()] == ["chat"]


def test_a_writer_tells_what_it_cut_off(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "m", manifest(), NOW)
    with folder.writer() as writer:
        writer.texts.put("a text")
        for event in interview("chat"):
            writer.journal.append(event)
    for name in ("journal.jsonl", "texts.jsonl"):
        with (folder.path / name).open("ab") as file:
            file.write(b'{"torn')
    told: list[object] = []
    assert len(list(folder.records(told.append))) == len(told) == 1
    with folder.writer() as writer:
        assert [(n.path.name, n.size) for n in writer.notices] == [("journal.jsonl", 6), ("texts.jsonl", 6)]
    with folder.writer() as writer:
        assert writer.notices == ()


def test_an_end_is_on_the_disk_after_the_texts_that_its_interview_points_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder.create(tmp_path, "m", manifest(), NOW)
    synced: list[int] = []
    fsync = os.fsync

    def seen(fd: int) -> None:
        synced.append(os.fstat(fd).st_ino)
        fsync(fd)

    with folder.writer() as writer:
        monkeypatch.setattr(os, "fsync", seen)
        writer.texts.put("a prompt")
        for event in interview("a") + interview("b", ends=False):
            writer.journal.append(event)
    texts, journal = ((folder.path / name).stat().st_ino for name in ("texts.jsonl", "journal.jsonl"))
    assert synced == [texts, journal, journal], "b's prompts were there already"


HOLDS = """
import sys
from pathlib import Path
from coach.records import lock
with getattr(lock, sys.argv[2])(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
CAN_FLOCK = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")


@pytest.mark.parametrize("how", [pytest.param("hold_by_flock", marks=CAN_FLOCK), "hold_by_file"])
def test_a_second_writer_in_another_process_is_refused_by_the_first_ones_number(tmp_path: Path, how: str) -> None:
    hold = getattr(lock, how)
    first = python(HOLDS, tmp_path, how)
    assert first.stdout is not None
    assert first.stdout.readline().strip() == b"held"
    with pytest.raises(RunError, match=f"{tmp_path} is being written by process {first.pid};"), hold(tmp_path):
        pass
    first.communicate(b"")
    with hold(tmp_path), pytest.raises(RunError, match=f"process {os.getpid()};"), hold(tmp_path):
        pass


@CAN_FLOCK
def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "m", manifest(), NOW)
    first = python(HOLDS, folder.path, "hold")
    assert first.stdout is not None
    assert first.stdout.readline().strip() == b"held"
    with pytest.raises(RunError, match=f"process {first.pid}"), folder.lock():
        pass
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with folder.lock():
        assert (folder.path / ".lock").read_text() == str(os.getpid())


@CAN_FLOCK
def test_without_flock_a_killed_writers_lock_says_what_to_delete(tmp_path: Path) -> None:
    first = python(HOLDS, tmp_path, "hold_by_file")
    assert first.stdout is not None
    assert first.stdout.readline().strip() == b"held"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with pytest.raises(RunError, match=rf"process {first.pid}; .* delete .*\.lock\.pid"), lock.hold_by_file(tmp_path):
        pass
    (tmp_path / ".lock.pid").unlink()
    with lock.hold_by_file(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("how", [pytest.param("hold_by_flock", marks=CAN_FLOCK), "hold_by_file"])
def test_where_no_lock_can_be_the_error_says_which(tmp_path: Path, how: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/\.lock"), getattr(lock, how)(tmp_path / "file"):
        pass


def test_the_manifest_is_kept_whole(tmp_path: Path) -> None:
    wanted = manifest(cell("a"), cell("b")).model_copy(update={"matrix": {"id": "м"}, "settings": {"n": [1, None]}})
    folder = RunFolder.create(tmp_path, "m", wanted, NOW)
    assert RunFolder.open(folder.path).manifest == wanted
    assert json.loads((folder.path / "run.json").read_text("utf-8"))["matrix"] == {"id": "м"}
