"""A worker process of ``--jobs``: cells come in, events go out; journal, cassette and budget are the parent's.

Started by ``coach.cli.jobs`` as ``python -m coach.cli.worker``; it talks on its standard input and output, ends
when its input does, and ignores interrupts: the parent decides.
"""

import asyncio
import itertools
import os
import signal
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coach.cli import wire
from coach.cli.models import open_models
from coach.cli.options import ModelChoice
from coach.cli.progress import glance
from coach.cli.setup import Setup, resolve_prompts
from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.domain.cell import Cell
from coach.errors import BudgetReached, CassetteMiss, CoachError, ModelError, SubjectError
from coach.models.budget import Want
from coach.models.cassette import Cassette
from coach.models.wire import Abilities
from coach.records.events import Event
from coach.records.texts import text_ref
from coach.simulation import Cases, Sink
from coach.simulation.runner import run_cell

Send = Callable[[bytes], None]


class LeasedGate:
    """Asks the parent, who owns limiter and budget, for each call."""

    def __init__(self, send: Send, most: int) -> None:
        self._send = send
        self._most = most
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[float]] = {}

    @property
    def most(self) -> int:
        """Return how many calls there may ever be at once."""
        return self._most

    async def enter(self, want: Want) -> float:
        """Wait for the parent's word; see ``coach.models.gate.Gate``."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(wire.encode("enter", id=number, tokens=want.tokens, usd=want.usd))
        try:
            await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled() and answer.exception() is None:
                self._send(wire.encode("leave", id=number, tokens=0, usd=0.0, throttled=False, pause=None))
            else:
                self._send(wire.encode("forget", id=number))
            raise
        finally:
            self._waiting.pop(number, None)
        return float(number)

    def leave(
        self,
        entered: float,
        want: Want,
        *,
        tokens: int | None = None,
        usd: float | None = None,
        throttled: bool = False,
        pause: float | None = None,
    ) -> None:
        """Tell the parent what a call took."""
        self._send(wire.encode("leave", id=int(entered), tokens=tokens, usd=usd, throttled=throttled, pause=pause))

    def answer(self, message: dict[str, Any]) -> None:
        """Take the parent's word."""
        future = self._waiting.get(int(message["id"]))
        if future is None or future.done():
            return
        if message["kind"] == "pass":
            future.set_result(0.0)
        else:
            future.set_exception(BudgetReached(str(message["message"])))


class Worker:
    """One worker's side of the talk."""

    def __init__(self, setup: dict[str, Any], send: Send) -> None:
        """Take the parent's first message and how to answer."""
        self._send = send
        self.gate = LeasedGate(send, int(setup["most"]))
        self._texts: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        choice = ModelChoice(**{**setup["choice"], **_paths(setup["choice"], "prices", "cassette")})
        library = Library(Path(setup["content"]) if setup["content"] else None)
        matrix = Matrix.model_validate(setup["matrix"])
        run = Setup(
            choice=choice,
            prompts=resolve_prompts(tuple(setup["prompts"]), library),
            words=setup["words"],
            engine=setup["engine"],
        )
        abilities = {
            name: Abilities(mode=a["mode"], refused=set(a["refused"]), limit_name=a["limit_name"], settled=a["settled"])
            for name, a in setup["abilities"].items()
        }
        cassette = None
        if choice.cassette is not None:
            modes: dict[str, Any] = {"mode": choice.cassette_mode}
            cassette = Cassette(choice.cassette, append=self._recorded, **modes)
        banks = [library.banks[b] for b in setup["banks"]]
        self._models = open_models(choice, banks, gate=self.gate, cassette=cassette, abilities=abilities)
        self._cases: Cases = run.cases(matrix, library, self._models.model)
        self._sink = Sink(
            append=self._append,
            put_text=self._put_text,
            clock=lambda: datetime.now(UTC),
            new_id=lambda: uuid.uuid4().hex[:12],
            participant_name=setup["participant_name"],
            engine=setup["engine"] or "coach",
        )

    def _append(self, event: Event) -> None:
        self._send(wire.encode_event(event.model_dump_json().encode(), glance=asdict(glance(event))))

    def _put_text(self, text: str) -> str:
        ref = text_ref(text)
        if ref not in self._texts:
            self._texts.add(ref)
            self._send(wire.encode("text", text=text))
        return ref

    def _recorded(self, lines: list[str]) -> None:
        self._send(wire.encode("recording", lines=lines))

    def take(self, message: dict[str, Any]) -> None:
        """Do what the parent says."""
        match message["kind"]:
            case "pass" | "refused":
                self.gate.answer(message)
            case "cell":
                work = self._run(Cell.model_validate(message["cell"]), int(message["attempt"]))
                task = asyncio.ensure_future(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case "cancel":
                for task in self._tasks:
                    task.cancel()

    async def _run(self, cell: Cell, attempt: int) -> None:
        error: dict[str, Any] | None = None
        try:
            await run_cell(cell, self._cases, self._sink, attempt)
        except CassetteMiss as miss:
            error = {"type": "miss", "message": str(miss), "role": miss.role, "cell": miss.cell, "diff": miss.diff}
        except BudgetReached as reached:
            error = {"type": "budget", "message": str(reached)}
        except (ModelError, SubjectError) as failure:
            error = {"type": "failed", "message": str(failure)}
        except asyncio.CancelledError:
            error = {"type": "interrupted", "message": "interrupted"}
        except Exception as fault:  # a defect must reach the parent as one, not hang it
            error = {"type": "defect", "message": f"{type(fault).__name__}: {fault}"}
        self._send(wire.encode("done", key=cell.key, error=error))

    async def close(self) -> None:
        """Cut off what still runs and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._models.model.close()


def _paths(choice: dict[str, Any], *names: str) -> dict[str, Path | None]:
    return {n: Path(choice[n]) if choice[n] else None for n in names}


async def talk() -> None:
    """Serve the parent until it hangs up."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=wire.LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    # Whatever prints must not tear a line of the talk.
    os.dup2(2, 1)

    def send(line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[out.write(view) or 0 :]

    setup = await wire.read(reader)
    if setup is None:
        return
    try:
        worker = Worker(setup, send)
    except CoachError as error:
        send(wire.encode("broken", message=str(error)))
        return
    send(wire.encode("ready"))
    try:
        while (message := await wire.read(reader)) is not None:
            worker.take(message)
    finally:
        await worker.close()


def main() -> None:
    """Run one worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(talk())
    except BrokenPipeError:
        # The parent is gone: nobody is left to tell.
        sys.exit(1)


if __name__ == "__main__":
    main()
