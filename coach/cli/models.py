"""From the choice of models to models that answer: endpoints, limits, prices, cassettes, and the first probe."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coach.cli.options import OFFLINE, ModelChoice, is_own
from coach.domain.vocabulary import Role
from coach.errors import ModelError, UsageError
from coach.plugins import MODELS, load

if TYPE_CHECKING:
    from coach.content.bank import Bank
    from coach.models.base import Model, Reply
    from coach.models.cassette import Cassette
    from coach.models.endpoint import EndpointModel
    from coach.models.gate import Gate
    from coach.models.prices import Prices
    from coach.models.routing import RoutedModel
    from coach.models.wire import Abilities


@dataclass(slots=True)
class Opened:
    """The models of one run, and what they pass."""

    model: "RoutedModel"
    gate: "Gate"
    prices: "Prices"
    cassette: "Cassette | None" = None
    endpoints: "dict[str, EndpointModel]" = field(default_factory=dict)
    """By name: those behind the endpoint."""


def open_models(
    choice: ModelChoice,
    banks: "Iterable[Bank]",
    *,
    gate: "Gate | None" = None,
    cassette: "Cassette | None" = None,
    abilities: "dict[str, Abilities] | None" = None,
) -> Opened:
    """Return the models of ``choice``; the offline one reads the known part of ``banks``.

    ``gate``, ``cassette`` and ``abilities`` are given where another process owns them.

    Raises:
        UsageError: the price of a model isn't known and money is limited, or there is nothing to replay.
    """
    from coach.models.budget import Budget
    from coach.models.gate import LocalGate
    from coach.models.limiter import Limiter
    from coach.models.routing import RoutedModel

    prices = open_prices(choice)
    if choice.max_cost is not None and not choice.replays:
        _need_prices(choice, prices)
    if gate is None:
        gate = LocalGate(Limiter(choice.max_connections), Budget(choice.max_cost, choice.max_tokens))
    if cassette is None and choice.cassette is not None:
        cassette = open_cassette(choice)
    parts = _Parts(choice, tuple(banks), gate, prices, cassette, abilities or {})
    made = {name: parts.open(name) for name in dict.fromkeys(choice.names.values())}
    by_role = {Role(r): made[n] for r, n in choice.names.items() if r != "default"}
    model = RoutedModel(choice.label, made[choice.names["default"]], by_role)
    return Opened(model, gate, prices, cassette, parts.endpoints)


def open_prices(choice: ModelChoice) -> "Prices":
    """Return the prices of a run. Raises ContentError where the table is none."""
    from coach.models.prices import Prices, load_prices

    return Prices(load_prices(choice.prices) if choice.prices else None)


def open_cassette(choice: ModelChoice) -> "Cassette":
    """Return the cassette of a choice that has one."""
    from coach.models.cassette import Cassette, CassetteMode

    if choice.cassette is None:
        raise ValueError("this choice has no cassette")
    modes: dict[str, CassetteMode] = {"replay": "replay", "record": "record", "auto": "auto"}
    return Cassette(choice.cassette, modes[choice.cassette_mode])


def _need_prices(choice: ModelChoice, prices: "Prices") -> None:
    for name in choice.names.values():
        if name != OFFLINE and prices.source(name) is None:
            raise UsageError(
                f"--max-cost: the price of '{name}' is not known, so money can't be counted beforehand; "
                "give --prices FILE, or limit tokens with --max-tokens"
            )


@dataclass(slots=True)
class _Parts:
    """What every model of a run is made with."""

    choice: ModelChoice
    banks: "tuple[Bank, ...]"
    gate: "Gate"
    prices: "Prices"
    cassette: "Cassette | None"
    abilities: "dict[str, Abilities]"
    endpoints: "dict[str, EndpointModel]" = field(default_factory=dict)

    def open(self, name: str) -> "Model":
        """Return the model called ``name``, behind the cassette where there is one."""
        from coach.models.cassette import RecordedModel

        if self.cassette is None:
            return self._answering(name)
        return RecordedModel(name, self.cassette, None if self.choice.replays else self._answering(name))

    def _answering(self, name: str) -> "Model":
        if name == OFFLINE:
            from coach.offline import Knowledge, OfflineModel

            return OfflineModel(Knowledge.from_banks(self.banks))
        if is_own(name):
            if self.choice.limited:
                raise UsageError(f"--max-cost, --max-tokens: '{name}' is your own model, whose spending is not counted")
            own: Model = load(MODELS, name, f"--model {name}")()
            return own
        from coach.models.endpoint import EndpointModel, Retries
        from coach.models.transports import open_transport

        address = self.choice.address()
        model = EndpointModel(
            name,
            address,
            open_transport(self.choice.transport, address),
            self.gate,
            self.prices,
            retries=Retries(self.choice.max_retries),
            abilities=self.abilities.get(name),
        )
        self.endpoints[name] = model
        return model


async def probe(opened: Opened) -> "dict[str, Reply]":
    """Ask each model of the endpoint for a word, which also teaches what it can do; return the answers by name.

    Raises:
        UsageError: it can't be reached, does not know the key or the model, or is no such endpoint; one line.
    """
    from coach.models.probing import probe_request

    found = {}
    for name, endpoint in opened.endpoints.items():
        try:
            found[name] = await endpoint.complete(probe_request())
        except ModelError as error:
            raise UsageError(str(error)) from error
    return found


async def probed(choice: ModelChoice) -> "tuple[dict[str, Reply], dict[str, Abilities]]":
    """Probe the models of ``choice`` on connections of their own; return the answers and what was learned."""
    quick = replace(choice, max_retries=min(choice.max_retries, 1), cassette=None, max_connections=1)
    opened = open_models(quick, ())
    try:
        answers = await probe(opened)
    finally:
        await opened.model.close()
    return answers, {name: e.abilities for name, e in opened.endpoints.items()}
