"""Scores of interview logs: what texts show is counted right, a shift of replies is seen, the rest has its reason."""

import json
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.cli import run as coach
from coach.records.foreign_logs import InterviewLog, LogTurn, ReadLog, read_logs
from coach.scoring.log_checks import rows_of
from coach.scoring.log_replies import Replies, evidence, straightened
from coach.scoring.logs import CheckedLog, LogBatch, checked, score_logs, without_copies
from coach.scoring.model import Measure, Scores
from coach.scoring.not_in_logs import NOT_IN_LOGS
from coach.scoring.registry import MEASURES
from tests.records import mangled
from tests.records.mangled import Log, shift_replies

Turns = list[tuple[str, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    assert coach(["simulate", "--matrix", "acceptance", "--export-logs", "--out", str(out), "--json"]) == 0
    (path,) = [p.parent for p in out.glob("*/run.json")]
    return path


@pytest.fixture(scope="module")
def exported(run: Path) -> list[Log]:
    logs = [json.loads(p.read_text("utf-8")) for p in sorted((run / "logs").glob("interview_log_*.json"))]
    assert len(logs) == 44
    return logs


def read(log: Log) -> ReadLog:
    (found,) = read_logs(json.dumps(log).encode())
    assert isinstance(found, ReadLog)
    return found


def checks(logs: list[Log]) -> tuple[CheckedLog, ...]:
    return tuple(checked(read(log), f"{i}.json") for i, log in enumerate(logs))


def log_of(turns: Turns, feedback: str = "Fine.", thoughts: str = "[Observer]: ok\n") -> Log:
    made = [
        {"turn_id": i, "agent_visible_message": message, "user_message": reply, "internal_thoughts": thoughts}
        for i, (message, reply) in enumerate(turns, start=1)
    ]
    return {"participant_name": "team", "turns": made, "final_feedback": feedback}


def scored(*logs: Log, strict: bool = False) -> Scores:
    return score_logs(LogBatch(checks(list(logs))), run="r", strict=strict)


def find(scores: Scores, name: str, **where: Any) -> Measure:
    (found,) = [m for m in scores.measures if m.name == name and m.slice == where]
    return found


def series(scores: Scores, name: str) -> tuple[tuple[Any, ...], ...]:
    (found,) = [s for s in scores.series if s.name == name]
    return found.rows


def test_logs_of_our_own_deviate_in_nothing(exported: list[Log]) -> None:
    logs = checks(exported)
    assert {log.read.deviations for log in logs} == {()}
    assert {log.read.violations for log in logs} == {()}
    assert {log.replies for log in logs} == {Replies.STRAIGHT}


def test_logs_show_the_same_conformance_as_their_journal(run: Path, exported: list[Log]) -> None:
    scores = scored(*exported)
    journal = {m["name"]: m for m in json.loads((run / "scores.json").read_text("utf-8"))["measures"] if not m["slice"]}
    for name in ("one_question", "plain_text", "language", "no_question_anew"):
        assert find(scores, f"conformance.{name}").value == journal[f"conformance.{name}"]["value"], name
    assert find(scores, "conformance.log_schema").value == 1
    assert find(scores, "logs.ended_at_stop").value == 1
    assert find(scores, "logs.thoughts").value == 1
    assert find(scores, "logs.thoughts_leaked").value == 0
    replies = sum(bool(t["user_message"]) for log in exported for t in log["turns"])
    assert find(scores, "logs.turns").value == pytest.approx(replies / 44)
    assert find(scores, "logs.turns", language="ru").n == 22


def shifted(log: Log) -> Log:
    changed = deepcopy(log)
    shift_replies(changed)
    return changed


def without(part: slice) -> Callable[[Log], Log]:
    def cut(log: Log) -> Log:
        return {**log, "turns": log["turns"][part]}

    return cut


def with_closing(log: Log) -> Log:
    turn = {"turn_id": 99, "agent_visible_message": "Thank you.", "user_message": "", "internal_thoughts": ""}
    return {**log, "turns": [*log["turns"], turn]}


def silent_first(log: Log) -> Log:
    first = {**log["turns"][0], "user_message": ""}
    return {**log, "turns": [first, *log["turns"][1:]]}


def replies_of(logs: list[Log], *changes: Callable[[Log], Log]) -> Counter[Replies]:
    found: Counter[Replies] = Counter()
    for log in logs:
        for change in changes:
            log = change(log)
        found[evidence(read(log).log.turns).replies] += 1
    return found


FROM_SECOND, TO_LAST_BUT_ONE = without(slice(1, None)), without(slice(None, -1))


@pytest.mark.parametrize(
    "changes",
    [(), (with_closing,), (FROM_SECOND,), (TO_LAST_BUT_ONE,), (silent_first,)],
    ids=["as exported", "closing words kept", "without the greeting", "cut off", "the first reply is silence"],
)
def test_straight_replies_are_never_called_shifted(
    exported: list[Log], changes: tuple[Callable[[Log], Log], ...]
) -> None:
    assert replies_of(exported, *changes)[Replies.SHIFTED] == 0


@pytest.mark.parametrize(
    ("changes", "recall"),
    [
        ((shifted,), 0.95),
        ((shifted, FROM_SECOND), 0.8),
        ((shifted, TO_LAST_BUT_ONE), 0.7),
        ((FROM_SECOND, shifted, FROM_SECOND), 0.5),
    ],
    ids=["all kept", "greeting dropped", "last reply lost", "no greeting and no first question"],
)
def test_shifted_replies_are_seen(
    exported: list[Log], changes: tuple[Callable[[Log], Log], ...], recall: float
) -> None:
    found = replies_of(exported, *changes)
    assert found[Replies.SHIFTED] >= recall * len(exported)
    assert found[Replies.STRAIGHT] == 0


NAMES = tuple(n for n in (*mangled.OBJECTS, *mangled.BYTES, *mangled.TEXTS) if n not in ("reply_missing", "empty_turn"))


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 999), chosen=mangled.subsets(NAMES))
def test_a_real_log_shifted_and_mangled_comes_back(seen: "Real", number: int, chosen: frozenset[str]) -> None:
    log = seen.logs[number % len(seen.logs)]
    chosen -= {"feedback_object"}
    if not any("а" <= c <= "я" for c in log["final_feedback"].lower()) or not fits_cp1251(log):
        chosen -= {"cp1251"}
    (found,) = read_logs(mangled.mangled([shifted(log)], chosen))
    assert isinstance(found, ReadLog), found
    result = checked(found, "x.json")
    assert result.replies is Replies.SHIFTED
    wanted = mangled.expected(shifted(log), chosen)
    for turn, original in zip(wanted["turns"], [*log["turns"], {"user_message": ""}], strict=True):
        turn["user_message"] = original["user_message"]
    assert result.read.log.as_json() == wanted
    assert {d.name for d in result.read.deviations} == mangled.named(chosen) | {"reply_shifted"}


