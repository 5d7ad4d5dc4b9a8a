"""Runs a plan's missing cells, in this process or in several, with interrupts and progress."""

import asyncio
import gc
import signal
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

from coach.cli.models import Opened, open_models
from coach.cli.options import OFFLINE, ModelChoice
from coach.cli.progress import Progress, glance
from coach.simulation import Outcome, Sink, Stop, run_cells

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from coach.cli.runs import RunPlan
    from coach.content.bank import Bank
    from coach.domain.cell import Cell
    from coach.records.events import Event
    from coach.records.run import RunFolder, Writer

FOREIGN_AT_ONCE = 16
"""Interviews at once with a user's own interviewer, where no limit is given."""


def run_missing(plan: "RunPlan", missing: "tuple[Cell, ...]", *, quiet: bool, silent: bool) -> Outcome:
    """Run the cells that are missing and return what came of them."""
    if not missing:
        return Outcome()
    with plan.folder.writer() as writer, Progress(total=len(missing), live=not quiet, silent=silent) as progress:
        for notice in () if silent else writer.notices:
            progress.say(str(notice))
        for text in plan.setup.prompt_sources():
            writer.texts.put(text)
        sink = Sink(
            append=_both(writer.journal.append, lambda event: progress.saw(glance(event))),
            put_text=writer.texts.put,
            clock=lambda: datetime.now(UTC),
            new_id=lambda: uuid.uuid4().hex[:12],
            participant_name=plan.participant_name,
            engine=plan.setup.engine or "coach",
        )
        rare_collection()
        opened = open_models(plan.setup.choice, banks_of(plan, missing), abilities=plan.abilities)
        count_spent(plan.folder, plan.setup.choice, opened)
        return asyncio.run(_go(plan, missing, opened, writer, sink, progress))


def rare_collection() -> None:
    """Have the cycle collector look less often: a run makes many small values and next to no cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 1000)


async def _go(
    plan: "RunPlan",
    missing: "tuple[Cell, ...]",
    opened: Opened,
    writer: "Writer",
    sink: Sink,
    progress: Progress,
) -> Outcome:
    attempts = plan.folder.attempts()
    stop = Stop()
    try:
        if plan.jobs > 1:
            from coach.cli.jobs import run_jobs

            return await run_jobs(plan, missing, opened, writer, attempts=attempts, stop=stop, progress=progress)
        cases = plan.setup.cases(plan.matrix, plan.library, opened.model)
        parallel = at_once(plan, opened)
        if parallel > 1:
            # While answers are waited for there is time to load what scores them.
            warming = asyncio.get_running_loop().run_in_executor(None, import_module, "coach.cli.results")
            warming.add_done_callback(lambda done: done.exception())
        work = run_cells(missing, cases, sink, attempts=attempts, stop=stop, on_done=progress.done, parallel=parallel)
        return await with_interrupts(work, stop, progress)
    finally:
        await opened.model.close()


def banks_of(plan: "RunPlan", cells: "tuple[Cell, ...]") -> "list[Bank]":
    """Return the banks that ``cells`` use."""
    return plan.library.banks_of(c.case.scenario for c in cells)


def at_once(plan: "RunPlan", opened: Opened) -> int:
    """Return how many interviews run at once: one where nothing is waited for."""
    if plan.setup.engine is not None:
        return plan.setup.choice.max_connections or FOREIGN_AT_ONCE
    choice = plan.setup.choice
    if choice.replays or all(choice.of(r) == OFFLINE for r in plan.setup.roles):
        return 1
    most = opened.gate.most
    # More interviews than calls keep every place taken to the end; where money is limited each may be lost.
    return most if choice.limited or most == 1 else 2 * most


def count_spent(folder: "RunFolder", choice: ModelChoice, opened: Opened) -> None:
    """Count what a run has spent so far, abandoned attempts, the probe and the judge included."""
    from coach.cli.spending import spent_so_far
    from coach.models.gate import LocalGate

    if isinstance(opened.gate, LocalGate) and choice.limited:
        for usage, usd in spent_so_far(folder):
            opened.gate.budget.spend(usage, usd)


def _both(append: "Callable[[Event], None]", saw: "Callable[[Event], None]") -> "Callable[[Event], None]":
    """Return what appends an event and then counts it: what is counted is on disk."""

    def do(event: "Event") -> None:
        append(event)
        saw(event)

    return do


async def with_interrupts(work: "Awaitable[Outcome]", stop: Stop, progress: Progress) -> Outcome:
    """Await the run; the first Ctrl-C starts no new interview, the second cuts the running ones off."""
    task = asyncio.ensure_future(work)
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            task.cancel()
            return
        stop.request("interrupted")
        progress.say("Interrupted: the running interviews end first; press Ctrl-C again to cut them off.")

    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError):  # Windows has none, and only the main thread may
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        return await task
    finally:
        with suppress(NotImplementedError, RuntimeError):
            loop.remove_signal_handler(signal.SIGINT)
