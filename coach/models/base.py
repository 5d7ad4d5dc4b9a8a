"""The second seam: what answers a prompt. ``complete`` is the only way to a model."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from coach.domain._base import Frozen
from coach.domain.tasks import Task
from coach.domain.vocabulary import Role

CallOutcome = Literal["parsed", "repaired", "malformed", "cut", "refused", "filtered", "failed"]
"""What came of a call: an answer that fitted at once or as a repair, one that did not, one that was cut at the length
limit, refused or filtered, or none at all."""
Finish = Literal["stop", "length", "refusal", "content_filter"]
Mode = Literal["json_schema", "json_object", "text"]
"""How the wanted form is asked for, the strictest first."""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters; None leaves the endpoint's default."""

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked."""

    role: Role
    messages: tuple[Message, ...]
    json_schema: dict[str, Any]
    """The JSON Schema of the wanted answer."""
    schema_name: str
    task: Task
    """The typed task that was rendered into ``messages``."""
    sampling: Sampling = Sampling()
    place: str = ""
    """Which interview asks, whatever the model: what a cassette finds a call by."""
    number: int = 0
    """Counts the calls of one caller in that interview from 1."""


class Usage(Frozen):
    """Tokens of one call; None where unknown."""

    input: int | None = None
    """All input tokens, the cached ones included."""
    cached: int | None = None
    output: int | None = None
    """All output tokens, the reasoning ones included."""
    reasoning: int | None = None
    estimated: bool = False
    """Counted by an estimate, not by the endpoint."""


class Try(Frozen):
    """An attempt that brought no answer, and what was done about it."""

    error: str
    """What went wrong, in one line, without secrets."""
    status: int | None = None
    """The HTTP status, where one came."""
    latency_ms: float = 0.0
    waited_ms: float = 0.0
    """The pause before the next attempt."""


_UNKNOWN = Usage()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered."""

    text: str
    usage: Usage = _UNKNOWN
    cost: float | None = None
    """US dollars; None where the price isn't known, never 0 for unknown."""
    cost_source: str | None = None
    """Where the price comes from: ``header``, ``table``, ``genai-prices``, ``offline``."""
    latency_ms: float = 0.0
    """Of the attempt that brought the answer."""
    tries: tuple[Try, ...] = ()
    """The attempts before it."""
    model: str = ""
    finish: Finish = "stop"
    mode: Mode | None = None
    """How the form was asked for; None where the model needs no asking."""
    sent: tuple[Message, ...] | None = None
    """The messages as they were sent, where they differ from the request's."""
    replayed: bool = False
    """From a cassette: nothing was spent."""

    @property
    def attempts(self) -> int:
        """Return how many attempts it took."""
        return len(self.tries) + 1


class Model(Protocol):
    """What answers a prompt. Raises ``coach.errors.ModelError`` where no answer came."""

    name: str

    async def complete(self, request: Request) -> Reply:
        """Answer one request."""
        ...

    async def close(self) -> None:
        """Let go of connections and files; the model answers no more."""
        ...


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a pydantic model."""
    return model.model_json_schema()
