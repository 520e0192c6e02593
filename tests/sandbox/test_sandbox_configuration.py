"""The internal JSON of a flow version."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox_samples import FLOWS, MAIN, Platform

WITH_PROMPT = MAIN.replace("audio: {tts: Press one for sales}", "audio: {exp: Prompt.options}")


def tracked(node: object) -> Iterator[int]:
    """Tracking ids in the order of the document."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from tracked(value)
    if isinstance(node, dict) and "trackingId" in node:
        yield node["trackingId"]


def test_a_configuration_lists_sequences_with_their_actions_and_choices(platform: Platform) -> None:
    flow = platform.published(MAIN)
    body = platform.get(f"{FLOWS}/{flow['id']}/versions/1.0/configuration")
    [menu] = body["flowSequenceItemList"]
    sales, bye = menu["menuChoiceList"]
    assert (menu["name"], menu["kind"], bye["action"]["kind"]) == ("Main", "menu", "menuDisconnect")
    assert [action["kind"] for action in sales["action"]["actionList"]] == ["transferToAcd", "jumpToMenu"]
    assert platform.get(f"{FLOWS}/{flow['id']}/latestconfiguration") == body


def test_tracking_ids_are_unique_and_the_next_one_is_free(platform: Platform) -> None:
    flow = platform.published(MAIN)
    body = platform.get(f"{FLOWS}/{flow['id']}/latestconfiguration")
    ids = sorted(tracked(body["flowSequenceItemList"]))
    assert ids == list(range(1, len(ids) + 1))
    assert body["nextTrackingNumber"] == len(ids) + 1


def test_the_manifest_names_what_the_flow_uses_by_id(platform: Platform) -> None:
    prompt = platform.prompt("options", "en-us")
    [sales] = platform.get("/api/v2/routing/queues", name="Sales")["entities"]
    flow = platform.published(WITH_PROMPT)
    manifest = platform.get(f"{FLOWS}/{flow['id']}/latestconfiguration")["manifest"]
    assert manifest == {
        "userPrompt": [{"id": prompt["id"], "name": "options", "context": []}],
        "queue": [{"id": sales["id"], "name": "Sales", "context": []}],
        "language": [{"id": "en-us", "name": "en-us", "context": []}],
    }


def test_each_version_keeps_its_own_configuration(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "save", "Flow", "Main IVR", yaml=MAIN.replace("Hello", "Draft"))
    path = f"{FLOWS}/{flow['id']}"
    greetings = [
        platform.get(f"{path}/{where}")["content"]["initialGreeting"]["tts"]
        for where in ("versions/1.0/configuration", "versions/2.0/configuration", "latestconfiguration")
    ]
    assert greetings == ["Hello", "Draft", "Draft"]
    missing = platform.refusal("GET", f"{path}/versions/9.0/configuration")
    assert missing == (404, "architect.flow.version.missing")
