"""``labels.jsonl``: what a judge or a person calls the replies of a run, without knowing what was meant."""

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from coach.domain._base import Frozen
from coach.domain.vocabulary import AnswerKind
from coach.errors import RunError
from coach.models.base import Usage
from coach.records.lines import LineWriter, read_lines

FILE = "labels.jsonl"


class Label(Frozen):
    """One reply as someone reads it."""

    interview_id: str
    turn_id: int
    by: str
    """``judge:<model>`` or ``person:<name>``."""
    kind: AnswerKind | None
    """None where no label could be had, e.g. from a judge who answered in no usable form."""
    reason: str = ""
    at: datetime
    usage: Usage | None = None
    """A judge's tokens; None for a person."""
    cost: float | None = None
    latency_ms: float = 0.0


class LabelWriter:
    """Appends labels."""

    def __init__(self, folder: Path) -> None:
        """Open the run's file for appending. Raises StorageError."""
        self._lines = LineWriter(folder / FILE)

    def append(self, label: Label) -> None:
        """Append one label, on the disk when this returns. Raises StorageError."""
        self._lines.append(label.model_dump_json().encode())
        self._lines.sync()

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


def read_labels(folder: Path) -> tuple[Label, ...]:
    """Return the labels of a run; of two by the same reader for the same turn the later stands.

    Raises:
        RunError: a line is no label (with file and line).
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    found: dict[tuple[str, int, str], Label] = {}
    for number, _, line in read_lines(path):
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            raise RunError(f"{path}:{number}: no label; the file was changed by hand") from error
        found[label.interview_id, label.turn_id, label.by] = label
    return tuple(found.values())
