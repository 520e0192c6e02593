"""Names and ids of one organisation, remembered for one pass.

Flows and prompts are learned from the lists that a pass makes anyway; queues, schedule groups, emergency groups, users,
groups and divisions are looked up when first asked for. `begin_pass` forgets everything. An unknown name is None here
and a problem at the caller; two objects with one name are an error, because choosing one would be a guess.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from reconciler.errors import Ambiguous
from reconciler.genesys import flows, lookups, prompts
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.model.resource import External

FLOW, PROMPT, QUEUE, SCHEDULE_GROUP = "Flow", "Prompt", "Queue", "ScheduleGroup"
EMERGENCY_GROUP = "EmergencyGroup"
DIVISION, USER, GROUP = "Division", "User", "Group"


@dataclass(frozen=True, slots=True)
class Named:
    id: str
    name: str
    type: str = ""
    """For flows the Archy root key."""


@dataclass(slots=True)
class _Shelf:
    """What is known of one kind. `whole` when a list of all of them was read in this pass."""

    whole: bool = False
    things: dict[str, Named] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Names that were searched for one by one and need no second search."""
    busy: anyio.Lock = field(default_factory=anyio.Lock)


class Names:
    def __init__(self, *, client: Client) -> None:
        self._client = client
        self._shelves: dict[str, _Shelf] = {}

    def begin_pass(self) -> None:
        """Forget everything: each pass sees the organisation afresh."""
        self._shelves.clear()

    @asynccontextmanager
    async def listing(self, kind: str) -> AsyncIterator[Callable[[Iterable[Named]], None]]:
        """Hold the kind while its list is read; whoever needs its names waits instead of reading it a second time."""
        shelf = self._shelf(kind)

        def fill(things: Iterable[Named]) -> None:
            shelf.things = {thing.id: thing for thing in things}
            shelf.whole = True

        async with shelf.busy:
            yield fill

    def learn(self, kind: str, thing: Named) -> None:
        """An object that we have just made, renamed or looked up."""
        self._shelf(kind).things[thing.id] = thing

    def forget(self, kind: str, id: str) -> None:
        self._shelf(kind).things.pop(id, None)

    async def id_of(self, kind: str, name: str, *, type: str = "") -> str | None:
        """The id behind a name. Raises Ambiguous when several objects carry it."""
        found = await self._find(kind, name, type)
        if len(found) > 1:
            ids = ", ".join(sorted(thing.id for thing in found))
            raise Ambiguous(
                f"{kind} {name!r} is ambiguous: {len(found)} of them carry this name on the platform ({ids}). "
                "Rename all but one."
            )
        return found[0].id if found else None

    async def name_of(self, kind: str, id: str) -> str | None:
        shelf = self._shelf(kind)
        if id not in shelf.things:
            await self._complete(kind, shelf)
        thing = shelf.things.get(id)
        return thing.name if thing is not None else None

    async def absent(self, externals: Sequence[External]) -> list[External]:
        """Those of the references that the platform does not know, in the given order; raises on ambiguous names."""
        missing = []
        for external in externals:
            if external.kind == FLOW and not external.type:
                known = bool(await self._find(FLOW, external.name, ""))
            else:
                known = await self.id_of(external.kind, external.name, type=external.type) is not None
            if not known:
                missing.append(external)
        return missing

    async def _find(self, kind: str, name: str, type: str) -> list[Named]:
        shelf = self._shelf(kind)
        found = _matching(shelf, name, type)
        if not found and not shelf.whole:
            await self._complete(kind, shelf)
            found = _matching(shelf, name, type)
        if not found and name not in shelf.asked:
            await self._search(kind, name, shelf)
            found = _matching(shelf, name, type)
        return found

    async def _complete(self, kind: str, shelf: _Shelf) -> None:
        """Read the whole list of the kind, once per pass."""
        load = _LISTS.get(kind)
        if load is None:
            return
        async with shelf.busy:
            if not shelf.whole:
                shelf.things |= {row["id"]: named(kind, row) for row in await load(self._client)}
                shelf.whole = True

    async def _search(self, kind: str, name: str, shelf: _Shelf) -> None:
        """Ask for one name, once per pass: users and groups are too many to list, and lists lag behind creations."""
        search = _SEARCHES.get(kind)
        if search is None:
            return
        async with shelf.busy:
            if name not in shelf.asked:
                rows = [named(kind, row) for row in await search(self._client, name)]
                shelf.things |= {thing.id: thing for thing in rows}
                shelf.asked.add(name)

    def _shelf(self, kind: str) -> _Shelf:
        return self._shelves.setdefault(kind, _Shelf())


def named(kind: str, row: Row) -> Named:
    """A list row as a name."""
    type = flows.root_key(row) if kind == FLOW else ""
    return Named(str(row["id"]), str(row.get("name") or ""), type)


def _matching(shelf: _Shelf, name: str, type: str) -> list[Named]:
    return [thing for thing in shelf.things.values() if thing.name == name and (not type or thing.type == type)]


async def _users(client: Client, name: str) -> list[Row]:
    rows = await lookups.users_named(client, name)
    if "@" not in name:
        return rows
    return [{**row, "name": name} for row in rows if str(row.get("email", "")).lower() == name.lower()]


_LISTS: dict[str, Callable[[Client], Awaitable[list[Row]]]] = {
    FLOW: flows.everything,
    PROMPT: prompts.everything,
    QUEUE: lookups.queues,
    SCHEDULE_GROUP: lookups.schedule_groups,
    EMERGENCY_GROUP: lookups.emergency_groups,
    DIVISION: lookups.divisions,
}
_SEARCHES: dict[str, Callable[[Client, str], Awaitable[list[Row]]]] = {
    QUEUE: lookups.queues_named,
    USER: _users,
    GROUP: lookups.groups_named,
}
