"""The converter as a real process: a small program that stands in for ffmpeg, and ffmpeg itself where it is."""

from __future__ import annotations

import shutil
import stat
import struct
import sys
from pathlib import Path

import anyio
import pytest

from reconciler.adapters.converter import Ffmpeg, NoConverter, find
from reconciler.errors import RecordingError
from reconciler.kinds.prompt import audio

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[2] / "samples"
PIPED = """
import struct, sys
content = sys.stdin.buffer.read()
head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
unknown = struct.pack("<I", 0xFFFFFFFF)
sys.stdout.buffer.write(b"RIFF" + unknown + b"WAVE" + head + b"data" + unknown + bytes(8000))
"""
"""Half a second of silence with the header that a program writes to a pipe."""


@pytest.fixture
def program(tmp_path):
    def make(script: str, **options) -> Ffmpeg:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!{sys.executable} -I\n{script}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Ffmpeg(str(path), **options)

    return make


async def refused(converter: Ffmpeg | NoConverter, format: str = "mp3") -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        await converter.to_wav(b"ID3" + bytes(300_000), format=format)
    return caught.value


async def test_what_the_program_writes_to_its_pipe_becomes_a_whole_wav(program):
    made = await program(PIPED).to_wav(b"ID3", format="mp3")
    assert struct.unpack("<I", made[40:44]) == (8000,)
    assert audio.parse(made).seconds == 0.5


async def test_it_gets_the_recording_its_format_and_nothing_of_our_environment(program, tmp_path, monkeypatch):
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hush")
    monkeypatch.setenv("RECONCILE_LEDGER_URL", "x.db")
    told = tmp_path / "told"
    script = f"import os, sys\nopen({str(told)!r}, 'w').write(repr((sys.argv[1:], sorted(os.environ))))\n"
    await program(script + PIPED).to_wav(b"ID3", format="m4a")
    arguments, names = eval(told.read_text())
    assert not [name for name in names if name.startswith(("GENESYS", "RECONCILE"))]
    assert arguments[arguments.index("-i") - 2 : arguments.index("-i") + 2] == ["-f", "mov", "-i", "cache:pipe:0"]
    assert arguments[-1] == "pipe:1"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import sys; print('header missing', file=sys.stderr); sys.exit(3)", "ended with 3 (header missing)"),
        ("print('Hello')", "cannot be used, the file is not WAV"),
        ("pass", "cannot be used, the file is empty"),
        (PIPED.replace("8000, 16000", "44100, 88200"), "cannot be used, it is 44100 Hz, 1 channels, 16 bits"),
    ],
    ids=["fails", "prints something else", "prints nothing", "does not convert"],
)
async def test_a_conversion_that_failed_says_what_the_program_said(program, script, says):
    error = await refused(program(script))
    assert error.code == "REC1312"
    assert says in error.message
    assert "8 kHz" in error.remedy


async def test_a_program_that_never_ends_is_stopped(program):
    error = await refused(program("import time; time.sleep(60)", timeout_seconds=0.2))
    assert "did not end within 0.2 s" in error.message


async def test_output_without_end_is_cut_off(program):
    script = "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))"
    assert "more than 25 MB" in (await refused(program(script))).message


async def test_a_program_that_cannot_be_started_is_named(tmp_path):
    file = tmp_path / "text"
    file.write_text("no program")
    error = await refused(Ffmpeg(str(file)))
    assert f"{file} could not be started" in error.message
    assert error.remedy == "Correct RECONCILE_AUDIO_CONVERTER."


async def test_only_two_run_at_once(program, tmp_path):
    script = f"""
import os, pathlib, time
mine = pathlib.Path({str(tmp_path)!r}) / f"run-{{os.getpid()}}"
mine.touch()
running = len(list(mine.parent.glob("run-*")))
(mine.parent / f"seen-{{running}}").touch()
time.sleep(0.05)
mine.unlink()
"""
    converter = program(script + PIPED)
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(lambda: converter.to_wav(b"ID3", format="mp3"))
    assert not list(tmp_path.glob("seen-[3-9]"))


# -- which one --------------------------------------------------------------------------------------------------

HERE = {"ffmpeg": "/usr/bin/ffmpeg", "/opt/ffmpeg": "/opt/ffmpeg"}.get


@pytest.mark.parametrize("setting", ["auto", "ffmpeg", "AUTO", "/opt/ffmpeg"])
def test_a_converter_that_is_there_is_used(setting):
    found = find(setting, which=HERE)
    assert (type(found), found.remedy) == (Ffmpeg, "")


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ("auto", "Install ffmpeg, or name one in RECONCILE_AUDIO_CONVERTER."),
        ("ffmpeg", "Install ffmpeg, or name one in RECONCILE_AUDIO_CONVERTER."),
        ("off", "RECONCILE_AUDIO_CONVERTER is off; set it to auto and install ffmpeg."),
        ("/opt/other", "RECONCILE_AUDIO_CONVERTER names /opt/other, which is no program here; correct it."),
    ],
)
async def test_without_one_it_says_what_to_do(setting, remedy):
    found = find(setting, which=lambda name: None)
    assert found.remedy == remedy
    assert (await refused(found)).code == "REC1311"


# -- the real one -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed here")
@pytest.mark.parametrize("format", ["mp3", "aac", "m4a", "ogg", "flac"])
async def test_ffmpeg_makes_telephony_wav_of_every_format(format):
    content = (SAMPLES / f"tone.{format}").read_bytes()
    made = await Ffmpeg(str(shutil.which("ffmpeg"))).to_wav(content, format=format)
    assert 0.55 < audio.parse(made).seconds < 0.75
    assert made == await Ffmpeg(str(shutil.which("ffmpeg"))).to_wav(content, format=format)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed here")
@pytest.mark.parametrize("format", ["mp3", "aac", "m4a", "ogg", "flac"])
async def test_ffmpeg_refuses_what_is_damaged(format):
    with pytest.raises(RecordingError) as caught:
        await Ffmpeg(str(shutil.which("ffmpeg"))).to_wav(b"\0" * 4000, format=format)
    assert caught.value.code == "REC1312"
