"""Live progress: a bar on a terminal, now and then a plain line elsewhere."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from coach.cli.common import console

if TYPE_CHECKING:
    from coach.domain.cell import Cell
    from coach.records.events import Event


@dataclass(frozen=True, slots=True)
class Glance:
    """What progress needs of a journal event."""

    type: str
    cell_key: str
    right: bool | None = None
    """Whether a turn was seen as what it is; None where that can't be told."""
    called: bool = False
    cost: float | None = None


def glance(event: "Event") -> Glance:
    """Return what progress needs of an event."""
    right: bool | None = None
    if event.type == "turn" and event.turn.act and event.turn.act.truth.kind:
        seen = event.turn.analysis
        if seen is not None or event.turn.degraded:  # an interviewer may show no analysis
            right = seen is not None and seen.kind is event.turn.act.truth.kind
    if event.type == "call":
        return Glance(event.type, event.cell_key, called=True, cost=event.call.cost)
    return Glance(event.type, event.cell_key, right)


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

    def done(self, cell: "Cell", ended: bool) -> None:
        """Count one cell that is through; one that did not end has failed."""
        self._done += 1
        self._failed += not ended
        if self._bar:
            self._bar.update(self._task, completed=self._done, so_far=self._so_far())
        elif not self._silent and (self._done >= self._next_line or self._done == self._total):
            self._console.print(f"{self._done} of {self._total} interviews, {self._so_far()}")
            self._next_line = self._done + max(1, self._total // 4)

    def saw(self, seen: "Glance") -> None:
        """Count what a journal event tells: turns seen right so far, and money."""
        if seen.right is not None:
            self._turns += 1
            self._right += seen.right
        if seen.called:
            self._calls += 1
            self._cost = None if seen.cost is None or self._cost is None else self._cost + seen.cost

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