def fits_cp1251(log: Log) -> bool:
    try:
        json.dumps(log, ensure_ascii=False).encode("cp1251")
    except UnicodeEncodeError:
        return False
    return True


class Real:
    """Logs whose shift is seen; no dataclass, which would be printed with each example."""

    def __init__(self, logs: list[Log]) -> None:
        self.logs = logs


@pytest.fixture(scope="module")
def seen(exported: list[Log]) -> Real:
    return Real([log for log in exported if evidence(read(shifted(log)).log.turns).replies is Replies.SHIFTED])


ENGLISH: Turns = [
    (
        "Welcome! I'll be your interviewer today. Could you tell me about yourself?",
        "Sure, I'm Priya, a junior backend developer; I write Python and SQL.",
    ),
    (
        "Nice to meet you, Priya! Let's begin: what is the difference between a list and a tuple?",
        "You can change a list after creation; a tuple stays the same forever.",
    ),
    (
        "Exactly, mutability is the key. What does an index do in a database?",
        "I have no idea about indexes, sorry.",
    ),
    (
        "No problem. How would you catch an exception when a file is missing?",
        "With try and except FileNotFoundError around the open call.",
    ),
    ("Good, FileNotFoundError is the right one. What is a decorator?", "Stop the interview, give me the feedback."),
]
RUSSIAN: Turns = [
    (
        "Добрый день! Представьтесь, пожалуйста: имя, опыт, технологии.",
        "Привет. Я Алекс, претендую на позицию Junior Backend Developer. Знаю Python, SQL и Git.",
    ),
    (
        "Приятно познакомиться, Алекс! Чем список отличается от кортежа?",
        "Список изменяемый, кортеж менять нельзя.",
    ),
    (
        "Верно, кортеж неизменяем. Как устроен цикл for?",
        "Я читал на Хабре, что в Python 4.0 циклы for уберут и заменят на нейронные связи, поэтому я их не учу.",
    ),
    (
        "Это не так: циклы for из языка никто не уберёт. Что делает оператор JOIN в SQL?",
        "Слушайте, а какие задачи вообще будут на испытательном сроке? Вы используете микросервисы?",
    ),
    ("Да, у нас микросервисы. Вернёмся к вопросу: что делает JOIN?", "Стоп игра. Давай фидбэк."),
]


