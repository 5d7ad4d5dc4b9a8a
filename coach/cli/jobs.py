"""``--jobs N``: worker processes do the interviews; journal, cassette, limiter and budget stay with the parent."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coach.cli import wire
from coach.cli.progress import Glance
from coach.cli.running import at_once, banks_of, with_interrupts
from coach.errors import BudgetReached, CassetteMiss, CoachError, ModelError
from coach.models.budget import Want
from coach.models.cassette import append_lines
from coach.simulation import Outcome, Stop
from coach.simulation.runner import Tally

if TYPE_CHECKING:
    from coach.cli.models import Opened
    from coach.cli.progress import Progress
    from coach.cli.runs import RunPlan
    from coach.domain.cell import Cell
    from coach.records.run import Writer

_GRACE = 5.0
"""Seconds that cut-off workers have to say what they left."""


async def run_jobs(
    plan: "RunPlan",
    cells: "tuple[Cell, ...]",
    opened: "Opened",
    writer: "Writer",
    *,
    attempts: Mapping[str, int],
    stop: Stop,
    progress: "Progress",
) -> Outcome:
    """Run ``cells`` in worker processes and return what came of them; an interrupt is the parent's alone.

    Raises:
        StorageError: the journal can't be written; the workers are stopped.
    """
    pool = Pool(plan, cells, opened, writer, attempts, stop, progress)
    return await with_interrupts(pool.run(), stop, progress)


@dataclass(eq=False)
class _Process:
    """One worker as the parent sees it."""

    process: asyncio.subprocess.Process
    running: "dict[str, Cell]" = field(default_factory=dict)
    passes: dict[int, tuple[float, Want]] = field(default_factory=dict)
    """Calls that were let through: when, and what was reserved."""
    waiting: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def send(self, line: bytes) -> None:
        """Write to the worker; where it is gone its end is told elsewhere."""
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            with suppress(ConnectionError):
                self.process.stdin.write(line)


class Pool:
    """The workers of one run."""

    def __init__(
        self,
        plan: "RunPlan",
        cells: "tuple[Cell, ...]",
        opened: "Opened",
        writer: "Writer",
        attempts: Mapping[str, int],
        stop: Stop,
        progress: "Progress",
    ) -> None:
        self._plan = plan
        self._left: Iterator[Cell] = iter(cells)
        self._cells = cells
        self._opened = opened
        self._writer = writer
        self._attempts = attempts
        self._stop = stop
        self._progress = progress
        self._outcome = Outcome()
        self._tally = Tally(self._outcome, stop)
        self._count = min(plan.jobs, len(cells))
        self._each = max(1, -(-at_once(plan, opened) // self._count))

    async def run(self) -> Outcome:
        """Start the workers, feed them and return what came of the cells."""
        workers = [await self._start() for _ in range(self._count)]
        talks = [asyncio.ensure_future(self._talk(worker)) for worker in workers]
        try:
            # Not gather: it would cut the talks off too, and what the workers leave must still be heard.
            done, _ = await asyncio.wait(talks, return_when=asyncio.FIRST_EXCEPTION)
            for talk in done:
                talk.result()
        except asyncio.CancelledError:
            self._outcome.interrupted = True
            for worker in workers:
                worker.send(wire.encode("cancel"))
            await asyncio.wait(talks, timeout=_GRACE)
        finally:
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
            for worker in workers:
                await _end(worker)
        self._tally.close(next(self._left, None) is not None)
        return self._outcome

    async def _start(self) -> _Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "coach.cli.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=wire.LIMIT,
            # Ctrl-C reaches the whole group of a terminal; a session of its own keeps it from the worker.
            start_new_session=True,
        )
        worker = _Process(process)
        worker.send(wire.encode("setup", **self._setup()))
        return worker

    def _setup(self) -> dict[str, Any]:
        """Return the first message; the key goes through the pipe and is in no file."""
        plan, choice = self._plan, self._plan.setup.choice
        data = asdict(choice)
        for name in ("prices", "cassette"):
            data[name] = str(data[name].resolve()) if data[name] else None
        return {
            "choice": data,
            "matrix": plan.matrix.model_dump(mode="json"),
            "content": str(plan.library.extra.resolve()) if plan.library.extra else None,
            "banks": [b.id for b in banks_of(plan, self._cells)],
            "prompts": [str(s.folder) if s.folder else s.name for s in plan.setup.prompts.values()],
            "words": plan.setup.words,
            "engine": plan.setup.engine,
            "participant_name": plan.participant_name,
            "most": self._opened.gate.most,
            "abilities": {
                name: {"mode": a.mode, "refused": sorted(a.refused), "limit_name": a.limit_name, "settled": a.settled}
                for name, a in plan.abilities.items()
            },
        }

    async def _talk(self, worker: _Process) -> None:
        """Listen to one worker until it has nothing left to do."""
        stdout = worker.process.stdout
        if stdout is None:
            return
        while (message := await wire.read(stdout)) is not None:
            self._hear(worker, message)
            if not worker.running and message["kind"] in ("ready", "done"):
                return
        self._lost(worker)

    def _hear(self, worker: _Process, message: dict[str, Any]) -> None:
        hear: dict[str, Callable[[_Process, dict[str, Any]], None]] = {
            "event": self._event,
            "text": lambda _, m: self._put_text(m),
            "recording": lambda _, m: self._record(m),
            "enter": self._let_in,
            "forget": lambda w, m: self._forget(w, m["id"]),
            "leave": self._leave,
            "ready": lambda w, _: self._feed(w),
            "broken": self._broken,
            "done": self._done,
        }
        hear[message["kind"]](worker, message)

    def _event(self, worker: _Process, message: dict[str, Any]) -> None:
        seen = Glance(**message["glance"])
        ended = seen.type == "interview_ended"
        self._writer.journal.append_line(message["raw"], ends=ended or seen.type == "interview_abandoned")
        self._progress.saw(seen)
        if ended:
            self._tally.ended()
            self._progress.done(worker.running[seen.cell_key], True)

    def _put_text(self, message: dict[str, Any]) -> None:
        self._writer.texts.put(message["text"])

    def _record(self, message: dict[str, Any]) -> None:
        if self._plan.setup.choice.cassette is not None:
            append_lines(self._plan.setup.choice.cassette, message["lines"])

    def _broken(self, worker: _Process, message: dict[str, Any]) -> None:
        raise CoachError(message["message"])

    def _let_in(self, worker: _Process, message: dict[str, Any]) -> None:
        worker.waiting[message["id"]] = asyncio.ensure_future(self._enter(worker, message))

    async def _enter(self, worker: _Process, message: dict[str, Any]) -> None:
        want = Want(message["tokens"], message["usd"])
        try:
            worker.passes[message["id"]] = (await self._opened.gate.enter(want), want)
        except BudgetReached as error:
            worker.send(wire.encode("refused", id=message["id"], message=str(error)))
            return
        finally:
            worker.waiting.pop(message["id"], None)
        worker.send(wire.encode("pass", id=message["id"]))

    def _forget(self, worker: _Process, number: int) -> None:
        task = worker.waiting.get(number)
        if task is not None:
            task.cancel()
        elif number in worker.passes:
            self._leave(worker, {"id": number, "tokens": 0, "usd": 0.0, "throttled": False, "pause": None})

    def _leave(self, worker: _Process, message: dict[str, Any]) -> None:
        entered, want = worker.passes.pop(message["id"])
        self._opened.gate.leave(
            entered,
            want,
            tokens=message["tokens"],
            usd=message["usd"],
            throttled=message["throttled"],
            pause=message["pause"],
        )

    def _feed(self, worker: _Process) -> None:
        while len(worker.running) < self._each and not self._stop.requested:
            cell = next(self._left, None)
            if cell is None:
                return
            worker.running[cell.key] = cell
            attempt = self._attempts.get(cell.key, 0) + 1
            worker.send(wire.encode("cell", cell=cell.model_dump(mode="json"), attempt=attempt))

    def _done(self, worker: _Process, message: dict[str, Any]) -> None:
        cell = worker.running.pop(message["key"])
        error = message["error"]
        if error is not None and error["type"] == "defect":
            raise RuntimeError(f"{message['key']}: {error['message']}")
        if error is not None and error["type"] != "interrupted":
            self._tally.failed(cell.key, _error(error))
            self._progress.done(cell, False)
        self._feed(worker)

    def _lost(self, worker: _Process) -> None:
        """Give up what a worker that died was at; its cells run again on ``--resume``."""
        # A place that a dead worker still waited for would never be given back.
        for task in worker.waiting.values():
            task.cancel()
        for number in list(worker.passes):
            self._leave(worker, {"id": number, "tokens": None, "usd": None, "throttled": False, "pause": None})
        for key, cell in worker.running.items():
            self._tally.failed(key, ModelError("its worker process died"))
            self._progress.done(cell, False)
        worker.running.clear()


def _error(error: dict[str, Any]) -> ModelError:
    if error["type"] == "budget":
        return BudgetReached(error["message"])
    if error["type"] == "miss":
        return CassetteMiss(error["message"], role=error["role"], cell=error["cell"], diff=error["diff"])
    return ModelError(error["message"])


async def _end(worker: _Process) -> None:
    """Close a worker's input, which ends it; one that does not listen is killed."""
    if worker.process.stdin is not None:
        worker.process.stdin.close()
    try:
        await asyncio.wait_for(worker.process.wait(), _GRACE)
    except TimeoutError:
        worker.process.kill()
        await worker.process.wait()
