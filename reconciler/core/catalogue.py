"""The index beside exported files: which object in which version is in which file. Pure, the same bytes every time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.model import digest
from reconciler.model.export import Copy, Export

NAME: Final = "export.json"
FORMAT: Final = 1

_MADE: Final = re.compile(
    r"((archy/[A-Za-z0-9_-]+|prompts|routes)/[a-z0-9_-]+\.yaml|audio/[A-Za-z0-9_-]+/[a-z0-9_-]+\.wav)"
)
"""Every path that an export makes; `kinds.exported` has the layout. What an index says besides may be anybody's."""


def render(export: Export) -> bytes:
    """The index of an export."""
    objects = [_entry(copy) for copy in sorted(export.copies, key=lambda copy: copy.key)]
    body = {"format": FORMAT, "organization": export.organization, "objects": objects}
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()


def _entry(copy: Copy) -> dict[str, Any]:
    return {
        "kind": copy.key.kind,
        "type": copy.key.type or None,
        "name": copy.key.name,
        "id": copy.have.id,
        "version": copy.version or None,
        "files": {path: digest.of_bytes(content) for path, content in sorted(copy.files.items())},
    }


def merged(index: bytes, earlier: bytes) -> bytes:
    """The index of a part of the objects, with what an earlier one says of the others."""
    body = json.loads(index)
    now = {(entry["kind"], entry["type"], entry["name"]) for entry in body["objects"]}
    kept = [entry for entry in _objects(earlier) or () if (entry["kind"], entry["type"], entry["name"]) not in now]
    entries = sorted([*body["objects"], *kept], key=lambda entry: (entry["kind"], entry["name"], entry["type"] or ""))
    return (json.dumps({**body, "objects": entries}, indent=2, ensure_ascii=False) + "\n").encode()


def digests(index: bytes) -> dict[str, str]:
    """SHA-256 by path of every file an index lists; empty for anything that is no index of ours."""
    return {path: hash for entry in _objects(index) or () for path, hash in entry["files"].items()}


def is_index(content: bytes) -> bool:
    """True for an index that an export wrote, or one that cannot be told from it."""
    return _objects(content) is not None


def _objects(index: bytes) -> list[Mapping[str, Any]] | None:
    """The entries of an index; None for anything that is no index of ours."""
    try:
        body = json.loads(index)
        json.dumps(body, ensure_ascii=False).encode()  # Half a surrogate pair could not be written again.
    except (ValueError, RecursionError):
        return None
    objects = body.get("objects") if isinstance(body, dict) and body.get("format") == FORMAT else None
    return objects if isinstance(objects, list) and all(_is_entry(entry) for entry in objects) else None


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not {"kind", "type", "name", "files"} <= entry.keys():
        return False
    words, type, files = (entry["kind"], entry["name"]), entry["type"], entry["files"]
    return (
        all(isinstance(word, str) for word in words)
        and (type is None or isinstance(type, str))
        and isinstance(files, dict)
        and all(_is_below(path) and isinstance(hash, str) for path, hash in files.items())
    )


def _is_below(path: str) -> bool:
    """True for a plain path below the directory of the index."""
    return "\0" not in path and not {"", ".", ".."} & set(path.split("/"))


def foreign(wanted: Mapping[str, bytes], there: Mapping[str, str], listed: Mapping[str, str]) -> list[str]:
    """The paths that must not be overwritten: files that are there, are not what we would write, and are not as an
    earlier export left them. `there` and `listed` are SHA-256 by path."""
    return sorted(
        path
        for path, hash in there.items()
        if path in wanted and hash not in (digest.of_bytes(wanted[path]), listed.get(path))
    )


def stale(wanted: Mapping[str, bytes], there: Mapping[str, str], listed: Mapping[str, str]) -> list[str]:
    """The files an earlier export left and nobody touched since, of objects that are gone."""
    return sorted(
        path
        for path, hash in listed.items()
        if path not in wanted and there.get(path) == hash and _MADE.fullmatch(path)
    )
