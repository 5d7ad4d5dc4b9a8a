"""Runs cells in one event loop, some at a time; nothing finished is ever lost.

The first interrupt starts no new cell and lets the running ones end; the second cancels them. A cell that
fails on infrastructure is given up and reported; ``--resume`` runs exactly what is missing.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from coach.domain.cell import Cell
from coach.errors import BudgetReached, CassetteMiss, ModelError, SubjectError
from coach.records.events import Event, InterviewEnded
from coach.simulation.cases import Cases
from coach.simulation.interview import Attempt, Clock, Recorder, conduct

FAILURES_RUNNING = 25
"""So many failed cells with none ended between them: the endpoint is down, and the rest is left for ``--resume``."""


@dataclass(slots=True)
class Stop:
    """Once requested, no new cell starts."""

    requested: bool = False
    reason: str = "interrupted"

    def request(self, reason: str) -> None:
        """Start no new cell; the first reason stands."""
        if not self.requested:
            self.requested, self.reason = True, reason


@dataclass(slots=True)
class Outcome:
    """What a pass over the cells came to."""

    ended: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Cell keys with what went wrong."""
    misses: list[tuple[str, CassetteMiss]] = field(default_factory=list)
    """Cell keys with the call that the cassette lacks, the first of each cell."""
    interrupted: bool = False
    stopped: str | None = None
    """Why cells were left for later by the run itself: its budget, or an endpoint that is down."""


@dataclass(frozen=True, slots=True)
class Sink:
    """Where the run's events and texts go, and what stamps them."""

    append: Callable[[Event], None]
    put_text: Callable[[str], str]
    clock: Clock
    new_id: Callable[[], str]
    participant_name: str
    engine: str = "coach"


OnDone = Callable[[Cell, bool], None]
"""Told of each cell that is through, and whether its interview ended."""


async def run_cells(
    cells: Sequence[Cell],
    cases: Cases,
    sink: Sink,
    *,
    attempts: Mapping[str, int],
    stop: Stop,
    on_done: OnDone,
    parallel: int = 1,
) -> Outcome:
    """Run ``cells`` in order, ``parallel`` at a time; ``attempts`` has the number of earlier attempts by cell key.

    Raises:
        StorageError: the journal can't be written; what it holds is whole.
    """
    outcome = Outcome()
    tally = Tally(outcome, stop)
    left = iter(cells)
    workers = [
        asyncio.ensure_future(_work(left, cases, sink, attempts, stop, on_done, tally))
        for _ in range(max(1, min(parallel, len(cells))))
    ]
    try:
        await asyncio.gather(*workers)
    except asyncio.CancelledError:
        outcome.interrupted = True
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    tally.close(next(left, None) is not None)
    return outcome


@dataclass(slots=True)
class Tally:
    """Adds each cell's end to the outcome, and stops the run where going on can't help."""

    outcome: Outcome
    stop: Stop
    failures_running: int = 0

    def ended(self) -> None:
        """Count an interview that ended."""
        self.outcome.ended += 1
        self.failures_running = 0

    def failed(self, key: str, error: ModelError | SubjectError) -> None:
        """Count a cell that was given up."""
        self.outcome.failed.append((key, str(error)))
        if isinstance(error, BudgetReached):
            self.stop.request(str(error))
            self.outcome.stopped = self.outcome.stopped or str(error)
        elif isinstance(error, CassetteMiss):
            self.outcome.misses.append((key, error))
        else:
            self.failures_running += 1
            if self.failures_running >= FAILURES_RUNNING:
                reason = f"{self.failures_running} interviews running failed, the last with: {error}"
                self.stop.request(reason)
                self.outcome.stopped = self.outcome.stopped or reason

    def close(self, left: bool) -> None:
        """Say whether cells were left because of an interrupt."""
        if left and self.stop.requested and self.outcome.stopped is None:
            self.outcome.interrupted = True


async def _work(
    left: Iterator[Cell],
    cases: Cases,
    sink: Sink,
    attempts: Mapping[str, int],
    stop: Stop,
    on_done: OnDone,
    tally: Tally,
) -> None:
    """Run one cell after another until there are none or the run stops."""
    while not stop.requested:
        cell = next(left, None)
        if cell is None:
            return
        try:
            await run_cell(cell, cases, sink, attempts.get(cell.key, 0) + 1)
        except (ModelError, SubjectError) as error:
            tally.failed(cell.key, error)
            on_done(cell, False)
            continue
        tally.ended()
        on_done(cell, True)


async def run_cell(cell: Cell, cases: Cases, sink: Sink, number: int) -> InterviewEnded:
    """Run one cell; its attempt is ended or abandoned in the journal when this returns or raises."""
    attempt = Attempt(
        cell=cell,
        cell_key=cell.key,
        number=number,
        interview_id=sink.new_id(),
        engine=sink.engine,
        participant_name=sink.participant_name,
        truth=cases.truth(cell),
    )
    recorder = Recorder(attempt, sink.append, sink.put_text, sink.clock)
    brief = cases.brief(cell)
    recorder.started(brief)
    try:
        subject, candidate = cases.sides(cell, recorder.called)
        return await conduct(subject, candidate, brief, recorder)
    except (ModelError, SubjectError) as error:
        recorder.abandoned(str(error))
        raise
    except asyncio.CancelledError:
        recorder.abandoned("interrupted")
        raise
