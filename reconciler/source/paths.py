"""Paths inside a repository: pure text, forward slashes, relative to the top.

A manifest names other files relative to its own place. Such a path may leave the source directory but never the
repository; outside git the source directory itself is the border, because nothing says what else belongs to it.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a path leads to no file: a clause that follows the path, and what to write instead."""

    reason: str
    remedy: str


def join(from_file: str, relative: str) -> str | Unresolved:
    """The path of a file named in `from_file`. The file need not exist."""
    if not relative.strip():
        return Unresolved("is empty.", "Write the path of a file, relative to this one.")
    if any(character < " " or character == "\x7f" for character in relative):
        return Unresolved("holds a control character.", "Write the path in plain letters.")
    if "\\" in relative:
        return Unresolved("holds a backslash.", f"Write forward slashes: {relative.replace(chr(92), '/')}.")
    if relative.startswith(("/", "~")):
        return Unresolved("is not relative.", "Write it relative to this file, for example ../audio/welcome.wav.")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(from_file), relative))
    if joined == ".." or joined.startswith("../"):
        return Unresolved("leads out of the repository.", "Move the file into the repository, next to the manifests.")
    if relative.endswith("/") or joined == ".":
        return Unresolved("names a directory.", "Name one file.")
    return joined


def is_below(path: str, root: str) -> bool:
    """True for the root itself and what lies below; the empty root holds everything."""
    return not root or path == root or path.startswith(f"{root}/")


def parents(path: str) -> list[str]:
    """The directories above a path, nearest first, without the top."""
    found = []
    while path := posixpath.dirname(path):
        found.append(path)
    return found
