"""How an agent asks its model: render, complete, parse, and one repair turn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

from coach.domain.tasks import Task
from coach.domain.vocabulary import Role
from coach.engine.prompts import DEFAULT, PromptSet, render
from coach.errors import MalformedAnswer, ModelError
from coach.models.base import Message, Model, Reply, Request, Sampling, schema_of
from coach.models.parsing import parse_answer
from coach.records.events import CallOutcome

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call as it was made; ``reply`` is None where none came."""

    request: Request
    reply: Reply | None
    outcome: CallOutcome
    number: int
    turn_id: int
    error: str | None = None


OnCall = Callable[[CallMade], None]


@cache
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    return schema_of(answer)


class Caller:
    """Asks one model for an interview and reports every call as it is made."""

    def __init__(
        self,
        model: Model,
        *,
        prompts: PromptSet = DEFAULT,
        sampling: Sampling | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        self.model = model
        self._prompts = prompts
        self._sampling = sampling or Sampling()
        self._on_call = on_call
        self._number = 0

    async def ask(self, task: Task, answer: type[T], turn_id: int, extra: tuple[Message, ...] = ()) -> T:
        """Return the model's typed answer, after at most one repair.

        Raises:
            MalformedAnswer: not usable, not even after the repair.
            TransportError: the model could not be reached.
        """
        messages = (*render(task, self._prompts), *extra)
        text, parsed, problem = await self._attempt(task, answer, messages, turn_id, repair=False)
        if parsed is not None:
            return parsed
        again = (
            *messages,
            Message(role="assistant", content=text or "{}"),
            Message(
                role="user",
                content=f"The answer does not fit the schema: {problem}. Answer again, JSON only.",
            ),
        )
        _, parsed, problem = await self._attempt(task, answer, again, turn_id, repair=True)
        if parsed is None:
            raise MalformedAnswer(f"{task.role}: {problem}")
        return parsed

    async def _attempt(
        self, task: Task, answer: type[T], messages: tuple[Message, ...], turn_id: int, *, repair: bool
    ) -> tuple[str, T | None, str]:
        """Return the text, the typed answer (None where malformed) and what was wrong."""
        request = Request(
            role=Role(task.role),
            messages=messages,
            json_schema=_schema(answer),
            schema_name=answer.__name__,
            sampling=self._sampling,
            task=task,
        )
        try:
            reply = await self.model.complete(request)
        except ModelError as error:
            self._report(request, None, "failed", turn_id, str(error))
            raise
        try:
            parsed = parse_answer(reply.text, answer)
        except MalformedAnswer as error:
            self._report(request, reply, "malformed", turn_id, str(error))
            return reply.text, None, str(error)
        self._report(request, reply, "repaired" if repair else "parsed", turn_id, None)
        return reply.text, parsed, ""

    def _report(
        self, request: Request, reply: Reply | None, outcome: CallOutcome, turn_id: int, error: str | None
    ) -> None:
        self._number += 1
        if self._on_call is not None:
            self._on_call(CallMade(request, reply, outcome, self._number, turn_id, error))
