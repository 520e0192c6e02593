"""The organisation as a whole against the sandbox: pages, pace, identity."""

from __future__ import annotations

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from remote_stage import Stage, prompt

from reconciler.errors import Forbidden, Unauthenticated
from reconciler.genesys.platform import GenesysPlatform
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from reconciler.sandbox.server import serve

pytestmark = pytest.mark.anyio
PROMPTS = "/api/v2/architect/prompts"


@pytest.fixture
def start():
    """Start another sandbox with these options; gives its address and clock."""
    with start_blocking_portal() as portal:
        servers = []

        def begin(**options):
            clock, event = ManualClock(), []
            ready = portal.call(anyio.Event)

            def started(url):
                event.append(url)
                ready.set()

            chosen = Options(port=0, job_duration_seconds=0, transcode_duration_seconds=0, **options)
            servers.append(portal.start_task_soon(lambda: serve(chosen, started=started, clock=clock)))
            portal.call(ready.wait)
            return event[0], clock

        try:
            yield begin
        finally:
            for server in servers:
                server.cancel()


async def test_the_organisation_is_asked_once(stage):
    platform = GenesysPlatform(client=stage.client, names=stage.names, trail=stage.trail)
    stage.forget_requests()
    assert await platform.organization() == await platform.organization() == stage.state()["organization"]["id"]
    assert (await platform.identity()).client_id == "reconciler"
    assert stage.requests() == {"GET /api/v2/organizations/me": 1}
    assert platform.spent == 2
    assert platform.requests_per_minute > 300


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (100, 1), (101, 2), (250, 3)])
async def test_a_list_costs_its_pages(stage, count, pages):
    made = {f"p{number}": {"id": f"p{number}", "name": f"p{number}"} for number in range(count)}
    home = next(iter(stage.state()["divisions"]))
    rows = [{**row, "description": "", "_division": home, "_resources": {}} for row in made.values()]
    assert stage.control.put("/_sandbox/state", json={"prompts": rows}).status_code == 204
    stage.forget_requests()
    assert len(await stage.prompts.observe()) == count
    assert stage.requests() == {f"GET {PROMPTS}": pages}


async def test_a_load_above_the_rate_limit_sees_no_refusal_and_uses_the_budget(start):
    url, clock = start(rate_limit=(60, 20.0))
    stage = Stage(url, clock)
    statuses = []
    stage.client._on_request = lambda sent: statuses.append(sent.status)
    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(stage.client.get, "/api/v2/organizations/me")
    await stage.aclose()
    assert set(statuses) == {200}
    # 300 requests are five budgets of 60; a window of 20 s costs at most the second that rounding hides.
    assert 80.0 <= stage.time.passed <= 5 * 21.0


@pytest.mark.parametrize("fault", ["truncate", "reset_before", "reset_after", "slow"])
async def test_a_list_survives_a_hiccup_of_the_network(stage, fault):
    await stage.apply(prompt())
    stage.fault("GET", PROMPTS, fault, **({"seconds": 0.2} if fault == "slow" else {}))
    assert len(await stage.prompts.observe()) == 1


async def test_a_token_that_ended_early_is_replaced(start):
    url, clock = start(rate_limit=None, token_lifetime_seconds=100)
    stage = Stage(url, clock)
    await stage.client.get("/api/v2/organizations/me")
    clock.advance(500)
    await stage.client.get("/api/v2/organizations/me")
    await stage.aclose()
    assert stage.client.spent["POST /oauth/token"] == 2


async def test_wrong_credentials_are_one_sentence(stage):
    client = {"id": "known", "name": "known", "secret": "right", "roles": []}
    if stage.control.put("/_sandbox/state", json={"clients": [client]}).status_code != 204:
        pytest.skip("the sandbox takes no clients in this form")
    stage.become("stranger", RemoteSettings())
    with pytest.raises((Unauthenticated, Forbidden), match="GENESYSCLOUD_OAUTHCLIENT_SECRET"):
        await stage.prompts.observe()


async def test_nobody_there_is_one_sentence(stage):
    stage.url = "http://127.0.0.1:1"
    stage.become("reconciler", RemoteSettings(login_total_seconds=0.0))
    with pytest.raises(Exception, match=r"Cannot log in at 127\.0\.0\.1:1") as caught:
        await stage.prompts.observe()
    assert not isinstance(caught.value, httpx.HTTPError)
