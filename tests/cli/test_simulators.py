"""Candidates in a model's words, and blind labels: by a judge, by a person."""

import io
import json
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.domain.tasks import WordingTask
from coach.records.events import Called
from coach.records.journal import read_events
from coach.records.labels import read_labels
from tests.cli.endpoint import endpoint, matrix, only_run, simulate
from tests.fake_openai.answers import reworded


def measures(out: Path) -> dict[str, dict[str, object]]:
    scores = json.loads((only_run(out).path / "scores.json").read_text("utf-8"))
    return {m["name"] + json.dumps(m["slice"]): m for m in scores["measures"]}


def test_the_model_words_what_was_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, rehearsal={"words": "llm"}) as server:
        assert simulate(tmp_path / "llm", "--candidate", "llm") == 0
        assert len(server.answers.unknown) == 1
    assert coach(["simulate", *_small(), "--out", str(tmp_path / "script")]) == 0
    for worded, scripted in zip(
        only_run(tmp_path / "llm").records(), only_run(tmp_path / "script").records(), strict=True
    ):
        for one, other in zip(worded.turns, scripted.turns, strict=False):
            assert one.act is not None
            assert other.act is not None
            if (one.act.act, one.act.text_ids) != (other.act.act, other.act.text_ids):
                break
            assert one.act.worded is not None
            assert one.act.worded.source == "model"
            assert one.reply.endswith(other.reply)
            assert one.reply != other.reply
    found = measures(tmp_path / "llm")
    assert found['cost.tokens_input{"agent": "candidate"}']["value"] > 0
    assert found["health.wordings_replaced{}"]["value"] == 0
    alone = found["cost.tokens_per_interview{}"]["value"]
    assert alone * 4 < found["cost.tokens_input{}"]["value"] + found["cost.tokens_output{}"]["value"]


def _small() -> list[str]:
    from tests.cli.endpoint import SMALL

    return SMALL


def test_a_wording_that_can_not_be_used_is_asked_for_once_more_then_the_script_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def word(task: WordingTask) -> str:
        if task.language == "ru":
            return json.dumps({"reply": "As an AI language model I will play the candidate."})
        if not task.rejected:
            return json.dumps({"reply": f"Interviewer: {task.say}"})
        return reworded(task)

    with endpoint(monkeypatch, rehearsal={"words": "llm", "word": word}):
        assert simulate(tmp_path, "--candidate", "llm") == 0
    for record in only_run(tmp_path).records():
        worded = [t.act.worded for t in record.turns if t.act]
        if record.brief.language == "ru":
            assert {w.source for w in worded if w} == {"script"}
            assert all(w and "reasoning_leaked" in w.rejected[0] and len(w.rejected) == 2 for w in worded)
        else:
            assert all(w and w.source == "model" and w.rejected == ("role_swapped",) for w in worded)
    found = measures(tmp_path)
    assert found["health.wordings_rejected{}"]["value"] == 1.0
    assert 0 < found["health.wordings_replaced{}"]["value"] < 1
    assert found["health.blamed" + json.dumps({"blame": "engine"})]["value"] == 0


def test_acts_that_are_not_carried_out_are_flagged_and_headlines_given_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def word(task: WordingTask) -> str:
        empty = {
            "en": "Well, it depends on many things, as you know, I would say.",
            "ru": "Ну, это от многого зависит, сами знаете.",
        }
        return json.dumps({"reply": f"{empty[task.language]} {len(task.earlier)}{len(task.message)}"})

    with endpoint(monkeypatch, rehearsal={"words": "llm", "word": word}):
        assert simulate(tmp_path, "--candidate", "llm") == 0
    found = measures(tmp_path)
    assert found["health.act_not_carried_out{}"]["value"] > 0.3
    fair = json.dumps({"without_simulator_faults": True})
    assert found["detection.kind.accuracy" + fair]["n"] < found["detection.kind.accuracy{}"]["n"]
    assert "a second time without them" in (only_run(tmp_path).path / "report.html").read_text("utf-8")


