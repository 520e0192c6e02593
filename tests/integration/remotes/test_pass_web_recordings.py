"""Recordings by URL: when they are asked for, what makes them another recording, and what stops a pass."""

from __future__ import annotations

import hashlib

import pytest
from manifest_stage import written
from pass_stage import Town, ended
from remote_stage import sound

from reconciler.adapters import http
from reconciler.adapters.web_files import HttpWebFiles
from reconciler.core.targets import Allow, parse_allow
from reconciler.errors import DesiredStateError
from reconciler.kinds.manifest import AudioRules
from reconciler.model.policy import Policy
from reconciler.report import machine, text
from reconciler.runtime.parts import Mode
from tests.media import SIGNATURE, Page, serving

pytestmark = pytest.mark.anyio

LOOPBACK = parse_allow(["127.0.0.1"])
PLACE = "desired_state/welcome.yaml:6:20"
HEAD, GET = "HEAD /a.wav", "GET /a.wav"


@pytest.fixture
async def media():
    async with serving() as server:
        server.pages["/a.wav"] = Page(sound())
        yield server


@pytest.fixture
async def town(stage, tmp_path):
    transports = []

    def files(allow: Allow) -> HttpWebFiles:
        transports.append(http.guarded_transport(allow))
        return HttpWebFiles(transports[-1], user_agent="reconciler/test")

    yield Town(stage, tmp_path, more={"web_files": files(LOOPBACK)})
    for transport in transports:
        await transport.aclose()


async def commit(town: Town, url: str, more: str = "") -> None:
    """A new commit whose only prompt plays what is behind the address."""
    manifest = (
        "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {name: welcome}\n"
        f"spec:\n  resources:\n    en-us: {{audio: '{url}', tts: Hello{more}}}\n"
    )
    town.want(*await written({"welcome.yaml": manifest}, AudioRules(allow=LOOPBACK)))


def asked(media) -> list[str]:
    """What was asked since the last time."""
    found, media.asked[:] = list(media.asked), []
    return found


def heard(stage) -> str:
    """Digest of what callers hear, and its length."""
    (prompt,) = stage.state()["prompts"].values()
    return prompt["_resources"]["en-us"]["_audio"]


async def stopped(town: Town, stage) -> tuple[str, str, str]:
    """Place, code and message of the one problem that stops the next pass before any write."""
    stage.forget_requests()
    with pytest.raises(DesiredStateError) as caught:
        await town.turn()
    assert stage.writes() == {}
    assert SIGNATURE not in str(caught.value)
    (problem,) = caught.value.problems
    return str(problem.location), problem.code, problem.message


# -- when it is asked -------------------------------------------------------------------------------------------


async def test_the_first_pass_looks_and_downloads_and_a_quiet_one_asks_nothing(town, media):
    await commit(town, media.url("/a.wav"))
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert asked(media) == [HEAD, GET]
    for _ in range(2):
        assert (await town.turn()).plan.changes == ()
    assert asked(media) == []


async def test_a_new_commit_asks_without_downloading_and_a_new_signature_is_no_change(town, media):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    asked(media)
    await commit(town, media.url("/a.wav", "X-Sig=another"))
    assert (await town.turn()).plan.changes == ()
    assert asked(media) == [HEAD]
    assert (await town.turn()).plan.changes == ()
    assert asked(media) == []


async def test_a_server_that_answers_no_questions_is_asked_for_the_file(town, media):
    media.pages["/a.wav"].head = 403
    await commit(town, media.url("/a.wav"))
    assert ended(await town.turn()) == {"welcome": "applied"}
    await commit(town, media.url("/a.wav"))
    assert (await town.turn()).plan.changes == ()
    assert asked(media) == [HEAD, GET, HEAD, GET]


async def test_without_an_etag_every_look_downloads_and_the_same_sound_stays(town, media):
    media.pages["/a.wav"].etag = ""
    await commit(town, media.url("/a.wav"))
    await town.turn()
    await commit(town, media.url("/a.wav"))
    assert (await town.turn()).plan.changes == ()
    assert asked(media) == [HEAD, GET, HEAD, GET]


async def test_another_recording_behind_the_same_address_is_uploaded_with_the_next_commit(town, media, stage):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    before = heard(stage)
    media.pages["/a.wav"] = Page(sound(level=7), etag='"2"')
    assert (await town.turn()).plan.changes == ()
    await commit(town, media.url("/a.wav"))
    stage.forget_requests()
    assert ended(await town.turn()) == {"welcome": "applied"}
    writes = stage.writes()
    assert all("/uploads" in route for route in writes), writes
    assert heard(stage) != before


async def test_a_recording_whose_digest_is_in_git_is_asked_for_once(town, media):
    pin = f", sha256: {hashlib.sha256(sound()).hexdigest()}"
    await commit(town, media.url("/a.wav"), pin)
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert asked(media) == [HEAD, GET]
    media.pages.clear()
    await commit(town, media.url("/a.wav", "X-Sig=expired"), pin)
    assert (await town.turn()).plan.changes == ()
    assert asked(media) == []


async def test_a_plan_remembers_nothing(town, media):
    await commit(town, media.url("/a.wav"))
    for _ in range(2):
        result = await town.turn(mode=Mode.PLAN)
        assert result.plan.counts.add == 1
        assert asked(media) == [HEAD, GET]


async def test_what_a_drift_took_away_is_downloaded_again_at_the_same_commit(town, media, stage):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    stage.person("delete", "Prompt", "welcome")
    asked(media)
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert asked(media) == [HEAD, GET]
    assert (await town.turn()).plan.changes == ()


