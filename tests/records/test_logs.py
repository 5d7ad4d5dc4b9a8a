"""The two logs: the assignment's format to the letter, and nothing lost."""

import json
import os
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from coach.domain.analysis import ObserverAnalysis
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Thought
from coach.domain.vocabulary import AnswerKind, Answers, EndReason, Role
from coach.errors import StorageError
from coach.models.base import Usage
from coach.records.events import CallRecord
from coach.records.interview import InterviewRecord, fold
from coach.records.logs import detailed_log, interview_log, token_metrics, write_logs
from tests.records.journals import NOW, TEXT, interview, python

SCHEMA = json.loads(files("coach.records").joinpath("interview_log.schema.json").read_text("utf-8"))


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
@given(reply=TEXT, feedback=TEXT.filter(bool), thought=TEXT)
def test_any_log_fits_the_schema_and_keeps_the_words(
    tmp_path_factory: pytest.TempPathFactory, reply: str, feedback: str, thought: str
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    made = record(reply)
    thoughts = (Thought(sender="Observer", recipient="Interviewer", content=thought),)
    made = made.model_copy(update={"turns": (made.turns[0].model_copy(update={"thoughts": thoughts}),)})
    path, detailed = write_logs(made, folder, NOW, feedback)
    log = json.loads(path.read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(log)
    assert log["turns"][0]["user_message"] == reply
    # One line an agent, whatever it thought: no thought can pass for another's.
    assert log["turns"][0]["internal_thoughts"].count("\n") == 1
    assert log["final_feedback"] == feedback
    whole = json.loads(detailed.read_text("utf-8"))["turns"][0]
    assert (whole["user_message"], whole["internal_thoughts"][0]["content"]) == (reply, thought)


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


@pytest.mark.parametrize(
    ("ended_by", "asked", "turns"),
    [
        (EndReason.TURN_LIMIT, "q2", 2),
        (EndReason.TURN_LIMIT, None, 1),
        (EndReason.BANK_USED_UP, None, 1),
        (EndReason.STOP, None, 1),
        (EndReason.STOP, "q2", 1),
        (EndReason.CANDIDATE_LEFT, None, 2),
    ],
)
def test_only_a_question_that_waits_opens_a_turn(ended_by: EndReason, asked: str | None, turns: int) -> None:
    made = record(ended_by=ended_by)
    last = made.turns[0].model_copy(update={"next_question_id": asked})
    log = interview_log(made.model_copy(update={"turns": (last,)}), "")
    assert [t["turn_id"] for t in log["turns"]] == list(range(1, turns + 1))
    assert [t["user_message"] for t in log["turns"]][1:] == [""] * (turns - 1)
    Draft202012Validator(SCHEMA).validate(log)


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


WRITES = """
import sys
from pathlib import Path
from tests.records.journals import NOW
from tests.records.test_logs import record
from coach.records.logs import write_logs
made = record(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(10): print(write_logs(made, Path(sys.argv[1]), NOW, "x")[0].name)
"""


def test_processes_that_end_interviews_in_the_same_second_take_no_name_twice(tmp_path: Path) -> None:
    writers = [python(WRITES, tmp_path, f"writer {n}") for n in range(3)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    names = {n: writer.communicate()[0].decode().split() for n, writer in enumerate(writers)}
    assert len({name for taken in names.values() for name in taken}) == 30
    for n, taken in names.items():
        for name in taken:
            for file in (name, name.replace("log", "detailed")):
                turns = json.loads((tmp_path / file).read_text("utf-8"))["turns"]
                assert turns[0]["user_message"] == f"writer {n}"
    assert len(list(tmp_path.iterdir())) == 60


def test_where_logs_can_not_be_written_none_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file: "):
        write_logs(record(), tmp_path / "file", NOW, "x")
    (tmp_path / f".interview_log_20260102_030405.json.{os.getpid()}.tmp").mkdir()
    with pytest.raises(StorageError, match=r"interview_log_20260102_030405\.json: "):
        write_logs(record("first"), tmp_path, NOW, "x")
    (tmp_path / f".interview_log_20260102_030405.json.{os.getpid()}.tmp").rmdir()
    assert not list(tmp_path.glob(".*"))
    log, _ = write_logs(record("second"), tmp_path, NOW, "x")
    assert log.name == "interview_log_20260102_030405_2.json"
    assert "first" in (tmp_path / "interview_detailed_20260102_030405.json").read_text("utf-8")


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


def call(role: Role, usage: Usage, cost: float | None = 0.5) -> CallRecord:
    return CallRecord(
        turn_id=1,
        role=role,
        number=1,
        model="m",
        schema_name="s",
        messages=(),
        reply="",
        usage=usage,
        cost=cost,
        latency_ms=1.0,
        outcome="parsed",
    )


def test_tokens_are_summed_by_agent_and_an_estimate_is_marked() -> None:
    calls = [
        call(Role.OBSERVER, Usage(input=10, output=2)),
        call(Role.OBSERVER, Usage(input=20, output=3)),
        call(Role.EVALUATOR, Usage(input=100, output=65, estimated=True)),
    ]
    assert token_metrics(calls, 2) == {
        "total": {"input": 130, "output": 70, "total": 200, "estimated": True},
        "by_agent": {
            "observer": {"input": 30, "output": 5, "total": 35, "estimated": False},
            "evaluator": {"input": 100, "output": 65, "total": 165, "estimated": True},
        },
        "turn_count": 2,
        "generation_count": 3,
        "avg_tokens_per_turn": 100.0,
        "avg_tokens_per_generation": 66.7,
        "cost": 1.5,
    }


def test_what_is_not_known_is_null_and_never_a_sum_of_the_rest() -> None:
    calls = [call(Role.OBSERVER, Usage(input=10, output=2)), call(Role.INTERVIEWER, Usage(input=5), cost=None)]
    metrics = token_metrics(calls, 1)
    assert metrics["total"] == {"input": 15, "output": None, "total": None, "estimated": False}
    assert [metrics[k] for k in ("cost", "avg_tokens_per_turn", "avg_tokens_per_generation")] == [None] * 3


def test_a_topic_is_covered_by_an_answer_or_by_what_the_feedback_judges() -> None:
    made = record()

    def turn(turn_id: int, question: str | None, answers: Answers, *topics: str) -> object:
        analysis = ObserverAnalysis(kind=AnswerKind.NORMAL, answers=answers, topics=topics)
        return made.turns[0].model_copy(update={"turn_id": turn_id, "question_id": question, "analysis": analysis})

    def judged(topic: str, *turn_ids: int) -> dict[str, object]:
        return {"topic": topic, "details": "", "turn_ids": turn_ids, "question_ids": ()}

    feedback = InterviewFeedback.model_validate(
        {
            "verdict": {"grade": "junior", "recommendation": "no_hire", "confidence": 50},
            "technical_review": {
                "confirmed_skills": [judged("lists", 4)],
                "knowledge_gaps": [{**judged("locks", 3), "correct_answer": "…"}],
            },
            "soft_skills": {
                "clarity": {"value": "Good", "details": ""},
                "honesty": {"value": "High", "details": ""},
                "engagement": {"value": "High", "details": ""},
            },
            "roadmap": {},
            "general_comments": "",
        }
    )
    turns = (
        turn(1, None, Answers.NO, "myself"),
        turn(2, "q1", Answers.NO, "weather"),
        turn(3, "q1", Answers.NO),
        turn(4, "q2", Answers.YES, "lists"),
        turn(5, "q2", Answers.PARTLY, "heaps"),
    )
    stats = detailed_log(made.model_copy(update={"turns": turns, "feedback": feedback}))["interview_stats"]
    assert stats["covered_topics"] == ["locks", "lists", "heaps"]
    assert (stats["confirmed_skills"], stats["knowledge_gaps"], stats["total_turns"]) == (["lists"], ["locks"], 5)
