"""The one module that knows the HTTP library: bytes out, bytes in, and whether a failed request may have arrived.

Everything above works with `Answer`, `NotSent` and `NoAnswer`, so another library is a change of this file. Retries,
tokens, pacing and the meaning of a status are left to `client`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
import httpx

Transport = httpx.AsyncBaseTransport
"""Where requests go; `adapters.http` builds the real one, tests and the simulation bring their own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class NotSent(Exception):
    """The request certainly did not reach the server: the connection could not be opened."""


class NoAnswer(Exception):
    """The request may have reached the server, but no complete answer came back."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class TooLarge(Exception):
    """The answer is larger than the caller wants to hold in memory."""


class Http:
    """Sends one request at a time per call; holds no cookies, follows no redirects, reads no proxy variables."""

    def __init__(self, transport: Transport, *, connect_seconds: float) -> None:
        self._client = httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)
        self._timeouts = httpx.Timeout(None, connect=connect_seconds, pool=connect_seconds).as_dict()

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        timeout_seconds: float,
        size_max: int,
    ) -> Answer:
        """Send and read the whole answer. Raises NotSent, NoAnswer or TooLarge; their texts hold no URL."""
        try:
            request = httpx.Request(
                method, url, headers=dict(headers), content=content, extensions={"timeout": self._timeouts}
            )
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise NotSent("the address cannot be used") from None
        try:
            with anyio.fail_after(timeout_seconds):
                return await self._send(request, size_max)
        except TimeoutError:
            raise NoAnswer(f"no answer within {timeout_seconds:g} s", timed_out=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(_reason(error)) from None
        except httpx.TimeoutException as error:
            raise NoAnswer(_reason(error), timed_out=True) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise NoAnswer(_reason(error)) from None

    async def _send(self, request: httpx.Request, size_max: int) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > size_max:
                    raise TooLarge(f"more than {size_max:,} bytes")
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                await response.aclose()
        return Answer(
            response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body)
        )

    async def aclose(self) -> None:
        await self._client.aclose()


def _reason(error: Exception) -> str:
    """What the library says, without anything that could hold an address."""
    text = str(error)
    return type(error).__name__ if not text or "://" in text else f"{type(error).__name__}: {text[:200]}"
