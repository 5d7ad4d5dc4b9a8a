"""What a call costs: the gateway's word, else the run's own table, else the public list, else unknown; never 0."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from coach.domain._base import Frozen
from coach.errors import ContentError
from coach.models.base import Usage

HEADER = "x-litellm-response-cost"
Source = Literal["header", "table", "genai-prices"]
_Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_MILLION = 1_000_000


class Price(Frozen):
    """US dollars for a million tokens."""

    input: _Usd
    output: _Usd
    cached: _Usd | None = None
    """Of cached input; None: as other input."""

    def of(self, usage: Usage) -> float | None:
        """Return what ``usage`` costs, or None where a count is unknown."""
        if usage.input is None or usage.output is None:
            return None
        cached = min(usage.cached or 0, usage.input)
        rate = self.input if self.cached is None else self.cached
        return ((usage.input - cached) * self.input + cached * rate + usage.output * self.output) / _MILLION


_TABLE: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def load_prices(path: Path) -> dict[str, Price]:
    """Return a price table from a TOML file: a section a model, ``input``, ``output`` and perhaps ``cached``.

    Raises:
        ContentError: it can't be read, or is no price table.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _TABLE.validate_python(data)
    except OSError as error:
        raise ContentError(f"can't be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ContentError("not UTF-8; save it as UTF-8", path) from error
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"no TOML: {error}", path) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise ContentError(f"{where}: {first['msg']}; US dollars for a million tokens", path) from error


class Prices:
    """The prices of one run."""

    def __init__(self, table: Mapping[str, Price] | None = None) -> None:
        """Take the run's own table by model name."""
        self._table = dict(table or {})

    def source(self, model: str) -> Source | None:
        """Return where the price of a model comes from before any call; None: not known."""
        if model in self._table:
            return "table"
        return "genai-prices" if _listed(model) is not None else None

    def estimate(self, model: str, usage: Usage) -> float | None:
        """Return what ``usage`` of a model would cost; None: not known."""
        price = self._table.get(model)
        return price.of(usage) if price is not None else _list_price(model, usage)

    def cost(self, model: str, usage: Usage, header: str | None = None) -> tuple[float | None, Source | None]:
        """Return what a call costs and who says so; (None, None) where nobody knows.

        Tokens that are only estimated have no price but the gateway's.
        """
        if (told := _number(header)) is not None:
            return told, "header"
        if usage.estimated:
            return None, None
        usd = self.estimate(model, usage)
        return (usd, self.source(model)) if usd is not None else (None, None)


def _number(header: str | None) -> float | None:
    try:
        usd = float(header) if header else None
    except ValueError:
        return None
    return usd if usd is not None and 0 <= usd < float("inf") else None


@lru_cache(maxsize=64)
def _listed(model: str) -> Price | Literal["tiered"] | None:
    """Return the public list's price of a model, ``tiered`` where it depends on more, None where it isn't listed."""
    from decimal import Decimal

    from genai_prices import Usage as ListUsage
    from genai_prices import calc_price

    try:
        found = calc_price(ListUsage(input_tokens=1, output_tokens=1), model).model_price
    except LookupError:
        return None
    rates = (found.input_mtok, found.output_mtok, found.cache_read_mtok)
    if found.requests_kcount is not None or not all(isinstance(r, Decimal) or r is None for r in rates):
        return "tiered"
    if found.input_mtok is None or found.output_mtok is None:
        return None
    return Price(
        input=float(str(found.input_mtok)),
        output=float(str(found.output_mtok)),
        cached=None if found.cache_read_mtok is None else float(str(found.cache_read_mtok)),
    )


def _list_price(model: str, usage: Usage) -> float | None:
    listed = _listed(model)
    if listed is None or usage.input is None or usage.output is None:
        return None
    if isinstance(listed, Price):
        return listed.of(usage)
    from genai_prices import Usage as ListUsage
    from genai_prices import calc_price

    counted = ListUsage(
        input_tokens=usage.input, cache_read_tokens=min(usage.cached or 0, usage.input), output_tokens=usage.output
    )
    return float(calc_price(counted, model).total_price)
