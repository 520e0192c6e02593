"""Everything the code needs from outside, as protocols. Only their implementations differ between production, tests
and a simulation; no other module may reach for the clock, chance, processes, files, threads or the network.

`bootstrap` is the one place that joins them to concrete adapters.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from reconciler.model.audit_message import AuditMessage
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
from reconciler.model.resource import Applied, External, Gone, Hidden, Observed, Sighting, Spec
from reconciler.model.review import Review

T = TypeVar("T")

Archive = Callable[[Key, str, bytes], Awaitable[None]]
"""Keeps content that is about to be lost: whose it is, a name for it, the bytes. Raises StoreError when it cannot."""


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


class FileKind(StrEnum):
    FILE = "file"
    """A regular file, or a symlink that ends at one below the walked directory."""
    OUTSIDE = "outside"
    """A symlink that leaves the walked directory."""
    BROKEN = "broken"
    """A symlink to nothing, or one that leads back to itself."""
    SPECIAL = "special"
    """A FIFO, device or socket."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One thing found below a directory. `path` is relative to it, with forward slashes.

    `size` and `sha256` (hex, of the content) are set for `FILE` only.
    """

    path: str
    kind: FileKind
    size: int = 0
    sha256: str = ""
    is_symlink: bool = False


class Files(Protocol):
    """The file system, for directories outside git, the working tree, and secrets mounted as files."""

    async def resolve(self, path: str) -> str:
        """The absolute path of an existing directory with every symlink followed; raises SourceError otherwise."""
        ...

    async def walk(
        self, root: str, *, skip: Callable[[str], bool], files_max: int, bytes_max: int
    ) -> Sequence[FileEntry]:
        """Everything below the directory but what `skip` (asked by bare name) leaves out, sorted by path.

        Symlinked directories are followed when they stay below `root`. Raises SourceError above the limits, or when
        a file changes while it is read.
        """
        ...

    async def inspect(self, root: str, paths: Sequence[str]) -> Sequence[FileEntry]:
        """The same for the named paths only; those that are missing or directories are left out."""
        ...

    async def read(self, path: str, *, size_max: int) -> bytes:
        """The bytes of a regular file, whole; raises SourceError when missing, larger than `size_max`, not a file, or
        changing while it is read."""
        ...

    def watch(self, *paths: str) -> AsyncGenerator[None, None]:
        """Yield a hint whenever something at or below the paths may have changed, or a symlink on the way to them.

        Raises SourceError when the machine cannot watch (then only polling helps).
        """
        ...

    async def discard(self, directory: str) -> None:
        """Delete a directory of ours with everything in it; missing is fine."""
        ...

    async def write(self, root: str, files: Mapping[str, bytes], *, remove: Sequence[str] = ()) -> None:
        """Write files below a directory, each whole or not at all, then delete those of `remove` that are there.

        Makes directories as needed. Raises SourceError before anything is written when a path leads out of `root`,
        through a symlink too, and when the disk refuses.
        """
        ...


@dataclass(frozen=True, slots=True)
class WebHead:
    """What a server says about a file without sending it. `size` is None when it does not say."""

    etag: str
    size: int | None


@dataclass(frozen=True, slots=True)
class WebFile:
    etag: str
    content: bytes = field(repr=False)


class WebFiles(Protocol):
    """Recordings behind web addresses that manifests name. No answer is followed elsewhere.

    Both raise RecordingError, whose words hold nothing of the address's query.
    """

    async def look(self, url: str) -> WebHead | None:
        """Ask without downloading; None when the server does not answer such questions."""
        ...

    async def fetch(self, url: str) -> WebFile: ...


class Converter(Protocol):
    """Makes recordings playable by the platform."""

    @property
    def remedy(self) -> str:
        """What to do so that recordings can be converted; empty when they can."""
        ...

    async def to_wav(self, content: bytes, *, format: str) -> bytes:
        """The recording as 8 kHz mono 16-bit PCM WAV. `format` is `mp3`, `aac`, `m4a`, `ogg`, `flac` or `wav`.

        Raises RecordingError when it cannot be converted.
        """
        ...


class Journal(Protocol):
    """What a remote side writes down about one change while it works on it."""

    @property
    def op_id(self) -> OpId: ...

    async def stage(self, stage: str, **data: object) -> None:
        """Commit how far we are and stamp the time of sending; must return before the request it announces leaves."""
        ...

    @property
    def stubs(self) -> Sequence[Journal]:
        """The journals of the changes whose objects this write makes as stubs; staged as its own is."""
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

    async def examine(self, have: Observed) -> Observed:
        """The same, looking at what no version and no list tells; costs requests per object."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking an audit chain found. `seq` names the first entry that does not hold, None when all do."""

    ok: bool
    count: int
    """Entries that hold, counted from the start."""
    head: str
    """Hash of the last entry that holds: compare it with one noted elsewhere to notice a chain cut at its end."""
    seq: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The outbox of one webhook endpoint: events that wait, and events given up."""

    endpoint: str
    pending: int
    dead: int
    oldest_pending_at: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Content that could not be had; `reason` is a sentence for a person."""

    reason: str


class Contents(Protocol):
    """Whole contents of objects, for files of their own. Reading them changes nothing on the platform."""

    async def flows(
        self, chosen: Sequence[tuple[Observed, str | None]], told: Callable[[int], None]
    ) -> Mapping[RemoteId, bytes | Unreadable]:
        """The platform's YAML of each flow in the version beside it (None: the newest, which may be a draft).

        `told` gets how many are done. Raises ProviderError only when nothing at all can be exported.
        """
        ...

    async def recording(self, prompt: Observed, language: str) -> bytes | Unreadable | None:
        """What the platform plays in this language; None when nothing was ever converted."""
        ...


