"""The journal: one event a line, appended as it happens; the records are folded from it."""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from coach.errors import RunError
from coach.records.events import EVENT, Event, InterviewAbandoned, InterviewEnded
from coach.records.interview import InterviewRecord, fold
from coach.records.lines import LineWriter, OnNotice, read_lines

_BY_HAND = "the journal was changed by hand"


class JournalWriter:
    """Appends events; the end of an interview is on the disk when ``append`` returns."""

    def __init__(
        self,
        path: Path,
        before: Callable[[], None] = lambda: None,
        before_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Open for appending; a torn last line is cut off (see ``notice``). Raises StorageError.

        ``before`` writes what an event points at and ``before_end`` makes it durable; each is called before
        the event is appended, so that no event is there without it.
        """
        self._lines = LineWriter(path)
        self._before = before
        self._before_end = before_end
        self.notice = self._lines.notice

    def append(self, event: Event) -> None:
        """Append one event. Raises StorageError; what stands in the journal stays whole."""
        self.append_line(event.model_dump_json().encode(), ends=isinstance(event, InterviewEnded | InterviewAbandoned))

    def append_line(self, line: bytes, *, ends: bool) -> None:
        """Append an event that was serialized elsewhere; ``ends`` where it ends its attempt. Raises StorageError."""
        if not ends:
            self._before()
            self._lines.append(line)
            return
        self._before_end()
        self._lines.append(line)
        self._lines.sync()

    def close(self) -> None:
        """Close the journal."""
        self._lines.close()


def read_events(path: Path, on_notice: OnNotice | None = None) -> Iterator[Event]:
    """Yield the events in order; a torn last line is left out, and ``on_notice`` told.

    Raises:
        RunError: the file can't be read, or a whole line is no event (with file and line).
    """
    for number, _, line in read_lines(path, on_notice):
        yield _event(path, number, line)


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        return EVENT.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise RunError(
            f"{path}:{number}: no event of this version ({where}: {first['msg']}); "
            f"{_BY_HAND} or made by another version of coach"
        ) from error


@dataclass(slots=True)
class _Attempt:
    number: int
    lines: "array[int]" = field(default_factory=lambda: array("Q"))
    """Line number and byte offset of each event, in turn; emptied where the attempt was given up."""
    closed: bool = False
    """Ended or given up: nothing may follow."""
    ended: bool = False

    def add(self, type_: str, number: int, offset: int) -> None:
        """Take one event in; raises ValueError saying what is wrong with its place."""
        if self.closed:
            raise ValueError("goes on after its end")
        if (type_ == "interview_started") != (not self.lines):
            raise ValueError("begins twice" if self.lines else "has no beginning")
        self.lines.extend((number, offset))
        self.ended = type_ == "interview_ended"
        self.closed = self.ended or type_ == "interview_abandoned"
        if self.closed and not self.ended:
            self.lines = array("Q")


class JournalIndex:
    """Where each cell's attempts lie in a journal: one cheap pass that keeps two numbers an event."""

    def __init__(self, path: Path, on_notice: OnNotice | None = None) -> None:
        """Read the journal once; a torn last line is left out, and ``on_notice`` told.

        Raises:
            RunError: a whole line is no event, an attempt is mixed up, or a cell ended twice (file and line).
        """
        self.path = path
        self._cells: dict[str, dict[int, _Attempt]] = {}
        if not path.exists():
            return
        for number, offset, line in read_lines(path, on_notice):
            type_, key, attempt_number = _head(path, number, line)
            attempts = self._cells.setdefault(key, {})
            attempt = attempts.setdefault(attempt_number, _Attempt(attempt_number))
            try:
                attempt.add(type_, number, offset)
            except ValueError as error:
                raise RunError(f"{path}:{number}: attempt {attempt_number} at '{key}' {error}; {_BY_HAND}") from error
            if attempt.ended and sum(a.ended for a in attempts.values()) > 1:
                raise RunError(f"{path}:{number}: the cell '{key}' ended twice; {_BY_HAND}")

    def ended(self) -> frozenset[str]:
        """Return the keys of the cells that have an ended interview."""
        return frozenset(k for k, attempts in self._cells.items() if any(a.ended for a in attempts.values()))

    def attempts(self) -> dict[str, int]:
        """Return how many attempts each cell had."""
        return {key: max(attempts) for key, attempts in self._cells.items()}

    def records(self, order: Iterable[str] | None = None) -> Iterator[InterviewRecord]:
        """Yield the ended interviews, one at a time, in the ``order`` of cell keys (default: as begun).

        Raises:
            RunError: a line is no event of this version, or the journal is gone.
        """
        for key in order if order is not None else self._cells:
            for attempt in self._cells.get(key, {}).values():
                record = fold(self._events(attempt)) if attempt.ended else None
                if record is not None:
                    yield record

    def _events(self, attempt: _Attempt) -> Iterator[Event]:
        try:
            with self.path.open("rb") as file:
                for number, offset in zip(attempt.lines[::2], attempt.lines[1::2], strict=True):
                    file.seek(offset)
                    yield _event(self.path, number, file.readline())
        except OSError as error:
            raise RunError(f"{self.path} can't be read: {error.strerror}") from error


def _head(path: Path, number: int, line: bytes) -> tuple[str, str, int]:
    """Return an event's type, cell key and attempt without validating the rest."""
    try:
        data = json.loads(line)
        return str(data["type"]), str(data["cell_key"]), int(data["attempt"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise RunError(f"{path}:{number}: no event; {_BY_HAND} or is torn inside") from error
