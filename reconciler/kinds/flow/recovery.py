"""What became of a flow that a dead process was publishing or deleting.

The journal's stages: `stubbing` (another flow's job makes a stub of it), `unlocking` (somebody's lock is pushed aside),
`locking` (a checkout left), `locked`, `renaming`, `job` (its id is in the data, the file was about to leave),
`deleting`. A lock is released only when it is our client's and the intent took one.
"""

from __future__ import annotations

from contextlib import suppress

from reconciler.errors import AmbiguousError, Forbidden, NotFound
from reconciler.genesys import flows, looking
from reconciler.genesys.flow_jobs import Job
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.flow import job, listed, lock, publishing
from reconciler.model import moment
from reconciler.model.change import Action
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Fate, Intent, Recovery, Written
from reconciler.ports import Offload


async def recover(client: Client, offload: Offload, intent: Intent) -> Recovery:
    try:
        if intent.action is Action.DELETE:
            return await _deletion(client, intent)
        if intent.stage == job.STUBBING:
            return await _stub(client, intent)
        if intent.data.get("job"):
            return await _job(client, offload, intent)
        return await _before_job(client, intent)
    except Forbidden as error:
        return Recovery(fate=Fate.UNDECIDED, message=f"{intent.key}: {error}")


async def _deletion(client: Client, intent: Intent) -> Recovery:
    id = _flow_id(intent)
    try:
        row = await looking.confirmed(client, lambda: flows.get(client, id))
    except NotFound:
        row = None
    if row is None or looking.is_deleted(row):
        return Recovery(fate=Fate.APPLIED, written=Written(id=RemoteId(id), version=""))
    return looking.too_early(client, intent) if looking.settles_in(client, intent) else looking.not_applied(intent)


async def _stub(client: Client, intent: Intent) -> Recovery:
    """The flow whose job makes a stub of this one went ahead; what is here now is for our own job to publish over."""
    maker = str(intent.data["maker"])
    try:
        ended = await job.follow(client, maker, seconds=client.settings.job_resume_seconds)
        if not ended.is_over and ended.status != "Registered" and not _is_dead(client, intent):
            message = f"{intent.key}: the job {maker} that makes a stub of it is still {ended.status}."
            return Recovery(fate=Fate.UNDECIDED, message=message)
        succeeded = ended.status == "Success"
    except NotFound:
        succeeded = False

    async def look() -> list[Row] | None:
        return await flows.find(client, type=intent.key.type, name=intent.key.name) or None

    rows = await looking.until(client, look, seconds=client.settings.read_back_seconds if succeeded else 0)
    if rows is None:
        return looking.too_early(client, intent) if looking.settles_in(client, intent) else looking.not_applied(intent)
    if len(rows) > 1:
        return looking.several(intent, rows)
    row = await lock.release(client, str(rows[0]["id"]))
    if row is None or not listed.is_stub_of(client.client_id, row):
        return looking.not_applied(intent)
    return Recovery(fate=Fate.NOT_APPLIED, made=RemoteId(str(row["id"])))


async def _before_job(client: Client, intent: Intent) -> Recovery:
    """Nothing was published. A checkout that is still on its way could lock the flow after we have looked."""
    if not _flow_id(intent):
        return looking.not_applied(intent)
    row = await lock.release(client, _flow_id(intent))
    late = intent.stage in ("unlocking", "locking") and row is not None and looking.settles_in(client, intent) > 0
    return looking.too_early(client, intent) if late else looking.not_applied(intent)


