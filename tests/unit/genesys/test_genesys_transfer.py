"""Signed addresses: exactly their headers, never our token, never their query in an error."""

from __future__ import annotations

import httpx
import pytest
from genesys_stage import TOKEN, Platform, make_client, ok

from reconciler.errors import AmbiguousError, Malformed, NotFound, Rejected, Unavailable
from reconciler.genesys.wire import transfer

pytestmark = pytest.mark.anyio
SIGNED = "https://bucket.example.com/key?Signature=s1gned-marker"
HEADERS = {"Content-Type": "text/yaml", "x-amz-meta": "1"}


async def put(platform, url=SIGNED):
    await transfer.put(make_client(platform), url, headers=HEADERS, content=b"data", what="a file")


async def test_an_upload_carries_the_given_headers_and_no_token():
    platform = Platform(httpx.Response(200))
    await put(platform)
    (request,) = platform.requests
    assert (request.method, request.content) == ("PUT", b"data")
    assert request.headers["content-type"] == "text/yaml"
    assert request.headers["x-amz-meta"] == "1"
    assert "authorization" not in request.headers
    assert platform.login_requests == []


async def test_an_upload_sends_the_whole_file_again_when_the_storage_failed():
    platform = Platform(httpx.Response(503), httpx.ConnectError("x"), httpx.Response(200))
    await put(platform)
    assert [request.content for request in platform.requests] == [b"data"] * 3


@pytest.mark.parametrize(
    ("trouble", "error", "requests"),
    [
        (httpx.Response(403, content=b"<Error>"), Rejected, 1),
        (httpx.Response(500), AmbiguousError, 3),
        (httpx.Response(429), Unavailable, 3),
        (httpx.ConnectError("x"), Unavailable, 3),
        (httpx.ReadError(SIGNED), AmbiguousError, 1),
        (httpx.ReadTimeout("x"), AmbiguousError, 1),
    ],
    ids=["refused", "failing", "throttled", "unreachable", "reset", "silent"],
)
async def test_a_failed_upload_says_what_and_never_where(trouble, error, requests):
    platform = Platform(trouble)
    with pytest.raises(error, match="a file") as caught:
        await put(platform)
    assert len(platform.requests) == requests
    assert "s1gned-marker" not in str(caught.value) + repr(caught.value.__dict__)


async def test_plain_http_is_refused_where_the_platform_is_https():
    platform = Platform(httpx.Response(200))
    with pytest.raises(Malformed, match="not https"):
        await put(platform, "http://bucket.example.com/key")
    assert platform.requests == []


@pytest.mark.parametrize("url", ["https://[broken", "https://", "https://exa mple.com/x"])
async def test_an_unusable_address_is_an_error_of_ours(url):
    with pytest.raises((Unavailable, Malformed)):
        await put(Platform(httpx.ConnectError("x")), url)


async def test_an_expired_download_is_told_apart():
    with pytest.raises(NotFound):
        await transfer.fetch(make_client(Platform(httpx.Response(403))), SIGNED, what="a file", size_max=10)


async def test_a_download_beyond_its_limit_is_refused():
    with pytest.raises(Rejected, match="more than 3 bytes"):
        await transfer.fetch(make_client(Platform(httpx.Response(200, content=b"1234"))), SIGNED, what="x", size_max=3)


async def test_a_form_upload_carries_the_token_to_our_own_domain():
    platform = Platform(ok({}))
    client = make_client(platform)
    url = "https://apps.mypurecloud.ie/uploads/1"
    await transfer.post_file(client, url, filename='a"b.wav', content_type="audio/wav", content=b"RIFF", what="x")
    (request,) = platform.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "multipart/form-data; boundary=reconciler-id1"
    assert b'name="file"; filename="a_b.wav"' in request.content
    assert request.content.endswith(b"RIFF\r\n--reconciler-id1--\r\n")


async def test_the_token_goes_nowhere_else():
    platform = Platform(ok({}))
    with pytest.raises(Malformed, match="outside its own domain"):
        await transfer.post_file(
            make_client(platform), "https://evil.example.com/", filename="a", content_type="b", content=b"", what="x"
        )
    assert platform.requests == []
