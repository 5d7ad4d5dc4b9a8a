"""How a request reaches an endpoint: one method to send, any failure as one of ``coach.errors``.

``DirectTransport`` is a small client on aiohttp with the ``openai`` package's environment variables, addresses
and headers; ``SdkTransport`` is that package itself, for endpoints that need more. Neither retries.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from coach import __version__
from coach.errors import APIConnectionError, APIResponseError, APITimeoutError, UsageError
from coach.models.wire import Payload

MAX_BODY = 16 * 1024 * 1024
"""Bytes of an answer; a larger one is given up."""
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is and how to knock; its text never shows the key."""

    base_url: str
    api_key: str | None = None
    organization: str | None = None
    project: str | None = None
    timeout: float = 120.0
    """Seconds for one attempt, from the first byte sent to the last received."""

    def __post_init__(self) -> None:
        """Raise UsageError where the address is none."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"the base URL '{self.shown}' is none; it looks like https://host/v1")
        if parts.username or parts.password:
            raise UsageError("the base URL holds a name or a password; give the key as COACH_API_KEY instead")
        if self.api_key and not (self.api_key.isascii() and self.api_key.isprintable() and " " not in self.api_key):
            raise UsageError("the API key holds characters that no HTTP header may hold; copy it again")

    @property
    def url(self) -> str:
        """Return where completions are asked for."""
        return f"{self.base_url.rstrip('/')}/chat/completions"

    @property
    def shown(self) -> str:
        """Return the address for people and files: no name, no password, no query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")

    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        found = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": f"coach/{__version__}"}
        if self.api_key:
            found["Authorization"] = f"Bearer {self.api_key}"
        if self.organization:
            found["OpenAI-Organization"] = self.organization
        if self.project:
            found["OpenAI-Project"] = self.project
        return found

    def clean(self, text: str) -> str:
        """Return ``text`` without the key, should an endpoint have echoed it."""
        return text.replace(self.api_key, "***") if self.api_key else text

    def clean_bytes(self, body: bytes) -> bytes:
        """Return ``body`` without the key, should an endpoint have echoed it."""
        if not self.api_key:
            return body
        key = self.api_key.encode()
        return body.replace(key, b"***") if key in body else body

    def __repr__(self) -> str:
        """Return the address without its key."""
        return f"Address({self.shown!r})"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case or case-insensitive."""
    body: bytes


class Transport(Protocol):
    """Sends one request."""

    async def send(self, payload: Payload) -> Response:
        """Return the response of any status.

        Raises:
            APIConnectionError: it could not be reached, or hung up.
            APITimeoutError: it did not answer in time.
            APIResponseError: the body is too large.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for ``url`` (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY)."""
    parts = urlsplit(url)
    proxies = getproxies()
    if proxy_bypass(parts.hostname or ""):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


class DirectTransport:
    """A small client on aiohttp: one session, the body encoded once, nothing built from the answer."""

    def __init__(self, address: Address) -> None:
        """Take the endpoint; nothing is opened before the first request."""
        self._address = address
        self._url = address.url
        self._session: aiohttp.ClientSession | None = None
        self._proxy: str | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # How many are open at once is the limiter's business.
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._address.headers(),
                timeout=aiohttp.ClientTimeout(total=self._address.timeout, sock_connect=CONNECT_SECONDS),
                # The environment's proxy is looked up once, not for every request.
                trust_env=False,
            )
            self._proxy = proxy_of(self._url)
        return self._session

    async def send(self, payload: Payload) -> Response:
        """Return the response of any status; see ``Transport``."""
        try:
            # A redirect is not followed: the user named one endpoint, and the key is for it alone.
            async with self._open().post(
                self._url, data=payload.encoded(), allow_redirects=False, proxy=self._proxy
            ) as response:
                return Response(response.status, response.headers, await self._read(response))
        except TimeoutError as error:
            raise APITimeoutError(_late(self._address)) from error
        except aiohttp.ClientSSLError as error:
            raise APIConnectionError(_tls(self._address, error)) from error
        except aiohttp.ClientConnectorError as error:
            why = error.strerror or str(error.os_error) or type(error.os_error).__name__
            raise APIConnectionError(_unreached(self._address, why)) from error
        except aiohttp.ClientConnectionError as error:
            raise APIConnectionError(_dropped(self._address, error)) from error
        except (aiohttp.ClientError, asyncio.IncompleteReadError, ValueError) as error:
            raise APIConnectionError(_dropped(self._address, error)) from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise APIResponseError(f"{self._address.shown}: the answer is larger than {MAX_BODY >> 20} MB")
        return self._address.clean_bytes(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()


class SdkTransport:
    """The ``openai`` package's own client, its retries off."""

    def __init__(self, address: Address) -> None:
        """Take the endpoint; the package is imported and opened at the first request."""
        self._address = address
        self._client: Any = None

    def _open(self) -> Any:
        if self._client is None:
            import openai

            self._client = openai.AsyncOpenAI(
                base_url=self._address.base_url,
                api_key=self._address.api_key or "none",
                organization=self._address.organization,
                project=self._address.project,
                max_retries=0,
                http_client=openai.DefaultAioHttpClient(
                    timeout=openai.Timeout(self._address.timeout, connect=CONNECT_SECONDS), follow_redirects=False
                ),
            )
        return self._client

    async def send(self, payload: Payload) -> Response:
        """Return the response of any status; see ``Transport``."""
        client = self._open()
        import openai

        try:
            # The package's timeout is for each read; the whole attempt has one too.
            async with asyncio.timeout(self._address.timeout):
                raw = await client.chat.completions.with_raw_response.create(**payload.fields())
            response = raw.http_response
            status, headers, body = response.status_code, response.headers, response.content
        except openai.APIStatusError as error:
            status, headers, body = error.response.status_code, error.response.headers, error.response.content
        except TimeoutError as error:
            raise APITimeoutError(_late(self._address)) from error
        except openai.APIConnectionError as error:
            raise self._unreached(error) from error
        if len(body) > MAX_BODY:
            raise APIResponseError(f"{self._address.shown}: the answer is larger than {MAX_BODY >> 20} MB")
        return Response(status, headers, self._address.clean_bytes(body))

    def _unreached(self, error: Exception) -> APIConnectionError:
        """Return the package's connection error by what is at its root; it calls a refused connection a timeout."""
        cause: BaseException = error
        while (inner := cause.__cause__ or cause.__context__) is not None:
            cause = inner
            if isinstance(cause, ssl.SSLError | aiohttp.ClientSSLError):
                return APIConnectionError(_tls(self._address, cause))
            if isinstance(cause, aiohttp.ClientConnectorError):
                why = cause.strerror or str(cause.os_error) or type(cause.os_error).__name__
                return APIConnectionError(_unreached(self._address, why))
        import openai

        if isinstance(error, openai.APITimeoutError) and not isinstance(cause, aiohttp.ClientConnectionError):
            return APITimeoutError(_late(self._address))
        return APIConnectionError(_dropped(self._address, cause))

    async def close(self) -> None:
        """Close the client."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()


def open_transport(name: str, address: Address) -> Transport:
    """Return the transport called ``direct`` or ``sdk``. Raises UsageError for another name."""
    if name == "direct":
        return DirectTransport(address)
    if name == "sdk":
        return SdkTransport(address)
    raise UsageError(f"unknown transport '{name}'; there are direct, sdk")


def _late(address: Address) -> str:
    return f"{address.shown} did not answer within {address.timeout:g} s"


def _unreached(address: Address, why: str) -> str:
    return address.clean(f"can't reach {address.shown}: {why}")


def _tls(address: Address, error: BaseException) -> str:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    why = getattr(inner, "verify_message", None) or getattr(inner, "reason", None) or str(inner)
    return f"no TLS connection to {address.shown}: {why}; for a private authority set SSL_CERT_FILE"


def _dropped(address: Address, error: BaseException) -> str:
    what = " ".join(str(error).split())[:200] or type(error).__name__
    return address.clean(f"{address.shown} hung up: {what}")
