"""Passes without a network: a platform of values at the port, a real ledger, time that moves by hand.

`World` outlives processes: what is on the platform and in the ledger stays when `parts()` is called again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import anyio

from reconciler.core.diff import never
from reconciler.core.gate import Verdict
from reconciler.model import digest, identity, moment
from reconciler.model.audit_message import AuditMessage
from reconciler.model.change import Action, Change, Drift
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.identity import Key, RemoteId
from reconciler.model.outcome import Fate, Intent, Recovery, Written
from reconciler.model.policy import Policy
from reconciler.model.resource import Applied, Desired, External, Gone, Holder, Observed
from reconciler.model.review import Review
from reconciler.ports import Journal, Ledger
from reconciler.report.progress import NoProgress
from reconciler.report.results import ChangeResult
from reconciler.runtime import one_pass
from reconciler.runtime.parts import Mode, Parts, PassResult, Request, Timing, Trigger
from tests.builders import compare, plan
from tests.clocks import ManualClock

ORGANIZATION = "2f7c0e0e-1111-4222-8333-444444444444"
KINDS = (identity.PROMPT, identity.FLOW, identity.CALL_ROUTE)


async def inline(work):
    return work()


class Half:
    def random(self) -> float:
        return 0.5


class Numbered:
    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"op-{self.count}"


Trouble = Callable[[Change, Journal], Awaitable[None]]


@dataclass
class Shelf:
    """`ports.Remote` of one kind over a dict: what is there, what was asked, and what goes wrong when."""

    kind: str
    platform: Organisation
    objects: dict[RemoteId, Observed] = field(default_factory=dict)
    trouble: dict[str, Trouble] = field(default_factory=dict)
    """By object name: awaited in the middle of a write, after its intent was staged."""
    fates: dict[str, Recovery | Exception] = field(default_factory=dict)
    recovered: list[str] = field(default_factory=list)
    hidden: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By object name: content that no list and no version tells."""
    drifts: dict[str, Drift | Exception] = field(default_factory=dict)
    observed: Callable[[], Awaitable[None]] | None = None
    """Awaited before each listing."""

    async def observe(self) -> Sequence[Observed]:
        self.platform.count(f"list {self.kind}")
        if self.observed is not None:
            await self.observed()
        return tuple(self.objects.values())

    async def read(self, id: RemoteId) -> Observed | Gone:
        self.platform.count(f"read {self.kind}")
        return self.objects.get(id, Gone(id))

    async def inspect(self, have: Observed) -> Observed:
        self.platform.count(f"inspect {self.kind}")
        return have

    async def examine(self, have: Observed) -> Observed:
        self.platform.count(f"examine {self.kind}")
        return replace(have, spec=self.hidden.get(have.key.name, have.spec))

    async def attribute(self, have: Observed) -> Drift:
        found = self.drifts.get(have.key.name, Drift())
        if isinstance(found, Exception):
            raise found
        return found

    async def write(self, change: Change, journal: Journal) -> Written:
        self.platform.running.add(change.key.name)
        self.platform.running_max = max(self.platform.running_max, len(self.platform.running))
        try:
            await journal.stage("sending", note=change.key.name)
            self.platform.count(f"{change.action} {change.key.name}")
            if (trouble := self.trouble.get(change.key.name)) is not None:
                await trouble(change, journal)
            return self.put(change)
        finally:
            self.platform.running.discard(change.key.name)

    def put(self, change: Change) -> Written:
        if change.action is Action.DELETE:
            assert change.id is not None
            del self.objects[change.id]
            return Written(id=change.id, version="")
        assert change.desired is not None
        return self.set(change.key, change.desired.spec)

    def set(self, key: Key, spec: Mapping[str, Any], *, by: Holder | None = None) -> Written:
        """Make the object so, as anybody might; its version moves."""
        id = next((have.id for have in self.objects.values() if have.key == key), RemoteId(f"id-{key.name}"))
        old = self.objects.get(id)
        version = str(int(old.version) + 1) if old is not None else "1"
        self.objects[id] = Observed(key, id, version, spec, changed_by=by)
        return Written(id=id, version=version, live=spec, payload_sha256="0" * 64)

    async def recover(self, intent: Intent) -> Recovery:
        self.recovered.append(str(intent.op_id))
        found = self.fates.get(intent.key.name, Recovery(fate=Fate.NOT_APPLIED))
        if isinstance(found, Exception):
            raise found
        return found

    def requests_for(self, change: Change) -> int:
        return 2


