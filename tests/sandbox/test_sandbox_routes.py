"""IVR configurations with their version lock, numbers, schedules and groups, audits, directories."""

from __future__ import annotations

import pytest
from sandbox_samples import CLOSED, JOB_SECONDS, ROUTES, Platform

ARCHITECT = "/api/v2/architect"
EDGES = "/api/v2/telephony/providers/edges"
NUMBER = "+13175550100"


def route(platform: Platform, name: str = "Main number", **more) -> dict:
    return platform.post(ROUTES, {"name": name, **more})


def test_each_put_moves_the_version_by_one_and_replaces_everything(platform: Platform) -> None:
    flow = platform.published(CLOSED)
    made = route(platform, dnis=[NUMBER], openHoursFlow={"id": flow["id"]}, description="First")
    assert (made["version"], made["state"], made["openHoursFlow"]["name"]) == (1, "active", "Closed")
    path = f"{ROUTES}/{made['id']}"
    changed = platform.put(path, {"name": "Main number", "version": 1, "dnis": [NUMBER]})
    assert (changed["version"], "openHoursFlow" in changed, "description" in changed) == (2, False, False)
    assert platform.get(path) == changed


def test_a_stale_version_is_refused_in_either_form_and_none_overwrites(platform: Platform) -> None:
    made = route(platform)
    path = f"{ROUTES}/{made['id']}"
    platform.put(path, {"name": "Main number"})
    stale = {"name": "Main number", "version": 1}
    assert platform.refusal("PUT", path, stale) == (409, "general.conflict")
    platform.set_state(settings={"routeConflictStatus": 400})
    answer = platform.http.put(path, json=stale)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad.request")
    assert "does not match the current version" in answer.json()["message"]
    assert platform.put(path, {"name": "Main number"})["version"] == 3


def test_writes_of_routes_have_a_narrower_budget(start) -> None:
    limited = start(rate_limit=(9, 60.0))
    made = route(limited)
    path, body = f"{ROUTES}/{made['id']}", {"name": "Main number"}
    statuses = [limited.http.put(path, json=body).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert limited.http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"dnis": ["+13175550200"]}, "didPoolId"),
        ({"dnis": ["3175550100"]}, "E.164"),
        ({"dnis": [NUMBER]}, "already exists"),
        ({"dnis": ["+13175550101", "+13175550101"]}, "twice"),
        ({"dnis": [f"+131755501{n:02}" for n in range(1, 52)]}, "At most 50"),
        ({"openHoursFlow": {"id": "nobody"}}, "does not exist"),
        ({"scheduleGroup": {"id": "OFFICE"}}, "openHoursFlow and closedHoursFlow are required"),
        ({"openHoursFlow": {"id": "BOT"}}, "must be an inbound call flow"),
    ],
)
def test_bad_content_is_a_400_that_says_what(platform: Platform, body: dict, said: str) -> None:
    route(platform, "Other", dnis=[NUMBER])
    ids = {"OFFICE": platform.get(f"{ARCHITECT}/schedulegroups")["entities"][0]["id"]}
    ids["BOT"] = platform.published("workflow: {name: W}")["id"]
    body = {key: {"id": ids.get(v["id"], v["id"])} if isinstance(v, dict) else v for key, v in body.items()}
    answer = platform.http.post(ROUTES, json={"name": "Main number", **body})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_fifty_numbers_go_in_one_write_and_fifty_more_in_the_next(platform: Platform) -> None:
    numbers = [f"+131755501{n:02}" for n in range(100)]
    made = route(platform, dnis=numbers[:50])
    full = platform.put(f"{ROUTES}/{made['id']}", {"name": "Main number", "dnis": numbers})
    assert len(full["dnis"]) == 100


def test_a_number_is_free_again_once_its_route_lets_go(platform: Platform) -> None:
    first = route(platform, "First", dnis=[NUMBER])
    platform.put(f"{ROUTES}/{first['id']}", {"name": "First"})
    second = route(platform, "Second", dnis=[NUMBER])
    platform.http.delete(f"{ROUTES}/{second['id']}")
    route(platform, "Third", dnis=[NUMBER])


def test_a_deleted_route_is_a_state_or_a_404_as_set(platform: Platform) -> None:
    made = route(platform, dnis=[NUMBER])
    path = f"{ROUTES}/{made['id']}"
    assert platform.http.delete(path).status_code == 204
    gone = platform.get(path)
    assert (gone["state"], gone["dnis"]) == ("deleted", [])
    assert platform.refusal("PUT", path, {"name": "x"}) == (404, "not.found")
    assert "entities" not in platform.get(ROUTES)
    platform.set_state(settings={"deletedRoutes": "missing"})
    assert platform.refusal("GET", path) == (404, "not.found")


def test_routes_are_listed_by_name_number_and_group(platform: Platform) -> None:
    group = platform.get(f"{ARCHITECT}/schedulegroups")["entities"][0]
    flow = {"id": platform.published(CLOSED)["id"]}
    route(platform, "B", dnis=[NUMBER])
    route(platform, "A", scheduleGroup={"id": group["id"]}, openHoursFlow=flow, closedHoursFlow=flow)
    page = platform.get(ROUTES)
    assert ([r["name"] for r in page["entities"]], page["totalNumberOfEntities"]) == (["A", "B"], 2)
    assert platform.names(ROUTES, dnis=NUMBER) == ["B"]
    assert platform.names(ROUTES, scheduleGroup=group["id"]) == ["A"]
    assert platform.names(ROUTES, name="b") == ["B"]
    assert platform.names(ROUTES, sortOrder="DESC") == ["B", "A"]
    assert platform.names(f"{ROUTES}/divisionviews") == ["A", "B"]
    assert platform.refusal("DELETE", f"{ARCHITECT}/schedulegroups/{group['id']}") == (409, "general.conflict")


