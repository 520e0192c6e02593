"""What the fault matrix calls beyond the kinds: rights, audits, dependencies, validation, analytics, bots, messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bench.fault_calls import Call, Scene, said
from reconciler.genesys import (
    analytics,
    audit_messages,
    audits,
    authorization,
    bots,
    configurations,
    dependencies,
    lookups,
    messages,
    queues,
    validations,
)
from reconciler.genesys.messages import Messenger, Outgoing
from reconciler.genesys.validations import Stored
from reconciler.model import identity
from reconciler.model.identity import RemoteId

INTEGRATION = "11111111-2222-4333-8444-555555555555"
SMS = Outgoing(messenger=Messenger.SMS, sender="+13175550100", to="+13175550101", text="Thank you.")
OPEN = Outgoing(messenger=Messenger.OPEN, sender=INTEGRATION, to="person-1", text="Thank you.")


def _audits(s: Scene) -> audits.Query:
    now = s.client.clock.now()
    return audits.Query(start=now - timedelta(days=1), end=now, service=audits.ARCHITECT, filters={})


def _counts(s: Scene, metric: str) -> analytics.Query:
    now = s.client.clock.now()
    return analytics.Query(start=now - timedelta(hours=1), end=now, metrics=(metric,))


def _flow(s: Scene) -> dict[str, str]:
    return {"id": s.flow, "type": dependencies.flow_type("inboundCall")}


async def _audited(s: Scene) -> None:
    s.held["query"] = await audits.begin(s.client, _audits(s))
    while await audits.state(s.client, s.held["query"]) != "Succeeded":
        await s.client.clock.sleep(0.02)


async def _validating(s: Scene) -> None:
    s.held["job"] = await validations.register(s.client, [Stored(s.flow)])


async def _role(s: Scene) -> None:
    token = await authorization.token(s.client)
    s.held["role"] = token["OAuthClient"]["roleDivisions"][0]["roleId"]


async def _queue(s: Scene) -> None:
    s.held["queue"] = (await lookups.queues(s.client))[0]["id"]


async def _session(s: Scene) -> None:
    s.held["session"] = await bots.launch(s.client, s.bot, external_id="probe-1")


async def _greeted(s: Scene) -> None:
    await _session(s)
    s.held["turn"] = await bots.begin(s.client, s.held["session"])


async def _sent(s: Scene) -> None:
    s.held["message"] = (await messages.send(s.client, OPEN)).id


def _turn(s: Scene) -> dict[str, Any]:
    return {"session": s.held["session"], "after": s.held["turn"]}


async def _received(s: Scene) -> None:
    letter = {"sender": "person-1", "text": "Hello", "at": s.client.clock.now(), "message_id": "m-1"}
    await messages.receive(s.client, INTEGRATION, **letter)


async def _acknowledged(s: Scene) -> None:
    letter = {"message_id": s.held["message"], "recipient": "person-1", "at": s.client.clock.now()}
    await messages.acknowledge(s.client, INTEGRATION, **letter)


async def _told(s: Scene) -> None:
    since = s.client.clock.now() - timedelta(days=1)
    await audit_messages.of_object(s.client, identity.flow("inboundCall", "Main IVR"), RemoteId(s.flow), since=since)


A, D, R = audits, dependencies, authorization
CALLS = (
    # Rights.
    Call("authorization.token", "GET", R.TOKEN, lambda s: R.token(s.client)),
    Call("authorization.grants", "GET", R.SUBJECT, lambda s: R.grants(s.client)),
    Call("authorization.held", "GET", R.SUBJECT, lambda s: R.held(s.client)),
    Call("authorization.role", "GET", R.ROLE, lambda s: R.role(s.client, s.held["role"]), before=_role),
    # Audits.
    Call("audits.realtime", "POST", A.REALTIME, lambda s: A.realtime(s.client, _audits(s), page=1)),
    Call("audits.everything", "POST", A.QUERY, lambda s: A.everything(s.client, _audits(s), entries_max=9)),
    Call("audits.begin", "POST", A.QUERY, lambda s: A.begin(s.client, _audits(s))),
    Call("audits.state", "GET", A.TRANSACTION, lambda s: A.state(s.client, s.held["query"]), before=_audited),
    Call("audits.results", "GET", A.RESULTS, lambda s: A.results(s.client, s.held["query"]), before=_audited),
    Call("audits.services", "GET", A.SERVICES, lambda s: A.services(s.client)),
    Call("audits.realtime_services", "GET", A.REALTIME_SERVICES, lambda s: A.realtime_services(s.client)),
    Call("audit_messages.of_object", "POST", A.QUERY, _told),
    # What stored flows are.
    Call(
        "configurations.of_version", "GET", configurations.CONFIGURATION,
        lambda s: configurations.of_version(s.client, s.flow, "1.0"),
    ),
    Call(
        "validations.validate", "POST", validations.JOBS,
        lambda s: validations.validate(s.client, [Stored(s.flow)]),
    ),
    Call("validations.register", "POST", validations.JOBS, _validating),
    Call(
        "validations.get", "GET", validations.JOB, before=_validating,
        work=lambda s: validations.get(s.client, s.held["job"]),
    ),
    Call("dependencies.search", "GET", D.ROOT, lambda s: D.search(s.client, "Main IVR")),
    Call("dependencies.build", "GET", D.BUILD, lambda s: D.build(s.client)),
    Call("dependencies.consumed", "GET", D.CONSUMED, lambda s: D.consumed(s.client, **_flow(s), version="1.0")),
    Call("dependencies.consumers", "GET", D.CONSUMING, lambda s: D.consumers(s.client, **_flow(s), version="1.0")),
    Call(
        "dependencies.consumers_of_versions", "GET", D.CONSUMING,
        lambda s: D.consumers_of_versions(s.client, **_flow(s), versions=["1.0"]),
    ),
    # Callers and queues.
    Call(
        "analytics.conversations", "POST", analytics.CONVERSATIONS,
        lambda s: analytics.conversations(s.client, _counts(s, "nOffered")),
    ),
    Call("analytics.flows", "POST", analytics.FLOWS, lambda s: analytics.flows(s.client, _counts(s, "nFlow"))),
    Call(
        "analytics.conversations_by_job", "POST", analytics.CONVERSATION_JOBS,
        lambda s: analytics.conversations_by_job(s.client, _counts(s, "nOffered")),
    ),
    Call(
        "analytics.flows_by_job", "POST", analytics.FLOW_JOBS,
        lambda s: analytics.flows_by_job(s.client, _counts(s, "nFlow")),
    ),
    Call(
        "queues.observe", "POST", queues.OBSERVATIONS, before=_queue,
        work=lambda s: queues.observe(s.client, [s.held["queue"]]),
    ),
    Call(
        "queues.estimated_wait", "GET", queues.ESTIMATED_WAIT, before=_queue,
        work=lambda s: queues.estimated_wait(s.client, s.held["queue"]),
    ),
    # Conversations.
    Call("bots.launch", "POST", bots.SESSIONS, _session),
    Call(
        "bots.begin", "POST", bots.TURNS, writes=True, before=_session,
        work=lambda s: bots.begin(s.client, s.held["session"]),
    ),
    Call(
        "bots.say", "POST", bots.TURNS, writes=True, before=_greeted,
        work=lambda s: bots.say(s.client, text="Billing", **_turn(s)),
    ),
    Call(
        "bots.stay_silent", "POST", bots.TURNS, writes=True, before=_greeted,
        work=lambda s: bots.stay_silent(s.client, **_turn(s)),
    ),
    Call(
        "bots.leave", "POST", bots.TURNS, writes=True, before=_greeted,
        work=lambda s: bots.leave(s.client, **_turn(s)),
    ),
    Call(
        "messages.send", "POST", messages.AGENTLESS, writes=True,
        work=lambda s: messages.send(s.client, SMS, before_send=said),
    ),
    Call(
        "messages.fate", "GET", messages.DETAILS, before=_sent,
        work=lambda s: messages.fate(s.client, s.held["message"]),
    ),
    Call("messages.receive", "POST", messages.OPEN_MESSAGE, _received, writes=True),
    Call("messages.acknowledge", "POST", messages.OPEN_RECEIPT, _acknowledged, writes=True, before=_sent),
)  # fmt: skip
