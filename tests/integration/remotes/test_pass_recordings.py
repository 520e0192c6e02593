"""Recordings that have to be converted first: from the manifest to what callers hear."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from manifest_stage import written
from pass_stage import Town, ended

from reconciler.adapters.converter import Ffmpeg
from reconciler.errors import DesiredStateError

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[2] / "samples"
CONVERTER = """#!{python} -I
import struct, sys
content = sys.stdin.buffer.read()
if b"broken" in content:
    sys.exit("Invalid data found when processing input")
size = int({seconds} * 16000)
head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
unknown = struct.pack("<I", 0xFFFFFFFF)
sys.stdout.buffer.write(b"RIFF" + unknown + b"WAVE" + head + b"data" + unknown + bytes([len(content) % 251]) * size)
"""
"""Stands in for ffmpeg: a program of its own, with pipes."""
MANIFEST = """\
apiVersion: reconciler/v1
kind: Prompt
metadata: {name: welcome}
spec:
  resources:
    en-us: {audio: audio/welcome.mp3, tts: Hello}
"""
PLACE = "desired_state/welcome.yaml:6:20"


def tone(extension: str = "mp3") -> bytes:
    return (SAMPLES / f"tone.{extension}").read_bytes()


@pytest.fixture
def converting(tmp_path):
    """A converter that makes a recording of so many seconds."""

    def make(seconds: float = 0.6) -> Ffmpeg:
        path = tmp_path / "ffmpeg"
        path.write_text(CONVERTER.format(python=sys.executable, seconds=seconds))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Ffmpeg(str(path))

    return make


@pytest.fixture
def town(stage, tmp_path, converting) -> Town:
    return Town(stage, tmp_path, more={"converter": converting()})


async def wanted(content: bytes):
    return await written({"welcome.yaml": MANIFEST, "audio/welcome.mp3": content})


def resource(stage):
    (prompt,) = stage.state()["prompts"].values()
    return prompt["_resources"]["en-us"]


async def test_an_mp3_goes_up_as_wav_and_is_in_sync_from_then_on(town, stage):
    town.want(*await wanted(tone()))
    assert ended(await town.turn()) == {"welcome": "applied"}
    heard = resource(stage)
    assert (heard["uploadStatus"], heard["durationSeconds"]) == ("transcoded", 0.6)
    assert heard["audioFormat"] == {"channels": 1, "bitsPerSample": 16, "sampleRate": 8000, "encoding": "PCM"}
    assert (await town.turn()).plan.changes == ()


async def test_another_converter_is_no_reason_to_upload_again(town, converting):
    town.want(*await wanted(tone()))
    await town.turn()
    town.more["converter"] = converting(0.61)
    assert (await town.turn()).plan.changes == ()


async def test_a_new_mp3_is_one_upload(town, stage):
    town.want(*await wanted(tone()))
    await town.turn()
    town.want(*await wanted(tone() + bytes(100)))
    stage.forget_requests()
    assert ended(await town.turn()) == {"welcome": "applied"}
    writes = stage.writes()
    assert sum(writes.values()) == 2, writes
    assert all("/uploads" in route for route in writes)


async def test_a_text_changed_beside_an_mp3_converts_and_uploads_nothing(town, stage, tmp_path):
    town.want(*await wanted(tone()))
    await town.turn()
    (tmp_path / "ffmpeg").unlink()
    again = await written({"welcome.yaml": MANIFEST.replace("Hello", "Hi"), "audio/welcome.mp3": tone()})
    town.want(*again)
    stage.forget_requests()
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert [route for route in stage.writes() if "/uploads" in route] == []


async def test_the_older_upload_form_names_a_wav_too(town, stage):
    uploads = "/api/v2/architect/prompts/{promptId}/resources/{languageCode}/uploads"
    stage.fault("POST", uploads, "status", status=404)
    town.want(*await wanted(tone()))
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert resource(stage)["uploadStatus"] == "transcoded"


async def test_a_recording_that_cannot_be_converted_stops_the_pass_before_any_write(town, stage):
    other = "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {name: bye}\nspec: {resources: {en-us: {tts: Bye}}}\n"
    files = {"welcome.yaml": MANIFEST, "bye.yaml": other, "audio/welcome.mp3": tone() + b"broken"}
    town.want(*await written(files))
    with pytest.raises(DesiredStateError) as caught:
        await town.turn()
    assert stage.writes() == {}
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.code) == (PLACE, "REC1312")
    assert '"desired_state/audio/welcome.mp3" was not converted:' in problem.message
    assert "ended with 1 (Invalid data found when processing input)." in problem.message
    assert problem.remedy.endswith("save it as WAV, 8 kHz 16-bit mono PCM.")


async def test_a_recording_that_plays_longer_than_its_header_says_is_found_before_any_write(town, stage, converting):
    town.more["converter"] = converting(91.0)
    town.want(*await wanted(tone()))
    with pytest.raises(DesiredStateError) as caught:
        await town.turn()
    assert stage.writes() == {}
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.code) == (PLACE, "REC1305")
    assert "plays 91.0 s, policy.promptMaxDuration is 90 s" in problem.message
