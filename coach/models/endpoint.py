"""A model behind an OpenAI-compatible endpoint: what it can do is learned, what may help is retried."""

import asyncio
import email.utils
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from coach.domain.vocabulary import Role
from coach.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TransportError,
    UnprocessableEntityError,
)
from coach.models.base import Mode, Reply, Request, Try, Usage
from coach.models.budget import Want
from coach.models.gate import Gate
from coach.models.prices import HEADER, Prices
from coach.models.tokens import estimate_messages, estimate_tokens
from coach.models.transports import Address, Response, Transport
from coach.models.wire import Abilities, Answer, Payload, error_of, payload, read_answer

_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
_RETRIED = frozenset({408, 409, 425, 429})
_LONGEST_PAUSE = 120.0
"""Seconds; an endpoint that asks for more is not waited for (the ``openai`` package's limit)."""
_USED_UP = ("insufficient_quota", "billing_hard_limit_reached", "exceeded your current quota")
"""Codes, and what is left of them in the message where a gateway puts the status in their place."""
_WEAKER: dict[Mode, Mode] = {"json_schema": "json_object", "json_object": "text"}
_FORMAT_WORDS = (
    "response_format",
    "json_schema",
    "json schema",
    "structured output",
    "json mode",
    "json_object",
    "schema",
)
_LIMIT_NAMES = ("max_completion_tokens", "max_tokens")
_OPTIONAL = ("temperature", "seed", *_LIMIT_NAMES)
OUTPUT_TOKENS = {
    Role.OBSERVER: 300,
    Role.INTERVIEWER: 120,
    Role.EVALUATOR: 1200,
    Role.CANDIDATE: 150,
    Role.JUDGE: 60,
}
"""Tokens of an answer before any was seen; after that, what the role's answers took."""


@dataclass(frozen=True, slots=True)
class Retries:
    """When to try again: at most ``most`` more times, after pauses that double, with jitter."""

    most: int = 4
    first_pause: float = 0.5
    longest_pause: float = 8.0

    def pause(self, tried: int, wanted: float | None, share: float) -> float:
        """Return the seconds before the next attempt: the endpoint's wish, else ours; ``share`` in [0, 1) is jitter."""
        if wanted is not None:
            return wanted + share * 0.1
        return min(self.longest_pause, self.first_pause * 2.0 ** (tried - 1)) * (0.5 + share / 2)


