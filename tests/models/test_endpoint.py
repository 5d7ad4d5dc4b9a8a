"""A model behind an endpoint: the ladder of formats, retries, what a reply says, what it costs; on real HTTP."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from coach.domain.tasks import InterviewerReply
from coach.errors import (
    APIResponseError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetReached,
    InternalServerError,
    MalformedAnswer,
    ModelError,
    NotFoundError,
    RateLimitError,
)
from coach.models.base import Reply, Sampling
from coach.models.budget import Budget
from coach.models.calling import Caller, CallMade
from coach.models.endpoint import EndpointModel, Retries
from coach.models.gate import LocalGate
from coach.models.limiter import Limiter
from coach.models.prices import Price, Prices
from coach.models.transports import Address, open_transport
from tests.fake_openai import FakeOpenAI, Fault
from tests.fake_openai.server import KEY, first
from tests.models.requests import request

GOOD = json.dumps({"thoughts": "", "lead": "Thank you."})
BOTH = pytest.mark.parametrize("transport", ["direct", "sdk"])


def model(
    server: FakeOpenAI, *, name: str = "m", transport: str = "direct", budget: Budget | None = None, **more: Any
) -> EndpointModel:
    address = Address(server.base_url, more.pop("key", KEY), timeout=more.pop("timeout", 5.0))
    gate = LocalGate(more.pop("limiter", Limiter(8)), budget or Budget())
    prices = Prices(more.pop("prices", None))
    retries = more.pop("retries", Retries(3, 0.001, 0.01))
    return EndpointModel(name, address, open_transport(transport, address), gate, prices, retries=retries, **more)


def ask(server: FakeOpenAI, times: int = 1, **options: Any) -> list[Reply]:
    asked = options.pop("asked", request())

    async def go() -> list[Reply]:
        own = model(server, **options)
        try:
            return [await own.complete(asked) for _ in range(times)]
        finally:
            await own.close()

    server.answers.put(asked.messages, GOOD)
    return asyncio.run(go())


@BOTH
def test_a_reply_says_everything(transport: str) -> None:
    with FakeOpenAI() as server:
        (reply,) = ask(server, transport=transport)
    assert reply.text == GOOD
    assert reply.model == "m-0001"
    assert (reply.mode, reply.finish, reply.tries, reply.sent) == ("json_schema", "stop", (), None)
    assert (reply.usage.reasoning, reply.usage.estimated) == (3, False)
    assert reply.usage.cached == (reply.usage.input or 0) // 2
    assert (reply.cost, reply.cost_source) == (None, None)
    assert reply.latency_ms > 0


@BOTH
@pytest.mark.parametrize(("modes", "mode"), [(("json_object",), "json_object"), ((), "text")])
def test_what_an_endpoint_can_do_is_learned_once(transport: str, modes: tuple[str, ...], mode: str) -> None:
    with FakeOpenAI(modes=modes) as server:
        one, two = ask(server, 2, transport=transport)
    steps = {"json_object": 1, "text": 2}[mode]
    assert (one.mode, two.mode) == (mode, mode)
    assert len(one.tries) == steps
    assert all(t.status == 400 and t.waited_ms == 0 for t in one.tries)
    assert two.tries == ()
    assert len(server.seen) == steps + 2
    assert two.sent is not None
    assert "JSON Schema" in two.sent[0].content


@pytest.mark.parametrize("refused", [("temperature",), ("seed",), ("max_completion_tokens",), ("temperature", "seed")])
def test_parameters_that_are_refused_are_left_out(refused: tuple[str, ...]) -> None:
    asked = request(sampling=Sampling(temperature=0.0, max_tokens=500, seed=3))
    with FakeOpenAI(refused=refused) as server:
        one, two = ask(server, 2, asked=asked)
    last = server.seen[-1].body
    assert not set(refused) & set(last)
    assert ("max_tokens" in last) == ("max_completion_tokens" in refused)
    assert one.mode == "json_schema"
    assert two.tries == ()


@BOTH
@pytest.mark.parametrize(
    "faults",
    [
        [Fault.RATE_LIMIT],
        [Fault.RATE_LIMIT_AFTER, Fault.RATE_LIMIT],
        [Fault.SERVER_ERROR, Fault.SERVER_ERROR, Fault.SERVER_ERROR],
        [Fault.RESET],
        [Fault.DROP],
        [Fault.TORN_BODY],
        [Fault.HANG],
        [Fault.HUGE],
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_may_help_is_tried_again(transport: str, faults: list[Fault]) -> None:
    with FakeOpenAI(faults=first(faults), huge=17 * 1024 * 1024) as server:
        (reply,) = ask(server, transport=transport, timeout=1.0)
        assert len(server.seen) == len(faults) + 1
    assert reply.text == GOOD
    assert reply.attempts == len(faults) + 1
    assert all(t.error and KEY not in t.error for t in reply.tries)
    assert all(t.waited_ms > 0 for t in reply.tries)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"key": "sk-wrong-000000"}, AuthenticationError, "401: Incorrect API key provided.; check COACH_API_KEY"),
        ({"key": None}, AuthenticationError, "set COACH_API_KEY"),
        ({"name": "gpt-99"}, NotFoundError, "check the model's name 'gpt-99' and the base URL"),
    ],
)
def test_what_can_not_help_is_not(options: dict[str, Any], error: type[Exception], told: str) -> None:
    with FakeOpenAI(models=("m",)) as server, pytest.raises(error, match=told.replace("(", r"\(")) as raised:
        ask(server, **options)
    assert len(server.seen) == 1
    assert "\n" not in str(raised.value)
    assert "sk-wrong" not in str(raised.value)


def test_a_quota_that_is_used_up_is_not_asked_again() -> None:
    with FakeOpenAI(faults=lambda *_: Fault.QUOTA) as server, pytest.raises(RateLimitError, match="quota"):
        ask(server)
    assert len(server.seen) == 1


def test_a_quota_is_known_by_its_message_where_a_gateway_hides_its_code() -> None:
    from coach.errors import RateLimitError as Limit
    from coach.models.endpoint import _may_help

    assert not _may_help(Limit("429: You exceeded your current quota, check your plan", 429, code="429"))
    assert _may_help(Limit("429: Rate limit reached", 429, code="429"))


@pytest.mark.parametrize(
    "usage", [{}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": "many"}, 7, None]
)
def test_usage_that_counts_nothing_is_not_counted(usage: object) -> None:
    from coach.models.wire import read_answer

    body = json.dumps({"choices": [{"message": {"content": "x"}}], "usage": usage}).encode()
    assert read_answer(body).usage is None


def test_what_comes_back_can_always_be_written_down() -> None:
    from coach.models.wire import error_of, read_answer

    body = b'{"choices": [{"message": {"content": "half \\ud800 pair"}}], "model": "m\\ud800"}'
    answer = read_answer(body)
    assert (answer.text, answer.model) == ("half ? pair", "m?")
    message, _ = error_of(b'{"error": "\\u001b[31mred\\u0007"}')
    assert message == "\ufffd[31mred\ufffd"
    for count in (b"-1", b"1" + b"0" * 40, b"1e308", b"true", b'"7"'):
        usage = b'{"choices": [{"message": {}}], "usage": {"prompt_tokens": ' + count + b', "completion_tokens": 1}}'
        assert read_answer(usage).usage is None


def test_a_pause_longer_than_two_minutes_is_not_waited_for() -> None:
    with FakeOpenAI(faults=lambda *_: Fault.RATE_LIMIT_AFTER, retry_after="900") as server:
        with pytest.raises(RateLimitError):
            ask(server)
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.SERVER_ERROR, InternalServerError), (Fault.HTML, APIResponseError), (Fault.HANG, APITimeoutError)],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_never_helps_ends_with_its_attempts(fault: Fault, error: type[ModelError]) -> None:
    with FakeOpenAI(faults=lambda *_: fault) as server, pytest.raises(error) as raised:
        ask(server, timeout=0.1)
    assert len(raised.value.tries) == 4
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("fault", "finish"),
    [(Fault.TRUNCATED, "length"), (Fault.REFUSAL, "refusal"), (Fault.FILTERED, "content_filter")],
)
def test_a_reply_that_is_no_answer_is_its_own_case(fault: Fault, finish: str) -> None:
    outcome = {"length": "cut", "refusal": "refused", "content_filter": "filtered"}[finish]
    with FakeOpenAI(faults=first([fault])) as server:
        made, answer = converse(server)
    assert [m.outcome for m in made] == [outcome, "malformed"]
    assert made[0].reply is not None
    assert made[0].reply.finish == finish
    assert made[0].reply.usage.output is not None
    assert answer is None


def converse(server: FakeOpenAI) -> tuple[list[CallMade], InterviewerReply | None]:
    """Ask through a Caller; the repair turn is one that the server has no answer for."""
    asked = request()
    server.answers.put(asked.messages, GOOD)
    made: list[CallMade] = []

    async def go() -> InterviewerReply | None:
        own = model(server)
        caller = Caller(own, render=lambda _: asked.messages, on_call=made.append)
        try:
            return await caller.ask(asked.task.model_copy(update={"role": "interviewer"}), InterviewerReply, 1)
        except MalformedAnswer:
            return None
        finally:
            await own.close()

    return made, asyncio.run(go())


@pytest.mark.parametrize("fault", [Fault.FENCED, Fault.PROSE])
def test_an_answer_inside_fences_or_prose_is_found(fault: Fault) -> None:
    with FakeOpenAI(faults=first([fault])) as server:
        made, answer = converse(server)
    assert [m.outcome for m in made] == ["parsed"]
    assert answer is not None


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.NO_JSON])
def test_no_answer_is_asked_for_once_more_with_what_was_wrong(fault: Fault) -> None:
    with FakeOpenAI(faults=first([fault])) as server:
        made, answer = converse(server)
    assert [m.outcome for m in made] == ["malformed", "malformed"]
    assert answer is None
    assert "does not fit the schema" in server.seen[1].body["messages"][-1]["content"]


def test_cost_comes_from_the_gateway_else_the_table_else_the_list_else_is_unknown() -> None:
    table = {"m": Price(input=1.0, output=2.0, cached=0.5)}
    with FakeOpenAI(cost=0.125) as server:
        (reply,) = ask(server, prices=table)
        assert (reply.cost, reply.cost_source) == (0.125, "header")
    with FakeOpenAI() as server:
        (reply,) = ask(server, prices=table)
        u = reply.usage
        fresh = (u.input or 0) - (u.cached or 0)
        expected = (fresh * 1.0 + (u.cached or 0) * 0.5 + (u.output or 0) * 2.0) / 1e6
        assert reply.cost == pytest.approx(expected)
        assert reply.cost_source == "table"
        (reply,) = ask(server, name="gpt-4o-mini")
        assert reply.cost_source == "genai-prices"
        assert (reply.cost or 0) > 0
        (reply,) = ask(server)
        assert (reply.cost, reply.cost_source) == (None, None)


def test_uncounted_tokens_are_estimates_and_their_cost_is_unknown() -> None:
    with FakeOpenAI(faults=lambda *_: Fault.NO_USAGE) as server:
        (reply,) = ask(server, name="gpt-4o-mini")
    assert reply.usage.estimated
    assert min(reply.usage.input or 0, reply.usage.output or 0) > 0
    assert reply.cost is None


def test_the_budget_is_checked_before_each_call_with_those_under_way() -> None:
    budget = Budget(max_tokens=1000)
    asked = [request(f"{i} " + "word " * 300) for i in range(8)]

    async def go(server: FakeOpenAI) -> list[object]:
        own = model(server, budget=budget)
        try:
            return list(await asyncio.gather(*(own.complete(r) for r in asked), return_exceptions=True))
        finally:
            await own.close()

    with FakeOpenAI(latency=0.05) as server:
        found = asyncio.run(go(server))
        reached = [f for f in found if isinstance(f, BudgetReached)]
        assert 0 < len(reached) < 8
        assert len(server.seen) == 8 - len(reached)
    assert budget.spent_tokens <= 1000


def test_a_bad_request_that_is_not_about_the_format_is_an_error() -> None:
    with FakeOpenAI(refused=("messages",)) as server, pytest.raises(BadRequestError):
        ask(server)
    assert len(server.seen) == 1


def test_retry_after_stops_everyone() -> None:
    """While the endpoint asks for a pause no other call starts."""
    times: list[float] = []

    def faults(number: int, _: dict[str, Any]) -> Fault:
        times.append(asyncio.get_running_loop().time())
        return Fault.RATE_LIMIT_AFTER if number == 0 else Fault.NONE

    async def go(server: FakeOpenAI) -> None:
        own = model(server, limiter=Limiter(1))
        try:
            await asyncio.gather(*(own.complete(request(str(i))) for i in range(4)))
        finally:
            await own.close()

    with FakeOpenAI(faults=faults, retry_after="0.4") as server:
        asyncio.run(go(server))
    assert len(times) == 5
    assert times[1] - times[0] >= 0.39


def pauses(retries: Retries, wanted: Sequence[float | None]) -> list[float]:
    return [retries.pause(i + 1, w, 0.5) for i, w in enumerate(wanted)]


def test_pauses_double_to_a_limit_and_obey_the_endpoint() -> None:
    retries = Retries(6, 0.5, 8.0)
    assert pauses(retries, [None] * 6) == [0.375, 0.75, 1.5, 3.0, 6.0, 6.0]
    assert pauses(retries, [30.0]) == [30.05]
    whole: Callable[[float], float] = lambda share: retries.pause(1, None, share)  # noqa: E731
    assert 0.25 <= whole(0.0) < whole(0.999) <= 0.5
