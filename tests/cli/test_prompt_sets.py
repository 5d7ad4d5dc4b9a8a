"""Prompt sets: overridden templates side by side on the same cases, shown, compared, and never mixed in one run."""

import json
from pathlib import Path

import pytest

from coach.cli import run as coach
from coach.engine.prompts import DEFAULT, PromptSet
from coach.errors import ContentError
from coach.records.texts import TextReader
from tests.cli.endpoint import LIBRARY, SMALL, endpoint, matrix, only_run, simulate


def terse(folder: Path, text: str = "Be terse.") -> Path:
    """A set that changes the Interviewer's English system prompt only."""
    original = DEFAULT.path("en/interviewer.system").read_text("utf-8")
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "interviewer.system.j2").write_text(f"{text}\n{original}", "utf-8")
    return folder


def test_two_versions_run_side_by_side_on_the_same_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = terse(tmp_path / "terse")
    sets = {"default": DEFAULT, "terse": PromptSet("terse", folder)}
    crossed = matrix(prompts=["default", "terse"])
    with endpoint(monkeypatch, matrix=crossed, rehearsal={"prompts": sets}) as server:
        assert simulate(tmp_path / "runs", "--prompts", "default", "--prompts", str(folder)) == 0
        assert len(server.answers.unknown) == 1
    run = only_run(tmp_path / "runs")
    assert {c.prompts for c in run.manifest.cells} == {"default", "terse"}
    assert len(run.manifest.cells) == 8
    assert "en/interviewer.system" in run.manifest.prompt_hashes
    changed = run.manifest.prompt_hashes["terse:en/interviewer.system"]
    assert changed != run.manifest.prompt_hashes["en/interviewer.system"]
    texts = TextReader(run.path / "texts.jsonl")
    for record in run.records():
        said = [texts.get(c.messages[0]) or "" for c in record.calls if c.role == "interviewer"]
        wanted = record.cell is not None and record.cell.prompts == "terse" and record.brief.language == "en"
        assert all(s.startswith("Be terse.") == wanted for s in said)
    scores = json.loads((run.path / "scores.json").read_text("utf-8"))
    sliced = {m["slice"].get("prompts"): m["n"] for m in scores["measures"] if m["name"] == "detection.kind.accuracy"}
    assert sliced["default"] == sliced["terse"] > 0
    assert "prompts terse" in (run.path / "report.html").read_text("utf-8")
    assert "prompts terse" in capfd.readouterr().out
    by_case: dict[str, set[tuple[str, ...]]] = {}
    for record in run.records():
        assert record.cell is not None
        by_case.setdefault(record.cell.case.key, set()).add(tuple(t.reply for t in record.turns))
    assert all(len(replies) == 1 for replies in by_case.values())
    capfd.readouterr()
    number = next(i for i, r in enumerate(run.records(), 1) if r.cell and r.cell.prompts == "terse")
    assert coach(["transcript", str(run.path), str(number), "--prompts"]) == 0
    out = capfd.readouterr().out
    assert "Be terse." in out
    assert "<<candidate " in out
    assert '"lead"' in out


def test_a_matrix_names_its_prompts_beside_itself(tmp_path: Path) -> None:
    terse(tmp_path / "terse")
    file = tmp_path / "mine.yaml"
    file.write_text(
        "id: mine\ntitle: {en: Mine, ru: Моя}\npersonas: [honest_junior]\nscenarios: [python_backend]\n"
        "languages: [en]\nturns: 2\nprompts: [default, terse]\n",
        "utf-8",
    )
    assert coach(["simulate", "--matrix", str(file), "--out", str(tmp_path / "runs")]) == 0
    assert [c.prompts for c in only_run(tmp_path / "runs").manifest.cells] == ["default", "terse"]


