"""The journal: one event a line, appended as it happens; the records are folded from it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from coach.errors import RunError
from coach.records.events import EVENT, Event, InterviewAbandoned, InterviewEnded
from coach.records.interview import InterviewRecord, fold
from coach.records.lines import LineWriter, read_lines


class JournalWriter:
    """Appends events; the end of an interview is on the disk when ``append`` returns."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a torn last line is cut off (``torn`` bytes). Raises StorageError."""
        self._lines = LineWriter(path)
        self.torn = self._lines.torn

    def append(self, event: Event) -> None:
        """Append one event. Raises StorageError; what stands in the journal stays whole."""
        durable = isinstance(event, InterviewEnded | InterviewAbandoned)
        self._lines.append(event.model_dump_json().encode(), sync=durable)

    def close(self) -> None:
        """Close the journal."""
        self._lines.close()


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events in order; a torn last line is left out. Raises RunError with file and line."""
    for number, _, line in read_lines(path):
        yield _event(path, number, line)


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        return EVENT.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise RunError(
            f"{path}:{number}: no event of this version ({where}: {first['msg']}); "
            "the journal was changed by hand or made by another version of coach"
        ) from error


@dataclass(slots=True)
class _Attempt:
    number: int
    offsets: list[int] = field(default_factory=list)
    ended: bool = False


class JournalIndex:
    """Where each cell's attempts lie in a journal: one cheap pass, flat memory per interview."""

    def __init__(self, path: Path) -> None:
        """Read the journal once. Raises RunError where a whole line is no event."""
        self.path = path
        self._cells: dict[str, dict[int, _Attempt]] = {}
        if not path.exists():
            return
        for number, offset, line in read_lines(path):
            head = _head(path, number, line)
            attempts = self._cells.setdefault(head[1], {})
            attempt = attempts.setdefault(head[2], _Attempt(head[2]))
            attempt.offsets.append(offset)
            if head[0] == "interview_ended":
                if any(a.ended for a in attempts.values()):
                    raise RunError(f"{path}:{number}: the cell '{head[1]}' ended twice; it was changed by hand")
                attempt.ended = True

    def ended(self) -> frozenset[str]:
        """Return the keys of the cells that have an ended interview."""
        return frozenset(k for k, attempts in self._cells.items() if any(a.ended for a in attempts.values()))

    def attempts(self) -> dict[str, int]:
        """Return how many attempts each cell had."""
        return {key: max(attempts) for key, attempts in self._cells.items()}

    def records(self, order: Iterable[str] | None = None) -> Iterator[InterviewRecord]:
        """Yield the ended interviews, one at a time, in the ``order`` of cell keys (default: as begun)."""
        with self.path.open("rb") as file:
            for key in order if order is not None else self._cells:
                for attempt in self._cells.get(key, {}).values():
                    if not attempt.ended:
                        continue
                    events = []
                    for offset in attempt.offsets:
                        file.seek(offset)
                        events.append(_event(self.path, 0, file.readline()))
                    record = fold(events)
                    if record is None:
                        raise RunError(f"{self.path}: the interview of cell '{key}' has no beginning")
                    yield record


def _head(path: Path, number: int, line: bytes) -> tuple[str, str, int]:
    """Return an event's type, cell key and attempt without validating the rest."""
    try:
        data = json.loads(line)
        return str(data["type"]), str(data["cell_key"]), int(data["attempt"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path}:{number}: no event; the journal was changed by hand or is torn inside") from error