def test_numbers_say_whose_they_are(platform: Platform) -> None:
    made = route(platform, dnis=[NUMBER])
    assert platform.refusal("GET", f"{EDGES}/didpools/dids") == (400, "invalid.value")
    everything = platform.get(f"{EDGES}/didpools/dids", type="ASSIGNED_AND_UNASSIGNED", pageSize=100)
    assert everything["total"] == 100
    first = everything["entities"][0]
    assert (first["number"], first["assigned"], first["ownerType"]) == (NUMBER, True, "IVR_CONFIG")
    assert first["owner"]["id"] == made["id"]
    assert platform.get(f"{EDGES}/didpools/dids", type="UNASSIGNED")["total"] == 99
    [did] = platform.get(f"{EDGES}/dids", phoneNumber=NUMBER)["entities"]
    assert platform.get(f"{EDGES}/dids/{did['id']}")["phoneNumber"] == NUMBER
    [pool] = platform.get(f"{EDGES}/didpools")["entities"]
    assert (pool["startPhoneNumber"], pool["endPhoneNumber"]) == (NUMBER, "+13175550199")


def test_schedules_and_their_groups_hang_together(platform: Platform) -> None:
    day = {"name": "Easter", "start": "2026-04-05T00:00:00.000000", "end": "2026-04-05T23:59:59.000000"}
    schedule = platform.post(f"{ARCHITECT}/schedules", day)
    group = platform.post(
        f"{ARCHITECT}/schedulegroups", {"name": "Holidays", "holidaySchedules": [{"id": schedule["id"]}]}
    )
    assert platform.names(f"{ARCHITECT}/schedulegroups", scheduleIds=schedule["id"]) == ["Holidays"]
    assert platform.refusal("DELETE", f"{ARCHITECT}/schedules/{schedule['id']}") == (409, "general.conflict")
    path = f"{ARCHITECT}/schedulegroups/{group['id']}"
    assert platform.put(path, {"name": "Holidays", "timeZone": "Europe/Madrid"})["version"] == 2
    assert platform.refusal("PUT", path, {"name": "Holidays", "version": 1}) == (409, "general.conflict")
    assert platform.http.delete(f"{ARCHITECT}/schedules/{schedule['id']}").status_code == 204
    with_zone = {**day, "start": "2026-04-05T00:00:00Z"}
    assert platform.refusal("POST", f"{ARCHITECT}/schedules", with_zone) == (400, "invalid.date")


def test_emergency_groups_hold_flows_back(platform: Platform) -> None:
    flow = platform.published(CLOSED)
    body = {"name": "Fire", "enabled": True, "emergencyCallFlows": [{"emergencyFlow": {"id": flow["id"]}}]}
    group = platform.post(f"{ARCHITECT}/emergencygroups", body)
    assert group["emergencyCallFlows"][0]["emergencyFlow"]["id"] == flow["id"]
    used = (409, "architect.flow.cannot.delete.used.in.emergency.groups")
    assert platform.refusal("DELETE", f"/api/v2/flows/{flow['id']}") == used


def test_queues_are_found_by_name(platform: Platform) -> None:
    queues = "/api/v2/routing/queues"
    assert platform.names(queues, name="sales") == ["Sales"]
    assert platform.names(queues, name="*l*") == ["Billing", "Overflow", "Sales", "Technical"]
    assert "entities" not in platform.get(queues, name="Nobody")
    [queue] = platform.get(queues, name="Sales")["entities"]
    assert platform.get(f"{queues}/{queue['id']}")["division"]["name"] == "Home"
    assert platform.refusal("GET", f"{queues}/nobody") == (404, "not.found")


def test_groups_and_users_are_searched(platform: Platform) -> None:
    platform.set_state(groups=[{"name": "Night shift"}], users=[{"name": "supervisor-1"}])
    exact = {"query": [{"type": "EXACT", "fields": ["name"], "value": "night shift"}]}
    assert platform.post("/api/v2/groups/search", exact)["results"][0]["name"] == "Night shift"
    assert platform.post("/api/v2/users/search", exact)["results"] == []
    assert platform.names("/api/v2/users") == ["supervisor-1"]


def test_a_route_leaves_audits_that_tell_what_changed(platform: Platform) -> None:
    made = route(platform)
    platform.put(f"{ROUTES}/{made['id']}", {"name": "Renamed"})
    filters = [{"property": "EntityType", "value": "IVR"}, {"property": "Action", "value": "Update"}]
    query = platform.post(
        "/api/v2/audits/query", {"interval": "2025-10-01T00:00:00Z/2026-01-01T00:00:00Z", "filters": filters}
    )
    platform.clock.advance(JOB_SECONDS)
    [update] = platform.get(f"/api/v2/audits/query/{query['id']}/results")["entities"]
    assert update["propertyChanges"] == [{"property": "name", "oldValues": ["Main number"], "newValues": ["Renamed"]}]
