"""One entry of the platform's own audit trail: who did what to one of its objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditMessage:
    """Either a person (`by`) or an OAuth client (`client`) did it; neither when the platform itself did."""

    at: str
    """RFC 3339, as the platform wrote it."""
    action: str
    """The platform's word: Create, Update, Publish, Upload, ..."""
    entity_type: str
    entity_id: str
    entity_name: str = ""
    by: str | None = None
    """The person's name, the id when the platform gives no name."""
    client: str | None = None
    """The OAuth client's id."""
    application: str | None = None
    """What the platform calls the application that was used."""
    succeeded: bool = True
    ours: bool = False
    """Our own OAuth client did it."""
    fields: tuple[str, ...] = ()
    """Properties that changed, as far as the entry tells; never their values."""
