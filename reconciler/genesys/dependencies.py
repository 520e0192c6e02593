"""Dependency tracking: who uses what, as the platform has worked it out [SDK 269].

Answers are about exactly the version that is asked for, so asking about the current one alone can miss a consumer that
was published against an older one; `LATEST` is not a version; one consumer appears once for each of its versions that
refers to the object; names looked up at run time and web deployments do not show [measured on live organisations].
All need `architect:dependencyTracking:view`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.architect.flow import ROOT_KEYS
from reconciler.errors import Malformed, NotFound
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import Query
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.translate import Place

ROOT = "/api/v2/architect/dependencytracking"
CONSUMED = f"{ROOT}/consumedresources"
CONSUMING = f"{ROOT}/consumingresources"
BUILD = f"{ROOT}/build"
PAGE_SIZE = 100
"""What the official provider uses for listings of this family."""
PAGES_MAX = 100
VERSIONS_MAX = 20
"""Versions of one flow asked about, newest first."""

PROMPT, QUEUE, SCHEDULE_GROUP, ROUTE = "USERPROMPT", "QUEUE", "SCHEDULEGROUP", "IVRCONFIGURATION"


class Build(StrEnum):
    """How far the platform's index is; only OPERATIONAL can be relied on."""

    NOT_BUILT = "NOTBUILT"
    QUEUED = "BUILDQUEUED"
    INITIALIZING = "BUILDINITIALIZING"
    IN_PROGRESS = "BUILDINPROGRESS"
    INCOMPLETE = "BUILDINCOMPLETE"
    OPERATIONAL = "OPERATIONAL"
    NEEDS_REBUILD = "OPERATIONALNEEDSREBUILD"


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """`type` is dependency tracking's own word: INBOUNDCALLFLOW, USERPROMPT, ...; `version` is empty without one."""

    type: str
    name: str
    id: str
    version: str = ""
    deleted: bool = False

    def __str__(self) -> str:
        return f"{self.type} {self.name or self.id!r}"


def flow_type(root_key: str) -> str:
    """The word for flows of this Archy root key. There is none for all flows."""
    platform_type = ROOT_KEYS.get(root_key, root_key.upper())
    return platform_type if platform_type == "WORKFLOW" else f"{platform_type}FLOW"


async def consumers(client: Client, *, id: str, type: str, version: str | None) -> list[Dependency]:
    """Who uses that version of an object, one entry for each version of theirs. Objects without versions take None."""
    return await _listed(client, CONSUMING, {"id": id, "objectType": type, "version": version})


async def consumers_of_versions(client: Client, *, id: str, type: str, versions: Iterable[str]) -> list[Dependency]:
    """Who uses any of these versions, each once, the newest `VERSIONS_MAX` of them asked one by one.

    A version that tracking does not know has no consumers.
    """
    found: set[Dependency] = set()
    for version in list(versions)[:VERSIONS_MAX]:
        try:
            users = await consumers(client, id=id, type=type, version=version)
        except NotFound:
            continue
        found |= {Dependency(one.type, one.name, one.id) for one in users}
    return sorted(found)


async def consumed(client: Client, *, id: str, type: str, version: str) -> list[Dependency]:
    """What that version of a flow uses."""
    return await _listed(client, CONSUMED, {"id": id, "objectType": type, "version": version})


async def search(client: Client, name: str, *, types: Sequence[str] = ()) -> list[Dependency]:
    """Objects by name; whether the platform's filter is exact is UNVERIFIED, so callers compare."""
    return await _listed(client, ROOT, {"name": name, "objectType": types or None})


async def build(client: Client) -> Build | None:
    """The state of the index, None for a word we do not know."""
    place = Place("GET", BUILD)
    body = await client.get(BUILD)
    if not isinstance(body, dict):
        raise bodies.missing("status", place)
    try:
        return Build(bodies.text(body, "status", place))
    except ValueError:
        return None


async def _listed(client: Client, template: str, query: Query) -> list[Dependency]:
    """All pages. Not `paging`: there an id counts once, here every version of it does."""
    found: dict[Dependency, None] = {}
    for number in range(1, PAGES_MAX + 1):
        body = await client.get(template, query={**query, "pageNumber": number, "pageSize": PAGE_SIZE})
        found.update(dict.fromkeys(_dependency(row, template) for row in _entities(body, template)))
        pages = body.get("pageCount")
        if not isinstance(pages, int) or pages <= number:
            return list(found)
    raise Malformed(f"The platform lists more than {PAGES_MAX * PAGE_SIZE:,} of these.", method="GET", path=template)


def _entities(body: Any, template: str) -> list[Any]:
    entities = (body.get("entities") or []) if isinstance(body, dict) else None
    if not isinstance(entities, list):
        raise bodies.missing("entities", Place("GET", template))
    return entities


def _dependency(body: Any, template: str) -> Dependency:
    row: Row = bodies.row(body, Place("GET", template))
    return Dependency(
        type=bodies.optional_text(row, "type") or "object",
        name=bodies.optional_text(row, "name"),
        id=str(row["id"]),
        version=bodies.optional_text(row, "version"),
        deleted=row.get("deleted") is True,
    )
