"""Append-only lines on disk: whole or cut off, never torn in the middle."""

import errno
import os
from collections.abc import Iterator
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


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return the StorageError for a failed write: which file, why, what to do."""
    why = _WHY.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: {why}. What was finished before is kept.")


class LineWriter:
    """Appends lines to a file; each is handed to the system at once, ``sync`` makes it durable."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a torn last line is cut off. Raises StorageError."""
        self.path = path
        self.torn = 0
        """Bytes of a torn last line that were cut off."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._size = self._cut_torn_tail()
        except OSError as error:
            raise storage_error(path, error) from error

    def append(self, line: bytes, *, sync: bool = False) -> None:
        """Append one line (its newline is added here). Raises StorageError; the file stays whole."""
        data = line + b"\n"
        try:
            written = 0
            while written < len(data):
                written += os.write(self._fd, data[written:])
            if sync:
                os.fsync(self._fd)
        except OSError as error:
            self._undo()
            raise storage_error(self.path, error) from error
        self._size += len(data)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _undo(self) -> None:
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            # Nothing more can be done here: the next opening cuts the torn line off.
            return

    def _cut_torn_tail(self) -> int:
        size = os.fstat(self._fd).st_size
        end = size
        step = 65536
        while end > 0:
            start = max(0, end - step)
            block = os.pread(self._fd, end - start, start)
            newline = block.rfind(b"\n")
            if newline >= 0:
                whole = start + newline + 1
                break
            end = start
        else:
            whole = 0
        if whole < size:
            self.torn = size - whole
            os.ftruncate(self._fd, whole)
        return whole


def read_lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number, byte offset, line) of each whole line; a torn last line is left out.

    Raises:
        RunError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                yield number, offset, line
                offset += len(line)
    except OSError as error:
        raise RunError(f"{path} can't be read: {error.strerror}") from error
