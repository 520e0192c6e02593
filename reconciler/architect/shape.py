"""Whether putting values into a YAML text leaves its shape alone.

The text is parsed once with harmless placeholders ("marks") and once with values; event for event both must agree. So
every quoting rule of YAML holds without being repeated here. Below `exp` the text is an expression, and the same is
asked of its words: a value fills a text or stands for one word, and never brings brackets or calls of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml

from reconciler.architect import expressions
from reconciler.architect.expressions import Token, TokenKind
from reconciler.documents import scalars
from reconciler.documents.limits import ARCHY

MARK: Final = re.compile(r"zq[0-9]+q[0-9]+y")
"""What marks look like: plain words to YAML. Up to the second `q` they must not occur in the text itself. Last and
first letter differ, so what stands before a mark is never taken for one that begins earlier."""
_SPOT: Final = re.compile(rf"{expressions.STRING}|{MARK.pattern}", re.DOTALL)
_RUN: Final = re.compile(r"[\w.]+")
_NODES: Final = frozenset({yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.AliasEvent})
_LOADER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class Piece(NamedTuple):
    """One parser event, reduced to what values must not change. `kind` YAMLError ends a text that does not parse."""

    kind: type
    value: str = ""
    style: str = ""
    decoration: tuple[str | None, str | None] = (None, None)
    is_key: bool = False
    is_expression: bool = False

    @property
    def frame(self) -> tuple[object, ...]:
        return self.kind, self.style, self.decoration


@dataclass(frozen=True, slots=True)
class Misfit:
    """A mark whose value does not fit: `style` is the quote it stands in, `reading` what an unquoted text would be
    taken for, empty when the value breaks the shape; `in_expression` when it is the shape of an expression."""

    mark: str
    style: str
    reading: str = ""
    in_expression: bool = False


def pieces(text: str) -> list[Piece]:
    """The events of a text, as far as it parses."""
    found: list[Piece] = []
    open_: list[bool | None] = []  # innermost last: True when a mapping waits for a key, None for a sequence
    nodes = 0
    key = ""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            kind = type(event)
            is_key = bool(open_ and open_[-1])
            if kind in _NODES:
                nodes += 1
                if open_ and open_[-1] is not None:
                    open_[-1] = not open_[-1]
            if isinstance(event, yaml.ScalarEvent):
                is_expression = not is_key and key == "exp"
                decoration = event.anchor, event.tag
                found.append(Piece(kind, event.value, event.style or "", decoration, is_key, is_expression))
                key = event.value if is_key else ""
                continue
            key = ""
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                open_.append(True if kind is yaml.MappingStartEvent else None)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                open_.pop()
            decoration = getattr(event, "anchor", None), getattr(event, "tag", None)
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
        wanted = _put(piece.value, values)
        if number >= len(there) or there[number].frame != piece.frame:
            return found + (last or _first(shape[number:], values))
        if there[number].value != wanted:
            found += last
        elif marks and there[number].is_expression and not _keeps_words(piece.value, values):
            found += [Misfit(mark, piece.style, in_expression=True) for mark in marks]
        elif piece.value in texts and not piece.style and not piece.is_key and (reading := _misread(wanted)):
            found.append(Misfit(piece.value, "", reading))
    return found


def _first(shape: list[Piece], values: Mapping[str, str]) -> list[Misfit]:
    """The marks of the first piece that has any: a value may change what stands before it on its line."""
    for piece in shape:
        if marks := [mark for mark in MARK.findall(piece.value) if mark in values]:
            return [Misfit(mark, piece.style) for mark in marks]
    return [Misfit(mark, "") for mark in values]


def _keeps_words(marked: str, values: Mapping[str, str]) -> bool:
    """True when an expression has the same words with its values in place: a text stays one text, and what stands in
    no text one name, number or text. Only the words around each mark are read: files may hold very much else."""
    end = 0
    for match in _SPOT.finditer(marked):
        start = match.start()
        if start < end:
            continue  # in the words that were just read
        if match.group()[0] == '"':
            end = match.end()
        else:
            while start > end and _RUN.match(marked[start - 1]):
                start -= 1
            run = _RUN.match(marked, start)
            end = run.end() if run else match.end()
        part = marked[start:end]
        if "zq" in part and not _keeps_part(part, values):
            return False
    return True


def _keeps_part(part: str, values: Mapping[str, str]) -> bool:
    """The same of one string literal, or of letters, digits and dots that no other stand beside."""
    expected: list[Token] = []
    for token in expressions.tokens(part):
        text = _put(token.text, values)
        if token.kind is TokenKind.IDENTIFIER and text != token.text:
            words = expressions.tokens(text)
            is_negative = len(words) == 2 and words[0].text == "-" and words[1].kind is TokenKind.NUMBER
            if not is_negative and (len(words) != 1 or not _is_word(words[0])):
                return False
            expected += words
        else:
            expected.append(Token(token.kind, text))
            if token.kind is TokenKind.STRING and token.is_closed != expected[-1].is_closed:
                return False
    return expected == expressions.tokens(_put(part, values))


def _put(text: str, values: Mapping[str, str]) -> str:
    return MARK.sub(lambda match: values.get(match.group(), match.group()), text)


def _is_word(token: Token) -> bool:
    is_bare = token.kind is TokenKind.IDENTIFIER or token.kind is TokenKind.NUMBER
    return is_bare or (token.kind is TokenKind.STRING and token.is_closed)


def _misread(value: str) -> str:
    """What an unquoted text is taken for, empty when it stays text."""
    try:
        meaning = scalars.plain(value)
    except scalars.OutOfRange:
        return "a number out of range"
    if isinstance(meaning, str):
        return ""
    return {type(None): "nothing", bool: "a boolean"}.get(type(meaning), "a number")
