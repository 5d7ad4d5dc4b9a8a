"""A judge labels a sample of a run's replies blind: live, or from what a batch brought back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coach.cli.common import console
from coach.cli.models import Opened, open_models
from coach.cli.running import banks_of, count_spent
from coach.errors import NoBatchAnswer
from coach.records.labels import LabelWriter, read_labels
from coach.simulation.judging import Sampled, judge, sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coach.cli.batching import Batch
    from coach.cli.runs import RunPlan
    from coach.content.bank import Bank
    from coach.models.base import Model, Sampling
    from coach.records.labels import Label
    from coach.records.run import RunFolder


@dataclass(frozen=True, slots=True)
class Docket:
    """What one judge is to label in a run."""

    by: str
    left: tuple[Sampled, ...]
    labelled: tuple[Sampled, ...]
    """What of the sample has this judge's label already."""


@dataclass(slots=True)
class Ruled:
    """What came of a batch for a docket."""

    labels: "list[Label]" = field(default_factory=list)
    unanswered: list[tuple[Sampled, str, str]] = field(default_factory=list)
    """Replies that no answer came to, and why, in a word and in a sentence."""


def docket(folder: "RunFolder", banks: "Mapping[str, Bank]", model: str, size: int) -> Docket:
    """Return what ``model`` is to label: of a sample of ``size`` replies what has no label of its own yet."""
    by = f"judge:{model}"
    done = {(x.interview_id, x.turn_id) for x in read_labels(folder.path) if x.by == by}
    drawn = sample(folder.records(), banks, size=size, seed=folder.manifest.seed)
    left = tuple(s for s in drawn if (s.interview_id, s.turn_id) not in done)
    return Docket(by, left, tuple(s for s in drawn if (s.interview_id, s.turn_id) in done))


def judge_run(plan: "RunPlan", *, silent: bool) -> None:
    """Label what of the sample has no label of this judge yet.

    Raises:
        ModelError: the judge could not be reached; the labels so far are kept.
    """
    choice = plan.setup.choice
    banks = {b.id: b for b in banks_of(plan, plan.cells)}
    todo = docket(plan.folder, banks, choice.of("judge"), plan.setup.judge)
    if not todo.left:
        return
    if not silent:
        announce(todo)

    async def label() -> None:
        opened = open_models(choice, (), abilities=plan.abilities)
        count_spent(plan.folder, choice, opened)
        try:
            await label_all(plan.folder, todo, opened, choice.sampling)
        finally:
            await opened.model.close()

    asyncio.run(label())


def announce(todo: Docket) -> None:
    """Say who labels how many replies."""
    name = todo.by.partition(":")[2]
    console(stderr=True).print(f"The judge {name} labels {len(todo.left)} replies", soft_wrap=True)


async def label_all(folder: "RunFolder", todo: Docket, opened: Opened, sampling: "Sampling") -> None:
    """Have a live model label all that is left, each label on the disk as it comes.

    Raises:
        ModelError: the judge could not be reached; the labels so far are kept.
    """
    queue = iter(todo.left)

    async def work(model: "Model") -> None:
        for item in queue:
            writer.append(await judge(item, model, by=todo.by, at=datetime.now(UTC), sampling=sampling))

    writer = LabelWriter(folder.path)
    try:
        workers = [asyncio.ensure_future(work(opened.model)) for _ in range(min(len(todo.left), opened.gate.most))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    finally:
        writer.close()


async def rule(todo: Docket, batch: "Batch") -> Ruled:
    """Return the labels that a batch brought; what it left to ask is then in its model.

    Raises:
        ContentError: an answer is to something else.
    """
    model, sampling, at = batch.model, batch.choice.sampling, datetime.now(UTC)
    for item in todo.labelled:
        # Their answers may lie in the same output; they are known, and not asked for again.
        with suppress(NoBatchAnswer):
            await judge(item, model, by=todo.by, at=at, sampling=sampling)
    model.left.clear()
    found = Ruled()
    for item in todo.left:
        before = len(model.left)
        try:
            label = await judge(item, model, by=todo.by, at=at, sampling=sampling)
        except NoBatchAnswer as error:
            found.unanswered.append((item, error.reason, str(error)))
            continue
        # Where its repair goes into a batch of its own, the label waits for that.
        if batch.out is None or len(model.left) == before:
            found.labels.append(label)
    model.check_all_known()
    return found


def write_labels(folder: "RunFolder", labels: "Sequence[Label]") -> None:
    """Append labels to the run's. Raises StorageError."""
    writer = LabelWriter(folder.path)
    try:
        for label in labels:
            writer.append(label)
    finally:
        writer.close()
