"""A MessagingFlow from its manifest through a pass to the platform, and a conversation with what came out."""

from __future__ import annotations

import pytest
from manifest_stage import written
from pass_stage import Town, ended

from reconciler.genesys import bots
from reconciler.genesys.bots import Next

pytestmark = pytest.mark.anyio

CHAT = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Chat}
spec:
  language: en-us
  start: hello
  nodes:
    hello: {say: 'Say "hello"', next: topic}
    topic: {ask: Which?, choices: {Billing: bill, Other: other}, keywords: {Billing: [invoice]}, otherwise: person}
    bill: {set: {topic: billing}, next: number}
    number: {ask: Which invoice?, into: number, next: route}
    route:
      when:
        - {variable: topic, notEquals: billing, go: person}
        - {variable: number, greater: 1000, go: old}
        - {variable: number, exists: true, go: queue}
      otherwise: person
    old: {say: "Number ${flow.number} is in the archive.", end: true}
    queue: {say: "Invoice ${flow.number}, then.", transfer: {queue: Billing}}
    other: {say: Bye, end: true}
    person: {transfer: {queue: Support}}
"""


@pytest.fixture
async def town(stage, tmp_path) -> Town:
    town = Town(stage, tmp_path)
    town.want(*await written({"chat.yaml": CHAT}))
    return town


async def session(town: Town) -> str:
    flows = town.stage.state()["flows"].values()
    id = next(flow["id"] for flow in flows if flow["name"] == "Chat bot")
    return await bots.launch(town.stage.client, id, external_id="test-1")


async def test_both_flows_are_published_once_and_then_nothing_is_to_do(town):
    assert ended(await town.turn()) == {"Chat bot": "applied", "Chat": "applied"}
    assert ended(await town.turn()) == {}


@pytest.mark.parametrize(
    ("number", "said", "end"),
    [("17", "Invoice 17, then.", "To Billing"), ("4711", "Number 4711 is in the archive.", "The end")],
)
async def test_the_published_bot_converses_as_the_manifest_says(town, number, said, end):
    await town.turn()
    id = await session(town)
    client = town.stage.client
    first = await bots.begin(client, id)
    assert (first.said, first.next) == (('Say "hello"', "Which?"), Next.WAITS)
    asked = await bots.say(client, id, "It is about my INVOICE.", after=first)
    assert (asked.said, asked.next) == (("Which invoice?",), Next.WAITS)
    last = await bots.say(client, id, number, after=asked)
    assert (last.said, last.next, last.reason) == ((said,), Next.EXITS, "TriggeredByFlow")
    assert last.action == end
