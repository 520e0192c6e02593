"""Recordings behind web addresses, as `ports.WebFiles`, over the guarded transport.

One address may cost a minute and 25 MB. Redirects are not followed: the manifest names what is fetched. No word that
leaves this module holds a query, for it may be a signature.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urljoin, urlsplit

import anyio
import httpx

from reconciler.adapters.http import BlockedTarget
from reconciler.errors import RecordingError
from reconciler.kinds.prompt import audio
from reconciler.ports import WebFile, WebHead

TIMEOUT_SECONDS: Final = 60.0
AT_ONCE: Final = 4
_CLOSE_SECONDS_MAX: Final = 1.0
_TYPES: Final = ("application/octet-stream", "binary/octet-stream", "application/ogg", "video/mp4", "video/ogg")
"""Beside audio/*: what object stores say when nobody told them better, and containers without pictures."""
_UNANSWERED: Final = range(400, 600)
"""A HEAD that is refused proves nothing: an address signed for GET answers it with 403 [AWS SigV4]. The GET tells."""


class HttpWebFiles:
    """`transport` decides which addresses may be reached; seconds and bytes are per request."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        user_agent: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        bytes_max: int = audio.BYTES_MAX,
    ) -> None:
        self._transport, self._user_agent = transport, user_agent
        self._timeout_seconds, self._bytes_max = timeout_seconds, bytes_max
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def look(self, url: str) -> WebHead | None:
        async with self._answer("HEAD", url) as response:
            if response.status_code in _UNANSWERED:
                return None
            size = self._check(response, url)
            return WebHead(_etag(response), size)

    async def fetch(self, url: str) -> WebFile:
        async with self._answer("GET", url) as response:
            self._check(response, url)
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._bytes_max:
                    raise _too_large(self._bytes_max)
            return WebFile(_etag(response), bytes(content))

    @asynccontextmanager
    async def _answer(self, method: str, url: str) -> AsyncIterator[httpx.Response]:
        """One request, from its connection to the last byte that is read inside the block."""
        try:
            async with self._limiter:
                with anyio.fail_after(self._timeout_seconds):
                    response = await self._transport.handle_async_request(self._request(method, url))
                    try:
                        yield response
                    finally:
                        with anyio.move_on_after(_CLOSE_SECONDS_MAX, shield=True):
                            await response.aclose()
        except BlockedTarget as error:
            sentence, _, remedy = str(error).partition(". ")
            raise RecordingError("REC1313", f"is refused: {sentence.rstrip('.')}", remedy) from None
        except (TimeoutError, httpx.TimeoutException):
            reason = f"cannot be fetched: it did not arrive within {self._timeout_seconds:g} s"
            raise RecordingError("REC1314", reason, "Try again, or put the file into the repository.") from None
        except httpx.ConnectError as error:
            raise RecordingError("REC1314", f"cannot be fetched: {error}", "Correct the address.") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # The texts of these may repeat the address.
            reason = f"cannot be fetched: the exchange broke off ({type(error).__name__})"
            raise RecordingError("REC1314", reason, "Try again, or put the file into the repository.") from None

    def _request(self, method: str, url: str) -> httpx.Request:
        headers = {"user-agent": self._user_agent, "accept": "audio/*, */*;q=0.1", "accept-encoding": "identity"}
        timeout = httpx.Timeout(self._timeout_seconds).as_dict()
        return httpx.Request(method, url, headers=headers, extensions={"timeout": timeout})

    def _check(self, response: httpx.Response, url: str) -> int | None:
        """The size the server promises. Raises RecordingError for every answer that is no recording."""
        status = response.status_code
        if 300 <= status < 400:
            place = _bare(urljoin(url, response.headers.get("location", "")))
            reason = f"cannot be fetched: the server says {status} and leads to {place}; redirects are not followed"
            raise RecordingError("REC1314", reason, "Write the address of the file itself.")
        if status in (401, 403):
            reason = f"cannot be fetched: the server says {status}; the file is private, or the signature has expired"
            remedy = (
                "Write a freshly signed address. With `sha256` beside it, it is not asked again once it is uploaded."
            )
            raise RecordingError("REC1314", reason, remedy)
        if status != 200:
            raise RecordingError(
                "REC1314", f"cannot be fetched: the server says {status}", "Correct the address, or try again."
            )
        type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if type and not type.startswith("audio/") and type not in _TYPES:
            remedy = "Write the address of the file itself; a page to log in or to preview is not it."
            raise RecordingError("REC1315", f"is not a recording: the server says {type[:80]}", remedy)
        length = response.headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() else None
        if size is not None and size > self._bytes_max:
            raise _too_large(size)
        return size


def _etag(response: httpx.Response) -> str:
    """Weak ones too: they promise the same sound, and length is compared beside them."""
    return str(response.headers.get("etag", "")).strip()[:200]


def _too_large(size: int) -> RecordingError:
    reason = f"has at least {size / 1_048_576:.1f} MB, the platform takes 25 MB"
    return RecordingError("REC1306", reason, "Shorten it, or save it at 8 kHz mono.")


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
