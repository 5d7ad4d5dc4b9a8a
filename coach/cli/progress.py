"""Live progress: a bar on a terminal, now and then a plain line elsewhere."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

from coach.cli.common import console

if TYPE_CHECKING:
    from coach.domain.cell import Cell
    from coach.records.events import InterviewEnded


class Progress:
    """Counts ended interviews and shows how many there are, the rate and the faults."""

    def __init__(self, *, total: int, live: bool, silent: bool) -> None:
        self._total = total
        self._silent = silent
        self._console = console(stderr=True)
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()
        self._next_line = max(1, total // 4)
        self._bar = None
        if live and not silent:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("interviews"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[case]}"),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=total, rate="", case="")

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
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        if self._bar:
            self._bar.update(self._task, completed=self._done, rate=f"{rate:.0f}/s", case=cell.case.key)
        elif not self._silent and (self._done >= self._next_line or self._done == self._total):
            faults = f", {self._failed} failed" if self._failed else ""
            self._console.print(f"{self._done} of {self._total} interviews, {rate:.0f}/s{faults}")
            self._next_line = self._done + max(1, self._total // 4)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        (self._bar.console if self._bar else self._console).print(text)
