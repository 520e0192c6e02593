"""The control plane: requests, faults, people, inbox, state."""

from __future__ import annotations

import time

import httpx
import pytest
from sandbox_samples import FLOWS, MAIN, PROMPTS, ROUTES, TRANSCODE_SECONDS, Platform, silence


def counted(platform: Platform) -> dict:
    return platform.get("/_sandbox/requests")


def test_requests_are_counted_by_template_logins_and_uploads_too(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.bare.delete(f"{platform.url}/_sandbox/requests")
    platform.upload(prompt, "en-us", silence())
    platform.login()
    for _ in range(2):
        platform.resource(prompt, "en-us")
    platform.http.get("/api/v2/nowhere")
    assert counted(platform) == {
        "total": 6,
        "by_route": {
            "GET (unknown)": 1,
            f"GET {PROMPTS}/{{promptId}}/resources/{{languageCode}}": 2,
            f"POST {PROMPTS}/{{promptId}}/resources/{{languageCode}}/uploads": 1,
            "POST /oauth/token": 1,
            "PUT /uploads/prompts/{key}": 1,
        },
    }


def test_a_status_fault_strikes_once_and_carries_nothing_out(platform: Platform) -> None:
    platform.fault(method="POST", path=PROMPTS, fault="status", status=503)
    assert platform.refusal("POST", PROMPTS, {"name": "welcome"}) == (503, "service.unavailable")
    assert platform.names(PROMPTS) == []
    platform.post(PROMPTS, {"name": "welcome"})


def test_a_throttled_answer_says_when_to_come_back(platform: Platform) -> None:
    platform.fault(path=FLOWS, fault="status", status=429, retry_after=7)
    answer = platform.http.get(FLOWS)
    assert (answer.headers["Retry-After"], answer.json()["code"]) == ("7", "too.many.requests.retry.after")
    platform.fault(path="/oauth/token", fault="status", status=400)
    login = platform.login_answer()
    assert login.json()["error"] == "invalid_request"
    assert "rate limit exceeded" in login.json()["description"]


def test_a_fault_may_answer_with_any_body(platform: Platform) -> None:
    platform.fault(path=FLOWS, fault="status", status=502, body="<html>Bad gateway</html>")
    answer = platform.http.get(FLOWS)
    assert (answer.status_code, answer.headers["content-type"], answer.text[:6]) == (502, "text/html", "<html>")


@pytest.mark.parametrize(("kind", "carried_out"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_is_seen_as_one_and_the_request_was_carried_out_or_not(platform, kind, carried_out) -> None:
    platform.fault(method="POST", path=PROMPTS, fault=kind)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        platform.http.post(PROMPTS, json={"name": "welcome"})
    assert platform.names(PROMPTS) == (["welcome"] if carried_out else [])
    assert counted(platform)["by_route"][f"POST {PROMPTS}"] == 1


@pytest.mark.parametrize(("apply", "carried_out"), [("never", False), ("now", True), ("late", True)])
def test_a_timeout_says_nothing(platform: Platform, apply: str, carried_out: bool) -> None:
    platform.fault(method="POST", path=PROMPTS, fault="timeout", apply=apply, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        platform.http.post(PROMPTS, json={"name": "welcome"}, timeout=0.1)
    deadline = time.monotonic() + 20
    while carried_out and not platform.names(PROMPTS) and time.monotonic() < deadline:
        pass
    assert platform.names(PROMPTS) == (["welcome"] if carried_out else [])


def test_an_answer_may_be_cut_short_or_come_slowly(platform: Platform) -> None:
    platform.fault(path=FLOWS, fault="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        platform.http.get(FLOWS)
    platform.fault(path=FLOWS, fault="slow", seconds=0.2)
    began = time.monotonic()
    assert platform.get(FLOWS)["total"] == 0
    assert time.monotonic() - began >= 0.15


def test_faults_match_templates_and_concrete_paths_as_often_as_told(platform: Platform) -> None:
    first, second = platform.prompt("a"), platform.prompt("b")
    platform.fault(path=f"{PROMPTS}/{{promptId}}", fault="status", status=500, times=2)
    statuses = [platform.http.get(f"{PROMPTS}/{p['id']}").status_code for p in (first, second, first)]
    assert statuses == [500, 500, 200]
    platform.fault(path=f"{PROMPTS}/{second['id']}", fault="status", status=500)
    assert platform.http.get(f"{PROMPTS}/{first['id']}").status_code == 200
    assert platform.http.get(f"{PROMPTS}/{second['id']}").status_code == 500
    platform.fault(path="/api/v2/*", method="DELETE", fault="status", status=500)
    assert platform.http.get(FLOWS).status_code == 200
    assert platform.http.delete(f"{PROMPTS}/{first['id']}").status_code == 500


def test_chance_is_repeatable(platform: Platform) -> None:
    runs = []
    for _ in range(2):
        platform.fault(path=FLOWS, fault="status", status=500, probability=0.5, seed=3)
        runs.append([platform.http.get(FLOWS).status_code for _ in range(20)])
        platform.http.delete("/_sandbox/faults")
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


@pytest.mark.parametrize(
    "order",
    [
        {"fault": "explode"},
        {"fault": "status", "statsu": 500},
        {"fault": "status", "times": 0},
        {"fault": "status", "probability": 2},
        {"fault": "status", "status": "500"},
        {"fault": "timeout", "apply": "sometimes"},
    ],
)
def test_a_mistyped_fault_is_refused(platform: Platform, order: dict) -> None:
    assert platform.refusal("POST", "/_sandbox/faults", {"path": FLOWS, **order}) == (400, "bad.request")


def test_jobs_and_transcodes_fail_on_order(platform: Platform) -> None:
    platform.fault(path=f"{FLOWS}/jobs", fault="job_failure")
    silent = platform.deploy(MAIN)
    assert (silent["status"], silent["messages"]) == ("Failure", [])
    platform.fault(path=f"{FLOWS}/jobs", fault="job_failure", message="The engine stumbled.")
    assert platform.deploy(MAIN)["messages"][0]["text"] == "The engine stumbled."
    prompt = platform.prompt("welcome", "en-us")
    platform.fault(path="*/uploads", fault="transcode_failure")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    assert platform.resource(prompt, "en-us")["uploadStatus"] == "transcodeFailed"


def test_a_person_publishes_over_a_flow(platform: Platform) -> None:
    flow = platform.published(MAIN)
    assert platform.person("supervisor-1", "publish", "Flow", "Main IVR").status_code == 200
    after = platform.get(f"{FLOWS}/{flow['id']}")
    assert (after["publishedVersion"]["id"], after["publishedBy"]["name"]) == ("2.0", "supervisor-1")
    assert "createdByClient" not in after["publishedVersion"]
    assert "supervisor-1" in after["description"]
    changed = MAIN.replace("Hello", "Changed")
    platform.person("supervisor-1", "publish", "Flow", "Main IVR", yaml=changed)
    body = platform.get(f"{FLOWS}/{flow['id']}/latestconfiguration")
    assert body["content"]["initialGreeting"] == {"tts": "Changed"}


def test_a_person_makes_a_new_flow_with_yaml_only(platform: Platform) -> None:
    assert platform.person("supervisor-1", "publish", "Flow", "Main IVR").status_code == 404
    assert platform.person("supervisor-1", "publish", "Flow", "Main IVR", yaml=MAIN).status_code == 200
    assert platform.names(FLOWS) == ["Main IVR"]


def test_a_person_meets_the_same_rules(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.post(f"{FLOWS}/actions/checkout", flow=flow["id"])
    assert platform.person("supervisor-1", "publish", "Flow", "Main IVR").status_code == 409
    assert platform.person("supervisor-1", "delete", "Flow", "Main IVR").status_code == 405
    assert platform.person("supervisor-1", "publish", "Flow", "Main IVR", force=True).status_code == 200
    platform.post(FLOWS, {"name": "Main IVR", "type": "workflow"})
    assert platform.person("supervisor-1", "delete", "Flow", "Main IVR").status_code == 400
    assert platform.person("supervisor-1", "delete", "Flow", "Main IVR", type="inboundCall").status_code == 200
    assert [f["type"] for f in platform.get(FLOWS)["entities"]] == ["WORKFLOW"]


def test_a_person_edits_and_deletes_prompts_and_routes(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.person("supervisor-1", "edit", "Prompt", "welcome")
    assert "supervisor-1" in platform.get(f"{PROMPTS}/{prompt['id']}")["description"]
    platform.person("supervisor-1", "edit", "Prompt", "welcome", set={"resources": {"en-us": {"ttsString": "Hi"}}})
    assert platform.resource(prompt, "en-us")["ttsString"] == "Hi"
    platform.person("supervisor-1", "delete", "Prompt", "welcome")
    assert platform.names(PROMPTS) == []
    route = platform.post(ROUTES, {"name": "Main number"})
    platform.person("supervisor-1", "edit", "CallRoute", "Main number", set={"dnis": ["+13175550100"]})
    after = platform.get(f"{ROUTES}/{route['id']}")
    assert (after["version"], after["dnis"]) == (2, ["+13175550100"])
    platform.person("supervisor-1", "delete", "CallRoute", "Main number")
    assert platform.get(f"{ROUTES}/{route['id']}")["state"] == "deleted"


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"as": "x", "action": "publish", "kind": "Prompt", "name": "welcome"},
        {"as": "x", "action": "edit", "kind": "Menu", "name": "welcome"},
        {"as": "x", "action": "edit", "kind": "Prompt", "name": "welcome", "set": {"colour": "red"}},
        {"as": "x", "action": "edit", "kind": "Prompt", "name": "welcome", "why": "typo"},
        {"as": "x", "action": "publish", "kind": "Flow", "name": "Main IVR", "yaml": "nonsense"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(platform: Platform, order: dict) -> None:
    platform.prompt("welcome")
    platform.published(MAIN)
    assert platform.refusal("POST", "/_sandbox/people", order) == (400, "bad.request")


def test_the_inbox_keeps_what_came_as_it_came(platform: Platform) -> None:
    inbox = f"{platform.url}/_sandbox/inbox/archive"
    raw = b'{"b": 1,  "a": "\xc3\xa9"}'
    assert platform.bare.post(inbox, content=raw, headers={"webhook-id": "msg_1"}).status_code == 204
    platform.bare.post(inbox, content=b"plain")
    first, second = platform.get("/_sandbox/inbox/archive")
    assert (first["headers"]["webhook-id"], first["body"], first["raw"]) == ("msg_1", {"b": 1, "a": "é"}, raw.decode())
    assert (second["body"], second["raw"]) == (None, "plain")
    assert platform.get("/_sandbox/inbox/other") == []
    platform.bare.delete(inbox)
    assert platform.get("/_sandbox/inbox/archive") == []


def test_the_inbox_fails_on_order_and_is_not_counted(platform: Platform) -> None:
    inbox = f"{platform.url}/_sandbox/inbox/archive"
    platform.fault(path="/_sandbox/inbox/archive", fault="status", status=500, times=2)
    assert [platform.bare.post(inbox, json={}).status_code for _ in range(3)] == [500, 500, 204]
    assert counted(platform)["by_route"] == {"POST /oauth/token": 1}


def test_putting_state_replaces_the_parts_it_names(platform: Platform) -> None:
    platform.prompt("welcome")
    platform.set_state(queues=[{"name": "Night"}], organization={"name": "Other"})
    assert platform.names("/api/v2/routing/queues") == ["Night"]
    assert platform.get("/api/v2/organizations/me")["name"] == "Other"
    assert platform.names(PROMPTS) == ["welcome"]


def test_state_goes_out_and_comes_back_unchanged(platform: Platform) -> None:
    platform.published(MAIN)
    platform.upload(platform.prompt("welcome", "en-us"), "en-us", silence())
    kept = platform.state()
    assert platform.bare.delete(f"{platform.url}/_sandbox/state").status_code == 204
    assert platform.state()["organization"]["id"] != kept["organization"]["id"]
    platform.bare.put(f"{platform.url}/_sandbox/state", json=kept).raise_for_status()
    assert platform.state() == kept
    platform.clock.advance(TRANSCODE_SECONDS)
    assert platform.get(PROMPTS)["entities"][0]["resources"][0]["uploadStatus"] == "transcoded"


@pytest.mark.parametrize(
    "part",
    [
        {"quues": []},
        {"queues": "Sales"},
        {"queues": [{"id": "x"}]},
        {"settings": {"colour": "red"}},
        {"divisions": []},
        {"clients": {"id": "x"}},
        {"timers": [["soon"]]},
        {"didpools": [{"name": "x"}]},
    ],
)
def test_broken_state_is_refused_and_changes_nothing(platform: Platform, part: dict) -> None:
    before = platform.state()
    assert platform.refusal("PUT", "/_sandbox/state", part) == (400, "bad.request")
    assert platform.state() == before


def test_scripts_for_callers_and_queues_are_kept_until_forgotten(platform: Platform) -> None:
    platform.post("/_sandbox/callers", [{"queue": "Support", "outcome": "answered"}])
    platform.post("/_sandbox/queues", {"name": "Support", "waitSeconds": 120})
    assert [one["outcome"] for one in platform.get("/_sandbox/callers")] == ["answered"]
    assert [one["waitSeconds"] for one in platform.get("/_sandbox/queues")] == [120]
    assert platform.refusal("POST", "/_sandbox/callers", []) == (400, "bad.request")
    for part in ("callers", "queues"):
        assert platform.http.delete(f"/_sandbox/{part}").status_code == 204
        assert platform.get(f"/_sandbox/{part}") == []
