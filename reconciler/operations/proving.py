"""Whether what was exported holds: the files are loaded as a desired state and compared with what they came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core import diff, ordering
from reconciler.errors import Ambiguous, DesiredStateError, ProviderError, TransientError
from reconciler.model import identity
from reconciler.model.desired import DesiredState
from reconciler.model.export import Aside, Broken, Copy
from reconciler.model.identity import Key
from reconciler.model.problem import Problem
from reconciler.model.resource import External
from reconciler.operations.copying import There
from reconciler.ports import Platform

Load = Callable[[Mapping[str, bytes]], Awaitable[DesiredState]]
"""The desired state that files are part of. Raises DesiredStateError."""

Name = tuple[str, str, str]
"""Kind, name and type of a reference; an empty type for any."""

LISTED = (identity.FLOW, identity.PROMPT)
"""What an export lists anyway."""
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


@dataclass(frozen=True, slots=True)
class LookedUp:
    """`number` references have an answer, `broken` lead nowhere; `unanswered` says why there are others."""

    number: int
    broken: tuple[Broken, ...]
    unanswered: str = ""


async def look_up(used: Mapping[Key, Sequence[External]], there: There, platform: Platform) -> LookedUp:
    """What the organisation says to the names that objects use, each asked once. Never raises for trouble of the
    platform: what was exported is worth keeping without it."""
    names = {(have.key.kind, have.key.name, type) for have in there.objects for type in (have.key.type, "")}
    listed = {
        _name(item): None if (item.kind, item.name, item.type) in names else ""
        for item in _items(used)
        if item.kind in LISTED and item.kind not in there.unlisted
    }
    asked, unanswered = await _asked([item for item in _items(used) if item.kind not in LISTED], platform)
    found = listed | asked
    broken = tuple(
        Broken(user, item, why)
        for user, items in sorted(used.items())
        for item in sorted(items, key=lambda item: (item.kind, item.name))
        if (why := found.get(_name(item))) is not None
    )
    unlisted = [f"No {kind} was looked up." for kind in there.unlisted if any(i.kind == kind for i in _items(used))]
    return LookedUp(
        sum(_name(item) in found for item in _items(used)), broken, " ".join(filter(None, (*unlisted, unanswered)))
    )


async def _asked(items: Sequence[External], platform: Platform) -> tuple[dict[Name, str | None], str]:
    """For each name None when it is there, else why not (empty: plainly absent); and why some were not asked for."""
    found: dict[Name, str | None] = {}
    unasked: dict[str, str] = {}
    for item in items:
        if _name(item) in found or item.kind in unasked:
            continue
        try:
            found[_name(item)] = "" if await platform.absent([item]) else None
        except Ambiguous as error:
            found[_name(item)] = error.message
        except ProviderError as error:
            unasked[item.kind] = f"No {item.kind} was looked up. {error}"
            if isinstance(error, TransientError):
                others = sorted({one.kind for one in items if _name(one) not in found} - unasked.keys())
                unasked |= {kind: f"No {kind} was looked up then." for kind in others}
    return found, " ".join(unasked.values())


def _items(used: Mapping[Key, Sequence[External]]) -> list[External]:
    return [item for items in used.values() for item in items]


def _name(item: External) -> Name:
    return item.kind, item.name, item.type


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
