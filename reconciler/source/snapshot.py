"""One state of the files, fixed: a listing, and the bytes of every file in it for as long as anybody asks.

A snapshot of a commit reads blobs from the object database, so it never shows half a checkout. A snapshot of files on
disk remembers the digest of each and refuses to hand out bytes that have become different ones.
"""

from __future__ import annotations

import posixpath
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.documents.nearest import nearest
from reconciler.errors import DesiredStateError, SourceError
from reconciler.model.commit import Commit
from reconciler.model.problem import Location, Problem
from reconciler.source import limits, paths
from reconciler.source.paths import Unresolved

SYMLINK = "120000"
SUBMODULE = "160000"

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a snapshot. Equal `id` means equal bytes; `mode` is git's, `size` in bytes."""

    id: str
    mode: str = "100644"
    size: int = 0


Fetch = Callable[[Mapping[str, Entry]], Awaitable[Mapping[str, bytes]]]
"""Gives the bytes of entries by path; raises SourceError when they cannot be had any more."""


class BlobCache:
    """Bytes by blob id, least recently used out first, at most `bytes_max` in all. Outlives the snapshots."""

    def __init__(self, bytes_max: int = 128 * limits.MIB) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._blobs: OrderedDict[str, bytes] = OrderedDict()

    def get(self, id: str) -> bytes | None:
        if id in self._blobs:
            self._blobs.move_to_end(id)
        return self._blobs.get(id)

    def put(self, id: str, content: bytes) -> None:
        if id in self._blobs or len(content) > self._bytes_max // 4:
            return
        self._blobs[id] = content
        self._bytes += len(content)
        while self._bytes > self._bytes_max:
            self._bytes -= len(self._blobs.popitem(last=False)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`revision` is the commit's full sha, `<sha>+dirty:<digest8>` with working tree changes on top, or
    `tree:<sha256>` outside git. `root` is the source directory relative to the repository's top, empty when it is the
    top. `entries` has every file of the repository by path from the top; outside git, of the source directory.
    `uncommitted` names changed files below the source directory that are not included. `refused` are files below the
    source directory that must not be read (symlinks, names that are no text); `findings` say why, and what else stood
    out.
    """

    revision: str
    commit: Commit | None
    root: str
    entries: Mapping[str, Entry] = field(repr=False)
    fetch: Fetch = field(repr=False, compare=False)
    cache: BlobCache = field(repr=False, compare=False)
    file_bytes_max: int = limits.DEFAULT.file_bytes_max
    uncommitted_paths: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    findings: tuple[Problem, ...] = ()

    @property
    def uncommitted(self) -> int:
        """How many changed or untracked files below the source directory this snapshot does not include."""
        return len(self.uncommitted_paths)

    def files(self) -> tuple[str, ...]:
        """The paths below the source directory that may be read, sorted."""
        below = (path for path in self.entries if paths.is_below(path, self.root))
        return tuple(sorted(path for path in below if path not in self.refused))

    def content_id(self, path: str) -> str:
        """Equal ids mean equal bytes, in this snapshot and in any other; raises KeyError for an unknown path."""
        return self.entries[path].id

    def resolve(self, from_file: str, relative: str) -> str | Unresolved:
        """The path of the file that `from_file` names as `relative`, or why there is none."""
        path = paths.join(from_file, relative)
        if isinstance(path, Unresolved):
            return path
        for place in (path, *paths.parents(path)):
            entry = self.entries.get(place)
            if entry is not None and entry.mode == SYMLINK:
                return Unresolved(f"goes through the symlink {place}.", "Name the file itself.")
            if entry is not None and entry.mode == SUBMODULE:
                return Unresolved(f"goes into the submodule {place}.", "Copy the file into this repository.")
        return path if path in self.entries else self._missing(path, from_file)

    def _missing(self, path: str, from_file: str) -> Unresolved:
        if any(known.startswith(f"{path}/") for known in self.entries):
            return Unresolved("names a directory.", "Name one file.")
        if path in self.uncommitted_paths:
            return Unresolved("is not committed.", f"Commit {path}.")
        near = self._like(path)
        if near is None:
            return Unresolved("does not exist.", f"Add {path}.")
        written = posixpath.relpath(near, posixpath.dirname(from_file) or ".")
        return Unresolved("does not exist.", f"Did you mean {written}?")

    def _like(self, path: str) -> str | None:
        """The file somebody probably meant: one of a like name in the same place, or of this very name elsewhere."""
        folder, name = posixpath.split(path)
        beside = {posixpath.basename(known): known for known in self.entries if posixpath.dirname(known) == folder}
        near = nearest(name, beside)
        if near is not None:
            return beside[near]
        return min((known for known in self.entries if posixpath.basename(known) == name), default=None)

    async def read(self, wanted: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of these files, all or none.

        Raises DesiredStateError for files that must not or cannot be used (symlinks, submodules, too large, Git LFS
        pointers), SourceError when a path is unknown or the bytes are gone.
        """
        entries = {path: self._entry(path) for path in wanted}
        problems = [problem for path, entry in entries.items() if (problem := self._unreadable(path, entry))]
        if problems:
            raise DesiredStateError(problems)
        found = {path: content for path, entry in entries.items() if (content := self.cache.get(entry.id)) is not None}
        fetched = await self.fetch({path: entry for path, entry in entries.items() if path not in found})
        for path, content in fetched.items():
            self.cache.put(entries[path].id, content)
        content_of = {**found, **fetched}
        pointers = [_lfs_pointer(path) for path, content in content_of.items() if content.startswith(_LFS_POINTER)]
        if pointers:
            raise DesiredStateError(pointers)
        return {path: content_of[path] for path in entries}

    def _entry(self, path: str) -> Entry:
        try:
            return self.entries[path]
        except KeyError as error:
            raise SourceError(f"{path} is not in {self.revision}. Name a file that is.") from error

    def _unreadable(self, path: str, entry: Entry) -> Problem | None:
        if entry.mode in (SYMLINK, SUBMODULE):
            return not_a_file(path, entry.mode)
        if entry.size > self.file_bytes_max:
            message = f"the file has {entry.size} bytes, more than the {self.file_bytes_max} that are accepted."
            return Problem(Location(path), "REC1707", message, "Make it smaller.")
        return None


def not_a_file(path: str, mode: str) -> Problem:
    """The finding about a symlink or submodule where a file is needed."""
    if mode == SYMLINK:
        remedy = "Commit the file itself in its place."
        return Problem(Location(path), "REC1701", "a symlink is not followed in a repository.", remedy)
    remedy = "Commit the files themselves, or move the submodule out of the source directory."
    return Problem(Location(path), "REC1702", "a submodule is not part of this repository's commit.", remedy)


def _lfs_pointer(path: str) -> Problem:
    message = "the commit holds only a Git LFS pointer, not the file."
    remedy = f"Store the file in git itself: git lfs untrack {path}, then add and commit it again."
    return Problem(Location(path), "REC1708", message, remedy)
