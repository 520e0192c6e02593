"""What a recording is, told from its first bytes: a file's name proves nothing. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """The formats we can measure. The platform takes WAV; the others have to be converted."""

    WAV = "WAV"
    MP3 = "MP3"
    AAC = "AAC"
    M4A = "MP4 or AAC (M4A)"
    OGG = "Ogg"
    FLAC = "FLAC"


EXTENSIONS: Final = {
    "wav": (Format.WAV,),
    "wave": (Format.WAV,),
    "mp3": (Format.MP3,),
    "aac": (Format.AAC, Format.M4A),
    "m4a": (Format.M4A,),
    "mp4": (Format.M4A,),
    "ogg": (Format.OGG,),
    "oga": (Format.OGG,),
    "opus": (Format.OGG,),
    "flac": (Format.FLAC,),
}
"""What a name promises; the first is the usual one of each format."""

_SIGNATURES: Final = (
    (b"ID3", Format.MP3),
    (b"OggS", Format.OGG),
    (b"fLaC", Format.FLAC),
    (b"RIFX", "big-endian WAV (RIFX)"),
    (b"RF64", "64-bit WAV (RF64)"),
    (b"BW64", "64-bit WAV (BW64)"),
    (b"FORM", "AIFF"),
    (b".snd", "Sun audio (AU)"),
    (b"#!AMR", "AMR"),
    (b"\x1aE\xdf\xa3", "WebM or Matroska"),
    (b"0&\xb2u", "Windows Media (WMA)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"version https://git-lfs"[:16], "a Git LFS pointer, the recording itself was not fetched"),
    (b"<", "XML or HTML"),
)


def sniff(content: bytes) -> Format | None:
    """The format that the content begins like; None when it is none of ours."""
    found = _begins_like(content)
    return found if isinstance(found, Format) else None


def what_is(content: bytes) -> str:
    """The format a file seems to have, for messages."""
    return str(_begins_like(content))


def is_named_otherwise(path: str, format: Format) -> str:
    """The extension of a file that is named like another format, with its dot; empty when the name fits."""
    extension = path.rpartition("/")[2].rpartition(".")[2].lower()
    promised = EXTENSIONS.get(extension)
    return f".{extension}" if promised is not None and format not in promised else ""


def _begins_like(content: bytes) -> Format | str:
    head = content[:16]
    if head[:4] == b"RIFF":
        return Format.WAV if head[8:12] == b"WAVE" or len(content) < 12 else "a RIFF file of another kind"
    for magic, found in _SIGNATURES:
        if head.startswith(magic):
            return found
    if head[4:8] == b"ftyp":
        return Format.M4A
    # Both begin a frame with eleven or twelve set bits; AAC alone has layer 0 [ISO/IEC 13818-7, 11172-3].
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Format.AAC
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return Format.MP3
    return "something else"
