"""How long a compressed recording plays. Pure; never raises anything but Unusable.

tinytag reads containers and headers; it takes a header's word. Raw AAC it does not know, so its frames are counted
here. What the converter makes of the file is measured again before anything is written.
"""

from __future__ import annotations

import io
from typing import Final

from tinytag import TinyTag, TinyTagException

from reconciler.kinds.prompt.audio import Unusable
from reconciler.kinds.prompt.formats import Format

_NAMES: Final = {Format.MP3: "a.mp3", Format.M4A: "a.m4a", Format.OGG: "a.ogg", Format.FLAC: "a.flac"}
"""tinytag chooses its parser by name; ours was chosen by content."""
_AAC_RATES: Final = (
    96_000,
    88_200,
    64_000,
    48_000,
    44_100,
    32_000,
    24_000,
    22_050,
    16_000,
    12_000,
    11_025,
    8_000,
    7_350,
)
_AAC_SAMPLES: Final = 1_024
"""In one raw block [ISO/IEC 13818-7]."""
_AAC_HEADER: Final = 7


def seconds(content: bytes, format: Format) -> float:
    """Raises Unusable when the file cannot be read or holds no sound."""
    found = _frames(content) if format is Format.AAC else _told(content, format)
    if found is None or found <= 0:
        raise Unusable("REC1304", f"the {format} file cannot be read to its end", "Copy it again, or save it as WAV.")
    return found


def _told(content: bytes, format: Format) -> float | None:
    try:
        return TinyTag.get(
            _NAMES[format], file_obj=io.BytesIO(content), tags=False, duration=True, check_magic_bytes=False
        ).duration
    except TinyTagException:
        return None


def _frames(content: bytes) -> float | None:
    """Raw AAC (ADTS): a header of seven bytes before each frame says how long it is."""
    place, samples, rate = 0, 0, 0
    while place + _AAC_HEADER <= len(content) and content[place] == 0xFF and content[place + 1] & 0xF6 == 0xF0:
        index = content[place + 2] >> 2 & 0x0F
        size = (content[place + 3] & 0x03) << 11 | content[place + 4] << 3 | content[place + 5] >> 5
        if index >= len(_AAC_RATES) or size < _AAC_HEADER:
            return None
        rate = _AAC_RATES[index]
        samples += _AAC_SAMPLES * ((content[place + 6] & 0x03) + 1)
        place += size
    return samples / rate if rate and place <= len(content) else None
