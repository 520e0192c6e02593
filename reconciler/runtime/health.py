"""`/healthz`, `/readyz` and `/metrics` on one port, for orchestrators and scrapers.

Alive means that the turn under way gets on; ready means the last good pass is not too old and no stop was asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import uvicorn
from anyio.abc import SocketAttribute, TaskStatus
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.errors import ReconcilerError, UsageError
from reconciler.ports import Clock
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.standing import Standing

ALIVE_SECONDS = 1200.0
"""One step of a turn may be a flow publish (16 minutes at most); silence beyond that is a hang."""
Waiting = Callable[[], Awaitable[int]]
"""How many webhook deliveries wait."""


def is_alive(standing: Standing, now: float) -> str:
    """Why the loop counts as hung, empty when it turns or rests. `now` is the clock's monotonic time."""
    silent = 0.0 if standing.busy_since_monotonic is None else now - standing.busy_since_monotonic
    return f"no sign of life for {silent:.0f} s" if silent > ALIVE_SECONDS else ""


def is_ready(standing: Standing, now: float, *, interval_seconds: float) -> str:
    """Why the service is not ready, empty when it is."""
    if standing.stopping:
        return "stopping"
    if standing.last_pass_monotonic is None:
        return standing.last_error or "no pass has ended yet"
    age = now - standing.last_pass_monotonic
    if age > 3.0 * interval_seconds + ALIVE_SECONDS:
        return f"the last good pass is {age:.0f} s old{': ' + standing.last_error if standing.last_error else ''}"
    return ""


def app(standing: Standing, clock: Clock, metrics: Metrics, *, interval_seconds: float, waiting: Waiting) -> Starlette:
    """The three pages."""

    def page(verdict: Callable[[], str]) -> Callable[[Request], Awaitable[Response]]:
        async def show(_: Request) -> Response:
            why = verdict()
            return PlainTextResponse(why or "ok", 503 if why else 200)

        return show

    async def show_metrics(_: Request) -> Response:
        with suppress(ReconcilerError):  # the other figures are needed then most of all
            metrics.outbox.set(await waiting())
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(
        routes=[
            Route("/healthz", page(lambda: is_alive(standing, clock.monotonic()))),
            Route("/readyz", page(lambda: is_ready(standing, clock.monotonic(), interval_seconds=interval_seconds))),
            Route("/metrics", show_metrics),
        ]
    )


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9440`, `[::1]:9440` or `:9440`. Raises UsageError for anything else."""
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"RECONCILE_LISTEN is {listen!r}; write host:port, for example 127.0.0.1:9440.")
    return host.strip("[]") or "127.0.0.1", int(port)


async def serve(
    application: Starlette, listen: str, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled; started with the address once the port is ours. Raises UsageError when it is taken."""
    host, port = split_listen(listen)
    config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    try:
        listeners = await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        raise UsageError(
            f"RECONCILE_LISTEN: {listen} cannot be listened on ({error.strerror or error}). "
            "Write another host:port, or off."
        ) from error
    async with listeners:
        sockets = [one.extra(SocketAttribute.raw_socket) for one in listeners.listeners]  # noqa: S610 - no Django
        address, number = sockets[0].getsockname()[:2]
        task_status.started(f"{address}:{number}")
        await uvicorn.Server(config)._serve(sockets)  # `serve` would take over the process's signals
