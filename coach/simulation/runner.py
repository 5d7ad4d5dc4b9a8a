"""Runs cells one after another in one event loop; nothing finished is ever lost.

The first interrupt starts no new cell and lets the running one end; the second cancels it. A cell that
fails on infrastructure is given up and reported; ``--resume`` runs exactly what is missing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from coach.domain.cell import Cell
from coach.errors import ModelError, SubjectError
from coach.records.events import Event, InterviewEnded
from coach.simulation.cases import Cases
from coach.simulation.interview import Attempt, Clock, Recorder, conduct


@dataclass(slots=True)
class Stop:
    """Set by an interrupt: no new cell starts."""

    requested: bool = False


@dataclass(slots=True)
class Outcome:
    """What a pass over the cells came to."""

    ended: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Cell keys with what went wrong."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Sink:
    """Where the run's events and texts go, and what stamps them."""

    append: Callable[[Event], None]
    put_text: Callable[[str], str]
    clock: Clock
    new_id: Callable[[], str]
    participant_name: str


OnDone = Callable[[Cell, InterviewEnded | None], None]


async def run_cells(
    cells: Sequence[Cell],
    cases: Cases,
    sink: Sink,
    *,
    attempts: Mapping[str, int],
    stop: Stop,
    on_done: OnDone,
) -> Outcome:
    """Run ``cells`` in order; ``attempts`` has the number of earlier attempts by cell key.

    Raises:
        StorageError: the journal can't be written; what it holds is whole.
    """
    outcome = Outcome()
    for cell in cells:
        if stop.requested:
            outcome.interrupted = True
            break
        number = attempts.get(cell.key, 0) + 1
        try:
            ended = await _run_cell(cell, cases, sink, number)
        except (ModelError, SubjectError) as error:
            outcome.failed.append((cell.key, str(error)))
            on_done(cell, None)
            continue
        except asyncio.CancelledError:
            outcome.interrupted = True
            break
        outcome.ended += 1
        on_done(cell, ended)
    return outcome


async def _run_cell(cell: Cell, cases: Cases, sink: Sink, number: int) -> InterviewEnded:
    attempt = Attempt(
        cell=cell,
        cell_key=cell.key,
        number=number,
        interview_id=sink.new_id(),
        engine="coach",
        participant_name=sink.participant_name,
        truth=cases.truth(cell),
    )
    recorder = Recorder(attempt, sink.append, sink.put_text, sink.clock)
    subject = cases.subject(cell, recorder.called)
    try:
        return await conduct(subject, cases.candidate(cell), cases.brief(cell), recorder)
    except (ModelError, SubjectError) as error:
        recorder.abandoned(str(error))
        raise
    except asyncio.CancelledError:
        recorder.abandoned("interrupted")
        raise
