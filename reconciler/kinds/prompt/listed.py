"""A prompt as the platform lists it, turned into our normal form. Pure.

Only fields that stay the same while nobody touches the prompt take part: signed addresses, ids and tags do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.model import digest, identity
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Json, Observed, Spec

TRANSCODED, FAILED, EMPTY = "transcoded", "transcodeFailed", "created"
"""`uploadStatus` of playable audio, of audio that could not be converted, and of a resource without audio [SDK 269]."""


def observed(row: Row) -> Observed:
    """The prompt as value; its version is the digest of what the list shows, for the platform keeps none."""
    spec = spec_of(row)
    return Observed(
        key=identity.prompt(str(row.get("name") or "")),
        id=RemoteId(str(row["id"])),
        version=digest.of(spec),
        spec=spec,
        parts=tuple(RemoteId(id) for entry in entries(row) if (id := bodies.optional_text(entry, "id"))),
    )


def spec_of(row: Row) -> Spec:
    found = {str(entry["language"]).lower(): _resource(entry) for entry in entries(row)}
    return {"description": bodies.optional_text(row, "description"), "resources": dict(sorted(found.items()))}


def entries(row: Row) -> list[Row]:
    """The prompt's resources that have a language."""
    resources = row.get("resources")
    found = resources if isinstance(resources, list) else []
    return [entry for entry in found if isinstance(entry, dict) and isinstance(entry.get("language"), str)]


def entry_of(row: Row, language: str) -> Mapping[str, Any]:
    """The raw resource of one language, empty when there is none."""
    return next((entry for entry in entries(row) if str(entry["language"]).lower() == language), {})


def _resource(entry: Row) -> dict[str, Json]:
    return {
        "tts": bodies.optional_text(entry, "ttsString") or None,
        "text": bodies.optional_text(entry, "text") or None,
        "audio": _audio(entry),
    }


def _audio(entry: Row) -> Json:
    status = bodies.optional_text(entry, "uploadStatus") or EMPTY
    seconds = entry.get("durationSeconds")
    length = round(float(seconds), 3) if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) else None
    if status == EMPTY:
        return None
    return {"seconds": length, "status": status}
