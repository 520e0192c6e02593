"""The file system, as `ports.Files`: the face of `file_tree` (walking, reading), `file_writing`
and `file_events` (watching)."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path

from reconciler.adapters import file_events, file_tree, file_writing
from reconciler.errors import SourceError
from reconciler.ports import FileEntry, Offload


class DiskFiles:
    """`offload` runs the blocking calls; give it one of its own, since a large walk takes a while."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload

    async def resolve(self, path: str) -> str:
        return await self._offload(lambda: str(file_tree.directory(path)))

    async def walk(
        self, root: str, *, skip: Callable[[str], bool], files_max: int, bytes_max: int
    ) -> Sequence[FileEntry]:
        return await self._offload(lambda: file_tree.walk(root, skip, files_max=files_max, bytes_max=bytes_max))

    async def inspect(self, root: str, paths: Sequence[str]) -> Sequence[FileEntry]:
        return await self._offload(lambda: file_tree.inspect(root, paths))

    async def read(self, path: str, *, size_max: int) -> bytes:
        return await self._offload(lambda: file_tree.read(path, size_max))

    async def discard(self, directory: str) -> None:
        await self._offload(lambda: _discard(Path(directory)))

    async def not_writable(self, path: str) -> str | None:
        """What keeps us from writing a file: it, or the nearest directory above it; None when nothing does."""
        return await self._offload(lambda: _not_writable(Path(path)))

    async def write(self, root: str, files: Mapping[str, bytes], *, remove: Sequence[str] = ()) -> None:
        await self._offload(lambda: file_writing.write(root, files, remove))

    def watch(self, *paths: str) -> AsyncGenerator[None, None]:
        return file_events.watch(*paths, offload=self._offload)


def _not_writable(path: Path) -> str | None:
    if path.exists() and not os.access(path, os.W_OK):
        return str(path)
    above = next(parent for parent in path.absolute().parents if parent.exists())
    return None if above.is_dir() and os.access(above, os.W_OK | os.X_OK) else str(above)


def _discard(directory: Path) -> None:
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SourceError(f"{directory} cannot be deleted: {error.strerror or error}. Delete it by hand.") from error
