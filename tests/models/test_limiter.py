"""The limiter: order, slow start, halving, recovery, pauses; on a clock of the test's own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.models.limiter import Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(go: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(go())


def test_no_more_than_the_limit_at_once_and_in_order() -> None:
    async def go() -> None:
        limiter = Limiter(2)
        entered: list[int] = []

        async def call(number: int) -> None:
            at = await limiter.enter()
            entered.append(number)
            await asyncio.sleep(0)
            assert limiter._active <= 2
            limiter.leave(at)

        await asyncio.gather(*(call(i) for i in range(20)))
        assert entered == list(range(20))
        assert limiter._active == 0

    run(go)


def test_slow_start_doubles_each_round_then_halves_once_then_grows_slowly() -> None:
    async def go() -> None:
        clock = Clock()
        limiter = Limiter(clock=clock)
        assert limiter.limit == 16
        at = [await limiter.enter() for _ in range(16)]
        clock.now = 1.0
        for entered in at:
            limiter.leave(entered)
            at2 = await limiter.enter()
            limiter.leave(at2)
        # Only a limit that is used in full is raised.
        assert limiter.limit == 17
        at = [await limiter.enter() for _ in range(limiter.limit)]
        before = limiter.limit
        clock.now = 2.0
        for entered in at:
            limiter.leave(entered, throttled=True)
        assert limiter.limit == before // 2
        limit = limiter.limit
        for _ in range(limit + 1):
            held = [await limiter.enter() for _ in range(limiter.limit)]
            for entered in held:
                limiter.leave(entered)
        assert limit < limiter.limit <= 2 * limit + 2

    run(go)


def test_it_never_goes_below_one_or_above_the_most() -> None:
    async def go() -> None:
        clock = Clock()
        limiter = Limiter(clock=clock)
        for _ in range(20):
            at = await limiter.enter()
            clock.now += 1
            limiter.leave(at, throttled=True)
        assert limiter.limit == 1
        fixed = Limiter(5)
        at = await fixed.enter()
        fixed.leave(at, throttled=True)
        assert fixed.limit == 5

    run(go)


def test_a_pause_holds_everyone_back() -> None:
    async def go() -> None:
        limiter = Limiter(4)
        loop = asyncio.get_running_loop()
        at = await limiter.enter()
        began = loop.time()
        limiter.leave(at, throttled=True, pause=0.2)
        await asyncio.gather(*(limiter.enter() for _ in range(3)))
        assert loop.time() - began >= 0.19

    run(go)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_waiter_that_is_cut_off_takes_no_place(when: str) -> None:
    async def go() -> None:
        limiter = Limiter(1)
        at = await limiter.enter()
        waiter = asyncio.ensure_future(limiter.enter())
        await asyncio.sleep(0)
        if when == "after":
            limiter.leave(at)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        if when == "before":
            limiter.leave(at)
        assert limiter._active == 0
        assert await asyncio.wait_for(limiter.enter(), 1) >= 0

    run(go)


@given(st.lists(st.sampled_from(["enter", "leave", "throttled", "cancel"]), max_size=60), st.integers(1, 4))
def test_whatever_happens_places_are_neither_lost_nor_made(steps: list[str], most: int) -> None:
    async def go() -> None:
        limiter = Limiter(most)
        waiting: list[asyncio.Future[float]] = []
        held: list[float] = []
        for step in steps:
            if step == "enter":
                waiting.append(asyncio.ensure_future(limiter.enter()))
            elif step == "cancel" and waiting:
                waiting.pop().cancel()
            elif held:
                limiter.leave(held.pop(), throttled=step == "throttled")
            for _ in range(3):
                await asyncio.sleep(0)
            done = [w for w in waiting if w.done()]
            held += [w.result() for w in done]
            waiting = [w for w in waiting if not w.done()]
            assert limiter._active == len(held) <= most
            assert not waiting or len(held) == most
        for waiter in waiting:
            waiter.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(go)
