"""The ledger's tables, in types every database of SQLAlchemy has.

Rows hold what queries ask for; everything else of a row is one JSON text, so that a new field needs no migration.
Content (specs, live content) sits apart from the applied state, because every pass recalls the state of all objects
and reads the content of few. Times that are compared are written by `model/moment.py`, so text order is time order.
A database shared by several environments gives each its own schema (`schema_translate_map`), so no table needs a
column for the environment.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 1

metadata = MetaData()

_Serial = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself only in INTEGER columns

facts = Table(
    "ledger_facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single values: schema version, organisation, head of the audit chain, what web addresses last gave."""

applied = Table(
    "applied",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("live_digest", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("applied_at", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("protected", Boolean, nullable=False),
    UniqueConstraint("kind", "id", name="applied_one_row_per_object"),
)

contents = Table(
    "contents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("spec", LargeBinary, nullable=False),
    Column("live", LargeBinary, nullable=False),
)
"""Packed JSON (`packing.py`): the spec applied, and what the platform showed after it."""

intents = Table(
    "intents",
    metadata,
    Column("op_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=False),
    Column("op_id", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("entry", Text, nullable=False),
    UniqueConstraint("op_id", "result", name="audit_one_entry_per_result"),
    Index("audit_by_object", "kind", "name"),
    Index("audit_by_manifest", "declared_by"),
)
"""`entry` is the truth, in canonical JSON; the other columns repeat it for queries and are verified against it."""

outbox = Table(
    "outbox",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("next_attempt_at", Text, nullable=False),
    Column("delivered_at", Text),
    Column("last_error", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("id", "endpoint", name="outbox_one_row_per_event_and_endpoint"),
    Index("outbox_queues", "state", "endpoint", "subject", "position"),
    sqlite_autoincrement=True,  # a position is never used twice, so order holds after old rows are dropped
)

disabled_endpoints = Table(
    "disabled_endpoints",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("url_sha256", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""By digest, because the path of a webhook URL may itself be a secret."""

conditions = Table(
    "conditions",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("since", Text, nullable=False),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("until", Text),
    Column("since", Text, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("pass_id", Text, nullable=False, unique=True),
    Column("result", Text, nullable=False),
    Column("record", Text, nullable=False),
    sqlite_autoincrement=True,
)
