"""Long texts once each, by hash: what the journal's calls point at."""

import hashlib
import json
from pathlib import Path

from coach.errors import RunError
from coach.records.lines import LineWriter, read_lines


def text_ref(text: str) -> str:
    """Return the reference of a text: 32 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class TextStore:
    """Appends texts; one that is there already is not written again."""

    def __init__(self, path: Path) -> None:
        """Open for appending and learn what is there. Raises StorageError or RunError."""
        self._lines = LineWriter(path)
        self._known = {ref for ref, _ in _entries(path)}

    def put(self, text: str) -> str:
        """Keep ``text`` and return its reference."""
        ref = text_ref(text)
        if ref not in self._known:
            self._lines.append(json.dumps({"ref": ref, "text": text}, ensure_ascii=False).encode())
            self._known.add(ref)
        return ref

    def close(self) -> None:
        """Close the store."""
        self._lines.close()


def _entries(path: Path) -> "list[tuple[str, int]]":
    entries = []
    for number, offset, line in read_lines(path):
        try:
            entries.append((str(json.loads(line)["ref"]), offset))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}:{number}: no text entry; the file was changed by hand") from error
    return entries


class TextReader:
    """Looks texts up by reference; memory holds the offsets only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets = dict(_entries(path)) if path.exists() else {}

    def get(self, ref: str) -> str | None:
        """Return the text, or None where the run does not have it."""
        if ref not in self._offsets:
            return None
        with self._path.open("rb") as file:
            file.seek(self._offsets[ref])
            return str(json.loads(file.readline())["text"])
