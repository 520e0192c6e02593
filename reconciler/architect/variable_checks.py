"""Variables that are declared twice, read or written and declared nowhere in the flow, or that nobody mentions.

An undeclared one is a warning, not an error: how the engine words its refusal is UNVERIFIED, and old exports bind
outputs to names they do not declare. Slots of bots are declared with their entities and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from reconciler.architect import expressions, walk
from reconciler.architect.flow import ArchyFlow
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem, Severity

SCOPES: Final = frozenset({"flow", "task", "state", "common"})

_MENTION: Final = re.compile(r"(?<![a-z])[a-z]++\.\w+")
_COMPARED_MAX: Final = 100
_OFFERED_MAX: Final = 20
"""Declared variables that an undeclared one is compared with, and undeclared ones that are compared: it takes time."""

BUILT_IN: Final = frozenset(
    {"flow.holdprompt", "flow.version", "flow.istest", "flow.startdatetimeutc", "flow.name", "flow.id"}
)
"""Variables of every flow, lower-cased. `Flow.HoldPrompt` is in real in-queue flows; the others: UNVERIFIED."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """An error for each second declaration, a warning for each undeclared variable, where it is first used, and for
    each that is of no use."""
    yield from _twice(flow)
    yield from _undeclared(flow)
    yield from _unused(flow)


def _twice(flow: ArchyFlow) -> Iterator[Problem]:
    """One name twice in one list, whatever the types. Expressions do not mind case, so neither may names."""
    for entry in flow.having("variables", "startUpTaskVariables"):
        first: dict[str, walk.Item] = {}
        for item in walk.tagged(entry.value, entry.path):
            other = first.setdefault(item.name.lower(), item) if item.name else item
            if other is not item:
                line = flow.at((*other.path, "name")).line
                message = f"the variable `{item.name}` is declared already, as {other.tag} on line {line}."
                yield Problem(flow.at((*item.path, "name")), "REC1453", message, "Remove or rename one of them.")


def _undeclared(flow: ArchyFlow) -> Iterator[Problem]:
    declared = _declared(flow)
    compared = list(islice(declared, _COMPARED_MAX))
    told: set[str] = set()
    for entry, name in _used(flow):
        scope, _, rest = name.partition(".")
        variable = f"{scope}.{rest.partition('.')[0]}"
        folded = variable.lower()
        if scope.lower() not in SCOPES or not rest or folded in told or folded in declared or folded in BUILT_IN:
            continue
        told.add(folded)
        likely = nearest(folded, compared) if len(told) <= _OFFERED_MAX else None
        remedy = f"Did you mean `{declared[likely]}`?" if likely else "Declare it under `variables`."
        message = f"the variable `{variable}` is not declared in this flow."
        yield Problem(flow.at(entry.path), "REC1447", message, remedy, Severity.WARNING)


def _unused(flow: ArchyFlow) -> Iterator[Problem]:
    """Anything that could mention a variable counts as a use, so that nobody takes away what is needed."""
    lists = [entry for entry in flow.having("variables", "startUpTaskVariables") if isinstance(entry.value, list)]
    if not lists:
        return
    own = {id(item.body) for entry in lists for item in walk.tagged(entry.value, ())}
    mentioned: set[str] = set()
    for entry in flow.entries:
        if type(entry.value) is str and "." in entry.value and id(entry.holder) not in own:
            mentioned.update(_MENTION.findall(entry.value.lower()))
        if "." in entry.key:
            mentioned.add(entry.key.lower())
    for entry in lists:
        for item in walk.tagged(entry.value, entry.path):
            is_shared = item.body.get("isInput") is True or item.body.get("isOutput") is True
            name = (item.name or "").lower()
            if not is_shared and _MENTION.fullmatch(name) and name not in mentioned:
                message = f"nothing uses the variable `{item.name}`."
                place = flow.at((*item.path, "name"))
                yield Problem(place, "REC1451", message, "Remove it, or use it.", Severity.WARNING)


def _declared(flow: ArchyFlow) -> dict[str, str]:
    """Names by their lower-cased form: expressions do not mind case."""
    names: dict[str, str] = {}
    for entry in flow.having("variables", "startUpTaskVariables"):
        for item in walk.tagged(entry.value, ()):
            if item.name:
                names[item.name.lower()] = item.name
    return names


def _used(flow: ArchyFlow) -> Iterator[tuple[walk.Entry, str]]:
    for entry in flow.entries:
        key, value = entry.key, entry.value
        if type(value) is not str:
            continue
        if key == "exp":
            if "." in value:
                for name in expressions.variables(value):
                    yield entry, name
        elif key == "var" or (key == "variable" and not entry.named_by_user):
            yield entry, value
