"""A prompt of the platform as a manifest, with its recordings beside it. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from reconciler.kinds.exported import Head, Inexpressible, manifest
from reconciler.model.identity import Key
from reconciler.model.resource import Spec


def recording(path: str, language: str) -> str:
    """Where the recording lies of the prompt whose manifest is at `path`: beside the directory of the manifest."""
    root = posixpath.dirname(posixpath.dirname(path))
    return posixpath.join(root, "audio", language, f"{posixpath.basename(path).removesuffix('.yaml')}.wav")


def file(key: Key, spec: Spec, recordings: Mapping[str, str], *, at: str, head: Head) -> bytes:
    """The manifest at the path `at`; `recordings` are paths by language, from the same directory as `at`.

    A language with nothing to play is left out: no manifest can hold it. Raises Inexpressible when none is left.
    """
    resources: dict[str, Any] = {}
    for language, live in spec["resources"].items():
        said: dict[str, str] = {}
        if language in recordings:
            said["audio"] = posixpath.relpath(recordings[language], posixpath.dirname(at) or ".")
        said |= {word: live[word] for word in ("tts", "text") if live.get(word)}
        if "audio" in said or said.get("tts", "").strip():
            resources[language] = said
    if not resources:
        raise Inexpressible("No language of it has anything to play.")
    described = {"description": spec["description"]} if spec.get("description") else {}
    return manifest(key, {**described, "resources": resources}, head)
