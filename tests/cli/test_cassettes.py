"""Cassettes by the command line: record on an endpoint, replay without one, and say what a prompt change moved."""

from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.engine.prompts import DEFAULT
from coach.records.events import Called
from coach.records.journal import read_events
from tests.cli.endpoint import SMALL, endpoint, no_secret_in, only_run, simulate

MODEL = ["--model", "gpt-4o-mini"]


def turns(out: Path) -> list[list[tuple[str, str]]]:
    return [[(t.message, t.reply) for t in r.turns] for r in only_run(out).records()]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_is_replayed_without_key_or_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jobs: str
) -> None:
    file = tmp_path / "c.jsonl"
    recorded = ["--cassette", str(file), "--cassette-mode", "record", "--jobs", jobs]
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path / "a", *recorded) == 0
        made = len(server.seen)
    no_secret_in(tmp_path)
    for name in ("COACH_BASE_URL", "COACH_API_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("COACH_CASSETTE", str(file))
    assert simulate(tmp_path / "b", "--jobs", jobs) == 0
    assert turns(tmp_path / "a") == turns(tmp_path / "b")
    calls = [e.call for e in read_events(only_run(tmp_path / "b").journal) if isinstance(e, Called)]
    assert all(c.replayed for c in calls)
    assert len(calls) == made - 1
    assert "calls are from a cassette" in " ".join(capfd.readouterr().out.split())


def test_a_prompt_change_fails_the_replay_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.jsonl"
    with endpoint(monkeypatch):
        assert simulate(tmp_path / "a", "--cassette", str(file), "--cassette-mode", "record") == 0
    folder = tmp_path / "default"
    (folder / "en").mkdir(parents=True)
    text = DEFAULT.path("en/evaluator.system").read_text("utf-8")
    (folder / "en" / "evaluator.system.j2").write_text(text.replace("# Verdict", "# The verdict"), "utf-8")
    # The same name: as if the default itself had been changed.
    monkeypatch.setattr("coach.engine.prompts.DEFAULT.folder", folder, raising=False)
    monkeypatch.setattr("coach.engine.prompts.DEFAULT._folders", (folder, *DEFAULT._folders))
    DEFAULT.__dict__.pop("_compiled", None)
    DEFAULT.__dict__.pop("_environment", None)
    try:
        capfd.readouterr()
        assert simulate(tmp_path / "b", "--cassette", str(file)) == 4
    finally:
        DEFAULT.__dict__.pop("_compiled", None)
        DEFAULT.__dict__.pop("_environment", None)
    err = capfd.readouterr().err
    assert "The evaluator's prompts are not those of the cassette in 2 of 2 cells" in err
    assert "honest_junior/python_backend/en/v0" in err
    assert "ru/v0" not in err
    assert "-# Verdict" in err
    assert "+# The verdict" in err
    assert {c.case.language for c in only_run(tmp_path / "b").missing_cells()} == {"en"}


def test_auto_asks_only_for_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    auto = ["--cassette", str(tmp_path / "c.jsonl"), "--cassette-mode", "auto"]
    with endpoint(monkeypatch) as server:
        assert simulate(tmp_path / "a", "--language", "en", *auto) == 0
        first = len(server.seen)
        assert simulate(tmp_path / "b", *auto) == 0
        assert first < len(server.seen)
        all_of_it = len(server.seen)
        assert simulate(tmp_path / "c", *auto) == 0
        assert len(server.seen) == all_of_it
    assert turns(tmp_path / "b") == turns(tmp_path / "c")


def test_the_offline_model_can_be_recorded_too(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    arguments = ["simulate", *SMALL, "--cassette", str(file)]
    assert coach([*arguments, "--cassette-mode", "record", "--out", str(tmp_path / "a")]) == 0
    assert coach([*arguments, "--out", str(tmp_path / "b")]) == 0
    assert turns(tmp_path / "a") == turns(tmp_path / "b")
    assert coach([*arguments, *MODEL, "--out", str(tmp_path / "c")]) == 4


def test_there_is_nothing_to_replay(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert simulate(tmp_path, "--cassette", str(tmp_path / "none.jsonl")) == 2
    assert "--cassette-mode record" in capfd.readouterr().err


def test_a_chat_and_an_evaluation_replay_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"id": "1", "language": "en", "question": "", "answer": "stop", "labels": {"stop": true}}\n', "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    record = ["--cassette", "c.jsonl", "--cassette-mode", "record"]
    assert coach(["evaluate", str(lines), *record]) == 0
    assert coach(["evaluate", str(lines), "--cassette", "c.jsonl"]) == 0
