"""A conversation with a bot as the client has it with the sandbox."""

from __future__ import annotations

import pytest

from reconciler.architect import canonical
from reconciler.documents.load import ARCHY, load
from reconciler.errors import AmbiguousError, Conflicted, Forbidden, Rejected
from reconciler.genesys import bots
from reconciler.genesys.bots import Next
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.model import digest, identity
from reconciler.model.resource import Asset, Desired
from tests.integration.remotes.remote_stage import HERE, Stage, flow

pytestmark = pytest.mark.anyio

BOT = b"""
digitalBot:
  name: Helper
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  bots:
    - bot:
        name: Start
        refId: start
        actions:
          - digitalMenu:
              name: Ask
              question: {exp: 'ToCommunication("How can we help?")'}
              noMatch: {exp: 'ToCommunication("Please pick one.")'}
              outputs:
                paths:
                  - path: {name: Billing, actions: [{exitBotFlow: {name: To the flow}}]}
                  - path: {name: Nothing, actions: [{disconnect: {name: Bye}}]}
          - disconnect: {name: End}
"""


def bot() -> Desired:
    spec = {"document": canonical.canonical(load(BOT, "bot.yaml", ARCHY).documents[0].value)}
    asset = Asset("archy/bot.yaml", digest.of_bytes(BOT), BOT)
    return Desired(identity.flow("digitalBot", "Helper"), spec, digest.of(spec), HERE, assets={"yaml": asset})


async def session(stage: Stage) -> str:
    return await bots.launch(stage.client, (await stage.apply(bot())).id, external_id="probe-1")


async def test_a_conversation_goes_turn_by_turn_to_its_end(stage: Stage) -> None:
    id = await session(stage)
    first = await bots.begin(stage.client, id)
    assert (first.said, first.choices, first.next) == (("How can we help?",), ("Billing", "Nothing"), Next.WAITS)
    again = await bots.say(stage.client, id, "what?", after=first)
    assert (again.said, again.next) == (("Please pick one.",), Next.WAITS)
    end = await bots.say(stage.client, id, "Billing", after=again)
    assert (end.next, end.reason, end.action, end.said) == (Next.EXITS, "TriggeredByFlow", "To the flow", ())


async def test_silence_and_leaving_are_turns_too(stage: Stage) -> None:
    id = await session(stage)
    asked = await bots.stay_silent(stage.client, id, after=await bots.begin(stage.client, id))
    assert asked.next is Next.WAITS
    end = await bots.leave(stage.client, id, after=asked)
    assert (end.next, end.reason) == (Next.DISCONNECTS, "TriggeredByUser")


async def test_a_turn_after_another_than_the_last_is_a_conflict(stage: Stage) -> None:
    id = await session(stage)
    first = await bots.begin(stage.client, id)
    await bots.say(stage.client, id, "?", after=first)
    with pytest.raises(Conflicted):
        await bots.say(stage.client, id, "Billing", after=first)


async def test_a_turn_without_an_answer_is_not_sent_again(stage: Stage) -> None:
    id = await session(stage)
    first = await bots.begin(stage.client, id)
    stage.fault("POST", bots.TURNS, "reset_after")
    stage.forget_requests()
    with pytest.raises(AmbiguousError):
        await bots.say(stage.client, id, "Billing", after=first)
    assert stage.requests() == {f"POST {bots.TURNS}": 1}


async def test_a_call_flow_is_no_bot(stage: Stage) -> None:
    applied = await stage.apply(flow())
    with pytest.raises(Rejected, match="no bot"):
        await bots.launch(stage.client, applied.id, external_id="probe-1")


async def test_the_missing_permission_is_named(stage: Stage) -> None:
    applied = await stage.apply(bot())
    clients = [{"id": "ci", "secret": "secret", "permissions": ["architect:flow:view"]}]
    stage.control.put("/_sandbox/state", json={"clients": clients})
    stage.become("ci", RemoteSettings())
    with pytest.raises(Forbidden, match="textbots:botFlowSession:execute"):
        await bots.launch(stage.client, applied.id, external_id="probe-1")
