"""A Prompt's normal form, its checks, and what of it differs from the platform.

    {"description": str,
     "resources": {"en-us": {"tts": str | None, "text": str | None,
                             "audio": {"sha256": hex, "seconds": float, "format"?: str} | None}}}

Languages are lower-case. `format` is there when the recording has to be converted, and says from what. The remote side
reports the same shape with what the platform knows of the audio: `{"seconds": float | None, "status": "transcoded"}`;
its bytes are converted on upload, so a digest never comes back. For a recording behind a web address digest and length
are None until a pass has looked at it (`web.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reconciler.core.targets import Allow
from reconciler.kinds.manifest import Context, FileUse, Manifest, Normal, desired, quoted
from reconciler.kinds.prompt import checks, stored, web
from reconciler.kinds.prompt.spec import PromptSpec, Resource
from reconciler.model import identity
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Asset, Json, Spec, WebAsset

_NAME_MAX: Final = 200
_LEGAL: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_]{{0,{_NAME_MAX - 1}}}\Z", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*\Z", re.ASCII)
_SAME_SECONDS: Final = 0.1
"""Transcoding may pad or trim a frame; a difference below this is the same recording."""
_SAME_SECONDS_CONVERTED: Final = 0.5
"""A compressed recording's header counts the padding of its encoder, which no listener hears."""


def files(spec: PromptSpec) -> Sequence[FileUse]:
    """The recordings the manifest names."""
    return [
        FileUse(("spec", "resources", language, "audio"), resource.audio, "REC1301", "audio file")
        for language, resource in spec.resources.items()
        if resource.audio is not None and not web.is_url(resource.audio)
    ]


def normalise(manifest: Manifest, context: Context) -> Normal:
    """The prompt as data, with one recording per language as asset."""
    spec: PromptSpec = manifest.spec
    problems = check_name(manifest.name, manifest.source)
    resources: dict[str, Json] = {}
    assets: dict[str, Asset] = {}
    web_assets: dict[str, WebAsset] = {}
    for written, resource in spec.resources.items():
        language = written.lower()
        problems += _check_resource(manifest, written, resource, resources, context.audio.allow)
        recording = context.files.get(resource.audio) if resource.audio is not None else None
        sound: Json = None
        if recording is not None:
            recording = replace(recording, location=manifest.at("spec", "resources", written, "audio"))
            found, defects = checks.check(recording, context.policy, converter_remedy=context.audio.converter_remedy)
            problems += defects
            assets[language] = recording
            sound = checks.spec_of(recording, found)
        elif resource.audio is not None and web.is_url(resource.audio):
            web_assets[language] = web.asset(manifest, written, resource)
            sound = web.unseen(web_assets[language])
        resources[language] = {"tts": resource.tts or None, "text": resource.text or None, "audio": sound}
    normal: Spec = {"description": spec.description, "resources": dict(sorted(resources.items()))}
    prompt = desired(manifest, identity.prompt(manifest.name), normal, assets=assets, web_assets=web_assets)
    return Normal((prompt,), tuple(problems))


def check_name(name: str, place: Location) -> list[Problem]:
    """The platform's rule for prompt names: letters, digits and underscores, a letter or digit first [Genesys docs]."""
    if _LEGAL.match(name):
        return []
    legal = nearest_name(name)
    if len(name) > _NAME_MAX:
        message = f"the prompt name has {len(name)} characters, the platform takes {_NAME_MAX}."
    else:
        message = (
            f"the platform does not take the prompt name {quoted(name)}: letters, digits and underscores only, "
            "a letter or digit first."
        )
    return [Problem(place, "REC1109", message, f"Write {legal}." if legal else "Use letters, digits and underscores.")]


def nearest_name(name: str) -> str:
    """The legal name closest to `name`; empty when nothing of it can stay."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return re.sub(r"[^A-Za-z0-9]+", lambda gap: "_" * max(1, gap.group().count("_")), plain).lstrip("_")[:_NAME_MAX]


def _check_resource(
    manifest: Manifest, written: str, resource: Resource, seen: dict[str, Json], allow: Allow
) -> list[Problem]:
    problems = []
    if not _LANGUAGE.match(written.lower()):
        place = manifest.at("spec", "resources", written, key=True)
        fixed = written.strip().lower().replace("_", "-")
        remedy = f"Write {fixed}." if _LANGUAGE.match(fixed) else "Write it like en-us or es-419."
        problems.append(Problem(place, "REC1107", f"{quoted(written)} is not a language tag.", remedy))
    elif written.lower() in seen:
        place = manifest.at("spec", "resources", written, key=True)
        problems.append(
            Problem(place, "REC1113", f"the language {written.lower()} is there twice.", "Keep one of them.")
        )
    if resource.audio is None and not (resource.tts or "").strip():
        place = manifest.at("spec", "resources", written, key=True)
        message = f"the language {quoted(written)} has nothing to play."
        problems.append(Problem(place, "REC1113", message, "Write `tts:` or `audio:`; `text` is only read."))
    return problems + web.check(manifest, written, resource, allow)


def differences(wanted: Spec, live: Spec) -> list[tuple[str, Json, Json]]:
    """`(path, live value, wanted value)` of each field to write. Languages only the platform has are left alone."""
    found: list[tuple[str, Json, Json]] = []
    if (live.get("description") or "") != (wanted.get("description") or ""):
        found.append(("description", live.get("description"), wanted.get("description")))
    for language, want in wanted["resources"].items():
        have = live["resources"].get(language)
        if have is None:
            found.append((f"resources.{language}", None, want))
            continue
        found += [
            (f"resources.{language}.{name}", have.get(name), want.get(name))
            for name in ("tts", "text")
            if (have.get(name) or None) != (want.get(name) or None)
        ]
        if not _same_audio(want.get("audio"), have.get("audio")):
            found.append((f"resources.{language}.audio", stored.told(have.get("audio")), want.get("audio")))
    return found


def _same_audio(want: Json, have: Json) -> bool:
    if want is None or have is None:
        return want is None and have is None
    if have.get("foreign") or have.get("status", "transcoded") != "transcoded":
        return False
    if "sha256" in have and "sha256" in want:
        return bool(have["sha256"] == want["sha256"])
    tolerance = _SAME_SECONDS_CONVERTED if "format" in want else _SAME_SECONDS
    return have.get("seconds") is not None and abs(have["seconds"] - want["seconds"]) <= tolerance


def is_halfway(path: str, before: Json, live: Json, meant: Json) -> bool:  # noqa: ARG001
    """A recording on its way, or one that could not be converted: nobody can hear it, so nothing is lost with it."""
    is_sound = path.startswith("resources.") and path.endswith(".audio")
    return is_sound and meant is not None and live is not None and live.get("status", "transcoded") != "transcoded"
