"""How anyone asks a model: render, complete, parse, and one repair turn; every call is reported as it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

from coach.domain.tasks import Task
from coach.domain.vocabulary import Role
from coach.errors import MalformedAnswer, ModelError
from coach.models.base import CallOutcome, Finish, Message, Model, Reply, Request, Sampling, schema_of
from coach.models.parsing import parse_answer

T = TypeVar("T", bound=BaseModel)
Render = Callable[[Task], tuple[Message, ...]]

_UNFINISHED: dict[Finish, tuple[CallOutcome, str]] = {
    "length": ("cut", "the answer was cut off at the length limit; make it shorter"),
    "refusal": ("refused", "the model refused to answer"),
    "content_filter": ("filtered", "the endpoint's content filter withheld the answer"),
}


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call as it was made; ``reply`` is None where none came."""

    request: Request
    reply: Reply | None
    outcome: CallOutcome
    turn_id: int
    model: str
    error: str | None = None
    failure: ModelError | None = None
    """Why no reply came."""


OnCall = Callable[[CallMade], None]


@cache
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    return schema_of(answer)


class Caller:
    """Asks one model for one interview."""

    def __init__(
        self,
        model: Model,
        *,
        render: Render,
        sampling: Sampling | None = None,
        on_call: OnCall | None = None,
        place: str = "",
    ) -> None:
        """Take the model, what renders a task, and the ``place`` that tells this interview from others."""
        self.model = model
        self._render = render
        self._sampling = sampling or Sampling()
        self._on_call = on_call
        self._place = place
        self._number = 0

    async def ask(self, task: Task, answer: type[T], turn_id: int, extra: tuple[Message, ...] = ()) -> T:
        """Return the model's typed answer, after at most one repair.

        Raises:
            MalformedAnswer: not usable, not even after the repair.
            TransportError: the model could not be reached.
        """
        messages = (*self._render(task), *extra)
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
        self._number += 1
        request = Request(
            role=Role(task.role),
            messages=messages,
            json_schema=_schema(answer),
            schema_name=answer.__name__,
            sampling=self._sampling,
            task=task,
            place=self._place,
            number=self._number,
        )
        try:
            reply = await self.model.complete(request)
        except ModelError as error:
            self._report(CallMade(request, None, "failed", turn_id, self.model.name, str(error), error))
            raise
        parsed, outcome, problem = _read(reply, answer, repair=repair)
        self._report(CallMade(request, reply, outcome, turn_id, self.model.name, problem or None))
        return reply.text, parsed, problem

    def _report(self, made: CallMade) -> None:
        if self._on_call is not None:
            self._on_call(made)


def _read(reply: Reply, answer: type[T], *, repair: bool) -> tuple[T | None, CallOutcome, str]:
    """Return the typed answer, what came of the call, and what was wrong."""
    if reply.finish in ("refusal", "content_filter"):
        return None, *_UNFINISHED[reply.finish]
    try:
        return parse_answer(reply.text, answer), "repaired" if repair else "parsed", ""
    except MalformedAnswer as error:
        # An answer that is whole in spite of the length limit is one; only a torn one is a case of its own.
        return None, *_UNFINISHED.get(reply.finish, ("malformed", str(error)))
