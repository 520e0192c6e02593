"""Everything the code needs from outside, as protocols. Only their implementations differ between production, tests
and a simulation; no other module may reach for the clock, chance, processes, files, threads or the network.

`bootstrap` is the one place that joins them to concrete adapters.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from reconciler.model.change import Change, Drift
from reconciler.model.event import Endpoint
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import (
    Condition,
    Delivery,
    Intent,
    PassRecord,
    Recovery,
    Settlement,
    Suspension,
    Written,
)
from reconciler.model.resource import Applied, Gone, Hidden, Observed, Spec

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Rng(Protocol):
    def random(self) -> float:
        """Uniform in [0, 1)."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh unique id: letters, digits, `-` and `_` only."""
        ...


class Offload(Protocol):
    async def __call__(self, work: Callable[[], T], /) -> T:
        """Run blocking work off the event loop; one at a time per Offload instance."""
        ...


@dataclass(frozen=True, slots=True)
class GitResult:
    code: int
    stdout: bytes
    stderr: str


class Git(Protocol):
    async def run(
        self,
        *arguments: str,
        cwd: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 30.0,
    ) -> GitResult:
        """Run one git command with the hardening flags; raises SourceError when git is missing or the time is up."""
        ...


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file below a walked directory. `path` is relative to it, with forward slashes."""

    path: str
    size: int
    is_symlink: bool = False


class Files(Protocol):
    """The file system, for directories outside git, the working tree, and secrets mounted as files."""

    async def walk(self, root: str) -> Sequence[FileEntry]: ...

    async def read(self, path: str, *, size_max: int) -> bytes:
        """The bytes of a regular file; raises SourceError when missing, larger than `size_max`, or not a file."""
        ...

    def watch(self, directory: str) -> AsyncIterator[None]:
        """Yield a hint whenever something below the directory may have changed."""
        ...


class Journal(Protocol):
    """What a remote side writes down about one change while it works on it."""

    @property
    def op_id(self) -> OpId: ...

    async def stage(self, stage: str, **data: object) -> None:
        """Commit how far we are and stamp the time of sending; must return before the request it announces leaves."""
        ...


class Remote(Protocol):
    """The platform's side of one kind: observe, inspect, write."""

    @property
    def kind(self) -> str: ...

    async def observe(self) -> Sequence[Observed]:
        """All objects of the kind from list pages alone."""
        ...

    async def read(self, id: RemoteId) -> Observed | Gone | Hidden:
        """One object by id, proving whether it still exists."""
        ...

    async def inspect(self, have: Observed) -> Observed:
        """The same object with its content as `spec`; `comparable` False when that is impossible."""
        ...

    async def attribute(self, have: Observed) -> Drift:
        """Who moved the object last, as far as the platform tells; asks nothing when the list already told."""
        ...

    async def write(self, change: Change, journal: Journal) -> Written:
        """Create, update or delete as the change says, under the kind's lock, and read it back.

        Raises PermanentError when refused, TransientError when it certainly did not happen, AmbiguousError when it may
        have. For deletes the returned version is empty.
        """
        ...

    async def recover(self, intent: Intent) -> Recovery:
        """Find out what became of an intent a dead process left; releases a lock only when the intent took it."""
        ...

    def requests_for(self, change: Change) -> int:
        """Forecast of the platform requests that applying the change costs."""
        ...


class Ledger(Protocol):
    """Durable memory: applied state, intents, audit chain, outbox. Every method is one transaction.

    Raises StoreError when the store cannot be trusted; callers stop writing then.
    """

    async def recall(self) -> Mapping[Key, Applied]:
        """All applied objects, without their specs."""
        ...

    async def specs(self, keys: Sequence[Key]) -> Mapping[Key, tuple[Spec, Spec]]:
        """For the keys that are known: the spec applied, and the content the platform showed after it."""
        ...

    async def intents(self) -> Sequence[Intent]: ...

    async def intend(self, intent: Intent) -> None:
        """Insert the intent, or replace the one with the same op_id."""
        ...

    async def withdraw(self, op_id: OpId) -> None:
        """Drop an intent that came to nothing and changed nothing."""
        ...

    async def settle(self, settlement: Settlement, endpoints: Sequence[Endpoint]) -> None:
        """State, audit entry and outbox rows in one transaction; the same op_id and result again is a no-op."""
        ...

    async def conditions(self) -> Mapping[Key, Condition]: ...

    async def clear_condition(self, key: Key) -> None: ...

    async def organization(self) -> str | None: ...

    async def bind(self, organization: str) -> None:
        """Tie this ledger to one organisation for good; raises WrongOrganization when tied to another."""
        ...

    async def suspensions(self) -> Sequence[Suspension]: ...

    async def suspend(self, suspension: Suspension) -> None: ...

    async def resume(self, scope: str) -> bool: ...

    async def record_pass(self, record: PassRecord, endpoints: Sequence[Endpoint]) -> None: ...

    async def passes(self, limit: int) -> Sequence[PassRecord]: ...

    async def due(self, now: str, limit: int) -> Sequence[Delivery]:
        """Pending deliveries whose time has come, at most one per endpoint and subject, oldest first."""
        ...

    async def update_delivery(self, delivery: Delivery) -> None: ...

    async def next_due_at(self) -> str | None: ...

    async def deliveries(self, *, state: str | None = None, limit: int = 1000) -> Sequence[Delivery]: ...

    async def close(self) -> None: ...


class Progress(Protocol):
    """Where long work tells how it goes; the core does not log."""

    def phase(self, name: str) -> None: ...

    def started(self, change: Change) -> None: ...

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None: ...
