"""The run folder: its manifest, its lock, and which cells are still missing."""

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coach.domain._base import Frozen
from coach.domain.cell import Cell
from coach.errors import RunError
from coach.records.interview import InterviewRecord
from coach.records.journal import JournalIndex, JournalWriter
from coach.records.lines import storage_error
from coach.records.texts import TextReader, TextStore

FORMAT = 1
"""The run folder's format; raised when an older coach could not read it."""


class Finished(Frozen):
    """Written last: a run without it was cut off."""

    at: datetime
    ended: int
    """Interviews that ended."""


class Manifest(Frozen):
    """``run.json``: what ran, on what, from where."""

    coach_run: int = FORMAT
    name: str
    created: datetime
    matrix: dict[str, Any]
    cells: tuple[Cell, ...]
    model: str
    seed: int
    settings: dict[str, Any]
    """Resolved settings without secrets."""
    git_commit: str | None
    git_dirty: bool | None
    prompt_hashes: dict[str, str]
    price_source: str | None
    versions: dict[str, str]
    finished: Finished | None = None


class Writer:
    """The two files that a running run appends to."""

    def __init__(self, folder: Path) -> None:
        self.journal = JournalWriter(folder / "journal.jsonl")
        self.texts = TextStore(folder / "texts.jsonl")

    def close(self) -> None:
        """Close both."""
        self.journal.close()
        self.texts.close()


class RunFolder:
    """One run on disk. Reading needs no lock; writing does."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        """Use ``create`` or ``open``."""
        self.path = path
        self.manifest = manifest

    @classmethod
    def create(cls, out: Path, name: str, manifest: Manifest, now: datetime) -> "RunFolder":
        """Make a new folder under ``out`` and write the manifest. Raises StorageError."""
        slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:40] or "run"
        try:
            out.mkdir(parents=True, exist_ok=True)
            while True:
                path = out / f"{now:%Y%m%d-%H%M%S}-{slug}-{secrets.token_hex(3)}"
                try:
                    path.mkdir()
                    break
                except FileExistsError:
                    continue
        except OSError as error:
            raise storage_error(out, error) from error
        folder = cls(path, manifest)
        folder._write_manifest()
        return folder

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Return the run at ``path``. Raises RunError where it is no run of this version."""
        file = path / "run.json"
        try:
            data = json.loads(file.read_bytes())
        except FileNotFoundError as error:
            raise RunError(f"{path} is no run of coach: it has no run.json") from error
        except (OSError, ValueError) as error:
            raise RunError(f"{file} can't be read: {error}") from error
        if not isinstance(data, dict) or "coach_run" not in data:
            raise RunError(f"{file} is not coach's: it does not say coach_run")
        if data["coach_run"] != FORMAT:
            raise RunError(f"{file} has format {data['coach_run']!r}, this coach reads {FORMAT}; use the other version")
        try:
            return cls(path, Manifest.model_validate_json(file.read_bytes()))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(p) for p in first["loc"])
            raise RunError(f"{file}: {where}: {first['msg']}; it was changed by hand") from error

    @classmethod
    def latest(cls, out: Path) -> "RunFolder | None":
        """Return the newest run under ``out``, or None."""
        found = sorted((p.parent for p in out.glob("*/run.json")), key=lambda p: p.name)
        return cls.open(found[-1]) if found else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for writing; the system lets go of it when the process dies. Raises RunError."""
        file = self.path / ".lock"
        try:
            fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise storage_error(file, error) from error
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(fd, 32).decode(errors="replace").strip() or "?"
                raise RunError(f"{self.path} is being written by process {holder}; wait for it or stop it") from error
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(fd)

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Open the journal and the texts for appending; hold the lock around it."""
        writer = Writer(self.path)
        try:
            yield writer
        finally:
            writer.close()

    @property
    def journal(self) -> Path:
        """The journal's path."""
        return self.path / "journal.jsonl"

    def missing_cells(self) -> tuple[Cell, ...]:
        """Return the cells without an ended interview, in the matrix's order."""
        ended = JournalIndex(self.journal).ended()
        return tuple(c for c in self.manifest.cells if c.key not in ended)

    def attempts(self) -> dict[str, int]:
        """Return how many attempts each cell had."""
        return JournalIndex(self.journal).attempts()

    def records(self) -> Iterator[InterviewRecord]:
        """Yield the ended interviews in the matrix's order (a chat's: as begun), one at a time."""
        order = [c.key for c in self.manifest.cells] or None
        if self.journal.exists():
            yield from JournalIndex(self.journal).records(order)

    def texts(self) -> TextReader:
        """Return the run's texts."""
        return TextReader(self.path / "texts.jsonl")

    def finish(self, at: datetime, *, ended: int) -> None:
        """Write the manifest's last entry: the run is whole. Raises StorageError."""
        self.manifest = self.manifest.model_copy(update={"finished": Finished(at=at, ended=ended)})
        self._write_manifest()

    def _write_manifest(self) -> None:
        write_whole(self.path / "run.json", self.manifest.model_dump_json(indent=2) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside it, to the disk, then renamed. Raises StorageError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from error
