"""A run from plan to summary: what ``coach simulate`` does after its arguments are read."""

import asyncio
import json
import signal
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.cli.common import console, open_library, open_model, open_run, storage
from coach.cli.progress import Progress
from coach.cli.results import refresh_results
from coach.errors import StorageError, UsageError
from coach.simulation import Cases, Outcome, Sink, Stop, run_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.domain.cell import Cell
    from coach.records.events import Event
    from coach.records.run import Manifest, RunFolder
    from coach.settings import Settings

INCOMPLETE = 4
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that is about to start or to go on."""

    folder: "RunFolder"
    library: "Library"
    model: str
    matrix: "Matrix"
    cells: "tuple[Cell, ...]"
    participant_name: str
    resumed: bool = False

    @classmethod
    def new(cls, matrix: "Matrix", library: "Library", *, settings: "Settings", model: str, out: Path) -> "RunPlan":
        """Make the run folder and its manifest."""
        from coach.cli.manifest import describe
        from coach.records.run import RunFolder

        open_model(model, library, banks=[])
        cells = matrix.cells(model, tuple(library.personas))
        now = datetime.now(UTC)
        manifest: Manifest = describe(matrix, cells, model=model, settings=settings, library=library, now=now)
        with storage(out):
            folder = RunFolder.create(out, matrix.id, manifest, now)
        return cls(folder, library, model, matrix, cells, settings.participant_name)


def plan_of(run: str, out: Path, settings: "Settings", content: Path | None) -> RunPlan:
    """Return the plan of a run that was cut off."""
    from coach.content.scenario import Matrix

    folder = open_run(run, out)
    manifest = folder.manifest
    if not manifest.cells:
        raise UsageError(f"{folder.path} is a chat, not a simulation; only simulations can go on")
    saved = manifest.settings.get("content")
    library = open_library(settings, content or (Path(saved) if saved else None))
    return RunPlan(
        folder=folder,
        library=library,
        model=manifest.model,
        matrix=Matrix.model_validate(manifest.matrix),
        cells=manifest.cells,
        participant_name=str(manifest.settings.get("participant_name", "coach")),
        resumed=True,
    )


def execute(plan: RunPlan, *, export_logs: bool, as_json: bool) -> int:
    """Run what is missing, score, report, summarise; return the exit code."""
    quiet = as_json or not sys.stderr.isatty()
    with plan.folder.lock():
        missing = plan.folder.missing_cells()
        if not as_json:
            _announce(plan, len(missing))
        try:
            outcome = _run(plan, missing, quiet=quiet, silent=as_json)
        except StorageError:
            console(stderr=True).print(
                f"The run was cut off; go on with: coach simulate --resume {plan.folder.path}", soft_wrap=True
            )
            raise
        complete = not outcome.failed and not outcome.interrupted
        records = len(plan.cells) - len(missing) + outcome.ended
        code = 0 if complete else INTERRUPTED if outcome.interrupted else INCOMPLETE
        if records == 0:
            _explain(plan, outcome)
            return code
        results = refresh_results(plan.folder, plan.library, export_logs=export_logs)
        if complete:
            plan.folder.finish(datetime.now(UTC), ended=records)
    if as_json:
        answer: dict[str, Any] = {
            "run": str(plan.folder.path),
            "report": str(results.report),
            "interviews": records,
            "scores": str(results.scores_path),
        }
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        results.show(console())
    _explain(plan, outcome)
    return code


def _announce(plan: RunPlan, missing: int) -> None:
    what = "Going on with" if plan.resumed else "Run"
    out = console(stderr=True)
    out.print(f"{what} {plan.folder.path}: {missing} of {len(plan.cells)} interviews, model {plan.model}")


def _explain(plan: RunPlan, outcome: Outcome) -> None:
    if not outcome.failed and not outcome.interrupted:
        return
    err = console(stderr=True)
    for key, reason in outcome.failed[:5]:
        err.print(f"not ended: {key}: {reason}")
    if len(outcome.failed) > 5:
        err.print(f"… and {len(outcome.failed) - 5} more")
    reason = "interrupted" if outcome.interrupted else "incomplete"
    err.print(f"The run is {reason}; go on with: coach simulate --resume {plan.folder.path}", soft_wrap=True)


def _run(plan: RunPlan, missing: "tuple[Cell, ...]", *, quiet: bool, silent: bool) -> Outcome:
    if not missing:
        return Outcome()
    used = {plan.library.scenarios[c.case.scenario].bank for c in missing}
    model = open_model(plan.model, plan.library, banks=[plan.library.banks[b] for b in sorted(used)])
    cases = Cases(plan.library, model, seed=plan.matrix.seed, turns=plan.matrix.turns)
    with plan.folder.writer() as writer, Progress(total=len(missing), live=not quiet, silent=silent) as progress:
        for notice in () if silent else writer.notices:
            progress.say(str(notice))
        sink = Sink(
            append=_both(writer.journal.append, progress.saw),
            put_text=writer.texts.put,
            clock=lambda: datetime.now(UTC),
            new_id=lambda: uuid.uuid4().hex[:12],
            participant_name=plan.participant_name,
        )
        return asyncio.run(_with_interrupts(missing, cases, sink, plan.folder.attempts(), progress))


def _both(append: "Callable[[Event], None]", saw: "Callable[[Event], None]") -> "Callable[[Event], None]":
    """Return what appends an event and then counts it: what is counted is on disk."""

    def do(event: "Event") -> None:
        append(event)
        saw(event)

    return do


async def _with_interrupts(
    missing: "tuple[Cell, ...]",
    cases: Cases,
    sink: Sink,
    attempts: dict[str, int],
    progress: Progress,
) -> Outcome:
    """Run the cells; the first Ctrl-C stops after the running one, the second cancels it."""
    stop = Stop()
    task = asyncio.ensure_future(run_cells(missing, cases, sink, attempts=attempts, stop=stop, on_done=progress.done))

    def interrupt() -> None:
        if stop.requested:
            task.cancel()
            return
        stop.requested = True
        progress.say("Interrupted: the running interview ends first; press Ctrl-C again to cut it off.")

    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows' loop has no signal handlers
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        return await task
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
