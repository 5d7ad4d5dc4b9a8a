"""``coach judge``: a finished run is labelled blind, live or by a batch, with the same labels and figures."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.records.labels import read_labels
from coach.records.run import RunFolder
from tests.cli.endpoint import SMALL, no_secret_in
from tests.fake_openai import Answers, FakeOpenAI, Fault
from tests.fake_openai.batches import answer_batch, failed, write_output
from tests.fake_openai.server import KEY

MODEL = ["--model", "judge=gpt-4o"]


class Judging(Answers):
    """A judge whose word depends on what it reads; what it is asked again, it says as it should."""

    def of(self, messages: Any) -> str:
        reply = messages[1]["content"]
        kind = ("normal", "incomplete", "hallucination", "dont_know")[len(reply) % 4]
        return json.dumps({"reason": f"{len(reply)} characters", "kind": kind})


def sometimes(number: int, body: dict[str, Any]) -> Fault:
    """Some first answers fit no form."""
    text = body["messages"][1]["content"]
    return Fault.NO_JSON if len(text) % 3 == 0 and len(body["messages"]) == 2 else Fault.NONE


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOpenAI]:
    monkeypatch.chdir(tmp_path)
    with FakeOpenAI(answers=Judging()) as found:
        monkeypatch.setenv("COACH_BASE_URL", found.base_url)
        monkeypatch.setenv("COACH_API_KEY", KEY)
        yield found


@pytest.fixture
def runs(server: FakeOpenAI, tmp_path: Path) -> tuple[str, str]:
    """Two copies of one offline run."""
    assert coach(["simulate", *SMALL, "--out", "runs"]) == 0
    (one,) = Path("runs").iterdir()
    shutil.copytree(one, "copy")
    return str(one), "copy"


def labels(run: str) -> list[Any]:
    found = [x.model_dump(exclude={"at", "latency_ms"}) for x in read_labels(Path(run))]
    return sorted(found, key=lambda x: (x["interview_id"], x["turn_id"]))


def measures(run: str) -> list[Any]:
    found: dict[str, Any] = json.loads((Path(run) / "scores.json").read_text("utf-8"))
    return [m for m in found["measures"] if m["unit"] != "ms"]


def test_a_batch_gives_exactly_the_labels_and_figures_of_a_live_judge(
    server: FakeOpenAI, runs: tuple[str, str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    live, copy = runs
    server.faults = sometimes
    capfd.readouterr()
    assert coach(["judge", live, *MODEL, "--sample", "12"]) == 0
    said = capfd.readouterr().out
    assert "Labels of judge:gpt-4o: 12" in said
    assert "truth.kappa" in said
    assert {"judge:gpt-4o"} == {x["by"] for x in labels(live)}
    asked = len(server.seen)
    assert coach(["judge", copy, *MODEL, "--sample", "12", "--batch-out", "b1"]) == 0
    assert "12 requests to the judge gpt-4o" in capfd.readouterr().out
    assert not labels(copy)
    assert len(server.seen) == asked
    for line in Path("b1").read_text("utf-8").split("\n")[:-1]:
        # No act stands in what a judge is shown, and no key.
        assert "act" not in json.loads(line)["body"]
        assert KEY not in line
    answer_batch(server, Path("b1"), tmp_path / "o1")
    assert coach(["judge", copy, *MODEL, "--sample", "12", "--batch-in", "o1", "--batch-out", "b2"]) == 0
    repairs = len(Path("b2").read_text("utf-8").split("\n")) - 1
    assert 0 < repairs < 12
    assert len(labels(copy)) == 12 - repairs
    answer_batch(server, Path("b2"), tmp_path / "o2")
    both = ["judge", copy, *MODEL, "--sample", "12", "--batch-in", "o1", "--batch-in", "o2"]
    assert coach(both) == 0
    # The labels add up what an answer and its repair took, as the live judge's do.
    assert labels(copy) == labels(live)
    assert measures(copy) == measures(live)
    size = (Path(copy) / "labels.jsonl").stat().st_size
    assert coach(both) == 0
    assert coach([*both, "--batch-out", "b3"]) == 0
    assert not Path("b3").exists()
    assert (Path(copy) / "labels.jsonl").stat().st_size == size
    no_secret_in(tmp_path)


def test_what_is_labelled_is_not_asked_again(server: FakeOpenAI, runs: tuple[str, str], tmp_path: Path) -> None:
    live, copy = runs
    assert coach(["judge", live, *MODEL, "--sample", "4"]) == 0
    server.seen.clear()
    assert coach(["judge", live, *MODEL, "--sample", "4"]) == 0
    assert not server.seen
    assert coach(["judge", live, *MODEL, "--sample", "10", "--batch-out", "b"]) == 0
    assert len(Path("b").read_text("utf-8").split("\n")[:-1]) == 6
    answer_batch(server, Path("b"), tmp_path / "o")
    assert coach(["judge", live, *MODEL, "--sample", "10", "--batch-in", "o"]) == 0
    assert coach(["judge", copy, *MODEL, "--sample", "10"]) == 0
    assert labels(live) == labels(copy)


def test_a_reply_without_an_answer_gets_no_label_and_can_be_asked_again(
    server: FakeOpenAI, runs: tuple[str, str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = runs[0]
    assert coach(["judge", run, *MODEL, "--sample", "6", "--batch-out", "b"]) == 0
    answers = answer_batch(server, Path("b"), tmp_path / "o")
    write_output(Path("part"), [*answers[:3], failed(9, answers[3]["custom_id"], "batch_expired")])
    capfd.readouterr()
    assert coach(["judge", run, *MODEL, "--sample", "6", "--batch-in", "part"]) == 4
    out, err = capfd.readouterr()
    assert "No label, missing (2), e.g. judge/" in err
    assert "No label, expired (1)" in err
    assert "3 requests have no answer" in out
    assert len(labels(run)) == 3
    write_output(Path("rest"), answers[3:])
    assert coach(["judge", run, *MODEL, "--sample", "6", "--batch-in", "rest"]) == 0
    assert len(labels(run)) == 6


def test_a_malformed_answer_is_a_label_without_a_kind(
    server: FakeOpenAI, runs: tuple[str, str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = runs[0]
    server.faults = lambda *_: Fault.NO_JSON
    assert coach(["judge", run, *MODEL, "--sample", "3", "--batch-out", "b"]) == 0
    answer_batch(server, Path("b"), tmp_path / "o")
    capfd.readouterr()
    assert coach(["judge", run, *MODEL, "--sample", "3", "--batch-in", "o"]) == 0
    assert "3, 3 of them without a kind" in capfd.readouterr().out
    assert all(x["kind"] is None and x["usage"]["input"] for x in labels(run))


def test_what_can_not_be_judged(
    server: FakeOpenAI, runs: tuple[str, str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = runs[0]
    assert coach(["judge", run, *MODEL, "--sample", "3", "--batch-out", "b"]) == 0
    answer_batch(server, Path("b"), tmp_path / "o")
    for arguments, told in [
        ([run], "a judge is a model that reads"),
        ([run, "--batch-out", "x"], "needs a model behind an endpoint"),
        (["nowhere", *MODEL], "no run 'nowhere'"),
        ([run, *MODEL, "--sample", "2", "--batch-in", "o"], "an answer to another file (1 of 3 such lines)"),
        ([run, "--model", "judge=gpt-5", "--sample", "3", "--batch-in", "o"], "another prompt, model or parameter"),
        ([run, *MODEL, "--max-cost", "1", "--batch-out", "x"], "a batch makes none"),
    ]:
        capfd.readouterr()
        assert coach(["judge", *arguments]) == 2
        err = capfd.readouterr().err
        assert told in err
        assert len(err.strip().splitlines()) == 1
    assert not labels(run)
    assert RunFolder.open(Path(run)).manifest.finished
