"""Answers that are none: each ends in an error of ours with method, path and the names of the request."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.abc
import httpx
import pytest
from genesys_stage import Platform, make_client, ok, refusal, token
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters.http import transport
from reconciler.errors import AmbiguousError, Malformed, ProviderError, TimedOut, Unavailable
from reconciler.genesys.wire import bodies, call, paging, regions
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.genesys.wire.translate import Place

pytestmark = pytest.mark.anyio
ONCE = RemoteSettings(read_tries_max=1, read_seconds=0.3, write_seconds=0.3, answer_bytes_max=100_000)
THING = "/api/v2/things/{thingId}"


def raw(content: bytes, content_type: str = "application/json", status: int = 200) -> httpx.Response:
    headers = {"content-type": content_type, "ININ-Correlation-Id": "c-1"}
    return httpx.Response(status, content=content, headers=headers)


NO_JSON = {
    "nothing at all": b" ",
    "truncated": b'{"id": "1", "na',
    "two values": b'{"id": "1"} {"id": "2"}',
    "not UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": '{"id": "1"}'.encode("utf-16"),
    "NaN": b'{"id": "1", "durationSeconds": NaN}',
    "infinity": b'{"id": "1", "durationSeconds": -Infinity}',
    "a number beyond all": b'{"id": "1", "durationSeconds": 1e999}',
    "a number of 5,000 digits": b'{"id": "1", "total": ' + b"9" * 5_000 + b"}",
    "half a surrogate pair": b'{"id": "1", "name": "\\ud83d"}',
    "20,000 deep": b"[" * 20_000 + b"]" * 20_000,
    "a field that is missing": b'{"name": "x"}',
    "a field of another type": b'{"id": 7}',
    "no object": b"[1]",
    "null": b"null",
    "a NUL byte": b'{"id": "\x00"}',
    "huge": b'{"id": "' + b"x" * 200_000 + b'"}',
}
ANSWERS = {
    **{name: raw(content) for name, content in NO_JSON.items()},
    "a page of a proxy": raw(b"<html>Sign in</html>", "text/html"),
    "text": raw(b'{"id": "1"}', "text/plain"),
    "no content type": httpx.Response(200, content=b'{"id": "1"}'),
    "a redirect": httpx.Response(302, headers={"location": "https://elsewhere.example.com/"}),
    "a broken compression": httpx.Response(
        200, content=b"\x1f\x8b\x08no", headers={"content-type": "application/json"}
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_read_of_it_is_an_error_that_names_the_request(name):
    client = make_client(Platform(ANSWERS[name]), settings=ONCE)
    with pytest.raises((Malformed, Unavailable)) as caught:
        bodies.row(await client.get(THING, path={"thingId": "1"}), Place("GET", THING))
    error = caught.value
    assert (error.method, error.path) == ("GET", THING)
    named = "c-1" in ANSWERS[name].headers.get("ININ-Correlation-Id", "") and name != "huge"
    assert error.correlation_id == ("c-1" if named else "")
    assert error.request_id == "id2"
    assert len(str(error)) < 1_000


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_write_answered_by_it_is_unknown_and_never_sent_again(name):
    platform = Platform(ANSWERS[name])
    client = make_client(platform, settings=ONCE)
    with pytest.raises(AmbiguousError) as caught:
        await client.request("POST", THING, path={"thingId": "1"}, effect=Effect.WRITE, json={}, needs=("id",))
    assert (caught.value.method, caught.value.path, caught.value.request_id) == ("POST", THING, "id2")
    assert len(platform.requests) == 1


@pytest.mark.parametrize("name", [*NO_JSON, "a page of a proxy"])
async def test_a_list_page_of_it_is_an_error_that_names_the_request(name):
    client = make_client(Platform(ANSWERS[name]), settings=ONCE)
    if name in ("a field that is missing", "a field of another type"):
        return  # an object without entities is an empty list
    for read in (paging.as_is, lambda row: row["id"]):
        with pytest.raises(Malformed) as caught:
            await paging.whole(client, paging.Listing("/api/v2/flows", 100, read))
        assert (caught.value.method, caught.value.path) == ("GET", "/api/v2/flows")
        assert caught.value.request_id


@pytest.mark.parametrize("rows", ["none", {"a": 1}, 7, [7], [{"id": None}], [{"id": 7}], [[]], [None]])
async def test_rows_that_are_none_are_an_error_with_both_names_of_the_request(rows):
    client = make_client(Platform(ok({"entities": rows, "pageCount": 1}, **{"ININ-Correlation-Id": "c-1"})))
    for read in (paging.as_is, lambda row: row["id"]):
        with pytest.raises(Malformed) as caught:
            await paging.whole(client, paging.Listing("/api/v2/flows", 100, read))
        assert caught.value.correlation_id == "c-1"


@pytest.mark.parametrize("name", [*NO_JSON, "a page of a proxy"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 503])
async def test_a_refusal_with_such_a_body_keeps_the_class_of_its_status(name, status):
    answer = raw(NO_JSON.get(name, b"<html>"), "text/html", status)
    good = make_client(Platform(refusal(status)), settings=ONCE)
    bad = make_client(Platform(answer), settings=ONCE)
    kinds = []
    for client in (good, bad):
        with pytest.raises(ProviderError) as caught:
            await client.get(THING, path={"thingId": "1"})
        kinds.append(type(caught.value))
    assert name == "huge" or kinds[0] is kinds[1]


async def test_a_byte_order_mark_is_passed_over():
    client = make_client(Platform(raw(b'\xef\xbb\xbf{"id": "1"}')))
    assert await client.get(THING, path={"thingId": "1"}) == {"id": "1"}


async def test_names_without_end_are_cut_in_the_message():
    client = make_client(
        Platform(refusal(400, "No.", code="x" * 50_000, headers={"ININ-Correlation-Id": "y" * 50_000})), settings=ONCE
    )
    with pytest.raises(ProviderError) as caught:
        await client.get(THING, path={"thingId": "1"})
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("lifetime", ["NaN", "Infinity", "1e999", '"soon"', "[1]", '{"a": 1}'])
async def test_a_token_without_a_sensible_life_is_malformed(lifetime):
    body = f'{{"access_token": "t", "expires_in": {lifetime}}}'.encode()
    client = make_client(Platform(ok({}), logins=[raw(body)]), settings=ONCE)
    with pytest.raises(Malformed):
        await client.get("/api/v2/x")


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_whatever_bytes_come_they_are_a_value_or_a_value_error(content):
    try:
        value = call.parse(content)
    except (ValueError, RecursionError):
        return
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


# -- over a socket, where the HTTP library has its say ------------------------------------------------------------


@asynccontextmanager
async def served(answer: bytes, *, pause: float = 0.0):
    """A server that says just this to whoever connects, byte by byte with a pause if one is given; its base URL."""

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            step = 1 if pause else len(answer) or 1
            with suppress(anyio.BrokenResourceError):  # the client has had enough
                for place in range(0, len(answer), step):
                    await stream.send(answer[place : place + step])
                    await anyio.sleep(pause)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        tasks.cancel_scope.cancel()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b'{"id": "1"}'
ON_THE_WIRE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "nothing": b"",
    "a length that lies": HEAD + b"Content-Length: 4000\r\n\r\n" + BODY,
    "two lengths": HEAD + b"Content-Length: 11\r\nContent-Length: 12\r\n\r\n" + BODY,
    "a chunk that is cut": HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + BODY,
    "a chunk without a size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
    "headers without end": HEAD + b"X: " + b"y" * 200_000,
    "a broken compression": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 11\r\n\r\n" + BODY,
}


async def fetched(answer: bytes, *, pause: float = 0.0):
    """What the client makes of it: a value, or the error it raised."""
    async with served(answer, pause=pause) as url:
        platform = Platform(ok({}), logins=[token])
        client = make_client(platform, settings=ONCE, hosts=regions.hosts(region=None, gateway_url=url))
        client.http = type(client.http)(transport(), connect_seconds=1)  # the login keeps the scripted one
        try:
            return await client.get(THING, path={"thingId": "1"})
        except ProviderError as error:
            return error
        finally:
            await client.aclose()


@pytest.mark.parametrize("name", ON_THE_WIRE)
async def test_what_is_no_http_is_an_error_that_names_the_request(name):
    with anyio.fail_after(5):
        error = await fetched(ON_THE_WIRE[name])
    assert isinstance(error, Unavailable)
    assert (error.method, error.path, error.request_id) == ("GET", THING, "id2")


async def test_an_answer_that_drips_ends_at_the_deadline():
    with anyio.fail_after(5):
        error = await fetched(HEAD + b"Content-Length: 11\r\n\r\n" + BODY, pause=0.05)
    assert isinstance(error, TimedOut)


async def test_headers_sent_twice_say_nothing_and_spoil_nothing():
    twice = b"inin-ratelimit-count: 1\r\ninin-ratelimit-count: 2\r\nContent-Type: application/json\r\n"
    assert await fetched(HEAD + twice + b"Content-Length: 11\r\n\r\n" + BODY) == {"id": "1"}
