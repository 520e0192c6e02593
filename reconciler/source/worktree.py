"""Files on disk as a snapshot: a repository's working tree for a look before the commit, or a directory outside git.

The bytes of such a snapshot are whatever the disk still holds, so each file is remembered by digest and one that has
changed since is an error, not a mixture. Outside git the layouts of a mounted ConfigMap and of a directory that a
sidecar swaps are understood: symlinks count as the files they lead to, as long as they stay inside.
"""

from __future__ import annotations

import hashlib
import operator
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from reconciler.errors import SourceError
from reconciler.model.problem import Location, Problem, Severity
from reconciler.ports import FileEntry, FileKind, Files
from reconciler.source import paths, tree_checks
from reconciler.source.limits import Limits
from reconciler.source.repository import Place, Repository
from reconciler.source.snapshot import SUBMODULE, SYMLINK, BlobCache, Entry, Fetch, Snapshot

_ATTEMPTS = 3
_CONFIG_MAP_LINK = "..data"


def skip(name: str) -> bool:
    """Names that never belong to a desired state: git's and our own data, the hidden half of a ConfigMap, editors'
    lock links."""
    return name in (".git", ".reconciler") or name.startswith(("..", ".#"))


async def overlay(repository: Repository, files: Files, place: Place, *, cache: BlobCache, limits: Limits) -> Snapshot:
    """HEAD with everything that is changed, deleted, or untracked and not ignored in the working tree."""
    changed = await repository.changed(place, "")
    inside = [path for path in changed if not path.endswith("/")]
    if len(inside) > limits.files_max:
        raise SourceError(
            f"{place.top} has {len(inside)} uncommitted files, more than the {limits.files_max} that are looked at. "
            "List what does not belong into git in .gitignore."
        )
    found = await files.inspect(place.top, inside)
    committed = await repository.listing(place, place.head) if place.head else {}
    plain = [entry for entry in found if not entry.is_symlink]
    nested = {path.rstrip("/"): Entry("", SUBMODULE) for path in changed if path.endswith("/")}
    on_disk = {entry.path: _tracked_entry(entry) for entry in found}
    entries = {path: entry for path, entry in committed.items() if path not in changed} | on_disk | nested
    judged = tree_checks.judge(entries, place.root, limits)

    read_disk = _reader(files, place.top, limits)

    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        blobs = {path: entry for path, entry in wanted.items() if path not in on_disk}
        disk = {path: entry for path, entry in wanted.items() if path in on_disk}
        return {**await repository.read(place, blobs), **await read_disk(disk)}

    commit = await repository.commit(place, place.head) if place.head else None
    mark = _digest([*on_disk.items(), *((path, Entry("")) for path in changed - on_disk.keys())])
    return Snapshot(
        revision=_revision(place.head, mark if changed else ""),
        commit=commit,
        root=place.root,
        entries=entries,
        fetch=fetch,
        cache=cache,
        file_bytes_max=limits.file_bytes_max,
        refused=judged.refused,
        findings=tuple(sorted([*_special(plain, place.root), *judged.findings])),
    )


def _revision(head: str, mark: str) -> str:
    if not head:
        return f"tree:{mark or _digest([])}"
    return f"{head}+dirty:{mark[:8]}" if mark else head


def _tracked_entry(found: FileEntry) -> Entry:
    """In a repository a symlink stays a symlink, as it would in the commit."""
    return Entry("", SYMLINK) if found.is_symlink else _entry(found)


def _entry(found: FileEntry) -> Entry:
    return Entry(f"sha256:{found.sha256}", "100644", found.size)


async def directory_revision(files: Files, directory: str, *, limits: Limits) -> str:
    """`tree:<sha256>` over names and content."""
    found = await _steady_walk(files, directory, limits)
    return f"tree:{_digest((entry.path, _entry(entry)) for entry in found)}"


async def directory_snapshot(
    files: Files, directory: str, *, why_outside: str, cache: BlobCache, limits: Limits
) -> Snapshot:
    """A directory outside git. The directory itself is the border for files that manifests name; `../audio` beside it
    can be reached only inside a repository, where the border is the repository's top."""
    found = await _steady_walk(files, directory, limits)
    entries = {entry.path: _entry(entry) for entry in found if entry.kind is FileKind.FILE}
    judged = tree_checks.judge(entries, "", limits)
    findings = [*_special(found, ""), *judged.findings, _outside_git(directory, why_outside)]
    return Snapshot(
        revision=f"tree:{_digest(entries.items())}",
        commit=None,
        root="",
        entries=entries,
        fetch=_reader(files, directory, limits),
        cache=cache,
        file_bytes_max=limits.file_bytes_max,
        refused=judged.refused,
        findings=tuple(sorted(findings)),
    )


async def _steady_walk(files: Files, directory: str, limits: Limits) -> Sequence[FileEntry]:
    """A walk during which a ConfigMap was not swapped, so that no two halves of an update are mixed."""
    for _ in range(_ATTEMPTS):
        before = await _config_map_target(files, directory)
        found = await files.walk(directory, skip=skip, files_max=limits.files_max, bytes_max=limits.directory_bytes_max)
        if await _config_map_target(files, directory) == before:
            return found
    raise SourceError(f"{directory} keeps changing while it is read; the next look will see it whole.")


async def _config_map_target(files: Files, directory: str) -> str:
    try:
        return await files.resolve(posixpath.join(directory, _CONFIG_MAP_LINK))
    except SourceError:
        return ""


def _reader(files: Files, top: str, limits: Limits) -> Fetch:
    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        contents = {}
        for path, entry in wanted.items():
            content = await files.read(posixpath.join(top, path), size_max=limits.file_bytes_max)
            if entry.id != f"sha256:{hashlib.sha256(content).hexdigest()}":
                raise SourceError(f"{path} in {top} changed since it was listed; the next look will see it whole.")
            contents[path] = content
        return contents

    return fetch


def _digest(entries: Iterable[tuple[str, Entry]]) -> str:
    total = hashlib.sha256()
    for path, entry in sorted(entries, key=operator.itemgetter(0)):
        total.update(path.encode("utf-8", "surrogateescape") + b"\0" + entry.id.encode() + b"\n")
    return total.hexdigest()


def _special(found: Sequence[FileEntry], root: str) -> Iterable[Problem]:
    for entry in found:
        if not paths.is_below(entry.path, root):
            continue
        place = Location(tree_checks.printable(entry.path))
        match entry.kind:
            case FileKind.OUTSIDE:
                yield Problem(place, "REC1713", "the symlink leaves the source directory.", "Put the file here.")
            case FileKind.BROKEN:
                yield Problem(place, "REC1714", "the symlink leads nowhere.", "Remove it, or create its target.")
            case FileKind.SPECIAL:
                yield Problem(place, "REC1715", "this is a FIFO, a device or a socket, not a file.", "Remove it.")
            case FileKind.FILE:
                pass


def _outside_git(directory: str, why: str) -> Problem:
    message = f"{directory} is outside git ({why}): its revision is a digest of its content, and no author is known."
    return Problem(Location("."), "REC1711", message, "Keep it in a git repository.", Severity.WARNING)
