"""The client: reads are repeated, writes leave once, and every error says what happened to the request."""

from __future__ import annotations

import traceback

import anyio
import httpx
import pytest
from genesys_stage import HOSTS, SECRET, TOKEN, Chance, Platform, Time, body_of, make_client, ok, refusal, token

from reconciler.errors import (
    AmbiguousError,
    Malformed,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    TransientError,
    Unauthenticated,
    Unavailable,
)
from reconciler.genesys.wire.exchanged import collect_request_ids
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.settings import RemoteSettings

pytestmark = pytest.mark.anyio
THING = "/api/v2/things/{thingId}"


async def read(client):
    return await client.get(THING, path={"thingId": "a/b c"}, query={"x": ["1", "2"], "deep": True, "none": None})


async def write(client, method="POST", **more):
    return await client.request(method, "/api/v2/things", effect=Effect.WRITE, json={"name": "ü"}, **more)


class Stamps:
    """Counts the announcements of a write."""

    def __init__(self, platform):
        self.platform, self.at = platform, []

    async def __call__(self):
        self.at.append(len(self.platform.requests))


# -- what is sent -----------------------------------------------------------------------------------------------


async def test_a_request_carries_token_agent_and_a_quoted_path():
    platform = Platform(ok({"id": "1"}))
    assert await read(make_client(platform)) == {"id": "1"}
    (request,) = platform.requests
    assert str(request.url) == "https://api.mypurecloud.ie/api/v2/things/a%2Fb%20c?x=1&x=2&deep=true"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == "reconciler/1.2.3"


async def test_a_body_is_json_in_utf8():
    platform = Platform(ok({"id": "1"}))
    await write(make_client(platform))
    assert platform.requests[0].headers["content-type"] == "application/json"
    assert body_of(platform.requests[0]) == {"name": "ü"}


async def test_an_answer_without_a_body_is_none():
    assert await write(make_client(Platform(httpx.Response(204)))) is None


async def test_correlation_ids_are_collected_per_task():
    numbers = iter(range(100))
    platform = Platform(lambda _: ok({}, **{"ININ-Correlation-Id": f"c{next(numbers)}"}))
    client = make_client(platform)
    seen = {}

    async def work(name, count):
        with collect_request_ids() as ids:
            for _ in range(count):
                await client.get("/api/v2/x")
            seen[name] = len(ids)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work, "one", 1)
        tasks.start_soon(work, "three", 3)
    assert seen == {"one": 1, "three": 3}


async def test_requests_are_counted_by_template_and_told_to_the_metrics():
    told = []
    headers = {"inin-ratelimit-count": "10", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "30"}
    platform = Platform(refusal(503), ok({}, **headers))
    client = make_client(platform, on_request=told.append)
    await read(client)
    assert dict(client.spent) == {"POST /oauth/token": 1, f"GET {THING}": 2}
    assert [(one.request, one.status) for one in told] == [
        ("POST /oauth/token", 200),
        (f"GET {THING}", 503),
        (f"GET {THING}", 200),
    ]
    assert told[-1].remaining == 290


async def test_every_attempt_has_a_request_id_of_ours_that_is_told_beside_the_platforms():
    told = []
    platform = Platform(httpx.ReadError("reset"), ok({}, **{"ININ-Correlation-Id": "c-1"}))
    client = make_client(platform, on_request=told.append)
    await read(client)
    sent = [request.headers["x-request-id"] for request in [*platform.login_requests, *platform.requests]]
    assert len(set(sent)) == 3
    assert [one.request_id for one in told] == sent
    assert [one.correlation_id for one in told] == ["", "", "c-1"]


@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        (refusal(404, headers={"ININ-Correlation-Id": "c-1"}), "correlation id c-1"),
        (httpx.Response(404), "request id id2"),
        (httpx.ConnectError("refused"), "request id id2"),
        (httpx.ReadTimeout("silence"), "request id id2"),
        (httpx.Response(200, content=b"{", headers={"content-type": "application/json"}), "request id id2"),
    ],
)
async def test_an_error_names_the_platforms_id_or_else_ours(trouble, named):
    client = make_client(Platform(trouble), settings=RemoteSettings(read_tries_max=1))
    with pytest.raises(ProviderError) as caught:
        await read(client)
    assert named in str(caught.value)
    assert caught.value.request_id == "id2"  # the login was the first


async def test_a_failed_login_names_our_request_id():
    client = make_client(Platform(ok({}), logins=[httpx.Response(400, json={"error": "invalid_client"})]))
    with pytest.raises(Unauthenticated, match="request id id1"):
        await read(client)


