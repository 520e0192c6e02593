"""One attempt to deliver one webhook: a signed POST, an answer or the reason there is none.

Sends through a bare transport, so nothing follows redirects, keeps cookies or reads proxy variables. What comes back
is a status and a sentence that holds no secret, no header value and nothing of the URL's path and query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import anyio
import httpx

from reconciler import __version__
from reconciler.core import cloudevents, redelivery, signing
from reconciler.core.redelivery import Answer
from reconciler.model.event import Endpoint
from reconciler.model.outcome import Delivery

USER_AGENT = f"reconciler/{__version__}"
RESPONSE_BYTES_MAX = 65_536
"""More of an answer is not read; nobody looks at it."""
CLOSE_SECONDS_MAX = 1.0
ERROR_CHARACTERS_MAX = 300

_OURS = frozenset({"content-type", "content-length", "host", "transfer-encoding", "user-agent", "connection"})
_SAYS = {
    410: ": the endpoint says that it is gone for good",
    415: ": the endpoint does not take CloudEvents in JSON",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """`error` is empty when the endpoint took it."""

    answer: Answer
    error: str = ""


async def post(
    transport: httpx.AsyncBaseTransport,
    endpoint: Endpoint,
    delivery: Delivery,
    *,
    now: datetime,
    timeout_seconds: float,
) -> Posted:
    """Send the delivery's bytes once; the whole exchange ends within the timeout. Never raises for a failed exchange.

    A 2xx status counts even when the rest of the answer does not arrive.
    """
    try:
        request = httpx.Request(
            "POST",
            endpoint.url,
            headers=headers(endpoint, delivery, now=now),
            content=delivery.body,
            extensions={"timeout": httpx.Timeout(timeout_seconds).as_dict()},
        )
        with anyio.fail_after(timeout_seconds) as scope:
            response = await transport.handle_async_request(request)
    except (TimeoutError, httpx.TimeoutException):
        return Posted(Answer(status=None), f"no answer within {timeout_seconds:g} s")
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        return Posted(Answer(status=None), _redacted(f"no connection: {error}", endpoint))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        # The texts of these may repeat header values or the URL.
        return Posted(Answer(status=None), f"the request could not be sent ({type(error).__name__})")
    await _finish(response, scope.deadline)
    wait = redelivery.retry_after_seconds(response.headers.get("retry-after"), now=now)
    return Posted(Answer(status=response.status_code, retry_after_seconds=wait), _complaint(response.status_code))


def obstacle(endpoint: Endpoint) -> str:
    """Why nothing can be sent to the endpoint, as the end of a sentence; empty when it can."""
    if not endpoint.enabled:
        return "it is switched off (`enabled: false`)"
    if endpoint.unsigned:
        return ""
    if not endpoint.secret:
        return "it has no secret; give it one, or say `unsigned: true`"
    try:
        signing.sign(id="probe", timestamp=0, body=b"", secrets=signing.split(endpoint.secret))
    except signing.InvalidSecret:
        return "its secret cannot be used; write whsec_ and base64, or any other text"
    return ""


def headers(endpoint: Endpoint, delivery: Delivery, *, now: datetime) -> dict[str, str]:
    """All headers of the attempt; the endpoint's own may not replace ours. Raises InvalidSecret."""
    timestamp = int(now.timestamp())
    ours = {
        "content-type": cloudevents.CONTENT_TYPE,
        "user-agent": USER_AGENT,
        signing.ID: delivery.id,
        signing.TIMESTAMP: str(timestamp),
    }
    if not endpoint.unsigned:
        secrets = signing.split(endpoint.secret or "")
        ours[signing.SIGNATURE] = signing.sign(id=delivery.id, timestamp=timestamp, body=delivery.body, secrets=secrets)
    return {**_extra(endpoint.headers), **ours}


def _extra(given: Mapping[str, str]) -> dict[str, str]:
    names = {name: name.lower() for name in given}
    return {low: given[name] for name, low in names.items() if low not in _OURS and not low.startswith("webhook-")}


async def _finish(response: httpx.Response, deadline: float) -> None:
    """Take a short answer whole, so the connection can serve again; cut a long or slow one."""
    size = 0
    try:
        with anyio.CancelScope(deadline=deadline):
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > RESPONSE_BYTES_MAX:
                    break
    except (httpx.HTTPError, OSError):
        pass  # the status came, and only that counts
    finally:
        with anyio.move_on_after(CLOSE_SECONDS_MAX, shield=True):
            await response.aclose()


def _complaint(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"HTTP {status}: redirects are not followed; write the final URL"
    return f"HTTP {status}{_SAYS.get(status, '')}"


def _redacted(text: str, endpoint: Endpoint) -> str:
    parts = urlsplit(endpoint.url)
    hidden = [endpoint.url, parts.path, parts.query, parts.username or "", parts.password or ""]
    hidden += [endpoint.secret or "", *signing.split(endpoint.secret or ""), *endpoint.headers.values()]
    for value in sorted(set(hidden), key=len, reverse=True):
        if len(value) > 1:
            text = text.replace(value, "…")
    return text[:ERROR_CHARACTERS_MAX]
