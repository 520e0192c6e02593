"""Writing files that other programs may read at any moment: each appears whole, under its name, or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reconciler.errors import SourceError


def write(root: str, files: Mapping[str, bytes], remove: Sequence[str]) -> None:
    """See `ports.Files.write`. Equal files are left alone, with their times."""
    base = Path(root)
    try:
        if any(part.lower() == ".git" for part in base.resolve().parts):
            raise SourceError(f"{root} leads into a directory of git's own; nothing was written.")
        base.mkdir(parents=True, exist_ok=True)
        base = base.resolve(strict=True)
        places = {path: _inside(base, path) for path in (*files, *remove)}
        for path in files:
            _check_free(base, places[path])
        for path, content in files.items():
            _replace(places[path], content)
        for path in remove:
            places[path].unlink(missing_ok=True)
            for folder in places[path].parents:
                if folder == base:
                    break
                with suppress(OSError):  # it still holds something
                    folder.rmdir()
    except OSError as error:
        raise SourceError(f"{error.filename or root} cannot be written: {error.strerror or error}.") from error


def _inside(base: Path, path: str) -> Path:
    place = base / path
    real = place.parent.resolve()
    if not real.is_relative_to(base) or place.is_symlink() or ".." in Path(path).parts:
        raise SourceError(f"{place} leads out of {base}; nothing was written. Remove the symlink there.")
    return place


def _check_free(base: Path, place: Path) -> None:
    """A file can stand there: no directory has its name, and nothing else has the name of a directory above it."""
    if place.exists() and not place.is_file():
        raise SourceError(f"{place} is no file; nothing was written. Move it away.")
    for folder in place.relative_to(base).parents:
        if (base / folder).exists() and not (base / folder).is_dir():
            raise SourceError(f"{base / folder} is no directory; nothing was written. Move it away.")


def _replace(place: Path, content: bytes) -> None:
    with suppress(OSError):
        if place.stat().st_size == len(content) and place.read_bytes() == content:
            return
    temporary = place.with_name(f".{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)  # What a crash left there, or a link to somewhere else.
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except OSError as error:
        raise SourceError(f"{place} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
