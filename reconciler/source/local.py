"""A directory on this machine as a source, whatever it turns out to be: in a git repository or outside.

What it is gets decided afresh at every look, because a sidecar may swap the directory for another at any time.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

from reconciler.errors import SourceError
from reconciler.ports import Files, Git
from reconciler.source import repository, worktree
from reconciler.source.limits import DEFAULT, Limits
from reconciler.source.repository import OutsideGit, Place, Repository
from reconciler.source.snapshot import BlobCache, Snapshot


class LocalSource:
    """`directory` may be relative and may go through symlinks."""

    def __init__(
        self, directory: str, *, git: Git, files: Files, cache: BlobCache | None = None, limits: Limits = DEFAULT
    ) -> None:
        self._directory, self._files, self._limits = directory, files, limits
        self._cache = cache or BlobCache()
        self._repository = Repository(git, cache=self._cache, limits=limits)

    async def head(self) -> str:
        """The revision a snapshot would have now. One git process; outside git the directory is read."""
        directory, place = await self._look()
        if isinstance(place, OutsideGit):
            return await worktree.directory_revision(self._files, directory, limits=self._limits)
        return _head(place)

    async def snapshot(self, revision: str | None = None) -> Snapshot:
        """The commit that is checked out, or the one `revision` names; a directory outside git as it is.

        Raises SourceError when there is nothing to read, DesiredStateError when there is too much of it.
        """
        directory, place = await self._look()
        if isinstance(place, OutsideGit):
            if revision is not None:
                raise SourceError(f"{self._directory} is outside git and has no revision {revision!r}.")
            return await self._plain(directory, place)
        sha = _head(place) if revision is None else await self._repository.find_commit(place, revision)
        snapshot = await self._repository.snapshot(place, sha)
        if revision is None:
            snapshot = await self._with_uncommitted(place, snapshot)
        if not snapshot.files() and not snapshot.refused:
            raise repository.nothing_there(place, sha, snapshot.uncommitted_paths)
        return snapshot

    async def worktree(self) -> Snapshot:
        """The files as they lie on disk, uncommitted ones included; ignored ones are not."""
        directory, place = await self._look()
        if isinstance(place, OutsideGit):
            return await self._plain(directory, place)
        return await worktree.overlay(self._repository, self._files, place, cache=self._cache, limits=self._limits)

    async def watched(self) -> tuple[str, ...]:
        """What to watch for hints: the directory as it was named, and where git keeps HEAD and branches."""
        try:
            _, place = await self._look()
        except SourceError:
            return (self._directory,)
        if isinstance(place, OutsideGit):
            return (self._directory,)
        return tuple(dict.fromkeys((self._directory, place.git_dir, place.common_dir)))

    async def top(self) -> str:
        """The top of the repository, or the directory itself outside git: where the ledger lives by default."""
        directory, place = await self._look()
        return directory if isinstance(place, OutsideGit) else place.top

    async def nearest_top(self) -> str:
        """The same for a directory that is not there yet: of the nearest one above it that is."""
        directory = posixpath.abspath(self._directory)
        while True:
            try:
                found = await self._files.resolve(directory)
            except SourceError:
                if directory == posixpath.dirname(directory):
                    raise
                directory = posixpath.dirname(directory)
            else:
                place = await self._repository.locate(found)
                return found if isinstance(place, OutsideGit) else place.top

    async def place(self) -> tuple[str, str]:
        """The top of the repository and the directory in it; outside git the directory and nothing."""
        directory, place = await self._look()
        return (directory, "") if isinstance(place, OutsideGit) else (place.top, place.root)

    async def _look(self) -> tuple[str, Place | OutsideGit]:
        directory = await self._files.resolve(self._directory)
        return directory, await self._repository.locate(directory)

    async def _plain(self, directory: str, outside: OutsideGit) -> Snapshot:
        return await worktree.directory_snapshot(
            self._files, directory, why_outside=outside.reason, cache=self._cache, limits=self._limits
        )

    async def _with_uncommitted(self, place: Place, snapshot: Snapshot) -> Snapshot:
        try:
            changed = await self._repository.changed(place, place.root)
        except SourceError as error:
            return replace(snapshot, findings=(*snapshot.findings, repository.not_counted(place, error)))
        return replace(snapshot, uncommitted_paths=changed)


def _head(place: Place) -> str:
    if not place.head:
        raise SourceError(
            f"The repository {place.top} has no commit yet. Commit the desired state: git add . && git commit."
        )
    return place.head
