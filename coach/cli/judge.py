"""``coach judge``: a model labels replies of a finished run blind, by calls or by a batch."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.cli.batching import BatchInOption, BatchOutOption, open_batch
from coach.cli.simulate import Reach
from coach.errors import RunIncomplete, UsageError

if TYPE_CHECKING:
    from coach.cli.judging import Docket, Ruled
    from coach.content.library import Library
    from coach.records.run import RunFolder


@app.command()
def judge(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    size: int = typer.Option(None, "--sample", min=1, max=100_000, help="How many replies. Default: 60."),
    model: options.ModelOption = None,
    base_url: options.BaseUrlOption = None,
    max_cost: options.MaxCostOption = None,
    max_tokens: options.MaxTokensOption = None,
    cassette: options.CassetteOption = None,
    cassette_mode: options.CassetteModeOption = None,
    prices: options.PricesOption = None,
    max_connections: options.ConnectionsOption = None,
    max_retries: options.RetriesOption = None,
    timeout: options.TimeoutOption = None,
    transport: options.TransportOption = None,
    temperature: options.TemperatureOption = None,
    max_output_tokens: options.OutputTokensOption = None,
    batch_out: BatchOutOption = None,
    batch_in: BatchInOption = None,
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Have a model label replies of a run blind, then score the run again: how far can the ground truth be trusted?"""
    from coach.cli.common import open_library, open_run
    from coach.cli.judging import docket, rule, write_labels
    from coach.cli.results import banks_of
    from coach.settings import load_settings
    from coach.simulation.judging import SAMPLE

    settings = load_settings()
    reach = Reach(
        model, base_url, transport, max_connections, max_retries, timeout, prices, cassette, cassette_mode,
        max_cost, max_tokens, temperature, max_output_tokens,
    )  # fmt: skip
    batch = open_batch(reach, settings, "judge", out=batch_out, answers=batch_in)
    choice = batch.choice if batch else reach.choice(settings)
    folder = open_run(run, out or settings.runs)
    saved = folder.manifest.settings.get("content")
    library = open_library(settings, content or (Path(saved) if saved else None))
    with folder.lock():
        todo = docket(folder, banks_of(folder, library), choice.of("judge"), size or SAMPLE)
        if not todo.left and not todo.labelled:
            raise UsageError(f"{folder.path}: no reply whose meaning was decided beforehand, so there is none to label")
        if batch is None:
            _live(folder, todo, choice)
            _show(folder, library, todo)
            return
        found = asyncio.run(rule(todo, batch))
        if batch.answered:
            write_labels(folder, found.labels)
            _show(folder, library, todo)
            _say_unanswered(found)
        batch.finish("judge", as_json=False)
    if batch.answered and found.unanswered:
        raise typer.Exit(RunIncomplete.exit_code)


def _live(folder: "RunFolder", todo: "Docket", choice: options.ModelChoice) -> None:
    from coach.cli.judging import announce, label_all
    from coach.cli.models import open_models, probe
    from coach.cli.running import count_spent

    name = choice.of("judge")
    if name == options.OFFLINE:
        raise UsageError("a judge is a model that reads: name it with --model NAME")
    if not todo.left:
        return

    async def label() -> None:
        opened = open_models(replace(choice, names={"default": name}), ())
        count_spent(folder, choice, opened)
        try:
            if not choice.cassette:
                await probe(opened)
            announce(todo)
            await label_all(folder, todo, opened, choice.sampling)
        finally:
            await opened.model.close()

    asyncio.run(label())


def _show(folder: "RunFolder", library: "Library", todo: "Docket") -> None:
    """Score the run again and print how far the judge and the ground truth agree."""
    from coach.cli.common import console
    from coach.cli.label import agreement
    from coach.cli.results import refresh_results
    from coach.records.labels import read_labels

    results = refresh_results(folder, library)
    labels = [x for x in read_labels(folder.path) if x.by == todo.by]
    screen = console()
    unusable = sum(x.kind is None for x in labels)
    more = f", {unusable} of them without a kind, as the answer was in no usable form" if unusable else ""
    screen.print(f"Labels of {todo.by}: {len(labels)}{more}", soft_wrap=True)
    agreement(results.scores.measures, todo.by, screen)
    screen.print(f"Report:   {results.report}", soft_wrap=True)


def _say_unanswered(found: "Ruled") -> None:
    """Print why replies have no label, with an example of each reason."""
    from coach.cli.common import console
    from coach.reporting.safe import safe_text

    first = {reason: (item, why) for item, reason, why in reversed(found.unanswered)}
    counts = Counter(reason for _, reason, _ in found.unanswered)
    for reason, count in counts.most_common(8):
        item, why = first[reason]
        text = f"No label, {reason} ({count}), e.g. {item.place}: {why}"
        console(stderr=True).print(safe_text(text), soft_wrap=True)
