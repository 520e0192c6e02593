"""Login: one token for everybody, renewed before it ends, and sentences instead of secrets."""

from __future__ import annotations

import base64
import traceback

import anyio
import httpx
import pytest
from genesys_stage import SECRET, TOKEN, Chance, Platform, Time, make_client, ok, token

from reconciler.errors import Malformed, RateLimited, Unauthenticated, Unavailable
from reconciler.genesys.wire.auth import Credentials, Token

pytestmark = pytest.mark.anyio


def throttled():
    return httpx.Response(400, json={"error": "invalid_request", "description": "rate limit exceeded"})


async def test_the_login_is_a_client_credentials_grant_on_the_login_host():
    platform = Platform(ok({}))
    await make_client(platform).get("/api/v2/x")
    (login,) = platform.login_requests
    assert str(login.url) == "https://login.mypurecloud.ie/oauth/token"
    pair = base64.b64decode(login.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == f"client-1:{SECRET}"
    assert login.content == b"grant_type=client_credentials"
    assert login.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_many_requests_at_once_share_one_login():
    platform = Platform(ok({}))
    client = make_client(platform)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(client.get, "/api/v2/x")
    assert len(platform.login_requests) == 1


@pytest.mark.parametrize(
    ("lifetime", "still", "over"), [(86_400, 86_339, 86_341), (300, 269, 271), (10, 8.9, 9.1), (None, 269, 271)]
)
async def test_a_token_is_renewed_before_it_ends(lifetime, still, over):
    platform, clock = Platform(ok({}), logins=[token("one", lifetime), token("two", lifetime)]), Time()
    client = make_client(platform, clock=clock)
    await client.get("/api/v2/x")
    begun = clock.passed
    clock.passed = begun + still
    await client.get("/api/v2/x")
    assert len(platform.login_requests) == 1
    clock.passed = begun + over
    await client.get("/api/v2/x")
    assert len(platform.login_requests) == 2
    assert platform.requests[-1].headers["authorization"] == "Bearer two"


async def test_many_refusals_of_one_token_make_one_new_login():
    platform = Platform(
        lambda request: httpx.Response(401, json={}) if "one" in request.headers["authorization"] else ok({}),
        logins=[token("one"), token("two"), token("three")],
    )
    client = make_client(platform)
    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(client.get, "/api/v2/x")
    assert len(platform.login_requests) == 2


async def test_throttled_logins_are_tried_again_for_up_to_a_minute():
    platform, clock = Platform(ok({}), logins=[throttled(), throttled(), token()]), Time()
    await make_client(platform, clock=clock).get("/api/v2/x")
    assert len(platform.login_requests) == 3

    platform, clock = Platform(ok({}), logins=[throttled()]), Time()
    with pytest.raises(RateLimited, match="throttles logins"):
        await make_client(platform, clock=clock, rng=Chance(0.9)).get("/api/v2/x")
    assert 20 <= sum(clock.naps) <= 60


async def test_an_unreachable_login_host_is_named():
    platform, clock = Platform(ok({}), logins=[httpx.ConnectError("Name or service not known")]), Time()
    with pytest.raises(Unavailable, match=r"Cannot log in at login\.mypurecloud\.ie"):
        await make_client(platform, clock=clock, rng=Chance(0.9)).get("/api/v2/x")
    assert 2 <= sum(clock.naps) <= 8


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "invalid_client", "description": "client not found: s3cr3t-marker"}),
        httpx.Response(401, json={"error": "invalid_client", "error_description": "authentication failed"}),
        httpx.Response(400, content=b"<html>"),
        httpx.Response(404, content=b""),
    ],
    ids=["description", "error_description", "html", "empty"],
)
async def test_refused_credentials_are_final_and_name_what_to_check(answer):
    platform = Platform(ok({}), logins=[answer])
    with pytest.raises(Unauthenticated, match=r"GENESYSCLOUD_OAUTHCLIENT_SECRET.*region that created it") as caught:
        await make_client(platform).get("/api/v2/x")
    assert len(platform.login_requests) == 1
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a\nb"},
        {"access_token": "a", "expires_in": "x"},
    ],
)
async def test_a_login_answer_without_a_usable_token_is_malformed(body):
    platform = Platform(ok({}), logins=[ok(body)])
    with pytest.raises(Malformed, match="something that is no token"):
        await make_client(platform).get("/api/v2/x")


def test_secrets_are_in_no_repr():
    assert SECRET not in repr(Credentials("client-1", SECRET))
    assert TOKEN not in repr(Token(TOKEN, 0.0))
