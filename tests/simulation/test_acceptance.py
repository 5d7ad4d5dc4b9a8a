"""Acceptance interviews: all green on the offline model, red and readable where the engine does otherwise."""

import json
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.content.library import Library
from coach.records.run import RunFolder
from coach.scoring.acceptance import turn_checks, verdict_checks

LIBRARY = Library()


def only_run(out: Path) -> Path:
    (path,) = [p.parent for p in out.glob("*/run.json")]
    return path


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    out = tmp_path_factory.mktemp("acceptance")
    return coach(["simulate", "--matrix", "acceptance", "--out", str(out), "--json"]), only_run(out)


def test_every_script_comes_as_expected_on_the_offline_model(accepted: tuple[int, Path]) -> None:
    code, run = accepted
    missed = {
        record.cell_key: [str(c) for t in record.turns for c in turn_checks(t) if not c.met]
        + [str(c) for c in verdict_checks(record) if not c.met]
        for record in RunFolder.open(run).records()
    }
    assert {k: v for k, v in missed.items() if v} == {}
    assert code == 0


def test_there_is_a_script_for_every_persona_and_for_the_assignments_example() -> None:
    assert {s.persona for s in LIBRARY.scripts.values()} == set(LIBRARY.personas)
    example = [t.act for t in LIBRARY.scripts["assignment_example"].turns]
    assert example == ["introduce", "answer:normal", "claim", "ask_back", "answer:normal", "stop"]
    for script in LIBRARY.scripts.values():
        assert script.verdict.grade, script.id
        assert script.verdict.recommendation, script.id


def test_every_turn_of_every_script_expects_something(accepted: tuple[int, Path]) -> None:
    for record in RunFolder.open(accepted[1]).records():
        scripted = LIBRARY.scripts[record.cell.case.script].turns if record.cell and record.cell.case.script else ()
        assert len(record.turns) == len(scripted)
        assert all(turn_checks(t) for t in record.turns)
        assert verdict_checks(record)


def test_the_report_and_the_transcript_show_what_was_expected(
    accepted: tuple[int, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run = accepted[1]
    page = (run / "report.html").read_text("utf-8")
    assert "Acceptance: what the scripts expect" in page
    assert "as scripted" in page
    capsys.readouterr()
    assert coach(["transcript", str(run), "1"]) == 0
    shown = capsys.readouterr().out
    assert "✓ next: ask_new_question" in shown
    assert "expected, since" in shown


OTHERWISE = """
id: strict_timing
title: {en: Two answers, ru: Два ответа}
description: {en: Expects the level too early., ru: Ждёт уровень слишком рано.}
persona: strong_senior
scenario: python_backend
turns:
  - act: introduce
    expect: {kind: [introduction], difficulty: BASIC}
  - act: answer:excellent
    expect: {difficulty: INTERMEDIATE, says: [never said], why: it is wrong on purpose}
verdict: {ended_by: [turn_limit], gaps_at_least: 3}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "scenarios" / "scripts" / "strict_timing.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_what_is_not_met_is_named_and_the_exit_code_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    mine = write(tmp_path / "mine", OTHERWISE)
    out = tmp_path / "runs"
    arguments = ["simulate", "--script", "strict_timing", "--content", str(mine), "--language", "en", "--out", str(out)]
    assert coach(arguments) == 1
    shown = capsys.readouterr().out
    assert "Acceptance: 0 of 1 interviews as scripted; 2 of 6 expectations met" in shown
    assert "turn 2: level after it: INTERMEDIATE, but it is BASIC" in shown
    assert "turn 2: the next message says “never said”, but it is not said" in shown
    assert "the end: ended by turn_limit, but it is stop_command" in shown
    assert "the end: knowledge gaps at least 3, but it is 0" in shown
    scores = json.loads((only_run(out) / "scores.json").read_text("utf-8"))
    values = {m["name"]: m["value"] for m in scores["measures"] if not m["slice"]}
    assert values["acceptance.interviews"] == 0
    assert values["acceptance.expectations"] == pytest.approx(2 / 6)


def test_a_script_says_the_same_whatever_the_runs_seed(tmp_path: Path) -> None:
    said = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        assert coach(["simulate", "--script", "veteran", "--seed", seed, "--out", str(out), "--json"]) == 0
        said.append([[t.reply for t in r.turns] for r in RunFolder.open(only_run(out)).records()])
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("act: introduce", "act: stop"), "the first act is 'introduce'"),
        (("act: answer:excellent", "act: answer:excellent\n    say: {en: a, ru: b}"), "come from the bank"),
        (("act: answer:excellent", "act: answer:excellent\n    payload: a/b"), "injects nothing"),
        (("persona: strong_senior", "persona: strong_junior"), "unknown persona 'strong_junior'"),
        (("act: answer:excellent", "act: inject"), "has no attacks of its own"),
        (("act: answer:excellent", "act: inject\n    payload: role_play"), "name one of the family"),
        (("act: answer:excellent", "act: inject\n    payload: role_play/"), "has no payload ''"),
    ],
)
def test_a_script_that_can_not_be_is_refused(
    change: tuple[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = write(tmp_path, OTHERWISE.replace(*change))
    assert coach(["validate", "--content", str(mine)]) == 2
    assert message in capsys.readouterr().out
    assert coach(["simulate", "--content", str(mine), "--script", "strict_timing", "--out", str(tmp_path / "r")]) == 2
    assert not (tmp_path / "r").exists()


def test_scripts_are_chosen_by_persona_and_take_no_attack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path)
    assert coach(["simulate", "--matrix", "acceptance", "--persona", "parrot", "--out", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["interviews"] == 2
    attack = ["--attack", "direct_override"]
    assert coach(["simulate", "--matrix", "acceptance", *attack, "--out", out]) == 2
    assert "a script fixes every act" in capsys.readouterr().err
    assert coach(["simulate", "--matrix", "acceptance", "--scenario", "data_ml", "--out", out]) == 2
    assert "no script has this persona and scenario" in capsys.readouterr().err
