"""ffmpeg, as `ports.Converter`: a process with pipes for stdin and stdout, bounded in time and output, no shell.

It is told which format it reads, so that a file cannot choose a playlist or network reader of its own, and may open
nothing but its pipes. MP4 keeps its index at the end, so that one is buffered in a temporary file of ffmpeg's own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Final

import anyio

from reconciler.adapters import process
from reconciler.errors import RecordingError
from reconciler.kinds.prompt import audio

AUTO, OFF, FFMPEG = "auto", "off", "ffmpeg"
TIMEOUT_SECONDS: Final = 60.0
"""A prompt of some minutes takes well under a second."""
AT_ONCE: Final = 2
_DEMUXERS: Final = {"mp3": "mp3", "aac": "aac", "m4a": "mov", "ogg": "ogg", "flac": "flac", "wav": "wav"}
_PASSED_ON: Final = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "SystemRoot")
_ELSEWHERE: Final = "Convert it with an audio editor, and save it as WAV, 8 kHz 16-bit mono PCM."
_COMPLAINT_MAX: Final = 200


class NoConverter:
    """For machines without one: says what to do."""

    def __init__(self, remedy: str) -> None:
        self.remedy = remedy

    async def to_wav(self, content: bytes, *, format: str) -> bytes:  # noqa: ARG002
        raise RecordingError("REC1311", f"is {format.upper()}, and there is no converter", self.remedy)


class Ffmpeg:
    """`executable` is ffmpeg, or a program that takes its arguments."""

    remedy = ""

    def __init__(self, executable: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._executable, self._timeout_seconds = executable, timeout_seconds
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def to_wav(self, content: bytes, *, format: str) -> bytes:
        try:
            async with self._limiter:
                ended = await process.run(
                    [self._executable, *_arguments(format)],
                    environment=process.surroundings(_PASSED_ON) | {"LC_ALL": "C"},
                    stdin=content,
                    timeout_seconds=self._timeout_seconds,
                    output_bytes_max=audio.BYTES_MAX,
                )
        except process.TooSlow:
            raise _failed(f"{self._executable} did not end within {self._timeout_seconds:g} s") from None
        except process.TooMuch:
            raise _failed("it would have more than 25 MB as WAV, which is all the platform takes") from None
        except OSError as error:
            reason = f"{self._executable} could not be started ({error.strerror or error})"
            raise RecordingError(
                "REC1312", f"was not converted: {reason}", "Correct RECONCILE_AUDIO_CONVERTER."
            ) from error
        if ended.code != 0:
            raise _failed(f"{self._executable} ended with {ended.code}{_said(ended.stderr)}")
        try:
            return audio.from_pipe(ended.stdout)
        except audio.Unusable as error:
            raise _failed(f"what {self._executable} made of it cannot be used, {error.message}") from error


def find(setting: str, *, which: Callable[[str], str | None] = shutil.which) -> Ffmpeg | NoConverter:
    """The converter that RECONCILE_AUDIO_CONVERTER names: `auto`, `ffmpeg`, `off`, or a path."""
    word = setting.lower()
    if word == OFF:
        return NoConverter("RECONCILE_AUDIO_CONVERTER is off; set it to auto and install ffmpeg.")
    is_word = word in (AUTO, FFMPEG)
    found = which(FFMPEG if is_word else setting)
    if found is not None:
        return Ffmpeg(found)
    if is_word:
        return NoConverter("Install ffmpeg, or name one in RECONCILE_AUDIO_CONVERTER.")
    return NoConverter(f"RECONCILE_AUDIO_CONVERTER names {setting}, which is no program here; correct it.")


def _arguments(format: str) -> list[str]:
    source = "cache:pipe:0" if format == "m4a" else "pipe:0"
    reading = ["-protocol_whitelist", "cache,pipe", "-f", _DEMUXERS[format], "-i", source]
    writing = ["-map", "0:a:0", "-map_metadata", "-1", "-ac", "1", "-ar", "8000", "-c:a", "pcm_s16le"]
    plain = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "wav", "pipe:1"]
    return ["-nostdin", "-hide_banner", "-loglevel", "error", *reading, *writing, *plain]


def _failed(reason: str) -> RecordingError:
    return RecordingError("REC1312", f"was not converted: {reason}", _ELSEWHERE)


def _said(stderr: str) -> str:
    """Its last complaint, on one line; ffmpeg's are about the file and hold nothing of ours."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    last = "".join(character if character.isprintable() else "?" for character in lines[-1]) if lines else ""
    return f" ({last[:_COMPLAINT_MAX]})" if last else ""
