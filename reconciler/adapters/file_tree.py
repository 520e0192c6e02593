"""Walking and reading directories that other programs change under our feet.

Every file is opened without blocking, must be a regular file, and must be the same before and after it was read.
Symlinks are followed only where they end below the walked directory; what to make of the others is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from reconciler.errors import SourceError
from reconciler.ports import FileEntry, FileKind

_DEPTH_MAX = 64


def directory(path: str) -> Path:
    """The real path of an existing directory."""
    try:
        real = Path(path).resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceError(f"The directory {path} does not exist.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(f"The directory {path} cannot be opened: {_why(error)}.") from error
    if not real.is_dir():
        raise SourceError(f"{path} is not a directory.")
    return real


def walk(root: str, skip: Callable[[str], bool], *, files_max: int, bytes_max: int) -> Sequence[FileEntry]:
    """See `ports.Files.walk`."""
    base, entries, total = directory(root), list[FileEntry](), 0
    for path in _below(base, base, skip, parents=(base,)):
        if len(entries) == files_max:
            raise SourceError(f"{root} holds more than {files_max} files. Point --source at the desired state alone.")
        entry = _entry(base, path, size_max=bytes_max - total)
        if entry is None:
            raise SourceError(f"{path} changed while {root} was being read; the next look will see it whole.")
        total += entry.size
        entries.append(entry)
    return sorted(entries, key=lambda entry: entry.path)


def inspect(root: str, paths: Sequence[str]) -> Sequence[FileEntry]:
    """See `ports.Files.inspect`."""
    base = directory(root)
    if away := [path for path in paths if Path(path).is_absolute()]:
        raise SourceError(f"{away[0]} is not a path below {root}.")
    entries = (_entry(base, base / path) for path in paths)
    return [entry for entry in entries if entry is not None]


def read(path: str, size_max: int) -> bytes:
    """See `ports.Files.read`. Symlinks are followed: mounted secrets are links."""
    with _opened(Path(path), follow=True) as (file, found):
        if found.st_size > size_max:
            raise SourceError(f"{path} has {found.st_size} bytes; at most {size_max} are accepted.")
        content = file.read(size_max + 1)
        _assert_unchanged(file, found, Path(path))
    return content


def _below(directory: Path, base: Path, skip: Callable[[str], bool], parents: tuple[Path, ...]) -> Iterator[Path]:
    """Everything that is not a directory, and every symlink to a directory that may not be entered."""
    if len(parents) > _DEPTH_MAX:
        raise SourceError(f"{directory} lies more than {_DEPTH_MAX} directories deep; flatten the tree.")
    try:
        with os.scandir(directory) as listing:
            found = [item for item in listing if not skip(item.name)]
    except OSError as error:
        raise SourceError(f"The directory {directory} cannot be read: {_why(error)}.") from error
    for item in found:
        path = Path(item.path)
        if item.is_dir(follow_symlinks=False):
            yield from _below(path, base, skip, (*parents, path))
        elif item.is_symlink() and (real := _target(path)) is not None and _may_enter(real, base, parents):
            yield from _below(path, base, skip, (*parents, real))
        else:
            yield path


def _may_enter(real: Path, base: Path, parents: tuple[Path, ...]) -> bool:
    return real.is_dir() and real.is_relative_to(base) and real not in parents


def _target(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # leads nowhere, or in a circle
        return None


def _entry(base: Path, path: Path, *, size_max: int | None = None) -> FileEntry | None:
    """What is at the path; None when nothing is, or a directory."""
    name = path.relative_to(base).as_posix()
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be looked at: {_why(error)}.") from error
    is_symlink = stat.S_ISLNK(mode)
    real = _target(path)
    if stat.S_ISDIR(mode) or (real is None and not is_symlink):
        return None
    if real is None or real.is_dir():  # a directory here is one of the link's own parents, or outside
        outside = real is not None and not real.is_relative_to(base)
        return FileEntry(name, FileKind.OUTSIDE if outside else FileKind.BROKEN, is_symlink=True)
    if not real.is_relative_to(base):
        return FileEntry(name, FileKind.OUTSIDE, is_symlink=is_symlink)
    if not real.is_file():
        return FileEntry(name, FileKind.SPECIAL, is_symlink=is_symlink)
    with _opened(real, follow=False) as (file, found):
        if size_max is not None and found.st_size > size_max:
            raise SourceError(f"{base} holds too much data for a desired state. Point --source at its files alone.")
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        _assert_unchanged(file, found, path)
    return FileEntry(name, FileKind.FILE, found.st_size, digest, is_symlink)


@contextlib.contextmanager
def _opened(path: Path, *, follow: bool) -> Iterator[tuple[BufferedReader, os.stat_result]]:
    """The open file and its state at that moment. Opening never waits, as it would for a FIFO without a writer."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        file = os.fdopen(os.open(path, flags), "rb")
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist.") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {_why(error)}.") from error
    with file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{path} is not a regular file.")
        yield file, found


def _assert_unchanged(file: BufferedReader, before: os.stat_result, path: Path) -> None:
    after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise SourceError(f"{path} changed while it was being read; the next look will see it whole.")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
