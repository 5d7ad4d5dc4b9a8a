"""``coach evaluate``: the Observer alone, over labelled replies."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.cli.batching import BatchInOption, BatchOutOption, open_batch
from coach.cli.observing import Observed, observe_all, spent
from coach.cli.simulate import Reach
from coach.errors import ContentError, RunIncomplete, StorageError, UsageError

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.engine.prompts import PromptSet
    from coach.scoring.evaluation import EvaluationLine

_EXAMPLES = 8
"""At most so many reasons why no answer came are shown with a line."""


@app.command()
def evaluate(
    files: list[Path] = typer.Argument(..., help="JSON Lines files of labelled replies (- for stdin)."),
    model: options.ModelOption = None,
    base_url: options.BaseUrlOption = None,
    prompts: str = typer.Option(None, "--prompts", help="A prompt set: a folder, or default."),
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
    output: Path = typer.Option(None, "--output", "-o", help="Write id, kind and the analysis, a line each."),
    json_: bool = typer.Option(False, "--json", help="Print the figures as one JSON object."),
    content: Path = typer.Option(None, "--content", help="A folder with your own scenarios/."),
) -> None:
    """Read labelled replies with the Observer and say how often it sees what is there, by language."""
    from coach.cli.common import open_library
    from coach.cli.setup import resolve_prompts
    from coach.settings import load_settings

    settings = load_settings()
    library = open_library(settings, content)
    reach = Reach(
        model, base_url, transport, max_connections, max_retries, timeout, prices, cassette, cassette_mode,
        max_cost, max_tokens, temperature, max_output_tokens,
    )  # fmt: skip
    batch = open_batch(reach, settings, "observer", out=batch_out, answers=batch_in, inputs=files)
    if output is not None and batch is not None and not batch.answered:
        raise UsageError("--output has nothing to hold before the batch is answered; give it with --batch-in")
    (chosen,) = resolve_prompts((prompts or "default",), library).values()
    lines = [line for file in files for line in read_lines(file)]
    if batch is None:
        choice = reach.choice(settings)
        found, took = asyncio.run(_live(lines, choice, library, chosen))
        offline = choice.of("observer") == options.OFFLINE
        _report(lines, found, took=BASELINE if offline else took, output=output, as_json=json_)
        return
    found = asyncio.run(observe_all(lines, batch.model, library, prompts=chosen, sampling=batch.choice.sampling))
    batch.model.check_all_known()
    if batch.answered:
        took = f"{spent(found.replies)} at full price; batch endpoints commonly charge half"
        _report(lines, found, took=took, output=output, as_json=json_)
        _say_unanswered(lines, found)
    batch.finish("observer", as_json=json_)
    if batch.answered and found.unanswered:
        raise typer.Exit(RunIncomplete.exit_code)


BASELINE = "The offline model is a baseline: beyond its bank it mostly says unverified.\n"


def _report(lines: "list[EvaluationLine]", found: Observed, *, took: str, output: Path | None, as_json: bool) -> None:
    """Write the analyses where that is wanted, and print the figures."""
    import sys

    from coach.cli.common import console
    from coach.reporting.evaluation import evaluation_tables
    from coach.scoring.evaluation import evaluate_lines

    if output is not None:
        _write(output, lines, found)
    unanswered = {number: reason for number, (reason, _) in found.unanswered.items()}
    scores = evaluate_lines(lines, found.analyses, misses=found.misses, unanswered=unanswered)
    if as_json:
        sys.stdout.write(scores.model_dump_json(indent=1) + "\n")
        return
    screen = console()
    if took:
        screen.print(took, soft_wrap=True)
    for part in evaluation_tables(scores):
        screen.print(part)
    if output is not None:
        screen.print(f"Analyses:  {output}", soft_wrap=True)


def read_lines(path: Path) -> "list[EvaluationLine]":
    """Return the labelled replies of one JSON Lines file. Raises ContentError with the line."""
    import sys

    from pydantic import ValidationError

    from coach.scoring.evaluation import EvaluationLine

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError("not UTF-8; save it as UTF-8", path) from error
    except OSError as error:
        raise ContentError(f"can't be read: {error.strerror}", path) from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(EvaluationLine.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(p) for p in first["loc"])
            raise ContentError(f"{where}: {first['msg']}" if where else str(first["msg"]), path, number) from error
    if not found:
        raise ContentError("holds no line; each should be one JSON object", path)
    return found


async def _live(
    lines: "list[EvaluationLine]", choice: options.ModelChoice, library: "Library", prompts: "PromptSet"
) -> "tuple[Observed, str]":
    """Return the readings, and what they took in words (empty on the embedded model)."""
    from coach.cli.models import open_models, probe

    opened = open_models(choice, library.banks.values())
    try:
        if not choice.cassette:
            await probe(opened)
        waits = bool(opened.endpoints)
        found = await observe_all(
            lines,
            opened.model,
            library,
            prompts=prompts,
            sampling=choice.sampling,
            parallel=opened.gate.most if waits else 1,
        )
    finally:
        await opened.model.close()
    return found, spent(found.replies) if waits else ""


def _say_unanswered(lines: "list[EvaluationLine]", found: Observed) -> None:
    """Print an example of each reason why no answer came."""
    from coach.cli.common import console
    from coach.reporting.safe import safe_text

    first = {reason: (number, why) for number, (reason, why) in reversed(found.unanswered.items())}
    for reason, (number, why) in sorted(first.items())[:_EXAMPLES]:
        text = f"{reason}, e.g. line '{lines[number].id}': {why}"
        console(stderr=True).print(safe_text(text), soft_wrap=True)


def _write(output: Path, lines: "list[EvaluationLine]", found: Observed) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("w", encoding="utf-8") as file:
            for number, (line, analysis) in enumerate(zip(lines, found.analyses, strict=True)):
                lost = "unanswered" if number in found.unanswered else "no_analysis"
                entry = {
                    "id": line.id,
                    "kind": analysis.kind if analysis else lost,
                    "analysis": analysis.model_dump(mode="json") if analysis else None,
                }
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(f"{output}: {error.strerror}; free space or choose another place") from error
