"""``coach score`` on interview logs: what is read, what is said, the exit codes, and hostile folders."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach

Turns = list[tuple[str, str]]
TURNS: Turns = [
    ("Hello! Please introduce yourself.", "Hi, I'm Ann, a Python developer."),
    ("Nice to meet you, Ann! What is the difference between a list and a tuple?", "A list can be changed."),
    ("Right, a list can be changed. What is an index in SQL?", "Stop, let's finish here. Give me the feedback."),
]


def log(turns: Turns = TURNS, **changes: Any) -> dict[str, Any]:
    made = [
        {"turn_id": i, "agent_visible_message": message, "user_message": reply, "internal_thoughts": "[Observer]: ok\n"}
        for i, (message, reply) in enumerate(turns, start=1)
    ]
    return {"participant_name": "team", "turns": made, "final_feedback": "Verdict: junior. Gaps: SQL."} | changes


def write(path: Path, *logs: dict[str, Any], encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join(json.dumps(x, ensure_ascii=False) for x in logs).encode(encoding))
    return path


def scores(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert coach(["score", *map(str, arguments), "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    found["by_name"] = {s["name"]: s["rows"] for s in found["series"]}
    return found


def screen(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    capsys.readouterr()
    assert coach(["score", *map(str, arguments)]) == code
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_log_a_folder_and_lines_are_scored_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "one.json", log())
    write(tmp_path / "more" / "deep" / "two.json", log(TURNS[:2]))
    write(tmp_path / "lines.jsonl", log(TURNS[1:]), log(TURNS[:1]))
    found = scores(capsys, "one.json", "more", "lines.jsonl")
    assert found["interviews"] == 4
    assert [row[0] for row in found["by_name"]["logs"]] == [
        "one.json",
        "more/deep/two.json",
        "lines.jsonl:1",
        "lines.jsonl:2",
    ]


def test_the_summary_fits_the_terminal_and_says_it_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "logs" / "a.json", log())
    write(tmp_path / "logs" / "b.json", log(final_feedback=None, score=1), encoding="cp1251")
    (tmp_path / "logs" / "c.json").write_text("{")
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = screen(capsys, "logs")
        assert max(map(len, shown.splitlines())) <= width
        for text in ("feedback_null", "extra_keys", "detection", "a log does not hold", "logs/c.json: no JSON"):
            assert text in shown
        assert ("replies stand" in shown) is (width == 120)
    assert "log, in logs/" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("good.json",), 0),
        (("good.json", "--strict"), 0),
        (("good.json", "--lenient"), 0),
        (("odd.json",), 0),
        (("odd.json", "--strict"), 1),
        (("good.json", "odd.json", "--strict"), 1),
        (("good.json", "broken.json"), 0),
        (("good.json", "broken.json", "--strict"), 1),
        (("good.json", "nowhere.json"), 0),
        (("broken.json",), 2),
        (("broken.json", "--strict"), 2),
        (("broken.json", "nowhere.json"), 2),
        (("nowhere.json",), 2),
        (("empty",), 2),
        (("nowhere",), 2),
        (("good.json", "nowhere"), 2),
    ],
)
def test_exit_codes(tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int) -> None:
    write(tmp_path / "good.json", log())
    write(tmp_path / "odd.json", log(final_feedback={"verdict": "junior"}))
    (tmp_path / "broken.json").write_text("[1,")
    (tmp_path / "empty").mkdir()
    assert coach(["score", *arguments]) == code
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert len(err.strip().splitlines()) == (1 if code == 2 else 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("broken.json", "nowhere.json"), "broken.json: no JSON at column 4"),
        (("broken.json", "nowhere.json"), "(and 1 more that can't be read)"),
        (("nowhere.json",), "nowhere.json: can't be read: No such file or directory"),
        (("empty",), "empty: is no run and holds no file of logs"),
        (("good.json", "nowhere"), "nowhere is neither a file nor a folder"),
        (("--strict",), "--strict, --lenient and --output are for interview logs"),
    ],
)
def test_one_line_says_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    write(tmp_path / "good.json", log())
    (tmp_path / "broken.json").write_text("[1,")
    (tmp_path / "empty").mkdir()
    assert coach(["score", *arguments]) == 2
    assert message in capfd.readouterr().err


def test_strict_lists_each_place_and_scores_the_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    odd = log()
    odd["turns"][1]["internal_thoughts"] = []
    odd["team_name"] = odd.pop("participant_name")
    write(tmp_path / "odd.json", odd)
    write(tmp_path / "good.json", log())
    shown = screen(capsys, "odd.json", "good.json", "--strict", code=1)
    assert "odd.json: $.turns[1].internal_thoughts: is a list, should be a text" in shown
    assert "odd.json: $.participant_name: is missing" in shown
    assert "1 log is not scored here" in shown
    assert scores(capsys, "odd.json", "good.json", "--strict", code=1)["interviews"] == 1
    assert scores(capsys, "odd.json", "good.json")["interviews"] == 2


def test_output_and_json_hold_the_same_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.json", log())
    shown = screen(capsys, "a.json", "--output", "made/scores.json")
    assert "Scores:  made/scores.json" in shown
    screened = json.loads((tmp_path / "made" / "scores.json").read_text("utf-8"))
    found = scores(capsys, "a.json")
    del found["by_name"]
    assert screened == found


def test_a_run_is_scored_as_before_and_its_own_logs_deviate_in_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--persona", "terse", "--variants", "1", "--turns", "4", "--export-logs", "--json"]
    assert coach(["simulate", *arguments]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    for named in ([], [str(run)], [run.name]):
        assert scores(capsys, *named)["run"] == run.name
    found = scores(capsys, run / "logs")
    assert found["by_name"]["log_deviations"] == []
    assert found["interviews"] == len(list((run / "logs").glob("interview_log_*.json"))) > 0
    assert any("detailed log" in notice and "skipped" in notice for notice in found["notices"])
    assert coach(["score", str(run), str(run / "logs")]) == 2
    assert "is a run: score it by itself" in capsys.readouterr().err
    assert coach(["score", str(run), "--output", "x.json"]) == 2
    write(tmp_path / "runs" / "more.json", log())
    found = scores(capsys, "runs")
    assert found["interviews"] == 1
    assert any(run.name in notice for notice in found["notices"])


def test_a_detailed_log_is_read_where_it_is_named_or_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "logs" / "interview_detailed_1.json", log(token_metrics={}))
    found = scores(capsys, "logs")
    assert [row[0] for row in found["by_name"]["log_deviations"]] == ["extra_keys"]
    write(tmp_path / "logs" / "interview_log_1.json", log())
    assert scores(capsys, "logs")["by_name"]["log_deviations"] == []
    assert scores(capsys, "logs/interview_detailed_1.json")["interviews"] == 1


def test_each_interview_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "logs" / "a.json", log())
    write(tmp_path / "logs" / "b.json", log())
    (tmp_path / "logs" / "z.json").symlink_to(tmp_path / "logs" / "a.json")
    found = scores(capsys, "logs", "logs/a.json", "./logs")
    assert found["interviews"] == 1
    assert found["notices"][-1] == "1 log is a copy of another here: each interview counts once."


def test_hostile_folders_are_walked_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    write(folder / "good.json", log())
    (folder / "loop.json").symlink_to("loop.json")
    (folder / "up").symlink_to("..")
    (folder / "gone.json").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    (folder / ".hidden.json").write_text("{")
    (folder / "notes.txt").write_text("x")
    (folder / "deep.json").write_bytes(b"[" * 100_000)
    (folder / "escape\x1b[2J.json").write_bytes(b"{}")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.json")).write_bytes(b"")
    with (folder / "huge.json").open("wb") as file:
        file.truncate(100 * 2**20)
    found = scores(capsys, "logs")
    assert found["interviews"] == 1
    reasons = dict(found["by_name"]["logs_unread"])
    assert reasons["logs/huge.json"] == "has 100 MB; at most 16 MB are read, split it"
    assert reasons["logs/pipe.json"] == "is no regular file"
    assert reasons["logs/gone.json"] == "can't be read: No such file or directory"
    assert "symbolic links" in reasons["logs/loop.json"]
    assert reasons["logs/deep.json"] == "is nested too deeply for a log"
    assert reasons["logs/�.json"] == "is empty"
    assert len(reasons) == 7
    assert "\x1b" not in screen(capsys, "logs")


def test_control_characters_of_a_log_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b]0;title\x07\x1b[31m\u202ered"
    odd = log(**{hostile: 1})
    odd["turns"][0][hostile] = {"a": float("nan")}
    write(tmp_path / "a.json", odd)
    (tmp_path / "b.json").write_text(json.dumps({hostile: 1}))
    for arguments in (("a.json", "b.json"), ("a.json", "b.json", "--strict")):
        shown = screen(capsys, *arguments, code=int("--strict" in arguments))
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert coach(["score", "b.json"]) == 2
    assert not {"\x1b", "\x07", "\u202e"} & set(capsys.readouterr().err)


def test_many_logs_and_many_faults_stay_a_screenful(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [log([(f"Hello {i}?", "Hi.")], **{f"key{i}": None}) for i in range(200)]
    write(tmp_path / "many.jsonl", *lines)
    shown = screen(capsys, "many.jsonl", "--strict", code=1)
    assert len(shown.splitlines()) < 120
    assert "… and 180 more" in shown


def test_where_the_scores_can_not_be_written_the_error_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.json", log())
    assert coach(["score", "a.json", "--output", "a.json/x.json"]) == 2
    assert "a.json/x.json" in capfd.readouterr().err
