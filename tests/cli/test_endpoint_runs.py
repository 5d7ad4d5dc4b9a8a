"""Whole runs on an endpoint, over real HTTP: what is written, what is spent, what survives."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.errors import InternalServerError
from coach.records.events import Called
from coach.records.journal import read_events
from coach.records.run import RunFolder
from tests.cli.endpoint import LIBRARY, SMALL, endpoint, matrix, no_secret_in, only_run, simulate
from tests.fake_openai import Fault
from tests.fake_openai.server import KEY, first


def calls(folder: RunFolder) -> list[Called]:
    return [e for e in read_events(folder.journal) if isinstance(e, Called)]


@pytest.mark.parametrize("transport", ["direct", "sdk"])
def test_a_run_says_what_it_ran_on_and_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], transport: str
) -> None:
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path, "--transport", transport) == 0
        assert server.answers.unknown == ['Return {"ready": true} as JSON.']
        shown = server.base_url
    out, err = capfd.readouterr()
    folder = only_run(tmp_path)
    manifest = folder.manifest
    assert manifest.model == "gpt-4o-mini"
    assert manifest.settings["base_url"] == shown
    assert manifest.settings["transport"] == transport
    assert manifest.probe["gpt-4o-mini"]["mode"] == "json_schema"
    assert "gpt-4o-mini: genai-prices" in (manifest.price_source or "")
    made = calls(folder)
    assert all(c.call.mode == "json_schema" and c.call.usage.reasoning == 3 for c in made)
    spent = sum(c.call.cost or 0 for c in made) + manifest.probe["gpt-4o-mini"]["cost"]
    assert f"${spent:.4f}" in out
    assert "Estimate:" in out
    assert shown in err
    no_secret_in(tmp_path)
    assert KEY not in out + err
    scores = json.loads((folder.path / "scores.json").read_text("utf-8"))
    assert scores["baseline_model"] is False
    values = {m["name"]: m["value"] for m in scores["measures"] if not m["slice"]}
    assert values["cost.tokens_reasoning"] == 3 * len(made)
    assert values["cost.usd"] == pytest.approx(sum(c.call.cost or 0 for c in made))
    assert "baseline" not in (folder.path / "report.html").read_text("utf-8").split("<main>")[0]


def test_models_by_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path, "--model", "observer=small", "--model", "evaluator=offline") == 0
        asked = {s.body["model"] for s in server.seen}
    folder = only_run(tmp_path)
    assert folder.manifest.model == "gpt-4o-mini,evaluator=offline,observer=small"
    by_role = {c.call.role: c.call.model for c in calls(folder)}
    assert by_role == {"observer": "small-0001", "interviewer": "gpt-4o-mini-0001", "evaluator": "offline"}
    assert asked == {"gpt-4o-mini", "small"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--base-url", "http://127.0.0.1:9/v1"], "can't reach http://127.0.0.1:9/v1"),
        (["--base-url", "nonsense"], "is none"),
        (["--max-cost", "1", "--model", "my-own"], "the price of 'my-own' is not known"),
        (["--candidate", "llm", "--model", "candidate=offline"], "needs a model that writes"),
        (["--judge", "3", "--model", "judge=offline"], "needs a model that writes"),
        (["--model", "waiter=x"], "unknown role 'waiter'"),
        (["--prompts", "nowhere"], "no prompt set 'nowhere'"),
        (["--engine", "no.such:thing"], "it can't be imported"),
        (["--cassette-mode", "auto"], "needs --cassette"),
        (["--prices", "nowhere.toml"], "can't be read"),
    ],
)
def test_what_can_not_work_is_said_in_one_line_before_anything_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("COACH_API_KEY", KEY)
    monkeypatch.setenv("COACH_BASE_URL", "http://127.0.0.1:9/v1")
    model = "gpt-4o-mini" if not any("my-own" in a for a in arguments) else "observer=gpt-4o-mini"
    assert simulate(tmp_path, *arguments, model=model) == 2
    err = capfd.readouterr().err
    assert told in err
    assert len(err.strip().splitlines()) == 1
    assert KEY not in err
    assert not list(tmp_path.glob("*/run.json"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"key": "another"}, "401"),
        ({"models": ("x",)}, "does not exist"),
        ({"faults": lambda *_: Fault.HTML}, "the answer is no JSON"),
        ({"faults": lambda *_: Fault.ECHO_KEY}, "bad gateway for Bearer ***"),
    ],
)
def test_a_probe_finds_it_and_doctor_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: dict[str, object],
    told: str,
) -> None:
    with endpoint(monkeypatch, **options) as server:
        assert simulate(tmp_path, "--max-retries", "0") == 2
        assert len(server.seen) == 1
        monkeypatch.chdir(tmp_path)
        assert coach(["doctor", "--model", "gpt-4o-mini"]) == 2
    out, err = capfd.readouterr()
    assert told in err
    assert told in out
    assert KEY not in out + err
    assert not list(tmp_path.glob("*/run.json"))


def test_doctor_says_how_an_endpoint_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with endpoint(monkeypatch, modes=("json_object",)):
        assert coach(["doctor", "--model", "gpt-4o-mini"]) == 0
    assert "asked by json_object, usage counted, price genai-prices" in capfd.readouterr().out


def test_a_cell_that_fails_poisons_no_other_and_runs_on_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    down = True

    def faults(number: int, body: dict[str, object]) -> Fault:
        russian = "Язык интервью" in str(body["messages"])
        return Fault.SERVER_ERROR if down and russian else Fault.NONE

    with endpoint(monkeypatch, faults=faults):
        assert simulate(tmp_path, "--max-retries", "1") == 4
        folder = only_run(tmp_path)
        assert {c.case.language for c in folder.missing_cells()} == {"ru"}
        err = capfd.readouterr().err
        assert "answered 500" in err
        assert "--resume" in err
        failed = [c.call for c in calls(folder) if c.call.outcome == "failed"]
        assert all([t.status for t in c.tries] == [500, 500] and c.attempts == 2 for c in failed)
        assert failed
        down = False
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(tmp_path)]) == 0
    folder = RunFolder.open(folder.path)
    assert folder.manifest.finished is not None
    assert [r.cell_key for r in folder.records()] == [c.key for c in folder.manifest.cells]
    no_secret_in(tmp_path)


def test_an_endpoint_that_goes_down_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.simulation.runner.FAILURES_RUNNING", 2)
    with endpoint(monkeypatch, faults=lambda number, _: Fault.SERVER_ERROR if number > 3 else Fault.NONE) as server:
        assert simulate(tmp_path, "--max-retries", "0", "--max-connections", "1") == 4
        assert len(server.seen) < 10
    assert InternalServerError.exit_code == 4


def test_money_is_limited_and_what_was_spent_still_counts_on_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path, "--max-cost", "0.004") == 4
        folder = only_run(tmp_path)
        made = calls(folder)
        assert sum(c.call.cost or 0 for c in made) <= 0.004
        assert made
        err = capfd.readouterr().err
        assert "the limit of $0.004 is reached" in err
        assert "--resume" in err
        seen = len(server.seen)
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(tmp_path)]) == 4
        again = [c.call.cost or 0 for c in calls(folder)]
        assert sum(again) <= 0.004
        assert len(server.seen) - seen < 10
        resumed = ["simulate", "--resume", folder.path.name, "--out", str(tmp_path), "--max-cost", "5"]
        assert coach(resumed) == 0
    assert RunFolder.open(folder.path).missing_cells() == ()


def test_tokens_are_limited_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch):
        assert simulate(tmp_path, "--max-tokens", "20000", model="my-own") == 4
    used = [c.call.usage for c in calls(only_run(tmp_path))]
    assert 0 < sum((u.input or 0) + (u.output or 0) for u in used) <= 20_000


def test_a_killed_runs_spending_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, latency=0.02):
        command = [sys.executable, "-m", "coach", "simulate", "--matrix", "smoke", "--persona", "honest_junior"]
        command += ["--turns", "4", "--model", "gpt-4o-mini", "--out", str(tmp_path), "--max-connections", "1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            journals = list(tmp_path.glob("*/journal.jsonl"))
            if journals and journals[0].read_bytes().count(b'"type":"call"') >= 3:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        folder = only_run(tmp_path)
        before = sum(c.call.cost or 0 for c in calls(folder))
        assert before > 0
        arguments = ["--resume", folder.path.name, "--out", str(tmp_path), "--max-cost", f"{before:.8f}"]
        assert coach(["simulate", *arguments]) == 4
        assert sum(c.call.cost or 0 for c in calls(folder)) == pytest.approx(before)


def test_more_processes_give_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path / "one") == 0
        assert simulate(tmp_path / "two", "--jobs", "2") == 0
        assert server.answers.unknown == ['Return {"ready": true} as JSON.'] * 2
    found = []
    for name in ("one", "two"):
        folder = only_run(tmp_path / name)
        found.append([[(t.message, t.reply, t.analysis) for t in r.turns] for r in folder.records()])
        assert all(c.call.messages for c in calls(folder))
        assert set(folder.attempts().values()) == {1}
    assert found[0] == found[1]
    no_secret_in(tmp_path)


def test_the_parent_counts_for_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, latency=0.01) as server:
        assert simulate(tmp_path, "--jobs", "2", "--max-connections", "2", "--max-cost", "0.004") == 4
        assert server.most_in_flight <= 2
    assert sum(c.call.cost or 0 for c in calls(only_run(tmp_path))) <= 0.004


def test_a_worker_that_dies_costs_only_its_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    def kill() -> None:
        while True:
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    line = (entry / "cmdline").read_bytes()
                    parent = (entry / "stat").read_text().split(")")[1].split()[1]
                except (OSError, IndexError):
                    continue
                if b"coach.cli.worker" in line and int(parent) == os.getpid() and len(server.seen) > 5:
                    os.kill(int(entry.name), signal.SIGKILL)
                    return
            time.sleep(0.02)

    with endpoint(monkeypatch, latency=0.08) as server:
        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        assert simulate(tmp_path, "--jobs", "2", "--max-connections", "2") == 4
        killer.join(5)
        folder = only_run(tmp_path)
        assert 0 < len(folder.missing_cells()) < 4
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(tmp_path), "--jobs", "2"]) == 0
    assert folder.missing_cells() == ()


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_ends_or_cuts_off_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: str, times: int
) -> None:
    """The first Ctrl-C lets running interviews end, the second gives them up; either way the run goes on later."""
    chosen = matrix(variants=3)
    with endpoint(monkeypatch, latency=0.1, matrix=chosen) as server:
        command = [sys.executable, "-m", "coach", "simulate", "--matrix", "smoke", "--persona", "hallucinator"]
        command += ["--persona", "honest_junior", "--turns", "4", "--variants", "3", "--model", "gpt-4o-mini"]
        command += ["--out", str(tmp_path), "--max-connections", "2", "--max-cost", "9", "--jobs", jobs]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        while len(server.seen) < 12 and process.poll() is None:
            time.sleep(0.01)
        # As a terminal does: to the whole group.
        for _ in range(times):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.15)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "--resume" in err
        folder = only_run(tmp_path)
        abandoned = folder.journal.read_bytes().count(b'"type":"interview_abandoned"')
        assert (abandoned > 0) == (times == 2)
        before = {r.interview_id for r in folder.records()}
        assert len(before) < len(folder.manifest.cells)
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(tmp_path)]) == 0
        assert before <= {r.interview_id for r in folder.records()}
        assert folder.missing_cells() == ()


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, latency=0.1) as server:
        command = [sys.executable, "-m", "coach", "simulate", *SMALL, "--model", "gpt-4o-mini", "--jobs", "2"]
        process = subprocess.Popen([*command, "--out", str(tmp_path)], stderr=subprocess.DEVNULL)
        while len(server.seen) < 6 and process.poll() is None:
            time.sleep(0.01)
        workers = children(process.pid)
        assert len(workers) == 2
        process.send_signal(signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 15
        while any(alive(pid) for pid in workers) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(alive(pid) for pid in workers)
        folder = only_run(tmp_path)
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(tmp_path)]) == 0
    assert folder.missing_cells() == ()


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(line[1]) == parent:
            found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_runs_record_into_one_cassette(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side, one of them in two processes and one killed in the middle: what is there can be replayed."""
    file = tmp_path / "c.jsonl"
    recording = ["--cassette", str(file), "--cassette-mode", "record"]
    with endpoint(monkeypatch, latency=0.02) as server:
        command = [sys.executable, "-m", "coach", "simulate", *SMALL, "--model", "gpt-4o-mini", *recording]
        ends = [
            ["--out", str(tmp_path / "a"), "--jobs", "2"],
            ["--out", str(tmp_path / "b")],
            ["--out", str(tmp_path / "k")],
        ]
        runs = [
            subprocess.Popen([*command, *end], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for end in ends
        ]
        while len(server.seen) < 25 and runs[2].poll() is None:
            time.sleep(0.01)
        runs[2].send_signal(signal.SIGKILL)
        assert [run.wait(60) for run in runs[:2]] == [0, 0]
        runs[2].wait()
    for line in file.read_text("utf-8").splitlines():
        json.loads(line)
    assert simulate(tmp_path / "replayed", "--cassette", str(file)) == 0
    first, again = (list(only_run(tmp_path / name).records()) for name in ("a", "replayed"))
    assert [[t.message for t in r.turns] for r in first] == [[t.message for t in r.turns] for r in again]


def test_the_faults_of_answers_are_counted_and_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault.NONE, Fault.FENCED, Fault.PROSE, Fault.TRUNCATED, Fault.REFUSAL, Fault.FILTERED, Fault.EMPTY]
    with endpoint(monkeypatch, faults=first(faults * 2), matrix=matrix(turns=4)):
        assert simulate(tmp_path, "--max-connections", "1") == 0
    folder = only_run(tmp_path)
    outcomes = {c.call.outcome for c in calls(folder)}
    assert {"parsed", "cut", "refused", "filtered", "malformed"} <= outcomes
    assert folder.manifest.finished is not None


