"""Bot flow sessions: launch one, then post turns to it [SDK 269]. The published version runs, as `bot_runner` can.

UNVERIFIED on the platform: status codes of refusals, that the first turn must be NoOp, and what a turn to a session
that is over answers (here 400).
"""

from __future__ import annotations

from reconciler.sandbox import archy, versions
from reconciler.sandbox.answers import Json, Reply, bad_request, conflict, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.conversations.bot_runner import Run
from reconciler.sandbox.conversations.bot_script import Script
from reconciler.sandbox.world import is_deleted

ROOT = "/api/v2/textbots/botflows/sessions"
EXECUTE = ("textbots:botFlowSession:execute",)
TYPES = ("BOT", "DIGITALBOT")
CHANNELS = ("Call", "Chat", "Messaging")
INPUTS = (
    "NoOp", "UserInput", "RichMediaInput", "Error", "NoMatch", "NoInput", "UserDisconnect", "ClientSessionExpired",
)  # fmt: skip
ENDS = {"Error": "Error", "UserDisconnect": "TriggeredByUser", "ClientSessionExpired": "SessionExpired"}


def launch(call: Call) -> Reply:
    body, world = call.json(), call.world
    for name in ("flow", "externalSessionId", "channel"):
        if not body.get(name):
            raise bad_request(f"{name} is required.", name)
    channel = body["channel"]
    if not isinstance(channel, dict) or channel.get("name") not in CHANNELS:
        raise bad_request(f"channel needs a name out of {', '.join(CHANNELS)}.", "channel", code="invalid.value")
    id = str(body["flow"].get("id")) if isinstance(body["flow"], dict) else ""
    flow = world.get("flows", id)
    if flow is None or is_deleted(flow) or not call.sees(flow):
        raise not_found("not.found", "a bot flow", id)
    if flow["type"] not in TYPES:
        raise bad_request(f"Flow '{flow['name']}' is a {flow['type']} flow and no bot.", "flow")
    published = versions.version(flow, flow["_published"])
    if published is None:
        raise bad_request(f"Flow '{flow['name']}' is not published.", "flow")
    document = archy.read(world.state["documents"][published["_document"]])
    known = [one["language"] for one in archy.languages(document)]
    language = body.get("language") if body.get("language") in known else next(iter(known), "en-us")
    session = {"id": world.new_id(), "_document": published["_document"], "_turn": None}
    session["_state"] = {"stack": [], "slots": {}, "asked": {}, "language": language, "ended": False}
    world.put_passing("botsessions", session)
    return ok({"id": session["id"]})


def turn(call: Call) -> Reply:
    world, body = call.world, call.json()
    stored = world.get("botsessions", call.params["sessionId"])
    if stored is None:
        raise not_found("not.found", "a bot flow session", call.params["sessionId"])
    session = world.edit(stored)
    kind, previous = body.get("inputEventType"), (body.get("previousTurn") or {}).get("id")
    if kind not in INPUTS:
        raise bad_request(f"inputEventType must be one of {', '.join(INPUTS)}.", "inputEventType", code="invalid.value")
    if previous is not None and previous != session["_turn"]:
        raise conflict("general.conflict", f"The last turn of this session is {session['_turn']}, not {previous}.")
    if session["_state"]["ended"]:
        raise bad_request("The session is over.")
    if (session["_turn"] is None) != (kind == "NoOp") and kind not in ENDS:
        raise bad_request("The first turn of a session is NoOp, and no other is.", "inputEventType")
    script = Script(archy.read(world.state["documents"][session["_document"]]))
    run = Run(script, session["_state"], frozenset(queue["name"] for queue in world.all("queues")))
    following = _following(run, str(kind), body)
    answered: Json = {"id": world.new_id()}
    if session["_turn"] is not None:
        answered["previousTurn"] = {"id": session["_turn"]}
    if run.segments:
        language = session["_state"]["language"]
        answered["prompts"] = {"outputLanguage": language, "textPrompts": {"segments": run.segments}}
    session["_turn"] = answered["id"]
    world.put("botsessions", session)
    return ok({**answered, **following})


def _following(run: Run, kind: str, body: Json) -> Json:
    match kind:
        case "NoOp":
            return run.begin()
        case "UserInput":
            return run.answer(_text(body))
        case "RichMediaInput":
            return run.answer(_payload(body))
        case "NoInput":
            return run.answer(None)
        case "NoMatch":
            return run.answer("")
        case _:
            run.state["ended"] = True
            return {"nextActionType": "Disconnect", "nextActionDisconnect": {"reason": ENDS[kind]}}


def _text(body: Json) -> str:
    """The first alternative of a user input. Raises ApiError 400."""
    match body.get("inputEventUserInput"):
        case {"mode": "Text", "alternatives": [{"transcript": {"text": str() as text}}, *_]}:
            return text
        case _:
            needs = "UserInput needs inputEventUserInput with the mode Text and alternatives with a transcript."
            raise bad_request(needs, "inputEventUserInput")


def _payload(body: Json) -> str:
    """What a pressed button or quick reply carries. Raises ApiError 400."""
    match body.get("inputEventRichMedia"):
        case {"inputs": [{"buttonResponse": {"payload": str() as payload}}, *_]}:
            return payload
        case {"inputs": [{"quickReply": {"payload": str() as payload}}, *_]}:
            return payload
        case _:
            needs = "RichMediaInput needs inputEventRichMedia with a buttonResponse or quickReply in its inputs."
            raise bad_request(needs, "inputEventRichMedia")


ENDPOINTS = [
    Endpoint("POST", ROOT, launch, EXECUTE),
    Endpoint("POST", ROOT + "/{sessionId}/turns", turn, EXECUTE),
]
