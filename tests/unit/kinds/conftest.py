"""Manifests and recordings for the tests of kinds."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reconciler.documents.load import load
from reconciler.kinds.flow import reading
from reconciler.kinds.manifest import AudioRules, Context, Manifest, Normal
from reconciler.kinds.registry import KINDS
from reconciler.manifests import checking
from reconciler.manifests.variables import Variables
from reconciler.model import digest
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.model.resource import Asset


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def wav(
    seconds: float = 1.0,
    *,
    tag: int = 1,
    channels: int = 1,
    rate: int = 8000,
    bits: int = 16,
    data_size: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A WAV file of silence; `data_size` is what the header claims."""
    block = max(1, channels * bits // 8)
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    body = (
        b"WAVE" + before + chunk(b"fmt ", form) + chunk(b"data", b"\0" * int(seconds * rate) * block, data_size) + after
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def normalise(
    text: str,
    files: Mapping[str, bytes] | None = None,
    policy: Policy | None = None,
    audio: AudioRules = AudioRules(),  # noqa: B008 - a frozen value
) -> tuple[Normal, list[Problem]]:
    """The only document of `text`, checked and normalised, with all problems on the way."""
    loaded = load(text.encode(), "m.yaml")
    assert not loaded.problems
    checked = checking.check(loaded.documents[0], Variables({}, {}) if "${" in text else None)
    if checked.manifest is None:
        return Normal(), list(checked.problems)
    manifest: Manifest = checked.manifest
    assets = {name: Asset(name, digest.of_bytes(content), content) for name, content in (files or {}).items()}
    context = Context(
        policy=policy or Policy(), audio=audio, files=assets, read_flow=lambda file: reading.read(file, {})
    )
    normal = KINDS[manifest.kind].normalise(manifest, context)
    return normal, [*checked.problems, *normal.problems]


@pytest.fixture(name="wav")
def _wav() -> Callable[..., bytes]:
    return wav


@pytest.fixture(name="normalise")
def _normalise() -> Callable[..., tuple[Normal, list[Problem]]]:
    return normalise


@pytest.fixture(name="codes")
def _codes() -> Callable[..., list[str]]:
    """The codes of the problems of one document."""

    def codes(*arguments: Any, **options: Any) -> list[str]:
        return [problem.code for problem in normalise(*arguments, **options)[1]]

    return codes
