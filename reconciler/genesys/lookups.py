"""Names of things we refer to and do not manage: queues, schedule groups, emergency groups, users, groups,
divisions.

All answer with rows of `id` and `name`; filters of the platform are not exact, so callers compare [SDK 269].
"""

from __future__ import annotations

from reconciler.genesys.wire import bodies, paging
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

QUEUES = "/api/v2/routing/queues"
SCHEDULE_GROUPS = "/api/v2/architect/schedulegroups"
EMERGENCY_GROUPS = "/api/v2/architect/emergencygroups"
DIVISIONS = "/api/v2/authorization/divisions"
USERS_SEARCH = "/api/v2/users/search"
GROUPS_SEARCH = "/api/v2/groups/search"
USER = "/api/v2/users/{userId}"

QUEUES_PAGE_SIZE = 500
"""What the official provider uses."""
PAGE_SIZE = 100


async def queues(client: Client) -> list[Row]:
    return await paging.everything(client, QUEUES, size=QUEUES_PAGE_SIZE)


async def queues_named(client: Client, name: str) -> list[Row]:
    """For a queue that the list misses: a search finds new ones that the list does not show yet."""
    return await paging.everything(client, QUEUES, size=PAGE_SIZE, query={"name": name})


async def schedule_groups(client: Client) -> list[Row]:
    return await paging.everything(client, SCHEDULE_GROUPS, size=PAGE_SIZE)


async def emergency_groups(client: Client) -> list[Row]:
    return await paging.everything(client, EMERGENCY_GROUPS, size=PAGE_SIZE)


async def divisions(client: Client) -> list[Row]:
    """Needs no permission."""
    return await paging.everything(client, DIVISIONS, size=PAGE_SIZE)


async def users_named(client: Client, name: str) -> list[Row]:
    """Users with this name or, when it looks like one, this mail address."""
    return await _search(client, USERS_SEARCH, "email" if "@" in name else "name", name)


async def groups_named(client: Client, name: str) -> list[Row]:
    return await _search(client, GROUPS_SEARCH, "name", name)


async def _search(client: Client, template: str, field: str, value: str) -> list[Row]:
    body = await client.request(
        "POST",
        template,
        effect=Effect.READ,
        json={"pageSize": PAGE_SIZE, "pageNumber": 1, "query": [{"type": "EXACT", "fields": [field], "value": value}]},
    )
    place = Place("POST", template)
    if not isinstance(body, dict):
        raise bodies.missing("results", place)
    results = body.get("results") or []
    if not isinstance(results, list):
        raise bodies.missing("results", place)
    return [bodies.row(result, place) for result in results]


async def user_name(client: Client, id: str) -> str:
    """What the platform calls this user; the id when it gives no name."""
    body = bodies.row(await client.get(USER, path={"userId": id}), Place("GET", USER))
    return bodies.optional_text(body, "name") or id