async def _job(client: Client, offload: Offload, intent: Intent) -> Recovery:
    """Resume the job that the intent names."""
    id = str(intent.data["job"])
    try:
        ended = await job.follow(client, id, seconds=client.settings.job_resume_seconds)
    except NotFound:
        return await _forgotten(client, offload, intent)
    match ended.status:
        case "Success":
            return await _succeeded(client, offload, intent, ended)
        case "Failure":
            return await _failed(client, intent, ended)
        case "Registered":
            if looking.settles_in(client, intent):
                return looking.too_early(client, intent)
            return await _let_go(client, intent)
        case status if not _is_dead(client, intent):
            return Recovery(
                fate=Fate.UNDECIDED, message=f"{intent.key}: its publish job {id} is still {status} on the platform."
            )
        case _:
            return await _forgotten(client, offload, intent)


async def _succeeded(client: Client, offload: Offload, intent: Intent, ended: Job) -> Recovery:
    flow_id = ended.flow_id or _flow_id(intent)
    if not flow_id:
        rows = await flows.find(client, type=intent.key.type, name=intent.key.name)
        if len(rows) != 1:
            return looking.several(intent, rows) if rows else looking.disagreeing(intent)
        flow_id = str(rows[0]["id"])
    before = intent.version_before or ""
    try:
        written = await publishing.read_back(client, offload, name=str(intent.key), id=flow_id, before=before)
    except AmbiguousError:
        if looking.settles_in(client, intent):
            return looking.too_early(client, intent)
        return await _undone(client, intent, flow_id)
    return Recovery(fate=Fate.APPLIED, written=written)


async def _undone(client: Client, intent: Intent, id: str) -> Recovery:
    """The job succeeded and its version is not in force: somebody has taken it back, and the next plan sees that."""
    try:
        row = await flows.get(client, id)
    except NotFound:
        return looking.not_applied(intent)
    if looking.is_deleted(row):
        return looking.not_applied(intent)
    await lock.release(client, id)
    ours = await publishing.our_latest(client, id)
    if not listed.is_newer(ours, intent.version_before or ""):
        return looking.not_applied(intent)
    note = f"published as version {ours}, and taken back by somebody since; the plan sees that as drift."
    return Recovery(fate=Fate.APPLIED, written=Written(id=RemoteId(id), version=ours, note=note))


async def _failed(client: Client, intent: Intent, ended: Job) -> Recovery:
    """Release what the job or we locked; a flow that our failed create made and never published is ours to complete."""
    flow_id = ended.flow_id or _flow_id(intent)
    row = await lock.release(client, flow_id) if flow_id else None
    left = None
    if intent.action is Action.CREATE and row is not None and listed.is_leftover_of(client.client_id, row):
        left = listed.observed(row, client_id=client.client_id)
    return Recovery(fate=Fate.FAILED, message=publishing.failure_text(str(intent.key), ended), left=left)


async def _forgotten(client: Client, offload: Offload, intent: Intent) -> Recovery:
    """The platform no longer knows the job: the flow itself tells."""
    rows: list[Row] = []
    if _flow_id(intent):
        with suppress(NotFound):
            rows = [await flows.get(client, _flow_id(intent))]
    rows = rows or await flows.find(client, type=intent.key.type, name=intent.key.name)
    if looking.settles_in(client, intent):
        return looking.too_early(client, intent)
    for row in rows:
        version = bodies.part(row, "publishedVersion") or {}
        moved = listed.is_newer(listed.published(row), intent.version_before or "")
        if moved and listed.is_made_by(version, client.client_id) is True:
            before = intent.version_before or ""
            written = await publishing.read_back(
                client, offload, name=str(intent.key), id=str(row["id"]), before=before
            )
            return Recovery(fate=Fate.APPLIED, written=written)
    return await _let_go(client, intent)


async def _let_go(client: Client, intent: Intent) -> Recovery:
    if _flow_id(intent):
        await lock.release(client, _flow_id(intent))
    return looking.not_applied(intent)


def _is_dead(client: Client, intent: Intent) -> bool:
    if intent.last_send_at is None:
        return False
    return (client.clock.now() - moment.read(intent.last_send_at)).total_seconds() > client.settings.job_dead_seconds


def _flow_id(intent: Intent) -> str:
    return str(intent.data.get("id") or intent.id or "")
