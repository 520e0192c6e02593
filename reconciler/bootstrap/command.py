"""One operation for one command: answered by the running service when there is one, otherwise here.

Opens no more of the house than the operation needs.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import anyio
import structlog

from reconciler.bootstrap.house import House, Look
from reconciler.errors import Stopped
from reconciler.model.desired import DesiredState
from reconciler.operations.desk import Answer, Desk
from reconciler.operations.registry import NEED_NO_SOURCE, NEED_PLATFORM, OPERATIONS
from reconciler.ports import Progress
from reconciler.report.progress import TerminalProgress
from reconciler.runtime import control, one_pass, service
from reconciler.runtime.delivery import Courier
from reconciler.runtime.parts import Mode, Parts, PassResult, Request
from reconciler.runtime.standing import Pulse, Standing
from reconciler.runtime.telling import Teller
from reconciler.runtime.together import unless_stopped

log = structlog.get_logger("reconciler")


async def answer(house: House, name: str, arguments: Mapping[str, Any], look: Look) -> Answer:
    """Answer one operation. Raises what it raises, wherever it ran."""
    house.may_be_new = name in NEED_NO_SOURCE
    if look == Look():
        answered = await control.ask(control.path_beside(await house.ledger_path()), name, arguments)
        if answered is not None:
            return Answer(exit=answered["exit"], output=answered["output"], facts=answered["facts"])
    async with AsyncExitStack() as stack:
        desk = await _desk(house, stack, look, name)
        return await OPERATIONS[name](desk, arguments)


async def _desk(house: House, stack: AsyncExitStack, look: Look, name: str) -> Desk:
    """Ledger and, when the operation needs it, platform, open for as long as the stack is."""
    reads_only = name == "plan"
    ledger, notices = await house.ledger(stack, look, reads_only=reads_only)
    if name not in NEED_PLATFORM:
        return Desk(ledger=ledger, clock=house.clock, wanted=house.wanted)
    teller = Teller()
    home = await house.home(create=not reads_only)
    parts = await house.parts(stack, ledger, _progress(house, stack, teller), home=home)
    errand = Errand(house, look, replace(parts, has_ledger=not notices), house.courier(stack, ledger), teller, notices)
    await stack.enter_async_context(service.stop_on_signal(errand.stop))
    return Desk(
        ledger=ledger,
        clock=house.clock,
        parts=errand.parts,
        make_pass=errand.make_pass,
        drain=errand.drain,
        wanted=errand.wanted,
        files=house.files,
        offload=house.parse,
        home=house.source_place,
        branches=house.branches(),
        load=house.load,
        notices=notices,
    )


def _progress(house: House, stack: AsyncExitStack, teller: Teller) -> Progress:
    """A line that moves for a person, lines in the log for everybody else."""
    if not house.terminal:
        return Pulse(Standing(), teller, house.clock)
    progress = TerminalProgress(sys.stderr, house.clock.monotonic, width=shutil.get_terminal_size().columns)
    stack.callback(progress.close)
    return progress


@dataclass(slots=True)
class Errand:
    """One process that makes a pass and delivers its webhooks, until it is done or somebody asks it to `stop`."""

    house: House
    look: Look
    parts: Parts
    courier: Courier
    teller: Teller
    notices: list[str]
    stop: anyio.Event = field(default_factory=anyio.Event)

    async def make_pass(self, request: Request) -> PassResult:
        begun, spent = self.parts.clock.monotonic(), self.parts.platform.spent
        result = await one_pass.run(self.parts, self._load, request, self.stop)
        if request.mode is Mode.APPLY and not self.house.terminal:
            seconds = self.parts.clock.monotonic() - begun
            self.teller.completed(result, seconds=seconds, requests=self.parts.platform.spent - spent)
        return result

    async def _load(self) -> DesiredState:
        snapshot = await self.house.snapshot(self.look)
        if number := snapshot.uncommitted:
            self.notices.append(f"{number} uncommitted {'file' if number == 1 else 'files'} not included")
        desired = await self.house.load(snapshot)
        self.courier.use(desired.environment.webhooks)
        return desired

    async def wanted(self) -> DesiredState:
        """The desired state of the newest commit, whose webhooks are the ones to tell."""
        desired = await self.house.wanted()
        self.courier.use(desired.environment.webhooks)
        return desired

    async def drain(self, seconds: float) -> None:
        """Deliver for up to so many seconds; a stop leaves the rest in the outbox."""
        with suppress(Stopped):
            await unless_stopped(self.stop, partial(self.courier.drain, seconds))
        for reason in await self.courier.waiting():
            log.warning("webhooks.waiting", reason=reason)
