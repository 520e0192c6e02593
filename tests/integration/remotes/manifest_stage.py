"""Manifests as text and files, loaded as they would be from a commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from reconciler.kinds.manifest import AudioRules
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.loader import load_desired
from reconciler.model.resource import Desired
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

ROOT = "desired_state"


async def written(files: Mapping[str, str | bytes], audio: AudioRules = AudioRules()) -> list[Desired]:  # noqa: B008
    """What the files below the source directory want. Raises DesiredStateError."""
    contents = {f"{ROOT}/{path}": body if isinstance(body, bytes) else body.encode() for path, body in files.items()}
    entries = {path: Entry(hashlib.sha1(body).hexdigest(), size=len(body)) for path, body in contents.items()}

    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        return {path: contents[path] for path in wanted}

    snapshot = Snapshot(revision="r", commit=None, root=ROOT, entries=entries, fetch=fetch, cache=BlobCache())
    state = await load_desired(snapshot, environment=None, process_variables={}, cache=ParseCache(), audio=audio)
    return list(state.resources.values())