def test_a_message_in_the_wrong_language_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, faults=lambda *_: Fault.WRONG_LANGUAGE):
        assert simulate(tmp_path) == 0
    for record in only_run(tmp_path).records():
        assert "entrevista" not in " ".join(t.next_message for t in record.turns)
        assert any("message" in t.degraded for t in record.turns)


def test_estimate_says_tokens_and_money_and_calls_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(["estimate", "smoke", "--model", "gpt-4o-mini", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["cells"] == len(LIBRARY.matrices["smoke"].cells("m", LIBRARY.names))
    assert {r["role"] for r in found["roles"]} == {"observer", "interviewer", "evaluator"}
    assert all(r["usd"] > 0 and r["calls"] > 0 for r in found["roles"])
    assert coach(["estimate", "smoke", "--model", "my-own"]) == 0
    assert "cost unknown" in capfd.readouterr().out


def test_the_estimate_is_the_runs_own_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.models.tokens import estimate_tokens

    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path) == 0
        sent = [s.body for s in server.seen[1:]]
    from coach.cli.options import choose
    from coach.cli.runs import RunPlan
    from coach.cli.setup import Setup, resolve_prompts
    from coach.cli.spending import estimate_plan
    from coach.settings import load_settings

    folder = only_run(tmp_path)
    setup = Setup(
        choose(load_settings(), model=["gpt-4o-mini"], base_url="http://x/v1"), resolve_prompts(("default",), LIBRARY)
    )
    plan = RunPlan(folder, LIBRARY, setup, matrix(), folder.manifest.cells, "x", {})
    estimate = estimate_plan(plan)
    assert sum(r.calls for r in estimate.roles) == len(sent)
    prompts = sum(estimate_tokens(m["content"]) for body in sent for m in body["messages"])
    schemas = sum(r.input for r in estimate.roles) - prompts
    assert 0 < schemas < prompts