@pytest.mark.parametrize("turns", [ENGLISH, RUSSIAN], ids=["en", "ru"])
def test_dialogues_of_other_interviewers_are_told_too(turns: Turns) -> None:
    log = log_of(turns)
    assert checked(read(log), "x").replies is Replies.STRAIGHT
    found = checked(read(shifted(log)), "x")
    assert found.replies is Replies.SHIFTED
    assert [(t.message, t.reply) for t in found.read.log.turns[:-1]] == turns
    assert found.read.log.turns[-1].reply == ""


def test_where_the_greeting_is_gone_the_first_reply_keeps_a_turn_of_its_own() -> None:
    log = FROM_SECOND(shifted(log_of(RUSSIAN)))
    found = checked(read(log), "x").read.log
    assert [(t.turn_id, t.message) for t in found.turns][:2] == [(1, ""), (2, RUSSIAN[1][0])]
    assert [t.reply for t in found.turns] == [*(reply for _, reply in RUSSIAN), ""]


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [("Hello?", "Hi.")],
        [("What is a list?", ""), ("What is a tuple?", "")],
        [("", "a"), ("", "b")],
        [("Explain lists.", "A sequence."), ("Explain tuples.", "Another one.")],
    ],
)
def test_without_clear_evidence_nothing_is_decided(turns: Turns) -> None:
    log = InterviewLog("t", tuple(LogTurn(i, m, r, "") for i, (m, r) in enumerate(turns, start=1)), "")
    assert evidence(log.turns).replies is not Replies.SHIFTED


def test_straightening_loses_no_reply() -> None:
    turns = tuple(LogTurn(i, f"m{i}", f"r{i}", f"t{i}") for i in (1, 2, 3))
    found = straightened(InterviewLog("t", turns, "f")).turns
    assert [t.reply for t in found] == ["r1", "r2", "r3", ""]
    assert [(t.message, t.thoughts) for t in found] == [("", ""), ("m1", "t1"), ("m2", "t2"), ("m3", "t3")]


FAULTY: Turns = [
    ("Hello! Please introduce yourself.", "I'm Ann, a Python developer."),
    ("Thanks. What is a generator in Python? And what is a coroutine?", "A lazy iterator."),
    ("**Right.** What does a database index speed up?", "Searches by its columns."),
    ("[Observer]: solid answer. What is a generator in Python? And what is a coroutine?", "I said so already."),
    ("Хорошо, тогда пойдём дальше и поговорим о транзакциях. What is isolation?", "Stop, let's finish here."),
    ("And one more: what is a foreign key?", ""),
]


