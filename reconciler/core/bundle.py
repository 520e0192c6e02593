"""Opening the archive that an export of several flows comes as. Pure; trusts nothing in it.

Names inside are only labels here, never paths; one that tries to be a path into somewhere else is a sign of an archive
that is not what it says.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

MAGIC: Final = b"PK\x03\x04"
FILES_MAX: Final = 1_000


class Unusable(Exception):
    """The archive cannot be used; the text is a clause for a person."""


def is_archive(content: bytes) -> bool:
    return content.startswith(MAGIC)


def members(content: bytes, *, bytes_max: int) -> dict[str, bytes]:
    """The files by bare name without ending; `bytes_max` bounds what they are together, unpacked. Raises Unusable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, bytes_max)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Unusable("the archive is damaged or cut short") from error


def _read(archive: zipfile.ZipFile, bytes_max: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = bytes_max
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > FILES_MAX:
        raise Unusable(f"the archive holds {len(entries)} files")
    for entry in entries:
        if _leads_elsewhere(entry.orig_filename):
            raise Unusable("the archive holds a file name that leads out of it")
        with archive.open(entry) as file:
            content = file.read(left + 1)  # whatever the directory of the archive says about its size
        left -= len(content)
        if left < 0:
            raise Unusable(f"the archive unpacks to more than {bytes_max} bytes")
        name = entry.filename.rpartition("/")[2].rpartition(".")[0]
        if name in found:
            raise Unusable("the archive holds one name twice")
        found[name] = content
    return found


def _leads_elsewhere(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name
