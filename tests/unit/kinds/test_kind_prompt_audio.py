from __future__ import annotations

import io
import random
import struct
import zipfile

import pytest

from reconciler.kinds.prompt.audio import Unusable, parse, what_is


@pytest.mark.parametrize(
    ("options", "codec"),
    [
        ({}, "PCM"),
        ({"bits": 8}, "PCM"),
        ({"bits": 24, "rate": 44100, "channels": 2}, "PCM"),
        ({"tag": 7, "bits": 8}, "mu-law"),
        ({"tag": 6, "bits": 8}, "A-law"),
        ({"tag": 3, "bits": 32}, "IEEE float"),
        ({"tag": 0x55, "bits": 16}, "MP3"),
        ({"before": b"LIST\x05\0\0\0hello\0"}, "PCM"),
        ({"after": b"LIST\x04\0\0\0info"}, "PCM"),
    ],
)
def test_codec_and_true_duration_are_read(wav, options, codec):
    audio = parse(wav(2.0, **options))
    assert (audio.codec, round(audio.seconds, 3), audio.truncated) == (codec, 2.0, False)


def test_an_extensible_header_names_its_codec_in_the_sub_format():
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 8000, 1, 8, 22, 8, 4)
    form += struct.pack("<H", 7) + bytes.fromhex("000000001000800000aa00389b71")
    body = b"WAVEfmt " + struct.pack("<I", 40) + form + b"data" + struct.pack("<I", 8000) + bytes(8000)
    audio = parse(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert (audio.codec, audio.seconds) == ("mu-law", 1.0)


def test_a_file_cut_short_plays_what_is_there_and_says_what_was_promised(wav):
    audio = parse(wav(2.5)[: 44 + 960])
    assert audio.truncated
    assert (round(audio.seconds, 2), audio.promised_seconds) == (0.06, 2.5)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"channels": 0}, "REC1304"),
        ({"channels": 65535, "seconds": 0.001, "bits": 8}, "REC1304"),
        ({"rate": 0}, "REC1304"),
        ({"bits": 12}, "REC1304"),
        ({"tag": 7, "bits": 16}, "REC1304"),
        ({"data_size": 0xFFFFFFFF}, "REC1304"),
        ({"data_size": 0}, "REC1304"),
    ],
)
def test_impossible_headers_are_refused(wav, options, code):
    with pytest.raises(Unusable) as caught:
        parse(wav(**options))
    assert caught.value.code == code


def test_a_recording_without_channels_is_called_that(wav):
    with pytest.raises(Unusable, match="says 0 channels"):
        parse(wav(channels=0))


def test_missing_parts_are_refused(wav):
    good = wav(1)
    for content, code in (
        (b"", "REC1302"),
        (good[:8], "REC1303"),
        (good[:12], "REC1304"),
        (good[:36], "REC1303"),
        (good[:12] + good[36:], "REC1304"),
        (good[:12] + good[12:36] + good[12:36] + good[36:], "REC1304"),
        (good[:16] + struct.pack("<I", 4) + good[20:], "REC1304"),
    ):
        with pytest.raises(Unusable) as caught:
            parse(content)
        assert caught.value.code == code


def test_a_zip_archive_behind_a_recording_is_refused(wav):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "hidden")
    with pytest.raises(Unusable, match="ZIP"):
        parse(wav(1) + archive.getvalue())


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"ID3\x03", "MP3"),
        (b"\xff\xfb\x90\x00", "MP3"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"OggS\0", "Ogg"),
        (b"fLaC\0", "FLAC"),
        (b"RIFX\0\0\0\0WAVE", "big-endian WAV (RIFX)"),
        (b"RIFF\0\0\0\0AVI ", "a RIFF file of another kind"),
        (b"\0\0\0\x20ftypM4A ", "MP4 or AAC (M4A)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"<html>", "XML or HTML"),
        (b"plain", "something else"),
    ],
)
def test_other_formats_are_called_by_their_name(head, name):
    assert what_is(head) == name
    with pytest.raises(Unusable) as caught:
        parse(head + bytes(40))
    assert caught.value.code == "REC1302"


def test_no_damage_raises_anything_but_unusable(wav):
    rng = random.Random(3)
    good = wav(0.05)
    for _ in range(3000):
        content = bytearray(good[: rng.randrange(len(good) + 1)])
        for _ in range(rng.randrange(4)):
            if content:
                content[rng.randrange(min(len(content), 60))] = rng.randrange(256)
        try:
            audio = parse(bytes(content))
        except Unusable:
            continue
        assert 0 <= audio.seconds <= audio.promised_seconds or not audio.truncated