async def test_what_a_drift_took_away_comes_back_as_it_is_by_then(town, media, stage):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    stage.person("delete", "Prompt", "welcome")
    media.pages["/a.wav"] = Page(sound(2.0), etag='"2"')
    assert ended(await town.turn()) == {"welcome": "applied"}
    (prompt,) = stage.state()["prompts"].values()
    assert prompt["_resources"]["en-us"]["durationSeconds"] == 2.0
    assert (await town.turn()).plan.changes == ()


async def test_a_deep_pass_asks_at_the_same_commit_and_finds_another_recording(town, media):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    asked(media)
    assert (await town.turn(deep=True)).plan.changes == ()
    assert asked(media) == [HEAD]
    media.pages["/a.wav"] = Page(sound(level=7), etag='"2"')
    assert ended(await town.turn(deep=True)) == {"welcome": "applied"}
    assert asked(media) == [HEAD, GET]


async def test_a_text_changed_beside_it_downloads_nothing(town, media):
    pin = f", sha256: {hashlib.sha256(sound()).hexdigest()}"
    await commit(town, media.url("/a.wav"), pin)
    await town.turn()
    asked(media)
    await commit(town, media.url("/a.wav"), f"{pin}, text: For people")
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert asked(media) == []


# -- what stops a pass, with its place --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code", "says"),
    [
        (Page(status=403, type="application/xml"), "REC1314", "the server says 403; the file is private, or the sig"),
        (Page(b"<html>", type="text/html"), "REC1315", "is not a recording: the server says text/html"),
        (Page(status=302, location="/b.wav"), "REC1314", "redirects are not followed"),
        (Page(sound(91.0)), "REC1305", "plays 91.0 s, policy.promptMaxDuration is 90 s"),
        (Page(sound()[:-400]), "REC1303", "is cut short: its header promises 1.0 s"),
        (Page(b"#!AMR" + bytes(100)), "REC1302", "the file is not WAV, it is AMR"),
    ],
    ids=["expired signature", "wrong content type", "redirect", "91 s", "truncated", "no WAV"],
)
async def test_a_recording_that_cannot_be_used_stops_the_pass_before_any_write(town, media, stage, page, code, says):
    media.pages["/a.wav"] = page
    await commit(town, media.url("/a.wav"))
    place, found, message = await stopped(town, stage)
    assert (place, found) == (PLACE, code)
    assert message.startswith(f'"http://127.0.0.1:{media.port}/a.wav"')
    assert says in message


async def test_a_private_address_stops_the_pass_before_any_write(town, media, stage):
    transport = http.guarded_transport(Allow())
    town.more["web_files"] = HttpWebFiles(transport, user_agent="reconciler/test")
    await commit(town, media.url("/a.wav"))
    place, code, message = await stopped(town, stage)
    assert (place, code) == (PLACE, "REC1313")
    assert message.endswith("is refused: 127.0.0.1 leads to 127.0.0.1, this machine.")
    assert asked(media) == []
    await transport.aclose()


async def test_an_http_address_is_refused_when_the_manifest_is_read():
    manifest = (
        "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {name: welcome}\n"
        f"spec:\n  resources:\n    en-us: {{audio: 'http://media.example.com/a.wav?{SIGNATURE}', tts: Hello}}\n"
    )
    with pytest.raises(DesiredStateError) as caught:
        await written({"welcome.yaml": manifest})
    assert str(caught.value) == (
        f"{PLACE}: error REC1313: this address is refused: http:// is refused because anybody on the way can read it. "
        "Write https://, or list media.example.com in RECONCILE_WEBHOOK_ALLOW."
    )


async def test_another_file_than_git_promises_is_never_uploaded(town, media, stage):
    await commit(town, media.url("/a.wav"), f", sha256: {'0' * 64}")
    place, code, message = await stopped(town, stage)
    digest = hashlib.sha256(sound()).hexdigest()
    assert (place, code) == (PLACE, "REC1316")
    assert message.endswith(f'/a.wav" has the digest {digest}, and git says {"0" * 64}.')


async def test_every_address_that_fails_is_told_at_once(town, media):
    manifest = (
        "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {{name: {0}}}\n"
        "spec: {{resources: {{en-us: {{audio: '{1}'}}}}}}\n"
    )
    files = {f"{name}.yaml": manifest.format(name, media.url(f"/{name}.wav")) for name in ("one", "two")}
    town.want(*await written(files, AudioRules(allow=LOOPBACK)))
    with pytest.raises(DesiredStateError) as caught:
        await town.turn()
    assert [problem.location.file for problem in caught.value.problems] == [
        "desired_state/one.yaml",
        "desired_state/two.yaml",
    ]


async def test_a_stricter_policy_finds_a_recording_that_was_seen_before(town, media, stage):
    await commit(town, media.url("/a.wav"))
    await town.turn()
    town.policy = Policy(prompt_max_duration_seconds=0.5)
    _, code, _ = await stopped(town, stage)
    assert code == "REC1305"


# -- what is kept -----------------------------------------------------------------------------------------------


async def test_no_signature_is_in_any_record_or_plan(town, media, tmp_path):
    await commit(town, media.url("/a.wav"))
    result = await town.turn()
    assert f"/a.wav?{SIGNATURE}" in media.targets
    told = [machine.render(result.plan), text.plan_text(result.plan), repr(result.plan), repr(town.wanted)]
    assert not [one for one in told if "c2VjcmV0" in one]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"sightings" in stored
    assert b"c2VjcmV0" not in stored
