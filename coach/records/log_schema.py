"""The strict check of a log against its JSON Schema: the keywords that this schema uses, and no others."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

_LISTED = 20
"""Violations of one log that are named."""
_NAME = 60
"""Characters of a foreign key that a path shows."""


@cache
def log_schema() -> dict[str, Any]:
    """Return the JSON Schema of the assignment's log."""
    loaded: dict[str, Any] = json.loads(files("coach.records").joinpath("interview_log.schema.json").read_text("utf-8"))
    return loaded


def violations(value: Any) -> tuple[str, ...]:
    """Return what of ``value`` does not meet the log's schema, each with its JSON path; the first 20."""
    return tuple(f"{path}: {what}" for path, what in islice(_check(value, log_schema(), "$"), _LISTED))


def child(path: str, key: str | int) -> str:
    """Return the JSON path of a member or an item; a foreign key is quoted and cut."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key.isidentifier() and key.isascii() and len(key) <= _NAME:
        return f"{path}.{key}"
    return f"{path}[{json.dumps(key[:_NAME])}]"


def is_integer(value: Any) -> bool:
    """Return whether JSON Schema calls ``value`` an integer: 1 and 1.0 are, true is not."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": is_integer,
}
_ARTICLES = {"object": "an object", "array": "a list", "string": "a text", "integer": "an integer"}


def _called(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    named = next((_ARTICLES[name] for name, fits in _TYPES.items() if fits(value)), None)
    return named or "a number"


def _check(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield path and words of each violation; what has the wrong type is not looked into."""
    wanted = schema["type"]
    if not _TYPES[wanted](value):
        yield path, f"is {_called(value)}, should be {_ARTICLES[wanted]}"
    elif wanted == "object":
        yield from _check_object(value, schema, path)
    elif wanted == "array":
        for number, item in enumerate(value):
            yield from _check(item, schema["items"], child(path, number))
    elif wanted == "string" and len(value) < schema.get("minLength", 0):
        yield path, "is empty"
    elif wanted == "integer" and value < schema.get("minimum", value):
        yield path, f"is below {schema['minimum']}"


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    known = schema["properties"]
    for key in schema["required"]:
        if key not in value:
            yield child(path, key), "is missing"
    for key, member in value.items():
        if key in known:
            yield from _check(member, known[key], child(path, key))
        else:
            yield child(path, key), "is no key of this format"
