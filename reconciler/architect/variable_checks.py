"""Variables that are read or written and declared nowhere in the flow.

A warning, not an error: how the engine words its refusal is UNVERIFIED, and old exports bind outputs to names they do
not declare. Slots of bots are declared with their entities and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.architect import expressions, walk
from reconciler.architect.flow import ArchyFlow
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem, Severity

SCOPES: Final = frozenset({"flow", "task", "state", "common"})

BUILT_IN: Final = frozenset(
    {"flow.holdprompt", "flow.version", "flow.istest", "flow.startdatetimeutc", "flow.name", "flow.id"}
)
"""Variables of every flow, lower-cased. `Flow.HoldPrompt` is in real in-queue flows; the others: UNVERIFIED."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """A warning for each use of an undeclared variable, once per name."""
    declared = _declared(flow)
    told: set[str] = set()
    for entry, name in _used(flow):
        scope, _, rest = name.partition(".")
        variable = f"{scope}.{rest.partition('.')[0]}"
        folded = variable.lower()
        if scope.lower() not in SCOPES or not rest or folded in told or folded in declared or folded in BUILT_IN:
            continue
        told.add(folded)
        likely = nearest(folded, declared)
        remedy = f"Did you mean `{declared[likely]}`?" if likely else "Declare it under `variables`."
        message = f"the variable `{variable}` is not declared in this flow."
        yield Problem(flow.at(entry.path), "REC1447", message, remedy, Severity.WARNING)


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
