"""One change of a plan: what would be done to one object, why, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.model.identity import Key, RemoteId
from reconciler.model.problem import Location
from reconciler.model.resource import Applied, Desired, Json, Observed


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    NONE = "none"

    @property
    def writes_platform(self) -> bool:
        return self in (Action.CREATE, Action.UPDATE, Action.DELETE)


class Cause(StrEnum):
    INTENT = "intent"
    """Git changed."""
    DRIFT = "drift"
    """The platform changed."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `path` is dotted (`resources.en-us.tts`); None means absent."""

    path: str
    before: Json
    after: Json
    cause: Cause


@dataclass(frozen=True, slots=True)
class Drift:
    """Who moved the platform, as far as the platform tells; every field may be unknown."""

    by: str | None = None
    at: str | None = None
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a change is not applied. `by` names the person or client in the way, `since` RFC 3339 when known."""

    reason: str
    by: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A decision about one object.

    A blocked change keeps its action. `action` NONE with a cause is something reported and left alone: drift under
    `drift: warn`, an object gone from git while prune is off.
    """

    action: Action
    key: Key
    cause: Cause | None = None
    fields: tuple[FieldChange, ...] = ()
    desired: Desired | None = None
    observed: Observed | None = None
    applied: Applied | None = None
    drift: Drift | None = None
    blocked: Blocked | None = None
    note: str = ""
    """One sentence for the reader of the plan: why it is reported, what will happen besides."""
    stubs: tuple[Key, ...] = ()
    """Flows that do not exist and that the publish job of this one makes as stubs, because they need it in turn; each
    is a change of the same plan and comes later."""
    used_by: tuple[str, ...] = ()
    """Menus, flows and routes of the desired state that reference this object."""

    @property
    def id(self) -> RemoteId | None:
        if self.observed is not None:
            return self.observed.id
        return self.applied.id if self.applied is not None and self.action is not Action.CREATE else None

    @property
    def source(self) -> Location | None:
        return self.desired.source if self.desired is not None else None

    @property
    def version_before(self) -> str | None:
        return self.observed.version if self.observed is not None else None

    @property
    def executes(self) -> bool:
        """True when applying the plan does something for this change: a write, or a record in the ledger."""
        return self.blocked is None and self.action is not Action.NONE

    def block(self, reason: str, *, by: str | None = None, since: str | None = None) -> Change:
        return replace(self, blocked=Blocked(reason, by, since))