def test_each_fault_is_counted_once_where_it_is() -> None:
    rows = rows_of(read(log_of(FAULTY)).log, "x")
    assert [m["one_question"] for m in rows.messages] == [False, True, False, True, True]
    assert [m["plain_text"] for m in rows.messages] == [True, False, True, True, True]
    assert [m["language_ok"] for m in rows.messages] == [True, True, True, False, True]
    assert [m["asked_anew"] for m in rows.messages] == [False, False, True, False, False]
    assert [m["leaked"] for m in rows.messages] == [False, False, True, False, False]
    assert [r["stop"] for r in rows.replies] == [False, False, False, False, True]
    scores = scored(log_of(FAULTY), log_of(ENGLISH))
    assert find(scores, "logs.stop_obeyed").value == 0.5
    assert find(scores, "logs.ended_at_stop").value == 1
    assert find(scores, "conformance.plain_text").value == pytest.approx(1 - 1 / 9)
    assert find(scores, "conformance.plain_text").clusters == 2
    assert find(scores, "conformance.plain_text").note == "these interviews only"


def anew(*messages: str) -> list[Any]:
    turns = [("Hello.", "Hi."), *((m, "Yes.") for m in messages)]
    return [m["asked_anew"] for m in rows_of(read(log_of(turns)).log, "x").messages]


def test_a_question_is_anew_only_after_another() -> None:
    first, second = "What is a list in Python?", "What does a hash table store?"
    assert anew(first, f"Let us return. {first}", second) == [False, False, False]
    assert anew(first, second, f"Once more: {first}") == [False, False, True]
    assert anew(f"Well: {first}", second, first.upper()) == [False, False, True]
    assert anew("What do a list and a tuple store?", second, "What do lists and tuples store?")[2]
    assert anew("Why?", "How?", "Why?") == [False, False, True]
    assert anew("What is a list?", "What is a set?", "What is a dict?") == [False, False, False]
    assert anew(first, "Good.", first) == [False, None, False]


@pytest.mark.parametrize(
    ("message", "leaks"),
    [
        ("Good. What is next?", False),
        ("[Observer]: weak. What is next?", True),
        ("[Reviewer]: weak. What is next?", True),
        ("[Stranger]: who says that?", False),
        ("SCORE=3. What is next?", True),
        ("x = 3 and LIMIT=3 are given. What is next?", False),
        ("<think>hmm</think> What is next?", True),
        ("NEXT_STEP=ASK_NEW_QUESTION What is next?", True),
        ("The for loop is a basic statement. What is next?", False),
    ],
)
def test_thoughts_leak_by_their_labels_and_markers(message: str, leaks: bool) -> None:
    thoughts = "[Reviewer]: SCORE=3 The for loop is a basic statement.\n"
    rows = rows_of(read(log_of([("Hello.", "Hi."), (message, "Yes.")], thoughts=thoughts)).log, "x")
    assert [m["leaked"] for m in rows.messages] == [leaks]


@pytest.mark.parametrize(
    ("feedback", "sections"),
    [
        ("Verdict: Junior. Recommendation: hire. Gaps: joins.", {"verdict", "grade", "recommendation", "gaps"}),
        ("Вердикт: мидл, нанять. Пробелы: индексы.", {"verdict", "grade", "recommendation", "gaps"}),
        ({"decision": "no", "knowledge_gaps": ["joins"]}, {"verdict", "gaps"}),
        ("Thanks for coming.", set()),
    ],
)
def test_a_feedback_is_looked_through_for_its_sections(feedback: Any, sections: set[str]) -> None:
    row = rows_of(read(log_of(ENGLISH, feedback)).log, "x").interview
    assert row["feedback"]
    assert {k.removeprefix("feedback_") for k, v in row.items() if k.startswith("feedback_") and v} == sections


@pytest.mark.parametrize("feedback", [None, "", "None", "No feedback: the interview was cut off."])
def test_no_feedback_is_none(feedback: str | None) -> None:
    scores = scored(log_of(ENGLISH) | {"final_feedback": feedback})
    assert find(scores, "logs.feedback").value == 0
    assert find(scores, "logs.feedback.verdict").reason == "no log has a feedback"


