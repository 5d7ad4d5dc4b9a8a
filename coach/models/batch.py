"""Batches: requests as lines that an endpoint answers later, and the answers that came back.

Source of both formats: OpenAI's Batch API guide (input file and output file).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from coach.errors import APIResponseError, ContentError, MalformedAnswer, NoBatchAnswer
from coach.models.base import Reply, Request, Usage
from coach.models.endpoint import OUTPUT_TOKENS, reply_to
from coach.models.prices import Prices
from coach.models.tokens import estimate_messages
from coach.models.wire import Abilities, Answer, Payload, answer_in, error_in, one_line, payload

URL = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
"""Of one file, as OpenAI takes it."""
_LONGEST_ID = 64
_DIGEST = 12
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))
"""What some readers of lines take for the end of one; in JSON they stand only in texts, so they can be escaped."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a batch."""

    custom_id: str
    request: Request
    payload: Payload

    @property
    def line(self) -> bytes:
        """Return its line: the body is what the live client sends in the strictest mode."""
        start = {"custom_id": self.custom_id, "method": "POST", "url": URL}
        return json.dumps(start)[:-1].encode() + b', "body": ' + _body(self.payload) + b"}\n"

    @property
    def expected(self) -> Usage:
        """Return an estimate of what it takes."""
        return Usage(
            input=estimate_messages(self.payload.messages), output=OUTPUT_TOKENS[self.request.role], estimated=True
        )


def ask(request: Request, model: str) -> Asked:
    """Return a request as a batch asks it of ``model``."""
    asked = payload(request, model, Abilities())
    digest = hashlib.sha256(_body(asked)).hexdigest()[:_DIGEST]
    return Asked(f"{_head(request)}{digest}", request, asked)


def _body(asked: Payload) -> bytes:
    body = asked.encoded()
    for end, escaped in _LINE_ENDS:
        body = body.replace(end, escaped)
    return body


def _head(request: Request) -> str:
    """Return the custom_id less the digest of the body: who asks; hashed where it is long or not plain."""
    tail = f"/{request.number}-"
    place = request.place
    if _PLAIN.fullmatch(place) and len(place) + len(tail) + _DIGEST <= _LONGEST_ID:
        return place + tail
    hashed = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    left = _LONGEST_ID - len(tail) - 2 * _DIGEST - 1
    return f"{re.sub('[^A-Za-z0-9._/-]', '_', place)[:left]}~{hashed}{tail}"


def parts(
    asked: Sequence[Asked], most_requests: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES
) -> tuple[tuple[Asked, ...], ...]:
    """Return the requests as files that an endpoint takes, in order."""
    found: list[list[Asked]] = []
    size = 0
    for one in asked:
        length = len(one.line)
        if not found or len(found[-1]) == most_requests or size + length > most_bytes:
            found.append([])
            size = 0
        found[-1].append(one)
        size += length
    return tuple(tuple(part) for part in found)


class _Response(BaseModel):
    """The HTTP response to one request."""

    status_code: int
    body: Any = None


