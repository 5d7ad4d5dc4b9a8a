"""Whole runs on the real content: repeatable, resumable, and never torn by a kill."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.records.interview import InterviewRecord
from coach.records.run import RunFolder

SMALL = ["simulate", "--persona", "hallucinator", "--turns", "5", "--variants", "2"]


def start(out: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "coach", "simulate", "--out", str(out), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def only_run(out: Path) -> RunFolder:
    (path,) = [p.parent for p in out.glob("*/run.json")]
    return RunFolder.open(path)


def essence(record: InterviewRecord) -> dict[str, object]:
    """Return a record without its times and ids."""
    data = record.model_dump(mode="json", exclude={"interview_id", "started_at", "ended_at", "attempt"})
    for turn in data["turns"]:
        for name in ("asked_at", "replied_at", "committed_at"):
            del turn[name]
    for call in data["calls"]:
        del call["latency_ms"]
    return data


def test_the_same_seed_gives_the_same_records(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        assert coach([*SMALL, "--out", str(tmp_path / name)]) == 0
        found.append([essence(r) for r in only_run(tmp_path / name).records()])
    assert found[0] == found[1]
    assert coach([*SMALL, "--seed", "99", "--out", str(tmp_path / "c")]) == 0
    assert [essence(r) for r in only_run(tmp_path / "c").records()] != found[0]


def test_json_is_one_object_and_nothing_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach([*SMALL, "--out", str(tmp_path), "--json"]) == 0
    out, err = capfd.readouterr()
    answer = json.loads(out)
    assert err == ""
    assert sorted(answer) == ["as_scripted", "interviews", "report", "run", "scores"]
    assert answer["interviews"] == 4
    assert Path(answer["report"]).is_file()
    assert json.loads(Path(answer["scores"]).read_text("utf-8"))["grading_version"] >= 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_killed_run_resumes_to_exactly_its_matrix(tmp_path: Path, attempt: int) -> None:
    kill_and_resume(tmp_path, random.Random(attempt))


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3, 40))
def test_a_run_killed_at_many_moments_resumes(tmp_path: Path, attempt: int) -> None:
    kill_and_resume(tmp_path, random.Random(attempt))


def kill_and_resume(out: Path, chance: random.Random) -> None:
    """Kill a real process two times at random moments after its journal began, then let it end."""
    arguments: tuple[str, ...] = ("--matrix", "smoke")
    for _ in range(2):
        process = start(out, *arguments)
        wait_for_journal(out, process)
        time.sleep(chance.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        arguments = ("--resume", only_run(out).path.name)
    done = subprocess.run(
        [sys.executable, "-m", "coach", "simulate", "--out", str(out), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder = only_run(out)
    keys = [r.cell_key for r in folder.records()]
    assert keys == [c.key for c in folder.manifest.cells]
    assert folder.manifest.finished is not None
    ended = [e for e in folder.journal.read_bytes().splitlines() if b'"type":"interview_ended"' in e]
    assert len(ended) == len(keys)


def wait_for_journal(out: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        found = list(out.glob("*/journal.jsonl"))
        if found and found[0].stat().st_size > 0:
            return
        time.sleep(0.005)


def test_an_interrupt_lets_the_running_interview_end_and_resume_does_the_rest(tmp_path: Path) -> None:
    process = start(tmp_path, "--matrix", "regression")
    wait_for_journal(tmp_path, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in err
    folder = only_run(tmp_path)
    kept = [r.cell_key for r in folder.records()]
    assert 0 < len(kept) < len(folder.manifest.cells)
    assert b"interview_abandoned" not in folder.journal.read_bytes()
    assert "This run is incomplete" in (folder.path / "report.html").read_text("utf-8")


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    assert coach([*SMALL, "--out", str(tmp_path)]) == 0
    folder = only_run(tmp_path)
    with folder.lock():
        second = start(tmp_path, "--resume", folder.path.name)
        _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert f"process {os.getpid()}" in err


def test_resuming_what_is_whole_does_nothing_twice(tmp_path: Path) -> None:
    assert coach([*SMALL, "--out", str(tmp_path)]) == 0
    folder = only_run(tmp_path)
    before = folder.journal.read_bytes()
    assert coach(["simulate", "--out", str(tmp_path), "--resume", folder.path.name]) == 0
    assert folder.journal.read_bytes() == before


def test_logs_are_exported_and_fit_the_schema(tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator

    from coach.cli.schemas import SCHEMAS

    assert coach([*SMALL, "--out", str(tmp_path), "--export-logs"]) == 0
    validator = Draft202012Validator(SCHEMAS["interview-log"][1]())
    logs = list(only_run(tmp_path).path.glob("logs/interview_log_*.json"))
    assert len(logs) == 4
    for path in logs:
        validator.validate(json.loads(path.read_text("utf-8")))


def test_nothing_calls_the_network(tmp_path: Path) -> None:
    """An audit hook in the real process fails at the first address that is looked up or connected to."""
    code = (
        "import sys\n"
        "def hook(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        raise RuntimeError(f'network: {event} {args}')\n"
        "sys.addaudithook(hook)\n"
        "from coach.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, *SMALL, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
