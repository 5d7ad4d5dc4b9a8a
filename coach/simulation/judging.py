"""Blind labels for a sample of replies: how far the intended labels can be trusted."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coach.content.bank import Bank
from coach.domain.question import Question
from coach.domain.tasks import Judgement, JudgeTask
from coach.errors import MalformedAnswer
from coach.models.base import Model, Sampling, Usage
from coach.models.calling import Caller, CallMade
from coach.models.templates import Templates
from coach.records.interview import InterviewRecord
from coach.records.labels import Label

PROMPTS = Templates((Path(__file__).parent / "prompts",), ("judge",), mark="text")
SAMPLE = 60
"""Replies that a judge labels where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One reply to label: what was said before it, and nothing of what was meant."""

    interview_id: str
    turn_id: int
    message: str
    reply: str
    question: Question | None
    language: str
    place: str


def sample(
    records: Iterable[InterviewRecord], banks: Mapping[str, Bank], *, size: int, seed: int
) -> tuple[Sampled, ...]:
    """Return ``size`` simulated replies, drawn by the seed, as evenly over the intended kinds as there are."""
    by_kind: dict[str, list[tuple[str, Sampled]]] = {}
    for record in records:
        bank = banks.get((record.truth.bank or "") if record.truth else "")
        for turn in record.turns:
            truth = turn.act.truth if turn.act else None
            if truth is None or truth.kind is None:
                continue
            question = None
            if bank is not None and truth.question_id:
                question = bank.question(truth.question_id).for_engine(bank.id, record.brief.language)
                point = truth.question_id.partition("#")[2]
                if point:
                    asked = next(p for p in question.key_points if p.id == point)
                    question = question.follow_up(asked)
            place = f"judge/{record.cell.place if record.cell else record.cell_key}/{turn.turn_id}"
            drawn = hashlib.sha256(f"{seed}|judge|{record.cell_key}|{turn.turn_id}".encode()).hexdigest()
            item = Sampled(
                record.interview_id,
                turn.turn_id,
                turn.message,
                turn.reply,
                question,
                record.brief.language.value,
                place,
            )
            by_kind.setdefault(truth.kind.value, []).append((drawn, item))
    queues = [[item for _, item in sorted(found, key=lambda x: x[0])] for _, found in sorted(by_kind.items())]
    chosen: list[Sampled] = []
    while len(chosen) < size and any(queues):
        # One of each kind a round, in an order of the draw's own: a smaller sample is the beginning of a larger.
        taken = [queue.pop(0) for queue in queues if queue]
        chosen += sorted(taken, key=lambda s: hashlib.sha256(f"{seed}|order|{s.place}".encode()).hexdigest())
    return tuple(chosen[:size])


async def judge(item: Sampled, model: Model, *, by: str, at: datetime, sampling: Sampling) -> Label:
    """Return a judge's label of one reply, kind None where it answered in no usable form.

    Raises:
        TransportError: the model could not be reached.
    """
    made: list[CallMade] = []
    caller = Caller(model, render=PROMPTS.messages, sampling=sampling, on_call=made.append, place=item.place)
    nonce = hashlib.sha256(f"{item.place}|nonce".encode()).hexdigest()[:16]
    task = JudgeTask.model_validate(
        {
            "language": item.language,
            "nonce": nonce,
            "message": item.message,
            "question": item.question,
            "reply": item.reply,
        }
    )
    kind, reason = None, ""
    try:
        judgement = await caller.ask(task, Judgement, item.turn_id)
        kind, reason = judgement.kind, judgement.reason
    except MalformedAnswer as error:
        reason = str(error)
    replies = [m.reply for m in made if m.reply]
    costs = [r.cost for r in replies]
    return Label(
        interview_id=item.interview_id,
        turn_id=item.turn_id,
        by=by,
        kind=kind,
        reason=reason,
        at=at,
        usage=_sum([r.usage for r in replies]),
        cost=None if any(c is None for c in costs) else sum(c for c in costs if c is not None),
        latency_ms=sum(r.latency_ms for r in replies),
    )


def _sum(usages: list[Usage]) -> Usage:
    def total(name: str) -> int | None:
        counts = [getattr(u, name) for u in usages]
        return None if any(c is None for c in counts) else sum(counts)

    return Usage(
        input=total("input"),
        cached=total("cached"),
        output=total("output"),
        reasoning=total("reasoning"),
        estimated=any(u.estimated for u in usages),
    )
