"""Cassettes: what models answered, as JSON Lines to review, so that a run can be made again without them.

Two kinds of line: ``{"text": hash, "content": ...}`` holds a long text once; a recording names its messages by
hash. A recording's key is its place (case, prompt set, rubric, epoch, twin), role, call number, model, schema,
parameters and messages. Marks around candidate text are random, so they stand as ``{{nonce}}``.
"""

import difflib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from coach.domain._base import Frozen
from coach.domain.vocabulary import Role
from coach.errors import CassetteMiss, ContentError, StorageError, UsageError
from coach.models.base import Finish, Model, Reply, Request, Usage

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CassetteMode = Literal["replay", "record", "auto"]
NONCE = "{{nonce}}"
FORMAT = 1
_LONG = 400
"""Characters; a shorter text stands in the recording itself."""
_DIFF_LINES = 40


class Recording(Frozen):
    """One call and its answer."""

    cassette: int = FORMAT
    place: str
    role: Role
    number: int
    model: str
    """The model that was asked for."""
    schema_name: str
    schema_hash: str
    parameters: dict[str, Any] = {}
    messages: tuple[tuple[str, str], ...]
    """Role and text, a long text as ``sha256:<hash>``."""
    reply: str
    finish: Finish = "stop"
    usage: Usage
    cost: float | None = None
    cost_source: str | None = None
    latency_ms: float = 0.0
    answered_by: str = ""
    """What the endpoint called itself."""

    @property
    def key(self) -> str:
        """Return the SHA-256 of everything that was asked."""
        asked = self.model_dump(
            mode="json",
            include={"place", "role", "number", "model", "schema_name", "schema_hash", "parameters", "messages"},
        )
        return _hash(json.dumps(asked, ensure_ascii=False, sort_keys=True))


class _Text(Frozen):
    text: str
    content: str


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"sha256:{_hash(text)[:32]}"


