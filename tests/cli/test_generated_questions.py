"""Interviews without a bank: a model writes the questions, and answers where it may; scores say what isn't known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.domain.tasks import QuestionTask
from coach.models.base import Request
from coach.records.interview import InterviewRecord
from tests.cli.endpoint import endpoint, matrix, only_run

PERSONAS = ("honest_junior", "topic_switcher", "prompt_injector")
WHAT = {"personas": list(PERSONAS), "scenarios": ["generated_backend"], "turns": 7}
CHOSEN = [*(x for p in PERSONAS for x in ("--persona", p)), "--scenario", "generated_backend"]
COMMAND = ["simulate", *CHOSEN, "--variants", "1", "--turns", "7", "--model", "gpt-4o-mini"]


def interviews(
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    *more: str,
    change: Callable[[Request, str], str] | None = None,
    **rehearsal: Any,
) -> tuple[list[InterviewRecord], dict[str, Any]]:
    rehearsal |= {"change": change} if change else {}
    with endpoint(monkeypatch, matrix=matrix(**WHAT), rehearsal=rehearsal) as server:
        assert coach([*COMMAND, "--out", str(out), *more]) == 0
        # The probe alone was not rehearsed.
        assert len(server.answers.unknown) == 1
    run = only_run(out)
    return list(run.records()), json.loads((run.path / "scores.json").read_text("utf-8"))


def values(scores: dict[str, Any]) -> dict[str, Any]:
    return {m["name"]: m for m in scores["measures"] if not m["slice"]}


def test_the_model_writes_each_question_at_the_level_that_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, scores = interviews(tmp_path, monkeypatch, "--candidate", "llm", words="llm")
    assert len(records) == 2 * len(PERSONAS)
    for record in records:
        asked = [t.question_text for t in record.turns if t.question_text and "#" not in (t.question_id or "")]
        assert asked
        # A question is asked again only as the anchor: the same text under the same id.
        by_id = {t.question_id: t.question_text for t in record.turns if t.question_id}
        assert len(set(by_id.values())) == len(by_id)
        for turn in record.turns:
            if turn.question_id and "#" not in turn.question_id:
                assert turn.question_id.startswith(str(turn.difficulty).lower())
                assert turn.question_text in turn.message
    answers = [t for r in records for t in r.turns if t.act and t.act.text_ids[0].startswith("generated/")]
    assert answers
    for turn in answers:
        assert turn.act is not None
        assert turn.act.truth.kind is None
        assert turn.act.worded is not None
        assert turn.act.worded.source == "model"
        assert turn.reply
    found = values(scores)
    assert found["difficulty.distance"]["value"] is None
    assert found["verdict.recommendation_acceptable"]["value"] is None
    assert found["anchor.kept"]["value"] is not None
    assert found["injection.success"]["value"] is not None
    assert any("whether an answer is right is not known" in n for n in scores["notices"])


def test_without_a_model_for_words_the_personas_do_what_needs_no_bank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, _ = interviews(tmp_path, monkeypatch)
    acts = {t.act.act for r in records for t in r.turns if t.act}
    assert acts <= {
        "introduce",
        "dont_know",
        "change_topic",
        "ask_back",
        "ask_solution",
        "inject",
        "beg",
        "flatter",
        "stop",
    }
    assert {"dont_know", "change_topic", "inject"} <= acts
    assert all(t.reply for r in records for t in r.turns)
    introduced = [t for r in records for t in r.turns if t.act and t.act.act == "introduce"]
    assert len(introduced) == len(records)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"text": "Tell me about it."}, "one_question"),
        ({"text": "**What** is it?"}, "plain_text"),
        ({"key_points": [{"text": "x", "ask": "Why is it so at all?", "required": False}]}, "no_required_point"),
        ({"key_points": []}, "malformed"),
    ],
)
def test_a_question_that_can_not_be_asked_is_written_again(
    broken: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected: list[tuple[str, ...]] = []

    def change(request: Request, text: str) -> str:
        task = request.task
        if not isinstance(task, QuestionTask):
            return text
        rejected.append(task.rejected)
        return text if task.rejected else json.dumps(json.loads(text) | broken)

    records, _ = interviews(tmp_path, monkeypatch, change=change)
    assert (told,) in rejected
    assert all(r.ended_by != "question_failed" for r in records)
    assert all(broken.get("text") not in t.message for r in records for t in r.turns if broken.get("text"))


def test_where_no_question_can_be_had_the_interview_ends_and_the_engine_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(request: Request, text: str) -> str:
        if isinstance(request.task, QuestionTask) and request.task.turn_id > 2:
            return json.dumps(json.loads(text) | {"text": "No question"})
        return text

    records, _ = interviews(tmp_path, monkeypatch, change=change)
    ended = {(r.ended_by.value, r.blame.value) for r in records}
    assert ("question_failed", "engine") in ended
    failed = next(r for r in records if r.ended_by == "question_failed")
    assert "No question" not in failed.last_message
    assert failed.feedback is not None


@pytest.mark.parametrize("command", ["simulate", "chat"])
def test_the_embedded_model_writes_no_questions(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coach([command, "--scenario", "generated_backend", "--out", str(tmp_path)]) == 2
    assert "name one with --model interviewer=NAME" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_estimate_knows_of_the_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(
        "id: written\ntitle: {en: x, ru: x}\npersonas: [honest_junior]\nscenarios: [generated_backend]\n", "utf-8"
    )
    assert coach(["estimate", str(file), "--model", "gpt-4o-mini", "--candidate", "llm", "--json"]) == 0
    roles = {r["role"]: r for r in json.loads(capsys.readouterr().out)["roles"]}
    assert roles["interviewer"]["calls"] > roles["observer"]["calls"]
