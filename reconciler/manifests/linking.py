"""Joining what was declared one by one: identities, references by name, cycles, who uses what. Pure.

A reference to something declared here becomes an edge of the dependency graph; any other stays external and is looked
up on the platform before the first write.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.core import ordering, rings
from reconciler.documents.nearest import nearest
from reconciler.kinds.manifest import quoted, warning
from reconciler.manifests import speaking
from reconciler.model import identity
from reconciler.model.identity import Key
from reconciler.model.policy import CyclePolicy, Policy
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Desired, External

_TRANSFERABLE = frozenset(
    {"inboundCall", "outboundCall", "secureCall", "inboundShortMessage", "inboundEmail", "inboundChat"}
)
"""Flows that may transfer to each other. Rings of bots, modules or in-queue
flows never end well."""


@dataclass(frozen=True, slots=True)
class Explicit:
    """A `dependsOn` entry of the resource `key`."""

    key: Key
    written: str
    location: Location


class Judge(StrEnum):
    """Who has the last word on flows that need each other."""

    US = "us"
    """Nobody looks at the platform afterwards: a check offline."""
    PLAN = "plan"
    """A plan does, and it can tell the ones that exist from new ones."""


@dataclass(frozen=True, slots=True)
class Linked:
    resources: Mapping[Key, Desired]
    used_by: Mapping[Key, tuple[str, ...]]
    problems: tuple[Problem, ...]
    needed_at: Mapping[tuple[Key, Key], Location]
    """Where the first of two says that it needs the second."""


def link(declared: Iterable[Desired], explicit: Sequence[Explicit], policy: Policy, judge: Judge) -> Linked:
    """Everything declared, joined; problems are errors and warnings."""
    resources, problems = _identities(declared)
    problems += _renames(resources)
    problems += _numbers(resources)
    places: dict[tuple[Key, Key], Location] = {}
    linked = {key: _join(wanted, resources, places) for key, wanted in sorted(resources.items())}
    references = {key: wanted.depends_on for key, wanted in linked.items()}
    for entry in explicit:
        if entry.key in linked:
            problems += _add_explicit(entry, linked, places)
    problems += _contradictions(linked, references, places)
    problems += _cycles(references, places, linked, policy, judge)
    problems += speaking.check(linked, places)
    problems += _externals(linked)
    return Linked(linked, _used_by(linked), tuple(problems), places)


def _label(resource: Desired) -> str:
    """The manifest a person wrote."""
    return resource.declared_by or str(resource.key)


def _identities(declared: Iterable[Desired]) -> tuple[dict[Key, Desired], list[Problem]]:
    resources: dict[Key, Desired] = {}
    problems = []
    for wanted in sorted(declared, key=lambda item: (item.key, item.source)):
        first = resources.setdefault(wanted.key, wanted)
        if first is not wanted:
            origin = f" by {first.declared_by}" if first.declared_by else ""
            message = f"{wanted.key.label} is declared twice, first{origin} at {first.source}."
            problems.append(Problem(wanted.source, "REC1201", message, "Rename one of them, or remove it."))
    return resources, problems


def _renames(resources: Mapping[Key, Desired]) -> Iterable[Problem]:
    taken: dict[Key, Desired] = {}
    for key, wanted in resources.items():
        if wanted.renamed_from is None:
            continue
        old = replace(key, name=wanted.renamed_from)
        if old == key:
            message = f"{key} is renamed from its own name."
        elif old in resources:
            message = f"{key} is renamed from {old}, which is still declared at {resources[old].source}."
        elif old in taken:
            message = f"{key} and {taken[old].key} are both renamed from {old}."
        else:
            taken[old] = wanted
            continue
        yield Problem(wanted.source, "REC1206", message, "Correct or remove metadata.renamedFrom.")


def _numbers(resources: Mapping[Key, Desired]) -> Iterable[Problem]:
    """The platform gives a number to one route only [Genesys docs]."""
    owner: dict[str, Desired] = {}
    for wanted in resources.values():
        if wanted.key.kind != identity.CALL_ROUTE:
            continue
        for number in wanted.spec.get("dnis", ()):
            first = owner.setdefault(number, wanted)
            if first is not wanted:
                message = f"the number {number} is also on {_label(first)} at {first.source}."
                yield Problem(wanted.source, "REC1204", message, "Keep it on one of them.")


def _join(wanted: Desired, resources: Mapping[Key, Desired], places: dict[tuple[Key, Key], Location]) -> Desired:
    edges: set[Key] = set()
    externals: dict[tuple[str, str, str], External] = {}
    for reference in wanted.externals:
        targets = _declared(reference, resources)
        for target in targets:
            places.setdefault((wanted.key, target), reference.location)
        edges.update(targets)
        if not targets:
            externals.setdefault((reference.kind, reference.name, reference.type), reference)
    # A flow that transfers to itself starts over; it needs nothing that is not there.
    return replace(wanted, depends_on=frozenset(edges - {wanted.key}), externals=tuple(externals.values()))


def _declared(reference: External, resources: Mapping[Key, Desired]) -> list[Key]:
    if reference.kind == identity.FLOW and not reference.type:
        return [key for key in resources if key.kind == identity.FLOW and key.name == reference.name]
    key = Key(reference.kind, reference.name, reference.type)
    return [key] if key in resources else []


_WRITTEN = re.compile(r"(?P<kind>[A-Za-z]+)/(?P<name>.+?)(?: \((?P<type>[A-Za-z]+)\))?\Z")


def _add_explicit(
    entry: Explicit, linked: dict[Key, Desired], places: dict[tuple[Key, Key], Location]
) -> Iterable[Problem]:
    found = _WRITTEN.match(entry.written)
    targets = []
    if found is not None:
        targets = [
            key
            for key, wanted in linked.items()
            if (key.kind == found["kind"] and key.name == found["name"] and found["type"] in (None, key.type))
            or wanted.declared_by == entry.written
        ]
    if not targets:
        labels = sorted({str(key) for key in linked} | {_label(wanted) for wanted in linked.values()})
        guess = nearest(entry.written, labels)
        remedy = f"Did you mean {guess}?" if guess else "Write Kind/name of something declared here."
        yield Problem(
            entry.location, "REC1205", f"dependsOn names {quoted(entry.written)}, which nobody declares.", remedy
        )
        return
    for target in targets:
        places.setdefault((entry.key, target), entry.location)
    wanted = linked[entry.key]
    linked[entry.key] = replace(wanted, depends_on=wanted.depends_on | (frozenset(targets) - {entry.key}))


def _contradictions(
    linked: Mapping[Key, Desired],
    references: Mapping[Key, frozenset[Key]],
    places: Mapping[tuple[Key, Key], Location],
) -> Iterable[Problem]:
    """A `dependsOn` asks for an order; one that closes a ring asks for none that there is."""
    needs = {key: wanted.depends_on for key, wanted in linked.items()}
    for key in sorted(needs):
        for need in sorted(needs[key] - references[key]):
            if (back := ordering.way(need, key, needs)) is not None:
                message = f"dependsOn asks for {need} first, which needs this one: {rings.path([key, *back])}."
                yield Problem(places[key, need], "REC1203", message, "Take the entry out of dependsOn.")


def _cycles(
    references: Mapping[Key, frozenset[Key]],
    places: Mapping[tuple[Key, Key], Location],
    linked: Mapping[Key, Desired],
    policy: Policy,
    judge: Judge,
) -> Iterable[Problem]:
    for ring in ordering.cycles(references):
        place = places.get((ring[0], ring[1 % len(ring)]), linked[ring[0]].source)
        message = f"these need each other: {rings.path(ring)}."
        if not all(key.type in _TRANSFERABLE for key in ring):
            yield Problem(place, "REC1203", message, "Take one of the references out.")
        elif judge is Judge.US and policy.cycles is CyclePolicy.REFUSE:
            yield Problem(place, "REC1203", message, _ALLOW)
        else:
            yield warning(place, "REC1203", message, _ALLOWED[policy.cycles])


_ALLOW = (
    "Take one of the references out, or say in the Environment what holds: policy.cycles: existing when they are "
    "published already, stubs to have them created."
)
_ALLOWED = {
    CyclePolicy.REFUSE: "Those that exist may; new ones are refused.",
    CyclePolicy.EXISTING: "Those that exist may; new ones are held back. Move what they share into a third flow.",
    CyclePolicy.STUBS: "New ones are created with stubs, which are published over right after.",
}


def _externals(linked: Mapping[Key, Desired]) -> Iterable[Problem]:
    """One warning for each thing that is looked up, at the first place that names it."""
    first: dict[tuple[str, str, str], External] = {}
    for wanted in linked.values():
        for reference in wanted.externals:
            key = (reference.kind, reference.name, reference.type)
            known = first.get(key)
            if known is None or reference.location < known.location:
                first[key] = reference
    names: dict[str, set[str]] = defaultdict(set)
    for declared in linked:
        names[declared.kind].add(declared.name)
    for reference in first.values():
        kind = f"{reference.kind} {quoted(reference.name)}"
        message = f"{kind} is external, looked up at plan: no manifest declares it."
        yield warning(reference.location, "REC1202", message, _hint(reference, names, linked))


def _hint(reference: External, names: Mapping[str, set[str]], linked: Mapping[Key, Desired]) -> str:
    others = [key.type for key in linked if key.kind == reference.kind and key.name == reference.name]
    if others:
        return f"There is one of type {others[0]}; here it must be {reference.type}."
    guess = nearest(reference.name, names[reference.kind])
    return f"Did you mean {quoted(guess)}?" if guess else "If the platform lacks it, correct the name or declare it."


def _used_by(linked: Mapping[Key, Desired]) -> dict[Key, tuple[str, ...]]:
    users: dict[Key, set[str]] = {key: set() for key in linked}
    for wanted in linked.values():
        for target in wanted.depends_on:
            if _label(linked[target]) != _label(wanted):
                users[target].add(_label(wanted))
    return {key: tuple(sorted(labels)) for key, labels in users.items()}
