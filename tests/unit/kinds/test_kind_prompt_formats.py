"""Which recordings can be used: the content decides, whatever the file is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.kinds.manifest import AudioRules
from reconciler.kinds.prompt import audio, compressed
from reconciler.kinds.prompt.checks import check_converted
from reconciler.kinds.prompt.formats import Format, is_named_otherwise, sniff, what_is
from reconciler.model.policy import Policy
from reconciler.model.problem import Location, Severity
from reconciler.model.resource import Asset

SAMPLES = Path(__file__).parents[2] / "samples"
SECONDS = {"mp3": 0.68, "aac": 0.7, "m4a": 0.6, "ogg": 0.6, "flac": 0.6}
"""0.6 s of a tone; MP3 and AAC count the padding of their encoders."""
WITHOUT = AudioRules(converter_remedy="Install ffmpeg.")


def sample(extension: str) -> bytes:
    return (SAMPLES / f"tone.{extension}").read_bytes()


def prompt(file: str) -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {name: welcome}\n"
        f"spec:\n  resources:\n    en-us: {{audio: {file}}}\n"
    )


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"ID3\x03", Format.MP3),
        (b"\xff\xfb\x90\x00", Format.MP3),
        (b"\xff\xf1\x50\x80", Format.AAC),
        (b"OggS\0", Format.OGG),
        (b"fLaC\0", Format.FLAC),
        (b"RIFF\0\0\0\0WAVE", Format.WAV),
        (b"RIFX\0\0\0\0WAVE", "big-endian WAV (RIFX)"),
        (b"RF64\xff\xff\xff\xffWAVE", "64-bit WAV (RF64)"),
        (b"RIFF\0\0\0\0AVI ", "a RIFF file of another kind"),
        (b"\0\0\0\x20ftypM4A ", Format.M4A),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"<html>", "XML or HTML"),
        (b"plain", "something else"),
        (b"", "something else"),
    ],
)
def test_every_format_is_called_by_its_name(head, name):
    assert what_is(head) == str(name)
    assert sniff(head) == (name if isinstance(name, Format) else None)


@pytest.mark.parametrize("extension", sorted(SECONDS))
def test_compressed_recordings_are_measured(extension):
    content = sample(extension)
    format = sniff(content)
    assert round(compressed.seconds(content, format), 2) == SECONDS[extension]


@pytest.mark.parametrize("extension", ["aac", "m4a", "ogg"])
def test_compressed_recordings_cut_short_are_refused_where_the_file_tells(extension):
    content = sample(extension)
    with pytest.raises(audio.Unusable) as caught:
        compressed.seconds(content[: len(content) // 2], sniff(content))
    assert caught.value.code == "REC1304"


@pytest.mark.parametrize("extension", sorted(SECONDS))
def test_no_damage_to_a_compressed_recording_raises_anything_but_unusable(extension):
    content = sample(extension)
    for place in range(0, min(len(content), 600), 3):
        broken = bytearray(content)
        broken[place] ^= 0xA5
        for damaged in (bytes(broken), content[:place]):
            try:
                assert compressed.seconds(damaged, sniff(content)) > 0
            except audio.Unusable:
                continue


@pytest.mark.parametrize(
    ("path", "format", "other"),
    [
        ("audio/a.wav", Format.MP3, ".wav"),
        ("audio/a.WAV", Format.MP3, ".wav"),
        ("audio/a.mp3", Format.MP3, ""),
        ("audio/a.aac", Format.M4A, ""),
        ("audio/a.opus", Format.OGG, ""),
        ("audio/a.recording", Format.MP3, ""),
        ("audio.wav/a", Format.MP3, ""),
    ],
)
def test_a_name_that_promises_another_format_is_noticed(path, format, other):
    assert is_named_otherwise(path, format) == other


@pytest.mark.parametrize("extension", sorted(SECONDS))
def test_with_a_converter_the_identity_is_the_digest_of_the_source(normalise, extension):
    content = sample(extension)
    normal, problems = normalise(prompt(f"a.{extension}"), {f"a.{extension}": content})
    assert problems == []
    (desired,) = normal.resources
    spec = desired.spec["resources"]["en-us"]["audio"]
    assert (spec["sha256"], spec["format"]) == (desired.assets["en-us"].sha256, extension)
    assert spec["seconds"] == pytest.approx(SECONDS[extension], abs=0.01)
    assert desired.assets["en-us"].location == Location("m.yaml", 6, 20)
    again, _ = normalise(prompt(f"a.{extension}"), {f"a.{extension}": content})
    assert again.resources[0].digest == desired.digest


@pytest.mark.parametrize("extension", sorted(SECONDS))
def test_without_a_converter_the_file_is_named_with_what_to_install(normalise, extension):
    _, (problem,) = normalise(prompt(f"a.{extension}"), {f"a.{extension}": sample(extension)}, audio=WITHOUT)
    assert (problem.code, str(problem.location)) == ("REC1311", "m.yaml:6:20")
    assert f'"a.{extension}" is ' in problem.message
    assert problem.remedy == "Install ffmpeg. Or save it as WAV."


def test_an_mp3_named_wav_is_reported_as_what_it_is(normalise):
    _, (refused,) = normalise(prompt("a.wav"), {"a.wav": sample("mp3")}, audio=WITHOUT)
    assert refused.message == '"a.wav" is MP3, whatever .wav says; the platform takes WAV, and there is no converter.'
    normal, (told,) = normalise(prompt("a.wav"), {"a.wav": sample("mp3")})
    assert (told.severity, told.code) == (Severity.WARNING, "REC1310")
    assert told.remedy == "Rename it so that it ends in .mp3."
    assert normal.resources[0].spec["resources"]["en-us"]["audio"]["format"] == "mp3"


def test_a_wav_named_mp3_goes_up_as_the_wav_it_is(normalise, wav):
    normal, (told,) = normalise(prompt("a.mp3"), {"a.mp3": wav(1)}, audio=WITHOUT)
    assert told.code == "REC1310"
    assert "format" not in normal.resources[0].spec["resources"]["en-us"]["audio"]


def test_a_wav_of_another_codec_is_converted_where_possible_and_only_warned_about_where_not(normalise, wav):
    content = {"a.wav": wav(1, tag=3, bits=32)}
    normal, problems = normalise(prompt("a.wav"), content)
    assert (problems, normal.resources[0].spec["resources"]["en-us"]["audio"]["format"]) == ([], "wav")
    same, (told,) = normalise(prompt("a.wav"), content, audio=WITHOUT)
    assert (told.severity, told.code) == (Severity.WARNING, "REC1307")
    assert same.resources[0].digest == normal.resources[0].digest


def test_a_compressed_recording_is_held_against_the_policy_too(codes):
    policy = Policy(prompt_max_duration_seconds=0.5)
    assert codes(prompt("a.mp3"), {"a.mp3": sample("mp3")}, policy) == ["REC1305"]


# -- what the converter made ------------------------------------------------------------------------------------

RECORDING = Asset("audio/a.mp3", "0" * 64, b"", Location("m.yaml", 6, 20))


@pytest.mark.parametrize(
    ("made", "promised", "code"),
    [
        (1.0, 1.0, None),
        (1.0, 1.4, None),
        (20.0, 20.9, None),
        (1.0, 2.0, "REC1303"),
        (91.0, 10.0, "REC1305"),
        (0.2, 60.0, "REC1303"),
    ],
    ids=["as told", "padding", "padding of a long one", "cut short", "longer than its header says", "nearly empty"],
)
def test_the_true_length_is_that_of_what_was_made(wav, made, promised, code):
    found = check_converted(RECORDING, wav(made), promised_seconds=promised, policy=Policy())
    assert [problem.code for problem in found] == ([code] if code else [])
    assert all(problem.location == RECORDING.location for problem in found)
