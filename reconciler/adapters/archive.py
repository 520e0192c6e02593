"""Where content that is not ours is kept before we replace it: one file per content, below a directory of ours."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from reconciler.errors import StoreError
from reconciler.model.identity import Key
from reconciler.ports import Offload

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+|^[.]+")
_NAME_SIZE_MAX = 80
"""Characters kept of a name; file systems take 255 bytes."""


class DirectoryArchive:
    """`directory/Kind/name/<digest>-<what>`; the same content is kept once. Nothing here is ever deleted by us."""

    def __init__(self, directory: str, *, offload: Offload) -> None:
        self._directory, self._offload = Path(directory), offload

    async def keep(self, key: Key, what: str, content: bytes) -> None:
        """Write the content to disk before returning. Raises StoreError when it cannot be kept: then nothing may
        replace it."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        place = self._directory / key.kind / _safe(key.name) / f"{digest}-{_safe(what)}"
        try:
            await self._offload(lambda: _write(place, content))
        except OSError as error:
            raise StoreError(
                f"{key}: its present content cannot be kept in {place.parent} ({error.strerror}), "
                "so it is not replaced. Make room or rights there."
            ) from error


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name)[:_NAME_SIZE_MAX]


def _write(place: Path, content: bytes) -> None:
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(place)
    directory = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # the name must survive a power cut as well as the bytes
    finally:
        os.close(directory)
