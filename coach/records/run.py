"""The run folder: its manifest, and which cells are still missing."""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coach.domain._base import Frozen
from coach.domain.cell import Cell
from coach.errors import RunError
from coach.records.interview import InterviewRecord
from coach.records.journal import JournalIndex, JournalWriter
from coach.records.lines import JournalNotice, OnNotice, storage_error
from coach.records.lock import hold
from coach.records.texts import TextReader, TextStore

FORMAT = 1
"""The run folder's format; raised when an older coach could not read it."""
_NAME = re.compile(r"(\d{8}-\d{6})-.+-[0-9a-f]{6}")
"""A run folder's name, its time first."""


class Finished(Frozen):
    """Written last: a run without it was cut off."""

    at: datetime
    ended: int
    """Interviews that ended."""
    unscored: int | None = None
    """Those of them that no score may count; None where nobody counted."""
    reason: str = "complete"
    """Why the run ended."""


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
    probe: dict[str, Any] = {}
    """By model of an endpoint: what the first call taught and took, before the first interview."""
    finished: Finished | None = None


class Writer:
    """The two files that a running run appends to."""

    def __init__(self, folder: Path) -> None:
        """Open both; torn last lines are cut off (see ``notices``). Raises StorageError or RunError."""
        self.texts = TextStore(folder / "texts.jsonl")
        self.journal = JournalWriter(folder / "journal.jsonl", before=self.texts.flush, before_end=self.texts.sync)
        found = (self.journal.notice, self.texts.notice)
        self.notices: tuple[JournalNotice, ...] = tuple(n for n in found if n is not None)

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
        """Return the newest run under ``out``, or None; a folder that was given another name is not looked at.

        Raises:
            RunError: the newest is no run of this version.
        """
        stamped = [(m[1], p.parent) for p in out.glob("*/run.json") if (m := _NAME.fullmatch(p.parent.name))]
        newest = max((stamp for stamp, _ in stamped), default=None)
        runs = [cls.open(path) for stamp, path in stamped if stamp == newest]
        return max(runs, key=lambda run: run.manifest.created, default=None)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for writing. Raises RunError, naming the process that already does, or StorageError."""
        with hold(self.path):
            yield

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

    def records(self, on_notice: OnNotice | None = None) -> Iterator[InterviewRecord]:
        """Yield the ended interviews in the matrix's order (a chat's: as begun), one at a time.

        Raises:
            RunError: the journal is torn inside or has interviews of cells that are not the run's.
        """
        index = JournalIndex(self.journal, on_notice)
        order = [c.key for c in self.manifest.cells] or None
        if order and (strange := sorted(index.ended() - set(order))):
            raise RunError(f"{self.journal}: the cell '{strange[0]}' is not one of this run's; it was changed by hand")
        yield from index.records(order)

    def texts(self) -> TextReader:
        """Return the run's texts."""
        return TextReader(self.path / "texts.jsonl")

    def finish(self, at: datetime, *, ended: int, unscored: int | None = None, reason: str = "complete") -> None:
        """Write the manifest's last entry: the run is whole. Raises StorageError."""
        finished = Finished(at=at, ended=ended, unscored=unscored, reason=reason)
        self.manifest = self.manifest.model_copy(update={"finished": finished})
        self._write_manifest()

    def _write_manifest(self) -> None:
        write_whole(self.path / "run.json", self.manifest.model_dump_json(indent=2) + "\n")


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a file, given whole or in pieces, whole or not at all: beside it, to the disk, then renamed.

    Raises:
        StorageError: it could not be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines((text,) if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        # It is gone where all went well; on a read-only disk it can't even be asked for.
        with suppress(OSError):
            temporary.unlink()
