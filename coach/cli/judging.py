"""After a run: a judge labels a sample of replies blind."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coach.cli.common import console
from coach.cli.models import open_models
from coach.cli.running import banks_of, count_spent
from coach.records.labels import LabelWriter, read_labels
from coach.simulation.judging import Sampled, judge, sample

if TYPE_CHECKING:
    from coach.cli.runs import RunPlan
    from coach.models.base import Model
    from coach.records.labels import Label


def judge_run(plan: "RunPlan", *, silent: bool) -> None:
    """Label what of the sample has no label of this judge yet.

    Raises:
        ModelError: the judge could not be reached; the labels so far are kept.
    """
    banks = {b.id: b for b in banks_of(plan, plan.cells)}
    name = plan.setup.choice.of("judge")
    by = f"judge:{name}"
    done = {(x.interview_id, x.turn_id) for x in read_labels(plan.folder.path) if x.by == by}
    wanted = sample(plan.folder.records(), banks, size=plan.setup.judge, seed=plan.matrix.seed)
    left = [s for s in wanted if (s.interview_id, s.turn_id) not in done]
    if not left:
        return
    if not silent:
        console(stderr=True).print(f"The judge {name} labels {len(left)} replies", soft_wrap=True)
    writer = LabelWriter(plan.folder.path)
    try:
        asyncio.run(_all(plan, left, by, writer))
    finally:
        writer.close()


async def _all(plan: "RunPlan", left: "list[Sampled]", by: str, writer: LabelWriter) -> None:
    opened = open_models(plan.setup.choice, (), abilities=plan.abilities)
    count_spent(plan, opened)
    queue = iter(left)

    async def work(model: "Model") -> None:
        for item in queue:
            label: Label = await judge(item, model, by=by, at=datetime.now(UTC), sampling=plan.setup.choice.sampling)
            writer.append(label)

    try:
        workers = [asyncio.ensure_future(work(opened.model)) for _ in range(min(len(left), opened.gate.most))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    finally:
        await opened.model.close()
