"""The client's promises over a socket: one fault each, on the sandbox."""

from __future__ import annotations

import pytest
from remote_stage import EN, Stage, prompt

from reconciler.errors import Forbidden, RateLimited, Rejected, Unauthenticated, Unavailable
from reconciler.genesys import organizations, prompts
from reconciler.genesys.wire.guard import CircuitOpen
from reconciler.genesys.wire.settings import RemoteSettings

pytestmark = pytest.mark.anyio
ME, PROMPTS, LOGIN = organizations.ME, prompts.PROMPTS, "/oauth/token"
READER = {"name": "Reader", "description": "Looks", "permissions": ["architect:userPrompt:view"]}


def asked(stage: Stage) -> dict[str, int]:
    found: dict[str, int] = stage.control.get("/_sandbox/requests").json()["by_route"]
    return found


async def test_ten_requests_cost_one_login(stage: Stage) -> None:
    stage.forget_requests()
    for _ in range(10):
        await organizations.me(stage.client)
    assert asked(stage) == {f"GET {ME}": 10, f"POST {LOGIN}": 1}


async def test_a_token_is_renewed_before_it_ends(stage: Stage) -> None:
    await organizations.me(stage.client)
    stage.forget_requests()
    stage.time.advance(86_400 - 61)
    await organizations.me(stage.client)
    assert asked(stage) == {f"GET {ME}": 1}
    stage.time.advance(2)
    await organizations.me(stage.client)
    assert asked(stage) == {f"GET {ME}": 2, f"POST {LOGIN}": 1}  # and never a 401 in between


async def test_a_token_that_is_refused_again_is_renewed_once_and_then_believed(stage: Stage) -> None:
    stage.fault("GET", ME, "status", status=401, code="bad.credentials", times=None)
    stage.forget_requests()
    with pytest.raises(Unauthenticated):
        await organizations.me(stage.client)
    assert asked(stage) == {f"GET {ME}": 2, f"POST {LOGIN}": 2}
    with pytest.raises(CircuitOpen, match="held back"):
        await stage.prompts.observe()
    assert asked(stage)[f"GET {ME}"] == 2


async def test_throttled_logins_come_as_400_and_are_waited_out(stage: Stage) -> None:
    body = '{"error": "invalid_request", "description": "rate limit exceeded"}'
    stage.fault("POST", LOGIN, "status", status=400, body=body, content_type="application/json", times=2)
    await organizations.me(stage.client)
    assert stage.client.spent[f"POST {LOGIN}"] == 3


@pytest.mark.parametrize(("header", "seconds"), [(17, 17.0), ("soon", 0.25), ("-3", 0.25), ("", 0.25)])
async def test_retry_after_is_kept_to_the_second_or_taken_for_absent(stage: Stage, header, seconds) -> None:
    await organizations.me(stage.client)
    stage.fault("GET", ME, "status", status=429, retry_after=header)
    begun = stage.time.monotonic()
    await organizations.me(stage.client)
    assert stage.time.monotonic() - begun == pytest.approx(seconds)  # otherwise half of the first backoff


async def test_the_api_and_the_login_speak_of_errors_each_in_its_own_form(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        await prompts.create(stage.client, name="no spaces please", description="", before_send=nothing)
    assert refused.value.code == "architect.prompt.validate.failed.name"
    assert refused.value.message.startswith("The platform does not take this prompt name.")
    assert refused.value.correlation_id
    body = '{"error": "invalid_client", "error_description": "client not found: nobody"}'
    stage.fault("POST", LOGIN, "status", status=400, body=body, content_type="application/json")
    stage.become("reconciler", RemoteSettings())
    with pytest.raises(Unauthenticated, match="It says: client not found: nobody") as login:
        await organizations.me(stage.client)
    assert login.value.code == "invalid_client"


async def test_a_missing_permission_is_named_and_holds_up_nobody_else(stage: Stage) -> None:
    clients = [{"id": "reader", "secret": "secret", "roles": ["Reader"]}]
    answer = stage.control.put("/_sandbox/state", json={"roles": [READER], "clients": clients})
    assert answer.status_code == 204, answer.text
    stage.become("reader", RemoteSettings())
    with pytest.raises(Forbidden, match="architect:userPrompt:add"):
        await prompts.create(stage.client, name="welcome", description="", before_send=nothing)
    with pytest.raises(Forbidden, match="architect:flow:view"):
        await stage.flows.observe()
    assert await stage.prompts.observe() == []


async def test_an_empty_list_may_come_without_entities(stage: Stage) -> None:
    stage.fault("GET", PROMPTS, "alter", remove=["entities"])
    assert await stage.prompts.observe() == []


async def test_a_list_whose_total_grows_while_it_is_read_is_read_to_its_end(stage: Stage) -> None:
    home = next(iter(stage.state()["divisions"]))
    rows = [{"id": f"p{n}", "name": f"p{n}", "_division": home} for n in range(250)]
    assert stage.control.put("/_sandbox/state", json={"prompts": rows}).status_code == 204
    # The first page says two pages; only the second tells of the third.
    stage.fault("GET", PROMPTS, "alter", set={"pageCount": 2, "total": 200})
    assert len(await stage.prompts.observe()) == 250


async def test_a_created_prompt_that_lists_and_reads_do_not_show_yet_is_waited_for(stage: Stage) -> None:
    stage.setting(listLagSeconds=5, lagReads=True)
    base = await stage.apply(prompt(en_us={"tts": "Hello"}))
    assert base.live is not None
    assert base.live["resources"][EN]["tts"] == "Hello"
    assert stage.writes() == {f"POST {PROMPTS}": 1, f"POST {prompts.RESOURCES}": 1}


async def test_a_platform_that_is_down_is_left_alone_until_a_probe_finds_it_up(stage: Stage) -> None:
    stage.become("reconciler", RemoteSettings(read_tries_max=1))
    stage.fault("*", "/api/*", "status", status=503, times=20)
    for _ in range(20):
        with pytest.raises(Unavailable):
            await organizations.me(stage.client)
    stage.forget_requests()
    with pytest.raises(CircuitOpen, match="20 of 20 requests failed"):
        await stage.prompts.observe()
    assert asked(stage) == {}
    stage.time.advance(30)
    assert await stage.prompts.observe() == []
    assert stage.client.held_back == ""


async def test_a_write_that_stays_limited_certainly_did_not_happen(stage: Stage) -> None:
    stage.fault("POST", PROMPTS, "status", status=429, retry_after=1, times=None)
    with pytest.raises(RateLimited):
        await prompts.create(stage.client, name="welcome", description="", before_send=nothing)
    assert stage.state()["prompts"] == {}


async def nothing() -> None:
    """There is no ledger here to announce a write to."""
