"""Where interview logs are: the files of paths and folders, read with limits."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coach.errors import ContentError

SUFFIXES = (".json", ".jsonl", ".ndjson")
_MOST_BYTES = 16 * 2**20
"""A log takes kilobytes; a file of hundreds of them fits."""
_DETAILED, _PLAIN = "interview_detailed_", "interview_log_"


@dataclass(slots=True)
class LogFiles:
    """The files to read, what is wrong with others, and what was left out on purpose."""

    files: list[Path] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Shown name and reason."""
    detailed: int = 0
    """Detailed logs that stand beside the log of the same interview."""
    runs: list[str] = field(default_factory=list)
    """Shown names of run folders inside."""


def is_run(path: Path) -> bool:
    """Return whether ``path`` is a run's folder, as far as it may be looked into."""
    try:
        return (path / "run.json").exists()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def shown(path: Path) -> str:
    """Return the name of ``path`` as text that any file and terminal can hold."""
    return os.fsencode(path).decode("utf-8", "replace")


def find_logs(paths: Iterable[Path]) -> LogFiles:
    """Return the log files of ``paths``: files as they are named, folders with all below, each file once."""
    found = LogFiles()
    seen: set[str] = set()
    for path in paths:
        is_folder = _is_folder(path)
        files = list(_below(path, found)) if is_folder else [path]
        if is_folder and not (files or found.runs or found.unread):
            found.unread.append((shown(path), f"is no run and holds no file of logs ({', '.join(SUFFIXES)})"))
        for file in files:
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                found.files.append(file)
    return found


def _below(folder: Path, found: LogFiles) -> Iterator[Path]:
    """Yield the log files below ``folder`` in order; links to folders are not followed, so that none loops."""

    def unreadable(error: OSError) -> None:
        found.unread.append((shown(Path(error.filename)), f"can't be read: {error.strerror}"))

    for name, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(name)
        runs = [f for f in folders if is_run(here / f)]
        found.runs += [shown(here / f) for f in sorted(runs)]
        folders[:] = sorted(f for f in folders if f not in runs and not f.startswith("."))
        for file in sorted(files):
            if file.startswith(".") or not file.lower().endswith(SUFFIXES):
                continue
            if file.startswith(_DETAILED) and file.replace(_DETAILED, _PLAIN, 1) in files:
                found.detailed += 1
                continue
            yield here / file


def read_limited(path: Path) -> bytes:
    """Return the bytes of a regular file of at most 16 MB. Raises ContentError with the reason alone."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ContentError("is no regular file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ContentError(f"can't be read: {error.strerror or error}") from error
    if len(data) > _MOST_BYTES:
        size = max(status.st_size, len(data)) / 2**20
        raise ContentError(f"has {size:.0f} MB; at most {_MOST_BYTES // 2**20} MB are read, split it")
    return data
