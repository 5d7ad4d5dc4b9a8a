"""A gate: what a figure must come to, so that a prompt or a model may ship."""

from typing import Annotated

from pydantic import Field, model_validator

from coach.domain._base import Frozen

_KINDS = ("at_least", "at_most", "not_worse_than_baseline", "always", "never")


Bound = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _is_given(value: object) -> bool:
    """Return whether a kind is chosen; a bound of 0 is one."""
    return value is not None and value is not False


class Gate(Frozen):
    """One condition on one measure; exactly one of the five kinds is given."""

    measure: Annotated[str, Field(min_length=1)]
    """As `coach list measure` names it."""
    slice: dict[str, str | bool | int] = {}
    """Which rows, e.g. ``{language: ru}``, as the measure itself is sliced; empty: all."""
    at_least: Bound | None = None
    """Passes where the whole interval lies at or above it, fails where it lies below."""
    at_most: Bound | None = None
    """Passes where the whole interval lies at or below it."""
    not_worse_than_baseline: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    """Passes where the whole interval of the difference from the baseline is no more than this to the worse."""
    always: bool = False
    """Every row; one that is not fails."""
    never: bool = False
    """No row; one that is fails."""
    why: str = ""
    """What it is for, said where it fails."""

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Gate":
        given = [kind for kind in _KINDS if _is_given(getattr(self, kind))]
        if len(given) != 1:
            raise ValueError(f"gate on '{self.measure}': give exactly one of {', '.join(_KINDS)}")
        return self

    @property
    def kind(self) -> str:
        """Return which of the kinds it is."""
        return next(kind for kind in _KINDS if _is_given(getattr(self, kind)))

    def __str__(self) -> str:
        """Return the gate in words."""
        where = ", ".join(f"{k} {v}" for k, v in self.slice.items())
        name = f"{self.measure} ({where})" if where else self.measure
        bound = getattr(self, self.kind)
        words = {
            "at_least": f"at least {bound}",
            "at_most": f"at most {bound}",
            "not_worse_than_baseline": f"at most {bound} worse than the baseline",
            "always": "always",
            "never": "never",
        }
        return f"{name} {words[self.kind]}"
