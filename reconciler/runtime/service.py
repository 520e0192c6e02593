"""The long-running process: the controller, webhooks, control socket and health pages under one parent.

Ends in order: readiness goes first, then the pass in flight ends or is recorded as unknown, then webhooks get a moment.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import structlog
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectSendStream

from reconciler.errors import ReconcilerError, Stopped
from reconciler.runtime import control
from reconciler.runtime.controller import ASKED, HANGUP, STOP, Asked, Controller
from reconciler.runtime.delivery import Courier
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.parts import PassResult, Request

log = structlog.get_logger("reconciler")

ASKED_MAX = 8
DRAIN_SECONDS_AT_STOP = 1.0


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything the process runs. `handler` answers the control socket, `listen` is empty for no health pages."""

    controller: Controller
    courier: Courier
    metrics: Metrics
    handler: control.Handler
    socket_path: str
    listen: str
    forget: Callable[[], None]
    """Makes the next look load the desired state again, for secrets in files that changed."""

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or cancellation."""
        controller, parts = self.controller, self.controller.parts
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._signals, name="signals")
            tasks.start_soon(self.courier.run, name="webhooks")
            await tasks.start(control.serve, self.socket_path, self.handler, name="control socket")
            address = None
            if self.listen:
                from reconciler.runtime import health  # a web server with it; every command imports this module

                pages = health.app(
                    controller.standing,
                    parts.clock,
                    self.metrics,
                    interval_seconds=controller.interval_seconds,
                    waiting=self._waiting,
                )
                address = await tasks.start(health.serve, pages, self.listen, name="health pages")
            log.info("service.started", listen=address, socket=self.socket_path)
            await controller.run()
            tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await self.courier.drain(DRAIN_SECONDS_AT_STOP)
        log.info("service.stopped")

    async def _waiting(self) -> int:
        return sum(backlog.pending for backlog in await self.controller.parts.ledger.backlog())

    async def _signals(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
            task_status.started()
            async for received in signals:
                if received == signal.SIGHUP:
                    self.forget()
                    self.controller.mailbox.poke(HANGUP)
                    continue
                log.info("service.stopping", signal=received.name)
                self.controller.stop.set()
                self.controller.mailbox.poke(STOP)


@asynccontextmanager
async def stop_on_signal(stop: anyio.Event) -> AsyncIterator[None]:
    """For one pass without the service: SIGTERM and SIGINT end it in order, a second one cuts the block off.

    Raises Stopped when it was cut off.
    """
    ended = False

    async def listen(*, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                if stop.is_set():
                    tasks.cancel_scope.cancel()
                stop.set()

    async with anyio.create_task_group() as tasks:
        await tasks.start(listen, name="signals")
        yield
        ended = True
        tasks.cancel_scope.cancel()
    if not ended:
        raise Stopped("Stopped at once by a second signal; the next pass looks at what was left.")


async def in_turn(controller: Controller, asked: MemoryObjectSendStream[Asked], request: Request) -> PassResult:
    """Make a pass through the running controller, in its turn. Raises what the pass raises."""
    done = anyio.Event()
    answers: list[PassResult | ReconcilerError] = []

    def answer(result: PassResult | ReconcilerError) -> None:
        answers.append(result)
        done.set()

    await asked.send(Asked(request, answer))
    controller.mailbox.poke(ASKED)
    await done.wait()
    if isinstance(answers[0], ReconcilerError):
        raise answers[0]
    return answers[0]
