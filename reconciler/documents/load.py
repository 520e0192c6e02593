"""Bytes of a YAML file to documents with places, and every defect to a problem with file, line and column.

Relies on PyYAML's event parser (libyaml when its extension is there, the slower pure one otherwise: same answers).
Leaves to others what keys and values mean. Never raises for bad input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from reconciler.documents.builder import Builder
from reconciler.documents.defects import Defects, Stop
from reconciler.documents.document import Document
from reconciler.documents.limits import ARCHY, MANIFEST, Limits
from reconciler.documents.syntax import explain
from reconciler.model.problem import Location, Problem, Severity

__all__ = ["ARCHY", "MANIFEST", "Limits", "Loaded", "load"]

_RAW_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_ODD: Final = re.compile("[\x85\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS: Final = "\x85\u2028\u2029"
_Parser: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds. A document with holes (a refused alias, tag or key) is left out, one that merely repeats a key
    or holds a refused number is kept so that later checks find more; nobody may act while `problems` holds an error."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def load(content: bytes, file: str, limits: Limits = MANIFEST) -> Loaded:
    """Read every non-empty document of `content`; `file` is only for messages."""
    if len(content) > limits.bytes_max:
        message = f"the file has {len(content)} bytes, the limit is {limits.bytes_max}."
        return Loaded((), (Problem(Location(file), "REC1008", message, "Split it into several files."),))
    text, problem = _decode(content, file)
    if problem is not None:
        return Loaded((), (problem,))
    problems = [] if text.isascii() else _odd_characters(text, file)
    documents, defects = _read(text, file, limits)
    return Loaded(tuple(documents), tuple(sorted(problems + defects)))


def _read(text: str, file: str, limits: Limits) -> tuple[list[Document], list[Problem]]:
    documents: list[Document] = []
    problems: list[Problem] = []
    defects = Defects(file, limits, problems)
    try:
        parser = _Parser(text)
        builder = Builder(parser.get_event, limits, defects)
        builder.next_event()
        while type(builder.next_event()) is yaml.DocumentStartEvent:
            defects.broken = False
            value, marks = builder.node(builder.next_event(), 1)
            builder.next_event()
            if value is not None and not defects.broken:
                documents.append(Document(file, len(documents), value, marks))
    except Stop:
        pass
    except yaml.reader.ReaderError as error:
        problems.append(_unreadable(text, file, error))
    except yaml.YAMLError as error:
        problems.append(explain(error, text, file))
    return documents, problems


def _decode(content: bytes, file: str) -> tuple[str, Problem | None]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:2]:
        message, remedy = "the file is not UTF-8 (it looks like UTF-16 or UTF-32).", "Save it as UTF-8."
        return "", Problem(Location(file), "REC1001", message, remedy)
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")) + 1
        message = f"the byte 0x{content[error.start]:02X} is not UTF-8."
        return "", Problem(Location(file, before.count(b"\n") + 1, column), "REC1001", message, "Save it as UTF-8.")


def _odd_characters(text: str, file: str) -> list[Problem]:
    """Characters that show one thing and mean another, at most one finding of each sort."""
    problems: dict[str, Problem] = {}
    for found in _ODD.finditer(text):
        character = found.group()
        name = f"U+{ord(character):04X}"
        if character in _BREAKS:
            message, remedy = f"{name} is a line break to some YAML readers and text to others.", "Remove it."
            severity = Severity.ERROR
        elif character == "\ufeff":
            message, remedy = "a byte order mark stands in the middle of the file.", "Remove it; it cannot be seen."
            severity = Severity.ERROR
        else:
            message = f"{name} changes the direction of text, so the file may not read as it looks."
            remedy, severity = "Remove it unless the text needs it.", Severity.WARNING
        if name not in problems:
            problems[name] = Problem(_place(text, found.start(), file), "REC1002", message, remedy, severity)
        if len(problems) == 13:  # all there are
            break
    return list(problems.values())


def _unreadable(text: str, file: str, error: yaml.reader.ReaderError) -> Problem:
    found = _RAW_CONTROL.search(text)
    if found is None:
        return Problem(
            Location(file), "REC1002", f"the file cannot be read: {error.reason}.", "Save it as plain UTF-8."
        )
    message = f"the control character U+{ord(found.group()):04X} is not allowed."
    return Problem(_place(text, found.start(), file), "REC1002", message, "Remove it.")


def _place(text: str, offset: int, file: str) -> Location:
    start = text.rfind("\n", 0, offset) + 1
    return Location(file, text.count("\n", 0, offset) + 1, offset - start + 1)
