"""What the platform's audits say of one object, its parts included."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.genesys import audit_messages
from reconciler.model import identity
from reconciler.model.identity import RemoteId
from tests.integration.remotes.remote_stage import Stage, flow, prompt, route

pytestmark = pytest.mark.anyio


async def told(stage: Stage, key, id: str, *, days: float = 1) -> list[str]:
    since = stage.time.now() - timedelta(days=days)
    found = await audit_messages.of_object(stage.client, key, RemoteId(id), since=since)
    assert [message.at for message in found] == sorted((message.at for message in found), reverse=True)
    return [f"{message.entity_type} {message.action} {'ours' if message.ours else message.by}" for message in found]


async def test_a_prompt_comes_with_its_languages(stage: Stage) -> None:
    made = await stage.apply(prompt(en_us={"tts": "Hi"}))
    stage.time.advance(1)
    stage.person("edit", "Prompt", "welcome", set={"resources": {"en-us": {"ttsString": "Bye"}}})
    said = await told(stage, made.key, made.id)
    assert said[0] == "PromptResource Update supervisor-1"
    assert {"Prompt Create ours", "PromptResource Create ours"} <= set(said)


async def test_a_route_is_found_in_the_service_that_holds_it(stage: Stage) -> None:
    await stage.apply(flow())
    made = await stage.apply(route())
    stage.time.advance(1)
    stage.person("edit", "CallRoute", "Main number")
    assert await told(stage, made.key, made.id) == ["IVR Update supervisor-1", "IVR Create ours"]


async def test_a_flow_tells_its_locks_and_versions(stage: Stage) -> None:
    made = await stage.apply(flow())
    stage.time.advance(1)
    stage.person("lock", "Flow", "Main IVR")
    said = await told(stage, made.key, made.id)
    assert said[0] == "Flow Checkout supervisor-1"
    assert "Flow Publish ours" in said


async def test_a_prompt_that_is_gone_still_has_its_own_entries(stage: Stage) -> None:
    made = await stage.apply(prompt(en_us={"tts": "Hi"}))
    stage.time.advance(1)
    stage.person("delete", "Prompt", "welcome")
    assert await told(stage, made.key, made.id) == ["Prompt Delete supervisor-1", "Prompt Create ours"]
    assert await told(stage, identity.prompt("welcome"), "no-such-id") == []
    stage.time.advance(86_400)
    assert await told(stage, made.key, made.id, days=0.5) == []
