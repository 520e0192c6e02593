"""The client and a platform in trouble: when it stops asking, what it says, how it starts again."""

from __future__ import annotations

import anyio
import httpx
import pytest
from genesys_stage import Platform, Time, make_client, ok, refusal, token

from reconciler.errors import Forbidden, NotFound, RateLimited, Unauthenticated, Unavailable
from reconciler.genesys.wire.guard import CircuitOpen
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.settings import RemoteSettings

pytestmark = pytest.mark.anyio

ME, LIST = "/api/v2/organizations/me", "/api/v2/flows"
ONCE = RemoteSettings(read_tries_max=1)


async def fail(client, times: int, error=Unavailable) -> None:
    for _ in range(times):
        with pytest.raises(error):
            await client.get(LIST)


async def broken(platform=None, **more):
    """A client whose breaker twenty answers of 503 have opened."""
    platform = platform or Platform(refusal(503, "Down for repairs."))
    client = make_client(platform, settings=ONCE, **more)
    await fail(client, 20)
    return client, platform


async def test_twenty_failures_stop_the_requests_and_say_what_a_person_wants_to_know():
    client, platform = await broken(clock=Time())
    with pytest.raises(CircuitOpen) as caught:
        await client.get(LIST)
    assert len(platform.requests) == 20
    said = str(caught.value)
    assert "api.mypurecloud.ie (eu-west-1) are held back" in said
    assert "https://status.mypurecloud.com" in said
    assert "00:17:10 UTC, in 30 s" in said  # the stage's clock starts 1,000 s after midnight
    assert "20 of 20 requests failed within 30 s" in said
    assert "Down for repairs." in said
    assert client.held_back.startswith("Requests to api.mypurecloud.ie")


async def test_a_held_back_write_certainly_did_not_happen_and_was_not_announced():
    client, _ = await broken()
    announced = []

    async def announce():
        announced.append("now")

    with pytest.raises(Unavailable):
        await client.request("POST", "/api/v2/x", effect=Effect.WRITE, json={}, before_send=announce)
    assert announced == []


async def test_one_probe_goes_and_its_answer_lets_everybody_go_again():
    platform = Platform(*[refusal(503)] * 20, ok({"id": "1"}))
    client, _ = await broken(platform, clock=(time := Time()))
    time.passed += 31
    assert client.held_back == ""
    assert await client.get(LIST) == {"id": "1"}
    assert client.held_back == ""
    await client.get(LIST)
    assert len(platform.requests) == 22


async def test_a_failed_probe_waits_twice_as_long():
    client, platform = await broken(clock=(time := Time()))
    time.passed += 31
    await fail(client, 1)
    assert "in 60 s" in client.held_back
    time.passed += 59
    with pytest.raises(CircuitOpen):
        await client.get(LIST)
    assert len(platform.requests) == 21


async def test_of_many_that_wait_only_one_is_the_probe():
    release = anyio.Event()

    async def slowly(request):
        await release.wait()
        return ok({})

    rates = {"inin-ratelimit-count": "10", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "60"}
    platform = Platform(*[refusal(503, headers=rates)] * 20, slowly)
    client, _ = await broken(platform, clock=(time := Time()))
    time.passed += 31
    held = []

    async def one():
        try:
            await client.get(LIST)
        except CircuitOpen as error:
            held.append(str(error))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert len(platform.requests) == 21
    assert len(held) == 4
    assert "A probe is under way" in held[0]


async def test_refusals_of_single_requests_never_open_it():
    client = make_client(Platform(refusal(404)), settings=ONCE)
    await fail(client, 50, NotFound)
    client = make_client(Platform(refusal(403, "missing", code="missing.permissions")), settings=ONCE)
    await fail(client, 50, Forbidden)
    client = make_client(Platform(refusal(429, headers={"Retry-After": "1"})), settings=ONCE)
    await fail(client, 50, RateLimited)


async def test_a_token_that_ended_early_does_not_open_it():
    client = make_client(Platform(refusal(401), ok({})), settings=ONCE)
    await client.get(LIST)
    assert client.held_back == ""


async def test_a_fresh_token_that_is_refused_too_opens_it_at_once():
    platform = Platform(refusal(401))
    client = make_client(platform)
    with pytest.raises(Unauthenticated):
        await client.get(LIST)
    with pytest.raises(CircuitOpen, match="does not accept our token"):
        await client.get(LIST)
    assert len(platform.requests) == 2


async def test_refused_credentials_open_it_at_once_and_spare_the_login():
    platform = Platform(ok({}), logins=[httpx.Response(400, json={"error": "invalid_client"})])
    client = make_client(platform)
    with pytest.raises(Unauthenticated):
        await client.get(LIST)
    with pytest.raises(CircuitOpen, match="refused the OAuth client"):
        await client.get(LIST)
    assert len(platform.login_requests) == 1


async def test_credentials_that_work_again_close_it():
    platform = Platform(ok({"id": "1"}), logins=[httpx.Response(400, json={"error": "invalid_client"}), token])
    client = make_client(platform, clock=(time := Time()))
    with pytest.raises(Unauthenticated):
        await client.get(LIST)
    time.passed += 31
    assert await client.get(LIST) == {"id": "1"}


async def test_a_refusal_where_no_permission_is_needed_opens_it_at_once():
    client = make_client(Platform(refusal(403, code="not.authorized")))
    with pytest.raises(Forbidden):
        await client.get(ME)
    with pytest.raises(CircuitOpen):
        await client.get(LIST)


async def test_behind_a_gateway_there_is_no_status_page_of_genesys():
    from reconciler.genesys.wire.regions import hosts

    client, _ = await broken(hosts=hosts(region=None, gateway_url="https://gateway.example.com"))
    assert "Requests to gateway.example.com are held back" in client.held_back
    assert "Status page" not in client.held_back


async def test_repeats_end_when_their_budget_is_used_up():
    platform = Platform(refusal(503))
    settings = RemoteSettings(read_tries_max=3)
    client = make_client(platform, settings=settings, clock=(time := Time()))
    sent = []
    for _ in range(60):
        before = len(platform.requests)
        with pytest.raises(Unavailable):
            await client.get(LIST)
        sent.append(len(platform.requests) - before)
        time.passed += 400  # so that the breaker has long forgotten
    assert sent == [3] * 50 + [1] * 10


async def test_reads_that_may_be_too_much_are_sent_once_and_say_nothing_about_the_platform():
    platform = Platform(refusal(503, "Too much."))
    client = make_client(platform)
    for _ in range(25):
        with pytest.raises(Unavailable, match="Too much"):
            await client.request("POST", LIST, effect=Effect.LARGE_READ, json={})
    assert len(platform.requests) == 25
    assert client.held_back == ""
