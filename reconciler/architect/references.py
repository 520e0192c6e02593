"""References inside a flow: which object a `*Ref` means, and findings for those that mean nothing.

Three forms are resolved: absolute (`/inboundCall/menus/menu[main]`), relative to the object that holds the reference
(`./choices/menuTask[sales]`), and by parents (`../..`). refIds compare exactly [Genesys docs, Archy references].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.flow import ROOT_KEYS, ArchyFlow
from reconciler.architect.walk import Path
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem

TARGETS: Final[Mapping[str, frozenset[str]]] = {
    "startUpRef": frozenset({"menu", "task", "state", "bot"}),  # which of them, the flow's type says
    "targetTaskRef": frozenset({"task"}),
    "targetMenuRef": frozenset({"menu", "menuSubMenu"}),
    "targetStateRef": frozenset({"state"}),
    "defaultChildMenuRef": frozenset(),  # any choice of the menu that holds it
}
"""Fields that hold references, and what they may point at."""

STARTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("inboundCall", "outboundCall", "secureCall"), frozenset({"menu", "task"})),
    **dict.fromkeys(
        ("inboundEmail", "inboundShortMessage", "inboundChat", "workflow", "workitem", "surveyInvite"),
        frozenset({"state"}),
    ),
    **dict.fromkeys(("botFlow", "digitalBot"), frozenset({"bot"})),
}
"""What a flow of each type starts at, as every real export has it; other types are not judged."""

STARTS_AT_REFERENCE: Final = ROOT_KEYS.keys() - {"inqueueCall", "inqueueEmail", "inqueueShortMessage", "commonModule"}
"""Flow types that cannot start without `startUpRef`."""

_SEGMENT: Final = re.compile(r"([^/\[\]]+)(?:\[(.*?)\])?(?:/|\Z)")
_EXTERNAL: Final = re.compile(r"[^\[]*#/")
_UPS: Final = re.compile(r"(?:\.\./)*(?:\.\./|\.\.\Z)")
_SHOWN: Final = 5
_COMPARED_MAX: Final = 100
_OFFERED_MAX: Final = 100
"""Targets that a broken reference is compared with, and broken ones that are compared: it takes time."""
_TEXT_MAX: Final = 200


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


def integrity(flow: ArchyFlow) -> tuple[int, int]:
    """How many references of the flow mean something of the right kind, and how many there are. A start that is missing
    counts as a broken one."""
    total = len(of(flow))
    broken = sum(_defect(reference) is not None for reference in of(flow))
    absent = _lacks_start(flow)
    return total - broken, total + absent


def _lacks_start(flow: ArchyFlow) -> bool:
    return flow.type in STARTS_AT_REFERENCE and "startUpRef" not in flow.body


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """Findings for every reference that cannot be followed, at the place where it is written."""
    broken = ((one, defect) for one in of(flow) if (defect := _defect(one)) is not None)
    for number, (reference, defect) in enumerate(broken):
        compared_max = _COMPARED_MAX if number < _OFFERED_MAX else 0
        yield _problem(flow, reference, defect, compared_max)
    if _lacks_start(flow):
        wanted = STARTS.get(flow.type, TARGETS["startUpRef"])
        remedy = f"Point it at the first {' or '.join(sorted(wanted))}. {_choices(flow, wanted)}"
        place = flow.at((flow.type,), key=True)
        yield Problem(place, "REC1413", f"`{flow.type}` has no startUpRef, so it cannot start.", remedy)


class _Defect(Enum):
    ELSEWHERE = "REC1412"
    NOWHERE = "REC1410"
    FOREIGN_CHOICE = "REC1411 choice"
    WRONG_KIND = "REC1411"


def _defect(reference: Reference) -> _Defect | None:
    if reference.is_external:
        return _Defect.ELSEWHERE
    if reference.target is None:
        return _Defect.NOWHERE
    if reference.field == "defaultChildMenuRef" and reference.target[:-2] != (*reference.path[:-1], "choices"):
        return _Defect.FOREIGN_CHOICE
    wanted = _wanted(reference)
    return _Defect.WRONG_KIND if wanted and _kind(reference) not in wanted else None


def _wanted(reference: Reference) -> frozenset[str]:
    """The kinds of object that this reference may mean; empty when any will do."""
    if reference.field == "startUpRef" and len(reference.path) == 2 and reference.path[0] in STARTS:
        return STARTS[str(reference.path[0])]
    return TARGETS.get(reference.field, frozenset())


def _kind(reference: Reference) -> str:
    return str(reference.target[-1]) if reference.target else "whole document"


def _problem(flow: ArchyFlow, reference: Reference, defect: _Defect, compared_max: int) -> Problem:
    place, text = flow.at(reference.path), _short(reference.text)
    wanted = _wanted(reference)
    own_choices = (*reference.path[:-1], "choices")
    match defect:
        case _Defect.ELSEWHERE:
            message = f'`{reference.field}` points into another file ("{text}"), and other files are not inlined here.'
            return Problem(place, "REC1412", message, "Run `archy preprocess` and commit its output as YAML.")
        case _Defect.NOWHERE:
            message = f"`{reference.field}` points at nothing."
            if text:
                message = f'`{reference.field}` points at "{text}", which is not in this file.'
            within = own_choices if reference.field == "defaultChildMenuRef" else None
            return Problem(place, "REC1410", message, _remedy(flow, reference, wanted, within, compared_max))
        case _Defect.FOREIGN_CHOICE:
            message = f'`{reference.field}` points at "{text}", which is no choice of this menu.'
            return Problem(place, "REC1411", message, _choices(flow, wanted, own_choices))
        case _Defect.WRONG_KIND:
            message = f'`{reference.field}` points at "{text}", a {_kind(reference)}.'
            remedy = f"Point it at a {' or '.join(sorted(wanted))}. {_choices(flow, wanted)}"
            return Problem(place, "REC1411", message, remedy)


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def _remedy(
    flow: ArchyFlow, reference: Reference, wanted: frozenset[str], within: Path | None, compared_max: int
) -> str:
    """Names the reference most like the broken one, among so many of those that are there."""
    if not compared_max:
        return "Point it at something in this file."
    text = reference.text[-_TEXT_MAX:]
    last = list(_SEGMENT.finditer(text))
    sought = (last[-1].group(2) or last[-1].group(1)) if last else text
    known = {item.ref_id: item for item in _candidates(flow, wanted, within)[:compared_max] if item.ref_id}
    if likely := nearest(sought, known):
        return f'Did you mean "{absolute(flow.document.value, known[likely].path)}"?'
    return _choices(flow, wanted, within)


def _choices(flow: ArchyFlow, wanted: frozenset[str], within: Path | None = None) -> str:
    known = _candidates(flow, wanted, within)
    if not known:
        return "Give the object a `refId` and use it in brackets: `/…/menu[main]`."
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return "There are: " + ", ".join(absolute(flow.document.value, item.path) for item in known[:_SHOWN]) + more + "."


def _candidates(flow: ArchyFlow, wanted: frozenset[str], within: Path | None) -> list[walk.Item]:
    return [
        item
        for item in flow.once(_named)
        if (not wanted or item.tag in wanted) and (within is None or item.within == within)
    ]


def _named(flow: ArchyFlow) -> list[walk.Item]:
    """Every object that a reference could mean."""
    lists = (entry for entry in flow.entries if type(entry.value) is list)
    return [item for entry in lists for item in walk.tagged(entry.value, entry.path) if item.ref_id]


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
            segment = _SEGMENT.match(text, position)
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
