"""Loading files given as a mapping, through a real snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import pytest

from reconciler.errors import DesiredStateError
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.linking import Judge
from reconciler.manifests.loader import load_desired
from reconciler.model.desired import DesiredState
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

ROOT = "desired_state"


def snapshot(files: Mapping[str, str | bytes]) -> Snapshot:
    """A fixed set of files; paths starting with `/` are outside the source directory."""
    contents = {
        path[1:] if path.startswith("/") else f"{ROOT}/{path}": text if isinstance(text, bytes) else text.encode()
        for path, text in files.items()
    }
    entries = {path: Entry(hashlib.sha1(content).hexdigest(), size=len(content)) for path, content in contents.items()}

    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        return {path: contents[path] for path in wanted}

    return Snapshot(revision="tree:test", commit=None, root=ROOT, entries=entries, fetch=fetch, cache=BlobCache())


def load(
    files: Mapping[str, str | bytes],
    *,
    env: str | None = None,
    process: Mapping[str, str] | None = None,
    cache: ParseCache | None = None,
    read_secret: Callable[[str], Awaitable[bytes]] | None = None,
    judge: Judge = Judge.PLAN,
) -> DesiredState:
    found: list[DesiredState] = []

    async def run() -> None:
        found.append(
            await load_desired(
                snapshot(files),
                environment=env,
                judge=judge,
                process_variables=process or {},
                cache=cache or ParseCache(),
                read_secret=read_secret,
            )
        )

    anyio.run(run)
    return found[0]


def problems(files: Mapping[str, str | bytes], **options: Any) -> list[tuple[str, str]]:
    """`(place, code)` of every error; fails when there is none."""
    with pytest.raises(DesiredStateError) as caught:
        load(files, **options)
    return [
        (str(problem.location).removeprefix(f"{ROOT}/"), problem.code)
        for problem in caught.value.problems
        if problem.severity == "error"
    ]


@pytest.fixture(name="load")
def _load() -> Callable[..., DesiredState]:
    return load


@pytest.fixture(name="problems")
def _problems() -> Callable[..., list[tuple[str, str]]]:
    return problems
