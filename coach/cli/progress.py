"""Live progress: a bar on a terminal, now and then a plain line elsewhere."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

from coach.cli.common import console

if TYPE_CHECKING:
    from coach.domain.cell import Cell
    from coach.records.events import Event, InterviewEnded


class Progress:
    """Counts ended interviews and shows accuracy so far, cost, rate and faults."""

    def __init__(self, *, total: int, live: bool, silent: bool) -> None:
        self._total = total
        self._silent = silent
        self._console = console(stderr=True)
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()
        self._turns = 0
        self._right = 0
        self._calls = 0
        self._cost: float | None = 0.0
        self._next_line = max(1, total // 4)
        self._bar = None
        if live and not silent:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("interviews"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[so_far]}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=total, so_far="")

    def __enter__(self) -> "Progress":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def done(self, cell: "Cell", ended: "InterviewEnded | None") -> None:
        """Count one cell; ``ended`` None is one that failed."""
        self._done += 1
        self._failed += ended is None
        if self._bar:
            self._bar.update(self._task, completed=self._done, so_far=self._so_far())
        elif not self._silent and (self._done >= self._next_line or self._done == self._total):
            self._console.print(f"{self._done} of {self._total} interviews, {self._so_far()}")
            self._next_line = self._done + max(1, self._total // 4)

    def saw(self, event: "Event") -> None:
        """Count what a journal event tells: turns seen right so far, and money."""
        if event.type == "turn" and event.turn.act and event.turn.act.truth.kind:
            if event.turn.analysis is None and not event.turn.degraded:
                return  # an interviewer that shows no analysis
            seen = event.turn.analysis.kind if event.turn.analysis else None
            self._turns += 1
            self._right += seen is event.turn.act.truth.kind
        elif event.type == "call":
            cost = event.call.cost
            self._calls += 1
            self._cost = None if cost is None or self._cost is None else self._cost + cost

    def _so_far(self) -> str:
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        parts = [f"{100 * self._right / self._turns:.0f} % right"] if self._turns else []
        if self._calls:
            parts.append("cost unknown" if self._cost is None else f"${self._cost:.2f}")
        parts.append(f"{rate:.0f}/s")
        if self._failed:
            parts.append(f"{self._failed} failed")
        return ", ".join(parts)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        (self._bar.console if self._bar else self._console).print(text)
