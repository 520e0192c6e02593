"""The ledger: `ports.Ledger` over SQLAlchemy Core. Each method is one transaction, run off the event loop in one go.

What happens inside a transaction is in `state.py`, `chain.py` and `outbox.py`; how the database is opened, in
`engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from reconciler.errors import StoreError
from reconciler.ledger import audit, chain, engine, outbox, rows, state, tables
from reconciler.model.event import Endpoint, Event
from reconciler.model.identity import Key, OpId
from reconciler.model.outcome import Condition, Delivery, Intent, PassRecord, Settlement, Suspension
from reconciler.model.resource import Applied, Sighting, Spec
from reconciler.ports import Backlog, Ledger, Offload, Verdict

T = TypeVar("T")
_VERSION = "schema_version"


async def open_ledger(path_or_url: str | Path, *, offload: Offload, read_only: bool = False) -> Store:
    """Open the ledger, creating its directory, file and tables where missing; with `read_only` a snapshot as it is.

    Raises StoreError when another process has it, when it is damaged or of a newer version, or when a snapshot is
    missing; UsageError for a URL of another database.
    """
    location = engine.locate(path_or_url)

    def prepare() -> Engine:
        path = location.path
        if read_only and path is not None and not path.is_file():
            raise StoreError(f"There is no ledger at {location.label}. Name the file of a snapshot that exists.")
        if path is not None and not read_only:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = engine.connect(location, read_only=read_only)
        try:
            with opened.begin() as connection:
                _prepare_schema(connection, location.label, read_only=read_only)
        except BaseException:
            opened.dispose()
            raise
        return opened

    return Store(await offload(_translated(prepare, location.label)), offload, location.label)


def _prepare_schema(connection: Connection, label: str, *, read_only: bool) -> None:
    present = set(inspect(connection).get_table_names())
    if tables.facts.name not in present:
        if present or read_only:
            raise StoreError(f"{label} is a database, but not a ledger of ours. Name another file.")
        tables.metadata.create_all(connection)
        rows.set_fact(connection, _VERSION, str(tables.SCHEMA_VERSION))
        return
    version = rows.fact(connection, _VERSION)
    if version != str(tables.SCHEMA_VERSION):
        raise StoreError(
            f"The ledger {label} has schema version {version}, this program knows version {tables.SCHEMA_VERSION}. "
            "Run the version of reconcile that last wrote it, or a newer one."
        )


def _translated(work: Callable[[], T], label: str) -> Callable[[], T]:
    """The same work, with every trouble of the database as StoreError."""

    def run() -> T:
        try:
            return work()
        except (SQLAlchemyError, OSError, ValueError) as error:
            raise engine.translate(error, label) from error

    return run


class Store:
    """`ports.Ledger` on SQLite. Not to be shared between event loops; close it when done."""

    def __init__(self, opened: Engine, offload: Offload, label: str) -> None:
        self._engine: Engine | None = opened
        self._offload = offload
        self._label = label
        self._applied: Mapping[Key, Applied] | None = None
        """The applied state as last recalled, None when it must be read again. Nobody else writes to this database, and
        it is touched inside transactions only, of which there is one at a time."""

    async def _transaction(self, work: Callable[[Connection], T]) -> T:
        """Run the work whole in one transaction, or not at all."""
        opened = self._engine
        if opened is None:
            raise StoreError(f"The ledger {self._label} was closed before. Start again.")

        def run() -> T:
            with opened.begin() as connection:
                return work(connection)

        return await self._offload(_translated(run, self._label))

    async def close(self) -> None:
        """Fold the write-ahead log into the file and let other processes have it. Closing twice is fine."""
        opened, self._engine = self._engine, None
        if opened is not None:
            await self._offload(_translated(opened.dispose, self._label))

    async def recall(self) -> Mapping[Key, Applied]:
        def run(connection: Connection) -> Mapping[Key, Applied]:
            if self._applied is None:
                self._applied = state.recall(connection)
            return self._applied

        return await self._transaction(run)

    async def specs(self, keys: Sequence[Key]) -> Mapping[Key, tuple[Spec, Spec]]:
        return await self._transaction(lambda connection: state.specs(connection, keys))

    async def protect(self, protection: Mapping[Key, bool]) -> None:
        def run(connection: Connection) -> None:
            self._applied = None
            state.protect(connection, protection)

        await self._transaction(run)

    async def sightings(self) -> Mapping[str, Sighting]:
        return await self._transaction(state.sightings)

    async def sight(self, sightings: Mapping[str, Sighting]) -> None:
        await self._transaction(lambda connection: state.sight(connection, sightings))

    async def intents(self) -> Sequence[Intent]:
        return await self._transaction(state.intents)

    async def intend(self, intent: Intent) -> None:
        await self._transaction(lambda connection: state.intend(connection, intent))

    async def withdraw(self, op_id: OpId) -> None:
        await self._transaction(lambda connection: state.withdraw(connection, op_id))

    async def settle(self, settlement: Settlement, endpoints: Sequence[Endpoint]) -> Mapping[str, Any] | None:
        if settlement.remember is not None and settlement.remember.spec is None:
            raise ValueError(f"{settlement.remember.key}: an applied state is remembered with its spec")

        def run(connection: Connection) -> Mapping[str, Any] | None:
            self._applied = None
            return _settle(connection, settlement, endpoints)

        return await self._transaction(run)

    async def audit(self, *, since_seq: int = 0, limit: int = 1000) -> Sequence[Mapping[str, Any]]:
        return await self._transaction(lambda connection: chain.after(connection, since_seq, limit))

    async def history(self, key: Key, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        return await self._transaction(lambda connection: chain.about(connection, key, limit))

    async def verify_audit(self) -> Verdict:
        """Goes chunk by chunk, so that a long chain keeps nobody else waiting; the chain only ever grows meanwhile."""
        verdict, done = Verdict(ok=True, count=0, head=audit.GENESIS), False
        while not done:
            verdict, done = await self._transaction(partial(chain.check, start=verdict))
        return verdict

    async def conditions(self) -> Mapping[Key, Condition]:
        return await self._transaction(state.conditions)

    async def clear_condition(self, key: Key) -> None:
        await self._transaction(lambda connection: state.clear_condition(connection, key))

    async def organization(self) -> str | None:
        return await self._transaction(state.organization)

    async def bind(self, organization: str) -> None:
        await self._transaction(lambda connection: state.bind(connection, organization))

    async def suspensions(self) -> Sequence[Suspension]:
        return await self._transaction(state.suspensions)

    async def suspend(self, suspension: Suspension) -> None:
        await self._transaction(lambda connection: state.suspend(connection, suspension))

    async def resume(self, scope: str) -> bool:
        return await self._transaction(lambda connection: state.resume(connection, scope))

    async def record_pass(self, record: PassRecord, endpoints: Sequence[Endpoint]) -> None:
        await self._transaction(lambda connection: _record_pass(connection, record, endpoints))

    async def passes(self, limit: int) -> Sequence[PassRecord]:
        return await self._transaction(lambda connection: state.passes(connection, limit))

    async def due(self, now: str, limit: int, *, endpoints: Sequence[str] | None = None) -> Sequence[Delivery]:
        return await self._transaction(lambda connection: outbox.due(connection, now, limit, endpoints))

    async def update_delivery(self, delivery: Delivery) -> None:
        await self._transaction(lambda connection: outbox.record(connection, delivery))

    async def next_due_at(self, *, endpoints: Sequence[str] | None = None) -> str | None:
        return await self._transaction(lambda connection: outbox.next_due_at(connection, endpoints))

    async def deliveries(self, *, state: str | None = None, limit: int = 1000) -> Sequence[Delivery]:
        return await self._transaction(lambda connection: outbox.listed(connection, state, limit))

    async def replay(self, ids: Sequence[str] | None, *, now: str, endpoint: str | None = None) -> int:
        return await self._transaction(lambda connection: outbox.replay(connection, ids, now, endpoint))

    async def disable_endpoint(self, endpoint: Endpoint, *, now: str, reason: str) -> int:
        return await self._transaction(lambda connection: outbox.disable(connection, endpoint, now, reason))

    async def backlog(self) -> Sequence[Backlog]:
        return await self._transaction(outbox.backlog)


def _settle(connection: Connection, settlement: Settlement, endpoints: Sequence[Endpoint]) -> Mapping[str, Any] | None:
    values = settlement.entry
    entry = chain.append(connection, values)
    if entry is None:
        return None
    if settlement.forget is not None:
        state.forget(connection, settlement.forget)
    if settlement.remember is not None:
        state.remember(connection, settlement.remember)
    if settlement.closes is not None:
        state.withdraw(connection, settlement.closes)
    state.set_condition(connection, values.key, settlement.condition, now=values.time)
    origin = outbox.Origin(
        occasion=(values.op_id, str(values.result)),
        organization=state.organization(connection),
        sequence=entry["seq"],
        audit={"seq": entry["seq"], "hash": entry["hash"]},
        now=values.time,
    )
    outbox.enqueue(connection, settlement.events, endpoints, origin)
    return entry


def _record_pass(connection: Connection, record: PassRecord, endpoints: Sequence[Endpoint]) -> None:
    before = state.last_result(connection) or "succeeded"
    if not state.add_pass(connection, record):
        return
    outbox.drop_old_deliveries(connection)
    if not (record.applied or record.failed or record.result != before):
        return
    sequence, _ = chain.head(connection)
    origin = outbox.Origin(
        occasion=(record.pass_id,),
        organization=state.organization(connection),
        sequence=sequence,
        now=record.ended_at,
    )
    outbox.enqueue(connection, [_pass_event(record)], endpoints, origin)


def _pass_event(record: PassRecord) -> Event:
    """One subject for all passes, so that they arrive in order."""
    data = {
        "pass_id": record.pass_id,
        "revision": record.revision,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "result": record.result,
        "message": record.message,
        "applied": record.applied,
        "failed": record.failed,
        "blocked": record.blocked,
        "requests": record.requests,
    }
    return Event(type="pass.completed", subject="Pass", time=record.ended_at, data=data)


if TYPE_CHECKING:
    _conforms: type[Ledger] = Store
