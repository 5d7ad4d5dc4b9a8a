"""Logs of other implementations: each deviation has its name, is undone, and nothing makes the reader fail."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from coach.records.foreign_logs import ReadLog, read_logs
from coach.records.log_deviations import DEVIATIONS, Noted
from coach.records.log_files import Unread
from coach.records.log_schema import log_schema, violations
from tests.records import mangled
from tests.records.mangled import Log

TURN = {"turn_id": 1, "agent_visible_message": "Hello. Who are you?", "user_message": "Ann.", "internal_thoughts": "ok"}
GOOD = {"participant_name": "team", "turns": [TURN], "final_feedback": "Good."}


def read(data: object) -> ReadLog:
    (found,) = read_logs(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert isinstance(found, ReadLog), found
    return found


def why_unread(data: object) -> str:
    (found,) = read_logs(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert isinstance(found, Unread), found
    return found.reason


def names(found: ReadLog) -> set[str]:
    return {d.name for d in found.deviations}


def with_turn(**changes: object) -> Log:
    return {**GOOD, "turns": [{**TURN, **changes}]}


@settings(max_examples=200, deadline=None)
@given(made=st.lists(mangled.logs(), min_size=2, max_size=3), chosen=mangled.subsets())
def test_a_log_mangled_by_any_named_deviations_reads_as_itself(made: list[Log], chosen: frozenset[str]) -> None:
    made = made if chosen & set(mangled.SEVERAL) else made[:1]
    if "cp1251" in chosen:
        made[0]["turns"][0]["agent_visible_message"] += " вопрос"  # of ASCII alone nobody could tell
    found = list(read_logs(mangled.mangled(made, chosen)))
    assert len(found) == len(made)
    for log, result in zip(made, found, strict=True):
        assert isinstance(result, ReadLog), result
        assert result.log.as_json() == mangled.expected(log, chosen)
        assert names(result) == mangled.named(chosen)
        assert result.deviates is bool(chosen)
        assert result.meets_schema is not bool(chosen - {"turn_id_order"})


@settings(max_examples=50)
@given(made=mangled.logs())
def test_a_sound_log_has_no_deviation(made: Log) -> None:
    found = read(made)
    assert (found.deviations, found.violations) == ((), ())
    assert found.log.as_json() == made


@pytest.mark.parametrize(
    ("log", "name", "path"),
    [
        ({**GOOD, "final_feedback": None}, "feedback_null", "$.final_feedback"),
        ({**GOOD, "final_feedback": ""}, "feedback_null", "$.final_feedback"),
        ({k: v for k, v in GOOD.items() if k != "final_feedback"}, "feedback_null", "$.final_feedback"),
        ({**GOOD, "final_feedback": ["a", {"b": None}]}, "feedback_object", "$.final_feedback"),
        ({k: v for k, v in GOOD.items() if k != "participant_name"}, "name_missing", "$.participant_name"),
        (with_turn(internal_thoughts=None), "thoughts_null", "$.turns[0].internal_thoughts"),
        (with_turn(internal_thoughts={"Observer": "fine"}), "thoughts_object", "$.turns[0].internal_thoughts"),
        (with_turn(internal_thoughts=[3, {"x": 1}]), "thoughts_list", "$.turns[0].internal_thoughts"),
        (with_turn(agent_visible_message=None), "message_missing", "$.turns[0].agent_visible_message"),
        (with_turn(user_message=None), "reply_missing", "$.turns[0].user_message"),
        (with_turn(user_message=["a", 1]), "wrong_type", "$.turns[0].user_message"),
        (with_turn(turn_id=True), "turn_id_missing", "$.turns[0].turn_id"),
        (with_turn(turn_id=1.5), "turn_id_missing", "$.turns[0].turn_id"),
        (with_turn(turn_id="1"), "turn_id_type", "$.turns[0].turn_id"),
        (with_turn(turn_id=-3), "turn_id_start", "$.turns[0].turn_id"),
        ({**GOOD, "turns": [TURN, TURN]}, "turn_id_order", "$.turns[1].turn_id"),
        (with_turn(**{"a b\u001b": 1}), "extra_keys", '$.turns[0]["a b\\u001b"]'),
    ],
)
def test_each_deviation_says_where_it_stands_first(log: Log, name: str, path: str) -> None:
    (deviation,) = read(log).deviations
    assert (deviation.name, deviation.first) == (name, path)


def test_a_deviation_is_kept_once_with_its_count() -> None:
    turns = [{**TURN, "turn_id": i, "internal_thoughts": None, f"k{i}": 1} for i in range(1, 1001)]
    found = {d.name: d for d in read({**GOOD, "turns": turns}).deviations}
    assert found["thoughts_null"].count == found["extra_keys"].count == 1000
    assert len(found) == 2


def test_only_named_deviations_can_be_noted() -> None:
    with pytest.raises(KeyError):
        Noted().add("other")
    assert all(text and not text.endswith(".") for text in DEVIATIONS.values())


def test_nothing_is_made_up() -> None:
    log = read({"turns": [{"user_message": "Hi"}]}).log
    assert log.as_json() == {
        "participant_name": "",
        "turns": [{"turn_id": 1, "agent_visible_message": "", "user_message": "Hi", "internal_thoughts": ""}],
        "final_feedback": "",
    }


def test_a_team_name_beside_a_participant_name_is_an_extra_key() -> None:
    found = read({**GOOD, "team_name": "other"})
    assert found.log.participant_name == "team"
    assert names(found) == {"extra_keys"}


def test_double_ids_leave_the_turns_as_they_stand() -> None:
    turns = [{**TURN, "turn_id": i, "user_message": str(k)} for k, i in enumerate((2, 1, 2))]
    log = read({**GOOD, "turns": turns}).log
    assert [(t.turn_id, t.reply) for t in log.turns] == [(1, "0"), (2, "1"), (3, "2")]


def test_gaps_in_ids_are_no_deviation() -> None:
    turns = [{**TURN, "turn_id": i} for i in (2, 5.0, 9)]
    found = read({**GOOD, "turns": turns})
    assert found.deviations == ()
    assert [t.turn_id for t in found.log.turns] == [2, 5, 9]


RUSSIAN = json.dumps({**GOOD, "final_feedback": "Хороший кандидат, но базы знает слабо."}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "utf-16-le"),
        (json.dumps({**GOOD, "final_feedback": "Café déjà vu"}, ensure_ascii=False), "latin-1"),
    ],
)
def test_other_encodings_are_refused_and_not_guessed(text: str, encoding: str) -> None:
    reason = why_unread(text.encode(encoding))
    assert "UTF-8" in reason or "no JSON" in reason


def test_a_few_broken_bytes_do_not_make_russian_utf8_another_encoding() -> None:
    data = RUSSIAN.encode().replace("Хороший".encode(), "Хороший".encode()[:-1])
    found = read(data)
    assert names(found) == {"damaged_utf8"}
    assert found.log.final_feedback == "Хороши� кандидат, но базы знает слабо."


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    data = json.dumps({**GOOD, "final_feedback": "bad: \ud800!", "k\udfff": 1}).encode()
    found = read(data)
    assert found.log.final_feedback == "bad: �!"
    assert names(found) == {"broken_characters", "extra_keys"}
    assert all(d.first.encode("utf-8") for d in found.deviations)


def test_of_lines_the_broken_one_is_named() -> None:
    good = json.dumps(GOOD)
    data = f'{good}\n\n{good}\n{{"turns": \n{good}'.encode()
    found = list(read_logs(data))
    assert [f.place for f in found] == [":1", ":3", ":4", ":5"]
    assert isinstance(found[2], Unread)
    assert "column" in found[2].reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xff\xfea", "begins as UTF-16"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"turns": ' + b'{"a":' * 200_000, "nested too deeply"),
        (b'{"turns": [], "a": ' + b"9" * 5000 + b"}", "thousands of digits"),
        (b'{"turns": [', "no JSON at column 12"),
        (b'{\n "turns": [1,]\n}', "no JSON at line 2, column 14"),
        (b"[]", "is an empty list"),
        (b"[1, 2]", "is a list, but not of interview logs"),
        (b"3", "not an object"),
        (b'{"turns": {}, "x\\u001b[2J": 1}', 'no list of turns (its keys: "turns", "x\\u001b[2J")'),
        (b"{}", "its keys: none"),
        (b'{"turns": [{}, 3]}', "$.turns[1] is no object"),
        (json.dumps({"turns": [{}] * 2001}).encode(), "has 2,001 turns"),
        (b'[{"turns": []}' + b', {"turns": []}' * 20_000 + b"]", "holds 20,001 logs"),
        (b"a\n" * 1_000_000, "no JSON at line 1, column 1"),
        (b'{"turns": []}\n' * 20_002, "holds more than 20,000 logs"),
    ],
)
def test_what_can_not_be_read_says_why(data: bytes, reason: str) -> None:
    assert reason in why_unread(data)


def test_deep_nesting_inside_a_log_is_one_reason() -> None:
    depth = 900
    feedback = '{"a":' * depth + "1" + "}" * depth
    (found,) = read_logs(f'{{"turns": [], "final_feedback": {feedback}}}'.encode())
    assert isinstance(found, ReadLog | Unread)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "participant_name": JSON,
        "team_name": JSON,
        "final_feedback": JSON,
        "turns": st.lists(
            st.fixed_dictionaries({}, optional=dict.fromkeys((*TURN, "more"), JSON)) | JSON,
            max_size=3,
        )
        | JSON,
    },
)


@settings(max_examples=300, deadline=None)
@given(value=JSON | NEARLY)
def test_any_json_is_read_or_has_a_reason(value: Any) -> None:
    for found in read_logs(json.dumps(value).encode()):
        if isinstance(found, Unread):
            assert found.reason
        else:
            made = found.log.as_json()
            json.dumps(made, ensure_ascii=False).encode("utf-8")
            # What was normalised needs no more than texts that it lacks.
            assert names(read(made)) <= {"message_missing", "feedback_null"}


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert list(read_logs(data))


@settings(max_examples=300, deadline=None)
@given(value=JSON | NEARLY | mangled.logs())
def test_the_strict_check_agrees_with_json_schema(value: Any) -> None:
    assert (violations(value) == ()) is Draft202012Validator(log_schema()).is_valid(value)


def test_violations_are_named_and_limited() -> None:
    log = {"turns": [{**TURN, "turn_id": 0, "user_message": None, "agent_visible_message": ""}], "final_feedback": 1.5}
    assert violations(log) == (
        "$.participant_name: is missing",
        "$.turns[0].turn_id: is below 1",
        "$.turns[0].agent_visible_message: is empty",
        "$.turns[0].user_message: is null, should be a text",
        "$.final_feedback: is a number, should be a text",
    )
    assert len(violations({**GOOD, **{f"k{i}": 1 for i in range(1000)}})) == 20
