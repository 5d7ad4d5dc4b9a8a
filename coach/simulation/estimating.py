"""Tokens and money before a run: the matrix is gone through on the embedded model with the real prompts.

What the prompts hold is exact but for the token count, which is estimated from their characters; what a model
will answer, and how often it must be asked again, is not known: its answers are taken to be as long as the
embedded model's or, where that is more, as long as such an answer usually is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from coach.domain._base import Frozen
from coach.domain.cell import Cell
from coach.domain.tasks import QuestionTask, Task, WordingTask
from coach.domain.vocabulary import Role
from coach.models.base import Model, Reply, Request, Usage
from coach.models.endpoint import OUTPUT_TOKENS
from coach.models.prices import Prices
from coach.models.schemas import strict_schema
from coach.models.tokens import estimate_messages, estimate_tokens
from coach.records.events import Event
from coach.simulation.cases import Cases
from coach.simulation.interview import Attempt, Recorder, conduct

SAMPLE = 24
"""Cells that are gone through; more are scaled up."""


class RoleEstimate(Frozen):
    """What one role's calls will take."""

    role: Role
    model: str
    calls: int
    input: int
    """Input tokens."""
    output: int
    """Output tokens."""
    usd: float | None
    """None where the price isn't known."""


class Estimate(Frozen):
    """What a run will take."""

    cells: int
    sampled: int
    """How many of the cells were gone through."""
    roles: tuple[RoleEstimate, ...]

    @property
    def tokens(self) -> int:
        """Return all tokens."""
        return sum(r.input + r.output for r in self.roles)

    @property
    def usd(self) -> float | None:
        """Return the money, or None where a part isn't known."""
        parts = [r.usd for r in self.roles]
        return None if any(p is None for p in parts) else sum(p for p in parts if p is not None)


@dataclass(slots=True)
class _Count:
    calls: int = 0
    input: int = 0
    output: int = 0


class _Counting:
    """Answers as the embedded model does, and counts what was asked; for the candidate it says the script's words."""

    name = "offline"

    def __init__(self, model: Model) -> None:
        self._model = model
        self.counts: dict[Role, _Count] = {}

    async def complete(self, request: Request) -> Reply:
        text = _said(request.task)
        if text is not None:
            reply = Reply(text, Usage(output=estimate_tokens(text), estimated=True), 0.0)
        else:
            reply = await self._model.complete(request)
        count = self.counts.setdefault(request.role, _Count())
        count.calls += 1
        count.input += estimate_messages(request.messages) + _schema_tokens(request)
        count.output += max(reply.usage.output or 0, OUTPUT_TOKENS[request.role])
        return reply

    async def close(self) -> None:
        await self._model.close()


def _said(task: Task) -> str | None:
    """Return an answer of usual length to what the embedded model does not do: wordings, written questions."""
    if isinstance(task, WordingTask):
        return _json({"reply": task.say or _FILLING})
    if isinstance(task, QuestionTask):
        number = len(task.asked) + 1
        point = {"text": _FILLING, "ask": f"{_FILLING} {number}?"}
        written = {"topic": "x", "text": f"{_FILLING} {number}, x?", "reference": _FILLING * 4, "key_points": [point]}
        return _json(written)
    return None


_FILLING = "so many words as such a sentence has"
_SCHEMAS: dict[str, int] = {}


def _schema_tokens(request: Request) -> int:
    """Return the tokens of the schema, which endpoints put before the prompt."""
    if request.schema_name not in _SCHEMAS:
        _SCHEMAS[request.schema_name] = estimate_tokens(_json(strict_schema(request.json_schema)))
    return _SCHEMAS[request.schema_name]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


async def estimate(
    cells: Sequence[Cell], make: Callable[[Model], Cases], model: Model, names: Mapping[Role, str], prices: Prices
) -> Estimate:
    """Return what ``cells`` will take; ``names`` has the model by role, ``make`` builds cases on a model."""
    step = max(1, len(cells) // SAMPLE)
    sampled = cells[::step][:SAMPLE]
    counting = _Counting(model)
    cases = make(counting)
    for cell in sampled:
        attempt = Attempt(cell, cell.key, 1, "estimate", "coach", "")
        recorder = Recorder(attempt, _nothing, lambda _: "", lambda: datetime(2000, 1, 1, tzinfo=UTC))
        await conduct(*cases.sides(cell, recorder.called), cases.brief(cell), recorder)
    scale = len(cells) / len(sampled) if sampled else 0.0
    roles = []
    for role, count in sorted(counting.counts.items()):
        counted = Usage(input=round(count.input * scale), cached=0, output=round(count.output * scale))
        roles.append(
            RoleEstimate(
                role=role,
                model=names[role],
                calls=round(count.calls * scale),
                input=counted.input or 0,
                output=counted.output or 0,
                usd=0.0 if names[role] == "offline" else prices.estimate(names[role], counted),
            )
        )
    return Estimate(cells=len(cells), sampled=len(sampled), roles=tuple(roles))


def _nothing(_: Event) -> None:
    """Keep no event: nothing of an estimate is a record."""
