"""A flow's life: locks and versions. What actions, jobs and people do to flows ends up in these functions.

A flow keeps `_versions` (oldest first), and the version ids `_saved`, `_checked_in`, `_published`. Version ids are
"1.0", "2.0", ... UNVERIFIED on the platform and chosen here: each save, checkin and publish makes one new version;
publishing an older version puts that one in force again without a new number.
"""

from __future__ import annotations

from reconciler.sandbox import archy, archy_checks, archy_scan
from reconciler.sandbox.answers import Json, conflict
from reconciler.sandbox.clock import iso, millis
from reconciler.sandbox.world import Actor, World

ROOT = "/api/v2/flows"


def new_flow(world: World, type: str, name: str, division: str) -> Json:
    """An empty flow; not stored yet."""
    return {
        "id": world.new_id(),
        "name": name,
        "description": "",
        "type": type,
        "active": False,
        "deleted": False,
        "_division": division,
        "_versions": [],
        "_saved": None,
        "_checked_in": None,
        "_published": None,
        "_published_by": None,
        "_lock": None,
        "_uses": {},
        "_operation": None,
    }


# -- locks ------------------------------------------------------------------------------------------------------


def holder(flow: Json) -> Actor | None:
    lock = flow["_lock"]
    return Actor(lock["id"], lock["name"], lock["user"]) if lock else None


def take_lock(flow: Json, actor: Actor, *, job: str | None = None) -> None:
    flow["_lock"] = {"id": actor.id, "name": actor.name, "user": actor.user, "job": job}


def release(flow: Json) -> None:
    flow["_lock"] = None


def refuse_foreign_lock(flow: Json, actor: Actor) -> None:
    """Raises ApiError 409 when somebody else holds the lock."""
    owner = holder(flow)
    if owner is not None and owner.id != actor.id:
        who = f"user {owner.name}" if owner.user else f"client {owner.name}"
        text = f"Flow '{flow['name']}' is locked by {who}."
        raise conflict("architect.flow.locked.by.user", text, entity_id=flow["id"], entity_name=flow["name"])


def require_own_lock(flow: Json, actor: Actor) -> None:
    owner = holder(flow)
    if owner is None or owner.id != actor.id:
        text = f"Flow '{flow['name']}' is not locked by you; check it out first."
        raise conflict("architect.flow.not.locked.by.user", text, entity_id=flow["id"], entity_name=flow["name"])


def refuse_while_busy(flow: Json) -> None:
    operation = flow["_operation"]
    if operation and not operation["complete"]:
        text = f"An operation ({operation['actionName']}) is already in progress on flow '{flow['name']}'."
        raise conflict("architect.operation.already.in.progress", text, entity_id=flow["id"])


# -- versions ---------------------------------------------------------------------------------------------------


def version(flow: Json, id: str | None) -> Json | None:
    return next((v for v in flow["_versions"] if v["id"] == id), None)


def latest(flow: Json) -> Json | None:
    """The newest version of any kind."""
    return flow["_versions"][-1] if flow["_versions"] else None


def add_version(world: World, flow: Json, actor: Actor, type: str, document: str) -> Json:
    """Append a version holding that stored document and move the pointers its type implies."""
    number = f"{len(flow['_versions']) + 1}.0"
    now = world.now()
    made: Json = {"id": number, "type": type, "dateCreated": millis(now), "_document": document}
    made["createdBy" if actor.user else "createdByClient"] = actor.ref()
    made["dateSaved"] = millis(now)
    if type in ("CHECKIN", "PUBLISH"):
        made["dateCheckedIn"] = millis(now)
    flow["_versions"].append(made)
    flow["_saved"] = number
    if type in ("CHECKIN", "PUBLISH"):
        flow["_checked_in"] = number
        track(world, made)
    return made


def track(world: World, made: Json) -> None:
    """Note what that version refers to now; dependency tracking knows versions from checkin on.

    Items are [collection, id, version]; a flow is referred to in the version that is published at this moment.
    """
    try:
        document = archy.read(world.state["documents"][made["_document"]])
    except archy.Refused:
        return  # made directly, without YAML: nothing to learn from it
    uses = archy_checks.dependencies(world, archy_scan.scan(document)).uses
    made["_consumes"] = [
        [kind, id, world.state["flows"][id]["_published"] if kind == "flows" else None]
        for kind, ids in uses.items()
        for id in ids
    ]
    made["_consumes"] += [["languages", one["language"], None] for one in archy.languages(document)]


def in_force(world: World, flow: Json, actor: Actor, chosen: Json) -> None:
    """Make that version the published one: name, description, languages and uses follow its document."""
    now = iso(world.now())
    if before := version(flow, flow["_published"]):
        before["datePublishedEnd"] = now
    chosen["datePublished"] = now
    chosen.pop("datePublishedEnd", None)
    flow |= {"_published": chosen["id"], "_published_by": actor.ref() if actor.user else None, "active": True}
    try:
        document = archy.read(world.state["documents"][chosen["_document"]])
    except archy.Refused:
        return  # made directly, without YAML: nothing to learn from it
    description = document.body.get("description")
    flow["description"] = description if isinstance(description, str) else ""
    flow["_languages"] = archy.languages(document)
    flow["_uses"] = archy_checks.dependencies(world, archy_scan.scan(document)).uses
    track(world, chosen)


# -- rendering --------------------------------------------------------------------------------------------------


def render_version(flow: Json, made: Json) -> Json:
    where = f"{ROOT}/{flow['id']}/versions/{made['id']}"
    body = {key: value for key, value in made.items() if not key.startswith("_")}
    more = {"configurationVersion": made["id"], "configurationUri": f"{where}/configuration", "selfUri": where}
    extras = {"name": flow["name"], "secure": False, "debug": False, "commitVersion": made["id"].split(".")[0]}
    return {**body, **extras, **more}


def render(world: World, flow: Json) -> Json:
    body: Json = {
        "id": flow["id"],
        "name": flow["name"],
        "division": world.division_ref(flow["_division"]),
        "description": flow["description"],
        "type": flow["type"],
    }
    if owner := holder(flow):
        body["lockedUser" if owner.user else "lockedClient"] = owner.ref()
    body |= {"active": flow["active"], "system": False, "deleted": flow["deleted"]}
    for key, pointer in (
        ("publishedVersion", "_published"),
        ("savedVersion", "_saved"),
        ("checkedInVersion", "_checked_in"),
    ):
        if made := version(flow, flow[pointer]):
            body[key] = render_version(flow, made)
    if flow["_published_by"]:
        body["publishedBy"] = flow["_published_by"]
    if flow["_operation"]:
        body["currentOperation"] = flow["_operation"]
    if flow.get("_languages"):
        body["supportedLanguages"] = flow["_languages"]
    return {**body, "virtualAgentEnabled": False, "selfUri": f"{ROOT}/{flow['id']}"}
