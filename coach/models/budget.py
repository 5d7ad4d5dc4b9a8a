"""What a run may spend: checked before every call, with a reserve for those under way."""

from dataclasses import dataclass

from coach.errors import BudgetReached
from coach.models.base import Usage


@dataclass(frozen=True, slots=True)
class Want:
    """What a call is expected to take."""

    tokens: int
    usd: float | None
    """None where the price isn't known."""


class Budget:
    """Counts money and tokens against their limits; None is no limit."""

    def __init__(self, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        """Take the limits in US dollars and tokens."""
        self.max_cost = max_cost
        self.max_tokens = max_tokens
        self.spent_usd = 0.0
        self.spent_tokens = 0
        self._held_usd = 0.0
        self._held_tokens = 0

    def spend(self, usage: Usage, usd: float | None) -> None:
        """Count what was spent before, e.g. by the calls of a run that goes on."""
        self.spent_tokens += (usage.input or 0) + (usage.output or 0)
        self.spent_usd += usd or 0.0

    def hold(self, want: Want) -> None:
        """Reserve what a call may take. Raises BudgetReached where it might go over a limit."""
        usd = want.usd or 0.0
        if self.max_cost is not None and self.spent_usd + self._held_usd + usd > self.max_cost:
            raise BudgetReached(
                f"the limit of ${self.max_cost:g} is reached: ${self.spent_usd:.4f} spent, "
                f"${self._held_usd:.4f} under way, the next call may take ${usd:.4f}"
            )
        tokens = self.spent_tokens + self._held_tokens + want.tokens
        if self.max_tokens is not None and tokens > self.max_tokens:
            raise BudgetReached(
                f"the limit of {self.max_tokens:,} tokens is reached: {self.spent_tokens:,} spent, "
                f"{self._held_tokens:,} under way, the next call may take {want.tokens:,}"
            )
        self._held_usd += usd
        self._held_tokens += want.tokens

    def settle(self, want: Want, tokens: int | None, usd: float | None) -> None:
        """Put what a call took in the place of its reserve; None: not known, so the reserve is counted."""
        self._held_usd -= want.usd or 0.0
        self._held_tokens -= want.tokens
        self.spent_tokens += want.tokens if tokens is None else tokens
        self.spent_usd += (want.usd or 0.0) if usd is None else usd
