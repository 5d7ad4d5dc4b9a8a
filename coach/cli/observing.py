"""The Observer over labelled replies: what is asked of it, line by line, and what it makes of each."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coach.errors import MalformedAnswer, ModelError, NoBatchAnswer

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.domain.analysis import ObserverAnalysis
    from coach.domain.question import Question
    from coach.domain.vocabulary import Language
    from coach.engine.prompts import PromptSet
    from coach.models.base import Model, Reply, Sampling
    from coach.models.calling import CallMade
    from coach.scoring.evaluation import EvaluationLine


@dataclass(slots=True)
class Observed:
    """The readings of some lines, by the line's number from 0."""

    analyses: "list[ObserverAnalysis | None]"
    """None where there is none that can be used."""
    misses: dict[int, str] = field(default_factory=dict)
    """What came of an answer that gave none."""
    unanswered: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Why no answer came at all, in a word and in a sentence."""
    replies: "list[Reply]" = field(default_factory=list)
    """Every answer, those that could not be used among them."""


async def observe_all(
    lines: "list[EvaluationLine]",
    model: "Model",
    library: "Library",
    *,
    prompts: "PromptSet | None" = None,
    sampling: "Sampling | None" = None,
    parallel: int = 1,
) -> Observed:
    """Return the Observer's reading of each line, ``parallel`` at a time.

    Raises:
        ModelError: the model could not be reached, with the line's id. Where a batch has no answer that is noted.
    """
    from coach.domain.analysis import ObserverAnalysis
    from coach.domain.tasks import ObserverTask
    from coach.engine import Caller
    from coach.engine.consistency import consistent
    from coach.engine.prompts import DEFAULT

    render = (prompts or DEFAULT).messages
    bank = _questions(library)
    found = Observed([None] * len(lines))

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
        made: list[CallMade] = []
        caller = Caller(model, render=render, sampling=sampling, on_call=made.append, place=f"evaluate/{line.id}")
        try:
            analysis = await caller.ask(task, ObserverAnalysis, number)
        except MalformedAnswer:
            found.misses[number - 1] = [m.outcome for m in made if m.reply][-1]
        except NoBatchAnswer as error:
            found.unanswered[number - 1] = error.reason, str(error)
        except ModelError as error:
            error.args = (f"line '{line.id}': {error}", *error.args[1:])
            raise
        else:
            found.analyses[number - 1] = consistent(analysis, has_question=question is not None)[0]
        finally:
            found.replies += [m.reply for m in made if m.reply]

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


def spent(replies: "Iterable[Reply]") -> str:
    """Return what answers took, in words; replayed ones took nothing."""
    from coach.cli.spending import money

    answered = list(replies)
    paid = [r for r in answered if not r.replayed]
    costs = [r.cost for r in paid]
    usd = None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
    tokens = sum((r.usage.input or 0) + (r.usage.output or 0) for r in paid)
    return f"{len(answered):,} calls, {tokens:,} tokens, {money(usd)}"


def _questions(library: "Library") -> "dict[tuple[str, Language], Question]":
    from coach.domain.vocabulary import Language

    return {(q.text, q.language): q for b in library.banks.values() for lang in Language for q in b.for_engine(lang)}


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
