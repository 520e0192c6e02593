"""What the platform knows of stored flows: validation, configuration, dependencies."""

from __future__ import annotations

import pytest

from reconciler.errors import Conflicted, NotFound, Rejected, TimedOut, Unavailable
from reconciler.genesys import configurations, dependencies, exports, validations
from reconciler.genesys.dependencies import Build, Dependency
from reconciler.genesys.validations import Stored
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.model.review import Review
from tests.integration.remotes.remote_stage import Stage, flow, prompt, route

pytestmark = pytest.mark.anyio
VALIDATE = "/api/v2/flows/validate/jobs"
EXPORT = "/api/v2/flows/export/jobs"
WITH_PROMPT = """
inboundCall:
  name: {name}
  defaultLanguage: en-us
  startUpRef: "/inboundCall/tasks/task[say]"
  initialGreeting: {{exp: Prompt.welcome}}
  tasks: [{{task: {{name: Say, refId: say, actions: [{{disconnect: {{name: End}}}}]}}}}]
"""


async def using_a_prompt(stage: Stage, name: str = "Main IVR", *, times: int = 1) -> tuple[str, str]:
    """Ids of a flow and of the prompt that each of its versions plays."""
    base = await stage.apply(prompt("welcome", en_us={"tts": "Hi"}))
    for _ in range(times):
        made = stage.person("publish", "Flow", name, yaml=WITH_PROMPT.format(name=name))
    return made["id"], base.id


async def test_a_stored_flow_is_validated_in_the_version_asked_for(stage: Stage) -> None:
    made = await stage.apply(flow())
    assert await validations.validate(stage.client, [Stored(made.id, made.version)]) == Review(ok=True)
    wrong = await validations.validate(stage.client, [Stored(made.id, "9.0")])
    assert not wrong.ok
    assert "9.0" in wrong.errors[0]


async def test_a_validation_without_reasons_and_one_without_end(stage: Stage) -> None:
    made = await stage.apply(flow())
    stage.fault("POST", VALIDATE, "job_failure")
    assert await validations.validate(stage.client, [Stored(made.id)]) == Review(ok=False)
    stage.become("reconciler", RemoteSettings(validate_seconds=2.0))
    stage.time.platform_stands_still = True
    with pytest.raises(TimedOut, match="2 s"):
        await validations.validate(stage.client, [Stored(made.id)])


async def test_a_configuration_tells_what_the_flow_uses_by_id(stage: Stage) -> None:
    flow_id, prompt_id = await using_a_prompt(stage)
    found = configurations.references(await configurations.of_version(stage.client, flow_id, "1.0"))
    assert [(one.kind, one.name, one.id) for one in found] == [
        ("language", "en-us", "en-us"),
        ("userPrompt", "welcome", prompt_id),
    ]
    with pytest.raises(NotFound):
        await configurations.of_version(stage.client, flow_id, "9.0")


async def test_consumers_come_with_each_of_their_versions(stage: Stage) -> None:
    flow_id, prompt_id = await using_a_prompt(stage, times=2)
    users = await dependencies.consumers(stage.client, id=prompt_id, type=dependencies.PROMPT, version=None)
    assert users == [Dependency("INBOUNDCALLFLOW", "Main IVR", flow_id, version) for version in ("1.0", "2.0")]
    used = await dependencies.consumed(stage.client, id=flow_id, type="INBOUNDCALLFLOW", version="1.0")
    assert [(one.type, one.name) for one in used] == [("LANGUAGE", "en-us"), ("USERPROMPT", "welcome")]


async def test_all_pages_of_consumers_are_read(stage: Stage, monkeypatch) -> None:
    monkeypatch.setattr(dependencies, "PAGE_SIZE", 2)
    _, prompt_id = await using_a_prompt(stage, times=5)
    users = await dependencies.consumers(stage.client, id=prompt_id, type=dependencies.PROMPT, version=None)
    assert [one.version for one in users] == ["1.0", "2.0", "3.0", "4.0", "5.0"]


async def test_consumers_of_several_versions_are_told_once(stage: Stage) -> None:
    made = await stage.apply(flow())
    await stage.apply(route())
    users = await dependencies.consumers_of_versions(
        stage.client, id=made.id, type=dependencies.flow_type("inboundCall"), versions=["1.0", "9.0"]
    )
    assert [str(user) for user in users] == ["IVRCONFIGURATION 'Main number'"]


async def test_objects_are_searched_by_name(stage: Stage) -> None:
    flow_id, _ = await using_a_prompt(stage)
    found = await dependencies.search(stage.client, "Main IVR", types=["INBOUNDCALLFLOW", "USERPROMPT"])
    assert [(one.id, one.version) for one in found] == [(flow_id, "1.0")]
    assert await dependencies.search(stage.client, "Nobody") == []


async def test_an_index_that_is_being_built_is_told_apart(stage: Stage) -> None:
    assert await dependencies.build(stage.client) is Build.OPERATIONAL
    headers = {"Authorization": f"Bearer {stage.token('an-admin')}"}
    assert stage.control.post(f"{dependencies.ROOT}/build", headers=headers).status_code == 202
    assert await dependencies.build(stage.client) is Build.IN_PROGRESS
    with pytest.raises(Conflicted):
        await dependencies.search(stage.client, "Main IVR")


async def test_a_throttled_export_is_tried_again_and_any_other_failure_is_told(stage: Stage) -> None:
    made = await stage.apply(flow())
    stage.fault("POST", EXPORT, "export_throttled")
    assert b"inboundCall" in await exports.yaml(stage.client, flow_id=made.id, version=made.version)
    stage.fault("POST", EXPORT, "export_throttled", times=3)
    with pytest.raises(Unavailable, match="too busy"):
        await exports.yaml(stage.client, flow_id=made.id, version=made.version)
    stage.fault("POST", EXPORT, "job_failure")
    with pytest.raises(Rejected, match="gives no reason"):
        await exports.yaml(stage.client, flow_id=made.id, version=made.version)
