"""Whether a recording can be used: its format, how long it really plays, whether it has to be converted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.kinds.manifest import quoted, warning
from reconciler.kinds.prompt import audio, compressed, formats
from reconciler.kinds.prompt.formats import Format
from reconciler.model.policy import Policy
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Asset, Json, Spec

_MISSING_SECONDS: Final = 0.5
_MISSING_SHARE: Final = 0.05
"""A header may count the padding that an encoder added; what is missing beyond both is missing from the file."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be used. `converts` is the format to convert it from, None when it goes up as it is."""

    seconds: float
    converts: Format | None = None


_ELSEWHERE: Final = "Convert it with an audio editor, and save it as WAV, 8 kHz 16-bit mono PCM."


def check(recording: Asset, policy: Policy, *, converter_remedy: str = "") -> tuple[Sound | None, list[Problem]]:
    """Everything that would make the upload fail or the caller wait, at the place where the recording is named.

    `converter_remedy` says what to do to get a converter, empty when there is one.
    """
    place, name = _place(recording), quoted(recording.path)
    size = len(recording.content)
    if size > audio.BYTES_MAX:
        message = f"{name} has {size / 1_048_576:.1f} MB, the platform takes 25 MB."
        return None, [Problem(place, "REC1306", message, "Shorten it, or save it at 8 kHz mono.")]
    format = formats.sniff(recording.content)
    try:
        if format is None or format is Format.WAV:
            sound, problems = _wav(recording, converter_remedy)
        else:
            sound, problems = _compressed(recording, format, converter_remedy)
    except audio.Unusable as error:
        return None, [Problem(place, error.code, f"{name}: {error.message}.", error.remedy)]
    return sound, problems + _too_long(recording, sound.seconds, policy)


def spec_of(recording: Asset, sound: Sound | None) -> dict[str, Json]:
    """A recording in the normal form. Its identity is the digest of the source, whatever a converter makes of it."""
    spec: dict[str, Json] = {"sha256": recording.sha256, "seconds": round(sound.seconds, 3) if sound else 0.0}
    return {**spec, "format": sound.converts.name.lower()} if sound is not None and sound.converts else spec


def recheck(
    shown: str, place: Location, spec: Mapping[str, Json], policy: Policy, *, converter_remedy: str
) -> list[Problem]:
    """The same for a recording that was checked before and whose bytes are not at hand."""
    recording = Asset(shown, str(spec["sha256"]), b"", place)
    problems = _too_long(recording, float(spec["seconds"]), policy)
    format = str(spec.get("format", "wav"))
    if converter_remedy and format != "wav":
        problems.append(_no_converter(recording, Format[format.upper()], converter_remedy))
    return problems


def check_converted(recording: Asset, wav: bytes, *, promised_seconds: float, policy: Policy) -> list[Problem]:
    """Hold what the converter made against the policy, and against the length that the source's header told."""
    place, name = _place(recording), quoted(recording.path)
    try:
        sound = audio.parse(wav)
    except audio.Unusable as error:
        return [Problem(place, "REC1312", f"{name}: converted, {error.message}.", _ELSEWHERE)]
    missing = promised_seconds - sound.seconds
    if missing > max(_MISSING_SECONDS, _MISSING_SHARE * promised_seconds):
        return [_cut_short(recording, promised_seconds, sound.seconds)]
    return _too_long(recording, sound.seconds, policy)


def _wav(recording: Asset, converter_remedy: str) -> tuple[Sound, list[Problem]]:
    place, name = _place(recording), quoted(recording.path)
    sound = audio.parse(recording.content)
    problems = []
    if sound.truncated:
        problems.append(_cut_short(recording, sound.promised_seconds, sound.seconds))
    elif sound.seconds <= 0:
        problems.append(Problem(place, "REC1309", f"{name} holds no sound.", "Record it again."))
    if other := formats.is_named_otherwise(recording.path, Format.WAV):
        problems.append(_misnamed(recording, Format.WAV, other))
    if sound.is_telephony:
        return Sound(sound.seconds), problems
    if converter_remedy:
        message = f"{name} holds {sound.codec}; nobody has confirmed that the platform converts it."
        problems.append(warning(place, "REC1307", message, f"{audio.RESAVE} Or: {converter_remedy}"))
    return Sound(sound.seconds, Format.WAV), problems


def _compressed(recording: Asset, format: Format, converter_remedy: str) -> tuple[Sound, list[Problem]]:
    other = formats.is_named_otherwise(recording.path, format)
    sound = Sound(compressed.seconds(recording.content, format), format)
    if converter_remedy:
        return sound, [_no_converter(recording, format, converter_remedy)]
    return sound, [_misnamed(recording, format, other)] if other else []


def _no_converter(recording: Asset, format: Format, converter_remedy: str) -> Problem:
    other = formats.is_named_otherwise(recording.path, format)
    whatever = f", whatever {other} says" if other else ""
    message = f"{quoted(recording.path)} is {format}{whatever}; the platform takes WAV, and there is no converter."
    return Problem(_place(recording), "REC1311", message, f"{converter_remedy} Or save it as WAV.")


def _misnamed(recording: Asset, format: Format, extension: str) -> Problem:
    usual = next(name for name, promised in formats.EXTENSIONS.items() if promised[0] is format)
    message = f"{quoted(recording.path)} is {format}, whatever {extension} says."
    return warning(_place(recording), "REC1310", message, f"Rename it so that it ends in .{usual}.")


def _too_long(recording: Asset, seconds: float, policy: Policy) -> list[Problem]:
    limit = policy.prompt_max_duration_seconds
    if seconds <= limit:
        return []
    message = (
        f"{quoted(recording.path)} plays {seconds:.1f} s, policy.promptMaxDuration is {limit:g} s "
        "(a house rule, the platform has none)."
    )
    return [Problem(_place(recording), "REC1305", message, "Shorten it, or raise the policy in the Environment.")]


def _cut_short(recording: Asset, promised: float, there: float) -> Problem:
    message = f"{quoted(recording.path)} is cut short: its header promises {promised:.1f} s, {there:.1f} s are there."
    return Problem(_place(recording), "REC1303", message, "Copy the file again from where it was recorded.")


def _place(recording: Asset) -> Location:
    return recording.location or Location(recording.path)


def conversions(spec: Spec) -> int:
    """How many languages of a prompt have a recording that must be converted."""
    sounds = (resource["audio"] for resource in spec["resources"].values())
    return sum(sound is not None and "format" in sound for sound in sounds)
