"""What every call to an endpoint passes: the limiter and the budget, here or in the process that owns them."""

from typing import Protocol

from coach.models.budget import Budget, Want
from coach.models.limiter import Limiter


class Gate(Protocol):
    """Lets a call pass, and hears what came of it."""

    @property
    def most(self) -> int:
        """Return how many calls there may ever be at once."""
        ...

    async def enter(self, want: Want) -> float:
        """Wait for a place and return the pass. Raises BudgetReached."""
        ...

    def leave(
        self,
        entered: float,
        want: Want,
        *,
        tokens: int | None = None,
        usd: float | None = None,
        throttled: bool = False,
        pause: float | None = None,
    ) -> None:
        """Give the place back; ``tokens`` and ``usd`` are what was spent, None where that isn't known."""
        ...


class LocalGate:
    """Limiter and budget of this process."""

    def __init__(self, limiter: Limiter, budget: Budget) -> None:
        self.limiter = limiter
        self.budget = budget

    @property
    def most(self) -> int:
        """Return how many calls there may ever be at once."""
        return self.limiter.most

    async def enter(self, want: Want) -> float:
        """Wait for a place; see ``Gate``."""
        entered = await self.limiter.enter()
        try:
            self.budget.hold(want)
        except Exception:
            self.limiter.leave(entered)
            raise
        return entered

    def leave(
        self,
        entered: float,
        want: Want,
        *,
        tokens: int | None = None,
        usd: float | None = None,
        throttled: bool = False,
        pause: float | None = None,
    ) -> None:
        """Give the place back; see ``Gate``."""
        self.budget.settle(want, tokens, usd)
        self.limiter.leave(entered, throttled=throttled, pause=pause)
