"""A person talks to the interviewer on an endpoint: answers, faults in the middle, limits."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.records.run import RunFolder
from tests.fake_openai import FakeOpenAI, Fault
from tests.fake_openai.server import KEY

INTRODUCTION = {
    "kind": "introduction",
    "candidate": {"name": "Ann", "position": "Python developer", "technologies": ["Python"]},
    "next_step": "ASK_NEW_QUESTION",
}
STOP = {"kind": "stop_command"}


def answer(messages: list[dict[str, str]]) -> str:
    """What the model says to each agent; marks are random in a chat, so it goes by what is asked."""
    system, user = messages[0]["content"], messages[1]["content"]
    if "You check a connection" in system:
        return '{"ready": true}'
    if "You are the Observer" in system:
        return json.dumps(STOP if "enough" in user.split("# The reply to classify")[1] else INTRODUCTION)
    if "You are the Interviewer" in system:
        return json.dumps({"lead": "Thank you, that is good to know."})
    return "no feedback today"


def chat(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, *more: str, **options: Any
) -> tuple[int, FakeOpenAI]:
    with FakeOpenAI(**options) as server:
        server.answers.of = answer  # type: ignore[method-assign,assignment]
        monkeypatch.setenv("COACH_BASE_URL", server.base_url)
        monkeypatch.setenv("COACH_API_KEY", KEY)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        return coach(["chat", "--model", "gpt-4o-mini", *more]), server


def record(tmp_path: Path) -> Any:
    (folder,) = [RunFolder.open(p.parent) for p in tmp_path.glob("runs/*/run.json")]
    (found,) = folder.records()
    return found


def test_a_chat_is_kept_with_its_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code, server = chat(monkeypatch, tmp_path, "I'm Ann, a Python developer\nenough\n")
    assert code == 0
    out = capfd.readouterr().out
    assert "Thank you, that is good to know." in out
    found = record(tmp_path)
    assert [t.reply for t in found.turns] == ["I'm Ann, a Python developer", "enough"]
    assert found.turns[0].profile.name == "Ann"
    assert all(c.cost and c.mode == "json_schema" for c in found.calls)
    # The Evaluator's answer was no JSON, twice: the talk is kept without feedback, and says why.
    assert "the Evaluator's answer could not be used" in found.no_feedback_reason
    marks = [
        s.body["messages"][1]["content"].split("<<candidate ")[1][:16]
        for s in server.seen[1:]
        if "<<candidate " in s.body["messages"][1]["content"]
    ]
    assert len(set(marks)) >= 3


def test_a_fault_in_the_middle_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    faults = {1: Fault.SERVER_ERROR}
    said = "I'm Ann, a Python developer\nI'm Ann, a Python developer\nenough\n"
    code, _ = chat(monkeypatch, tmp_path, said, "--max-retries", "0", faults=lambda n, _: faults.get(n, Fault.NONE))
    assert code == 0
    assert "Nothing is lost: say it again." in capfd.readouterr().out
    assert len(record(tmp_path).turns) == 2


def test_an_endpoint_that_dies_before_the_feedback_keeps_the_talk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _ = chat(
        monkeypatch,
        tmp_path,
        "I'm Ann, a Python developer\nenough\n",
        "--max-retries",
        "0",
        faults=lambda n, b: Fault.SERVER_ERROR if "You are the Evaluator" in str(b["messages"][0]) else Fault.NONE,
    )
    assert code == 0
    assert "the model did not answer" in record(tmp_path).no_feedback_reason


def test_a_limit_ends_a_chat_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _ = chat(monkeypatch, tmp_path, "I'm Ann\nmore\nmore\nmore\n", "--max-tokens", "6000")
    assert code == 0
    assert "The interview stops here: the limit of 6,000 tokens is reached" in " ".join(capfd.readouterr().out.split())
    assert record(tmp_path).turns
