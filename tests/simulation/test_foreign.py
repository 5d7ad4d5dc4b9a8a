"""A user's own interviewer behind the Subject seam: the contract, and what is left unscored."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.domain.subject import Brief, Step
from coach.domain.vocabulary import Blame, EndReason, Language
from coach.errors import SubjectError, TransportError, UsageError
from coach.records.run import RunFolder
from coach.simulation.foreign import ForeignSubject, load_engine

ROOT = Path(__file__).parents[2]
BRIEF = Brief(scenario="s", language=Language.EN, seed=1, max_turns=3)


@pytest.fixture(autouse=True)
def _beside_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (ROOT / "docs/examples").glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
        sys.modules.pop(file.stem, None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


def only_run() -> RunFolder:
    (path,) = [p.parent for p in Path("runs").glob("*/run.json")]
    return RunFolder.open(path)


def values() -> dict[str, dict[str, Any]]:
    scores = json.loads((only_run().path / "scores.json").read_text("utf-8"))
    return {m["name"]: m for m in scores["measures"] if not m["slice"]}


def test_a_class_with_only_reply_is_scored_on_what_can_be_seen(capfd: pytest.CaptureFixture[str]) -> None:
    assert len((ROOT / "docs/examples/quiz_master.py").read_text("utf-8").splitlines()) <= 30
    arguments = ["simulate", "--engine", "quiz_master:QuizMaster", "--variants", "1"]
    assert coach(arguments) == 0
    found = values()
    assert found["detection.kind.accuracy"]["value"] is None
    assert found["detection.kind.accuracy"]["reason"] == "the interviewer exposes no analysis"
    assert found["difficulty.level_minus_target"]["reason"] == "the interviewer exposes no levels and decisions"
    assert found["verdict.recommendation_acceptable"]["value"] is None
    # It goes on whatever is said: the visible text tells.
    assert found["anchor.kept"]["value"] < 0.2
    assert found["anchor.closed_early"]["value"] is None
    assert found["conformance.plain_text"]["value"] == 1.0
    assert found["conformance.one_question"]["value"] > 0.9
    assert found["detection.hallucination.corrected"]["value"] is not None
    report = (only_run().path / "report.html").read_text("utf-8")
    assert "This interviewer does not show" in report
    assert "This interviewer does not show" in " ".join(capfd.readouterr().out.split())
    records = list(only_run().records())
    assert {r.engine for r in records} == {"quiz_master:QuizMaster"}
    assert {r.ended_by.value for r in records} <= {"interviewer_ended", "turn_limit"}


async def _service(port_known: Callable[[int], Awaitable[None]], fail: set[int]) -> None:
    """A real HTTP service; the replies numbered in ``fail`` get a 500."""
    from aiohttp import web

    asked: dict[str, int] = {}
    count = 0

    async def start(request: web.Request) -> web.Response:
        body = await request.json()
        name = str(len(asked))
        asked[name] = 0
        hello = {"en": "Hello! Who are you?", "ru": "Здравствуйте! Кто вы?"}[body["language"]]
        return web.json_response({"id": name, "message": hello})

    async def reply(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        if count in fail:
            return web.Response(status=500)
        asked[request.match_info["id"]] += 1
        over = asked[request.match_info["id"]] >= 3
        return web.json_response({"message": "What is a list?", "level": "BASIC", "over": over})

    app = web.Application()
    app.router.add_post("/sessions", start)
    app.router.add_post("/sessions/{id}/replies", reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await port_known(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


def test_a_service_that_fails_now_and_then_is_tried_again_on_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go(port: int) -> None:
        monkeypatch.setenv("INTERVIEWER_URL", f"http://127.0.0.1:{port}")
        arguments = ["simulate", "--engine", "http_interviewer:HttpInterviewer", "--variants", "1"]
        assert await asyncio.to_thread(coach, [*arguments, "--persona", "honest_junior"]) == 4
        folder = only_run()
        assert len(folder.missing_cells()) == 1
        assert await asyncio.to_thread(coach, ["simulate", "--resume", folder.path.name]) == 0

    asyncio.run(_service(go, {4}))
    records = list(only_run().records())
    assert len(records) == 2
    assert all(r.ended_by is EndReason.INTERVIEWER_ENDED and len(r.turns) == 3 for r in records)
    assert all(t.next_difficulty == "BASIC" for r in records for t in r.turns)


def test_an_entry_point_names_an_interviewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "dist" / "own-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[coach.engines]\nquiz = quiz_master:QuizMaster\n")
    monkeypatch.syspath_prepend(str(tmp_path / "dist"))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_engine("quiz").__name__ == "QuizMaster"
    with pytest.raises(UsageError, match="Did you mean 'quiz'"):
        load_engine("quizz")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nothing", "among the entry points coach.engines"),
        ("no_such_module:X", "can't be imported: ModuleNotFoundError"),
        ("quiz_master:Nothing", "no attribute 'Nothing'"),
        ("quiz_master:END", "no factory"),
    ],
)
def test_what_is_no_interviewer_is_named(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        load_engine(name)


def talk(reply: Callable[[str], Any], *replies: str, **more: Any) -> list[Step]:
    inner = type("Own", (), {"reply": staticmethod(reply), **{k: staticmethod(v) for k, v in more.items()}})

    async def go() -> list[Step]:
        subject = ForeignSubject(inner, "smith")
        steps = [await subject.start(BRIEF)]
        steps += [await subject.reply(text) for text in replies]
        return steps

    return asyncio.run(go())


def test_without_a_start_our_greeting_opens_it() -> None:
    assert "smith" in talk(lambda _: "next")[0].message


def test_the_turn_limit_is_kept_for_it() -> None:
    steps = talk(lambda _: "next", "a", "b", "c")
    assert [s.ended for s in steps] == [None, None, None, EndReason.TURN_LIMIT]
    assert steps[-1].blame is Blame.LIMIT


@pytest.mark.parametrize("answer", [42, object(), ["a"]])
def test_what_is_no_message_is_the_engines_fault(answer: object) -> None:
    assert (talk(lambda _: answer, "a")[-1].ended, talk(lambda _: answer, "a")[-1].blame) == (
        EndReason.ENGINE_FAILED,
        Blame.ENGINE,
    )


def test_an_exception_ends_the_interview_and_can_be_read() -> None:
    def broken(_: str) -> str:
        raise KeyError("mine")

    step = talk(broken, "a")[-1]
    assert (step.ended, step.blame) == (EndReason.ENGINE_FAILED, Blame.ENGINE)
    assert "KeyError: 'mine'" in step.thoughts[0].content


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
@pytest.mark.parametrize("plain", [True, False])
def test_an_interviewer_can_not_end_the_run(error: BaseException, plain: bool) -> None:
    def broken(_: str) -> str:
        raise error

    async def broken_too(_: str) -> str:
        raise error

    if isinstance(error, KeyboardInterrupt) and not plain:
        return
    step = talk(broken if plain else broken_too, "a")[-1]
    assert (step.ended, step.blame) == (EndReason.ENGINE_FAILED, Blame.ENGINE)


def test_what_an_interviewer_prints_does_not_spoil_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loud.py").write_text(
        "class L:\n    def reply(self, text):\n        print('hello')\n        return 'What?'\n", "utf-8"
    )
    arguments = ["--persona", "honest_junior", "--variants", "1", "--turns", "2", "--json"]
    assert coach(["simulate", "--engine", "loud:L", *arguments]) == 0
    assert json.loads(capfd.readouterr().out)["interviews"] == 2


@pytest.mark.parametrize("error", [ConnectionResetError("x"), TimeoutError(), TransportError("down")])
def test_what_can_not_be_reached_leaves_no_mark(error: Exception) -> None:
    def broken(_: str) -> str:
        raise error

    with pytest.raises(TransportError):
        talk(broken, "a")


def test_an_interviewer_without_reply_is_named() -> None:
    with pytest.raises(SubjectError, match=r"has no method reply\(text\)"):
        ForeignSubject(object, "smith")


@pytest.mark.parametrize("feedback", [{"verdict": 1}, "well done"])
def test_feedback_that_does_not_fit_is_none_with_a_reason(feedback: object) -> None:
    inner = type("Own", (), {"reply": staticmethod(lambda _: None), "finish": staticmethod(lambda: feedback)})

    async def go() -> ForeignSubject:
        subject = ForeignSubject(inner, "smith")
        await subject.start(BRIEF)
        assert await subject.finish() is None
        return subject

    assert "does not fit" in (asyncio.run(go()).no_feedback_reason or "")


def test_a_run_with_a_crashing_interviewer_ends_and_blames_it(tmp_path: Path) -> None:
    (tmp_path / "crash.py").write_text(
        "class C:\n    def reply(self, text):\n        raise ValueError('no')\n", "utf-8"
    )
    assert coach(["simulate", "--engine", "crash:C", "--persona", "honest_junior", "--variants", "1"]) == 0
    records = list(only_run().records())
    assert {(r.ended_by, r.blame) for r in records} == {(EndReason.ENGINE_FAILED, Blame.ENGINE)}
    assert "ValueError: no" in (records[0].no_feedback_reason or "")
