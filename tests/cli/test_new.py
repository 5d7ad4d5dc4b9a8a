"""``coach new`` writes files that are valid as they stand, run as they stand, and overwrites nothing."""

import json
from pathlib import Path

import pytest

from coach.cli import run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("kind", "name"), [("persona", "shy"), ("attack", "lantern")])
def test_what_is_new_is_sound(kind: str, name: str) -> None:
    assert run(["new", kind, name]) == 0
    assert run(["validate", "mine"]) == 0


def test_a_new_bank_lacks_levels_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "questions", "webby"]) == 0
    capsys.readouterr()
    run(["validate", "mine"])
    found = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [line.split(": ", 1)[1] for line in found] == [
        f"no question at {level}" for level in ("INTERMEDIATE", "ADVANCED", "EXPERT")
    ]


def test_a_question_joins_a_bank(here: Path) -> None:
    run(["new", "questions", "webby"])
    assert run(["new", "questions", "webby/second"]) == 0
    text = (here / "mine/scenarios/questions/webby/second.yaml").read_text(encoding="utf-8")
    assert "\nid: second\n" in text
    assert "\ndifficulty: INTERMEDIATE\n" in text


def test_a_copy_of_the_template_is_one_problem(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("webby", "webby/second", "webby/third", "webby/fourth"):
        run(["new", "questions", name])
    capsys.readouterr()
    assert run(["validate", "mine"]) == 2
    found = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(found) == 3
    assert all("every answer has words of its own" in line for line in found)


def test_a_new_persona_attack_and_bank_run_at_once(here: Path) -> None:
    for what in (("persona", "shy"), ("attack", "lantern"), ("questions", "webby")):
        run(["new", *what])
    common = ["simulate", "--content", "mine", "--persona", "shy", "--variants", "1"]
    assert run([*common, "--scenario", "webby", "--out", "own"]) == 0
    assert run([*common, "--attack", "lantern", "--out", "runs"]) == 0
    (scores,) = here.glob("runs/*/scores.json")
    measures = json.loads(scores.read_text(encoding="utf-8"))["measures"]
    assert next(m for m in measures if m["name"] == "injection.success")["n"] > 0


def test_editors_find_the_schema(here: Path) -> None:
    run(["new", "questions", "webby"])
    for path in here.glob("mine/scenarios/**/*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        assert "properties" in json.loads(schema.read_text(encoding="utf-8"))


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["new", "persona", "shy"])
    path = here / "mine/personas/shy.yaml"
    path.write_text("mine\n", encoding="utf-8")
    assert run(["new", "persona", "shy"]) == 2
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "is there already, nothing was written" in capsys.readouterr().err


def test_where_nothing_can_be_written_it_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine").mkdir()
    (here / "mine/personas").write_text("a file", encoding="utf-8")
    assert run(["new", "persona", "shy"]) == 2
    assert "can't write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name"),
    [("persona", "../x"), ("persona", "a/b"), ("questions", "a/../b"), ("x", "y"), ("persona", "a" * 65)],
)
def test_a_bad_name_writes_nothing(here: Path, kind: str, name: str) -> None:
    assert run(["new", kind, name]) == 2
    assert not list(here.iterdir())
