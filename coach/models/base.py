"""The second seam: what answers a prompt. ``complete`` is the only way to a model."""

from typing import Any, Literal, Protocol

from pydantic import BaseModel

from coach.domain._base import Frozen
from coach.domain.tasks import Task
from coach.domain.vocabulary import Role


class Message(Frozen):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Frozen):
    """Sampling parameters; None leaves the endpoint's default."""

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class Request(Frozen):
    """What a model is asked."""

    role: Role
    messages: tuple[Message, ...]
    json_schema: dict[str, Any]
    """The JSON Schema of the wanted answer."""
    schema_name: str
    sampling: Sampling = Sampling()
    task: Task
    """The typed task that was rendered into ``messages``."""


class Usage(Frozen):
    """Tokens of one call; None where unknown."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    """Counted by an estimate, not by the endpoint."""


class Reply(Frozen):
    """What a model answered."""

    text: str
    usage: Usage = Usage()
    cost: float | None = None
    """US dollars; None where the price isn't known, never 0 for unknown."""
    latency_ms: float = 0.0
    attempts: int = 1
    model: str = ""


class Model(Protocol):
    """What answers a prompt. Raises ``coach.errors.ModelError`` where no answer came."""

    name: str

    async def complete(self, request: Request) -> Reply:
        """Answer one request."""
        ...


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a pydantic model."""
    return model.model_json_schema()