@dataclass
class Organisation:
    """`ports.Platform`, and the shelves it consists of."""

    id: str = ORGANIZATION
    missing: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    reviews: dict[RemoteId, Review] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    running_max: int = 0
    passes: int = 0
    requests_per_minute: float = 300.0
    unreachable: Exception | None = None
    held_back: str = ""
    trail: dict[RemoteId, list[AuditMessage] | Exception] = field(default_factory=dict)
    """What the platform's audits say, by object; objects that are not named have no entries."""
    _collectors: list[list[str]] = field(default_factory=list)

    @property
    def spent(self) -> int:
        return len(self.asked)

    @property
    def writes(self) -> list[str]:
        return [line for line in self.asked if line.startswith(("create ", "update ", "delete "))]

    def count(self, what: str) -> None:
        self.asked.append(what)
        for collector in self._collectors:
            collector.append(f"correlation-{len(self.asked)}")

    async def organization(self) -> str:
        if self.unreachable is not None:
            raise self.unreachable
        return self.id

    def begin_pass(self) -> None:
        self.passes += 1

    async def absent(self, externals: Sequence[External]) -> Sequence[External]:
        return [external for external in externals if external.name in self.missing]

    async def review(self, id: RemoteId, version: str) -> Review:
        self.count(f"review {id}")
        return self.reviews.get(id, Review(ok=True))

    async def audit_messages(self, key: Key, id: RemoteId, *, since: datetime) -> Sequence[AuditMessage]:
        self.count(f"audits of {key}")
        found = self.trail.get(id, [])
        if isinstance(found, Exception):
            raise found
        return [message for message in found if message.at >= moment.text(since)]

    @contextmanager
    def collect_request_ids(self) -> Iterator[list[str]]:
        collected: list[str] = []
        self._collectors.append(collected)
        try:
            yield collected
        finally:
            self._collectors = [one for one in self._collectors if one is not collected]


@dataclass
class Seen(NoProgress):
    phases: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)

    def phase(self, name: str) -> None:
        self.phases.append(name)

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None:
        self.ended.append((change.key.name, str(result)))


@dataclass
class World:
    ledger: Ledger
    clock: ManualClock = field(default_factory=ManualClock)
    platform: Organisation = field(default_factory=Organisation)
    policy: Policy = Policy()
    environment: dict[str, Any] = field(default_factory=dict)
    timing: Timing = Timing()
    wanted: dict[Key, Desired] = field(default_factory=dict)
    revision: str = "c1"
    ids: Numbered = field(default_factory=Numbered)
    progress: Any = field(default_factory=Seen)
    tailed: list[Mapping[str, Any]] = field(default_factory=list)
    stop: anyio.Event = field(default_factory=anyio.Event)
    used_by: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    broken: Exception | None = None
    """What loading the desired state raises."""

    def __post_init__(self) -> None:
        self.remotes = {kind: Shelf(kind, self.platform) for kind in KINDS}

    def want(self, *desired: Desired, revision: str = "c1") -> None:
        self.wanted, self.revision = {one.key: one for one in desired}, revision

    def shelf(self, key: Key) -> Shelf:
        return self.remotes[key.kind]

    async def load(self) -> DesiredState:
        if self.broken is not None:
            raise self.broken
        environment = Environment(name="prod", policy=self.policy, **self.environment)
        return DesiredState(
            revision=self.revision,
            commit=None,
            environment=environment,
            resources=self.wanted,
            used_by=self.used_by,
        )

    def parts(self, **other: Any) -> Parts:
        async def tail(entry: Mapping[str, Any]) -> None:
            self.tailed.append(entry)

        given: dict[str, Any] = {
            "clock": self.clock,
            "rng": Half(),
            "ids": self.ids,
            "ledger": self.ledger,
            "platform": self.platform,
            "remotes": self.remotes,
            "compare": dict.fromkeys(KINDS, compare),
            "halfway": dict.fromkeys(KINDS, never),
            "hints": lambda changes: {},
            "progress": self.progress,
            "audit_line": tail,
            "timing": self.timing,
        }
        return Parts(**{**given, **other})

    async def turn(self, mode: Mode = Mode.APPLY, *, trigger: Trigger = Trigger.MANUAL, **request: Any) -> PassResult:
        return await one_pass.run(self.parts(), self.load, Request(mode=mode, trigger=trigger, **request), self.stop)

    async def remember(self, *keys: Key) -> Mapping[Key, Applied]:
        known = await self.ledger.recall()
        return {key: known[key] for key in keys if key in known}

    async def audit(self) -> list[tuple[str, str, str]]:
        return [(entry["name"], entry["action"], entry["result"]) for entry in await self.ledger.audit()]

    async def told(self) -> list[str]:
        """Types of the events in the outbox, oldest first."""
        return [row.type for row in reversed(await self.ledger.deliveries())]


def intent(key: Key, spec: Mapping[str, Any], *, stage: str = "sending", op_id: str = "old-1", **other: Any) -> Intent:
    """A write that an earlier process began."""
    given: dict[str, Any] = {
        "op_id": op_id,
        "key": key,
        "action": Action.CREATE,
        "digest": digest.of(spec),
        "spec": spec,
        "revision": "c0",
        "started_at": "2026-03-02T11:59:00.000Z",
        "stage": stage,
        "last_send_at": "2026-03-02T11:59:30.000Z",
    }
    return Intent(**{**given, **other})


def renamed(desired: Desired, name: str) -> Desired:
    return replace(desired, key=replace(desired.key, name=name))


def passed(*ends: ChangeResult, changes: Sequence[Change] | None = None) -> PassResult:
    """A finished pass with these ends, over a plan of their changes or of the given ones."""
    changes = changes if changes is not None else [end.change for end in ends]
    waves = (tuple(one.key for one in changes if one.executes),) if any(one.executes for one in changes) else ()
    return PassResult(
        plan=plan(*changes, waves=waves), verdict=Verdict(), outcomes={end.change.key: end for end in ends}
    )
