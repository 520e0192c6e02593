"""References inside a flow: which object a `*Ref` means.

Three forms are resolved: absolute (`/inboundCall/menus/menu[main]`), relative to the object that holds the reference
(`./choices/menuTask[sales]`), and by parents (`../..`). refIds compare exactly [Genesys docs, Archy references].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.walk import Path

TARGETS: Final[Mapping[str, frozenset[str]]] = {
    "startUpRef": frozenset({"menu", "task", "state", "bot"}),  # which of them, the flow's type says
    "targetTaskRef": frozenset({"task"}),
    "targetMenuRef": frozenset({"menu", "menuSubMenu"}),
    "targetStateRef": frozenset({"state"}),
    "defaultChildMenuRef": frozenset(),  # any choice of the menu that holds it
}
"""Fields that hold references, and what they may point at."""

SEGMENT: Final = re.compile(r"([^/\[\]]+)(?:\[(.*?)\])?(?:/|\Z)")
"""One step of a reference: a word, and the `refId` in brackets behind it."""
_EXTERNAL: Final = re.compile(r"[^\[]*#/")
_UPS: Final = re.compile(r"(?:\.\./)*(?:\.\./|\.\.\Z)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference as written. `path` leads to it, `target` to what it means; None when it means nothing here."""

    path: Path
    field: str
    text: str
    target: Path | None

    @property
    def is_external(self) -> bool:
        """True for `file#/path`, which Archy would inline."""
        return bool(_EXTERNAL.match(self.text))


def find(value: Mapping[str, Any], entries: Iterable[walk.Entry] | None = None) -> Iterator[Reference]:
    """All references of a document, resolved as far as possible. `value` is the whole document, root key included;
    `entries` are its entries where somebody has walked it already."""
    resolver = Resolver(value)
    for entry in walk.entries(value) if entries is None else entries:
        key, text = entry.key, entry.value
        if not key.endswith("Ref") or entry.named_by_user:
            continue
        if key in TARGETS and (text is None or isinstance(text, int | float)):
            text = "" if text is None else str(text)  # written, but no reference
        if key in TARGETS and _is_no_reference(key, text):
            text = ""
        if isinstance(text, str) and is_reference(key, text):
            path = entry.path
            yield Reference(path, key, text, resolver.resolve(path[:-1], text))


def _is_no_reference(field: str, value: Any) -> bool:
    """True for a container where a reference should be. A target may be worked out by an expression: UNVERIFIED, so it
    is let; a start is written out."""
    is_worked_out = isinstance(value, Mapping) and not value.keys().isdisjoint(("exp", "var"))
    return isinstance(value, Mapping | list) and (field == "startUpRef" or not is_worked_out)


def of(flow: ArchyFlow) -> Sequence[Reference]:
    """The references of a flow, found once for all who ask."""
    return flow.once(_of)


def _of(flow: ArchyFlow) -> Sequence[Reference]:
    return tuple(find(flow.document.value, flow.entries))


def is_reference(field: str, text: str) -> bool:
    """True for text of a known field, and of any other `*Ref` that has the look of one."""
    return field in TARGETS or text.startswith("/") or bool(_EXTERNAL.match(text))


def absolute(value: Mapping[str, Any], path: Path) -> str:
    """The reference that means the object at `path`: `/inboundCall/menus/menu[Main_10]`."""
    parts: list[str] = []
    for number, step in enumerate(path):
        if isinstance(step, int):
            continue
        if number and isinstance(path[number - 1], int):
            body = walk.get(value, path[: number + 1])
            ref_id = body.get("refId") if isinstance(body, Mapping) else None
            parts.append(f"{step}[{path[number - 1] if ref_id is None else ref_id}]")
        else:
            parts.append(step)
    return "/" + "/".join(parts)


class Resolver:
    """Follows references of one document. A list is indexed once, so that many references into it are cheap."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value
        self._lists: dict[int, dict[tuple[str, str | None], int]] = {}

    def resolve(self, holder: Path, text: str) -> Path | None:
        """The path of the object that `text`, written in the object at `holder`, stands for."""
        if text.startswith("/"):
            return self._follow((), text[1:])
        if text == "." or text.startswith("./"):
            return self._follow(holder, text[2:])
        climb = _UPS.match(text)
        if climb is None:
            return None
        ups, rest = text.count("..", 0, climb.end()), text[climb.end() :]
        for levels in _levels(self._value, holder) if ups <= len(holder) else ():
            if ups < len(levels) and (found := self._follow(levels[-1 - ups], rest)) is not None:
                return found
        return None

    def _follow(self, start: Path, text: str) -> Path | None:
        path, here = start, walk.get(self._value, start)
        position = 0
        while position < len(text):
            segment = SEGMENT.match(text, position)
            if segment is None:
                return None
            position = segment.end()
            name, ref_id = segment.group(1), segment.group(2)
            if ref_id is None:
                if not isinstance(here, Mapping) or name not in here:
                    return None
                path, here = (*path, name), here[name]
            else:
                number = self._index(here).get((name, ref_id)) if isinstance(here, list) else None
                if number is None:
                    return None
                path, here = (*path, number, name), here[number][name]
        return path

    def _index(self, listed: list[Any]) -> dict[tuple[str, str | None], int]:
        index = self._lists.get(id(listed))
        if index is None:
            index = self._lists[id(listed)] = {}
            for item in walk.tagged(listed, ()):
                if isinstance(number := item.path[0], int):
                    index.setdefault((item.tag, item.ref_id), number)
        return index


def _levels(value: Mapping[str, Any], holder: Path) -> Iterable[list[Path]]:
    """What `..` may step through, outermost first. Whether Archy counts a list, or a list's item apart from its body,
    as a level is UNVERIFIED, so every reading is tried, the written form of references first."""
    every = [holder[:number] for number in range(len(holder) + 1)]
    as_written = [path for path in every if not path or not isinstance(path[-1], int)]
    objects = [path for path in as_written if isinstance(walk.get(value, path), Mapping)]
    return as_written, objects, every