class EndpointModel:
    """One model of an endpoint. Raises TransportError, with its attempts, where no answer came."""

    def __init__(
        self,
        name: str,
        address: Address,
        transport: Transport,
        gate: Gate,
        prices: Prices,
        *,
        retries: Retries | None = None,
        abilities: Abilities | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Take how the endpoint is reached and what every call passes; ``sleep`` takes seconds."""
        self.name = name
        self.address = address
        self.abilities = abilities or Abilities()
        self._transport = transport
        self._gate = gate
        self._prices = prices
        self._retries = retries or Retries()
        self._sleep = sleep
        self._output: dict[Role, float] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def complete(self, request: Request) -> Reply:
        """Answer one request; see ``coach.models.base.Model``."""
        tries: list[Try] = []
        retried = 0
        want = self._want(request)
        while True:
            asked = payload(request, self.name, self.abilities)
            began = time.perf_counter()
            try:
                return await self._once(request, asked, want, tuple(tries))
            except TransportError as error:
                latency = (time.perf_counter() - began) * 1000
                learned = isinstance(error, APIStatusError) and self._learn(asked, error)
                again = learned or (retried < self._retries.most and _may_help(error))
                if not again:
                    tries.append(_try(error, latency, 0.0))
                    error.tries = tuple(tries)
                    raise
                pause = 0.0
                if not learned:
                    retried += 1
                    wanted = error.retry_after if isinstance(error, APIStatusError) else None
                    pause = self._retries.pause(retried, wanted, random.random())  # noqa: S311 - jitter
                tries.append(_try(error, latency, pause * 1000))
                if pause:
                    await self._sleep(pause)

    async def _once(self, request: Request, asked: Payload, want: Want, tries: tuple[Try, ...]) -> Reply:
        """Make one attempt; the gate hears what it took."""
        entered = await self._gate.enter(want)
        tokens: int | None = None
        usd: float | None = None
        throttled, pause = False, None
        try:
            began = time.perf_counter()
            response = await self._transport.send(asked)
            latency = (time.perf_counter() - began) * 1000
            if response.status != 200:
                # What was refused was not charged.
                tokens, usd = 0, 0.0
                error = self._error(response)
                throttled = response.status == 429
                pause = error.retry_after if error.retry_after and error.retry_after <= _LONGEST_PAUSE else None
                raise error
            answer = self._answer(response)
            reply = reply_to(
                request,
                asked,
                answer,
                self._prices,
                header=response.headers.get(HEADER),
                latency_ms=latency,
                tries=tries,
            )
            tokens = (reply.usage.input or 0) + (reply.usage.output or 0)
            usd = reply.cost
            self.abilities.settled = True
            self._saw(request.role, reply.usage)
            return reply
        except APIConnectionError as error:
            if "can't reach" in str(error) or "TLS" in str(error):
                tokens, usd = 0, 0.0
            raise
        finally:
            self._gate.leave(entered, want, tokens=tokens, usd=usd, throttled=throttled, pause=pause)

    def _answer(self, response: Response) -> Answer:
        try:
            return read_answer(response.body)
        except APIResponseError as error:
            raise APIResponseError(f"{self.address.shown}: {error}") from error

    def _error(self, response: Response) -> APIStatusError:
        message, code = error_of(response.body)
        kind = _STATUS.get(response.status) or (InternalServerError if response.status >= 500 else APIStatusError)
        text = self.address.clean(f"{self.address.shown} answered {response.status}: {message}")
        hint = self._hint(response, code)
        return kind(f"{text}{hint}", response.status, retry_after=_retry_after(response), code=code)

    def _hint(self, response: Response, code: str) -> str:
        """Return what the user can do about a status, as far as it tells."""
        if response.status == 401 or code == "no_db_connection":
            # A LiteLLM proxy without a database answers so to any key but its master key.
            return "; check COACH_API_KEY" if self.address.api_key else "; set COACH_API_KEY"
        if response.status >= 500 and not self.address.api_key:
            return "; no key was sent: if it needs one, set COACH_API_KEY"
        if response.status == 404:
            return f"; check the model's name '{self.name}' and the base URL"
        if 300 <= response.status < 400:
            return f"; it redirects to {response.headers.get('location', 'elsewhere')}: name that address instead"
        return ""

    def _learn(self, asked: Payload, error: APIStatusError) -> bool:
        """Return whether the endpoint refused how it was asked, so that another way may do; it is learned once."""
        if error.status not in (400, 422, 501):
            return False
        text = str(error).lower()
        abilities = self.abilities
        sent = dict(asked.options)
        other = _LIMIT_NAMES[1 - _LIMIT_NAMES.index(abilities.limit_name)]
        if abilities.limit_name in sent and (other in text or abilities.limit_name in text):
            if abilities.limit_name == _LIMIT_NAMES[0]:
                abilities.limit_name = other
                return True
            abilities.refused.add(abilities.limit_name)
            return True
        for name in _OPTIONAL:
            if name in sent and name in text:
                abilities.refused.add(name)
                return True
        if asked.mode == "text" or not any(word in text for word in _FORMAT_WORDS):
            return False
        if abilities.mode == asked.mode:
            if abilities.settled:
                return False
            abilities.mode = _WEAKER[asked.mode]
        return True

    def _want(self, request: Request) -> Want:
        tokens = estimate_messages(request.messages)
        output = round(self._output.get(request.role, float(OUTPUT_TOKENS[request.role])))
        usage = Usage.model_construct(input=tokens, cached=0, output=output)
        return Want(tokens + output, self._prices.estimate(self.name, usage))

    def _saw(self, role: Role, usage: Usage) -> None:
        """Learn what a role's answers take, as a slow mean."""
        if usage.output is not None:
            before = self._output.get(role, float(usage.output))
            self._output[role] = 0.9 * before + 0.1 * usage.output


def reply_to(
    request: Request,
    asked: Payload,
    answer: Answer,
    prices: Prices,
    *,
    header: str | None = None,
    latency_ms: float = 0.0,
    tries: tuple[Try, ...] = (),
) -> Reply:
    """Return what an answer comes to; ``header`` is the gateway's word on its cost."""
    usage = answer.usage or _estimated(asked, answer)
    cost, source = prices.cost(asked.model, usage, header)
    return Reply(
        text=answer.text,
        usage=usage,
        cost=cost,
        cost_source=source,
        latency_ms=latency_ms,
        tries=tries,
        model=answer.model or asked.model,
        finish=answer.finish,
        mode=asked.mode,
        sent=None if asked.messages is request.messages else asked.messages,
    )


def _may_help(error: TransportError) -> bool:
    """Return whether the same request may get through later."""
    if not isinstance(error, APIStatusError):
        return True
    used_up = error.status == 429 and any(sign in f"{error.code} {error}" for sign in _USED_UP)
    if used_up or (error.retry_after or 0.0) > _LONGEST_PAUSE:
        return False
    return error.status in _RETRIED or error.status >= 500


def _try(error: TransportError, latency: float, waited: float) -> Try:
    status = error.status if isinstance(error, APIStatusError) else None
    return Try(error=str(error), status=status, latency_ms=round(latency, 3), waited_ms=round(waited, 3))


def _retry_after(response: Response) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    millis = response.headers.get("retry-after-ms") or response.headers.get("llm_provider-retry-after-ms")
    # A LiteLLM gateway hands its provider's header on under a name of its own.
    value = response.headers.get("retry-after") or response.headers.get("llm_provider-retry-after")
    try:
        if millis:
            return max(0.0, float(millis) / 1000)
        if not value:
            return None
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value or "").timestamp() - time.time())
    except ValueError:
        return None


def _estimated(asked: Payload, answer: Answer) -> Usage:
    """Return an estimate for an endpoint that does not count."""
    tokens = estimate_messages(asked.messages)
    return Usage(input=tokens, output=estimate_tokens(answer.text) if answer.text else 0, estimated=True)
