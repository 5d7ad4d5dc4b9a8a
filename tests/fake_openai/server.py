"""The server: chat completions over real HTTP, in a thread of its own, with faults on demand."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from tests.fake_openai.answers import Answers

KEY = "sk-test-0123456789abcdef"


class Fault(StrEnum):
    NONE = "none"
    RATE_LIMIT = "rate_limit"
    RATE_LIMIT_AFTER = "rate_limit_after"
    """429 with Retry-After."""
    QUOTA = "quota"
    SERVER_ERROR = "server_error"
    HANG = "hang"
    RESET = "reset"
    """The connection is cut in the middle of the body."""
    DROP = "drop"
    """It is cut before any answer."""
    TORN_BODY = "torn_body"
    """The completion itself is cut JSON, sent as if whole."""
    TRUNCATED = "truncated"
    """The content is cut JSON, with finish_reason length."""
    FENCED = "fenced"
    PROSE = "prose"
    NO_JSON = "no_json"
    EMPTY = "empty"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    WRONG_LANGUAGE = "wrong_language"
    HUGE = "huge"
    HTML = "html"
    ECHO_KEY = "echo_key"
    """An error that repeats the Authorization header."""
    NO_USAGE = "no_usage"


@dataclass
class Seen:
    """One request as it came in."""

    body: dict[str, Any]
    headers: dict[str, str]
    path: str
    fault: Fault


@dataclass
class FakeOpenAI:
    """Start with ``with``; ``base_url`` is where it is."""

    answers: Answers = field(default_factory=Answers)
    faults: Callable[[int, dict[str, Any]], Fault] = lambda number, body: Fault.NONE
    """By the request's number from 0 and its body."""
    modes: tuple[str, ...] = ("json_schema", "json_object")
    """The response formats that it takes; others are a 400."""
    refused: tuple[str, ...] = ()
    """Parameters that it refuses with a 400."""
    latency: float = 0.0
    retry_after: str = "0.05"
    key: str | None = KEY
    models: tuple[str, ...] | None = None
    """The models it knows; None: any."""
    cost: float | None = None
    """What it says of each call's cost in LiteLLM's header."""
    huge: int = 20 * 1024 * 1024
    seen: list[Seen] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    base_url: str = ""

    def __enter__(self) -> "FakeOpenAI":
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

        async def serve() -> None:
            app = web.Application(client_max_size=64 * 1024 * 1024)
            app.router.add_post("/v1/chat/completions", self._complete)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
            self.base_url = f"http://127.0.0.1:{port}/v1"
            ready.set()
            await self._stop.wait()
            await runner.cleanup()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(serve())
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        number = len(self.seen)
        fault = self.faults(number, body)
        self.seen.append(Seen(body, dict(request.headers), request.path, fault))
        if self.latency:
            await asyncio.sleep(self.latency)
        if (refusal := self._refusal(request, body)) is not None:
            return refusal
        if (broken := await self._broken(request, fault)) is not None:
            return broken
        text, finish, extra = self._text(body, fault)
        return self._completion(body, text, finish, extra, fault)

    def _refusal(self, request: web.Request, body: dict[str, Any]) -> web.Response | None:
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            return error(401, "Incorrect API key provided.", "invalid_api_key")
        if self.models is not None and body["model"] not in self.models:
            return error(404, f"The model '{body['model']}' does not exist", "model_not_found")
        wanted = body.get("response_format", {}).get("type")
        if wanted is not None and wanted not in self.modes:
            return error(
                400, f"Invalid parameter: 'response_format' of type '{wanted}' is not supported", "unsupported"
            )
        for name in self.refused:
            if name in body:
                return error(400, f"Unsupported parameter: '{name}' is not supported with this model.", "unsupported")
        return None

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        match fault:
            case Fault.RATE_LIMIT:
                return error(429, "Rate limit reached", "rate_limit_exceeded")
            case Fault.RATE_LIMIT_AFTER:
                response = error(429, "Rate limit reached", "rate_limit_exceeded")
                response.headers["Retry-After"] = self.retry_after
                return response
            case Fault.QUOTA:
                return error(429, "You exceeded your current quota", "insufficient_quota")
            case Fault.SERVER_ERROR:
                return error(500, "The server had an error", "server_error")
            case Fault.ECHO_KEY:
                return error(500, f"bad gateway for {request.headers.get('Authorization')}", "server_error")
            case Fault.HTML:
                return web.Response(text="<html><body>It works!</body></html>", content_type="text/html")
            case Fault.HANG:
                await asyncio.sleep(30)
            case Fault.DROP:
                assert request.transport is not None
                request.transport.abort()
                await asyncio.sleep(1)
            case Fault.RESET:
                return await self._reset(request)
            case Fault.TORN_BODY:
                return web.Response(
                    body=b'{"choices":[{"message":{"role":"assistant","con', content_type="application/json"
                )
            case Fault.HUGE:
                return await self._huge(request)
        return None

    async def _reset(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"id":"x","choices":[')
        await asyncio.sleep(0.01)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        chunk = b'"' + b"x" * 65536
        try:
            for _ in range(self.huge // len(chunk)):
                await response.write(chunk)
        except (ConnectionError, RuntimeError):
            pass
        return response

    def _text(self, body: dict[str, Any], fault: Fault) -> tuple[str | None, str, dict[str, Any]]:
        text = self.answers.of(body["messages"])
        match fault:
            case Fault.TRUNCATED:
                return text[: len(text) // 2], "length", {}
            case Fault.FENCED:
                return f"```json\n{text}\n```", "stop", {}
            case Fault.PROSE:
                return f"Sure! Here is what you asked for:\n{text}\nLet me know if it helps.", "stop", {}
            case Fault.NO_JSON:
                return "I would rather talk about the weather.", "stop", {}
            case Fault.EMPTY:
                return "", "stop", {}
            case Fault.REFUSAL:
                return None, "stop", {"refusal": "I can't help with that."}
            case Fault.FILTERED:
                return "", "content_filter", {}
            case Fault.WRONG_LANGUAGE:
                return _foreign(text), "stop", {}
        return text, "stop", {}

    def _completion(
        self, body: dict[str, Any], text: str | None, finish: str, extra: dict[str, Any], fault: Fault
    ) -> web.Response:
        asked = sum(len(m["content"]) for m in body["messages"]) // 4
        answered = len(text or "") // 4 + 1
        message = {"role": "assistant", "content": text, **extra}
        data: dict[str, Any] = {
            "id": "chatcmpl-fake",
            "object": "chat.completion",
            "created": 1700000000,
            "model": f"{body['model']}-0001",
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        }
        if fault is not Fault.NO_USAGE:
            data["usage"] = {
                "prompt_tokens": asked,
                "completion_tokens": answered,
                "total_tokens": asked + answered,
                "prompt_tokens_details": {"cached_tokens": asked // 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            }
        headers = {} if self.cost is None else {"x-litellm-response-cost": str(self.cost)}
        return web.json_response(data, headers=headers)


def _foreign(text: str) -> str:
    """The same answer with its lead in another language than any interview's."""
    data = json.loads(text)
    if "lead" in data:
        data["lead"] = "これは日本語の返答です。" + "Vamos a seguir con la entrevista ahora mismo. " * 2
    return json.dumps(data, ensure_ascii=False)


def error(status: int, message: str, code: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": code, "param": None, "code": code}}, status=status)


def first(faults: Iterable[Fault]) -> Callable[[int, dict[str, Any]], Fault]:
    """These faults for the first requests, none after."""
    listed = list(faults)
    return lambda number, _: listed[number] if number < len(listed) else Fault.NONE
