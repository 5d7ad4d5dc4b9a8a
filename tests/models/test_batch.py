"""Batch files: what a line holds, how requests are told apart, and what is made of lines that came back."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.tasks import InterviewerReply
from coach.errors import CoachError, ContentError, MalformedAnswer, NoBatchAnswer
from coach.models.base import Message, Reply, Sampling
from coach.models.batch import MOST_BYTES, MOST_REQUESTS, BatchModel, ask, expected, parts, read_answers
from coach.models.calling import Caller
from coach.models.prices import Price, Prices
from coach.models.wire import Abilities, payload
from tests.fake_openai.batches import answered, failed
from tests.models.requests import request

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
GOOD = json.dumps({"thoughts": "", "lead": "Thank you."})


def completion(text: str | None = GOOD, **more: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}
    message = {"role": "assistant", "content": text}
    return {"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage, **more}


def lines(*entries: Any) -> list[bytes]:
    return [json.dumps(e).encode() + b"\n" for e in entries]


def complete(entry: Any, user: str = "Say it.") -> Reply:
    asked = request(user, place="p", number=1)
    found = read_answers([("o", lines(entry) if entry is not None else [])])
    return asyncio.run(BatchModel("m", Prices({"m": Price(input=1, output=2)}), found).complete(asked))


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT, st.integers(1, 9), st.sampled_from([None, 0.0, 0.7]))
def test_a_line_is_one_line_and_holds_the_live_body(
    user: str, place: str, number: int, temperature: float | None
) -> None:
    asked = request(user, place=place, number=number, sampling=Sampling(temperature, 100))
    line = ask(asked, "gpt-4o-mini").line
    assert line.endswith(b"\n")
    assert len(line.decode().splitlines()) == 1
    data = json.loads(line)
    assert list(data) == ["custom_id", "method", "url", "body"]
    assert (data["method"], data["url"]) == ("POST", "/v1/chat/completions")
    assert data["body"] == json.loads(payload(asked, "gpt-4o-mini", Abilities()).encoded())
    assert data["body"]["response_format"]["json_schema"]["strict"] is True
    assert len(data["custom_id"]) <= 64
    assert data["custom_id"].isascii()
    assert " " not in data["custom_id"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, st.integers(1, 3)), unique=True, max_size=12), st.randoms())
def test_every_answer_finds_its_request_in_any_order(asked: list[tuple[str, str, int]], random: Any) -> None:
    requests = [request(user, place=place, number=number) for user, place, number in asked]
    ids = [ask(one, "m").custom_id for one in requests]
    assert len(set(ids)) == len(ids)
    entries = [answered(i, custom_id, completion(f"text {i}")) for i, custom_id in enumerate(ids)]
    random.shuffle(entries)
    model = BatchModel("m", Prices(), read_answers([("o", lines(*entries))]))

    async def go() -> list[str]:
        return [(await model.complete(one)).text for one in requests]

    assert asyncio.run(go()) == [f"text {i}" for i in range(len(requests))]
    assert not model.left
    model.check_all_known()


@pytest.mark.parametrize(
    "changed",
    [
        request("Say it!", place="p", number=1),
        request(place="p", number=2),
        request(place="q", number=1),
        request(place="p", number=1, sampling=Sampling(temperature=0)),
    ],
)
def test_another_request_has_another_id(changed: Any) -> None:
    one = request(place="p", number=1)
    assert ask(one, "m").custom_id == ask(one, "m").custom_id
    assert ask(one, "m").custom_id != ask(changed, "m").custom_id
    assert ask(one, "m").custom_id != ask(one, "other").custom_id


def test_a_short_place_can_be_read_in_the_id_and_a_long_one_is_hashed() -> None:
    assert ask(request(place="evaluate/a-1", number=1), "m").custom_id.startswith("evaluate/a-1/1-")
    long = [ask(request(place="x" * 100 + end, number=1), "m").custom_id for end in "ab"]
    assert long[0] != long[1]
    assert {len(i) for i in long} == {64}


def test_a_reply_is_what_a_live_body_would_give() -> None:
    custom_id = ask(request(place="p", number=1), "m").custom_id
    reply = complete(answered(1, custom_id, completion()))
    assert (reply.text, reply.model, reply.mode) == (GOOD, "m-1", "json_schema")
    assert (reply.usage.input, reply.usage.cached, reply.usage.output) == (100, 40, 10)
    assert reply.cost == pytest.approx((100 * 1 + 10 * 2) / 1e6)
    assert reply.cost_source == "table"
    uncounted = complete(answered(1, custom_id, completion(usage=None)))
    assert uncounted.usage.estimated
    assert uncounted.cost is None
    refusal = completion(None)
    refusal["choices"][0]["message"]["refusal"] = "No."
    assert complete(answered(1, custom_id, refusal)).finish == "refusal"


ID = ask(request(place="p", number=1), "m").custom_id


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (None, "missing"),
        (failed(1, ID, "batch_expired"), "expired"),
        (failed(1, ID, "batch_cancelled"), "error batch_cancelled"),
        ({"custom_id": ID, "response": None, "error": "went wrong"}, "error"),
        ({"custom_id": ID, "response": None, "error": None}, "no response"),
        (answered(1, ID, {"error": {"message": "no", "code": "x"}}, 429), "status 429"),
        (answered(1, ID, None, 500), "status 500"),
        (answered(1, ID, None), "no completion"),
        (answered(1, ID, {"choices": [{}]}), "no completion"),
        (answered(1, ID, ["choices"]), "no completion"),
    ],
)
def test_why_no_answer_came(entry: dict[str, Any] | None, reason: str) -> None:
    with pytest.raises(NoBatchAnswer) as caught:
        complete(entry)
    assert caught.value.reason == reason
    assert len(str(caught.value).splitlines()) == 1


def test_a_key_that_an_endpoint_echoed_is_taken_out() -> None:
    for entry in (
        answered(1, "key-1", completion("my key is sk-key")),
        answered(1, "key-1", {"error": {"message": "bad sk-key"}}, 401),
        {"custom_id": "key-1", "response": None, "error": {"code": "sk-key", "message": "bad"}},
    ):
        (answer,) = read_answers([("o", lines(entry))]).values()
        assert "sk-key" in repr(answer)
        clean = answer.without("sk-key")
        assert "sk-key" not in repr(clean)
        assert clean.custom_id == "key-1"


def test_a_malformed_answer_whose_repair_was_never_asked_for_is_malformed() -> None:
    one = request(place="p", number=1)
    found = read_answers([("o", lines(answered(1, ID, completion("Well."))))])
    model = BatchModel("m", Prices(), found)
    caller = Caller(model, render=lambda _: one.messages, place="p")
    with pytest.raises(MalformedAnswer, match="its repair has no answer"):
        asyncio.run(caller.ask(one.task, InterviewerReply, 1))
    (left,) = model.left.values()
    assert [m.role for m in left.request.messages] == ["system", "user", "assistant", "user"]
    assert left.request.messages[2] == Message("assistant", "Well.")
    # Once the repair is answered, the model goes through both as a live one.
    more = read_answers([("o", lines(answered(1, ID, completion("Well.")), answered(2, left.custom_id, completion())))])
    again = Caller(BatchModel("m", Prices(), more), render=lambda _: one.messages, place="p")
    assert asyncio.run(again.ask(one.task, InterviewerReply, 1)).lead == "Thank you."


def test_a_second_batch_answers_what_the_first_failed_in() -> None:
    good, bad = answered(1, "a", completion()), failed(2, "a", "batch_expired")
    for order in ([good], [bad]), ([bad], [good]):
        found = read_answers([("1", lines(*order[0])), ("2", lines(*order[1]))])
        assert found["a"].completion is not None
    with pytest.raises(ContentError, match=r"2:1: custom_id 'a' was there before, at 1:1; give each file once"):
        read_answers([("1", lines(good)), ("2", lines(good))])
    with pytest.raises(ContentError, match="1:2: "):
        read_answers([("1", lines(bad, good))])


def error_of(do: Callable[[], object]) -> CoachError | None:
    """The error that ``do`` ends with, of those that have a name."""
    try:
        do()
    except CoachError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(ID),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ("custom_id", "response", "error", "status_code", "body", "choices", "message", "content", "usage")
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_a_line_holds_is_an_answer_or_an_error_with_a_name(data: Any) -> None:
    if isinstance(data, dict):
        data["custom_id"] = ID
    error = error_of(lambda: complete(data))
    if error is not None:
        assert len(str(error).encode().decode().splitlines()) == 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_bytes_a_line_is(data: bytes) -> None:
    error = error_of(lambda: read_answers([("o", [data])]))
    assert error is None or (isinstance(error, ContentError) and error.line == 1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=20), st.integers(1, 6), st.integers(1500, 4000))
def test_parts_keep_every_request_in_order_and_both_limits(lengths: list[int], most: int, size: int) -> None:
    asked = [ask(request("x" * n, place=str(i), number=1), "m") for i, n in enumerate(lengths)]
    found = parts(asked, most, size)
    assert [one for part in found for one in part] == asked
    for part in found:
        assert 1 <= len(part) <= most
        assert len(part) == 1 or sum(len(one.line) for one in part) <= size
    for part, following in itertools.pairwise(found):
        assert len(part) == most or sum(len(one.line) for one in (*part, following[0])) > size


def test_the_limits_are_openai_s() -> None:
    assert (MOST_REQUESTS, MOST_BYTES) == (50_000, 200_000_000)


def test_an_estimate_says_when_the_price_is_not_known() -> None:
    asked = [ask(request(place=str(i), number=1), "m") for i in range(3)]
    usage, usd = expected(asked, "m", Prices({"m": Price(input=1, output=1)}))
    assert usage.estimated
    assert usd == pytest.approx(((usage.input or 0) + (usage.output or 0)) / 1e6)
    assert expected(asked, "m", Prices())[1] is None
