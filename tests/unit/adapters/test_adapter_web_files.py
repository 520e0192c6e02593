"""Recordings fetched over a real socket: what is taken, what is refused, and that no signature is ever repeated."""

from __future__ import annotations

import pytest

from reconciler.adapters import http
from reconciler.adapters.web_files import HttpWebFiles
from reconciler.core import targets
from reconciler.errors import RecordingError
from reconciler.ports import WebFile, WebHead
from tests.media import SIGNATURE, Page, serving

pytestmark = pytest.mark.anyio

SOUND = b"RIFF" + bytes(2000)


@pytest.fixture
async def media():
    async with serving() as server:
        server.pages["/a.wav"] = Page(SOUND)
        yield server


@pytest.fixture
async def files():
    made = []

    def make(*allow: str, **options) -> HttpWebFiles:
        transport = http.guarded_transport(targets.parse_allow(allow), **options.pop("guard", {}))
        made.append(transport)
        return HttpWebFiles(transport, user_agent="reconciler/test", **options)

    yield make
    for transport in made:
        await transport.aclose()


async def refused(files: HttpWebFiles, url: str) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        await files.fetch(url)
    assert SIGNATURE not in str(caught.value)
    return caught.value


async def test_a_recording_is_looked_at_and_fetched_with_its_signature(media, files):
    web = files("127.0.0.1")
    assert await web.look(media.url("/a.wav")) == WebHead('"1"', len(SOUND))
    assert await web.fetch(media.url("/a.wav")) == WebFile('"1"', SOUND)
    assert media.targets == [f"/a.wav?{SIGNATURE}"] * 2


@pytest.mark.parametrize("status", [403, 404, 405, 501])
async def test_a_refused_question_proves_nothing(media, files, status):
    """Addresses are signed for one method; the GET tells."""
    media.pages["/a.wav"].head = status
    assert await files("127.0.0.1").look(media.url("/a.wav")) is None


@pytest.mark.parametrize("type", ["audio/mpeg; codecs=mp3", "application/octet-stream", "Audio/X-WAV", "", "video/mp4"])
async def test_content_types_that_may_be_sound_are_taken(media, files, type):
    media.pages["/a.wav"].type = type
    assert (await files("127.0.0.1").fetch(media.url("/a.wav"))).content == SOUND


@pytest.mark.parametrize(
    ("page", "code", "says", "remedy"),
    [
        (
            Page(b"<html>", type="text/html; charset=utf-8"),
            "REC1315",
            "is not a recording: the server says text/html",
            "Write the address of the file itself; a page to log in or to preview is not it.",
        ),
        (
            Page(b"<Error>", status=403, type="application/xml"),
            "REC1314",
            "cannot be fetched: the server says 403; the file is private, or the signature has expired",
            "Write a freshly signed address. With `sha256` beside it, it is not asked again once it is uploaded.",
        ),
        (
            Page(status=302, location=f"https://cdn.example.com/b?{SIGNATURE}"),
            "REC1314",
            "cannot be fetched: the server says 302 and leads to https://cdn.example.com/b; redirects are not followed",
            "Write the address of the file itself.",
        ),
        (Page(status=404), "REC1314", "cannot be fetched: the server says 404", "Correct the address, or try again."),
        (Page(status=503), "REC1314", "cannot be fetched: the server says 503", "Correct the address, or try again."),
        (
            Page(SOUND, length=26 * 1024 * 1024),
            "REC1306",
            "has at least 26.0 MB, the platform takes 25 MB",
            "Shorten it, or save it at 8 kHz mono.",
        ),
        (
            Page(SOUND, length=len(SOUND) + 1),
            "REC1314",
            "cannot be fetched: the exchange broke off (RemoteProtocolError)",
            "Try again, or put the file into the repository.",
        ),
    ],
    ids=["wrong content type", "expired signature", "redirect", "gone", "server down", "too large", "cut off"],
)
async def test_every_other_answer_is_a_sentence_with_a_remedy(media, files, page, code, says, remedy):
    media.pages["/a.wav"] = page
    error = await refused(files("127.0.0.1"), media.url("/a.wav"))
    assert (error.code, error.message, error.remedy) == (code, says, remedy)


async def test_redirects_and_wrong_types_are_seen_before_anything_is_downloaded(media, files):
    web = files("127.0.0.1")
    for page in (Page(status=307, location="/b.wav"), Page(type="text/html"), Page(length=26 * 1024 * 1024)):
        media.pages["/a.wav"] = page
        with pytest.raises(RecordingError):
            await web.look(media.url("/a.wav"))
    assert set(media.asked) == {"HEAD /a.wav"}


async def test_a_body_without_a_length_is_cut_off_at_the_limit(media, files):
    media.pages["/a.wav"] = Page(bytes(10_000), chunks=200)
    error = await refused(files("127.0.0.1", bytes_max=100_000), media.url("/a.wav"))
    assert error.code == "REC1306"


async def test_a_server_that_does_not_answer_is_given_up(media, files):
    media.pages["/a.wav"] = Page(silent=True)
    error = await refused(files("127.0.0.1", timeout_seconds=0.1), media.url("/a.wav"))
    assert (error.code, error.message) == ("REC1314", "cannot be fetched: it did not arrive within 0.1 s")


async def test_a_private_address_is_refused_without_a_connection(media, files):
    error = await refused(files(), media.url("/a.wav"))
    assert (error.code, error.message) == ("REC1313", "is refused: 127.0.0.1 leads to 127.0.0.1, this machine")
    assert error.remedy == "If that is meant, list 127.0.0.1 in RECONCILE_WEBHOOK_ALLOW."
    assert media.asked == []


async def test_a_name_that_leads_to_a_private_address_is_refused(files):
    async def resolve(host, port):
        return ["10.0.0.7"]

    web = files(guard={"resolve": resolve})
    error = await refused(web, f"https://media.example.com/a.wav?{SIGNATURE}")
    assert error.message == "is refused: media.example.com leads to 10.0.0.7, a private network"


async def test_a_name_nobody_knows_is_said(files):
    async def resolve(host, port):
        raise OSError("Name or service not known")

    error = await refused(files(guard={"resolve": resolve}), f"https://media.example.com/a.wav?{SIGNATURE}")
    assert error.message == ("cannot be fetched: media.example.com could not be resolved: Name or service not known")
    assert error.remedy == "Correct the address."
