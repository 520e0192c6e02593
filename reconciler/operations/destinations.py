"""Where an export goes: a directory, or a branch of the repository that holds the desired state."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.core import catalogue
from reconciler.errors import SourceError, UsageError
from reconciler.manifests import loader
from reconciler.manifests.cache import ParseCache
from reconciler.model import digest
from reconciler.model.desired import DesiredState
from reconciler.model.export import Export, Status
from reconciler.operations.desk import Desk
from reconciler.ports import Files
from reconciler.source.branching import Base
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

INDEX_BYTES_MAX = 64 * 1024 * 1024
_SHOWN = 5


def check_place(directory: str) -> None:
    """Raises UsageError for a place inside git's own directory: what lies there is run, or is the history itself."""
    if any(part.lower() == ".git" for part in directory.split("/")):
        raise UsageError(f"{directory} lies in a directory of git's own. Name another one with --to.")


def is_within(directory: str, other: str) -> bool:
    """True for the other directory itself and all below it; both relative to one top."""
    inner, outer = posixpath.normpath(directory or "."), posixpath.normpath(other or ".")
    return outer == "." or inner == outer or inner.startswith(f"{outer}/")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept where: the digest of the index or of all files, and words for the reader."""

    sha256: str
    where: str
    branch: str | None = None
    commit: str | None = None


class Destination(Protocol):
    @property
    def root(self) -> str:
        """What stands before the paths of the layout."""
        ...

    @property
    def home(self) -> str | None:
        """What stands before paths to make them paths of the desired state; None when the files go elsewhere."""
        ...

    async def load(self, files: Mapping[str, bytes]) -> DesiredState:
        """The desired state that the files are part of. Raises DesiredStateError."""
        ...

    async def keep(self, made: Export, *, whole: bool) -> Kept:
        """Keep the files. Raises UsageError or SourceError before anything is overwritten that nobody meant to."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory on this machine, absolute; `where` as the person wrote it."""

    desk: Desk
    to: str
    where: str
    home: str | None
    root: str = ""

    async def load(self, files: Mapping[str, bytes]) -> DesiredState:
        """These files alone, with no Environment: the directory need not be anybody's desired state yet."""
        return await _loaded_alone(self.desk, files)

    async def keep(self, made: Export, *, whole: bool) -> Kept:
        files, wanted = self.desk.files, made.files
        assert files is not None  # noqa: S101
        earlier = await self._earlier(files)
        listed = catalogue.digests(earlier)
        there = await self._there(files, sorted({*wanted, *listed}))
        if foreign := catalogue.foreign(wanted, there, listed):
            more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
            raise UsageError(
                f"{self.to} holds other content under names this export needs: {', '.join(foreign[:_SHOWN])}{more}. "
                "Nothing was written. Name an empty directory with --to, or commit to a branch with --commit."
            )
        index = catalogue.render(made)
        remove: Sequence[str] = ()
        if whole and made.status is Status.SUCCESS:
            remove = catalogue.stale(wanted, there, listed)
        else:
            index = catalogue.merged(index, earlier)
        await files.write(self.to, {**wanted, catalogue.NAME: index}, remove=remove)
        return Kept(digest.of_bytes(index), self.where)

    async def _earlier(self, files: Files) -> bytes:
        """The index of an earlier export; empty when there is none. Raises UsageError for a file that is not ours."""
        if not await self._there(files, [catalogue.NAME]):
            return b""
        place = posixpath.join(self.to, catalogue.NAME)
        index = await files.read(place, size_max=INDEX_BYTES_MAX)
        if not catalogue.is_index(index):
            raise UsageError(
                f"{place} is not the index of an export, so it is somebody's own. Nothing was written. "
                "Name an empty directory with --to, or move that file away."
            )
        return index

    async def _there(self, files: Files, paths: Sequence[str]) -> dict[str, str]:
        """SHA-256 by path of what is there. What cannot be looked at ends the export: it may be somebody's own."""
        try:
            await files.resolve(self.to)
        except SourceError:
            return {}
        return {entry.path: entry.sha256 for entry in await files.inspect(self.to, paths)}


@dataclass(frozen=True, slots=True)
class Branch:
    """A new branch that starts at the commit checked out; nothing that is checked out is touched.

    `is_part` says that only what changed is brought back, so that there is no index of everything.
    """

    desk: Desk
    base: Base
    is_part: bool
    home: str | None

    @property
    def root(self) -> str:
        return self.base.root

    async def load(self, files: Mapping[str, bytes]) -> DesiredState:
        """The whole desired state as it would be on the branch; these files alone when they are no part of it."""
        if self.home is None:
            return await _loaded_alone(self.desk, files)
        assert self.desk.load is not None  # noqa: S101
        return await self.desk.load(self.base.with_files(files))

    async def keep(self, made: Export, *, whole: bool) -> Kept:
        assert self.desk.branches is not None  # noqa: S101
        files = dict(made.files)
        index = catalogue.render(made)
        if whole and not self.is_part and made.copies:
            files[posixpath.join(self.root, catalogue.NAME)] = index
        changed = self.base.changed(files)
        if not changed:
            return Kept(digest.of_bytes(index), "no branch: git has all of it already")
        now = self.desk.clock.now()
        branch = f"reconcile/{'drifted' if self.is_part else 'export'}-{now:%Y%m%d-%H%M%S}"
        sha = await self.desk.branches.commit(
            self.base, branch=branch, files=changed, message=_message(made, is_part=self.is_part), at=now
        )
        return Kept(digest.of_bytes(index), f"the branch {branch} (commit {sha[:12]})", branch, sha)


def _message(made: Export, *, is_part: bool) -> str:
    title = "Take over what changed in Genesys Cloud" if is_part else "Export what Genesys Cloud has"
    lines = []
    for copy in sorted(made.copies, key=lambda copy: copy.key):
        who, at = copy.have.changed_by, copy.have.changed_at
        by = f", by {who.name}" if who is not None else ""
        lines.append(f"- {copy.key.label}, version {copy.version or 'newest'}{by}{f' at {at}' if at else ''}")
    return "\n".join([title, "", f"Organisation {made.organization}:", "", *lines, ""])


async def _loaded_alone(desk: Desk, files: Mapping[str, bytes]) -> DesiredState:
    return await loader.load_desired(
        _alone(files), environment=None, process_variables={}, cache=ParseCache(), offload=desk.offload
    )


def _alone(files: Mapping[str, bytes]) -> Snapshot:
    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        return {path: files[path] for path in wanted}

    entries = {path: Entry(digest.of_bytes(content), size=len(content)) for path, content in files.items()}
    return Snapshot(revision="export", commit=None, root="", entries=entries, fetch=fetch, cache=BlobCache(bytes_max=0))
