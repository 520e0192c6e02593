"""What became of a call route that a dead process was writing.

Whether route names are unique on the platform is UNVERIFIED, so an unanswered create is looked for after the settle
window. A route that our own write left with part of its numbers is completed: all it needs is in the intent.
"""

from __future__ import annotations

from reconciler.errors import Forbidden, NotFound
from reconciler.genesys import looking, routes
from reconciler.genesys.names import Names
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.call_route import listed, writing
from reconciler.kinds.call_route.writing import Releases, Writing
from reconciler.model.change import Action
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Fate, Intent, Recovery, Written
from reconciler.model.resource import Spec


async def recover(client: Client, names: Names, intent: Intent) -> Recovery:
    id = str(intent.data.get("id") or intent.id or "")
    if intent.action is Action.CREATE and not intent.data.get("id"):
        return await _by_name(client, names, intent)
    try:
        row = await looking.confirmed(client, lambda: routes.get(client, id))
    except NotFound:
        row = None
    except Forbidden as error:
        return Recovery(fate=Fate.UNDECIDED, message=f"{intent.key}: {error}")
    is_gone = row is None or looking.is_deleted(row)
    if intent.action is Action.DELETE and is_gone:
        return Recovery(fate=Fate.APPLIED, written=Written(id=RemoteId(id), version=""))
    if row is not None and not is_gone and intent.action is not Action.DELETE:
        return await _judge(client, names, intent, row)
    return looking.too_early(client, intent) if looking.settles_in(client, intent) else looking.not_applied(intent)


async def _by_name(client: Client, names: Names, intent: Intent) -> Recovery:
    rows = await routes.find(client, intent.key.name)
    if len(rows) == 1 and intent.spec["dnis"] and await writing.spec_of(names, rows[0]) == intent.spec:
        return await _judge(client, names, intent, rows[0])  # a number has one owner, so this is ours
    if looking.settles_in(client, intent):
        return looking.too_early(client, intent)
    again = await looking.twice(client, lambda: routes.find(client, intent.key.name))
    if again is None:
        return looking.disagreeing(intent)
    if len(again) > 1:
        return looking.several(intent, again)
    return await _judge(client, names, intent, again[0]) if again else looking.not_applied(intent)


async def _judge(client: Client, names: Names, intent: Intent, row: Row) -> Recovery:
    live = await writing.spec_of(names, row)
    if live == intent.spec and row.get("name") == intent.key.name:
        return _applied(row, live)
    if looking.settles_in(client, intent):
        return looking.too_early(client, intent)
    is_ours = intent.action is Action.CREATE or row.get("modifiedByApp") == client.client_id
    if is_ours and row.get("name") == intent.key.name and is_part_of(live, meant=intent.spec):
        work = Writing(client, names, Releases(), intent.key, intent.spec, _announced)
        row = await work.bring(row, planned=live, planned_key=intent.key)
        return _applied(row, await writing.spec_of(names, row))
    return looking.not_applied(intent)


def is_part_of(live: Spec, *, meant: Spec) -> bool:
    """True when only numbers are missing from what we were about to write."""
    rest = {key: value for key, value in meant.items() if key != "dnis"}
    same = {key: value for key, value in live.items() if key != "dnis"} == rest
    return same and set(live["dnis"]) < set(meant["dnis"])


def _applied(row: Row, live: Spec) -> Recovery:
    written = Written(id=RemoteId(str(row["id"])), version=listed.version_of(row), live=live)
    return Recovery(fate=Fate.APPLIED, written=written)


async def _announced() -> None:
    """The intent is in the ledger already, and writing the same route once more is harmless."""
