"""Interview logs of any implementation: bytes to logs, with every named deviation undone that can be.

Nothing is made up: what a log lacks is empty here. Whether replies stand with the questions that they
answer is told from the texts and is not looked at here (``coach.scoring.log_replies``).
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coach.records.log_deviations import WRITING, Deviation, Noted
from coach.records.log_files import Unread, Value, values
from coach.records.log_schema import child, is_integer, log_schema, violations

_MOST_TURNS = 2000
_DIGITS = re.compile(r"\s*\d{1,9}\s*\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SHOWN_KEYS = 5
"""Keys of what is no log that the reason names."""


@dataclass(frozen=True, slots=True)
class LogTurn:
    """One turn; texts are empty where the log has none."""

    turn_id: int
    message: str
    reply: str
    thoughts: str


@dataclass(frozen=True, slots=True)
class InterviewLog:
    """One interview as the assignment's format has it."""

    participant_name: str
    turns: tuple[LogTurn, ...]
    final_feedback: str

    def as_json(self) -> dict[str, Any]:
        """Return the log in the assignment's format."""
        turns = [
            {
                "turn_id": t.turn_id,
                "agent_visible_message": t.message,
                "user_message": t.reply,
                "internal_thoughts": t.thoughts,
            }
            for t in self.turns
        ]
        return {"participant_name": self.participant_name, "turns": turns, "final_feedback": self.final_feedback}


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log that could be read, and how it departs from the format."""

    log: InterviewLog
    place: str
    """Where it stands in its file: ``:3`` (a line), ``[2]`` (an item) or empty."""
    deviations: tuple[Deviation, ...]
    violations: tuple[str, ...]
    """What does not meet the JSON Schema, each with its JSON path; the first 20."""

    @property
    def meets_schema(self) -> bool:
        """Whether the file is a log by the schema alone, written as JSON is: UTF-8, one a file."""
        return not self.violations and not any(d.name in WRITING for d in self.deviations)

    @property
    def deviates(self) -> bool:
        """Whether anything is not as the format wants it, what a schema can't see included."""
        return bool(self.violations or self.deviations)


class _NoLog(ValueError):
    """Why a JSON value is no interview log."""


def read_logs(data: bytes) -> Iterator[ReadLog | Unread]:
    """Yield the logs of a file's bytes, or the reason where one can't be read; never nothing."""
    for value in values(data):
        yield value if isinstance(value, Unread) else _read(value)


def _read(value: Value) -> ReadLog | Unread:
    noted = Noted(*value.deviations)
    try:
        log = _normalized(value.content, noted)
    except _NoLog as error:
        return Unread(value.place, str(error))
    except RecursionError:
        return Unread(value.place, "is nested too deeply for a log")
    return ReadLog(log, value.place, noted.all(), violations(value.content))


def _normalized(content: Any, noted: Noted) -> InterviewLog:
    if not isinstance(content, dict):
        raise _NoLog("is no interview log: not an object")
    turns = content.get("turns")
    if not isinstance(turns, list):
        keys = ", ".join(json.dumps(k[:40]) for k in list(content)[:_SHOWN_KEYS])
        raise _NoLog(f"is no interview log: it has no list of turns (its keys: {keys or 'none'})")
    if len(turns) > _MOST_TURNS:
        raise _NoLog(f"has {len(turns):,} turns; an interview has {_MOST_TURNS:,} at most")
    wrong = next((i for i, turn in enumerate(turns) if not isinstance(turn, dict)), None)
    if wrong is not None:
        raise _NoLog(f"$.turns[{wrong}] is no object")
    name = _name(content, noted)
    feedback = _feedback(content.get("final_feedback"), noted)
    schema = log_schema()["properties"]
    known = {k for k in schema if k in content}
    if "participant_name" not in known and isinstance(content.get("team_name"), str):
        known.add("team_name")
    _note_extra(content, known, "$", noted)
    for number, turn in enumerate(turns):
        _note_extra(turn, schema["turns"]["items"]["properties"], child("$.turns", number), noted)
    return InterviewLog(name, _turns(turns, noted), feedback)


def _note_extra(found: Mapping[str, Any], known: Container[str], path: str, noted: Noted) -> None:
    for key in found:
        if key not in known:
            noted.add("extra_keys", child(path, key))


def _name(content: Mapping[str, Any], noted: Noted) -> str:
    name, team = content.get("participant_name"), content.get("team_name")
    if name is None and isinstance(team, str):
        noted.add("team_name", "$.team_name")
        return _clean(team, "$.team_name", noted)
    if name is None:
        noted.add("name_missing", "$.participant_name")
        return ""
    return _text(name, "$.participant_name", noted)


