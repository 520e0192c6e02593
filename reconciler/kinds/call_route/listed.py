"""A call route between the platform's IVR configuration and our normal form. Pure; names are resolved by the caller."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.genesys import routes
from reconciler.genesys.looking import is_deleted
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.translate import Place
from reconciler.model import identity, moment
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Holder, Json, Observed, Spec

FLOWS = {"open": "openHoursFlow", "closed": "closedHoursFlow", "holiday": "holidayHoursFlow"}
"""Our words for the platform's fields."""
SCHEDULE_GROUP = "scheduleGroup"
REFERENCES = {**FLOWS, SCHEDULE_GROUP: SCHEDULE_GROUP}

READ_ONLY = (
    "selfUri",
    "dateCreated",
    "dateModified",
    "createdBy",
    "modifiedBy",
    "createdByApp",
    "modifiedByApp",
    "state",
)
"""Fields the platform sets itself [SDK 269]; everything else we read is sent back, managed or not."""

_NUMBER = re.compile(r"\+?[0-9]{7,15}")


def observed(row: Row, spec: Spec) -> Observed:
    return Observed(
        key=identity.call_route(bodies.optional_text(row, "name")),
        id=RemoteId(str(row["id"])),
        version=version_of(row),
        spec=spec,
        changed_by=_changed_by(row),
        changed_at=_changed_at(row),
    )


def readable(row: Row) -> Observed | Row | None:
    """A list row as far as it speaks for itself: the row, where names are to be looked up; None for a deleted route."""
    if is_deleted(row):
        return None
    return row if unnamed(row) else observed(row, spec_of(row, {}))


def version_of(row: Row) -> str:
    version = row.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise bodies.missing("version", Place("GET", routes.ROUTE))
    return str(version)


def numbers_of(row: Row) -> list[str]:
    dnis = row.get("dnis")
    return sorted({e164(number) for number in dnis if isinstance(number, str)}) if isinstance(dnis, list) else []


def e164(number: str) -> str:
    """As the platform may decorate it: `tel:` in front, blanks and dashes inside [official provider normalises too]."""
    return re.sub(r"[^0-9+]", "", number.removeprefix("tel:"))


def spec_of(row: Row, names: Mapping[str, str]) -> Spec:
    """The normal form; `names` has a name for each id that the row refers to without naming it."""
    spec: dict[str, Json] = {"description": bodies.optional_text(row, "description"), "dnis": numbers_of(row)}
    for word, name in REFERENCES.items():
        entry = bodies.part(row, name)
        id = bodies.optional_text(entry or {}, "id")
        spec[word] = (bodies.optional_text(entry or {}, "name") or names.get(id, f"id:{id}")) if id else None
    return spec


def unnamed(row: Row) -> dict[str, str]:
    """Ids that the row refers to without a name, with our word for the field."""
    return {
        bodies.id_of(row, name): word
        for word, name in REFERENCES.items()
        if bodies.id_of(row, name) and not bodies.optional_text(bodies.part(row, name) or {}, "name")
    }


def body(
    *, name: str, spec: Spec, ids: Mapping[str, str], numbers: Sequence[str], current: Row | None
) -> dict[str, Any]:
    """A whole object for POST or PUT: what we manage from `spec`, everything else as it is.

    `ids` maps our words (`open`, `scheduleGroup`, ...) to platform ids. A PUT carries the version of `current`.
    """
    kept = {key: value for key, value in (current or {}).items() if key not in (*READ_ONLY, *REFERENCES.values())}
    references = {field: {"id": ids[word]} for word, field in REFERENCES.items() if word in ids}
    return {
        **kept,
        "name": name,
        "description": str(spec.get("description") or ""),
        "dnis": list(numbers),
        **references,
    }


def next_numbers(*, wanted: Sequence[str], have: Sequence[str], at_once: int) -> list[str]:
    """The numbers of the next write: those that stay, and at most so many new ones."""
    staying = [number for number in wanted if number in set(have)]
    new = [number for number in wanted if number not in set(have)]
    return sorted(staying + new[:at_once])


def numbers_in(text: str) -> set[str]:
    """The phone numbers a message names."""
    return {f"+{number.lstrip('+')}" for number in _NUMBER.findall(text)}


def _changed_by(row: Row) -> Holder | None:
    if user := bodies.optional_text(row, "modifiedBy"):
        return Holder(user, user)
    app = bodies.optional_text(row, "modifiedByApp")
    return Holder(app, app, is_client=True) if app else None


def _changed_at(row: Row) -> str | None:
    try:
        return moment.text(moment.read(bodies.optional_text(row, "dateModified")))
    except ValueError:
        return None
