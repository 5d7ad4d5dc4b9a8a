"""The options that every command with a model shares, and the choice that they come to."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.domain.vocabulary import Role
from coach.errors import UsageError, nearest
from coach.plugins import MODELS, offered

if TYPE_CHECKING:
    from coach.models.base import Sampling
    from coach.models.transports import Address
    from coach.settings import Settings

OFFLINE = "offline"


def is_own(name: str) -> bool:
    """Return whether ``name`` is a model that an installed package offers (entry point ``coach.models``)."""
    return name != OFFLINE and name in offered(MODELS)


class TransportChoice(StrEnum):
    """The transports of ``--transport``."""

    DIRECT = "direct"
    SDK = "sdk"


class CassetteChoice(StrEnum):
    """The modes of ``--cassette-mode``."""

    REPLAY = "replay"
    RECORD = "record"
    AUTO = "auto"


ModelOption = Annotated[
    list[str] | None,
    typer.Option("--model", help="Which model answers: NAME, or ROLE=NAME (repeatable). Default: offline."),
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", help="An OpenAI-compatible endpoint, e.g. http://localhost:4000/v1.")
]
TransportOption = Annotated[
    TransportChoice | None, typer.Option("--transport", help="How it is reached: direct, or the openai package (sdk).")
]
ConnectionsOption = Annotated[
    int | None,
    typer.Option("--max-connections", min=1, max=4096, help="Calls at once. Default: found out, up to 256."),
]
RetriesOption = Annotated[
    int | None, typer.Option("--max-retries", min=0, max=20, help="New attempts where one may help. Default: 4.")
]
TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", min=0.1, max=3600, help="Seconds for one attempt. Default: 120.")
]
TemperatureOption = Annotated[
    float | None, typer.Option("--temperature", min=0, max=2, help="Default: the endpoint's own.")
]
OutputTokensOption = Annotated[
    int | None, typer.Option("--max-output-tokens", min=16, help="Of one answer. Default: the endpoint's own.")
]
PricesOption = Annotated[
    Path | None, typer.Option("--prices", help="A TOML file with your own prices, US dollars a million tokens.")
]
MaxCostOption = Annotated[
    float | None, typer.Option("--max-cost", min=0, help="US dollars that the run may spend in all.")
]
MaxTokensOption = Annotated[int | None, typer.Option("--max-tokens", min=0, help="Tokens that it may use in all.")]
CassetteOption = Annotated[
    Path | None, typer.Option("--cassette", help="A file of recorded answers; see --cassette-mode.")
]
CassetteModeOption = Annotated[
    CassetteChoice | None,
    typer.Option("--cassette-mode", help="replay (default): no network; record: anew; auto: what is missing."),
]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which models answer, and how they are reached; its text shows no key."""

    names: dict[str, str]
    """Model by role; under ``default`` that of every other role."""
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    organization: str | None = None
    project: str | None = None
    transport: str = "direct"
    timeout: float = 120.0
    max_retries: int = 4
    max_connections: int | None = None
    temperature: float | None = None
    max_output_tokens: int | None = None
    prices: Path | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    cassette: Path | None = None
    cassette_mode: str = "replay"

    @property
    def label(self) -> str:
        """Return the name of the whole: the default, then what differs."""
        others = [f"{role}={name}" for role, name in sorted(self.names.items()) if role in _SUBJECT_ROLES]
        return ",".join([self.names["default"], *others])

    def of(self, role: str) -> str:
        """Return the name of a role's model."""
        return self.names.get(role, self.names["default"])

    @property
    def sampling(self) -> "Sampling":
        """Return the sampling parameters of every call."""
        from coach.models.base import Sampling

        return Sampling(temperature=self.temperature, max_tokens=self.max_output_tokens)

    @property
    def replays(self) -> bool:
        """Return whether no endpoint is ever called."""
        return self.cassette is not None and self.cassette_mode == "replay"

    @property
    def limited(self) -> bool:
        """Return whether money or tokens are."""
        return self.max_cost is not None or self.max_tokens is not None

    def endpoint_names(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """Return the models behind the endpoint that speak for ``roles``, each once."""
        return tuple(dict.fromkeys(n for n in (self.of(r) for r in roles) if n != OFFLINE and not is_own(n)))

    def address(self) -> "Address":
        """Return where the endpoint is. Raises UsageError where it isn't named, or is no address."""
        from coach.models.transports import Address

        if self.base_url is None:
            raise UsageError(f"model '{self.names['default']}' needs an endpoint: --base-url or COACH_BASE_URL")
        return Address(self.base_url, self.api_key, self.organization, self.project, self.timeout)

    def saved(self) -> dict[str, Any]:
        """Return what a manifest keeps, so that a run can go on: no key, no password."""
        return {
            "models": dict(self.names),
            "base_url": self.address().shown if self.base_url else None,
            "transport": self.transport,
            "temperature": self.temperature,
            "max_output_tokens": self.max_output_tokens,
            "prices": str(self.prices.resolve()) if self.prices else None,
            "max_cost": self.max_cost,
            "max_tokens": self.max_tokens,
            "cassette": str(self.cassette.resolve()) if self.cassette else None,
            "cassette_mode": self.cassette_mode if self.cassette else None,
        }


_SUBJECT_ROLES = (Role.OBSERVER, Role.INTERVIEWER, Role.EVALUATOR)
ENGINE_ROLES: tuple[str, ...] = _SUBJECT_ROLES


def choose(
    settings: "Settings",
    *,
    model: list[str] | None = None,
    base_url: str | None = None,
    transport: TransportChoice | None = None,
    max_connections: int | None = None,
    max_retries: int | None = None,
    timeout: float | None = None,
    temperature: float | None = None,
    max_output_tokens: int | None = None,
    prices: Path | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    cassette: Path | None = None,
    cassette_mode: CassetteChoice | None = None,
) -> ModelChoice:
    """Return the choice of the command line, else of the settings. Raises UsageError where it can't be meant."""
    names = _names(model or [settings.model], settings.model)
    url, key = settings.endpoint(base_url)
    named = [n for n in names.values() if n != OFFLINE and not is_own(n)]
    file = cassette or settings.cassette
    mode = str(cassette_mode or settings.cassette_mode)
    replays = file is not None and mode == "replay"
    if cassette_mode is not None and file is None:
        raise UsageError("--cassette-mode needs --cassette FILE")
    if named and not url and not replays:
        raise UsageError(
            f"model '{named[0]}' needs an endpoint: name it with --base-url or COACH_BASE_URL "
            f"(for OpenAI itself a key in OPENAI_API_KEY is enough).{_meant(named[0])}"
        )
    return ModelChoice(
        names=names,
        base_url=url if named else None,
        api_key=key if named else None,
        organization=settings.organization,
        project=settings.project,
        transport=str(transport or settings.transport),
        timeout=timeout or settings.timeout,
        max_retries=settings.max_retries if max_retries is None else max_retries,
        max_connections=max_connections or settings.max_connections,
        temperature=temperature,
        max_output_tokens=max_output_tokens,
        prices=prices or settings.prices,
        max_cost=max_cost,
        max_tokens=max_tokens,
        cassette=file,
        cassette_mode=mode,
    )


def _meant(name: str) -> str:
    close = nearest(name, [OFFLINE])
    return close if close.startswith(" Did you mean") else " Without --model the embedded one answers: offline."


def _names(given: list[str], default: str) -> dict[str, str]:
    roles = [r.value for r in Role]
    names: dict[str, str] = {}
    for text in given:
        role, separator, name = text.partition("=")
        if not separator:
            role, name = "default", text
        elif role not in roles:
            raise UsageError(f"--model {text}: unknown role '{role}'.{nearest(role, roles)}")
        if not name.strip():
            raise UsageError(f"--model {text}: the model's name is empty")
        if role in names:
            raise UsageError(f"--model: {'the model' if role == 'default' else role} is given twice")
        names[role] = name.strip()
    names.setdefault("default", default)
    return names
