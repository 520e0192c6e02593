"""What a listing of files reveals before any file is read. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.errors import DesiredStateError
from reconciler.model.problem import Location, Problem, Severity
from reconciler.source import paths
from reconciler.source.limits import Limits
from reconciler.source.snapshot import SUBMODULE, SYMLINK, Entry, not_a_file

_DOCUMENTS = (".yaml", ".yml", ".json")
_FINDINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """`findings` are sorted, at most a hundred; the paths in `refused` must not be read, the others may."""

    findings: tuple[Problem, ...]
    refused: frozenset[str]


def judge(entries: Mapping[str, Entry], root: str, limits: Limits) -> Judged:
    """Everything below the source directory. Raises DesiredStateError when there is too much of it to read at all."""
    below = {path: entry for path, entry in sorted(entries.items()) if paths.is_below(path, root)}
    if too_much := list(_sizes(below, root, limits)):
        raise DesiredStateError(too_much)
    unusable = {path: problem for path, entry in below.items() if (problem := _unusable(path, entry)) is not None}
    findings = [*unusable.values(), *_twins(below)]
    return Judged(tuple(sorted(findings)[:_FINDINGS_MAX]), frozenset(unusable))


def _unusable(path: str, entry: Entry) -> Problem | None:
    if entry.mode in (SYMLINK, SUBMODULE):
        return not_a_file(path, entry.mode)
    return _bad_name(path)


def _sizes(below: Mapping[str, Entry], root: str, limits: Limits) -> Iterable[Problem]:
    place, remedy = Location(root or "."), "Point --source at the directory of the desired state alone."
    if len(below) > limits.files_max:
        message = f"the directory holds {len(below)} files, more than the {limits.files_max} that are accepted."
        yield Problem(place, "REC1705", message, remedy)
    total = sum(entry.size for path, entry in below.items() if path.lower().endswith(_DOCUMENTS))
    if total > limits.documents_bytes_max:
        message = f"the documents have {total} bytes together, more than {limits.documents_bytes_max}."
        yield Problem(place, "REC1706", message, remedy)


def _bad_name(path: str) -> Problem | None:
    shown = printable(path)
    if shown != path:
        message = "the file's name holds control characters or is not UTF-8."
        return Problem(Location(shown), "REC1709", message, "Rename it.")
    if any(part.lower() == ".git" for part in path.split("/")):
        message = "a path with a part named .git is not accepted."
        return Problem(Location(path), "REC1712", message, "Remove it from the repository.")
    return None


def printable(path: str) -> str:
    """The path with undecodable bytes and control characters escaped, safe for a terminal."""
    decoded = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c == "\u200d" else c.encode("unicode_escape").decode() for c in decoded)


def _twins(below: Mapping[str, Entry]) -> Iterable[Problem]:
    """Paths, or directories above them, that some file systems cannot tell apart."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for path in below:
        for place in (path, *paths.parents(path)):
            spellings[unicodedata.normalize("NFC", place).casefold()].add(place)
    for same in spellings.values():
        first, *others = sorted(same)
        for other in others:
            if paths.parents(first) != paths.parents(other) and other.rpartition("/")[2] == first.rpartition("/")[2]:
                continue  # told once, at the directory
            normal = unicodedata.normalize("NFC", first) == unicodedata.normalize("NFC", other)
            how, code = ("Unicode normalisation", "REC1704") if normal else ("upper and lower case", "REC1703")
            message = f"the path differs from {printable(first)} only by {how}; some file systems cannot hold both."
            yield Problem(Location(printable(other)), code, message, "Rename one of them.", Severity.WARNING)
