"""Both transports against one fake endpoint: the same requests, the same answers, the same errors."""

import asyncio
import json
import ssl
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from coach.errors import APIConnectionError, APIResponseError, APITimeoutError, UsageError
from coach.models.base import Sampling
from coach.models.transports import Address, Response, Transport, open_transport
from coach.models.wire import Abilities, Mode, payload
from tests.fake_openai import FakeOpenAI, Fault
from tests.fake_openai.server import KEY
from tests.models.requests import request

BOTH = pytest.mark.parametrize("name", ["direct", "sdk"])


def send(
    name: str, address: Address, ask: Callable[[Transport], Any] | None = None, mode: Mode = "json_schema"
) -> Response:
    async def go() -> Response:
        transport = open_transport(name, address)
        try:
            sampling = Sampling(temperature=0.2, max_tokens=99, seed=4)
            return await transport.send(payload(request(sampling=sampling), "m-1", Abilities(mode=mode)))
        finally:
            await transport.close()

    with warnings.catch_warnings():
        # A connection that the test cuts may be collected while it is still closing.
        warnings.simplefilter("ignore", ResourceWarning)
        return asyncio.run(go())


def test_both_send_the_same() -> None:
    with FakeOpenAI() as server:
        address = Address(server.base_url, KEY, "org-1", "proj-1")
        for mode in ("json_schema", "json_object", "text"):
            for name in ("direct", "sdk"):
                assert send(name, address, mode=mode).status == 200
    for one, other in zip(server.seen[::2], server.seen[1::2], strict=True):
        assert one.body == other.body
        assert one.path == other.path == "/v1/chat/completions"
        for header in ("Authorization", "OpenAI-Organization", "OpenAI-Project", "Content-Type"):
            told = [{k.lower(): v for k, v in seen.headers.items()}.get(header.lower()) for seen in (one, other)]
            assert told[0] == told[1] is not None
    body = server.seen[0].body
    assert body["model"] == "m-1"
    assert (body["temperature"], body["max_completion_tokens"], body["seed"]) == (0.2, 99, 4)
    assert body["response_format"]["json_schema"]["strict"] is True
    assert server.seen[2].body["response_format"] == {"type": "json_object"}
    assert "response_format" not in server.seen[4].body
    assert "JSON Schema" in server.seen[4].body["messages"][0]["content"]


@BOTH
@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.NONE, 200), (Fault.RATE_LIMIT, 429), (Fault.SERVER_ERROR, 500), (Fault.HTML, 200), (Fault.TORN_BODY, 200)],
)
def test_every_status_is_a_response(name: str, fault: Fault, status: int) -> None:
    with FakeOpenAI(faults=lambda *_: fault) as server:
        assert send(name, Address(server.base_url, KEY)).status == status


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.HANG, APITimeoutError), (Fault.RESET, APIConnectionError), (Fault.DROP, APIConnectionError)],
)
def test_faults_of_the_connection_are_the_same_errors(name: str, fault: Fault, error: type[Exception]) -> None:
    with FakeOpenAI(faults=lambda *_: fault) as server, pytest.raises(error) as raised:
        send(name, Address(server.base_url, KEY, timeout=0.3))
    assert KEY not in str(raised.value)
    assert server.base_url in str(raised.value)


@BOTH
def test_a_huge_body_is_given_up(name: str) -> None:
    with FakeOpenAI(faults=lambda *_: Fault.HUGE) as server, pytest.raises(APIResponseError, match="larger than 16 MB"):
        send(name, Address(server.base_url, KEY))


@BOTH
def test_a_key_that_is_echoed_is_cleaned(name: str) -> None:
    with FakeOpenAI(faults=lambda *_: Fault.ECHO_KEY) as server:
        body = send(name, Address(server.base_url, KEY)).body
    assert KEY.encode() not in body
    assert b"***" in body


@BOTH
def test_who_is_not_there_is_named(name: str) -> None:
    with pytest.raises(APIConnectionError, match=r"can't reach http://127\.0\.0\.1:9/v1"):
        send(name, Address("http://127.0.0.1:9/v1", KEY, timeout=5))


@BOTH
def test_a_redirect_is_not_followed(name: str) -> None:
    from aiohttp import web

    from coach.models.budget import Budget
    from coach.models.endpoint import EndpointModel
    from coach.models.gate import LocalGate
    from coach.models.limiter import Limiter
    from coach.models.prices import Prices

    async def go(server: FakeOpenAI) -> None:
        async def moved(_: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"{server.base_url}/chat/completions")

        app = web.Application()
        app.router.add_post("/v1/chat/completions", moved)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        address = Address(f"http://127.0.0.1:{port}/v1", KEY)
        gate = LocalGate(Limiter(1), Budget())
        model = EndpointModel("m", address, open_transport(name, address), gate, Prices())
        try:
            with pytest.raises(Exception, match=r"it redirects to http://127\.0\.0\.1"):
                await model.complete(request())
        finally:
            await model.close()
            await runner.cleanup()

    with FakeOpenAI() as server:
        asyncio.run(go(server))
        assert server.seen == []


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A TLS server with a certificate that nobody trusts."""
    import subprocess

    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    loop = asyncio.new_event_loop()
    started = threading.Event()
    found: dict[str, int] = {}
    stop = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        found["port"] = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    yield found["port"]
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)
    loop.close()


@BOTH
def test_a_certificate_that_nobody_trusts_is_named(name: str, tls_port: int) -> None:
    with pytest.raises(APIConnectionError, match=r"no TLS connection to https://localhost:\d+/v1: .*self-signed"):
        send(name, Address(f"https://localhost:{tls_port}/v1", KEY, timeout=5))


@pytest.mark.parametrize("url", ["nonsense", "ftp://x/v1", "http://", "https://user:secret@host/v1"])
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        Address(url)
    assert "secret" not in str(raised.value)


def test_an_address_never_shows_its_key() -> None:
    address = Address("https://host/v1?x=1", KEY)
    assert KEY not in repr(address)
    assert address.shown == "https://host/v1"
    with pytest.raises(UsageError, match="characters"):
        Address("https://host/v1", "sk-a b\n")


def test_the_encoded_body_is_the_fields() -> None:
    asked = payload(request("лишь \ud800 текст", sampling=Sampling(seed=1)), "m", Abilities())
    assert json.loads(asked.encoded()) == asked.fields()
