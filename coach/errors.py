"""Every error that coach raises on purpose.

CoachError                        exit code
├── UsageError                    2    a name, option or argument that does not exist
├── ContentError                  2    a bank, persona, scenario or matrix file (file, line, what to do)
├── RunError                      2    a run folder that is foreign, locked, torn or missing
├── ModelError                    4    no usable answer came from a model
│   ├── TransportError            4    no answer came; the turn is rolled back
│   │   ├── APIConnectionError    4    the endpoint can't be reached, or hung up
│   │   │   └── APITimeoutError   4    it did not answer in time
│   │   ├── APIResponseError      4    it answered something that is no chat completion
│   │   ├── NoBatchAnswer         4    a batch brought no answer to this request
│   │   └── APIStatusError        4    it answered with an error status
│   │       ├── BadRequestError, AuthenticationError, PermissionDeniedError, NotFoundError,
│   │       └── UnprocessableEntityError, RateLimitError, InternalServerError
│   ├── MalformedAnswer           4    it answered, not in the wanted form
│   ├── BudgetReached             4    the next call might go over the run's limit
│   └── CassetteMiss              4    a replay has no recording of this call
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
    """No answer came; nothing has happened and it can be tried again."""

    tries: tuple[object, ...] = ()
    """The attempts that failed before this was raised (``coach.models.base.Try``)."""


class APIConnectionError(TransportError):
    """The endpoint can't be reached, or hung up in the middle. The names here are the ``openai`` package's."""


class APITimeoutError(APIConnectionError):
    """The endpoint did not answer in time."""


class APIResponseError(TransportError):
    """The endpoint answered something that is no chat completion."""


class NoBatchAnswer(TransportError):
    """A batch brought no answer to this request."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
        """Why, in a word or two that can be counted: ``missing``, ``expired``, ``status 400``."""


class APIStatusError(TransportError):
    """The endpoint answered with an error status."""

    def __init__(self, message: str, status: int = 0, *, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        """Seconds that the endpoint wants to be left alone."""
        self.code = code
        """The endpoint's own error code, e.g. ``insufficient_quota``."""


class BadRequestError(APIStatusError):
    """400: the request does not suit the endpoint."""


class AuthenticationError(APIStatusError):
    """401: the key is missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: no such model, or no such address."""


class UnprocessableEntityError(APIStatusError):
    """422: the request does not suit the endpoint."""


class RateLimitError(APIStatusError):
    """429: too many requests, or the account's quota is used up."""


class InternalServerError(APIStatusError):
    """5xx: the endpoint failed."""


class MalformedAnswer(ModelError):
    """The model answered, but not in the wanted form, not even after its repair."""


class BudgetReached(ModelError):
    """The next call might go over the run's limit of money or tokens; it was not made."""


class CassetteMiss(ModelError):
    """A replay has no recording of this call."""

    def __init__(self, message: str, *, role: str = "", cell: str = "", diff: str = "") -> None:
        super().__init__(message)
        self.role = role
        self.cell = cell
        self.diff = diff
        """What the nearest recording differs in, as a unified diff."""


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
