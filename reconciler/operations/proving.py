"""Whether what was exported holds: the files are loaded as a desired state and compared with what they came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from reconciler.core import diff, ordering
from reconciler.errors import DesiredStateError
from reconciler.model import identity
from reconciler.model.desired import DesiredState
from reconciler.model.export import Aside, Broken, Copy
from reconciler.model.identity import Key
from reconciler.model.problem import Problem
from reconciler.model.resource import External, Observed
from reconciler.ports import Platform

Load = Callable[[Mapping[str, bytes]], Awaitable[DesiredState]]
"""The desired state that files are part of. Raises DesiredStateError."""

EXTERNAL = "REC1202"
CYCLE = "REC1203"


async def load_back(
    copies: Sequence[Copy], compare: Mapping[str, diff.Compare], load: Load
) -> tuple[tuple[Problem, ...], list[Aside]]:
    """What our loader finds wrong with the files, and the objects that would not read back as they were read."""
    if not copies:
        return (), []
    try:
        desired = await load({path: content for copy in copies for path, content in copy.files.items()})
    except DesiredStateError as error:
        return _worth_telling(error.problems), []
    asides = []
    for copy in copies:
        want, live = desired.resources.get(copy.key), copy.have.spec
        if want is not None and live is not None:
            asides += [
                Aside(copy.key, f"{path} reads back otherwise than the platform has it.")
                for path, _, _ in compare[copy.key.kind](want.spec, live)
            ]
    return _worth_telling(desired.warnings), asides


def _worth_telling(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """External names are looked up in the organisation itself, and cycles are told as such."""
    return tuple(problem for problem in problems if problem.code not in (EXTERNAL, CYCLE))


async def broken(
    used: Mapping[Key, Sequence[External]], there: Sequence[Observed], platform: Platform
) -> tuple[Broken, ...]:
    """The references that lead nowhere, by user and name."""
    names = {(have.key.kind, have.key.name, type) for have in there for type in (have.key.type, "")}
    missing = [item for items in used.values() for item in items if item.kind not in (identity.FLOW, identity.PROMPT)]
    absent = {(item.kind, item.name) for item in await platform.absent(missing)} if missing else set()
    return tuple(
        Broken(user, item)
        for user, items in sorted(used.items())
        for item in sorted(items, key=lambda item: (item.kind, item.name))
        if (item.kind, item.name) in absent
        or (item.kind in (identity.FLOW, identity.PROMPT) and (item.kind, item.name, item.type) not in names)
    )


def cycles(used: Mapping[Key, Sequence[External]]) -> tuple[tuple[Key, ...], ...]:
    """Flows that need each other; a flow that transfers to itself starts over and needs nothing."""
    flows = [key for key in used if key.kind == identity.FLOW]
    graph = {
        key: frozenset(
            other
            for item in used[key]
            if item.kind == identity.FLOW
            for other in flows
            if other.name == item.name and item.type in ("", other.type) and other != key
        )
        for key in flows
    }
    return tuple(tuple(ring) for ring in ordering.cycles(graph))