# -- reads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(500),
        refusal(503),
        refusal(504),
        refusal(408),
        refusal(429),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("silence"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.Response(200, content=b'{"id": "1', headers={"content-type": "application/json"}),
        httpx.Response(200, content=b"<html>Sign in</html>", headers={"content-type": "text/html"}),
    ],
    ids=str,
)
async def test_a_read_is_repeated_when_that_may_help(trouble):
    platform = Platform(trouble, ok({"id": "1"}))
    assert await read(make_client(platform)) == {"id": "1"}
    assert len(platform.requests) == 2


@pytest.mark.parametrize(("status", "error"), [(400, Rejected), (404, NotFound), (410, NotFound), (501, Rejected)])
async def test_a_refused_read_is_not_repeated(status, error):
    platform = Platform(refusal(status))
    with pytest.raises(error):
        await read(make_client(platform))
    assert len(platform.requests) == 1


async def test_a_read_gives_up_after_its_tries():
    platform, clock = Platform(refusal(503)), Time()
    with pytest.raises(Unavailable):
        await read(make_client(platform, clock=clock, rng=Chance(0.999)))
    assert len(platform.requests) == RemoteSettings().read_tries_max
    assert clock.naps == pytest.approx([0.4995, 0.999, 1.998, 3.996, 7.992])


async def test_backoff_has_a_ceiling_and_full_jitter():
    clock = Time()
    settings = RemoteSettings(read_tries_max=12, retry_delay_seconds=1.0, retry_delay_seconds_max=8.0)
    with pytest.raises(Unavailable):
        await read(make_client(Platform(refusal(503)), clock=clock, rng=Chance(0.5), settings=settings))
    assert clock.naps == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]


async def test_retry_after_is_kept_to_the_second():
    platform, clock = Platform(refusal(429, headers={"Retry-After": "17"}), ok({"id": "1"})), Time()
    await read(make_client(platform, clock=clock))
    assert sum(clock.naps) == pytest.approx(17.0)


async def test_an_unreadable_retry_after_is_as_good_as_none():
    platform, clock = Platform(refusal(429, headers={"Retry-After": "soon"}), ok({"id": "1"})), Time()
    await read(make_client(platform, clock=clock, rng=Chance(0.5)))
    assert clock.naps == [0.25]


async def test_nobody_sends_before_retry_after_has_passed():
    clock = Time()
    sent = []

    def answer(request):
        sent.append((request.url.path, clock.passed))
        return refusal(429, headers={"Retry-After": "20"}) if len(sent) == 1 else ok({})

    client = make_client(Platform(answer), clock=clock)

    async def other():
        await anyio.lowlevel.checkpoint()
        await client.get("/api/v2/other")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.get, "/api/v2/first")
        tasks.start_soon(other)
    assert min(moment for _, moment in sent[1:]) - sent[0][1] >= 20.0


async def test_a_wait_longer_than_the_total_is_refused_with_the_seconds():
    platform, clock = Platform(refusal(429, headers={"Retry-After": "4000"})), Time()
    with pytest.raises(RateLimited) as caught:
        await read(make_client(platform, clock=clock))
    assert caught.value.retry_after == 4000.0
    assert len(platform.requests) == 1
    assert sum(clock.naps) == 0


async def test_a_read_that_hangs_ends_at_its_deadline():
    async def hang():
        await anyio.sleep_forever()

    settings = RemoteSettings(read_seconds=0.05, read_tries_max=1)
    with pytest.raises(TimedOut, match=r"no answer within 0\.05 s"):
        await read(make_client(Platform(lambda _: hang()), settings=settings))


async def test_an_answer_beyond_the_size_limit_is_not_read():
    settings = RemoteSettings(answer_bytes_max=10, read_tries_max=1)
    with pytest.raises(Malformed, match="more than 10 bytes"):
        await read(make_client(Platform(ok({"id": "12345678901"})), settings=settings))


async def test_at_most_ten_requests_are_in_flight():
    flying, most = 0, 0

    async def slow():
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        flying -= 1
        headers = {"inin-ratelimit-count": "1", "inin-ratelimit-allowed": "9999", "inin-ratelimit-reset": "60"}
        return ok({}, **headers)

    client = make_client(Platform(lambda _: slow()))
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(client.get, "/api/v2/x")
    assert most == 10


