"""What is told about a request once it has ended: to metrics and logs, and to whoever collects the platform's names.

A request has two names: ours, sent along, and the platform's correlation id, which its support asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

REQUEST_ID_HEADER = "X-Request-Id"
"""Ours, one per attempt: a convention of proxies and gateways; nothing says that the platform looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One request as it went."""

    request: str
    """`GET /api/v2/flows`: method and template."""
    status: int
    """0 without an answer."""
    seconds: float
    remaining: int | None
    """Requests left in the rate window, as far as known."""
    request_id: str
    correlation_id: str = ""
    """Empty when the platform gave none."""


OnRequest = Callable[[Exchanged], None]
"""Called after each request, logins and transfers of files included."""

_correlation_ids: ContextVar[list[str] | None] = ContextVar("correlation_ids", default=None)

_latest: ContextVar[tuple[str, str]] = ContextVar("latest", default=("", ""))


@contextmanager
def collect_request_ids() -> Iterator[list[str]]:
    """Collect the correlation ids of every request made inside the block, child tasks included, in order of arrival."""
    ids: list[str] = []
    mark = _correlation_ids.set(ids)
    try:
        yield ids
    finally:
        _correlation_ids.reset(mark)


def collect(correlation_id: str, request_id: str) -> None:
    """Hand the names of one answered request to the block around us, and to `latest`."""
    _latest.set((correlation_id, request_id))
    ids = _correlation_ids.get()
    if ids is not None and correlation_id:
        ids.append(correlation_id)


def latest() -> tuple[str, str]:
    """Correlation id and request id of the last answer this task got: for readers that find it unusable later."""
    return _latest.get()
