"""What became of a prompt that a dead process was writing.

Prompt names are unique on the platform, so one object with the name decides at once; none decides only after the
settle window, twice. What our own create left half made is completed by the next plan: nothing is deleted here.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import Forbidden, NotFound
from reconciler.genesys import looking, prompts
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.prompt import listed
from reconciler.kinds.prompt.steps import unfinished
from reconciler.model.change import Action
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Fate, Intent, Recovery, Written
from reconciler.model.resource import Spec


async def recover(client: Client, intent: Intent) -> Recovery:
    """Look and decide; writes nothing."""
    id = str(intent.data.get("id") or intent.id or "")
    if intent.action is Action.CREATE and not intent.data.get("id"):
        return await _by_name(client, intent)
    try:
        row = await looking.confirmed(client, lambda: prompts.get(client, id))
    except NotFound:
        if intent.action is Action.DELETE:
            return Recovery(fate=Fate.APPLIED, written=Written(id=RemoteId(id), version=""))
        return looking.too_early(client, intent) if looking.settles_in(client, intent) else looking.not_applied(intent)
    except Forbidden as error:
        return Recovery(fate=Fate.UNDECIDED, message=f"{intent.key}: {error}")
    if intent.action is Action.DELETE:
        return looking.too_early(client, intent) if looking.settles_in(client, intent) else looking.not_applied(intent)
    return await _judge(client, intent, row)


async def _by_name(client: Client, intent: Intent) -> Recovery:
    """An unanswered POST: who carries the name now?"""
    rows = await prompts.find(client, intent.key.name)
    if not rows:
        if looking.settles_in(client, intent):
            return looking.too_early(client, intent)
        again = await looking.twice(client, lambda: prompts.find(client, intent.key.name))
        if again is None:
            return looking.disagreeing(intent)
        rows = again
    if not rows:
        return looking.not_applied(intent)
    if len(rows) > 1:
        return looking.several(intent, rows)
    return await _judge(client, intent, rows[0])


async def _judge(client: Client, intent: Intent, row: Row) -> Recovery:
    live = listed.spec_of(row)
    have = listed.observed(row)
    missing = unfinished(wanted=intent.spec, live=live)
    if row.get("name") != intent.key.name:
        missing.append("name")
    removed = set(intent.data.get("removed") or ()) & live["resources"].keys()
    pending = set(intent.data.get("uploads") or ()) - set(intent.data.get("uploaded") or ())
    if not missing and not pending and not removed:
        return Recovery(fate=Fate.APPLIED, written=Written(id=have.id, version=have.version, live=live))
    if looking.settles_in(client, intent):
        return looking.too_early(client, intent)
    if intent.action is Action.CREATE:
        return _half_made(intent, have.id, live)
    return looking.not_applied(intent)


def _half_made(intent: Intent, id: RemoteId, live: Spec) -> Recovery:
    """Ours to complete, unless it holds anything that we did not mean to write; then a person decides."""
    if is_part_of(live, meant=intent.spec):
        return replace(looking.not_applied(intent), made=id)
    return Recovery(
        fate=Fate.FAILED,
        message=f"{intent.key} was left half made by us and has been edited since. Make git equal to it, delete it on "
        "the platform, or let git overwrite it by the annotation reconciler/adopt: git.",
    )


def is_part_of(live: Spec, *, meant: Spec) -> bool:
    """True when everything the prompt holds is what we were about to write; what is missing does not matter."""
    if (live.get("description") or "") != (meant.get("description") or ""):
        return False
    for language, have in live["resources"].items():
        want = meant["resources"].get(language)
        if want is None or (have["audio"] is not None and want["audio"] is None):
            return False
        if any(have[name] not in (None, want[name]) for name in ("tts", "text")):
            return False
    return True
