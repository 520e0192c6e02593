"""WAV files: what is in them, how long they really play, and why one cannot be used.

Our own reader because the formats of telephony (mu-law, A-law) and files cut short must be told apart from good ones,
and the header's word for the length is not proof. Pure; never raises anything but Unusable.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.kinds.prompt.formats import what_is

BYTES_MAX: Final = 25 * 1024 * 1024
"""The platform takes WAV files up to 25 MB [Genesys docs]; larger ones are refused before any upload."""

_UNKNOWN_SIZES: Final = (0xFFFFFFFF, 0)
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_CODECS: Final = {
    _PCM: "PCM",
    0x0002: "Microsoft ADPCM",
    _FLOAT: "IEEE float",
    _ALAW: "A-law",
    _MULAW: "mu-law",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0040: "G.721",
    0x0050: "MPEG",
    0x0055: "MP3",
    0x0064: "G.726",
    0x0083: "G.729",
}
_RATE_MIN, _RATE_MAX = 1_000, 384_000
_CHANNELS_MAX: Final = 2
_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
"""What follows the format tag in the sub-format of an extensible header [Microsoft WAVEFORMATEXTENSIBLE]."""

RESAVE: Final = "Save it as WAV, 8 kHz 16-bit mono PCM or mu-law."


@dataclass(frozen=True, slots=True)
class Audio:
    """A readable WAV file. `seconds` is what the bytes that are there play; `truncated` when the header promises
    more, `promised_seconds`."""

    codec: str
    channels: int
    rate: int
    bits: int
    seconds: float
    truncated: bool
    promised_seconds: float

    @property
    def is_telephony(self) -> bool:
        """PCM, mu-law or A-law: the codecs every platform voice service is known to convert."""
        return self.codec in ("PCM", "mu-law", "A-law")


class Unusable(ValueError):
    """Not a WAV file we can vouch for. `remedy` says what to do; `code` is the problem's."""

    def __init__(self, code: str, message: str, remedy: str = RESAVE) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    bits: int


def parse(content: bytes) -> Audio:
    """Read the header and measure the sound. Raises Unusable."""
    _check_container(content)
    form: _Format | None = None
    for name, start, size in _chunks(content):
        if name == b"fmt ":
            if form is not None:
                raise Unusable("REC1304", "the WAV header describes its format twice")
            form = _format(content[start : start + size], size)
        elif name == b"data":
            if form is None:
                raise Unusable("REC1304", "the WAV header does not describe the format before the sound")
            return _measure(content, form, start, size)
    if form is None:
        raise Unusable("REC1304", "the WAV file has no format description (fmt chunk)")
    raise Unusable("REC1303", "the WAV file has a header and no sound (data chunk)", "Copy the file again.")


def from_pipe(content: bytes) -> bytes:
    """What a converter wrote to a pipe, under a plain header that says how long it is: same sound, same bytes.

    A program cannot go back in a pipe to write the length. Raises Unusable unless it is 8 kHz mono 16-bit PCM.
    """
    _check_container(content)
    form: _Format | None = None
    for name, start, size in _chunks(content):
        if name == b"fmt ":
            form = _format(content[start : start + size], size)
        elif name == b"data" and form is not None:
            if (form.tag, form.channels, form.rate, form.bits) != (_PCM, 1, 8_000, 16):
                raise Unusable("REC1312", f"it is {form.rate} Hz, {form.channels} channels, {form.bits} bits")
            sound = content[start:] if size in _UNKNOWN_SIZES else content[start : start + size]
            sound = sound[: len(sound) // form.block * form.block]
            head = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, form.rate, form.byte_rate, form.block, form.bits)
            body = b"WAVE" + head + struct.pack("<4sI", b"data", len(sound)) + sound
            return struct.pack("<4sI", b"RIFF", len(body)) + body
    raise Unusable("REC1312", "it has no sound")


def _check_container(content: bytes) -> None:
    if not content:
        raise Unusable("REC1302", "the file is empty", "Put the recording there.")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        if content[:4] == b"RIFF" and len(content) < 12:
            raise Unusable("REC1303", "the WAV file ends inside its header", "Copy the file again.")
        raise Unusable(
            "REC1302", f"the file is not WAV, it is {what_is(content)}", f"{RESAVE} The platform takes WAV only."
        )
    # A ZIP archive is found from its end, so one can hide behind a WAV header; nobody needs such a file here.
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if (
        end >= 0
        and len(content) >= end + 22
        and end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") == len(content)
    ):
        raise Unusable("REC1304", "the file is a WAV file and a ZIP archive at once")


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the body and stated size of every chunk that starts inside the file."""
    place = 12
    while place + 8 <= len(content):
        name = content[place : place + 4]
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        yield name, place + 8, size
        place += 8 + size + (size & 1)


def _format(body: bytes, size: int) -> _Format:
    if size < 16 or len(body) < 16:
        raise Unusable("REC1304", "the WAV file's format description is too short")
    tag, channels, rate, byte_rate, block, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == _EXTENSIBLE:
        if len(body) < 40 or body[26:40] != _GUID_TAIL:
            raise Unusable("REC1304", "the WAV file's extended format description cannot be read")
        tag = int.from_bytes(body[24:26], "little")
    if channels == 0:
        raise Unusable("REC1304", "the WAV header says 0 channels")
    if channels > _CHANNELS_MAX:
        raise Unusable("REC1304", f"the WAV header says {channels} channels, a call has one")
    if not _RATE_MIN <= rate <= _RATE_MAX:
        raise Unusable("REC1304", f"the WAV header says {rate} samples a second")
    if tag in (_PCM, _FLOAT, _ALAW, _MULAW):
        if bits not in ((8,) if tag in (_ALAW, _MULAW) else (32, 64) if tag == _FLOAT else (8, 16, 24, 32)):
            raise Unusable("REC1304", f"the WAV header says {bits} bits a sample, which {_CODECS[tag]} does not have")
        if block != channels * bits // 8:
            raise Unusable(
                "REC1304",
                f"the WAV header contradicts itself: {channels} channels of {bits} bits are not {block} bytes",
            )
        byte_rate = rate * block
    elif byte_rate == 0 or block == 0:
        raise Unusable("REC1304", "the WAV header says 0 bytes a second")
    return _Format(tag, channels, rate, byte_rate, block, bits)


def _measure(content: bytes, form: _Format, start: int, size: int) -> Audio:
    present = len(content) - start
    if size in _UNKNOWN_SIZES and present > 0 and not (size == 0 and _is_chunk(content, start)):
        message = "the WAV header does not say how long the sound is; programs that write to a pipe leave it so"
        raise Unusable("REC1304", message, "Save it once more to a file with an audio editor.")
    played = min(size, present) // form.block * form.block
    return Audio(
        codec=_CODECS.get(form.tag, f"codec 0x{form.tag:04X}"),
        channels=form.channels,
        rate=form.rate,
        bits=form.bits,
        seconds=played / form.byte_rate,
        truncated=size > present,
        promised_seconds=size / form.byte_rate,
    )


def _is_chunk(content: bytes, place: int) -> bool:
    """True when a well-formed chunk starts there: then an empty sound is empty, not of unknown length."""
    name = content[place : place + 4]
    size = int.from_bytes(content[place + 4 : place + 8], "little")
    return (
        len(content) >= place + 8
        and name.isascii()
        and name.decode("ascii").isprintable()
        and place + 8 + size <= len(content)
    )
