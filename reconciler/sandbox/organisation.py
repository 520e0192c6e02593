"""A new organisation: what the stand-in holds before anybody has written to it.

The state is one JSON object. Collections map an id to an entity; keys of an entity that begin with an
underscore never leave through /api. `COLLECTIONS` and `LISTS` are all the parts there are.
"""

from __future__ import annotations

import uuid

from reconciler.sandbox.answers import Json
from reconciler.sandbox.clock import iso

FORMAT = 1
COLLECTIONS = (
    "divisions", "prompts", "flows", "routes", "schedules", "schedulegroups", "emergencygroups", "queues",
    "groups", "users", "didpools", "jobs", "exports", "validations", "auditqueries", "uploads", "tokens",
    "audio", "documents", "inbox", "queuescripts", "dependencybuilds", "analyticsjobs", "botsessions",
    "messages", "openintegrations",
)  # fmt: skip
LISTS = ("clients", "roles", "audits", "timers", "callers")
QUEUES = ("Sales", "Support", "Billing", "Technical", "Overflow")
SETTINGS: Json = {
    # How a stale IVR version is refused; both forms were seen on the platform.
    "routeConflictStatus": 409,
    # What GET by id gives after an IVR was deleted: an object with state deleted ("state"), or 404 ("missing").
    "deletedRoutes": "state",
    # UNVERIFIED on the platform: whether a job may publish while its own client holds the checkout.
    "jobRefusesOwnLock": False,
    # UNVERIFIED on the platform: whether the stubs that a job makes are published or only saved.
    "stubs": "published",
    # Whether GET by id lags behind writes as lists do; seen on the platform for seconds after a create.
    "lagReads": False,
    # Seconds for which lists show the past; null: as --list-lag says.
    "listLagSeconds": None,
    # Seconds until an event appears in audit queries; UNVERIFIED on the platform.
    "auditDelaySeconds": 0,
    # Seconds until a conversation appears in aggregates; UNVERIFIED on the platform.
    "analyticsDelaySeconds": 0,
}


def empty_state() -> Json:
    """Every part, with nothing in it."""
    state: Json = {"format": FORMAT, "organization": {}, "settings": dict(SETTINGS)}
    state.update({name: {} for name in COLLECTIONS})
    state.update({name: [] for name in LISTS})
    return state


def new_organisation(now: float) -> Json:
    """Division Home, five queues, the schedule group "Office hours" and a hundred numbers."""
    state = empty_state()
    state["organization"] = {
        "id": str(uuid.uuid4()),
        "name": "Example",
        "defaultLanguage": "en-us",
        "defaultCountryCode": "US",
        "domain": "example",
        "features": {},
        "version": 1,
        "state": "active",
        "selfUri": "/api/v2/organizations/me",
    }
    home = str(uuid.uuid4())
    state["divisions"][home] = {"id": home, "name": "Home", "description": "", "homeDivision": True}
    for name in QUEUES:
        _add(state, "queues", {"name": name, "_division": home, "dateCreated": iso(now), "memberCount": 0})
    weekdays = _add(
        state,
        "schedules",
        {
            **_versioned("Weekdays", home, now),
            "start": "2025-01-06T08:00:00.000000",
            "end": "2025-01-06T18:00:00.000000",
            "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR",
        },
    )
    _add(
        state,
        "schedulegroups",
        {
            **_versioned("Office hours", home, now),
            "timeZone": "Etc/UTC",
            "openSchedules": [{"id": weekdays}],
            "closedSchedules": [],
            "holidaySchedules": [],
        },
    )
    pool = {"startPhoneNumber": "+13175550100", "endPhoneNumber": "+13175550199", "provider": "PURE_CLOUD"}
    _add(state, "didpools", {**_versioned("+13175550100", home, now), **pool})
    return state


def _versioned(name: str, division: str, now: float) -> Json:
    moment = iso(now)
    return {
        "name": name,
        "_division": division,
        "version": 1,
        "dateCreated": moment,
        "dateModified": moment,
        "state": "active",
    }


def _add(state: Json, collection: str, entity: Json) -> str:
    identity = str(uuid.uuid4())
    state[collection][identity] = {"id": identity, **entity}
    return identity
