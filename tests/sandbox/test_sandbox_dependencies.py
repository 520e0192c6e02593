"""Dependency tracking: exact versions, one entry for each version that refers, and an index that can be busy."""

from __future__ import annotations

import pytest
from sandbox_samples import JOB_SECONDS, MAIN, ROUTES, Platform

ROOT = "/api/v2/architect/dependencytracking"
WITH_PROMPT = MAIN.replace("audio: {tts: Press one for sales}", "audio: {exp: Prompt.options}")
SECURE = """
secureCall:
  name: Card
  defaultLanguage: en-us
  startUpRef: ./menus/menu[m]
  menus:
    - menu:
        name: M
        refId: m
        audio: {tts: Hi}
        choices: [{menuDisconnect: {name: Bye, dtmf: digit_9}}]
"""
CALLS_SECURE = MAIN.replace(
    "- menuDisconnect: {name: Bye, dtmf: digit_9}",
    "- menuTransferToFlowSecure: {name: Pay, dtmf: digit_9, targetFlow: {name: Card}}",
)


def consumers(platform: Platform, **query) -> list[tuple]:
    entities = platform.get(f"{ROOT}/consumingresources", **query).get("entities", ())
    return [(e["type"], e["name"], e.get("version")) for e in entities]


def consumed(platform: Platform, flow: dict, version: str = "1.0", **query) -> list[tuple]:
    query = {"id": flow["id"], "version": version, "objectType": "INBOUNDCALLFLOW", **query}
    entities = platform.get(f"{ROOT}/consumedresources", **query).get("entities", ())
    return [(e["type"], e["name"]) for e in entities]


def test_a_flow_consumes_what_its_version_names(platform: Platform) -> None:
    platform.prompt("options", "en-us")
    flow = platform.published(WITH_PROMPT)
    platform.published(MAIN)
    assert consumed(platform, flow) == [("LANGUAGE", "en-us"), ("USERPROMPT", "options"), ("QUEUE", "Sales")]
    assert consumed(platform, flow, "2.0") == [("LANGUAGE", "en-us"), ("QUEUE", "Sales")]
    assert consumed(platform, flow, resourceType="QUEUE") == [("QUEUE", "Sales")]


def test_each_referring_version_is_a_consumer_of_its_own(platform: Platform) -> None:
    prompt = platform.prompt("options", "en-us")
    platform.published(WITH_PROMPT)
    platform.published(WITH_PROMPT.replace("Hello", "Hi"))
    asked = {"id": prompt["id"], "objectType": "USERPROMPT"}
    flow = "INBOUNDCALLFLOW", "Main IVR"
    assert consumers(platform, **asked) == [(*flow, "1.0"), (*flow, "2.0")]
    platform.published(MAIN)
    platform.published(WITH_PROMPT)
    assert consumers(platform, **asked, flowFilter="published") == [(*flow, "4.0")]


def test_a_flow_is_consumed_in_the_version_that_was_published_then(platform: Platform) -> None:
    card = platform.published(SECURE)
    platform.published(CALLS_SECURE)
    platform.published(SECURE.replace("Hi", "Hello"))
    asked = {"id": card["id"], "objectType": "SECURECALLFLOW"}
    assert consumers(platform, **asked, version="1.0") == [("INBOUNDCALLFLOW", "Main IVR", "1.0")]
    assert consumers(platform, **asked, version="2.0") == []


def test_a_saved_draft_is_not_tracked_until_it_is_checked_in(platform: Platform) -> None:
    prompt = platform.prompt("options", "en-us")
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "save", "Flow", "Main IVR", yaml=WITH_PROMPT)
    asked = {"id": prompt["id"], "objectType": "USERPROMPT"}
    assert consumers(platform, **asked) == []
    platform.post("/api/v2/flows/actions/unlock", flow=flow["id"])
    assert consumers(platform, **asked) == [("INBOUNDCALLFLOW", "Main IVR", "3.0")]
    assert consumers(platform, **asked, flowFilter="published") == []
    assert consumers(platform, **asked, flowFilter="checkedIn") == [("INBOUNDCALLFLOW", "Main IVR", "3.0")]