def test_a_run_does_not_go_on_with_other_prompts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = terse(tmp_path / "terse")
    sets = {"terse": PromptSet("terse", folder)}
    with endpoint(monkeypatch, matrix=matrix(prompts=["terse"]), rehearsal={"prompts": sets}):
        assert simulate(tmp_path / "runs", "--prompts", str(folder), "--max-tokens", "9000") == 4
        file = folder / "en" / "interviewer.system.j2"
        file.write_text("Another.\n" + file.read_text("utf-8"), "utf-8")
        capfd.readouterr()
        resume = ["simulate", "--resume", only_run(tmp_path / "runs").path.name, "--out", str(tmp_path / "runs")]
        assert coach([*resume, "--max-tokens", "90000000"]) == 2
    assert "terse:en/interviewer.system" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("en/observer.system.j2", "{% if %}", "observer.system.j2:1"),
        ("en/observer.user.j2", "{{ task.nothing }}", "nothing"),
        ("en/obsrver.system.j2", "x", "Did you mean 'en/observer.system'"),
        ("readme.md", "x", "no template in it"),
    ],
)
def test_a_template_that_can_not_work_is_named_before_a_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, text: str, told: str
) -> None:
    file = tmp_path / "set" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(ContentError):
        PromptSet("set", tmp_path / "set").check()
    assert coach(["simulate", *SMALL, "--prompts", str(tmp_path / "set"), "--out", str(tmp_path / "runs")]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert not (tmp_path / "runs").exists()


def test_sets_are_listed_shown_and_compared(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    terse(tmp_path / "content" / "prompts" / "terse")
    content = ["--content", str(tmp_path / "content")]
    assert coach(["list", "prompt", *content]) == 0
    assert "terse" in capfd.readouterr().out
    assert coach(["show", "prompt", "terse/en/interviewer.system", *content]) == 0
    assert capfd.readouterr().out.startswith("Be terse.")
    assert coach(["show", "prompt", "ru/observer.user"]) == 0
    assert "{{ task.reply }}" in capfd.readouterr().out
    assert coach(["diff", "prompt", "default", "terse", *content]) == 0
    out = capfd.readouterr().out
    assert "+Be terse." in out
    assert "observer" not in out
    assert coach(["diff", "prompt", "default", "default"]) == 0
    assert capfd.readouterr().out == "No difference.\n"
    assert coach(["show", "prompt", "en/observer.sistem"]) == 2


def test_tokens_a_turn_are_bounded() -> None:
    """The Observer's and the Interviewer's prompts of turn 40 are at most 1.3 times turn 10's."""
    import asyncio

    from coach.domain.subject import Brief
    from coach.domain.vocabulary import Language
    from coach.engine import Caller, CallMade, InterviewSession
    from coach.models.tokens import estimate_tokens
    from coach.offline import Knowledge, OfflineModel

    bank = LIBRARY.banks["python_backend"]
    talk = (
        "Did you see the match yesterday? It was a great evening, we all went out and talked about nothing else. " * 3
    )
    sizes: dict[tuple[str, int], int] = {}

    def called(made: CallMade) -> None:
        tokens = sum(estimate_tokens(m.content) for m in made.request.messages)
        sizes[made.request.role.value, made.turn_id] = tokens

    async def go() -> None:
        model = OfflineModel(Knowledge.from_banks([bank]))
        caller = Caller(model, render=DEFAULT.messages, on_call=called)
        session = InterviewSession(LIBRARY.scenarios["python_backend"], bank, caller, nonce=lambda p: f"nonce-{p}")
        await session.start(Brief(scenario="python_backend", language=Language.EN, seed=1, max_turns=60))
        await session.reply("I'm Ann, a Python developer, I know Python, PostgreSQL, REST and Docker.")
        for _ in range(44):
            step = await session.reply(talk)
            assert step.ended is None

    asyncio.run(go())
    for role in ("observer", "interviewer"):
        assert sizes[role, 40] <= 1.3 * sizes[role, 10]


def test_the_matrix_schema_knows_prompts(capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(["schema", "matrix"]) == 0
    assert "prompts" in json.loads(capfd.readouterr().out)["properties"]
