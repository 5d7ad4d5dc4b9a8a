"""How many calls may be under way at once: fixed, or found out by slow start and halving."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

_START = 16
_MOST = 256


class Limiter:
    """Lets calls in, first come first served; all of them wait while the endpoint asks for a pause.

    Adaptive, it starts with 16 at once, lets one more in for each answer (so doubles each round) until the
    first "too many requests", halves then, and grows by one a round after (as TCP does, RFC 5681).
    """

    def __init__(self, most: int | None = None, *, clock: Callable[[], float] | None = None) -> None:
        """Take a fixed limit, or None for an adaptive one of at most 256."""
        self._adaptive = most is None
        self._most = most or _MOST
        self._limit = float(min(_START, self._most) if self._adaptive else self._most)
        self._slow_start = True
        self._active = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = 0.0
        self._halved_at = -1.0
        self._clock = clock or time.monotonic

    @property
    def most(self) -> int:
        """Return how many calls there may ever be at once."""
        return self._most

    @property
    def limit(self) -> int:
        """Return how many calls there may be at once now."""
        return int(self._limit)

    async def enter(self) -> float:
        """Wait for a place and return when it was got (the clock's seconds); ``leave`` gives it back."""
        if self._waiting or not self._free():
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._wake()
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._active -= 1  # it was let in at the very moment
                else:
                    self._waiting.remove(place)
                self._wake()
                raise
            return self._clock()
        self._active += 1
        return self._clock()

    def leave(self, entered: float, *, throttled: bool = False, pause: float | None = None) -> None:
        """Give a place back; ``throttled`` after a 429, ``pause`` the seconds that everyone is to wait."""
        self._active -= 1
        now = self._clock()
        if pause is not None:
            self._paused_until = max(self._paused_until, now + pause)
        if self._adaptive:
            self._adapt(entered, now, throttled)
        self._wake()

    def _adapt(self, entered: float, now: float, throttled: bool) -> None:
        if throttled:
            # Calls that were under way when it was halved tell nothing new.
            if entered >= self._halved_at:
                self._limit = max(1.0, self._limit / 2)
                self._halved_at = now
                self._slow_start = False
            return
        step = 1.0 if self._slow_start else 1.0 / self._limit
        # What was never used in full is not raised further.
        if self._active + 1 >= self.limit:
            self._limit = min(float(self._most), self._limit + step)

    def _free(self) -> bool:
        return self._active < self.limit and self._clock() >= self._paused_until

    def _wake(self) -> None:
        while self._waiting and self._free():
            place = self._waiting.popleft()
            if not place.done():
                self._active += 1
                place.set_result(None)
        rest = self._paused_until - self._clock()
        if self._waiting and rest > 0:
            asyncio.get_running_loop().call_later(rest, self._wake)
