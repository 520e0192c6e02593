"""The three sides of a decision: what git wants, what the platform reports, what we last applied.

`spec` is always the kind's normal form: JSON values only, sorted where order means nothing, names instead of ids, so
that equal meaning is equal data. `digest` is the SHA-256 over it (see `reconciler.model.digest`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.model.identity import Key, RemoteId
from reconciler.model.problem import Location

Json = Any
"""A JSON value. `Any` because recursive aliases cost every reader a cast; boundaries validate, the core compares."""
Spec = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class External:
    """A reference by name to something that no manifest declares: looked up on the platform before any write."""

    kind: Literal["Queue", "Flow", "Prompt", "ScheduleGroup", "EmergencyGroup", "User", "Group", "Division"]
    name: str
    location: Location
    type: str = ""
    """For flows the Archy root key; empty when any type will do."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Bytes a resource needs at write time beside its spec (audio, the YAML of a flow), addressed by digest.

    `path` is relative to the repository root, for messages. The bytes come from the snapshot of the same commit.
    `location` is where a manifest names it, None for what stands for itself.
    """

    path: str
    sha256: str
    content: bytes = field(repr=False)
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class WebAsset:
    """Bytes behind a web address that a manifest names at `location`.

    `url` may carry a signature and is never shown; `shown` is the same without query and without the values of process
    variables. `sha256` is the digest that git promises, None when it promises nothing.
    """

    url: str = field(repr=False)
    shown: str
    location: Location
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a web address gave when it was last looked at, for the commit `revision`.

    `url` is the shown form. `audio` is the recording in its kind's normal form; `etag` is empty when the server gave
    none, and then every look downloads.
    """

    url: str
    etag: str
    size: int
    audio: Mapping[str, Json]
    revision: str


@dataclass(frozen=True, slots=True)
class Desired:
    """One platform object as git wants it, after expansion: a Menu has become a Flow and perhaps a CallRoute."""

    key: Key
    spec: Spec
    digest: str
    source: Location
    depends_on: frozenset[Key] = frozenset()
    externals: tuple[External, ...] = ()
    assets: Mapping[str, Asset] = field(default_factory=dict)
    """By role: for prompts the language tag, for flows `yaml`."""
    web_assets: Mapping[str, WebAsset] = field(default_factory=dict)
    """By role, what lies behind web addresses. A pass looks at them before it plans, and completes spec and digest."""
    renamed_from: str | None = None
    division: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    declared_by: str = ""
    """The manifest a person wrote when it is another one: `Menu/Customer Service`; empty otherwise."""
    places: Mapping[tuple[str, ...], Location] = field(default_factory=dict)
    """Where the parts of a compiled flow are written, by their names from the outside in: `("main",)` for a menu or a
    task, `("main", "Sales")` for a choice of it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock or published: a person or an OAuth client, as the platform names them."""

    id: str
    name: str
    is_client: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """One platform object as the list pages show it. `version` moves when somebody else's change must be looked at.

    Flow: `publishedVersion.id`; CallRoute: `version`; Prompt: digest of its stable listed fields. `spec` is present
    where the list already carries the whole normal form or after an inspection, else None.
    """

    key: Key
    id: RemoteId
    version: str
    spec: Spec | None = None
    comparable: bool = True
    """False when content was inspected and could not be put into a comparable form: blocked, never rewritten."""
    changed_by: Holder | None = None
    changed_at: str | None = None
    """RFC 3339, as far as the list tells."""
    locked_by: Holder | None = None
    draft_version: str | None = None
    """A saved or checked-in version newer than the published one; blocks a write, is never drift."""
    draft_by: Holder | None = None
    """Who made the draft, as far as the platform tells."""
    busy: str | None = None
    """Name of the operation the platform is running on the object, if any."""
    examined: bool = False
    """Its content was read although the list gave no reason to: then content tells too whether it moved."""
    parts: tuple[RemoteId, ...] = ()
    """Ids of what belongs to the object and has its own: a prompt's languages. Audits name the one that changed."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A remembered object that was missing from the list and that a read by id proves deleted (404, 410, deleted)."""

    id: RemoteId


@dataclass(frozen=True, slots=True)
class Hidden:
    """A remembered object that was missing from the list and whose read was refused (403): existence unknown."""

    id: RemoteId
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What we last wrote or adopted, from the ledger. `version` is the platform's after our write."""

    key: Key
    id: RemoteId
    version: str
    digest: str
    live_digest: str = ""
    """Digest of the content as the platform gave it back (flows: canonical export); empty when it equals `digest`."""
    revision: str = ""
    applied_at: str = ""
    declared_by: str = ""
    protected: bool = False
    """The manifest carries `reconciler/prune: disabled`, or did when it was last seen: never deleted."""
    spec: Spec | None = None
    """What git wanted then. This and `live` are loaded only for objects that changed, to show before and after."""
    live: Spec | None = None
    """The content as the platform gave it back after our write."""
