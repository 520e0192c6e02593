"""What became of a prompt that a dead process was writing.

Prompt names are unique on the platform, so one object with the name decides at once; none decides only after the
settle window, twice. A prompt that our own create left half made is taken back: nobody else has touched it, and the
next plan makes it whole.
"""

from __future__ import annotations

from reconciler.errors import Conflicted, Forbidden, NotFound
from reconciler.genesys import looking, prompts
from reconciler.genesys.bodies import Row
from reconciler.genesys.client import Client
from reconciler.kinds.prompt import listed
from reconciler.kinds.prompt.steps import unfinished
from reconciler.model.change import Action
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Fate, Intent, Recovery, Written
from reconciler.model.resource import Spec


async def recover(client: Client, intent: Intent) -> Recovery:
    """Look, decide, and take back only what our own unfinished create made."""
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
    pending = set(intent.data.get("uploads") or ()) - set(intent.data.get("uploaded") or ())
    if not missing and not pending:
        return Recovery(fate=Fate.APPLIED, written=Written(id=have.id, version=have.version, live=live))
    if looking.settles_in(client, intent):
        return looking.too_early(client, intent)
    if intent.action is Action.CREATE:
        return await _take_back(client, intent, have.id, live)
    return looking.not_applied(intent)


async def _take_back(client: Client, intent: Intent, id: RemoteId, live: Spec) -> Recovery:
    """Delete the half-made prompt, unless it holds anything that we did not mean to write."""
    if not is_part_of(live, meant=intent.spec):
        return Recovery(
            fate=Fate.UNDECIDED,
            message=f"{intent.key} was left half made by us and has been edited since. Delete it on the platform, or "
            "make git equal to it.",
        )

    async def announce() -> None:
        """The intent is in the ledger already, and repeating this deletion is harmless."""

    try:
        await prompts.delete(client, id, before_send=announce)
    except NotFound:
        pass
    except Conflicted as error:
        return Recovery(fate=Fate.UNDECIDED, message=f"{intent.key} was left half made by us and is in use: {error}")
    if not await looking.absent(client, lambda: prompts.get(client, id), seconds=client.settings.read_back_seconds):
        return looking.too_early(client, intent)
    return looking.not_applied(intent)


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
