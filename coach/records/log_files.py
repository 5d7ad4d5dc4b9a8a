"""From the bytes of somebody's log file to JSON values: encodings, several logs a file, JSON that is none."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coach.records.log_deviations import Deviation, Noted

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_SOUND = 10
"""Times as many sound characters as damaged ones make a text damaged UTF-8, not another encoding."""
_WORD = re.compile(r"[^\W\d_]+")
_RUSSIAN = re.compile(r"[А-Яа-яЁё]+\Z")
_PURE = 0.9
"""Least share of words with foreign letters that are wholly Russian; other encodings mix them with Latin."""
_LINES = 0.5
"""Least share of lines that are objects of their own."""
_TRIED = 100
"""Lines after which a file that is not of lines is given up."""
_MOST = 20_000
"""Logs that one file may hold."""


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value that may be a log, and how it was written."""

    content: Any
    place: str
    """Where it stands in the file: ``:3`` (a line), ``[2]`` (an item) or empty."""
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why."""

    place: str
    reason: str


class _NotJson(ValueError):
    """Why a text is no JSON."""


def values(data: bytes) -> Iterator[Value | Unread]:
    """Yield what a file of logs holds: one value, one a line, or one an item; never nothing, never an exception."""
    noted = Noted()
    try:
        text = _decoded(data, noted)
        found = list(_split(text, noted))
    except _NotJson as error:
        yield Unread("", str(error))
        return
    yield from found


def _decoded(data: bytes, noted: Noted) -> str:
    if data.startswith(_UTF16_BOMS):
        noted.add("utf16")
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _NotJson("begins as UTF-16 and is none") from error
    if data.startswith(_UTF8_BOM):
        noted.add("bom")
        data = data.removeprefix(_UTF8_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    mended = data.decode("utf-8", "replace")
    damaged = mended.count("�")
    if sum(not c.isascii() for c in mended) - damaged > _SOUND * damaged:
        noted.add("damaged_utf8")
        return mended
    try:
        text = data.decode("cp1251")
    except UnicodeDecodeError:
        text = ""
    if not _reads_as_russian(text):
        raise _NotJson("neither UTF-8 nor windows-1251; save it as UTF-8")
    noted.add("cp1251")
    return text


def _reads_as_russian(text: str) -> bool:
    """Return whether the words with foreign letters are Russian ones, in ordinary case."""
    foreign = [w for w in _WORD.findall(text) if not w.isascii()]
    russian = [w for w in foreign if _RUSSIAN.match(w)]
    # KOI8-R read as windows-1251 is Cyrillic with the case turned round.
    small = sum(c.islower() for w in russian for c in w)
    return len(russian) >= _PURE * len(foreign) > 0 and 2 * small >= sum(map(len, russian))


def _split(text: str, noted: Noted) -> Iterator[Value | Unread]:
    if not text.strip():
        raise _NotJson("is empty")
    inner = Noted()
    try:
        content = _loaded(text, inner)
    except _NotJson as error:
        yield from _lines(text, noted, str(error))
        return
    if isinstance(content, list):
        yield from _items(content, noted, inner)
    else:
        yield Value(content, "", (*noted.all(), *inner.all()))


def _items(content: list[Any], noted: Noted, inner: Noted) -> Iterator[Value | Unread]:
    if not any(isinstance(item, dict) and "turns" in item for item in content):
        raise _NotJson("is a list, but not of interview logs" if content else "is an empty list")
    if len(content) > _MOST:
        raise _NotJson(f"holds {len(content):,} logs; split it into files of {_MOST:,} at most")
    noted.add("log_list")
    for number, item in enumerate(content):
        yield Value(item, f"[{number}]", (*noted.all(), *inner.all()))


def _lines(text: str, noted: Noted, reason: str) -> Iterator[Value | Unread]:
    """Yield a value a line where most lines are objects; else the text is no JSON, for ``reason``."""
    found: list[Value | Unread] = []
    objects = 0
    noted.add("json_lines")
    # Not splitlines: JSON texts may hold U+2028 and the like as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if len(found) >= _TRIED and objects < _LINES * len(found):
            break
        if len(found) > _MOST:
            raise _NotJson(f"holds more than {_MOST:,} logs; split it")
        inner = Noted()
        try:
            content = _loaded(line, inner)
        except _NotJson as error:
            found.append(Unread(f":{number}", str(error)))
            continue
        objects += isinstance(content, dict)
        found.append(Value(content, f":{number}", (*noted.all(), *inner.all())))
    if len(found) < 2 or objects < _LINES * len(found):
        raise _NotJson(reason)
    yield from found


def _loaded(text: str, noted: Noted) -> Any:
    """Return the JSON value of ``text``; of NaN and Infinity nothing is left. Raises _NotJson."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            noted.add("duplicate_keys")
        return made

    def constant(_: str) -> None:
        noted.add("not_a_number")

    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in text else ""
        raise _NotJson(f"no JSON at {line}column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise _NotJson("is nested too deeply for a log") from error
    except ValueError as error:
        raise _NotJson("holds a number of thousands of digits") from error