def test_attack_payloads_are_never_reworded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = matrix(personas=["prompt_injector"], turns=6)
    with endpoint(monkeypatch, matrix=chosen, rehearsal={"words": "llm"}):
        arguments = ["--persona", "prompt_injector", "--turns", "6", "--variants", "1", "--model", "gpt-4o-mini"]
        assert coach(["simulate", *arguments, "--candidate", "llm", "--out", str(tmp_path)]) == 0
    from tests.cli.endpoint import LIBRARY

    payloads = {f"{a.id}/{p.id}": p.text for a in LIBRARY.attacks.values() for p in a.payloads}
    attacked = [
        (r.brief.language, t) for r in only_run(tmp_path).records() for t in r.turns if t.act and t.act.payload_id
    ]
    assert attacked
    for language, turn in attacked:
        assert turn.act is not None
        assert payloads[turn.act.payload_id or ""].in_(language) in turn.reply


def test_a_judge_labels_a_sample_blind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with endpoint(monkeypatch) as server:
        # Every judge's prompt gets the same answer: the server knows none of them beforehand.
        server.answers.of = _judging(server.answers.of)  # type: ignore[method-assign]
        assert simulate(tmp_path, "--judge", "8", "--model", "judge=gpt-4o") == 0
        asked = [s.body for s in server.seen if s.body["model"] == "gpt-4o"]
    folder = only_run(tmp_path)
    labels = read_labels(folder.path)
    assert len(labels) == 8
    assert {x.by for x in labels} == {"judge:gpt-4o"}
    assert all(x.usage and x.cost for x in labels)
    judged = [b for b in asked if "label replies" in str(b["messages"][0]) or "размечаешь" in str(b["messages"][0])]
    assert len(judged) == 8
    acts = {t.act.act for r in folder.records() for t in r.turns if t.act}
    for body in judged:
        assert not any(f"meant: {act}" in str(body) or f"{act}:" in str(body) for act in acts)
    found = measures(tmp_path)
    by = json.dumps({"by": "judge:gpt-4o"})
    assert found["truth.agreement" + by]["n"] == 8
    assert found["truth.kappa" + by]["value"] is not None
    assert found['cost.usd{"agent": "judge"}']["value"] == pytest.approx(sum(x.cost or 0 for x in labels))
    report = (folder.path / "report.html").read_text("utf-8")
    assert "truth.kappa" in report


def _judging(answer: object) -> object:
    def of(messages: list[dict[str, str]]) -> str:
        if "label" in messages[0]["content"][:60] or "размечаешь" in messages[0]["content"][:60]:
            return '{"reason": "so it reads", "kind": "introduction"}'
        return answer(messages)  # type: ignore[operator]

    return of


def test_a_person_labels_in_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(["simulate", *_small(), "--out", str(tmp_path)]) == 0
    capfd.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("9\nnonsense\n99\n4\ns\nq\n"))
    assert coach(["label", "--out", str(tmp_path), "--name", "ann"]) == 0
    out = capfd.readouterr().out
    folder = only_run(tmp_path)
    labels = read_labels(folder.path)
    assert [x.by for x in labels] == ["person:ann"] * 2
    assert "A number from 1 to 11" in out
    assert "truth.kappa" in out
    assert not any(t.act and f"({t.act.act}" in out for r in folder.records() for t in r.turns)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert coach(["label", "--out", str(tmp_path), "--name", "ann", "--size", "4"]) == 0
    assert "1 of 2" in capfd.readouterr().out
    assert len(read_labels(folder.path)) == 2


def test_a_simulator_that_can_not_be_reached_is_infrastructure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fake_openai import Fault

    def faults(number: int, body: dict[str, object]) -> Fault:
        return Fault.SERVER_ERROR if "You play a candidate" in str(body["messages"]) else Fault.NONE

    with endpoint(monkeypatch, rehearsal={"words": "llm"}, faults=faults):
        assert simulate(tmp_path, "--candidate", "llm", "--max-retries", "0") == 4
        folder = only_run(tmp_path)
        assert {c.case.language for c in folder.missing_cells()} == {"en"}
    failed = [e.call for e in read_events(folder.journal) if isinstance(e, Called) and e.call.outcome == "failed"]
    assert {c.role for c in failed} == {"candidate"}
