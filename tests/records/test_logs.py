"""The two logs: the assignment's format to the letter, and nothing lost."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from coach.domain.subject import Thought
from coach.domain.vocabulary import EndReason
from coach.records.interview import InterviewRecord, fold
from coach.records.logs import detailed_log, interview_log, token_metrics, write_logs
from tests.records.test_journal import interview

SCHEMA = json.loads(files("coach.records").joinpath("interview_log.schema.json").read_text("utf-8"))
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def record(reply: str = "yes", **changes: object) -> InterviewRecord:
    made = fold(interview("a", reply=reply))
    assert made is not None
    thoughts = (
        Thought(sender="Observer", recipient="Interviewer", content="kind=normal\nfine"),
        Thought(sender="Interviewer", recipient="Interviewer", content="go on"),
    )
    turn = made.turns[0].model_copy(update={"thoughts": thoughts})
    return made.model_copy(update={"turns": (turn,), **changes})


@settings(max_examples=30)
@given(reply=TEXT, feedback=TEXT)
def test_any_log_fits_the_schema_and_keeps_the_words(
    tmp_path_factory: pytest.TempPathFactory, reply: str, feedback: str
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    path, _ = write_logs(record(reply), folder, NOW, feedback)
    log = json.loads(path.read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(log)
    assert log["turns"][0]["user_message"] == reply
    assert log["final_feedback"] == feedback


def test_the_format_is_exact() -> None:
    log = interview_log(record(), "All good.")
    assert log == {
        "participant_name": "team",
        "turns": [
            {
                "turn_id": 1,
                "agent_visible_message": "Hello",
                "user_message": "yes",
                "internal_thoughts": "[Observer]: kind=normal fine\n[Interviewer]: go on\n",
            }
        ],
        "final_feedback": "All good.",
    }


def test_where_no_reply_came_the_last_message_stands_with_an_empty_one() -> None:
    log = interview_log(record(ended_by=EndReason.CANDIDATE_LEFT, last_message="Still there?"), "")
    assert [t["turn_id"] for t in log["turns"]] == [1, 2]
    assert log["turns"][1]["agent_visible_message"] == "Still there?"
    assert log["turns"][1]["user_message"] == ""
    assert "a test" in log["final_feedback"]
    empty = interview_log(record(turns=()), "")
    Draft202012Validator(SCHEMA).validate(empty)


def test_it_is_utf_8_and_readable(tmp_path: Path) -> None:
    path, detailed = write_logs(record("привет"), tmp_path, NOW, "Отлично")
    for file in (path, detailed):
        text = file.read_text("utf-8")
        assert "привет" in text
        assert "\n  " in text
    assert path.name == "interview_log_20260102_030405.json"
    assert detailed.name == "interview_detailed_20260102_030405.json"


def test_two_that_end_in_the_same_second_get_different_names(tmp_path: Path) -> None:
    names = {write_logs(record(), tmp_path, NOW, "x")[0].name for _ in range(3)}
    assert names == {f"interview_log_20260102_030405{n}.json" for n in ("", "_2", "_3")}
    assert not list(tmp_path.glob(".*"))


def test_the_detailed_log_has_what_the_format_asks_for() -> None:
    log = detailed_log(record())
    assert set(log) == {
        "participant_name",
        "candidate_info",
        "interview_stats",
        "turns",
        "final_feedback",
        "token_metrics",
    }
    assert log["turns"][0]["internal_thoughts"][0] == {
        "from": "Observer",
        "to": "Interviewer",
        "content": "kind=normal\nfine",
    }


def test_no_call_is_no_tokens_and_no_average() -> None:
    metrics = token_metrics([], 0)
    assert metrics["generation_count"] == 0
    assert metrics["avg_tokens_per_turn"] is None