# -- writes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "trouble",
    [
        refusal(500),
        refusal(503),
        refusal(408),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("silence"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(200, content=b'{"id": "1', headers={"content-type": "application/json"}),
        httpx.Response(200, content=b"<html>", headers={"content-type": "text/html"}),
    ],
    ids=str,
)
async def test_a_write_that_may_have_arrived_is_never_sent_again(method, trouble):
    platform = Platform(trouble, ok({"id": "1"}))
    with pytest.raises(AmbiguousError, match="may or may not"):
        await write(make_client(platform), method)
    assert len(platform.requests) == 1


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
async def test_a_write_that_was_not_sent_certainly_did_not_happen(trouble):
    platform = Platform(trouble)
    with pytest.raises(TransientError, match="Nothing was sent"):
        await write(make_client(platform))
    assert len(platform.requests) == 1


async def test_a_write_refused_by_the_rate_limit_is_announced_anew_for_every_attempt():
    platform = Platform(refusal(429, headers={"Retry-After": "3"}), refusal(429), ok({"id": "1"}))
    stamps = Stamps(platform)
    await write(make_client(platform), before_send=stamps)
    assert stamps.at == [0, 1, 2]


async def test_a_write_that_keeps_being_limited_certainly_did_not_happen():
    platform = Platform(refusal(429))
    with pytest.raises(RateLimited):
        await write(make_client(platform))
    assert len(platform.requests) == RemoteSettings().write_tries_max


async def test_a_write_whose_token_was_refused_is_announced_anew():
    platform = Platform(refusal(401), ok({"id": "1"}), logins=[token("old"), token("new")])
    stamps = Stamps(platform)
    await write(make_client(platform), before_send=stamps)
    assert stamps.at == [0, 1]
    assert [request.headers["authorization"] for request in platform.requests] == ["Bearer old", "Bearer new"]


async def test_nothing_is_sent_when_the_announcement_fails():
    platform = Platform(ok({}))

    async def fail():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await write(make_client(platform), before_send=fail)
    assert platform.requests == []


async def test_a_create_without_the_id_it_needs_is_unknown():
    with pytest.raises(AmbiguousError, match="'id' is missing"):
        await write(make_client(Platform(ok({"name": "x"}))), needs=("id",))


# -- errors -----------------------------------------------------------------------------------------------------


async def test_an_unusable_answer_names_the_endpoint_and_the_correlation_id():
    html = httpx.Response(200, content=b"<html>", headers={"content-type": "text/html", "ININ-Correlation-Id": "abc"})
    with pytest.raises(Malformed) as caught:
        await read(make_client(Platform(html)))
    assert (caught.value.method, caught.value.path, caught.value.correlation_id) == ("GET", THING, "abc")
    assert "text/html" in str(caught.value)
    assert "a/b" not in str(caught.value)


async def test_a_second_refusal_of_the_token_is_final():
    platform = Platform(refusal(401, code="bad.credentials"))
    with pytest.raises(Unauthenticated):
        await read(make_client(platform))
    assert len(platform.requests) == len(platform.login_requests) == 2


async def test_an_unreachable_platform_names_the_host_and_the_settings():
    settings = RemoteSettings(read_tries_max=1)
    with pytest.raises(Unavailable, match=r"Cannot reach api\.mypurecloud\.ie.*GENESYSCLOUD_REGION"):
        await read(make_client(Platform(httpx.ConnectError("Connection refused")), settings=settings))


@pytest.mark.parametrize(
    "script",
    [
        [refusal(401)],
        [refusal(403, "no")],
        [refusal(500, "x")],
        [httpx.ReadError(f"https://api.example.com/?token={TOKEN}")],
    ],
    ids=["401", "403", "500", "reset"],
)
async def test_no_error_holds_the_token_or_the_secret(script):
    client = make_client(Platform(*script))
    for attempt in (read, write):
        with pytest.raises(Exception) as caught:
            await attempt(client)
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
        assert TOKEN not in text
        assert SECRET not in text


async def test_a_missing_path_argument_is_a_bug_found_at_once():
    with pytest.raises(ValueError, match="path argument missing"):
        await make_client(Platform(ok({}))).get(THING)


async def test_hosts_of_the_stage_are_the_documented_ones():
    assert HOSTS.name == "api.mypurecloud.ie"


# -- what answers tell on the way ---------------------------------------------------------------------------------


async def test_answers_tell_how_far_the_clocks_are_apart_and_what_is_left_of_the_budget():
    rates = {"inin-ratelimit-count": "60", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "30"}
    client = make_client(Platform(ok({"id": "1"}, date="Thu, 01 Jan 2026 00:17:00 GMT", **rates)))
    assert (client.clock_skew_seconds, client.remaining) == (None, None)
    await read(client)
    assert (client.clock_skew_seconds, client.remaining) == (20.0, 240)
