"""A run from plan to summary: what ``coach simulate`` does after its arguments are read."""

import asyncio
import json
import sys
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.cli.common import console, open_library, open_run, storage
from coach.cli.options import ModelChoice
from coach.cli.setup import Setup, resolve_prompts
from coach.domain.vocabulary import Twin
from coach.errors import CoachError, StorageError, UsageError

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.domain.cell import Cell
    from coach.models.wire import Abilities
    from coach.records.run import Manifest, RunFolder
    from coach.settings import Settings
    from coach.simulation import Outcome

INCOMPLETE = 4
NOT_AS_SCRIPTED = 1
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that is about to start or to go on."""

    folder: "RunFolder"
    library: "Library"
    setup: Setup
    matrix: "Matrix"
    cells: "tuple[Cell, ...]"
    participant_name: str
    abilities: "dict[str, Abilities]"
    """What the endpoint can do, by model, as the probe found."""
    jobs: int = 1
    resumed: bool = False

    @classmethod
    def new(
        cls, matrix: "Matrix", library: "Library", *, settings: "Settings", setup: Setup, out: Path, jobs: int = 1
    ) -> "RunPlan":
        """Probe the endpoint, then make the run folder and its manifest."""
        from coach.cli.gating import check as check_gates
        from coach.cli.manifest import describe
        from coach.records.run import RunFolder

        setup.check()
        matrix = matrix.model_copy(update={"prompts": tuple(setup.prompts) or matrix.prompts})
        cells = matrix.cells(setup.label, library.names)
        if setup.engine is not None:
            # A user's own interviewer has no Observer in whose place an oracle could stand.
            cells = tuple(c for c in cells if c.twin is not Twin.ORACLE)
        check_gates(matrix.gates, cells, library)
        setup.check_questions(library, (c.case.scenario for c in cells))
        answers, abilities = first_probe(setup)
        now = datetime.now(UTC)
        manifest: Manifest = describe(
            matrix, cells, setup=setup, settings=settings, library=library, now=now, probe=answers
        )
        with storage(out):
            folder = RunFolder.create(out, matrix.id, manifest, now)
        return cls(folder, library, setup, matrix, cells, settings.participant_name, abilities, jobs)


def first_probe(setup: Setup) -> "tuple[dict[str, Any], dict[str, Abilities]]":
    """Return what each model of the endpoint answered (for the manifest) and what was learned of it."""
    from coach.cli.models import open_cassette, open_models, probed

    choice = setup.choice
    if choice.cassette is not None and (choice.replays or len(open_cassette(choice))):
        # A replay needs no endpoint; what a cassette holds may be all that there is to ask.
        open_models(choice, ())
        return {}, {}
    open_models(choice, ())
    if not choice.endpoint_names(setup.roles):
        return {}, {}
    wanted = {k: v for k, v in choice.names.items() if k == "default" or k in setup.roles}
    answers, abilities = asyncio.run(probed(replace(choice, names=wanted)))
    found = {
        name: {
            "answered_by": reply.model,
            "mode": reply.mode,
            "usage": reply.usage.model_dump(mode="json"),
            "cost": reply.cost,
            "cost_source": reply.cost_source,
            "latency_ms": round(reply.latency_ms, 1),
        }
        for name, reply in answers.items()
    }
    return found, abilities


def plan_of(
    run: str, out: Path, settings: "Settings", content: Path | None, *, given: ModelChoice, jobs: int = 1
) -> RunPlan:
    """Return the plan of a run that was cut off; ``given`` says how its models are reached now, and its limits."""
    from coach.content.scenario import Matrix

    folder = open_run(run, out)
    manifest = folder.manifest
    if not manifest.cells:
        raise UsageError(f"{folder.path} is a chat, not a simulation; only simulations can go on")
    saved = manifest.settings
    content = content or (Path(saved["content"]) if saved.get("content") else None)
    library = open_library(settings, content)
    matrix = Matrix.model_validate(manifest.matrix)
    sets = resolve_prompts(tuple(saved.get("prompts", {}).values()), library)
    setup = Setup(
        choice=given,
        prompts=({"default": resolve_prompts(("default",), library)["default"]} if "default" in matrix.prompts else {})
        | sets,
        words=saved.get("candidate", "scripted"),
        engine=saved.get("engine"),
        judge=saved.get("judge", 0),
    )
    setup.check_prompts(manifest.prompt_hashes)
    _, abilities = first_probe(setup) if folder.missing_cells() else ({}, {})
    return RunPlan(
        folder=folder,
        library=library,
        setup=setup,
        matrix=matrix,
        cells=manifest.cells,
        participant_name=str(saved.get("participant_name", "coach")),
        abilities=abilities,
        jobs=jobs,
        resumed=True,
    )


def execute(plan: RunPlan, *, export_logs: bool, as_json: bool) -> int:
    """Run what is missing, score, report, summarise; return the exit code."""
    from coach.cli.running import run_missing

    quiet = as_json or not sys.stderr.isatty()
    with plan.folder.lock():
        missing = plan.folder.missing_cells()
        if not as_json:
            _announce(plan, len(missing))
        try:
            # A user's own interviewer may print; what --json promises is kept.
            with redirect_stdout(sys.stderr) if as_json else nullcontext():
                outcome = run_missing(plan, missing, quiet=quiet, silent=as_json)
        except StorageError:
            console(stderr=True).print(
                f"The run was cut off; go on with: coach simulate --resume {plan.folder.path}", soft_wrap=True
            )
            raise
        complete = not outcome.failed and not outcome.interrupted and outcome.stopped is None
        records = len(plan.cells) - len(missing) + outcome.ended
        code = 0 if complete else INTERRUPTED if outcome.interrupted else INCOMPLETE
        if records == 0:
            _explain(plan, outcome)
            return code
        code = _judge(plan, code, silent=as_json)
        from coach.cli.results import refresh_results

        results = refresh_results(plan.folder, plan.library, export_logs=export_logs)
        if complete and code == 0:
            plan.folder.finish(datetime.now(UTC), ended=records, unscored=results.scores.unscored_interviews)
            code = 0 if results.as_scripted else NOT_AS_SCRIPTED
    if as_json:
        answer: dict[str, Any] = {
            "run": str(plan.folder.path),
            "report": str(results.report),
            "interviews": records,
            "scores": str(results.scores_path),
            "as_scripted": results.as_scripted,
        }
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        from coach.cli.spending import say_spent

        results.show(console(), spent=say_spent(plan))
    _explain(plan, outcome)
    return code


def _judge(plan: RunPlan, code: int, *, silent: bool) -> int:
    """Have the judge label its sample where that was asked for; its failure loses no interview."""
    if not plan.setup.judge or code == INTERRUPTED:
        return code
    from coach.cli.judging import judge_run

    try:
        judge_run(plan, silent=silent)
    except StorageError:
        raise
    except CoachError as error:
        console(stderr=True).print(f"The judge could not label its sample: {error}", soft_wrap=True)
        return code or INCOMPLETE
    return code


def _announce(plan: RunPlan, missing: int) -> None:
    what = "Going on with" if plan.resumed else "Run"
    words = ", candidates in a model's words" if plan.setup.words == "llm" else ""
    where = f" at {plan.setup.choice.address().shown}" if plan.setup.choice.base_url else ""
    on = f"interviewer {plan.setup.engine}" if plan.setup.engine else f"model {plan.setup.choice.label}{where}"
    out = console(stderr=True)
    out.print(f"{what} {plan.folder.path}: {missing} of {len(plan.cells)} interviews, {on}{words}", soft_wrap=True)


def _explain(plan: RunPlan, outcome: "Outcome") -> None:
    if not outcome.failed and not outcome.interrupted and outcome.stopped is None:
        return
    from coach.reporting.safe import safe_text

    err = console(stderr=True)
    if outcome.misses:
        from coach.cli.misses import explain_misses

        explain_misses(outcome.misses, err)
    others = [(k, why) for k, why in outcome.failed if k not in {k for k, _ in outcome.misses}]
    for key, reason in others[:5]:
        err.print(safe_text(f"not ended: {key}: {reason}"), soft_wrap=True)
    if len(others) > 5:
        err.print(f"… and {len(others) - 5} more")
    if outcome.stopped:
        err.print(safe_text(f"The run stopped: {outcome.stopped}"), soft_wrap=True)
    reason = "interrupted" if outcome.interrupted else "incomplete"
    err.print(f"The run is {reason}; go on with: coach simulate --resume {plan.folder.path}", soft_wrap=True)