def test_a_route_consumes_its_flows(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.post(ROUTES, {"name": "Main number", "openHoursFlow": {"id": flow["id"]}})
    asked = {"id": flow["id"], "objectType": "INBOUNDCALLFLOW", "version": "1.0"}
    assert consumers(platform, **asked) == [("IVRCONFIGURATION", "Main number", None)]


@pytest.mark.parametrize("call", ["consumedresources", "consumingresources", "object"])
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"version": None}, (400, "architect.dependency.object.version.not.specified")),
        ({"version": "LATEST"}, (404, "architect.dependency.object.not.found")),
        ({"version": "9.0"}, (404, "architect.dependency.object.not.found")),
        ({"id": "nobody"}, (404, "architect.dependency.object.not.found")),
        ({"objectType": "FLOW"}, (400, "architect.dependency.object.invalid.type")),
        ({"id": None}, (400, "architect.query.parameter.missing")),
    ],
)
def test_a_question_must_be_exact(platform: Platform, call, wrong, refusal) -> None:
    flow = platform.published(MAIN)
    query = {"id": flow["id"], "version": "1.0", "objectType": "INBOUNDCALLFLOW"} | wrong
    given = {name: value for name, value in query.items() if value is not None}
    assert platform.refusal("GET", f"{ROOT}/{call}", **given) == refusal


def test_only_versioned_types_consume(platform: Platform) -> None:
    prompt = platform.prompt("options", "en-us")
    query = {"id": prompt["id"], "version": "1", "objectType": "USERPROMPT"}
    refused = platform.refusal("GET", f"{ROOT}/consumedresources", **query)
    assert refused == (400, "architect.dependency.object.invalid.type")


def test_objects_are_found_by_name_with_what_they_use_when_asked(platform: Platform) -> None:
    platform.prompt("options", "en-us")
    flow = platform.published(WITH_PROMPT)
    [found] = platform.get(ROOT, name="Main IVR", objectType="INBOUNDCALLFLOW", consumedResources="true")["entities"]
    assert (found["id"], found["version"], len(found["consumedResources"])) == (flow["id"], "1.0", 3)
    assert "consumingResources" not in found
    query = {"id": flow["id"], "version": "1.0", "objectType": "INBOUNDCALLFLOW", "consumingResources": "true"}
    assert platform.get(f"{ROOT}/object", **query)["consumingResources"] == []
    assert platform.refusal("GET", ROOT) == (400, "architect.query.parameter.missing")
    assert "entities" not in platform.get(ROOT, name="Nobody")


def test_types_say_whether_they_have_versions(platform: Platform) -> None:
    assert platform.get(f"{ROOT}/types/INBOUNDCALLFLOW")["versioned"] is True
    assert platform.get(f"{ROOT}/types/USERPROMPT")["versioned"] is False
    assert {"QUEUE", "WORKFLOW"} <= set(platform.names(f"{ROOT}/types", pageSize=100))


def test_while_the_index_is_built_nothing_is_answered(platform: Platform) -> None:
    assert platform.get(f"{ROOT}/build")["status"] == "OPERATIONAL"
    assert platform.http.post(f"{ROOT}/build").status_code == 202
    building = (409, "architect.dependencies.build.in.progress")
    assert platform.get(f"{ROOT}/build")["status"] == "BUILDINPROGRESS"
    assert platform.refusal("POST", f"{ROOT}/build") == building
    assert platform.refusal("GET", ROOT, name="x") == building
    platform.clock.advance(JOB_SECONDS)
    done = platform.get(f"{ROOT}/build")
    assert (done["status"], done["client"]["id"], done["failedObjects"]) == ("OPERATIONAL", "client-1", [])