class _Said(BaseModel):
    """What came of one request, as a line of an output file says it."""

    custom_id: str
    response: _Response | None = None
    error: dict[str, Any] | str | None = None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What came of one request."""

    custom_id: str
    file: str
    line: int
    completion: Answer | None
    """None where none came."""
    reason: str = ""
    """Why none came, in a word or two."""
    message: str = ""
    """And in a sentence."""

    def without(self, key: str) -> "BatchAnswer":
        """Return it without the key, should an endpoint have echoed it."""
        completion = self.completion
        if completion is not None and key in completion.text:
            completion = replace(completion, text=completion.text.replace(key, "***"))
        reason, message = self.reason.replace(key, "***"), self.message.replace(key, "***")
        return replace(self, completion=completion, reason=reason, message=message)


def _answer(said: _Said, file: str, line: int) -> BatchAnswer:
    error, response = said.error, said.response
    if error:
        message, code = error_in(error)
        reason = "expired" if code == "batch_expired" else f"error {one_line(code)[:60]}".strip()
        return BatchAnswer(said.custom_id, file, line, None, reason, message)
    if response is None:
        nothing = "the line has neither a response nor an error"
        return BatchAnswer(said.custom_id, file, line, None, "no response", nothing)
    if response.status_code != 200:
        message = error_in(response.body)[0]
        return BatchAnswer(said.custom_id, file, line, None, f"status {response.status_code}", message)
    try:
        return BatchAnswer(said.custom_id, file, line, answer_in(response.body))
    except APIResponseError as problem:
        return BatchAnswer(said.custom_id, file, line, None, "no completion", str(problem))


def read_answers(files: Iterable[tuple[str, Iterable[bytes]]]) -> dict[str, BatchAnswer]:
    """Return the lines (their ends included) of output files, by custom_id; in any order.

    A request may have failed in one file and be answered in another, e.g. of a second batch: the answer counts.

    Raises:
        ContentError: a line is cut off or is none of an output file, or answers what was answered before.
    """
    found: dict[str, BatchAnswer] = {}
    for file, lines in files:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            answer = _answer(_said(line, file, number), file, number)
            before = found.get(answer.custom_id)
            if before is None or (before.file != file and before.completion is None):
                found[answer.custom_id] = answer
            elif before.file == file or answer.completion is not None:
                raise ContentError(
                    f"custom_id '{one_line(answer.custom_id)}' was there before, at {before.file}:{before.line}; "
                    "give each file once",
                    file,
                    number,
                )
    return found


def _said(line: bytes, file: str, number: int) -> _Said:
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ContentError("not UTF-8; is this the batch's output?", file, number) from error
    except (ValueError, RecursionError) as error:
        what = "no JSON" if line.endswith(b"\n") else "it is cut off"
        raise ContentError(f"{what}; download the batch's output again", file, number) from error
    if isinstance(data, dict) and "body" in data and "response" not in data:
        raise ContentError("this is a request, not an answer; give the batch's output file", file, number)
    try:
        return _Said.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in first["loc"] if p != "dict[str,any]")
        problem = f"{where}: {first['msg']}" if where else "no JSON object"
        raise ContentError(f"{one_line(problem)}; give the batch's output file", file, number) from error


@dataclass(slots=True)
class BatchModel:
    """Answers from what a batch brought back, and keeps what it did not answer.

    Without any answers it collects the requests of a batch.
    """

    name: str
    prices: Prices
    answers: Mapping[str, BatchAnswer] = field(default_factory=dict)
    left: dict[str, Asked] = field(default_factory=dict)
    """What was asked and has no answer, by custom_id."""
    _known: set[str] = field(default_factory=set)
    _heads: set[str] = field(default_factory=set)

    async def complete(self, request: Request) -> Reply:
        """Return the batch's answer to a request.

        Raises:
            NoBatchAnswer: none came, or it is no completion.
            MalformedAnswer: the first answer did not fit, and its repair was not asked for yet.
        """
        asked = ask(request, self.name)
        self._known.add(asked.custom_id)
        self._heads.add(_head(request))
        answer = self.answers.get(asked.custom_id)
        if answer is not None and answer.completion is not None:
            return reply_to(request, asked.payload, answer.completion, self.prices)
        self.left[asked.custom_id] = asked
        error = NoBatchAnswer("the batch's output does not have it", "missing")
        if answer is not None:
            error = NoBatchAnswer(f"{answer.file}:{answer.line}: {answer.message}", answer.reason)
        if any(m.role == "assistant" for m in request.messages):
            raise MalformedAnswer(f"the answer did not fit, and its repair has no answer: {error}") from error
        raise error

    async def close(self) -> None:
        """Do nothing: there is nothing open."""

    def check_all_known(self) -> None:
        """Raise ContentError where answers are to nothing that was asked: of another prompt, model or file."""
        strange = [a for a in self.answers.values() if a.custom_id not in self._known]
        if not strange:
            return
        first = strange[0]
        same_line = first.custom_id[:-_DIGEST] in self._heads
        why = "an answer to another prompt, model or parameter" if same_line else "an answer to another file"
        raise ContentError(
            f"custom_id '{one_line(first.custom_id)}': {why} ({len(strange)} of {len(self.answers)} such lines); "
            "give the same files and options as when the batch was written, and the outputs of earlier batches too",
            first.file,
            first.line,
        )


def expected(asked: Iterable[Asked], model: str, prices: Prices) -> tuple[Usage, float | None]:
    """Return an estimate of what requests take and cost at full price; None: not known."""
    each = [one.expected for one in asked]
    costs = [prices.estimate(model, usage) for usage in each]
    total = Usage(input=sum(u.input or 0 for u in each), output=sum(u.output or 0 for u in each), estimated=True)
    return total, None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
