"""How much a source directory may hold, so that a wrong directory ends as a message and not as a full memory."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`files_max` and `documents_bytes_max` count what lies below the source directory, the latter only YAML and JSON:
    recordings may be large and are read one by one, when a prompt names them. `file_bytes_max` holds for any file,
    `directory_bytes_max` for everything in a directory outside git, which has to be read whole to know its revision.
    """

    files_max: int = 20_000
    documents_bytes_max: int = 64 * MIB
    file_bytes_max: int = 64 * MIB
    directory_bytes_max: int = 1024 * MIB


DEFAULT = Limits()