def _schema_hash(request: Request) -> str:
    return _hash(json.dumps(request.json_schema, sort_keys=True))[:16]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as a cassette sees it."""

    recording: Recording
    texts: tuple[str, ...]
    """The messages in full, with placeholders."""


def _asked(request: Request, model: str) -> _Asked:
    texts = tuple(m.content.replace(request.task.nonce, NONCE) for m in request.messages)
    recording = Recording(
        place=request.place,
        role=request.role,
        number=request.number,
        model=model,
        schema_name=request.schema_name,
        schema_hash=_schema_hash(request),
        parameters={k: v for k, v in asdict(request.sampling).items() if v is not None},
        messages=tuple((m.role, _short(t)) for m, t in zip(request.messages, texts, strict=True)),
        reply="",
        usage=Usage(),
    )
    return _Asked(recording, texts)


class Cassette:
    """One file of recordings; two processes may record into it at once."""

    def __init__(self, path: Path, mode: CassetteMode, append: Callable[[list[str]], None] | None = None) -> None:
        """Read the file; ``append`` writes lines elsewhere, e.g. in the process that owns the file.

        Raises:
            UsageError: there is nothing to replay.
            ContentError: a line is no recording (with file and line).
        """
        self.path = path
        self.mode: CassetteMode = mode
        self._append = append or (lambda lines: append_lines(path, lines))
        self._recordings: dict[str, Recording] = {}
        self._texts: dict[str, str] = {}
        self._by_place: dict[tuple[str, Role], list[Recording]] = {}
        self.hits = 0
        self.recorded = 0
        if mode == "replay" and not path.is_file():
            raise UsageError(f"no cassette {path} to replay; make it with --cassette-mode record")
        if path.is_file():
            self._load()

    def __len__(self) -> int:
        return len(self._recordings)

    def models(self) -> tuple[str, ...]:
        """Return the models whose answers it holds."""
        return tuple(sorted({r.model for r in self._recordings.values()}))

    def _load(self) -> None:
        for number, line in _lines(self.path):
            try:
                data = json.loads(line)
                if "content" in data:
                    text = _Text.model_validate(data)
                    self._texts[text.text] = text.content
                    continue
                recording = Recording.model_validate(data)
            except (ValueError, TypeError, ValidationError) as error:
                raise ContentError("no recording; the cassette was changed by hand", self.path, number) from error
            if recording.cassette != FORMAT:
                raise ContentError(f"format {recording.cassette}, this coach reads {FORMAT}", self.path, number)
            if self.mode == "record":
                continue
            # Of two answers to the same call the later stands: it was recorded anew.
            self._recordings[recording.key] = recording
            self._by_place.setdefault((recording.place, recording.role), []).append(recording)

    def find(self, request: Request, model: str) -> Reply | None:
        """Return the recorded answer, or None where there is none."""
        found = self._recordings.get(_asked(request, model).recording.key)
        if found is None:
            return None
        self.hits += 1
        return Reply(
            text=found.reply.replace(NONCE, request.task.nonce),
            usage=found.usage,
            cost=found.cost,
            cost_source=found.cost_source,
            latency_ms=found.latency_ms,
            model=found.answered_by or found.model,
            finish=found.finish,
            replayed=True,
        )

    def keep(self, request: Request, model: str, reply: Reply) -> None:
        """Record an answer. Raises StorageError."""
        asked = _asked(request, model)
        recording = asked.recording.model_copy(
            update={
                "reply": reply.text.replace(request.task.nonce, NONCE),
                "finish": reply.finish,
                "usage": reply.usage,
                "cost": reply.cost,
                "cost_source": reply.cost_source,
                "latency_ms": round(reply.latency_ms, 3),
                "answered_by": reply.model,
            }
        )
        lines = []
        for text in asked.texts:
            short = _short(text)
            if short != text and short not in self._texts:
                self._texts[short] = text
                lines.append(_line(_Text(text=short, content=text)))
        lines.append(_line(recording))
        self._append(lines)
        self._recordings[recording.key] = recording
        self.recorded += 1

    def miss(self, request: Request, model: str) -> CassetteMiss:
        """Return the error of a call without a recording, with the diff to the nearest one."""
        asked = _asked(request, model)
        near = self._nearest(asked.recording)
        where = f"{request.role} call {request.number} of {request.place or 'this interview'}"
        if near is None:
            others = ", ".join(self.models()) or "no model"
            message = f"no recording of the {where} by {model} in {self.path} (it holds {others})"
            return CassetteMiss(message, role=request.role, cell=request.place)
        diff = self._diff(near, asked)
        return CassetteMiss(
            f"no recording of the {where} in {self.path}", role=request.role, cell=request.place, diff=diff
        )

    def _nearest(self, asked: Recording) -> Recording | None:
        """Return the recording of the same place and role that is nearest by number, model and messages."""
        options = self._by_place.get((asked.place, asked.role), [])

        def distance(other: Recording) -> tuple[int, int, int]:
            differing = sum(a != b for a, b in zip(asked.messages, other.messages, strict=False))
            return abs(other.number - asked.number), int(other.model != asked.model), differing

        return min(options, key=distance, default=None)

    def _diff(self, near: Recording, asked: _Asked) -> str:
        """Return what was recorded against what was asked, as a unified diff of bounded length."""
        old = [*_head(near), *self._bodies(near)]
        new = [*_head(asked.recording)]
        for (role, _), text in zip(asked.recording.messages, asked.texts, strict=True):
            new += [f"[{role}]", *text.splitlines()]
        lines = list(difflib.unified_diff(old, new, "recorded", "asked now", n=1, lineterm=""))
        rest = len(lines) - _DIFF_LINES
        return "\n".join([*lines[:_DIFF_LINES], *([f"… {rest} more lines"] if rest > 0 else [])])

    def _bodies(self, recording: Recording) -> Iterator[str]:
        for role, short in recording.messages:
            yield f"[{role}]"
            yield from self._texts.get(short, short).splitlines()


def _head(recording: Recording) -> list[str]:
    shown = {"call": recording.number, "model": recording.model, "schema": recording.schema_hash}
    return [f"{name}: {value}" for name, value in (shown | recording.parameters).items()]


def _line(item: Frozen) -> str:
    return json.dumps(item.model_dump(mode="json", exclude_defaults=False), ensure_ascii=False)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the whole lines with their numbers; a torn last one counts as never written."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n") and line.strip():
                    yield number, line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError("not UTF-8; the cassette was changed by hand", path) from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error


def append_lines(path: Path, lines: list[str]) -> None:
    """Append lines in one piece, whoever else appends; a torn last line of a killed writer is ended first.

    Raises:
        StorageError: they can't be written.
    """
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            _end_torn_line(file.fileno())
            start = os.lseek(file.fileno(), 0, os.SEEK_END)
            try:
                written = 0
                while written < len(data):
                    written += os.write(file.fileno(), data[written:])
            except OSError:
                os.ftruncate(file.fileno(), start)
                raise
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}; free space or choose another place") from error


def _end_torn_line(fd: int) -> None:
    """Cut off what a killed writer left after the last whole line."""
    size = end = os.fstat(fd).st_size
    while end > 0:
        start = max(0, end - 65536)
        os.lseek(fd, start, os.SEEK_SET)
        newline = os.read(fd, end - start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(fd, end)


class RecordedModel:
    """A model behind a cassette; in replay the model itself is never asked."""

    def __init__(self, name: str, cassette: Cassette, model: Model | None) -> None:
        """Take the model's name, the cassette, and the model (None: replay only)."""
        self.name = name
        self._cassette = cassette
        self._model = model

    async def complete(self, request: Request) -> Reply:
        """Answer from the cassette, else from the model. Raises CassetteMiss in replay."""
        if self._cassette.mode != "record" and (found := self._cassette.find(request, self.name)) is not None:
            return found
        if self._cassette.mode == "replay" or self._model is None:
            raise self._cassette.miss(request, self.name)
        reply = await self._model.complete(request)
        self._cassette.keep(request, self.name, reply)
        return reply

    async def close(self) -> None:
        """Close the model."""
        if self._model is not None:
            await self._model.close()
