"""Long texts once each, by hash: what the journal's calls point at."""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from coach.errors import RunError
from coach.records.lines import LineWriter, read_lines

_JSON = json.JSONEncoder(ensure_ascii=False)


@lru_cache(maxsize=256)
def text_ref(text: str) -> str:
    """Return the reference of a text: 32 hex digits of its SHA-256."""
    return hashlib.sha256(_encoded(text)).hexdigest()[:32]


def _encoded(text: str) -> bytes:
    # A lone surrogate is no UTF-8, yet a text that has one is still a text to keep.
    return text.encode("utf-8", "surrogatepass")


class TextStore:
    """Appends texts; one that is there already is not written again."""

    def __init__(self, path: Path) -> None:
        """Open for appending and learn what is there; a torn last line is cut off (see ``notice``).

        Raises:
            StorageError: the file can't be written.
            RunError: a whole line is no text entry.
        """
        self._lines = LineWriter(path)
        self.notice = self._lines.notice
        self._waiting: list[bytes] = []
        self._known = {ref for ref, _ in _entries(path)}

    def put(self, text: str) -> str:
        """Keep ``text`` and return its reference; ``flush`` or ``sync`` writes it."""
        ref = text_ref(text)
        if ref not in self._known:
            self._waiting.append(_encoded(_JSON.encode({"ref": ref, "text": text})))
            self._known.add(ref)
        return ref

    def flush(self) -> None:
        """Hand the texts so far to the system, in one piece. Raises StorageError; they are tried again next time."""
        if self._waiting:
            self._lines.append(b"\n".join(self._waiting))
            self._waiting.clear()

    def sync(self) -> None:
        """Return when every text is on the disk. Raises StorageError."""
        self.flush()
        self._lines.sync()

    def close(self) -> None:
        """Write what is left and close the store. Raises StorageError."""
        try:
            self.flush()
        finally:
            self._lines.close()


def _entries(path: Path) -> Iterator[tuple[str, int]]:
    for number, offset, line in read_lines(path):
        try:
            yield str(json.loads(line)["ref"]), offset
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}:{number}: no text entry; the file was changed by hand") from error


class TextReader:
    """Looks texts up by reference; memory holds the offsets only."""

    def __init__(self, path: Path) -> None:
        """Learn where the texts lie. Raises RunError where a whole line is no text entry."""
        self._path = path
        self._offsets = dict(_entries(path)) if path.exists() else {}

    def get(self, ref: str) -> str | None:
        """Return the text, or None where the run does not have it. Raises RunError."""
        if ref not in self._offsets:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(self._offsets[ref])
                return str(json.loads(file.readline())["text"])
        except OSError as error:
            raise RunError(f"{self._path} can't be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{self._path}: the entry {ref} has no text; the file was changed by hand") from error
