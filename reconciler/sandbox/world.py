"""The organisation behind the stand-in: entities, timers, audits, and what lists may already show.

Entities are replaced, never changed in place: `edit` gives a copy, `put` stores it. That makes rendered
bytes cacheable and lets a list show the past while list lag lasts. Work that ends later (a job, a transcode)
is a timer in the state; `settle` runs what is due at the start of each request, so no task ever waits.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import heapq
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox import audit_entries
from reconciler.sandbox.answers import Json, encode
from reconciler.sandbox.clock import Clock, iso
from reconciler.sandbox.options import Options

AUDITS_MAX = 20_000
PASSING_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an OAuth client (`user` false) or a person."""

    id: str
    name: str
    user: bool = False

    def ref(self) -> Json:
        where = "users" if self.user else "oauth/clients"
        return {"id": self.id, "name": self.name, "selfUri": f"/api/v2/{where}/{self.id}"}


Timer = Callable[["World", str], None]


class World:
    """One organisation in memory. `state` is the JSON that is kept in the file."""

    def __init__(self, state: Json, options: Options, clock: Clock) -> None:
        self.state, self.options, self.clock = state, options, clock
        self.on_timer: dict[str, Timer] = {}
        self.revision = 0
        self.transaction = ""
        """One id for everything that one request or one timer does; audit entries carry it."""
        self._past: dict[str, dict[str, list[tuple[float, Json | None]]]] = {}
        self._rendered: dict[tuple[str, str], tuple[Json, bytes]] = {}
        self._ordered: dict[str, tuple[int, list[Json]]] = {}
        self._kind_revision: dict[str, int] = {}

    def now(self) -> float:
        return self.clock.now()

    def after(self, seconds: float, name: str, key: str) -> None:
        """Remember to run the timer `name` with `key` once that many seconds have passed."""
        heapq.heappush(self.state["timers"], [self.now() + seconds, name, key])
        self.touch()

    def settle(self) -> None:
        """Run everything that is due."""
        timers, now = self.state["timers"], self.now()
        while timers and timers[0][0] <= now:
            _, name, key = heapq.heappop(timers)
            self.transaction = self.new_id()
            self.on_timer[name](self, key)
            self.touch()

    def touch(self) -> None:
        self.revision += 1

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def all(self, kind: str) -> Iterable[Json]:
        entities: dict[str, Json] = self.state[kind]
        return entities.values()

    def get(self, kind: str, id: str) -> Json | None:
        entity: Json | None = self.state[kind].get(id)
        return entity

    def by_name(self, kind: str, name: str) -> Json | None:
        """The entity with exactly that name, deleted ones aside."""
        return next((e for e in self.all(kind) if e["name"] == name and not is_deleted(e)), None)

    def edit(self, entity: Json) -> Json:
        """A copy that may be changed and then `put`."""
        return copy.deepcopy(entity)

    def put(self, kind: str, entity: Json) -> Json:
        self._remember(kind, entity["id"])
        self.state[kind][entity["id"]] = entity
        return entity

    def put_passing(self, kind: str, entity: Json) -> Json:
        """Store something nobody reads for long (a job); the oldest go when there are too many."""
        kept = self.state[kind]
        while len(kept) >= PASSING_MAX:
            kept.pop(next(iter(kept)))
        return self.put(kind, entity)

    def remove(self, kind: str, id: str) -> None:
        self._remember(kind, id)
        self.state[kind].pop(id, None)
        self._rendered.pop((kind, id), None)

    def _remember(self, kind: str, id: str) -> None:
        if self._lag() > 0:
            before = self.state[kind].get(id)
            self._past.setdefault(kind, {}).setdefault(id, []).append((self.now(), before))
        self._kind_revision[kind] = self._kind_revision.get(kind, 0) + 1
        self.touch()

    def forget_caches(self) -> None:
        """After the state was replaced from outside."""
        self._past.clear()
        self._rendered.clear()
        self._ordered.clear()
        self.touch()

    def listed(self, kind: str) -> list[Json]:
        """What a list shows now, sorted by name: the entities as they were some seconds ago, as list lag has it."""
        revision = self._kind_revision.get(kind, 0)
        lagging = self._lagging(kind)
        cached = self._ordered.get(kind)
        if not lagging and cached and cached[0] == revision:
            return cached[1]
        visible = {**self.state[kind], **lagging} if lagging else self.state[kind]
        ordered = sorted((e for e in visible.values() if e is not None), key=lambda e: (e["name"].lower(), e["id"]))
        if not lagging:
            self._ordered[kind] = (revision, ordered)
        return ordered

    def shown(self, kind: str, id: str) -> Json | None:
        """The entity as lists show it now."""
        lagging = self._lagging(kind)
        return lagging[id] if id in lagging else self.get(kind, id)

    def _lag(self) -> float:
        chosen = self.setting("listLagSeconds")
        return self.options.list_lag_seconds if chosen is None else float(chosen)

    def _lagging(self, kind: str) -> dict[str, Json | None]:
        """For each recently written id, what lists still show (None: not there yet)."""
        past = self._past.get(kind)
        if not past:
            return {}
        horizon = self.now() - self._lag()
        shown: dict[str, Json | None] = {}
        for id, changes in list(past.items()):
            changes[:] = [change for change in changes if change[0] > horizon]
            if changes:
                shown[id] = changes[0][1]
            else:
                del past[id]
        return shown

    def rendered(self, kind: str, entity: Json, render: Callable[[World, Json], Json]) -> bytes:
        """The entity's JSON, kept until the entity is replaced."""
        key = (kind, entity["id"])
        cached = self._rendered.get(key)
        if cached and cached[0] is entity:
            return cached[1]
        body = encode(render(self, entity))
        self._rendered[key] = (entity, body)
        return body

    def keep_document(self, text: str) -> str:
        """Store a flow's YAML; the key is its digest."""
        key = hashlib.sha256(text.encode()).hexdigest()
        self.state["documents"][key] = text
        return key

    def keep_audio(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        if key not in self.state["audio"]:
            self.state["audio"][key] = base64.b64encode(data).decode()
        return key

    def audio(self, key: str) -> bytes:
        return base64.b64decode(self.state["audio"][key])

    def setting(self, name: str) -> Any:
        return self.state["settings"][name]

    def home(self) -> Json:
        return next(d for d in self.all("divisions") if d.get("homeDivision"))

    def division_ref(self, id: str | None) -> Json:
        division = self.get("divisions", id or "") or self.home()
        return {
            "id": division["id"],
            "name": division["name"],
            "selfUri": f"/api/v2/authorization/divisions/{division['id']}",
        }

    def person(self, name: str) -> Actor:
        """The user of that name, made on first mention."""
        user = self.by_name("users", name)
        if user is None:
            user = {"id": self.new_id(), "name": name, "email": f"{name}@example.com".replace(" ", ".").lower()}
            user |= {"state": "active", "version": 1}
            self.put("users", user)
        return Actor(user["id"], user["name"], user=True)

    def audit(
        self,
        actor: Actor | None,
        service: str,
        entity_type: str,
        action: str,
        entity: Json,
        *,
        changes: Json | None = None,
        status: str = "SUCCESS",
    ) -> None:
        """Leave an audit entry; see `audit_entries`."""
        made = audit_entries.entry(
            id=self.new_id(),
            organization=self.state["organization"]["id"],
            moment=iso(self.now()),
            transaction=self.transaction,
            actor=actor,
            service=service,
            entity_type=entity_type,
            action=action,
            entity=entity,
            changes=changes,
            status=status,
        )
        audits = self.state["audits"]
        audits.append(made)
        if len(audits) > AUDITS_MAX:
            del audits[: AUDITS_MAX // 10]
        self.touch()


def is_deleted(entity: Json) -> bool:
    return bool(entity.get("deleted")) or entity.get("state") == "deleted"
