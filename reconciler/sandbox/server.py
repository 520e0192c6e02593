"""Serving the stand-in on a socket, from options to an orderly end.

`serve` is the whole program; `create_app` is the same application for whoever brings a server and a clock.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import uvicorn
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from reconciler.sandbox import (
    access,
    audits,
    control,
    dependencies,
    directory,
    divisions,
    exports,
    flow_actions,
    flows,
    jobs,
    media,
    numbers,
    prompt_resources,
    prompts,
    roles,
    routes,
    schedules,
    store,
)
from reconciler.sandbox.analytics import aggregates, observations
from reconciler.sandbox.app import Sandbox
from reconciler.sandbox.clock import Clock, ManualClock, SystemClock
from reconciler.sandbox.conversations import message_life, messages, open_messaging, textbots
from reconciler.sandbox.options import Options
from reconciler.sandbox.organisation import new_organisation
from reconciler.sandbox.world import World

__all__ = ["App", "Clock", "ManualClock", "Options", "SystemClock", "create_app", "serve"]

AREAS = (
    access, roles, divisions, directory, prompts, prompt_resources, media, flows, flow_actions, jobs, exports, routes,
    schedules, numbers, audits, dependencies, observations, aggregates, textbots, messages, open_messaging,
)  # fmt: skip
TIMERS = (media, flow_actions, jobs, exports, dependencies, message_life)
STOP_SECONDS = 2
KEEP_ALIVE_SECONDS = 75
HEADERS_MAX = 256 * 1024


class App:
    """The sandbox with its state file: an ASGI application that keeps the file up to date while it lives."""

    def __init__(self, options: Options, clock: Clock) -> None:
        path = options.state_file
        kept = store.load(path) if path else None
        self.world = World(kept or new_organisation(clock.now()), options, clock)
        for area in TIMERS:
            self.world.on_timer.update(area.TIMERS)
        self.sandbox = Sandbox(self.world, [endpoint for area in AREAS for endpoint in area.ENDPOINTS])
        self.saver = store.Saver(self.world, path)
        self.sandbox.extend(control.endpoints(self.sandbox, self.saver))
        self._lifespan = Router(lifespan=self._live)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self.sandbox(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _live(self, _: Router) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.saver.run, name="sandbox state saver")
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
        self.saver.save()


def create_app(options: Options, clock: Clock) -> App:
    """The ASGI application. Raises store.StateFileError when the state file cannot be used."""
    return App(options, clock)


async def serve(options: Options, *, started: Callable[[str], None], clock: Clock | None = None) -> None:
    """Serve until cancelled, or until SIGTERM or SIGINT when nobody else handles signals in this process.

    `started` is called once with the base URL when the socket listens. Raises OSError when the address is taken,
    store.StateFileError when the state file cannot be used.
    """
    app = create_app(options, clock or SystemClock())
    app.saver.save()  # an unusable file is better known now than at the end
    listener = _listen(options.host, options.port)
    host, port = listener.getsockname()[:2]
    server = _Server(_config(app), lambda: started(f"http://{f'[{host}]' if ':' in host else host}:{port}"))
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_when_told, server, name="sandbox stop")
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL and _main_thread():
                await tasks.start(_stop_on_signal, server, name="sandbox signals")
            with anyio.CancelScope(shield=True):
                await server.serve(sockets=[listener])
            tasks.cancel_scope.cancel()
    finally:
        listener.close()
        app.saver.save()


def _listen(host: str, port: int) -> socket.socket:
    family, type, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # The protocol is spelled out because asyncio turns Nagle off only then, which costs 40 ms an answer otherwise.
    listener = socket.socket(family, type, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="critical",  # its errors are the resets we make on purpose
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=HEADERS_MAX,
        backlog=2048,
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, and with a call when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


async def _stop_when_told(server: _Server) -> None:
    """Turn cancellation from outside into an orderly end of the server."""
    try:
        await anyio.sleep_forever()
    finally:
        server.should_exit = True


async def _stop_on_signal(server: _Server, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    # A background job of a shell script starts with SIGINT ignored; that stays so.
    interrupt = () if signal.getsignal(signal.SIGINT) is signal.SIG_IGN else (signal.SIGINT,)
    with anyio.open_signal_receiver(signal.SIGTERM, *interrupt) as signals:
        task_status.started()
        async for _ in signals:
            server.force_exit = server.should_exit  # a second signal does not wait for open requests
            server.should_exit = True


def _main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