class Platform(Protocol):
    """What a pass asks of the organisation as a whole."""

    @property
    def spent(self) -> int:
        """Requests sent by this process so far, tokens and uploads included."""
        ...

    @property
    def requests_per_minute(self) -> float:
        """The rate the platform allows us, from its headers; the documented default until one was seen."""
        ...

    @property
    def held_back(self) -> str:
        """Why no request would leave now, because the platform is in trouble; empty when one would."""
        ...

    async def organization(self) -> str:
        """The organisation's id; asked once per process."""
        ...

    def begin_pass(self) -> None:
        """Forget names looked up before: each pass sees the organisation afresh."""
        ...

    async def absent(self, externals: Sequence[External]) -> Sequence[External]:
        """Those of the references that the platform does not know, in the given order."""
        ...

    async def audit_messages(self, key: Key, id: RemoteId, *, since: datetime) -> Sequence[AuditMessage]:
        """What the platform's own audits say of an object and its parts, newest first; raises Forbidden."""
        ...

    async def review(self, id: RemoteId, version: str) -> Review:
        """What the platform says of a stored version of a flow; raises ProviderError when it does not say."""
        ...

    def collect_request_ids(self) -> AbstractContextManager[list[str]]:
        """Collect the platform's correlation ids of the requests made inside the block by this task."""
        ...


class Ledger(Protocol):
    """Durable memory: applied state, intents, audit chain, outbox. Every method is one transaction.

    Raises StoreError when the store cannot be trusted; callers stop writing then.
    """

    async def recall(self) -> Mapping[Key, Applied]:
        """All applied objects, without their specs."""
        ...

    async def specs(self, keys: Sequence[Key]) -> Mapping[Key, tuple[Spec, Spec | None]]:
        """For the keys that are known: the spec applied, and the content the platform showed after it."""
        ...

    async def protect(self, protection: Mapping[Key, bool]) -> None:
        """Set whether these applied objects may never be deleted; unknown keys are passed over."""
        ...

    async def sightings(self) -> Mapping[str, Sighting]:
        """What web addresses last gave, by the place that names them."""
        ...

    async def sight(self, sightings: Mapping[str, Sighting]) -> None:
        """Replace all of them."""
        ...

    async def intents(self) -> Sequence[Intent]: ...

    async def intend(self, intent: Intent) -> None:
        """Insert the intent, or replace the one with the same op_id."""
        ...

    async def withdraw(self, op_id: OpId) -> None:
        """Drop an intent that came to nothing and changed nothing."""
        ...

    async def settle(self, settlement: Settlement, endpoints: Sequence[Endpoint]) -> Mapping[str, Any] | None:
        """State, audit entry and outbox rows in one transaction.

        Returns the audit entry with its place in the chain (`seq`, `prev`, `hash`), for the audit stream. The same
        op_id and result again changes nothing and returns None.
        """
        ...

    async def audit(self, *, since_seq: int = 0, limit: int = 1000) -> Sequence[Mapping[str, Any]]:
        """Audit entries after `since_seq`, oldest first."""
        ...

    async def history(self, key: Key, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Audit entries of one object, or of all objects a manifest such as `Menu/name` expands into; newest first.

        A key without type takes flows of every type.
        """
        ...

    async def verify_audit(self) -> Verdict:
        """Recompute the whole chain and compare it with everything the ledger keeps beside it."""
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

    async def record_pass(self, record: PassRecord, endpoints: Sequence[Endpoint]) -> None:
        """Remember a finished pass; tells the webhooks only when it did something or ended otherwise than the last."""
        ...

    async def passes(self, limit: int) -> Sequence[PassRecord]:
        """The latest passes, newest first."""
        ...

    async def due(self, now: str, limit: int, *, endpoints: Sequence[str] | None = None) -> Sequence[Delivery]:
        """Pending deliveries whose time has come, at most one per endpoint and subject, oldest first.

        A delivery waits behind every older pending one of its endpoint and subject. `endpoints` narrows to these.
        """
        ...

    async def update_delivery(self, delivery: Delivery) -> None:
        """Record what came of an attempt. A row given up meanwhile only changes when the attempt delivered it."""
        ...

    async def next_due_at(self, *, endpoints: Sequence[str] | None = None) -> str | None:
        """When `due` will next have something, RFC 3339; None when nothing is pending."""
        ...

    async def deliveries(self, *, state: str | None = None, limit: int = 1000) -> Sequence[Delivery]:
        """Outbox rows, newest first; dead letters with `state="dead"`."""
        ...

    async def replay(self, ids: Sequence[str] | None, *, now: str, endpoint: str | None = None) -> int:
        """Send these events again from now on, with the same id and bytes; None means every dead letter.

        Returns how many deliveries that makes. Also lifts the ban of `disable_endpoint` from their endpoints.
        """
        ...

    async def disable_endpoint(self, endpoint: Endpoint, *, now: str, reason: str) -> int:
        """Stop sending to an endpoint that said it is gone: what waits for it, and what comes, becomes a dead letter.

        Holds until its URL changes or something is replayed. Returns how many deliveries were given up now.
        """
        ...

    async def backlog(self) -> Sequence[Backlog]:
        """Endpoints with pending or dead deliveries, whether or not the environment still has them."""
        ...

    async def close(self) -> None: ...


class Progress(Protocol):
    """Where long work tells how it goes; the core does not log."""

    def phase(self, name: str) -> None: ...

    def started(self, change: Change) -> None: ...

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None: ...
