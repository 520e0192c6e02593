"""What the stand-in knows about WAV: enough to accept what a converter would take and refuse the rest."""

from __future__ import annotations

import struct
from dataclasses import dataclass

ENCODINGS = {1: "PCM", 6: "ALAW", 7: "ULAW"}
EXTENSIBLE = 0xFFFE
STREAMED = (0, 0xFFFFFFFF)  # sizes written by encoders that could not seek back


@dataclass(frozen=True, slots=True)
class Wav:
    channels: int
    sample_rate: int
    bits_per_sample: int
    encoding: str
    duration_seconds: float
    data: bytes
    format_chunk: bytes

    def audio_format(self) -> dict[str, object]:
        """The platform's AudioFormat [SDK 269]."""
        return {
            "channels": self.channels,
            "bitsPerSample": self.bits_per_sample,
            "sampleRate": self.sample_rate,
            "encoding": self.encoding,
        }


def parse(data: bytes) -> Wav | None:
    """The audio, or None when it is no WAV that could be converted (garbage, truncated, unknown codec, empty)."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, head, samples = 12, b"", b""
    while at + 8 <= len(data) and not samples:
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        start = at + 8
        if name == b"data":
            size = len(data) - start if size in STREAMED else size
            if start + size > len(data):
                return None
            samples = data[start : start + size]
        elif start + size > len(data):
            return None
        elif name == b"fmt ":
            head = data[start : start + size]
        at = start + size + (size & 1)
    return _described(head, samples)


def _described(head: bytes, samples: bytes) -> Wav | None:
    if len(head) < 16 or not samples:
        return None
    tag, channels, rate, bytes_per_second, block, bits = struct.unpack_from("<HHIIHH", head)
    if tag == EXTENSIBLE and len(head) >= 26:
        tag = struct.unpack_from("<H", head, 24)[0]
    if tag not in ENCODINGS or not channels or not rate or not block or not bits:
        return None
    bytes_per_second = rate * block
    duration = round(len(samples) / bytes_per_second, 3)
    return Wav(channels, rate, bits, ENCODINGS[tag], duration, samples, head)


def transcoded(wav: Wav) -> bytes:
    """What the platform keeps: the sound in a file of its own making, so its bytes differ from the source's."""
    label = b"ISFT" + struct.pack("<I", 8) + b"sandbox\0"
    chunks = _chunk(b"fmt ", wav.format_chunk) + _chunk(b"LIST", b"INFO" + label) + _chunk(b"data", wav.data)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
