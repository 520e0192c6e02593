"""Findings for references that mean nothing, or something of another kind than they may, and for missing starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from reconciler.architect import references, walk
from reconciler.architect.flow import ROOT_KEYS, ArchyFlow
from reconciler.architect.references import Reference
from reconciler.architect.walk import Path
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem

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

_SHOWN: Final = 5
_COMPARED_MAX: Final = 100
_OFFERED_MAX: Final = 100
"""Targets that a broken reference is compared with, and broken ones that are compared: it takes time."""
_TEXT_MAX: Final = 200


def integrity(flow: ArchyFlow) -> tuple[int, int]:
    """How many references of the flow mean something of the right kind, and how many there are. A start that is missing
    counts as a broken one."""
    total = len(references.of(flow))
    broken = sum(_defect(reference) is not None for reference in references.of(flow))
    absent = _lacks_start(flow)
    return total - broken, total + absent


def _lacks_start(flow: ArchyFlow) -> bool:
    return flow.type in STARTS_AT_REFERENCE and "startUpRef" not in flow.body


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """Findings for every reference that cannot be followed, at the place where it is written."""
    broken = ((one, defect) for one in references.of(flow) if (defect := _defect(one)) is not None)
    for number, (reference, defect) in enumerate(broken):
        compared_max = _COMPARED_MAX if number < _OFFERED_MAX else 0
        yield _problem(flow, reference, defect, compared_max)
    if _lacks_start(flow):
        wanted = STARTS.get(flow.type, references.TARGETS["startUpRef"])
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
    return references.TARGETS.get(reference.field, frozenset())


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
    last = list(references.SEGMENT.finditer(text))
    sought = (last[-1].group(2) or last[-1].group(1)) if last else text
    known = {item.ref_id: item for item in _candidates(flow, wanted, within)[:compared_max] if item.ref_id}
    if likely := nearest(sought, known):
        return f'Did you mean "{references.absolute(flow.document.value, known[likely].path)}"?'
    return _choices(flow, wanted, within)


def _choices(flow: ArchyFlow, wanted: frozenset[str], within: Path | None = None) -> str:
    known = _candidates(flow, wanted, within)
    if not known:
        return "Give the object a `refId` and use it in brackets: `/…/menu[main]`."
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    shown = ", ".join(references.absolute(flow.document.value, item.path) for item in known[:_SHOWN])
    return f"There are: {shown}{more}."


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
