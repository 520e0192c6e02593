"""From parser events to plain values, marks and problems.

Relies on a parser that yields PyYAML's events, in C or in Python. Goes on after a defect wherever the meaning of the
rest is still certain, so that one look reports everything; what cannot be understood makes its document `broken`.
Hot path of loading: see bench/documents.py before adding a line to `_mapping`, `_sequence` or `_scalar`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final

import yaml

from reconciler.documents import scalars
from reconciler.documents.document import Marks
from reconciler.documents.limits import Limits
from reconciler.model.problem import Location, Problem

_CORE: Final = "tag:yaml.org,2002:"
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SHOWN: Final = 60


class Stop(Exception):
    """Reading ends here; the reason is a problem already."""


class Builder:
    """Builds the documents of one file. `problems` grows; `broken` tells whether the current document has holes."""

    def __init__(self, next_event: Callable[[], Any], file: str, limits: Limits, problems: list[Problem]) -> None:
        self.next_event = next_event
        self._file = file
        self._limits = limits
        self._nodes = 0
        self.problems = problems
        self.broken = False

    def report(self, mark: Any, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(Location(self._file, mark.line + 1, mark.column + 1), code, message, remedy))
        if len(self.problems) >= self._limits.problems_max:
            raise Stop

    def node(self, event: Any, depth: int) -> tuple[Any, Marks]:
        """The value that starts with `event`, and its marks."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event), event.start_mark
        if kind is yaml.MappingStartEvent:
            return self._mapping(event, depth)
        if kind is yaml.SequenceStartEvent:
            return self._sequence(event, depth)
        self._refuse_alias(event)
        return None, event.start_mark

    def _mapping(self, start: Any, depth: int) -> tuple[dict[str, Any], Marks]:
        self._enter(start, depth, "map")
        value: dict[str, Any] = {}
        marks = [start.start_mark]
        folded: set[str] = set()
        next_event, scalar, key_max = self.next_event, self._scalar, self._limits.key_max
        while True:
            event = next_event()
            kind = type(event)
            if kind is yaml.MappingEndEvent:
                return value, marks
            if kind is not yaml.ScalarEvent:
                self._refuse_key(event)
                continue
            key = event.value
            if not key.isprintable() or key in ("", "<<") or len(key) > key_max or event.tag or event.anchor:
                self._check_key(event, key)
            mark = event.start_mark
            event = next_event()
            if type(event) is yaml.ScalarEvent:
                item, item_marks = scalar(event), event.start_mark
            else:
                item, item_marks = self.node(event, depth + 1)
            if key in value or ((folded or not key.isascii()) and self._is_folded(key, value, folded)):
                self._refuse_duplicate(mark, key, value, marks)
                continue
            value[key] = item
            marks.append(mark)
            marks.append(item_marks)

    def _sequence(self, start: Any, depth: int) -> tuple[list[Any], Marks]:
        self._enter(start, depth, "seq")
        value: list[Any] = []
        marks = [start.start_mark]
        next_event, node = self.next_event, self.node
        while True:
            event = next_event()
            if type(event) is yaml.SequenceEndEvent:
                return value, marks
            item, item_marks = node(event, depth + 1)
            value.append(item)
            marks.append(item_marks)

    def _scalar(self, event: Any) -> Any:
        self._nodes += 1
        text = event.value
        if self._nodes > self._limits.nodes_max or len(text) > self._limits.scalar_max:
            self._over_limit(event)
        if event.tag is not None or event.anchor is not None:
            return self._tagged(event)
        style = event.style
        if not style:
            try:
                return scalars.plain(text)
            except scalars.OutOfRange as error:
                return self._refuse_number(event, error)
        if style == '"' and not text.isprintable() and _CONTROLS.search(text):
            self._refuse_control(event)
        return text

    def _enter(self, start: Any, depth: int, kind: str) -> None:
        self._nodes += 1
        if depth > self._limits.depth_max:
            message = f"nested deeper than {self._limits.depth_max} levels."
            self._stop(start, "REC1008", message, "Flatten the document, or look for an unclosed bracket.")
        if self._nodes > self._limits.nodes_max:
            self._over_limit(start)
        if start.anchor is not None:
            self._refuse_anchor(start)
        if start.tag is not None and start.tag != _CORE + kind:
            self._refuse_tag(start)

    def _tagged(self, event: Any) -> Any:
        """A scalar with an explicit tag or an anchor: core tags are honoured, all others refused."""
        if event.anchor is not None:
            self._refuse_anchor(event)
        tag, text = event.tag, event.value
        if _CONTROLS.search(text):
            self._refuse_control(event)
        try:
            if tag is None:
                return text if event.style else scalars.plain(text)
            if tag == _CORE + "str":
                return text
            if tag == _CORE + "null" and scalars.is_null(text):
                return None
            value = {
                _CORE + "int": scalars.integer,
                _CORE + "float": scalars.floating,
                _CORE + "bool": scalars.boolean,
            }.get(tag, lambda _: None)(text)
        except scalars.OutOfRange as error:
            return self._refuse_number(event, error)
        if value is None:
            self._refuse_tag(event)
        return value

    def _check_key(self, event: Any, key: str) -> None:
        """Everything that may be wrong with a key that is a scalar, except being a duplicate."""
        mark = event.start_mark
        if event.anchor is not None:
            self._refuse_anchor(event)
        if event.tag not in (None, _CORE + "str"):
            self._refuse_tag(event)
        if len(key) > self._limits.key_max:
            message = f"the key is {len(key)} characters long, the limit is {self._limits.key_max}."
            self._stop(event, "REC1008", message, "Shorten it, or look for a missing line break.")
        if _CONTROLS.search(key):
            self._refuse_control(event)
        if not key and not event.style:
            self.report(mark, "REC1007", "a key is missing before `:`.", "Write a name before the colon.")
        if key == "<<" and not event.style:
            self.broken = True
            self.report(mark, "REC1005", "merge keys (`<<`) are not accepted.", "Write the merged keys out.")

    def _is_folded(self, key: str, value: dict[str, Any], folded: set[str]) -> bool:
        """True when another key looks the same after Unicode normalisation (NFC)."""
        form = key if key.isascii() else unicodedata.normalize("NFC", key)
        if form in folded or (form != key and form in value):
            return True
        if form != key or not key.isascii():
            folded.add(form)
        return False

    def _refuse_duplicate(self, mark: Any, key: str, value: dict[str, Any], marks: Marks) -> None:
        for number, known in enumerate(value):
            if unicodedata.normalize("NFC", known) == unicodedata.normalize("NFC", key):
                first = marks[2 * number + 1].line + 1
                break
        else:
            first = marks[0].line + 1
        message = f'the key "{_short(key)}" appears twice in one mapping, first on line {first}.'
        if not key.isascii():
            remedy = "Keep one of them; letters that Unicode holds equal make the same key."
        else:
            remedy = f'Keep one of them; {key} and "{key}" are the same key.' if key.isdigit() else "Keep one of them."
        self.report(mark, "REC1003", message, remedy)

    def _refuse_key(self, event: Any) -> None:
        """A mapping, list or alias as key: report it, then read past it and its value."""
        self.broken = True
        if type(event) is yaml.AliasEvent:
            self._refuse_alias(event)
        else:
            remedy = "Quote text that starts with `{` or `[`; `{{name}}` is replaced in Archy flow files only."
            self.report(event.start_mark, "REC1007", "a mapping or list is used as a key.", remedy)
        self._skip(event)
        self._skip(self.next_event())

    def _skip(self, event: Any) -> None:
        """Read to the end of the node that starts with `event`; nothing inside it can be trusted."""
        opened = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                opened += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                opened -= 1
            if opened == 0:
                return
            event = self.next_event()

    def _refuse_alias(self, event: Any) -> None:
        self.broken = True
        message = f"the alias `*{_short(event.anchor)}` is not accepted."
        self.report(event.start_mark, "REC1004", message, "Write the value out, or quote text that starts with `*`.")

    def _refuse_anchor(self, event: Any) -> None:
        message = f"the anchor `&{_short(event.anchor)}` is not accepted."
        self.report(event.start_mark, "REC1004", message, "Remove it, or quote text that starts with `&`.")

    def _refuse_tag(self, event: Any) -> None:
        self.broken = True
        tag = event.tag
        shown = "!!" + tag[len(_CORE) :] if tag.startswith(_CORE) else tag
        message = f"the tag `{_short(shown)}` is not accepted here."
        self.report(event.start_mark, "REC1006", message, "Remove it, or quote text that starts with `!`.")

    def _refuse_number(self, event: Any, error: scalars.OutOfRange) -> str:
        message = f"`{_short(event.value)}` cannot be kept: {error}."
        self.report(event.start_mark, "REC1009", message, "Put it in quotes when it is text or an identifier.")
        return str(event.value)

    def _refuse_control(self, event: Any) -> None:
        found = _CONTROLS.search(event.value)
        code = f"U+{ord(found.group()):04X}" if found else "a control character"
        remedy = "Remove the escape; only tab and line breaks are allowed, and half a surrogate pair is no character."
        self.broken = True
        self.report(event.start_mark, "REC1002", f"the text holds the character {code}.", remedy)

    def _over_limit(self, event: Any) -> None:
        if self._nodes > self._limits.nodes_max:
            message = f"the file has more than {self._limits.nodes_max} values."
        else:
            message = f"a value has {len(event.value)} characters, the limit is {self._limits.scalar_max}."
        self._stop(event, "REC1008", message, "Split the file.")

    def _stop(self, event: Any, code: str, message: str, remedy: str) -> None:
        self.report(event.start_mark, code, message, remedy)
        raise Stop


def _short(text: str) -> str:
    """Text of the file, fit for a message: one line, printable, bounded."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
