"""The service, joined: controller, webhooks, control socket and health pages on one ledger."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import structlog

from reconciler.bootstrap.house import House, Look
from reconciler.model.desired import DesiredState
from reconciler.operations.desk import Desk
from reconciler.operations.registry import OPERATIONS, answers
from reconciler.runtime import control
from reconciler.runtime.controller import RESUMED, Asked, Controller
from reconciler.runtime.parts import PassResult, Request
from reconciler.runtime.service import ASKED_MAX, Service, in_turn
from reconciler.runtime.standing import Pulse, Standing
from reconciler.runtime.telling import Teller
from reconciler.source import watch

log = structlog.get_logger("reconciler")


async def serve(house: House) -> None:
    """Run until told to stop. Raises what keeps the service from starting: settings, ledger, port."""
    settings = house.settings
    async with AsyncExitStack() as stack:
        home = await house.home(create=True)
        ledger, _ = await house.ledger(stack, Look(), reads_only=False)
        standing, teller = Standing(), Teller()
        parts = await house.parts(stack, ledger, Pulse(standing, teller, house.clock), home=home)
        courier = house.courier(stack, ledger)
        stop = anyio.Event()
        sender, asked = anyio.create_memory_object_stream[Asked](ASKED_MAX)
        stack.enter_context(sender)
        stack.enter_context(asked)
        mailbox = await stack.enter_async_context(
            watch.hints(
                files=house.files,
                watched=house.watched,
                clock=house.clock,
                rng=house.rng,
                on_trouble=lambda reason: log.warning("source.not_watched", reason=reason),
                interval_seconds=settings.git_poll_seconds,
            )
        )

        async def load() -> DesiredState:
            desired = await house.wanted()
            courier.use(desired.environment.webhooks)
            return desired

        def on_pass(result: PassResult | None, seconds: float) -> None:
            courier.poke()
            house.metrics.count_pass(result, seconds, unix_time=house.clock.now().timestamp())

        controller = Controller(
            parts=parts,
            head=house.head,
            load=load,
            interval_seconds=settings.interval_seconds,
            deep_interval_seconds=settings.deep_interval_seconds,
            stop=stop,
            mailbox=mailbox,
            asked=asked,
            on_pass=on_pass,
            teller=teller,
            standing=standing,
        )

        async def make_pass(request: Request) -> PassResult:
            return await in_turn(controller, sender, request)

        async def drain(seconds: float) -> None:
            courier.poke()
            await courier.drain(seconds)
            for reason in await courier.waiting():
                log.warning("webhooks.waiting", reason=reason)

        desk = Desk(
            ledger=ledger,
            clock=house.clock,
            parts=parts,
            make_pass=make_pass,
            drain=drain,
            wanted=house.wanted,
            wake=lambda: mailbox.poke(RESUMED),
            deliver=courier.poke,
            files=house.files,
            offload=house.parse,
            home=house.source_place,
            branches=house.branches(),
            load=house.load,
            standing=standing,
        )
        await Service(
            controller=controller,
            courier=courier,
            metrics=house.metrics,
            handler=answers(OPERATIONS, desk),
            socket_path=control.path_beside(await house.ledger_path()),
            listen=settings.listen or "",
            forget=house.forget,
        ).run()
