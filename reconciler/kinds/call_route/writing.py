"""One call route being written: whole objects, each with the version just read, at most 50 new numbers at a time.

A stale version makes us read again and go on only when what we planned against is unchanged. Numbers that another
route gave up a moment ago may still be refused, so those are tried again [official provider].
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Conflicted, ProviderError, Rejected
from reconciler.genesys import names, routes
from reconciler.genesys.looking import is_deleted
from reconciler.genesys.names import Names
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend
from reconciler.genesys.wire.client import Client
from reconciler.kinds.call_route import listed
from reconciler.model.identity import Key
from reconciler.model.resource import Spec

RELEASED_SECONDS = 60.0
"""How long a number given up by us is expected to be refused elsewhere."""


@dataclass(slots=True)
class Releases:
    """Numbers that our own writes have freed, with the moment."""

    moments: dict[str, float] = field(default_factory=dict)

    def note(self, before: Row | None, after: Row | None, now: float) -> None:
        gone = set(listed.numbers_of(before or {})) - set(listed.numbers_of(after or {}))
        self.moments |= dict.fromkeys(gone, now)

    def are_fresh(self, numbers: set[str], now: float) -> bool:
        return any(now - self.moments[number] <= RELEASED_SECONDS for number in numbers if number in self.moments)


@dataclass
class Writing:
    """Brings one route to `spec`. `announce` runs before every request that changes something."""

    client: Client
    names: Names
    releases: Releases
    key: Key
    spec: Spec
    announce: BeforeSend
    payload: str = ""
    """SHA-256 of the last body that the platform took."""

    async def create(self, *, division: str | None) -> Row:
        """The new route with its first numbers; `bring` adds the rest."""
        numbers = listed.next_numbers(wanted=self.spec["dnis"], have=[], at_once=self.client.settings.numbers_per_write)
        body = listed.body(name=self.key.name, spec=self.spec, ids=await self._ids(), numbers=numbers, current=None)
        if division is not None:
            body["division"] = {"id": division}
        return await self._patiently(body, id=None, before=None)

    async def bring(self, row: Row, *, planned: Spec, planned_key: Key) -> Row:
        """Write until the route is as wanted, as long as nobody else changes what the plan was made for."""
        ids = await self._ids()
        stale = 0
        while True:
            if is_deleted(row):
                raise Conflicted(f"{self.key} was deleted on the platform after the plan was made.")
            now = await spec_of(self.names, row)
            if now == self.spec and row.get("name") == self.key.name:
                return row
            if now != planned or row.get("name") != planned_key.name:
                raise Conflicted(
                    f"{planned_key} was changed on the platform since the plan; the next pass decides anew."
                )
            try:
                row = await self._put(row, ids)
            except Conflicted:
                stale += 1
                if stale >= self.client.settings.stale_tries_max:
                    raise
                row = await routes.get(self.client, str(row["id"]))
                continue
            planned, planned_key = await spec_of(self.names, row), self.key
            if not set(self.spec["dnis"]) - set(listed.numbers_of(row)):
                return row
            await self.client.clock.sleep(self.client.settings.numbers_pause_seconds)

    async def _put(self, row: Row, ids: Mapping[str, str]) -> Row:
        settings = self.client.settings
        numbers = listed.next_numbers(
            wanted=self.spec["dnis"], have=listed.numbers_of(row), at_once=settings.numbers_per_write
        )
        body = listed.body(name=self.key.name, spec=self.spec, ids=ids, numbers=numbers, current=row)
        return await self._patiently(body, id=str(row["id"]), before=row)

    async def _patiently(self, body: dict[str, Any], *, id: str | None, before: Row | None) -> Row:
        settings, clock = self.client.settings, self.client.clock
        for attempt in range(1, settings.numbers_tries_max + 1):
            try:
                row = await self._send(body, id)
            except Rejected as error:
                taken = listed.numbers_in(error.message) & set(body["dnis"])
                last = attempt == settings.numbers_tries_max
                if last or not self.releases.are_fresh(taken, clock.monotonic()):
                    raise self._explained(error, taken) from error
                await clock.sleep(settings.numbers_pause_seconds)
            else:
                self.releases.note(before, row, clock.monotonic())
                content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
                self.payload = hashlib.sha256(content).hexdigest()
                return row
        raise AssertionError("unreachable")

    async def _send(self, body: dict[str, Any], id: str | None) -> Row:
        if id is None:
            return await routes.create(self.client, body, before_send=self.announce)
        return await routes.replace(self.client, id, body, before_send=self.announce)

    def _explained(self, error: Rejected, taken: set[str]) -> ProviderError:
        if not taken:
            return error
        listing = ", ".join(sorted(taken))
        return Rejected(
            f"{self.key}: the platform does not give it {listing}. A number must be in a DID pool and belong to no "
            f"other route, user or phone; free it there first. {error.message}",
            method=error.method,
            path=error.path,
            status=error.status,
            code=error.code,
            correlation_id=error.correlation_id,
        )

    async def _ids(self) -> dict[str, str]:
        """Platform ids for the names the route refers to. Raises Rejected for a name that is unknown or ambiguous."""
        found = {}
        for word in listed.REFERENCES:
            name = self.spec.get(word)
            if name is None:
                continue
            is_flow = word in listed.FLOWS
            kind = names.FLOW if is_flow else names.SCHEDULE_GROUP
            id = await self.names.id_of(kind, name, type="inboundCall" if is_flow else "")
            if id is None:
                what = "inbound call flow" if is_flow else "schedule group"
                raise Rejected(
                    f"{self.key}: the platform has no {what} {name!r}. Create it first, or correct the name."
                )
            found[word] = id
        return found


async def spec_of(known: Names, row: Row) -> Spec:
    """The row in normal form, with names looked up where the platform gives ids alone."""
    found = {}
    for id, word in listed.unnamed(row).items():
        name = await known.name_of(names.FLOW if word in listed.FLOWS else names.SCHEDULE_GROUP, id)
        if name is not None:
            found[id] = name
    return listed.spec_of(row, found)
