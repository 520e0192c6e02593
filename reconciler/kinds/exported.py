"""Platform objects as the files that people would have written: where each lies, and what all manifests share. Pure.

The inverse of normalising; each kind has its own half in `kinds/<kind>/exported.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.core import filenames
from reconciler.documents import writing
from reconciler.documents.load import load
from reconciler.kinds.manifest import API_VERSION
from reconciler.model import identity
from reconciler.model.identity import Key
from reconciler.model.resource import Desired

_FOLDERS: Final = {identity.PROMPT: "prompts", identity.CALL_ROUTE: "routes"}


class Inexpressible(Exception):
    """The object is there, and no file can say it; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a manifest says beside its spec and the platform does not know."""

    division: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def head_of(desired: Desired | None) -> Head:
    """The head to keep of what git declares already."""
    return Head() if desired is None else Head(desired.division, desired.labels, desired.annotations)


def layout(keys: Sequence[Key]) -> dict[Key, str]:
    """The path of each object's file: `archy/inboundCall/main-ivr.yaml`, `prompts/welcome.yaml`, `routes/…`."""
    folders: dict[str, dict[str, Key]] = {}
    for key in keys:
        folders.setdefault(_folder(key), {})[key.label] = key
    paths: dict[Key, str] = {}
    for folder, members in folders.items():
        names = filenames.unique({label: key.name for label, key in members.items()})
        paths |= {members[label]: f"{folder}/{name}.yaml" for label, name in names.items()}
    return paths


def _folder(key: Key) -> str:
    if key.kind != identity.FLOW:
        return _FOLDERS[key.kind]
    return f"archy/{key.type if key.type.isascii() and key.type.isalnum() else filenames.slug(key.type) or 'other'}"


def manifest(key: Key, spec: Mapping[str, Any], head: Head) -> bytes:
    """The file of a manifest; what looks like a variable of ours is written so that it stays what it is."""
    metadata: dict[str, Any] = {"name": key.name}
    if head.division is not None:
        metadata["division"] = head.division
    metadata |= {
        word: dict(values) for word, values in (("labels", head.labels), ("annotations", head.annotations)) if values
    }
    document = {"apiVersion": API_VERSION, "kind": key.kind, "metadata": metadata, "spec": dict(spec)}
    return writing.render(document).replace(b"${", b"$${")


_BORDER: Final = re.compile(rb"^---(?=[ \t\r\n]|\Z)[^\n]*\n?", re.MULTILINE)
_REMARKS: Final = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\n)*")


def put_in_place(there: bytes, key: Key, new: bytes) -> bytes:
    """The file `there` with `new` instead of the document that declares `key`, other documents and the remarks above
    it as they are; `new` under the first remarks when no document does."""
    borders = [match.span() for match in _BORDER.finditer(there)]
    starts = [0, *(end for _, end in borders)]
    ends = [*(start for start, _ in borders), len(there)]
    for start, end in zip(starts, ends, strict=True):
        if len(borders) == 0 or _declares(there[start:end], key):
            remarks = _REMARKS.match(there, start, end)
            kept = remarks.end() if remarks is not None else start
            return there[:kept] + new + there[end:]
    return there + (b"" if not there or there.endswith(b"\n") else b"\n") + b"---\n" + new


def _declares(part: bytes, key: Key) -> bool:
    documents = load(part, "part").documents
    if len(documents) != 1 or not isinstance(value := documents[0].value, Mapping):
        return False
    metadata = value.get("metadata")
    return value.get("kind") == key.kind and isinstance(metadata, Mapping) and metadata.get("name") == key.name
