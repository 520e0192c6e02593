"""Answers that are no answers: whatever JSON comes back, a function gives its value or raises a ProviderError."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from genesys_stage import Platform, make_client

from reconciler.errors import ProviderError, Rejected
from reconciler.genesys import analytics, authorization, bots, messages, queues
from reconciler.genesys.bots import Next, Turn
from reconciler.genesys.messages import Messenger, Outgoing
from reconciler.genesys.wire.client import Client

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUERY = analytics.Query(start=NOON, end=NOON, metrics=["nFlow"])
LAST = Turn(id="t", said=(), choices=(), next=Next.WAITS, output={})
SMS = Outgoing(messenger=Messenger.SMS, sender="+13175550100", to="+13175550101", text="Hi")

CALLS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "conversations": lambda client: analytics.conversations(client, QUERY),
    "flows": lambda client: analytics.flows(client, QUERY),
    "flows_by_job": lambda client: analytics.flows_by_job(client, QUERY),
    "observe": lambda client: queues.observe(client, ["q"]),
    "estimated_wait": lambda client: queues.estimated_wait(client, "q"),
    "launch": lambda client: bots.launch(client, "f", external_id="x"),
    "say": lambda client: bots.say(client, "s", "Hi", after=LAST),
    "send": lambda client: messages.send(client, SMS),
    "fate": lambda client: messages.fate(client, "m"),
    "receive": lambda client: messages.receive(client, "i", sender="p", text="Hi", at=NOON, message_id="m"),
    "token": authorization.token,
    "grants": authorization.grants,
    "held": authorization.held,
    "role": lambda client: authorization.role(client, "r"),
}

JUNK: list[Any] = [None, 7, "text", [], {}, [7], {"id": 7}, {"id": "x"}, {"results": 7}, {"results": [7]}]
"""What may stand anywhere."""
SHAPES: list[Any] = [
    *JUNK,
    *({"results": [{"group": {}, "data": one}]} for one in JUNK),
    *({"results": [{"group": {}, "data": [{"interval": "a/b", "metrics": one}]}]} for one in JUNK),
    *({"results": [{"group": one, "data": [{"interval": "a/b", "metrics": [{"stats": {}}]}]}]} for one in JUNK),
    *({"results": [{"group": {"queueId": ["q"]}, "data": [{"metric": "oWaiting", "stats": one}]}]} for one in JUNK),
    *({"jobId": "j", "state": "FULFILLED", "results": one, "cursor": one} for one in JUNK),
    *({"id": "x", "nextActionType": "WaitForInput", "prompts": {"textPrompts": {"segments": one}}} for one in JUNK),
    *(
        {"id": "x", "nextActionType": "Exit", "prompts": {"textPrompts": {"segments": [{"content": one}]}}}
        for one in JUNK
    ),
    *({"id": "x", "nextActionType": one} for one in JUNK),
    *({"id": "x", "status": "sent", "normalizedReceipts": one} for one in JUNK),
    *({"id": "x", "status": "sent", "normalizedReceipts": [{"reasons": one, "channel": one}]} for one in JUNK),
    *({"id": "x", "organization": {}, "OAuthClient": one} for one in JUNK),
    *({"id": "x", "organization": {}, "OAuthClient": {"roleDivisions": one}} for one in JUNK),
    *({"id": "x", "grants": one, "permissionPolicies": one} for one in JUNK),
    *({"id": "x", "grants": [{"role": {"policies": one}, "division": one}]} for one in JUNK),
    *({"id": "x", "permissionPolicies": [{"actionSet": one}], "grants": [{"role": one}]} for one in JUNK),
]


@pytest.mark.parametrize("name", CALLS)
async def test_any_json_is_a_value_or_a_typed_error(name: str) -> None:
    for shape in SHAPES:
        answer = httpx.Response(200, content=json.dumps(shape).encode(), headers={"Content-Type": "application/json"})
        client = make_client(Platform(answer))
        try:
            await CALLS[name](client)
        except ProviderError as error:
            named = error.path
        except Exception as error:
            raise AssertionError(f"{name} on {shape}") from error
        else:
            continue
        assert named.startswith("/api/v2/"), shape


async def test_results_that_never_end_are_given_up() -> None:
    endless = Platform(httpx.Response(200, json={"jobId": "j", "state": "FULFILLED", "results": [], "cursor": "next"}))
    with pytest.raises(Rejected, match="more than 100 pages"):
        await analytics.flows_by_job(make_client(endless), QUERY)
