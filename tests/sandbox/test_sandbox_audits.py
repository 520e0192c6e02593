"""The audit service: who did what, the query that answers at once, and the one that runs as a job."""

from __future__ import annotations

import base64

from sandbox_samples import JOB_SECONDS, MAIN, PROMPTS, TRANSCODE_SECONDS, Platform, silence

QUERY = "/api/v2/audits/query"
EVER = "2020-01-01T00:00:00Z/2030-01-01T00:00:00Z"
LATELY = "2025-10-01T00:00:00Z/2026-01-01T00:00:00Z"


def lately(platform: Platform, **filters: str) -> list[dict]:
    listed = [{"property": name, "value": value} for name, value in filters.items()]
    body = {"interval": LATELY, "filters": listed, "pageSize": 100}
    return platform.post(f"{QUERY}/realtime", body, expand="user")["entities"]


def begun(platform: Platform, **body) -> str:
    return str(platform.post(QUERY, {"interval": EVER, **body})["id"])


def test_every_write_leaves_an_audit_that_says_who(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "publish", "Flow", "Main IVR")
    newest, *older = lately(platform, EntityId=flow["id"])
    assert (newest["action"], newest["user"]["name"], "client" in newest) == ("Publish", "supervisor-1", False)
    assert [a["action"] for a in older] == ["Publish", "Checkin", "Save", "Create"]
    assert {a["client"]["id"] for a in older} == {"client-1"}


def test_audio_leaves_an_upload_by_its_sender_and_a_transcode_by_nobody(platform: Platform) -> None:
    prompt = platform.prompt("hello")
    platform.post(f"{PROMPTS}/{prompt['id']}/resources", {"language": "en-us", "ttsString": "Hi"})
    audio = base64.b64encode(silence()).decode()
    platform.person("supervisor-1", "edit", "Prompt", "hello", set={"resources": {"en-us": {"audio": audio}}})
    platform.clock.advance(TRANSCODE_SECONDS)
    transcode, upload, created = lately(platform, EntityType="PromptResource")
    assert (upload["action"], upload["user"]["name"]) == ("Upload", "supervisor-1")
    assert (created["action"], created["client"]["id"]) == ("Create", "client-1")
    assert (transcode["action"], transcode["level"], transcode["status"]) == ("Transcode", "SYSTEM", "SUCCESS")
    assert "user" not in transcode
    assert "client" not in transcode
    [resource] = platform.get(f"{PROMPTS}/{prompt['id']}")["resources"]
    assert (resource["uploadStatus"], transcode["entity"]["id"]) == ("transcoded", resource["id"])


def test_what_a_person_writes_for_one_language_is_an_audit_of_that_resource(platform: Platform) -> None:
    prompt = platform.prompt("hello")
    resource = platform.post(f"{PROMPTS}/{prompt['id']}/resources", {"language": "en-us", "ttsString": "Hi"})
    platform.person("supervisor-1", "edit", "Prompt", "hello", set={"resources": {"en-us": {"ttsString": "Bye"}}})
    newest = lately(platform, Action="Update")[0]
    assert (newest["entityType"], newest["entity"]["id"]) == ("PromptResource", resource["id"])
    assert newest["propertyChanges"] == [{"property": "ttsString", "oldValues": ["Hi"], "newValues": ["Bye"]}]


def test_one_action_can_leave_several_audits(platform: Platform) -> None:
    flow = platform.published(MAIN)
    publish = lately(platform, EntityId=flow["id"])[0]
    related = platform.post(f"{QUERY}/realtime/related", {"auditId": publish["id"]})["entities"]
    assert [audit["action"] for audit in related] == ["Create", "Save", "Checkin", "Publish"]
    assert platform.refusal("POST", f"{QUERY}/realtime/related", {"auditId": "x"}) == (404, "not.found")


def test_names_of_users_come_only_when_asked_for(platform: Platform) -> None:
    platform.prompt("hello")
    platform.person("supervisor-1", "edit", "Prompt", "hello")
    newest = platform.post(f"{QUERY}/realtime", {"interval": LATELY})["entities"][0]
    assert newest["user"].keys() == {"id", "selfUri"}


def test_realtime_covers_two_weeks_of_some_services(platform: Platform) -> None:
    path = f"{QUERY}/realtime"
    old = {"interval": "2025-09-01T00:00:00Z/2026-01-01T00:00:00Z"}
    assert platform.refusal("POST", path, old) == (400, "invalid.date")
    assert platform.refusal("POST", path, {"interval": "yesterday"}) == (400, "invalid.date")
    other = {"interval": LATELY, "serviceName": "Telephony"}
    assert platform.refusal("POST", path, other) == (400, "invalid.value")
    names = [service["name"] for service in platform.get(f"{path}/servicemapping")["services"]]
    assert names == ["Architect"]
    assert "Telephony" in [service["name"] for service in platform.get(f"{QUERY}/servicemapping")["services"]]


def test_a_query_of_a_shape_the_platform_does_not_know_is_refused(platform: Platform) -> None:
    for more in (
        {"filters": [{"property": "EntityName", "value": "x"}]},
        {"sort": [{"name": "Name", "sortOrder": "ascending"}]},
        {"sort": [{"name": "Timestamp", "sortOrder": "up"}]},
        {"serviceName": "Nothing"},
    ):
        assert platform.refusal("POST", QUERY, {"interval": EVER, **more}) == (400, "invalid.value")


def test_a_query_is_queued_runs_and_gives_its_results_by_cursor(platform: Platform) -> None:
    for name in ("a", "b", "c"):
        platform.prompt(name)
    path = f"{QUERY}/{begun(platform, serviceName='Architect')}"
    assert platform.get(path)["state"] == "Queued"
    platform.clock.advance(JOB_SECONDS / 2)
    assert platform.get(path)["state"] == "Running"
    assert platform.refusal("GET", f"{path}/results") == (400, "bad.request")
    platform.clock.advance(JOB_SECONDS / 2)
    assert platform.get(path)["state"] == "Succeeded"
    first = platform.get(f"{path}/results", pageSize=2)
    rest = platform.get(f"{path}/results", pageSize=2, cursor=first["cursor"])
    assert [a["entity"]["name"] for a in first["entities"] + rest["entities"]] == ["c", "b", "a"]
    assert "cursor" not in rest


def test_a_query_can_fail(platform: Platform) -> None:
    platform.fault(method="POST", path=QUERY, fault="job_failure")
    path = f"{QUERY}/{begun(platform)}"
    platform.clock.advance(JOB_SECONDS)
    assert platform.get(path)["state"] == "Failed"
    assert platform.refusal("GET", f"{path}/results") == (400, "bad.request")


def test_events_can_appear_late(platform: Platform) -> None:
    platform.set_state(settings={"auditDelaySeconds": 60})
    platform.prompt("hello")
    assert lately(platform) == []
    platform.clock.advance(60)
    assert [audit["action"] for audit in lately(platform)] == ["Create"]


def test_whoever_saves_a_flow_has_checked_it_out_first(platform: Platform) -> None:
    flow = platform.published(MAIN)
    for _ in range(2):
        platform.person("supervisor-1", "save", "Flow", "Main IVR")
    by_people = [audit["action"] for audit in lately(platform, EntityId=flow["id"]) if "user" in audit]
    assert by_people == ["Save", "Save", "Checkout"]
