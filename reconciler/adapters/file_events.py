"""Hints that something below a directory may have changed, from the operating system.

A ConfigMap or a git-sync sidecar replaces a symlink, and a watch on the link's old target never hears of it. So the
directories that hold the links on the way are watched too, and after every event the set of watched directories is
worked out afresh. Events are hints: a lost one costs a poll interval, a spurious one costs a look.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

import watchfiles

from reconciler.errors import SourceError
from reconciler.ports import Offload

# Git writes objects before it moves a ref, and our own ledger may live below the watched directory.
_NOISY_DIRECTORIES = frozenset({"objects", ".reconciler"})
_LINKS_MAX = 40
_DIRECTORIES_MAX = 8192
_DEBOUNCE_MS = 400
_STOP_MS = 500
"""A cancelled watch ends only when its thread comes back, so this bounds how long a stop takes."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """`directories` are watched, one level each. Of an event in a parent directory only `names` count."""

    directories: frozenset[str]
    trees: frozenset[str]
    names: frozenset[str]

    def __call__(self, _change: watchfiles.Change, path: str) -> bool:
        if path in self.names:
            return True
        parent, _, name = path.rpartition("/")
        return parent in self.trees and not name.endswith(".lock") and name not in _NOISY_DIRECTORIES


async def watch(*paths: str, offload: Offload) -> AsyncGenerator[None, None]:
    """See `ports.Files.watch`."""
    while True:
        scope = await offload(lambda: _scope_of(paths))
        if not scope.directories:
            raise SourceError(f"Nothing to watch at {', '.join(paths)}; only polling notices when it appears.")
        try:
            async for _ in watchfiles.awatch(
                *scope.directories,
                watch_filter=scope,
                debounce=_DEBOUNCE_MS,
                rust_timeout=_STOP_MS,
                recursive=False,
                force_polling=False,
                ignore_permission_denied=True,
            ):
                yield None
                if await offload(lambda: _scope_of(paths)) != scope:
                    break
        except FileNotFoundError:
            pass  # a directory went away before its watch began
        except (OSError, RuntimeError) as error:
            raise SourceError(
                f"File events are not available ({error}), only polling notices changes. "
                "On Linux, raising fs.inotify.max_user_watches may help."
            ) from error
        yield None  # for what happened while the watch moved


def _scope_of(paths: Sequence[str]) -> _Scope:
    names, trees = set[str](), set[str]()
    for path in paths:
        on_the_way, end = _links(Path(path).absolute())
        names |= {str(name) for name in (*on_the_way, end)}
        trees |= _directories(end, room=_DIRECTORIES_MAX - len(trees))
    parents = {str(parent) for name in names if (parent := Path(name).parent).is_dir()}
    return _Scope(frozenset(trees | parents), frozenset(trees), frozenset(names))


def _links(path: Path) -> tuple[list[Path], Path]:
    """The symlinks met on the way to the path, and where it ends; the end need not exist."""
    links, current, rest = list[Path](), Path(path.anchor), list(path.parts[1:])
    while rest:
        name = rest.pop(0)
        if name == "..":
            current = current.parent
            continue
        step = current / name
        if not step.is_symlink():
            current = step
            continue
        links.append(step)
        if len(links) > _LINKS_MAX:
            return links, step  # they lead in a circle
        target = step.readlink()
        rest = [*(target.parts[1:] if target.is_absolute() else target.parts), *rest]
        current = Path(target.anchor) if target.is_absolute() else current
    return links, current


def _directories(top: Path, *, room: int) -> set[str]:
    found = set[str]()
    for directory, below, _ in os.walk(top):
        if len(found) >= room:
            break
        found.add(directory)
        below[:] = [name for name in below if name not in _NOISY_DIRECTORIES]
    return found