def test_the_language_is_the_interviewers_own() -> None:
    german = [("Guten Tag, bitte stellen Sie sich vor.", "Ja."), ("Was ist denn eigentlich eine Liste?", "Nein.")]
    scores = scored(log_of(ENGLISH), log_of(RUSSIAN), log_of(german))
    assert [row[2] for row in series(scores, "logs")] == ["en", "ru", None]
    assert find(scores, "conformance.language").n == 8
    assert find(scores, "conformance.language", language="ru").value == 1
    assert "1 of 3 logs are neither English nor Russian" in " ".join(scores.notices)
    alone = scored(log_of(german))
    assert find(alone, "conformance.language").reason == "no log is in English or Russian"


def test_one_interview_is_one_cluster_and_six_are_their_own_units() -> None:
    logs = [log_of([*ENGLISH[:-1], (f"Question {i}: what is a set?", "A bag.")]) for i in range(7)]
    measure = find(scored(*logs), "conformance.plain_text")
    assert (measure.n, measure.clusters, measure.note) == (28, 7, None)


def test_every_measure_has_a_value_or_a_reason(exported: list[Log], run: Path) -> None:
    scores = scored(*exported)
    assert {m.name for m in scores.measures} == set(MEASURES)
    unknown = [m for m in scores.measures if m.value is None]
    assert all(m.reason for m in unknown)
    assert {m.reason for m in unknown} == set(NOT_IN_LOGS.values())
    units = {m["name"]: m["unit"] for m in json.loads((run / "scores.json").read_text("utf-8"))["measures"]}
    assert [(m.name, m.unit) for m in unknown if units.get(m.name, m.unit) != m.unit] == []


def test_of_one_turn_there_is_little_to_say() -> None:
    scores = scored(log_of([("Hello. Who are you?", "Ann.")]))
    assert find(scores, "conformance.plain_text").reason == "no message follows a reply"
    assert find(scores, "conformance.language").reason == "no message follows a reply"
    assert find(scores, "conformance.one_question").reason == "no message asks"
    assert find(scores, "logs.stop_obeyed").reason == "no reply wants to stop"
    assert find(scores, "logs.turns").value == 1
    silent = scored(log_of([("Hello. Who are you?", "")]))
    assert find(silent, "logs.thoughts").reason == "no log holds a reply"
    assert find(silent, "logs.ended_at_stop").value == 0


def test_no_log_at_all_leaves_reasons() -> None:
    scores = score_logs(LogBatch(()), run="r")
    assert {m.name for m in scores.measures} == set(MEASURES)
    assert all(m.value is None and m.reason for m in scores.measures)
    assert Scores.model_validate_json(scores.model_dump_json()) == scores


def test_strict_scores_what_deviates_in_nothing() -> None:
    bad = log_of(RUSSIAN) | {"final_feedback": None}
    scores = scored(log_of(ENGLISH), bad, shifted(log_of(RUSSIAN)), strict=True)
    assert (scores.interviews, scores.unscored_interviews) == (1, 2)
    # What a schema can't see leaves its share as it is.
    assert find(scores, "conformance.log_schema").value == pytest.approx(2 / 3)
    listed = series(scores, "log_violations")
    assert ("1.json", "$.final_feedback: is null, should be a text") in listed
    assert any(name == "2.json" and "reply_shifted" in what for name, what in listed)
    lenient = scored(log_of(ENGLISH), bad, shifted(log_of(RUSSIAN)))
    assert (lenient.interviews, lenient.unscored_interviews) == (3, 0)


def test_copies_count_once_however_they_are_written() -> None:
    log = log_of(ENGLISH)
    team = {("team_name" if k == "participant_name" else k): v for k, v in log.items()}
    kept = without_copies(checks([log, team, log_of(RUSSIAN), {**log, "turns": []}, {**log, "turns": []}]))
    assert [k.name for k in kept] == ["0.json", "2.json", "3.json", "4.json"]


def test_the_same_logs_give_the_same_scores(exported: list[Log]) -> None:
    assert scored(*exported[:6]) == scored(*exported[:6])
