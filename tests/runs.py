"""Whole runs on disk for tests: a matrix run through the real runner, with any cases."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from coach.cli.manifest import describe
from coach.cli.options import choose
from coach.cli.setup import Setup
from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.offline import Knowledge, OfflineModel
from coach.records.events import Event
from coach.records.interview import InterviewRecord, fold
from coach.records.run import RunFolder
from coach.settings import Settings
from coach.simulation import Cases, Sink, Stop, run_cells

LIBRARY = Library()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Make = Callable[[OfflineModel, int], Cases]
"""Returns the cases of a run on a model, by its seed."""


def matrix_of(**changes: object) -> Matrix:
    """Return a small matrix with some changes."""
    return Matrix.model_validate(
        {
            "id": "test",
            "title": {"en": "Test", "ru": "Проба"},
            "personas": ["honest_junior", "hallucinator"],
            "scenarios": ["python_backend"],
            **changes,
        }
    )


def plain(model: OfflineModel, seed: int) -> Cases:
    """Return the cases of an ordinary run."""
    return Cases(LIBRARY, model, seed=seed)


def records_of(matrix: Matrix, make: Make = plain) -> list[InterviewRecord]:
    """Return the interviews of a matrix, in memory."""
    events: dict[str, list[Event]] = {}
    numbers = itertools.count(1)
    sink = Sink(
        append=lambda e: events.setdefault(e.cell_key, []).append(e),
        put_text=lambda _: "ref",
        clock=lambda: NOW,
        new_id=lambda: f"i{next(numbers)}",
        participant_name="test",
    )
    _run(matrix, make, sink)
    return [r for r in map(fold, events.values()) if r]


def make_run(out: Path, matrix: Matrix, make: Make = plain, *, name: str = "test") -> RunFolder:
    """Make a finished run in a folder under ``out``."""
    cells = matrix.cells("offline", LIBRARY.names)
    setup = Setup(choose(Settings(), model=["offline"]))
    manifest = describe(matrix, cells, setup=setup, settings=Settings(), library=LIBRARY, now=NOW)
    run = RunFolder.create(out, name, manifest, datetime.now(UTC))
    numbers = itertools.count(1)
    with run.lock(), run.writer() as writer:
        sink = Sink(writer.journal.append, writer.texts.put, lambda: NOW, lambda: f"{name}{next(numbers)}", "test")
        for text in setup.prompt_sources():
            writer.texts.put(text)
        _run(matrix, make, sink)
    run.finish(NOW, ended=len(cells), unscored=0)
    return run


def _run(matrix: Matrix, make: Make, sink: Sink) -> None:
    cells = matrix.cells("offline", LIBRARY.names)
    model = OfflineModel(Knowledge.from_banks(LIBRARY.banks_of(c.case.scenario for c in cells)))
    cases = make(model, matrix.seed)
    asyncio.run(run_cells(cells, cases, sink, attempts={}, stop=Stop(), on_done=lambda *_: None))
