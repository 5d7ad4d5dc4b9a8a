"""Append-only lines on disk: whole or cut off, never torn in the middle."""

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.errors import RunError, StorageError

_WHY = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "the file may not grow any more; raise the limit",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EACCES: "no permission to write there; choose another place",
    errno.EPERM: "no permission to write there; choose another place",
}
_BLOCK = 65536
_BINARY = getattr(os, "O_BINARY", 0)
"""Windows would turn line ends otherwise."""


@dataclass(frozen=True, slots=True)
class JournalNotice:
    """A last line that was being written when its writer died; it counts as never written."""

    path: Path
    size: int
    """Bytes of the torn line."""

    def __str__(self) -> str:
        """Return the notice as a sentence for the user."""
        return f"{self.path}: its last line was cut off ({self.size} bytes) and is left out; all before it is kept"


OnNotice = Callable[[JournalNotice], None]


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return the StorageError for a failed write: which file, why, what to do."""
    why = _WHY.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: {why}. What was finished before is kept.")


class LineWriter:
    """Appends lines to a file; each is handed to the system at once, ``sync`` makes them durable."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a torn last line is cut off (see ``notice``). Raises StorageError."""
        self.path = path
        self.notice: JournalNotice | None = None
        """What was cut off, or None."""
        self._durable = True
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o644)
        except OSError as error:
            raise storage_error(path, error) from error
        try:
            self._cut_torn_tail()
        except OSError as error:
            os.close(self._fd)
            raise storage_error(path, error) from error

    def append(self, line: bytes) -> None:
        """Append one line (its newline is added here). Raises StorageError; the file stays whole."""
        data = line + b"\n"
        # Asked for each time: a length kept here would be wrong after an interrupt between write and sum.
        start = os.lseek(self._fd, 0, os.SEEK_END)
        self._durable = False
        try:
            written = 0
            while written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError as error:
            self._undo(start)
            raise storage_error(self.path, error) from error

    def sync(self) -> None:
        """Return when all that was appended is on the disk. Raises StorageError."""
        if self._durable:
            return
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise storage_error(self.path, error) from error
        self._durable = True

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _undo(self, start: int) -> None:
        try:
            os.ftruncate(self._fd, start)
        except OSError:
            # Nothing more can be done here: the next opening cuts the torn line off.
            return

    def _cut_torn_tail(self) -> None:
        size = start = os.fstat(self._fd).st_size
        whole = 0
        while start > 0 and not whole:
            end, start = start, max(0, start - _BLOCK)
            os.lseek(self._fd, start, os.SEEK_SET)
            newline = os.read(self._fd, end - start).rfind(b"\n")
            whole = start + newline + 1 if newline >= 0 else 0
        if whole < size:
            os.ftruncate(self._fd, whole)
            self.notice = JournalNotice(self.path, size - whole)


def read_lines(path: Path, on_notice: OnNotice | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number, byte offset, line) of each whole line; a torn last line is left out, with a notice.

    Raises:
        RunError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    if on_notice is not None:
                        on_notice(JournalNotice(path, len(line)))
                    return
                yield number, offset, line
                offset += len(line)
    except OSError as error:
        raise RunError(f"{path} can't be read: {error.strerror}") from error
