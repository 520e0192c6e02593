"""References inside a flow: which object a `*Ref` means, and findings for those that mean nothing.

Three forms are resolved: absolute (`/inboundCall/menus/menu[main]`), relative to the object that holds the reference
(`./choices/menuTask[sales]`), and by parents (`../..`). refIds compare exactly [Genesys docs, Archy references].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.flow import ROOT_KEYS, ArchyFlow
from reconciler.architect.walk import Path
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem

TARGETS: Final[Mapping[str, frozenset[str]]] = {
    "startUpRef": frozenset({"menu", "task", "state", "bot"}),
    "targetTaskRef": frozenset({"task"}),
    "targetMenuRef": frozenset({"menu", "menuSubMenu"}),
    "targetStateRef": frozenset({"state"}),
    "defaultChildMenuRef": frozenset(),  # any choice of the menu that holds it
}
"""Fields that hold references, and what they may point at."""

STARTS_AT_REFERENCE: Final = ROOT_KEYS.keys() - {"inqueueCall", "inqueueEmail", "inqueueShortMessage", "commonModule"}
"""Flow types that cannot start without `startUpRef`."""

_SEGMENT: Final = re.compile(r"([^/\[\]]+)(?:\[(.*?)\])?(?:/|\Z)")
_EXTERNAL: Final = re.compile(r"[^\[]*#/")
_SHOWN: Final = 5


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
    for entry in walk.entries(value) if entries is None else entries:
        key, text = entry.key, entry.value
        if not key.endswith("Ref") or entry.named_by_user:
            continue
        if key in TARGETS and (text is None or isinstance(text, int | float)):
            text = "" if text is None else str(text)  # written, but no reference
        if isinstance(text, str) and is_reference(key, text):
            path = entry.path
            yield Reference(path, key, text, resolve(value, path[:-1], text))


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
    total = sum(1 for _ in find(flow.document.value, flow.entries))
    broken = check(flow)
    absent = sum(problem.code == "REC1413" for problem in broken)
    return total + absent - len(broken), total + absent


def check(flow: ArchyFlow) -> list[Problem]:
    """Findings for every reference that cannot be followed, at the place where it is written."""
    value = flow.document.value
    problems = [problem for reference in find(value, flow.entries) if (problem := _check_one(flow, reference))]
    if flow.type in STARTS_AT_REFERENCE and "startUpRef" not in flow.body:
        remedy = "Point it at the first menu, task or state; " + _choices(value, TARGETS["startUpRef"])
        place = flow.at((flow.type,), key=True)
        problems.append(Problem(place, "REC1413", f"`{flow.type}` has no startUpRef, so it cannot start.", remedy))
    return problems


def _check_one(flow: ArchyFlow, reference: Reference) -> Problem | None:
    place, text = flow.at(reference.path), reference.text
    value = flow.document.value
    if reference.is_external:
        message = f'`{reference.field}` points into another file ("{text}"), and other files are not inlined here.'
        return Problem(place, "REC1412", message, "Run `archy preprocess` and commit its output as YAML.")
    wanted = TARGETS.get(reference.field, frozenset())
    is_default = reference.field == "defaultChildMenuRef"
    own_choices = (*reference.path[:-1], "choices")
    if reference.target is None:
        message = f'`{reference.field}` points at "{text}", which is not in this file.'
        within = own_choices if is_default else None
        return Problem(place, "REC1410", message, _remedy(value, text, wanted, within))
    if is_default and reference.target[:-2] != own_choices:
        message = f'`{reference.field}` points at "{text}", which is no choice of this menu.'
        return Problem(place, "REC1411", message, _choices(value, wanted, own_choices))
    kind = reference.target[-1] if reference.target else "whole document"
    if wanted and kind not in wanted:
        message = f'`{reference.field}` points at "{text}", a {kind}.'
        return Problem(
            place, "REC1411", message, f"Point it at a {' or '.join(sorted(wanted))}; " + _choices(value, wanted)
        )
    return None


def _remedy(value: Mapping[str, Any], text: str, wanted: frozenset[str], within: Path | None) -> str:
    """Names the reference most like the broken one."""
    last = list(_SEGMENT.finditer(text))
    sought = (last[-1].group(2) or last[-1].group(1)) if last else text
    known = {item.ref_id: absolute(value, item.path) for item in _candidates(value, wanted, within) if item.ref_id}
    if likely := nearest(sought, known):
        return f'Did you mean "{known[likely]}"?'
    return _choices(value, wanted, within)


def _choices(value: Mapping[str, Any], wanted: frozenset[str], within: Path | None = None) -> str:
    known = [absolute(value, item.path) for item in _candidates(value, wanted, within) if item.ref_id]
    if not known:
        return "give the object a `refId` and use it in brackets: `/…/menu[main]`."
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return "there are: " + ", ".join(known[:_SHOWN]) + more + "."


def _candidates(value: Mapping[str, Any], wanted: frozenset[str], within: Path | None) -> Iterator[walk.Item]:
    for item in walk.items(value):
        if (not wanted or item.tag in wanted) and (within is None or item.within == within):
            yield item


def resolve(value: Mapping[str, Any], holder: Path, text: str) -> Path | None:
    """The path of the object that `text`, written in the object at `holder`, stands for."""
    if text.startswith("/"):
        return _follow(value, (), text[1:])
    if text == "." or text.startswith("./"):
        return _follow(value, holder, text[2:])
    ups = 0
    rest = text
    while rest == ".." or rest.startswith("../"):
        ups, rest = ups + 1, rest[3:]
    if not ups:
        return None
    for levels in _levels(value, holder):
        if ups < len(levels) and (found := _follow(value, levels[-1 - ups], rest)) is not None:
            return found
    return None


def _levels(value: Mapping[str, Any], holder: Path) -> Iterable[list[Path]]:
    """What `..` may step through, outermost first. Whether Archy counts a list, or a list's item apart from its body,
    as a level is UNVERIFIED, so every reading is tried, the written form of references first."""
    every = [holder[:number] for number in range(len(holder) + 1)]
    as_written = [path for path in every if not path or not isinstance(path[-1], int)]
    objects = [path for path in as_written if isinstance(walk.get(value, path), Mapping)]
    return as_written, objects, every


def _follow(value: Mapping[str, Any], start: Path, text: str) -> Path | None:
    path, here = start, walk.get(value, start)
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
            matches = [item for item in walk.tagged(here, path) if item.tag == name and item.ref_id == ref_id]
            if not matches:
                return None
            path, here = matches[0].path, matches[0].body
    return path
