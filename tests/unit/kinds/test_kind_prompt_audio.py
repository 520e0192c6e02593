from __future__ import annotations

import io
import random
import struct
import zipfile

import pytest

from reconciler.kinds.prompt.audio import Unusable, from_pipe, parse


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


@pytest.mark.parametrize("head", [b"RF64", b"BW64", b"RIFX"])
def test_relatives_of_wav_are_refused_by_their_own_name(wav, head):
    with pytest.raises(Unusable, match=head.decode()) as caught:
        parse(head + wav(1)[4:])
    assert caught.value.code == "REC1302"


def test_the_length_is_counted_and_not_taken_from_the_byte_rate(wav):
    content = bytearray(wav(2))
    content[28:32] = struct.pack("<I", 1_000_000)
    assert parse(bytes(content)).seconds == 2.0


@pytest.mark.parametrize("riff_size", [0, 4, 0xFFFFFFFF])
def test_what_the_outer_header_says_about_the_size_does_not_matter(wav, riff_size):
    content = wav(2)
    assert parse(content[:4] + struct.pack("<I", riff_size) + content[8:]).seconds == 2.0


def test_a_chunk_that_claims_more_than_the_file_hides_the_sound(wav):
    with pytest.raises(Unusable) as caught:
        parse(wav(1, before=b"LIST" + struct.pack("<I", 0x7FFFFFFF)))
    assert caught.value.code == "REC1304"


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0])
def test_what_came_through_a_pipe_gets_a_header_that_tells_its_length(wav, size):
    piped = wav(1.5, data_size=size, before=b"LIST\x04\0\0\0info")
    whole = from_pipe(piped)
    assert (parse(whole).seconds, len(whole)) == (1.5, 44 + 24_000)
    assert whole == from_pipe(wav(1.5))


@pytest.mark.parametrize("options", [{"rate": 16_000}, {"channels": 2}, {"bits": 8}, {"tag": 7, "bits": 8}])
def test_a_converter_must_give_8_khz_mono_16_bit(wav, options):
    with pytest.raises(Unusable) as caught:
        from_pipe(wav(1, **options))
    assert caught.value.code == "REC1312"


@pytest.mark.parametrize("content", [b"", b"RIFF", b"MP3 or so"])
def test_what_is_no_wav_at_all_is_refused_from_a_pipe_too(content):
    with pytest.raises(Unusable):
        from_pipe(content)


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
