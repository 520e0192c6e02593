"""Webhooks delivered over real sockets: signed, in order, again when it failed, no secret in sight."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import anyio
import anyio.lowlevel
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from reconciler.adapters.clock import SystemClock
from reconciler.adapters.http import guarded_transport
from reconciler.core import signing, targets
from reconciler.ledger.store import open_ledger
from reconciler.model.event import Endpoint
from reconciler.model.identity import prompt
from reconciler.model.outcome import DeliveryState
from reconciler.runtime.delivery import Courier
from tests.contract.ledger.samples import inline, settlement
from tests.integration.ledger.receiver import HandClock, HurriedClock, answer, receiving

pytestmark = pytest.mark.anyio
SECRET = "whsec_c2VjcmV0LW1hcmtlci1zZWNyZXQtbWFya2VyLTEyMw=="


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Middle:
    def random(self) -> float:
        return 0.5


@pytest.fixture
async def ledger(tmp_path):
    store = await open_ledger(tmp_path / "ledger.db", offload=inline)
    yield store
    await store.close()


@pytest.fixture
async def transport():
    async with httpx.AsyncHTTPTransport(verify=False) as transport:
        yield transport


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def courier(ledger, transport, clock):
    return Courier(ledger=ledger, transport=transport, clock=clock, rng=Middle(), timeout_seconds=2.0)


def endpoint(receiver, name: str = "archive", **other) -> Endpoint:
    return Endpoint(**{"name": name, "url": receiver.url, "secret": SECRET, **other})


async def settle(ledger, op_id: str, *endpoints: Endpoint, name: str = "welcome") -> None:
    await ledger.settle(settlement(op_id, key=prompt(name)), endpoints)


async def states(ledger) -> list[str]:
    return [delivery.state.value for delivery in reversed(await ledger.deliveries())]


def tally(found) -> tuple[int, int, int]:
    return found.delivered, found.retrying, found.dead


async def test_what_arrives_verifies_with_the_reference_package(ledger, transport):
    async with receiving() as receiver:
        to = endpoint(receiver)
        courier = Courier(ledger=ledger, transport=transport, clock=SystemClock(), rng=Middle())
        courier.use([to])
        await settle(ledger, "op1", to)
        assert tally(await courier.drain(0)) == (1, 0, 0)
        (got,) = receiver.received
        event = Webhook(SECRET).verify(got.body, got.headers)
        assert event["id"] == got.headers["webhook-id"]
        assert got.headers["content-type"] == "application/cloudevents+json"
        assert got.headers["user-agent"].startswith("reconciler/")
        (row,) = await ledger.deliveries()
        assert (row.state, row.attempts, row.last_error) == (DeliveryState.DELIVERED, 1, "")
        assert row.delivered_at


async def test_with_nothing_due_nothing_is_sent(courier):
    async with receiving() as receiver:
        courier.use([endpoint(receiver)])
        assert tally(await courier.drain(0)) == (0, 0, 0)
        assert receiver.received == []


async def test_a_failed_event_is_sent_again_with_the_same_id_and_bytes_and_a_new_timestamp(ledger, courier, clock):
    async with receiving(answer(500)) as receiver:
        courier.use([endpoint(receiver)])
        await settle(ledger, "op1", endpoint(receiver))
        assert tally(await courier.drain(0)) == (0, 1, 0)
        assert tally(await courier.drain(0)) == (0, 0, 0), "not due yet"
        clock.advance(5)
        assert tally(await courier.drain(0)) == (1, 0, 0)
        first, second = receiver.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
        for got in (first, second):
            signing.verify(got.headers, got.body, [SECRET], now=clock.now())


async def test_events_of_one_object_arrive_in_order_and_a_failure_holds_back_only_its_own(ledger, courier, clock):
    def order(receiver):
        return [json.loads(got.body)["sequence"][-1] + json.loads(got.body)["subject"][-1] for got in receiver.received]

    async with receiving(answer(500)) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        for number in range(3):
            await settle(ledger, f"op{number}", to, name="a")
        await courier.drain(0)
        await settle(ledger, "op3", to, name="b")
        await courier.drain(0)
        assert order(receiver) == ["1a", "4b"]
        clock.advance(5)
        await courier.drain(0)
        assert order(receiver)[2:] == ["1a", "2a", "3a"]
        assert await states(ledger) == ["delivered"] * 4


async def test_no_more_than_a_few_at_once_go_to_one_endpoint(ledger, courier):
    concurrent = 4
    async with receiving() as receiver:
        receiver.hold = anyio.Event()
        to = endpoint(receiver)
        courier.use([to])
        for number in range(10):
            await settle(ledger, f"op{number}", to, name=f"p{number}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(courier.drain, 0)
            await receiver.until(concurrent)
            await anyio.wait_all_tasks_blocked()
            assert len(receiver.received) == concurrent
            receiver.hold.set()
        assert len(receiver.received) == 10
        assert receiver.under_way_max == concurrent


async def test_a_silent_endpoint_keeps_no_other_waiting(ledger, courier):
    async with receiving() as silent, receiving() as lively:
        silent.hold = anyio.Event()
        to = [endpoint(silent, "silent"), endpoint(lively, "lively")]
        courier.use(to)
        for number in range(12):
            await settle(ledger, f"op{number}", *to, name=f"p{number}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(courier.drain, 0)
            await silent.until(1)
            await lively.until(12)
            silent.hold.set()


async def test_an_answer_that_never_comes_ends_at_the_deadline_and_the_endpoint_rests(ledger, courier, clock):
    courier.timeout_seconds = 0.5
    async with receiving() as receiver:
        receiver.hold = anyio.Event()
        to = endpoint(receiver)
        courier.use([to])
        for number in range(10):
            await settle(ledger, f"op{number}", to, name=f"p{number}")
        assert tally(await courier.drain(0)) == (0, 4, 0)
        assert len(receiver.received) == 4, "the others were not even tried"
        row = (await ledger.deliveries())[-1]
        assert row.last_error == "no answer within 0.5 s"
        receiver.hold.set()
        courier.timeout_seconds = 20.0
        clock.advance(5)
        await courier.drain(0)
        assert set(await states(ledger)) == {"delivered"}


async def drip(stream):
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    with anyio.move_on_after(60):
        while True:
            await stream.send(b"x")
            await anyio.sleep(0.05)


async def hang_up_in_the_body(stream):
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx")


@pytest.mark.parametrize("behave", [drip, hang_up_in_the_body])
async def test_a_2xx_counts_whatever_its_body_does(ledger, courier, behave):
    async def quietly(stream):
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await behave(stream)

    courier.timeout_seconds = 1.0
    async with receiving(quietly) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        with anyio.fail_after(20):
            assert tally(await courier.drain(0)) == (1, 0, 0)


class Flood(httpx.AsyncByteStream):
    taken = 0

    async def __aiter__(self):
        while True:
            await anyio.lowlevel.checkpoint()
            self.taken += 1000
            yield b"x" * 1000


async def test_of_a_long_answer_64_kib_are_taken(ledger, clock):
    flood = Flood()
    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=flood))
    courier = Courier(ledger=ledger, transport=transport, clock=clock, rng=Middle())
    to = Endpoint(name="flood", url="https://flood.example.com/", secret=SECRET)
    courier.use([to])
    await settle(ledger, "op1", to)
    assert tally(await courier.drain(0)) == (1, 0, 0)
    assert flood.taken == 66_000


async def hang_up(stream):
    await stream.aclose()


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (answer(500), "HTTP 500"),
        (answer(302, "location: http://169.254.169.254/"), "HTTP 302: redirects are not followed; write the final URL"),
        (answer(401), "HTTP 401"),
        (hang_up, "no connection: Server disconnected without sending a response."),
        (b"nonsense\r\n\r\n", "no connection: illegal status line"),
    ],
)
async def test_why_it_failed_is_recorded(ledger, courier, behave, error):
    async with receiving(behave) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        assert tally(await courier.drain(0)) == (0, 1, 0)
        assert len(receiver.received) == 1, "nothing was followed"
        assert (await ledger.deliveries())[0].last_error.startswith(error)


async def test_an_unreachable_endpoint_is_a_failure_like_any_other(ledger, courier):
    async with receiving() as receiver:
        to = endpoint(receiver)
    courier.use([to])
    await settle(ledger, "op1", to)
    assert tally(await courier.drain(0)) == (0, 1, 0)
    assert (await ledger.deliveries())[0].last_error.startswith("no connection: ")


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [(429, ["retry-after: 90"], 90), (503, ["retry-after: Fri, 20 Nov 2026 10:02:00 GMT"], 120), (429, [], 60)],
)
async def test_an_overloaded_endpoint_gets_nothing_before_the_time_it_named(
    ledger, courier, clock, status, headers, pause
):
    async with receiving(answer(status, *headers)) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to, name="first")
        await courier.drain(0)
        await settle(ledger, "op2", to, name="second")
        clock.advance(pause - 1)
        courier.use([to])
        await courier.drain(0)
        assert len(receiver.received) == 1
        clock.advance(1)
        await courier.drain(0)
        assert await states(ledger) == ["delivered", "delivered"]


async def test_410_gives_up_everything_that_waits_for_the_endpoint_and_replay_revives_it(ledger, courier, clock):
    async with receiving(answer(410)) as receiver:
        to = endpoint(receiver)
        heard = []
        courier.told = heard.append
        courier.use([to])
        await settle(ledger, "op1", to)
        await settle(ledger, "op2", to)
        assert tally(await courier.drain(0)) == (0, 0, 1)
        await settle(ledger, "op3", to)
        assert await states(ledger) == ["dead"] * 3
        assert (heard[0].status, heard[0].given_up) == (410, 1)
        assert "3 events were given up" in (await courier.waiting())[0]
        await ledger.replay(None, now=clock.now().isoformat())
        assert tally(await courier.drain(0)) == (3, 0, 0)


async def test_415_gives_up_that_event_alone(ledger, courier):
    async with receiving(answer(415)) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        await settle(ledger, "op2", to)
        assert tally(await courier.drain(0)) == (1, 0, 1)
        assert await states(ledger) == ["dead", "delivered"]


async def test_after_ten_attempts_in_75_hours_an_event_is_a_dead_letter(ledger, transport):
    clock = HurriedClock()
    courier = Courier(ledger=ledger, transport=transport, clock=clock, rng=Middle())
    async with receiving(*[answer(500)] * 20) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        begun = clock.elapsed
        with anyio.fail_after(20):
            found = await courier.drain(90 * 3600)
        assert (len(receiver.received), tally(found)) == (10, (0, 9, 1))
        assert clock.elapsed - begun == pytest.approx(75 * 3600 + 35 * 60 + 5)
        assert await states(ledger) == ["dead"]


async def test_draining_waits_for_a_retry_inside_its_deadline_and_for_none_beyond(ledger, transport):
    clock = HurriedClock()
    courier = Courier(ledger=ledger, transport=transport, clock=clock, rng=Middle())
    async with receiving(answer(500), answer(500)) as receiver:
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        assert tally(await courier.drain(15)) == (0, 2, 0), "at once and after 5 s; the third is minutes away"
        assert await states(ledger) == ["pending"]


async def test_draining_ends_at_its_deadline_and_loses_nothing(ledger, transport):
    courier = Courier(ledger=ledger, transport=transport, clock=SystemClock(), rng=Middle())
    async with receiving() as receiver:
        receiver.hold = anyio.Event()
        to = endpoint(receiver)
        courier.use([to])
        await settle(ledger, "op1", to)
        with anyio.fail_after(5):
            assert tally(await courier.drain(0.3)) == (0, 0, 0)
        assert await states(ledger) == ["pending"]
        receiver.hold.set()
        assert tally(await courier.drain(5)) == (1, 0, 0)


async def test_the_running_courier_delivers_at_a_poke_and_retries_by_the_clock(ledger, courier, clock):
    async with receiving(answer(500)) as receiver, anyio.create_task_group() as tasks:
        to = endpoint(receiver)
        tasks.start_soon(courier.run)
        courier.use([to])
        await settle(ledger, "op1", to)
        courier.poke()
        await receiver.until(1)
        await anyio.wait_all_tasks_blocked()
        clock.advance(5)
        await receiver.until(2)
        await settle(ledger, "op2", to, name="other")
        courier.poke()
        await receiver.until(3)
        tasks.cancel_scope.cancel()


async def test_endpoints_come_and_go_while_the_courier_runs(ledger, courier):
    async with receiving() as old, receiving() as new, anyio.create_task_group() as tasks:
        tasks.start_soon(courier.run)
        first, second = endpoint(old, "old"), endpoint(new, "new")
        courier.use([first])
        await settle(ledger, "op1", first, second)
        courier.poke()
        await old.until(1)
        courier.use([second])
        await new.until(1)
        await settle(ledger, "op2", first, second)
        courier.poke()
        await new.until(2)
        assert len(old.received) == 1
        courier.use([first, second])
        await old.until(2)
        tasks.cancel_scope.cancel()


async def test_a_stopped_courier_can_run_again(ledger, courier):
    async with receiving() as receiver:
        to = endpoint(receiver)
        courier.use([to])
        for number in (1, 2):
            await settle(ledger, f"op{number}", to)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(courier.run)
                await receiver.until(number)
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
        assert await states(ledger) == ["delivered", "delivered"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "the environment has no such webhook"),
        ({"enabled": False}, "switched off"),
        ({"secret": None}, "no secret"),
        ({"secret": "whsec_!"}, "secret cannot be used"),
    ],
)
async def test_events_nobody_may_deliver_wait_and_are_reported(ledger, courier, change, reason):
    async with receiving() as receiver:
        to = endpoint(receiver)
        await settle(ledger, "op1", to)
        courier.use([] if change is None else [replace(to, **change)])
        assert tally(await courier.drain(1)) == (0, 0, 0)
        assert receiver.received == []
        (sentence,) = await courier.waiting()
        assert "1 events wait" in sentence
        assert reason in sentence
        assert await states(ledger) == ["pending"]


async def test_an_endpoint_that_asked_for_it_gets_no_signature(ledger, courier):
    async with receiving() as receiver:
        to = endpoint(receiver, secret=None, unsigned=True)
        courier.use([to])
        await settle(ledger, "op1", to)
        await courier.drain(0)
        (got,) = receiver.received
        assert "webhook-signature" not in got.headers
        assert "webhook-id" in got.headers


async def test_further_headers_are_sent_and_replace_none_of_ours(ledger, courier, clock):
    extra = {"X-Team": "voice", "Webhook-Id": "forged", "CONTENT-TYPE": "text/plain", "Host": "elsewhere"}
    async with receiving() as receiver:
        to = endpoint(receiver, headers=extra)
        courier.use([to])
        await settle(ledger, "op1", to)
        await courier.drain(0)
        (got,) = receiver.received
        assert got.headers["x-team"] == "voice"
        assert got.headers["content-type"] == "application/cloudevents+json"
        assert got.headers["host"].startswith("127.0.0.1")
        assert signing.verify(got.headers, got.body, [SECRET], now=clock.now()).startswith("evt_")


class Leaky(httpx.AsyncBaseTransport):
    """Fails with a text that repeats everything it was given."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    async def handle_async_request(self, request):
        raise self.error(f"{request.url} {dict(request.headers)} {SECRET} whsec")


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.LocalProtocolError, httpx.ReadTimeout, ValueError, OSError]
)
async def test_no_secret_reaches_the_record_of_a_failure(ledger, clock, error):
    to = Endpoint(
        name="archive",
        url="https://user:pass-marker@archive.example.com/path-marker?query-marker",
        secret=SECRET,
        headers={"Authorization": "Bearer header-marker"},
    )
    courier = Courier(ledger=ledger, transport=Leaky(error), clock=clock, rng=Middle())
    heard = []
    courier.told = heard.append
    courier.use([to])
    await settle(ledger, "op1", to)
    assert tally(await courier.drain(0)) == (0, 1, 0)
    (row,) = await ledger.deliveries()
    for text in (row.last_error, repr(heard), repr(courier), repr(row)):
        assert "marker" not in text
        assert SECRET not in text
    assert row.last_error


async def test_a_header_that_cannot_be_sent_is_a_failure_without_its_value(ledger, courier):
    async with receiving() as receiver:
        to = endpoint(receiver, headers={"X-Token": "line\nmarker"})
        courier.use([to])
        await settle(ledger, "op1", to)
        await courier.drain(0)
        (row,) = await ledger.deliveries()
        assert row.last_error == "the request could not be sent (LocalProtocolError)"


async def test_an_address_inside_is_reached_only_when_the_operator_allowed_it(ledger, clock):
    async with receiving() as receiver:
        to = endpoint(receiver)
        await settle(ledger, "op1", to)
        for allowed, expected in (([], (0, 1, 0)), (["127.0.0.1"], (1, 0, 0))):
            async with guarded_transport(targets.parse_allow(allowed)) as guarded:
                courier = Courier(ledger=ledger, transport=guarded, clock=clock, rng=Middle())
                courier.use([to])
                assert tally(await courier.drain(0)) == expected
            clock.advance(5)
        (row,) = await ledger.deliveries()
        assert row.state is DeliveryState.DELIVERED
        assert len(receiver.received) == 1
