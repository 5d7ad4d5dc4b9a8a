"""Every error that coach raises on purpose.

CoachError                        exit code
├── UsageError                    2    a name, option or argument that does not exist
├── ContentError                  2    a bank, persona, scenario or matrix file (file, line, what to do)
├── RunError                      2    a run folder that is foreign, locked, torn or missing
├── ModelError                    4    no usable answer came from a model
│   ├── TransportError            4    it could not be reached; the turn is rolled back
│   └── MalformedAnswer           4    it answered, not in the wanted form
├── StorageError                  4    the disk is full or read-only; nothing finished is lost
├── RunIncomplete                 4    some cells have no ended interview
└── SubjectError                  4    an interviewer broke its contract
"""

import difflib
from collections.abc import Iterable


class CoachError(Exception):
    """Base of all; ``exit_code`` is what the command line ends with."""

    exit_code = 2


class UsageError(CoachError):
    """A name, option or argument that does not exist or does not fit."""


class ContentError(CoachError):
    """A content file that can't be used; says file, line and what to do."""

    def __init__(self, message: str, path: object = None, line: int | None = None) -> None:
        place = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(f"{place}{message}")
        self.path = path
        self.line = line


class RunError(CoachError):
    """A run folder that is foreign, locked, torn or missing."""


class ModelError(CoachError):
    """No usable answer came from a model."""

    exit_code = 4


class TransportError(ModelError):
    """The model could not be reached; nothing has happened and it can be tried again."""


class MalformedAnswer(ModelError):
    """The model answered, but not in the wanted form, not even after its repair."""


class StorageError(CoachError):
    """The disk is full or read-only; what was finished before is kept."""

    exit_code = 4


class RunIncomplete(CoachError):
    """Some cells of a run have no ended interview."""

    exit_code = 4


class SubjectError(CoachError):
    """An interviewer broke its contract."""

    exit_code = 4


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` with the nearest of ``names``, or their list, or nothing."""
    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f" Did you mean '{close[0]}'?"
    return f" There are: {', '.join(known)}." if known else ""
