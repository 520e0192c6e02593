"""Whether putting values into a YAML text leaves its shape alone.

The text is parsed once with harmless placeholders ("marks") and once with values; event for event both must agree. So
every quoting rule of YAML holds without being repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml

from reconciler.documents import scalars
from reconciler.documents.limits import ARCHY

MARK: Final = re.compile(r"zq+[0-9]+z")
"""What marks look like: plain words to YAML. Their prefix must not occur in the text itself."""
_NODES: Final = frozenset({yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.AliasEvent})
_LOADER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class Piece(NamedTuple):
    """One parser event, reduced to what values must not change. `kind` YAMLError ends a text that does not parse."""

    kind: type
    value: str = ""
    style: str = ""
    decoration: tuple[str | None, str | None] = (None, None)
    is_key: bool = False

    @property
    def frame(self) -> tuple[object, ...]:
        return self.kind, self.style, self.decoration


@dataclass(frozen=True, slots=True)
class Misfit:
    """A mark whose value does not fit: `style` is the quote it stands in, `reading` what an unquoted text would be
    taken for, empty when the value breaks the shape."""

    mark: str
    style: str
    reading: str = ""


def pieces(text: str) -> list[Piece]:
    """The events of a text, as far as it parses."""
    found: list[Piece] = []
    open_: list[bool | None] = []  # innermost last: True when a mapping waits for a key, None for a sequence
    nodes = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            kind = type(event)
            is_key = bool(open_ and open_[-1])
            if kind in _NODES:
                nodes += 1
                if open_ and open_[-1] is not None:
                    open_[-1] = not open_[-1]
            if isinstance(event, yaml.ScalarEvent):
                found.append(Piece(kind, event.value, event.style or "", (event.anchor, event.tag), is_key))
                continue
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                open_.append(True if kind is yaml.MappingStartEvent else None)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                open_.pop()
            decoration = (getattr(event, "anchor", None), getattr(event, "tag", None))
            found.append(Piece(kind, "", "", decoration, is_key))
            # Loading refuses these; the parser would take minutes for a hostile file.
            if len(open_) > ARCHY.depth_max or nodes > ARCHY.nodes_max:
                return [*found, Piece(yaml.YAMLError)]
    except yaml.YAMLError:
        found.append(Piece(yaml.YAMLError))
    return found


def is_broken(shape: list[Piece]) -> bool:
    return bool(shape) and shape[-1].kind is yaml.YAMLError


def misfits(shape: list[Piece], filled: str, values: Mapping[str, str], *, texts: frozenset[str]) -> list[Misfit]:
    """What in `filled`, the text with `values` instead of their marks, differs from `shape`: everything up to the
    first structural difference. `texts` are the marks whose values are meant as text."""
    there = pieces(filled)
    found: list[Misfit] = []
    last: list[Misfit] = []
    for number, piece in enumerate(shape):
        if "zq" not in piece.value and number < len(there) and there[number] == piece:
            continue  # no mark here, and nothing differs
        marks = [mark for mark in MARK.findall(piece.value) if mark in values]
        last = [Misfit(mark, piece.style) for mark in marks] or last
        wanted = MARK.sub(lambda match: values.get(match.group(), match.group()), piece.value)
        if number >= len(there) or there[number].frame != piece.frame:
            return found + (last or _first(shape[number:], values))
        if there[number].value != wanted:
            found += last
        elif piece.value in texts and not piece.style and not piece.is_key and (reading := _misread(wanted)):
            found.append(Misfit(piece.value, "", reading))
    return found


def _first(shape: list[Piece], values: Mapping[str, str]) -> list[Misfit]:
    """The marks of the first piece that has any: a value may change what stands before it on its line."""
    for piece in shape:
        if marks := [mark for mark in MARK.findall(piece.value) if mark in values]:
            return [Misfit(mark, piece.style) for mark in marks]
    return [Misfit(mark, "") for mark in values]


def _misread(value: str) -> str:
    """What an unquoted text is taken for, empty when it stays text."""
    try:
        meaning = scalars.plain(value)
    except scalars.OutOfRange:
        return "a number out of range"
    if isinstance(meaning, str):
        return ""
    return {type(None): "nothing", bool: "a boolean"}.get(type(meaning), "a number")
