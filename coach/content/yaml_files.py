"""Strict, safe YAML: an unknown, missing or doubled key is an error with file and line."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from coach.errors import ContentError, nearest

_MAX_BYTES = 4_000_000
_MAX_QUOTED = 80
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """Return the YAML file at ``path`` as a ``model``.

    Raises:
        ContentError: it can't be read, is no YAML, or does not fit; with the line.
    """
    return parse(read(path), model, path)


def read(path: Path) -> str:
    """Return the text of a content file, or raise ContentError."""
    try:
        if path.exists() and not path.is_file():
            raise ContentError("is no file; put a text file here or move it away", path)
        if path.stat().st_size > _MAX_BYTES:
            raise ContentError(f"larger than {_MAX_BYTES:,} bytes; split it", path)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(f"not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
    except OSError as error:
        raise ContentError(f"can't be read: {error.strerror}", path) from error


def parse(text: str, model: type[M], path: Path) -> M:
    """Return YAML ``text`` as a ``model``; ``path`` is for messages. Raises ContentError."""
    root, data = _compose(text, path)
    if not isinstance(data, dict):
        raise ContentError(f"should hold keys and values, holds {type(data).__name__}", path, 1)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _as_content_error(error, root, model, path) from error


def _compose(text: str, path: Path) -> tuple[yaml.Node | None, object]:
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return None, None
            _refuse_doubled_keys(root, path)
            return root, loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context or "broken").split())
        raise ContentError(f"no valid YAML: {problem}", path, mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ContentError(f"no valid YAML: {reason}", path) from error
    except (LookupError, AttributeError, TypeError, OverflowError) as error:
        # What PyYAML's constructors let through where a value does not fit its tag.
        raise ContentError(
            "no valid YAML: a value does not fit its tag (!!int, !!bool, …); write it plain", path
        ) from error


def _refuse_doubled_keys(root: yaml.Node, path: Path) -> None:
    seen: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if not isinstance(node, yaml.CollectionNode):
            continue
        if id(node) in seen:
            # A shared node is an alias: a few of them can stand for gigabytes.
            raise ContentError("aliases (*name) are not taken; write it out", path, node.start_mark.line + 1)
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in keys:
                        raise ContentError(f"the key '{key.value}' stands here twice", path, key.start_mark.line + 1)
                    keys.add(key.value)
                todo.append(value)
        else:
            todo.extend(node.value)


def _as_content_error(
    error: ValidationError, root: yaml.Node | None, model: type[BaseModel], path: Path
) -> ContentError:
    first = error.errors(include_url=False)[0]
    loc = first["loc"]
    where = ".".join(str(part) for part in loc)
    line = _line_of(root, loc)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        hint = nearest(str(loc[-1]), _siblings(model, loc))
        return ContentError(f"unknown key '{where}'.{hint}{more}", path, line)
    if first["type"] == "missing":
        return ContentError(f"the key '{where}' is missing{more}", path, line)
    message = first["msg"].removeprefix("Value error, ")
    given = first.get("input")
    got = f", not {_quoted(given)}" if isinstance(given, str | int | float | bool) else ""
    if first["type"] == "value_error":
        got = ""
    return ContentError(f"{where}: {message}{got}{more}" if where else f"{message}{more}", path, line)


def _quoted(given: str | float) -> str:
    """Return a value for a message: not all of a long one."""
    if isinstance(given, int) and not isinstance(given, bool) and given.bit_length() > 128:
        return "a huge number"
    text = repr(given)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


def _siblings(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the key names that may stand where ``loc`` ends, as far as the types tell."""
    current: Any = model
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        field = getattr(current, "model_fields", {}).get(part)
        current = _model_in(field.annotation) if field else None
        if current is None:
            return []
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None


def _line_of(root: yaml.Node | None, loc: tuple[int | str, ...]) -> int | None:
    """Return the line (from 1) of the deepest node along ``loc``."""
    if root is None:
        return 1
    node: yaml.Node = root
    line = node.start_mark.line + 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line + 1
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
