"""``coach evaluate``: the Observer alone, over labelled replies."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.cli.simulate import Reach
from coach.errors import ContentError, ModelError, StorageError

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.domain.analysis import ObserverAnalysis
    from coach.domain.question import Question
    from coach.domain.vocabulary import Language
    from coach.engine.prompts import PromptSet
    from coach.models.base import Model, Sampling
    from coach.models.calling import OnCall
    from coach.scoring.evaluation import EvaluationLine


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
    output: Path = typer.Option(None, "--output", "-o", help="Write id, kind and the analysis, a line each."),
    json_: bool = typer.Option(False, "--json", help="Print the figures as one JSON object."),
    content: Path = typer.Option(None, "--content", help="A folder with your own scenarios/."),
) -> None:
    """Read labelled replies with the Observer and say how often it sees what is there, by language."""
    import sys

    from coach.cli.common import console, open_library
    from coach.cli.setup import resolve_prompts
    from coach.reporting.evaluation import evaluation_tables
    from coach.scoring.evaluation import evaluate_lines
    from coach.settings import load_settings

    settings = load_settings()
    library = open_library(settings, content)
    reach = Reach(
        model, base_url, transport, max_connections, max_retries, timeout, prices, cassette, cassette_mode,
        max_cost, max_tokens, temperature, max_output_tokens,
    )  # fmt: skip
    choice = reach.choice(settings)
    (chosen,) = resolve_prompts((prompts or "default",), library).values()
    lines = [line for file in files for line in read_lines(file)]
    analyses, spent = asyncio.run(_observe(lines, choice, library, chosen))
    if output is not None:
        _write(output, lines, analyses)
    scores = evaluate_lines(lines, analyses)
    if json_:
        sys.stdout.write(scores.model_dump_json(indent=1) + "\n")
        return
    screen = console()
    if spent:
        screen.print(spent, soft_wrap=True)
    if choice.of("observer") == options.OFFLINE:
        screen.print("The offline model is a baseline: beyond its bank it mostly says unverified.\n")
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


async def _observe(
    lines: "list[EvaluationLine]", choice: options.ModelChoice, library: "Library", prompts: "PromptSet"
) -> "tuple[list[ObserverAnalysis | None], str]":
    """Return the readings, and what they took in words (empty on the embedded model)."""
    from coach.cli.models import open_models, probe
    from coach.cli.spending import money
    from coach.models.calling import CallMade

    opened = open_models(choice, library.banks.values())
    made: list[CallMade] = []
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
            on_call=made.append,
        )
    finally:
        await opened.model.close()
    if not waits:
        return found, ""
    replies = [m.reply for m in made if m.reply and not m.reply.replayed]
    costs = [r.cost for r in replies]
    usd = None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
    tokens = sum((r.usage.input or 0) + (r.usage.output or 0) for r in replies)
    return found, f"{len(made):,} calls, {tokens:,} tokens, {money(usd)}"


async def observe_all(
    lines: "list[EvaluationLine]",
    model: "Model",
    library: "Library",
    *,
    prompts: "PromptSet | None" = None,
    sampling: "Sampling | None" = None,
    parallel: int = 1,
    on_call: "OnCall | None" = None,
) -> "list[ObserverAnalysis | None]":
    """Return the Observer's reading of each line, ``parallel`` at a time; None where it gave none that can be used."""
    from coach.domain.analysis import ObserverAnalysis
    from coach.domain.tasks import ObserverTask
    from coach.domain.vocabulary import Language
    from coach.engine import Caller
    from coach.engine.consistency import consistent
    from coach.engine.prompts import DEFAULT
    from coach.errors import MalformedAnswer

    render = (prompts or DEFAULT).messages
    bank = {(q.text, q.language): q for b in library.banks.values() for lang in Language for q in b.for_engine(lang)}
    found: list[ObserverAnalysis | None] = [None] * len(lines)

    async def read(number: int, line: "EvaluationLine") -> None:
        question = _question(line, bank)
        task = ObserverTask(
            language=line.language,
            nonce=f"{number:016x}",
            turn_id=number,
            stage="questions" if question else "introduction",
            question=question,
            reply=line.answer,
        )
        caller = Caller(model, render=render, sampling=sampling, on_call=on_call, place=f"evaluate/{line.id}")
        try:
            analysis = await caller.ask(task, ObserverAnalysis, number)
        except MalformedAnswer:
            return
        except ModelError as error:
            error.args = (f"line '{line.id}': {error}", *error.args[1:])
            raise
        found[number - 1] = consistent(analysis, has_question=question is not None)[0]

    queue = iter(enumerate(lines, start=1))

    async def work() -> None:
        for number, line in queue:
            await read(number, line)

    workers = [asyncio.ensure_future(work()) for _ in range(min(parallel, len(lines)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return found


def _question(line: "EvaluationLine", bank: "dict[tuple[str, Language], Question]") -> "Question | None":
    """Return the line's question: the bank's where the text is one of its own, else a free-standing one."""
    from coach.domain.question import Question
    from coach.domain.vocabulary import Difficulty

    if (line.question, line.language) in bank:
        return bank[line.question, line.language]
    text = line.question or _ANY[line.language]
    technologies = tuple(t.strip() for t in line.technology.split(",") if t.strip())
    return Question(
        id=f"line-{line.id}",
        bank="",
        language=line.language,
        topic=line.technology or text,
        technologies=technologies,
        difficulty=Difficulty.BASIC,
        text=text,
        reference=line.reference,
        key_points=(),
    )


_ANY = {
    "en": "What is the difference between a list and a tuple in Python?",
    "ru": "Чем список отличается от кортежа в Python?",
}
"""Any active question, for lines without one."""


def _write(output: Path, lines: "list[EvaluationLine]", analyses: "list[ObserverAnalysis | None]") -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("w", encoding="utf-8") as file:
            for line, analysis in zip(lines, analyses, strict=True):
                entry = {
                    "id": line.id,
                    "kind": analysis.kind if analysis else "no_analysis",
                    "analysis": analysis.model_dump(mode="json") if analysis else None,
                }
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(f"{output}: {error.strerror}; free space or choose another place") from error
