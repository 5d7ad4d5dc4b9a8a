"""The chat completions format: what is sent, and what is read from what came back."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from coach.errors import APIResponseError
from coach.models.base import Finish, Message, Mode, Request, Usage
from coach.models.schemas import strict_schema

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MOST_TOKENS = 10**9
"""No call has more; a larger count is none."""
_FINISH: dict[str, Finish] = {"length": "length", "max_tokens": "length", "content_filter": "content_filter"}


@dataclass(slots=True)
class Abilities:
    """What an endpoint can do with a model, as far as it has been learned."""

    mode: Mode = "json_schema"
    refused: set[str] = field(default_factory=set)
    """Optional parameters that it does not take."""
    limit_name: str = "max_completion_tokens"
    """What it calls the most tokens of an answer."""
    settled: bool = False
    """An answer came in this mode, so a later error is not about the mode."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One request, ready for a transport."""

    model: str
    messages: tuple[Message, ...]
    options: tuple[tuple[str, Any], ...]
    """Everything else: the response format and the sampling parameters."""
    mode: Mode

    def fields(self) -> dict[str, Any]:
        """Return the request's body."""
        messages = [{"role": m.role, "content": m.content.encode("utf-8", "replace").decode()} for m in self.messages]
        return {"model": self.model, "messages": messages, **dict(self.options)}

    def encoded(self) -> bytes:
        """Return the request's body as JSON; what is the same in many requests is encoded once."""
        parts = [b'{"model":', _encoded(self.model), b',"messages":[', b",".join(_message(m) for m in self.messages)]
        parts.append(b"]")
        for name, value in self.options:
            parts += [b",", _encoded(name), b":", _shared(value) if name == "response_format" else _plain(value)]
        parts.append(b"}")
        return b"".join(parts)


class _Format(dict[str, Any]):
    """A response format that remembers its own encoding."""

    __slots__ = ("encoded",)

    encoded: bytes


def _plain(value: Any) -> bytes:
    # A lone surrogate is no text that can be sent; it becomes a question mark.
    return _ENCODER.encode(value).encode("utf-8", "replace")


def _shared(value: Any) -> bytes:
    return value.encoded if isinstance(value, _Format) else _plain(value)


@lru_cache(maxsize=256)
def _encoded(text: str) -> bytes:
    return _plain(text)


def _message(message: Message) -> bytes:
    content = _encoded(message.content) if message.role == "system" else _plain(message.content)
    return b'{"role":"' + message.role.encode() + b'","content":' + content + b"}"


def payload(request: Request, model: str, abilities: Abilities) -> Payload:
    """Return the request for an endpoint of these abilities."""
    options: list[tuple[str, Any]] = []
    if abilities.mode == "json_schema":
        options.append(("response_format", _format(request)))
    elif abilities.mode == "json_object":
        options.append(("response_format", {"type": "json_object"}))
    sampling = request.sampling
    wanted = (
        ("temperature", sampling.temperature),
        (abilities.limit_name, sampling.max_tokens),
        ("seed", sampling.seed),
    )
    options += [(name, value) for name, value in wanted if value is not None and name not in abilities.refused]
    messages = request.messages
    if abilities.mode != "json_schema":
        messages = (_with_schema(messages[0], request), *messages[1:])
    return Payload(model, messages, tuple(options), abilities.mode)


_FORMATS: dict[int, tuple[dict[str, Any], _Format, str]] = {}
"""By the identity of a schema, which is kept so that the identity stays its own."""


def _of_schema(request: Request) -> tuple[dict[str, Any], _Format, str]:
    found = _FORMATS.get(id(request.json_schema))
    if found is None:
        strict = strict_schema(request.json_schema)
        named = {"name": request.schema_name, "strict": True, "schema": strict}
        response_format = _Format(type="json_schema", json_schema=named)
        response_format.encoded = _plain(dict(response_format))
        found = (request.json_schema, response_format, json.dumps(strict, ensure_ascii=False, separators=(",", ":")))
        _FORMATS[id(request.json_schema)] = found
    return found


def _format(request: Request) -> _Format:
    return _of_schema(request)[1]


def _with_schema(system: Message, request: Request) -> Message:
    """Return the system message with the schema, for an endpoint that does not take it apart."""
    schema = _of_schema(request)[2]
    return Message(role="system", content=f"{system.content}\n\nThe JSON Schema of your answer:\n{schema}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a completion says."""

    text: str
    finish: Finish
    usage: Usage | None
    """None where the endpoint did not count."""
    model: str


def read_answer(body: bytes) -> Answer:
    """Return what a 200 response says. Raises APIResponseError where it is no chat completion."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise APIResponseError(f"the answer is no JSON ({_start(body)})") from error
    try:
        return answer_in(data)
    except APIResponseError as error:
        raise APIResponseError(f"{error} ({_start(body)})") from error


def answer_in(data: Any) -> Answer:
    """Return what a chat completion says. Raises APIResponseError where ``data`` is none."""
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise APIResponseError("the answer is no chat completion")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise APIResponseError("the answer has no message")
    finish = _FINISH.get(str(choice.get("finish_reason")), "stop")
    # A LiteLLM gateway moves what it does not know into a part of its own.
    refusal = message.get("refusal") or _part(message, "provider_specific_fields").get("refusal")
    if isinstance(refusal, str) and refusal:
        return Answer(_text(refusal), "refusal", _usage(data.get("usage")), _text(data.get("model")))
    return Answer(_content(message.get("content")), finish, _usage(data.get("usage")), _text(data.get("model")))


def _content(content: Any) -> str:
    """Return the text of a message; some gateways give it in parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return _text(content)


def _text(value: Any) -> str:
    """Return a text that can be written down: half a surrogate pair, which JSON can hold, becomes a question mark."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _usage(data: Any) -> Usage | None:
    if not isinstance(data, dict):
        return None
    asked, answered = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
    # Where its provider does not count, a LiteLLM gateway says zero; no request has no tokens.
    if not asked or answered is None:
        return None
    return Usage(
        input=asked,
        cached=_count(_part(data, "prompt_tokens_details").get("cached_tokens")),
        output=answered,
        reasoning=_count(_part(data, "completion_tokens_details").get("reasoning_tokens")),
    )


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def error_of(body: bytes) -> tuple[str, str]:
    """Return an error body's message and code, as far as it has them; the message is one short line."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return _start(body), ""
    return error_in(data)


def error_in(data: Any) -> tuple[str, str]:
    """Return the message and code of what is said in place of an answer; see ``error_of``."""
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        message = error.get("message") or error.get("detail") or error
        code = _text(error.get("code"))
        # Some gateways repeat the status there; the type then says more.
        return one_line(str(message)), _text(error.get("type")) if not code or code.isdecimal() else code
    return one_line(str(error)), ""


def _start(body: bytes) -> str:
    return one_line(body[:200].decode("utf-8", "replace")) if body else "it is empty"


def one_line(text: str) -> str:
    """Return foreign text as one short line that can be printed."""
    short = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(_text(text).split()))
    return short if len(short) <= 300 else f"{short[:299]}…"
