"""Recordings behind web addresses: checked as text offline, completed with what a pass saw there. Pure.

The query of an address is often a signature: it reaches the server and nobody else, and never tells one recording from
another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from reconciler.core import targets
from reconciler.core.targets import Allow
from reconciler.kinds.manifest import Manifest
from reconciler.kinds.prompt.spec import Resource
from reconciler.model import digest
from reconciler.model.problem import Problem
from reconciler.model.resource import Asset, Desired, Json, WebAsset

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}\Z", re.ASCII)
_PROCESS_VARIABLE: Final = re.compile(r"(?<!\$)\$\{\s*env\.")


def is_url(text: str) -> bool:
    return _SCHEME.match(text) is not None


def shown(url: str) -> str:
    """The address without query, fragment and user, for people and for comparing."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"(?<=://)[^/@]*@", "", bare)


def check(manifest: Manifest, written: str, resource: Resource, allow: Allow) -> list[Problem]:
    """What is wrong with the address or its digest, as far as text can tell."""
    path = ("spec", "resources", written)
    problems = []
    if resource.audio is not None and is_url(resource.audio):
        if (fault := _fault(resource.audio, allow)) is not None:
            problems.append(Problem(manifest.at(*path, "audio"), "REC1313", *fault))
        if resource.sha256 is not None and not _SHA256.match(resource.sha256):
            message = "`sha256` is not 64 hexadecimal digits."
            problems.append(Problem(manifest.at(*path, "sha256"), "REC1308", message, "Write what `sha256sum` prints."))
    elif resource.sha256 is not None:
        what = "`sha256` belongs to an https:// audio; git already knows the content of a file."
        problems.append(Problem(manifest.at(*path, "sha256", key=True), "REC1308", what, "Remove it."))
    return problems


def asset(manifest: Manifest, written: str, resource: Resource) -> WebAsset:
    """What has to be looked at. Where a process variable stands in the address, the token is shown instead."""
    url = resource.audio or ""
    raw = _raw(manifest, written)
    return WebAsset(
        url=url.partition("#")[0],
        shown=shown(raw if _PROCESS_VARIABLE.search(raw) else url),
        location=manifest.at("spec", "resources", written, "audio"),
        sha256=resource.sha256.lower() if resource.sha256 is not None else None,
    )


def unseen(source: WebAsset) -> dict[str, Json]:
    """The recording in the normal form before anybody has looked."""
    return {"sha256": source.sha256, "seconds": None}


def completed(want: Desired, seen: Mapping[str, Mapping[str, Json]], assets: Mapping[str, Asset]) -> Desired:
    """The prompt with what was seen behind its addresses, by language, and with the bytes that were downloaded."""
    resources = {
        language: {**resource, "audio": dict(seen[language])} if language in seen else resource
        for language, resource in want.spec["resources"].items()
    }
    spec = {**want.spec, "resources": resources}
    return replace(want, spec=spec, digest=digest.of(spec), assets={**want.assets, **assets})


def _fault(url: str, allow: Allow) -> tuple[str, str] | None:
    """Message and remedy; the address itself is in neither."""
    try:
        has_user = "@" in urlsplit(url).netloc
    except ValueError:
        has_user = False
    if has_user:
        return "the address holds a user name or password.", "Write one that is signed in its query, or a public one."
    reason = targets.check_url(url, allow)
    if reason is None:
        return None
    sentence, _, remedy = reason.partition(". ")
    return f"this address is refused: {sentence.rstrip('.')}.", remedy


def _raw(manifest: Manifest, written: str) -> str:
    """The address as the file has it, before variables were filled in."""
    value: Any = manifest.document.value
    for step in ("spec", "resources", written, "audio"):
        value = value[step]
    return str(value)