def _feedback(value: Any, noted: Noted) -> str:
    path = "$.final_feedback"
    if isinstance(value, dict | list):
        noted.add("feedback_object", path)
        return _clean(_readable(value), path, noted)
    text = "" if value is None else _text(value, path, noted)
    if not text:
        noted.add("feedback_null", path)
    return text


def _readable(value: Any, indent: str = "") -> str:
    """Return an object or a list as lines of text, ``key: value``, what is inside further to the right."""
    members = value.items() if isinstance(value, dict) else (("-", item) for item in value)
    lines = []
    for key, member in members:
        label = key if key == "-" else f"{key}:"
        if isinstance(member, dict | list):
            lines += [f"{indent}{label}", *([_readable(member, f"{indent}  ")] if member else [])]
        else:
            lines.append(f"{indent}{label} {member if isinstance(member, str) else json.dumps(member)}")
    return "\n".join(lines)


def _turns(turns: list[dict[str, Any]], noted: Noted) -> tuple[LogTurn, ...]:
    ids = _ids(turns, noted)
    made = []
    for number, (turn_id, turn) in enumerate(zip(ids, turns, strict=True)):
        path = child("$.turns", number)
        message = _said(turn, "agent_visible_message", path, noted)
        reply = _said(turn, "user_message", path, noted)
        thoughts = _thoughts(turn.get("internal_thoughts"), child(path, "internal_thoughts"), noted)
        if not message:
            noted.add("message_missing", child(path, "agent_visible_message"))
        if turn.get("user_message") is None:
            noted.add("reply_missing", child(path, "user_message"))
        if message.strip() or reply.strip():
            made.append(LogTurn(turn_id, message, reply, thoughts))
        else:
            noted.add("empty_turn", path)
    return tuple(sorted(made, key=lambda t: t.turn_id))


def _ids(turns: list[dict[str, Any]], noted: Noted) -> list[int]:
    """Return the turn ids, from 1 upwards; the turns' own where these are sound."""
    given = [_id(turn.get("turn_id"), child("$.turns", i), noted) for i, turn in enumerate(turns)]
    as_they_stand = list(range(1, len(turns) + 1))
    ids = [i for i in given if i is not None]
    if len(ids) < len(given):
        noted.add("turn_id_missing", child(child("$.turns", given.index(None)), "turn_id"))
        return as_they_stand
    wrong = next((i for i in range(1, len(ids)) if ids[i] <= ids[i - 1]), None)
    if wrong is not None:
        noted.add("turn_id_order", child(child("$.turns", wrong), "turn_id"))
    if len(set(ids)) < len(ids):
        return as_they_stand
    if min(ids, default=1) < 1:
        noted.add("turn_id_start", "$.turns[0].turn_id")
        return [i + 1 - min(ids) for i in ids]
    return ids


def _id(value: Any, path: str, noted: Noted) -> int | None:
    if is_integer(value):
        return int(value)
    if isinstance(value, str) and _DIGITS.match(value):
        noted.add("turn_id_type", child(path, "turn_id"))
        return int(value)
    return None


def _said(turn: Mapping[str, Any], key: str, path: str, noted: Noted) -> str:
    value = turn.get(key)
    return "" if value is None else _text(value, child(path, key), noted)


def _thoughts(value: Any, path: str, noted: Noted) -> str:
    if value is None:
        noted.add("thoughts_null", path)
        return ""
    if isinstance(value, dict):
        noted.add("thoughts_object", path)
        return _clean("".join(_thought(agent, content) for agent, content in value.items()), path, noted)
    if isinstance(value, list):
        noted.add("thoughts_list", path)
        return _clean("".join(_listed(item) for item in value), path, noted)
    return _text(value, path, noted)


def _listed(item: Any) -> str:
    """Return one thought of a list as a line: a text, ``{from, to, content}``, or whatever else as it is."""
    if isinstance(item, dict) and "content" in item:
        sender = item.get("from", item.get("sender", item.get("agent")))
        return _thought(sender if isinstance(sender, str) else "", item["content"])
    return _thought("", item)


def _thought(agent: str, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return f"{f'[{agent}]: ' if agent else ''}{' '.join(text.split())}\n"


def _text(value: Any, path: str, noted: Noted) -> str:
    if isinstance(value, str):
        return _clean(value, path, noted)
    noted.add("wrong_type", path)
    return _clean(json.dumps(value, ensure_ascii=False), path, noted)


def _clean(text: str, path: str, noted: Noted) -> str:
    """Return ``text`` without halves of surrogate pairs, which no file can hold."""
    if _SURROGATE.search(text) is None:
        return text
    noted.add("broken_characters", path)
    return _SURROGATE.sub("�", text)
