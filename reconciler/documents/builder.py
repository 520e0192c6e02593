"""From parser events to plain values, marks and problems.

Relies on a parser that yields PyYAML's events, in C or in Python. Goes on after a defect wherever the meaning of the
rest is still certain, so that one look reports everything; what cannot be understood makes its document broken.
Hot path of loading: see bench/documents.py before adding a line to `_mapping`, `_sequence` or `_scalar`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import yaml

from reconciler.documents import scalars
from reconciler.documents.defects import CONTROLS, CORE, Defects
from reconciler.documents.document import Marks
from reconciler.documents.limits import Limits


class Builder:
    """Builds the values of one file; what is wrong with them goes to `defects`."""

    def __init__(self, next_event: Callable[[], Any], limits: Limits, defects: Defects) -> None:
        self.next_event = next_event
        self._limits = limits
        self._defects = defects
        self._nodes = 0

    def node(self, event: Any, depth: int) -> tuple[Any, Marks]:
        """The value that starts with `event`, and its marks."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event), event.start_mark
        if kind is yaml.MappingStartEvent:
            return self._mapping(event, depth)
        if kind is yaml.SequenceStartEvent:
            return self._sequence(event, depth)
        self._defects.alias(event)
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
                self._defects.duplicate(mark, key, zip(value, marks[1::2], strict=True))
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
        if self._nodes > self._limits.nodes_max:
            self._defects.too_many(event)
        if len(text) > self._limits.scalar_max:
            self._defects.too_long(event)
        if event.tag is not None or event.anchor is not None:
            return self._tagged(event)
        style = event.style
        if not style:
            try:
                return scalars.plain(text)
            except scalars.OutOfRange as error:
                return self._defects.number(event, error)
        if style == '"' and not text.isprintable() and CONTROLS.search(text):
            self._defects.control(event)
        return text

    def _enter(self, start: Any, depth: int, kind: str) -> None:
        self._nodes += 1
        if depth > self._limits.depth_max:
            self._defects.too_deep(start)
        if self._nodes > self._limits.nodes_max:
            self._defects.too_many(start)
        if start.anchor is not None:
            self._defects.anchor(start)
        if start.tag is not None and start.tag != CORE + kind:
            self._defects.tag(start)

    def _tagged(self, event: Any) -> Any:
        """A scalar with an explicit tag or an anchor: core tags are honoured, all others refused."""
        if event.anchor is not None:
            self._defects.anchor(event)
        tag, text = event.tag, event.value
        if CONTROLS.search(text):
            self._defects.control(event)
        try:
            if tag is None:
                return text if event.style else scalars.plain(text)
            if tag == CORE + "str":
                return text
            if tag == CORE + "null" and scalars.is_null(text):
                return None
            value = {
                CORE + "int": scalars.integer,
                CORE + "float": scalars.floating,
                CORE + "bool": scalars.boolean,
            }.get(tag, lambda _: None)(text)
        except scalars.OutOfRange as error:
            return self._defects.number(event, error)
        if value is None:
            self._defects.tag(event)
        return value

    def _check_key(self, event: Any, key: str) -> None:
        """Everything that may be wrong with a key that is a scalar, except being a duplicate."""
        if event.anchor is not None:
            self._defects.anchor(event)
        if event.tag not in (None, CORE + "str"):
            self._defects.tag(event)
        if len(key) > self._limits.key_max:
            self._defects.long_key(event)
        if CONTROLS.search(key):
            self._defects.control(event)
        if not key and not event.style:
            self._defects.missing_key(event)
        if key == "<<" and not event.style:
            self._defects.merge_key(event)

    def _is_folded(self, key: str, value: dict[str, Any], folded: set[str]) -> bool:
        """True when another key looks the same after Unicode normalisation (NFC)."""
        form = key if key.isascii() else unicodedata.normalize("NFC", key)
        if form in folded or (form != key and form in value):
            return True
        if form != key or not key.isascii():
            folded.add(form)
        return False

    def _refuse_key(self, event: Any) -> None:
        """A mapping, list or alias as key: report it, then read past it and its value."""
        if type(event) is yaml.AliasEvent:
            self._defects.alias(event)
        else:
            self._defects.complex_key(event)
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
            if opened > self._limits.depth_max:
                self._defects.too_deep(event)
            event = self.next_event()
