"""The long-running process from inside: sockets, signals and pages around a controller."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
import structlog

from reconciler.adapters.clock import SystemClock
from reconciler.errors import Stopped, UsageError
from reconciler.ledger.store import open_ledger
from reconciler.operations.desk import Desk
from reconciler.operations.registry import OPERATIONS, answers
from reconciler.runtime import control, health
from reconciler.runtime.controller import Asked, Controller
from reconciler.runtime.delivery import Courier
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.service import Service, stop_on_signal
from reconciler.runtime.standing import Standing
from reconciler.source.watch import Mailbox
from tests.builders import WELCOME, B, want
from tests.clocks import ManualClock
from tests.runtime_stage import Half, World, inline

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path):
    ledger = await open_ledger(tmp_path / "ledger.db", offload=inline)
    made = World(ledger, clock=SystemClock())
    made.want(want())
    yield made
    await ledger.close()


@asynccontextmanager
async def service(world, tmp_path, *, listen="127.0.0.1:0"):
    mailbox, metrics = Mailbox(), Metrics()
    sender, asked = anyio.create_memory_object_stream[Asked](8)
    forgotten = []

    async def head():
        return world.revision

    async with httpx.AsyncHTTPTransport(verify=False) as transport:
        courier = Courier(ledger=world.ledger, transport=transport, clock=world.clock, rng=Half())
        controller = Controller(
            parts=world.parts(),
            head=head,
            load=world.load,
            interval_seconds=300.0,
            stop=world.stop,
            mailbox=mailbox,
            asked=asked,
            on_pass=lambda *_: None,
        )
        desk = Desk(ledger=world.ledger, clock=world.clock, standing=controller.standing)
        made = Service(
            controller=controller,
            courier=courier,
            metrics=metrics,
            handler=answers(OPERATIONS, desk),
            socket_path=control.path_beside(str(tmp_path / "ledger.db")),
            listen=listen,
            forget=lambda: forgotten.append(True),
        )
        made_pass, ended = [], anyio.Event()
        with sender, asked, structlog.testing.capture_logs() as logs:

            async def run():
                await made.run()
                ended.set()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run)
                with anyio.fail_after(10):
                    while controller.standing.last_pass_monotonic is None:
                        await anyio.sleep(0.001)
                made_pass.append(True)
                yield made, ended, logs, forgotten
                tasks.cancel_scope.cancel()


async def until(condition):
    with anyio.fail_after(10):
        while not condition():
            await anyio.sleep(0.001)


async def test_it_shows_its_pages_answers_its_socket_and_ends_with_sigterm(world, tmp_path):
    async with service(world, tmp_path) as (made, ended, logs, _):
        address = logs[0]["listen"]
        async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as pages:
            assert (await pages.get("/readyz")).text == "ok"
            assert "reconciler_outbox_pending 0.0" in (await pages.get("/metrics")).text
        said = await control.ask(made.socket_path, "status", {})
        assert "running since" in said["output"]
        with pytest.raises(UsageError, match="does not know 'dance'"):
            await control.ask(made.socket_path, "dance", {})
        os.kill(os.getpid(), signal.SIGTERM)
        with anyio.fail_after(10):
            await ended.wait()
    assert [line["event"] for line in logs] == [
        "service.started",
        "pass.completed",
        "service.stopping",
        "service.stopped",
    ]
    assert not os.path.exists(made.socket_path)  # noqa: PTH110


async def test_sighup_forgets_what_was_loaded_and_looks_at_the_platform(world, tmp_path):
    async with service(world, tmp_path) as (_, _, _, forgotten):
        world.shelf(WELCOME).set(WELCOME, B)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: "update welcome" in world.platform.writes)
        assert forgotten == [True]


async def test_a_port_that_is_taken_is_told_before_anything_is_written(world, tmp_path):
    async with await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0) as taken:
        listen = f"127.0.0.1:{taken.extra(anyio.abc.SocketAttribute.local_port)}"
        with pytest.raises(BaseExceptionGroup) as caught:
            async with service(world, tmp_path, listen=listen):
                pass
    assert caught.group_contains(UsageError, match=f"RECONCILE_LISTEN: {listen} cannot be listened on")
    assert world.platform.asked == []


async def test_the_health_pages_say_where_they_are():
    async with anyio.create_task_group() as tasks:

        async def none() -> int:
            return 0

        pages = health.app(Standing(), ManualClock(), Metrics(), interval_seconds=1.0, waiting=none)
        address = await tasks.start(health.serve, pages, "[::1]:0" if os.path.exists("/proc/net/if_inet6") else ":0")  # noqa: PTH110
        assert address.rpartition(":")[2] != "0"
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_asks_and_the_second_cuts_off(number):
    stop, seen = anyio.Event(), []
    with pytest.raises(Stopped, match="second signal"):  # noqa: PT012 - the block is what is tested
        async with stop_on_signal(stop):
            os.kill(os.getpid(), number)
            await stop.wait()
            seen.append("asked")
            os.kill(os.getpid(), number)
            await anyio.sleep_forever()
    assert seen == ["asked"]


async def test_without_a_signal_the_block_just_ends():
    stop = anyio.Event()
    async with stop_on_signal(stop):
        pass
    assert not stop.is_set()
