"""`coach compare` and `coach gate` on whole runs on disk: what is said, in every form, and what is refused."""

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.domain.vocabulary import AnswerKind
from coach.records.run import RunFolder
from coach.scoring.model import GRADING_VERSION
from coach.simulation import Cases
from tests.faulty.model import Faulty, Rates
from tests.runs import LIBRARY, Make, make_run, matrix_of

K = AnswerKind
GATES = [
    {"measure": "detection.kind.accuracy", "at_least": 0.3},
    {"measure": "detection.off_topic.recall", "at_least": 0.55, "why": "talk must not pass for an answer"},
    {"measure": "conformance.one_question", "always": True},
    {"measure": "detection.accused.dont_know", "never": True},
    {"measure": "detection.kind.accuracy", "not_worse_than_baseline": 0.05},
]
MATRIX = matrix_of(
    personas=[
        "honest_junior",
        "hallucinator",
        "topic_switcher",
        "nervous",
        "terse",
        "veteran",
        "parrot",
        "bluffer",
        "impostor",
    ],
    languages=["en"],
    variants=2,
    gates=GATES,
)
Run = Callable[..., tuple[int, str, str]]


def erring(rate: float) -> Make:
    rates = Rates({K.HALLUCINATION: {K.NORMAL: rate}, K.NORMAL: {K.INCOMPLETE: rate}, K.OFF_TOPIC: {K.NORMAL: rate}})

    def make(model: object, seed: int) -> Cases:
        return Cases(LIBRARY, model, seed=seed, reading=lambda c: Faulty(rates, seed, c.case.persona))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, RunFolder]:
    out = tmp_path_factory.mktemp("runs")
    return make_run(out, MATRIX, erring(0.0), name="sound"), make_run(out, MATRIX, erring(0.7), name="broken")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = coach([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def paths(runs: tuple[RunFolder, RunFolder]) -> tuple[Path, Path]:
    return runs[0].path, runs[1].path


def test_a_broken_run_is_worse_in_every_form(
    runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, new = paths(runs)
    for columns in ("80", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        code, out, _ = run("compare", base, new)
        assert code == 0
        assert "The new run is worse." in out
        assert all(len(line) <= int(columns) for line in out.splitlines() if not line.startswith("Side by side"))
        assert "lost" in out
    _, text, _ = run("compare", base, new, "--format", "json")
    found = json.loads(text)
    assert found["verdict"] == "worse"
    assert found["grading_version"] == GRADING_VERSION
    assert {h["name"] for h in found["headlines"]} <= {d["name"] for d in found["deltas"]}
    _, markdown, _ = run("compare", base, new, "--format", "markdown")
    assert markdown.startswith("# The new run is worse.")
    assert markdown.count("| lost |") == sum(not f["won"] for f in found["flips"])
    page = tmp_path / "page.html"
    assert run("compare", base, new, "--format", "html", "-o", page)[0] == 0
    html = page.read_text("utf-8")
    assert "The new run is worse." in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "<script" not in html
    for flip in found["flips"][:5]:
        assert flip["case"] in html


def test_better_is_the_other_way_round(runs: tuple[RunFolder, RunFolder], run: Run) -> None:
    base, new = paths(runs)
    assert json.loads(run("compare", new, base, "--format", "json")[1])["verdict"] == "better"


def test_a_run_of_another_grading_version_is_refused_with_the_command(
    runs: tuple[RunFolder, RunFolder], run: Run
) -> None:
    base, new = paths(runs)
    assert run("score", base, "--json")[0] == 0
    scores = base / "scores.json"
    before = scores.read_text("utf-8")
    for version in (GRADING_VERSION - 1, None):
        scores.write_text(json.dumps({"grading_version": version}), "utf-8")
        for command in (("compare", base, new), ("gate", new, "--baseline", base)):
            code, _, err = run(*command)
            assert code == 2
            assert f"coach score {base}" in err
    scores.write_text(before, "utf-8")


def test_runs_without_a_shared_case_are_refused(runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path) -> None:
    other = make_run(tmp_path, matrix_of(personas=["bluffer"], languages=["ru"], gates=GATES), name="other")
    base, _ = paths(runs)
    for command in (("compare", base, other.path), ("gate", other.path, "--baseline", base)):
        code, _, err = run(*command)
        assert code == 2
        assert "share" in err


def test_gates_decide_and_are_told_to_everyone(
    runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, new = paths(runs)
    junit, summary = tmp_path / "gates.xml", tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    code, out, _ = run("gate", new, "--baseline", base, "--junit", junit)
    assert code == 1
    assert "FAIL" in out
    assert "::error title=" in out
    assert f"coach transcript {new}" in out or "coach transcript" not in out
    suite = ET.parse(junit).getroot()[0]
    failed = [c.get("name") for c in suite if c.find("failure") is not None]
    assert suite.get("failures") == str(len(failed))
    assert "detection.kind.accuracy at most 0.05 worse than the baseline" in failed
    assert "detection.off_topic.recall at least 0.55" in failed
    assert "talk must not pass for an answer" in junit.read_text("utf-8")
    first = summary.read_text("utf-8")
    run("gate", new, "--baseline", base)
    assert summary.read_text("utf-8") == first * 2
    code, text, _ = run("gate", new, "--baseline", base, "--json")
    assert code == 1
    found = json.loads(text)
    assert (found["outcome"], len(found["gates"])) == ("fail", len(GATES))
    tested = [g for g in found["gates"] if g["p"] is not None]
    assert [g["gate"]["measure"] for g in tested] == ["detection.kind.accuracy"]
    assert tested[0]["p_holm"] == tested[0]["p"]


def test_what_is_not_decided_is_a_warning_or_an_exit_code(runs: tuple[RunFolder, RunFolder], run: Run) -> None:
    base, _ = paths(runs)
    code, out, _ = run("gate", base)
    assert code == 0
    assert "no baseline was given" in out
    assert "exit code 3" in out
    assert run("gate", base, "--strict")[0] == 3
    # Nine clusters that all agree do not bound a difference by 0.05.
    assert run("gate", base, "--baseline", base, "--strict")[0] == 3


def test_gates_may_come_from_a_file(runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path) -> None:
    base, _ = paths(runs)
    file = tmp_path / "m.yaml"
    head = "id: m\ntitle: {en: M, ru: М}\npersonas: [terse]\nscenarios: [python_backend]\n"
    file.write_text(f"{head}gates:\n  - {{measure: anchor.keptt, at_least: 0.5}}\n", "utf-8")
    code, _, err = run("gate", base, "--matrix", file)
    assert code == 2
    assert "Did you mean 'anchor.kept'" in err
    file.write_text(f"{head}gates:\n  - {{measure: detection.kind.accuracy, at_least: 0.99}}\n", "utf-8")
    code, _, err = run("gate", base, "--matrix", file)
    assert code == 2
    assert "can never pass" in err
    file.write_text(head, "utf-8")
    code, _, err = run("gate", base, "--matrix", file)
    assert code == 2
    assert "has no gates" in err


def test_a_run_with_impossible_gates_does_not_start(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        "id: m\ntitle: {en: M, ru: М}\npersonas: [terse]\nscenarios: [python_backend]\n"
        "gates:\n  - {measure: verdict.false_hires, at_most: 0.1}\n",
        "utf-8",
    )
    code, _, err = run("simulate", "--matrix", file, "--out", tmp_path / "runs")
    assert code == 2
    assert "Did you mean 'verdict.false_hire'" in err
    assert not (tmp_path / "runs").exists()


def without_journal(folder: RunFolder, into: Path, keep: float) -> Path:
    """Copy a run with the scores that it had, and only so much of its journal."""
    shutil.copytree(folder.path, into)
    assert coach(["score", str(into)]) == 0
    journal = (into / "journal.jsonl").read_bytes()
    lines = journal.splitlines(keepends=True)
    (into / "journal.jsonl").write_bytes(b"".join(lines[: int(keep * len(lines))]))
    return into


@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_an_incomplete_run_decides_nothing_whatever_it_scored_before(
    runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path, keep: float
) -> None:
    cut = without_journal(runs[0], tmp_path / "cut", keep)
    code, out, err = run("gate", cut)
    assert code == 4
    assert f"lacks {len(RunFolder.open(cut).missing_cells())} of 18 interviews" in err
    assert "--resume" in err
    assert "0 pass, 0 fail" in out


def test_runs_of_two_seeds_are_not_compared(runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path) -> None:
    other = make_run(tmp_path, MATRIX.model_copy(update={"seed": 99}), erring(0.0), name="other")
    for command in (["compare", runs[0].path, other.path], ["gate", other.path, "--baseline", runs[0].path]):
        code, _, err = run(*command)
        assert code == 2
        assert "run one of them again with --seed" in err


def test_a_gate_that_the_matrix_lets_pass_is_not_refused(run: Run, tmp_path: Path) -> None:
    """Who should not be hired are few persona x bank, and then the clusters are cases, of which there are more."""
    people = ["honest_junior", "hallucinator", "topic_switcher", "nervous", "terse", "parrot"]
    matrix = matrix_of(personas=people, variants=2, turns=4, gates=[{"measure": "verdict.false_hire", "at_most": 0.5}])
    folder = make_run(tmp_path, matrix, name="fair")
    code, out, err = run("gate", folder.path)
    assert (code, err) == (0, "")
    assert "1 pass" in out


def test_a_gate_on_a_persona_that_the_matrix_lacks_is_refused(
    runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "m.yaml"
    gate = "{measure: detection.kind.accuracy, slice: {persona: nobody}, at_least: 0.1}"
    file.write_text(
        f"id: m\ntitle: {{en: M, ru: М}}\npersonas: [terse]\nscenarios: [python_backend]\ngates: [{gate}]\n", "utf-8"
    )
    code, _, err = run("gate", runs[0].path, "--matrix", file)
    assert code == 2
    assert "no persona 'nobody'" in err


def test_a_place_that_is_no_file_is_bad_input_and_the_verdict_is_still_said(
    runs: tuple[RunFolder, RunFolder], run: Run, tmp_path: Path
) -> None:
    code, out, err = run("gate", runs[0].path, "--junit", tmp_path)
    assert code == 2
    assert "name a file" in err
    assert "pass," in out


def test_changed_prompts_on_a_model_that_does_not_read_them_tell_nothing(run: Run, tmp_path: Path) -> None:
    prompts = tmp_path / "mine" / "en"
    prompts.mkdir(parents=True)
    ours = Path("coach/engine/prompts/en/observer.system.j2")
    source = (Path(__file__).parents[2] / ours).read_text("utf-8")
    (prompts / "observer.system.j2").write_text(source + "\nBe careful, and fair.\n", "utf-8")
    small = ["simulate", "--persona", "terse", "--language", "en", "--variants", "2", "--turns", "4", "--json"]
    found = []
    for more in ([], ["--prompts", tmp_path / "mine"]):
        code, text, _ = run(*small, "--out", tmp_path / "runs", *more)
        assert code == 0
        found.append(json.loads(text)["run"])
    code, out, _ = run("compare", *found)
    assert code == 0
    assert "does not read prompts" in out
    assert "It can't be told which is better." in out
    assert "No difference is shown" not in out
    comparison = json.loads(run("compare", *found, "--format", "json")[1])
    assert "+Be careful, and fair." in comparison["prompts_diff"]
    assert {d["verdict"] for d in comparison["deltas"]} == {"can't tell"}


def test_a_run_with_two_prompt_sets_asks_which(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine" / "en").mkdir(parents=True)
    source = (Path(__file__).parents[2] / "coach/engine/prompts/en/observer.system.j2").read_text("utf-8")
    (tmp_path / "mine" / "en" / "observer.system.j2").write_text(source + "\nMore.\n", "utf-8")
    code, text, _ = run(
        "simulate", "--persona", "terse", "--language", "en", "--variants", "1", "--turns", "4", "--json",
        "--out", tmp_path / "runs", "--prompts", "default", "--prompts", tmp_path / "mine",
    )  # fmt: skip
    assert code == 0
    both = json.loads(text)["run"]
    code, _, err = run("compare", both, both)
    assert code == 2
    assert "--base-prompts" in err
    code, text, _ = run("compare", both, both, "--base-prompts", "default", "--new-prompts", "mine", "--format", "json")
    assert code == 0
    assert "+More." in json.loads(text)["prompts_diff"]
    assert run("compare", both, both, "--base-prompts", "none", "--new-prompts", "mine")[0] == 2
