"""Committing to a branch of a repository on this machine without touching what is checked out.

One `git fast-import` makes blobs, trees, commit and branch together: no index, no working tree, no hook is involved,
and a branch that exists is never moved.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.errors import SourceError
from reconciler.ports import Files, Git
from reconciler.source.limits import DEFAULT, Limits
from reconciler.source.repository import OutsideGit, Place, Repository
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

_SECONDS = 120.0
_NOBODY = "reconcile <reconcile@localhost>"
"""Who commits where the repository's own configuration names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The commit that is checked out. `root` is the wanted directory relative to the top, whether or not it exists;
    `snapshot` is None in a repository without a commit."""

    top: str
    root: str
    place: Place
    snapshot: Snapshot | None

    def with_files(self, files: Mapping[str, bytes]) -> Snapshot:
        """The commit as it would be with these files, by path from the top."""
        base = self.snapshot
        added = {
            path: Entry(f"new:{hashlib.sha256(content).hexdigest()}", size=len(content))
            for path, content in files.items()
        }

        async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
            new = {path: files[path] for path in wanted if path in added}
            old = {path: entry for path, entry in wanted.items() if path not in added}
            return {**(await base.fetch(old) if base is not None and old else {}), **new}

        if base is None:
            return Snapshot(
                revision="branch", commit=None, root=self.root, entries=added, fetch=fetch, cache=BlobCache()
            )
        return replace(base, root=self.root, entries={**base.entries, **added}, fetch=fetch)

    def changed(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files that the commit does not hold as they are."""
        entries = self.snapshot.entries if self.snapshot is not None else {}
        return {
            path: content
            for path, content in files.items()
            if path not in entries or entries[path].id != _blob_id(content, len(entries[path].id))
        }


@dataclass(frozen=True, slots=True)
class Branching:
    """Git commands as deeds. `limits` bound what of the commit is read."""

    git: Git = field(repr=False)
    files: Files = field(repr=False)
    limits: Limits = DEFAULT

    async def base(self, directory: str) -> Base:
        """The repository around a directory that may not exist yet. Raises SourceError outside git."""
        repository = Repository(self.git, cache=BlobCache(), limits=self.limits)
        wanted = posixpath.abspath(directory)
        there, missing = wanted, ""
        while True:
            try:
                found = await self.files.resolve(there)
                break
            except SourceError:
                if there == "/":
                    raise
                there, missing = posixpath.dirname(there), posixpath.join(posixpath.basename(there), missing)
        place = await repository.locate(found)
        if isinstance(place, OutsideGit):
            raise SourceError(f"{directory} is in no git repository, so there is no branch to commit to.")
        if place.is_bare:
            raise SourceError(f"{place.top} is a bare repository; commit from a checkout of it.")
        root = posixpath.join(place.root, missing).rstrip("/")
        snapshot = await repository.snapshot(place, place.head) if place.head else None
        return Base(top=place.top, root=root, place=place, snapshot=snapshot)

    async def commit(self, base: Base, *, branch: str, files: Mapping[str, bytes], message: str, at: datetime) -> str:
        """A commit on a new branch that starts at `base`, with these files by path from the top; returns its id.

        Raises SourceError when the branch is there already or git refuses.
        """
        who = await self._committer(base)
        stamp = f"{who} {int(at.timestamp())} +0000"
        text = message.encode()
        parts = [f"commit refs/heads/{branch}\ncommitter {stamp}\ndata {len(text)}\n".encode(), text, b"\n"]
        if base.place.head:
            parts.append(f"from {base.place.head}\n".encode())
        entries = base.snapshot.entries if base.snapshot is not None else {}
        for path, content in sorted(files.items()):
            mode = entries[path].mode if path in entries else "100644"
            parts += [b"M %s inline %s\n" % (mode.encode(), _quoted(path)), b"data %d\n" % len(content), content, b"\n"]
        if (await self._run(base, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"))[0] == 0:
            raise SourceError(f"The branch {branch} is there already; merge or delete it first.")
        code, said = await self._run(base, "fast-import", "--quiet", "--date-format=raw", stdin=b"".join(parts))
        if code != 0:
            raise SourceError(f"git could not commit to the branch {branch}: {said or f'exit code {code}'}.")
        _, sha = await self._run(base, "rev-parse", f"refs/heads/{branch}")
        return sha

    async def _committer(self, base: Base) -> str:
        found = [await self._run(base, "config", "--get", f"user.{word}") for word in ("name", "email")]
        if any(code != 0 or not value.strip() or set(value) & set("<>\n") for code, value in found):
            return _NOBODY
        return f"{found[0][1]} <{found[1][1]}>"

    async def _run(self, base: Base, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        answer = await self.git.run(*arguments, cwd=base.top, stdin=stdin, timeout_seconds=_SECONDS)
        said = answer.stdout.decode("utf-8", "replace").strip() if answer.code == 0 else answer.stderr.strip()
        return answer.code, said.splitlines()[-1] if said else ""


def _blob_id(content: bytes, length: int) -> str:
    """Git's id of these bytes; repositories name blobs by SHA-1 or by SHA-256."""
    make = hashlib.sha256 if length == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content).hexdigest()


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it whatever is in it."""
    text = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"' + text.encode("utf-8", "surrogateescape") + b'"'
