"""Users' own models and scorers, found as an installed package offers them."""

import json
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
OFFERED = """[coach.scorers]
pace = own_scorer:pace
[coach.models]
agreeable = own_model:Agreeable
"""
SMALL = ["simulate", "--persona", "hallucinator", "--language", "en", "--variants", "2", "--turns", "6", "--json"]


def offer(folder: Path, entry_points: str, monkeypatch: pytest.MonkeyPatch, **modules: str) -> None:
    """Lay a package with ``entry_points`` where Python finds installed ones, the examples and ``modules`` in it."""
    site = folder / "site"
    info = site / "own-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    for file in EXAMPLES.glob("own_*.py"):
        (site / file.name).write_text(file.read_text("utf-8"), "utf-8")
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(folder)


def scores(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, Any], Path]:
    capsys.readouterr()
    assert coach([*SMALL, *arguments]) == 0
    run = Path(json.loads(capsys.readouterr().out)["run"])
    found: dict[str, Any] = json.loads((run / "scores.json").read_text("utf-8"))
    return found, run


def figure(found: dict[str, Any], name: str) -> dict[str, Any]:
    (measure,) = [m for m in found["measures"] if m["name"] == name and not m["slice"]]
    return dict(measure)


def test_the_documented_examples_score_and_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(tmp_path, OFFERED, monkeypatch)
    baseline, run = scores(capsys)
    pace = figure(baseline, "pace.turns_per_answer")
    assert pace["value"] >= 1
    assert pace["n"] == 2
    assert "Your own: pace" in (run / "report.html").read_text("utf-8")
    agreeing, run = scores(capsys, "--model", "agreeable")
    assert agreeing["model"] == "agreeable"
    assert figure(agreeing, "detection.hallucination.recall")["value"] == 0
    assert figure(baseline, "detection.hallucination.recall")["value"] > 0
    assert "agreeable: as the model itself says" in json.loads((run / "run.json").read_text("utf-8"))["price_source"]
    mixed, _ = scores(capsys, "--model", "observer=agreeable")
    assert mixed["model"] == "offline,observer=agreeable"
    assert figure(mixed, "detection.hallucination.recall")["value"] == 0


def test_the_documented_entry_points_are_those_of_the_tests() -> None:
    page = (EXAMPLES.parent / "plug-ins.md").read_text("utf-8")
    for line in OFFERED.splitlines():
        name, _, target = line.partition(" = ")
        assert not target or f'{name} = "{target}"' in page


def test_an_own_model_goes_behind_a_cassette(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(tmp_path, OFFERED, monkeypatch)
    tape = ["--model", "agreeable", "--cassette", "tape.jsonl", "--cassette-mode"]
    recorded, _ = scores(capsys, *tape, "record")
    replayed, _ = scores(capsys, *tape, "replay")
    name = "detection.kind.accuracy"
    assert figure(recorded, name)["value"] == figure(replayed, name)["value"]


def test_an_own_model_can_not_be_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(tmp_path, OFFERED, monkeypatch)
    assert coach(["simulate", "--model", "agreeable", "--max-tokens", "10"]) == 2
    assert "spending is not counted" in capsys.readouterr().err


BAD = """
from coach.scoring.model import Measure

def raises(tables):
    raise ZeroDivisionError("nothing there")

def strange(tables):
    yield Measure(name="cost.usd", value=0.0, n=1, clusters=1, unit="usd")
"""


def test_a_scorer_that_fails_costs_its_own_figures_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offered = "[coach.scorers]\nraises = bad:raises\nstrange = bad:strange\npace = own_scorer:pace\n"
    offer(tmp_path, offered, monkeypatch, bad=BAD)
    found, _ = scores(capsys)
    notices = " ".join(found["notices"])
    assert "'raises' failed, its measures are left out: ZeroDivisionError: nothing there" in notices
    assert "'strange' returned 'cost.usd', which is not its own" in notices
    assert figure(found, "pace.turns_per_answer")["value"] >= 1
    assert figure(found, "detection.kind.accuracy")["value"] > 0


@pytest.mark.parametrize(
    ("offered", "message"),
    [
        ("[coach.scorers]\npace = no_such_module:pace\n", "can't be imported"),
        ("[coach.scorers]\ncost = own_scorer:pace\n", "coach's own"),
    ],
)
def test_a_scorer_that_can_not_be_used_is_named(
    offered: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offer(tmp_path, offered, monkeypatch)
    assert coach(SMALL) == 2
    assert message in capsys.readouterr().err
