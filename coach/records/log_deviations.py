"""How a log departs from the assignment's format: the named deviations, and their collection."""

from collections.abc import Mapping
from dataclasses import dataclass

WRITING: Mapping[str, str] = {
    "bom": "begins with a byte order mark",
    "utf16": "UTF-16 instead of UTF-8",
    "cp1251": "windows-1251 instead of UTF-8",
    "damaged_utf8": "some bytes are no UTF-8",
    "json_lines": "several logs in a file, one a line",
    "log_list": "several logs in a file, as a list",
    "duplicate_keys": "a key stands twice in an object; the last counts",
    "not_a_number": "NaN or Infinity, which JSON has not",
    "broken_characters": "half a surrogate pair instead of a character",
}
"""Deviations of how the file is written."""

CONTENT: Mapping[str, str] = {
    "team_name": "team_name instead of participant_name",
    "name_missing": "no participant_name",
    "feedback_object": "final_feedback is an object or a list",
    "feedback_null": "final_feedback is null, missing or empty",
    "thoughts_list": "internal_thoughts is a list",
    "thoughts_object": "internal_thoughts is an object",
    "thoughts_null": "internal_thoughts is null or missing",
    "message_missing": "agent_visible_message is null, missing or empty",
    "reply_missing": "user_message is null or missing",
    "turn_id_missing": "a turn_id is missing or no whole number",
    "turn_id_type": "a turn_id is a number in quotes",
    "turn_id_start": "turn ids begin below 1",
    "turn_id_order": "turn ids are double or not in order",
    "empty_turn": "a turn without message and reply",
    "wrong_type": "a value of another type than text",
    "extra_keys": "keys that the format has not",
    "reply_shifted": "replies stand with the messages that answer them",
}
"""Deviations of what the log holds."""

DEVIATIONS: Mapping[str, str] = {**WRITING, **CONTENT}
"""Every named deviation, and what it is."""

BEYOND_SCHEMA = frozenset({*WRITING, "turn_id_order", "reply_shifted"})
"""The deviations that a JSON Schema does not see."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One named deviation of one log."""

    name: str
    first: str
    """Where it stands first, as a JSON path; empty where it concerns the whole file."""
    count: int = 1


class Noted:
    """Collects deviations: each name once, with its first place and a count, however hostile the file."""

    def __init__(self, *before: Deviation) -> None:
        """Begin with what was found ``before``."""
        self._found = {d.name: d for d in before}

    def add(self, name: str, path: str = "") -> None:
        """Note one more ``name`` at ``path``. Raises KeyError where there is no such deviation."""
        if name not in DEVIATIONS:
            raise KeyError(name)
        known = self._found.get(name)
        self._found[name] = Deviation(name, known.first, known.count + 1) if known else Deviation(name, path)

    def all(self) -> tuple[Deviation, ...]:
        """Return the deviations in the order of ``DEVIATIONS``."""
        return tuple(self._found[name] for name in DEVIATIONS if name in self._found)
