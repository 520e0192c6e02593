"""Flows: jobs, locks, versions, actions, deletion."""

from __future__ import annotations

import pytest
from sandbox_samples import CLOSED, FLOWS, JOB_SECONDS, MAIN, ROUTES, Platform

CALLER = MAIN.replace("Main IVR", "Caller").replace(
    "transferToAcd: {name: To Sales, targetQueue: {lit: {name: Sales}}}",
    "transferToFlow: {name: Go, targetFlow: {name: Closed}}",
)


def act(platform: Platform, action: str, flow: dict, **query) -> dict:
    return platform.post(f"{FLOWS}/actions/{action}", flow=flow["id"], **query)


def refused(platform: Platform, action: str, flow: dict, **query) -> tuple[int, str]:
    return platform.refusal("POST", f"{FLOWS}/actions/{action}", flow=flow["id"], **query)


def again(platform: Platform, flow: dict) -> dict:
    return platform.get(f"{FLOWS}/{flow['id']}")


def test_a_job_goes_from_registered_to_success_and_publishes_version_one(platform: Platform) -> None:
    job = platform.post(f"{FLOWS}/jobs")
    assert platform.job(job["id"])["status"] == "Registered"
    platform.bare.put(job["presignedUrl"], headers=job["headers"], content=MAIN.encode())
    assert platform.job(job["id"])["status"] == "Started"
    platform.clock.advance(JOB_SECONDS)
    done = platform.job(job["id"])
    assert (done["status"], done["command"], done["messages"]) == ("Success", "Publish", [])
    assert "messages" not in platform.get(f"{FLOWS}/jobs/{job['id']}")
    flow = platform.get(f"{FLOWS}/{done['flow']['id']}")
    assert (flow["name"], flow["type"], flow["active"]) == ("Main IVR", "INBOUNDCALL", True)
    assert [flow[f"{kind}Version"]["id"] for kind in ("published", "checkedIn", "saved")] == ["1.0"] * 3
    published = flow["publishedVersion"]
    assert published["createdByClient"]["id"] == "client-1"
    assert published["dateCreated"] == round(platform.clock.now() * 1000)
    assert published["datePublished"].endswith("Z")
    assert flow["supportedLanguages"] == [{"language": "en-us", "isDefault": True}]
    assert "lockedClient" not in flow


def test_the_file_alone_says_which_flow_it_is(platform: Platform) -> None:
    first = platform.published(MAIN)
    second = platform.published(MAIN.replace("Hello", "Hi"))
    assert (second["id"], second["publishedVersion"]["id"]) == (first["id"], "2.0")
    renamed = platform.published(MAIN.replace("Main IVR", "Other"))
    assert renamed["id"] != first["id"]
    assert sorted(platform.names(FLOWS)) == ["Main IVR", "Other"]


def test_the_signed_address_wants_its_headers_no_token_and_one_file(platform: Platform) -> None:
    job = platform.post(f"{FLOWS}/jobs")
    url, headers = job["presignedUrl"], job["headers"]
    put = platform.bare.put
    assert put(url, content=MAIN).status_code == 403
    assert put(url, headers={**headers, "Authorization": "Bearer x"}, content=MAIN).status_code == 400
    assert put(url[:-1] + "_", headers=headers, content=MAIN).status_code == 403
    assert [put(url, headers=headers, content=MAIN).status_code for _ in range(2)] == [200, 200]
    assert put(url, headers=headers, content=CLOSED).status_code == 403


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("inboundCall: [", "could not be parsed"),
        ("a: 1\nb: 2", "exactly one root key"),
        ("ivrFlow: {name: X}", "'ivrFlow' is not a flow type"),
        ("inboundCall: {name: X, name: Y}", "appears twice"),
        ("inboundCall: {defaultLanguage: en-us}", "needs a name"),
        (MAIN.replace("Main IVR", "A/B"), "slash"),
        (MAIN.replace("Main IVR", "My-debug"), "-debug"),
        (MAIN.replace("./menus/menu[main]", "./menus/menu[nope]"), "points at nothing"),
        (MAIN.replace("/inboundCall/menus/menu[main]", "/inboundCall/menus/menu[gone]"), "points at nothing"),
        (MAIN.replace("digit_9", "digit_1"), "the key 'digit_1' twice"),
        (MAIN.replace("  defaultLanguage", "  division: Mars\n  defaultLanguage"), "division 'Mars'"),
    ],
)
def test_a_broken_file_fails_the_job_and_leaves_nothing(platform: Platform, yaml: str, said: str) -> None:
    job = platform.deploy(yaml)
    assert job["status"] == "Failure"
    assert said in " ".join(m["text"] for m in job["messages"] if m["type"] == "Error")
    assert platform.names(FLOWS) == []


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (MAIN.replace("Sales}}}", "Nowhere}}}"), "queue 'Nowhere'"),
        (MAIN.replace("{tts: Hello}", "{prompt: Prompt.nobody}"), "user prompt 'nobody'"),
        (
            MAIN.replace("{tts: Hello}", "{exp: 'Append(Prompt.nobody, ToAudioTTS(\"Prompt.text\"))'}"),
            "prompt 'nobody'",
        ),
        (CALLER, "INBOUNDCALL flow 'Closed'"),
    ],
)
def test_a_missing_dependency_blocks_the_publish_and_leaves_what_was_saved(
    platform: Platform, yaml: str, said: str
) -> None:
    job = platform.deploy(yaml)
    texts = " ".join(m["text"] for m in job["messages"])
    assert (job["status"], said in texts, "'text'" in texts) == ("Failure", True, False)
    [flow] = platform.get(FLOWS)["entities"]
    assert (flow["savedVersion"]["id"], flow["savedVersion"]["type"]) == ("1.0", "SAVE")
    assert "publishedVersion" not in flow
    assert "lockedClient" not in flow


def test_a_prompt_with_nothing_to_play_blocks_the_publish(platform: Platform) -> None:
    prompt = platform.prompt("welcome")
    greeted = MAIN.replace("{tts: Hello}", "{prompt: Prompt.welcome}")
    assert "nothing to play" in platform.deploy(greeted)["messages"][-1]["text"]
    platform.post(f"/api/v2/architect/prompts/{prompt['id']}/resources", {"language": "en-us", "ttsString": "Hello"})
    assert platform.deploy(greeted)["status"] == "Success"


def test_stubs_stand_in_for_missing_flows_when_asked(platform: Platform) -> None:
    assert platform.deploy(CALLER)["status"] == "Failure"
    assert platform.deploy(CALLER, createStubs=True)["status"] == "Success"
    assert sorted(platform.names(FLOWS)) == ["Caller", "Closed"]


def test_system_prompts_and_groups_in_expressions_are_no_dependencies(platform: Platform) -> None:
    yaml = MAIN.replace("{tts: Hello}", "{exp: 'AudioPlaybackOptions(PromptSystem.processing, true)'}")
    assert platform.deploy(yaml)["status"] == "Success"


def test_a_job_holds_the_lock_while_it_runs(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.start_job(MAIN)
    assert again(platform, flow)["lockedClient"]["id"] == "client-1"
    assert platform.person("supervisor-1", "lock", "Flow", "Main IVR").json()["code"] == "architect.flow.locked.by.user"


def test_a_failed_job_gives_the_lock_back_that_it_took(platform: Platform) -> None:
    flow = platform.published(MAIN)
    assert platform.deploy(MAIN.replace("Sales}}}", "Nowhere}}}"))["status"] == "Failure"
    after = again(platform, flow)
    assert (after["savedVersion"]["id"], after["publishedVersion"]["id"]) == ("2.0", "1.0")
    assert "lockedClient" not in after


def test_a_flow_that_a_person_has_locked_fails_the_job_and_names_the_person(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "lock", "Flow", "Main IVR")
    assert again(platform, flow)["lockedUser"]["name"] == "supervisor-1"
    job = platform.deploy(MAIN)
    assert job["status"] == "Failure"
    assert "supervisor-1" in job["messages"][0]["text"]
    assert again(platform, flow)["lockedUser"]["name"] == "supervisor-1"
    platform.person("supervisor-1", "unlock", "Flow", "Main IVR")
    assert platform.deploy(MAIN)["status"] == "Success"


def test_a_job_of_the_lock_holder_publishes_and_releases_or_refuses_when_so_set(platform: Platform) -> None:
    flow = platform.published(MAIN)
    act(platform, "checkout", flow)
    assert platform.deploy(MAIN)["status"] == "Success"
    assert "lockedClient" not in again(platform, flow)
    platform.set_state(settings={"jobRefusesOwnLock": True})
    act(platform, "checkout", flow)
    assert platform.deploy(MAIN)["status"] == "Failure"
    assert again(platform, flow)["lockedClient"]["id"] == "client-1"
    act(platform, "revert", flow)
    assert platform.deploy(MAIN)["status"] == "Success"


def test_the_checkout_lock_keeps_others_out_until_it_is_given_back(platform: Platform) -> None:
    flow = platform.published(MAIN)
    assert act(platform, "checkout", flow)["lockedClient"]["id"] == "client-1"
    platform.login("client-2")
    for action in ("checkout", "checkin", "publish", "deactivate"):
        assert refused(platform, action, flow) == (409, "architect.flow.locked.by.user")
    assert refused(platform, "revert", flow) == (409, "architect.flow.not.locked.by.user")
    foreign = (405, "architect.flow.cannot.delete.user.does.not.have.lock")
    assert platform.refusal("DELETE", f"{FLOWS}/{flow['id']}") == foreign
    platform.login("client-1")
    assert "lockedClient" not in act(platform, "revert", flow)
    platform.login("client-2")
    act(platform, "checkout", flow)


def test_of_two_who_want_the_lock_one_gets_it(platform: Platform) -> None:
    flow = platform.published(MAIN)
    statuses = []
    for client in ("client-1", "client-2"):
        platform.login(client)
        statuses.append(platform.http.post(f"{FLOWS}/actions/checkout", params={"flow": flow["id"]}).status_code)
    assert statuses == [200, 409]


def test_unlocking_checks_the_holders_saved_work_in(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "save", "Flow", "Main IVR")
    saved = again(platform, flow)
    assert (saved["savedVersion"]["id"], saved["publishedVersion"]["id"]) == ("2.0", "1.0")
    assert saved["savedVersion"]["createdBy"]["name"] == "supervisor-1"
    freed = act(platform, "unlock", flow)
    assert "lockedUser" not in freed
    assert (freed["checkedInVersion"]["id"], freed["checkedInVersion"]["createdBy"]["name"]) == ("3.0", "supervisor-1")


def test_publishing_what_is_stored_is_an_operation_that_ends_later(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "save", "Flow", "Main IVR", yaml=MAIN.replace("Hello", "Draft"))
    act(platform, "unlock", flow)
    operation = act(platform, "publish", flow)
    assert (operation["complete"], operation["actionName"]) == (False, "PUBLISH")
    for action in ("publish", "checkout", "revert"):
        assert refused(platform, action, flow) == (409, "architect.operation.already.in.progress")
    platform.clock.advance(JOB_SECONDS)
    done = again(platform, flow)
    assert (done["currentOperation"]["complete"], done["currentOperation"]["actionStatus"]) == (True, "SUCCESS")
    assert done["publishedVersion"]["id"] == "4.0"
    body = platform.get(f"{FLOWS}/{flow['id']}/versions/4.0/configuration")
    assert body["content"]["initialGreeting"] == {"tts": "Draft"}


def test_an_older_version_can_be_put_in_force_again(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.published(MAIN.replace("Hello", "Hi"))
    act(platform, "publish", flow, version="1.0")
    platform.clock.advance(JOB_SECONDS)
    assert again(platform, flow)["publishedVersion"]["id"] == "1.0"
    assert refused(platform, "publish", flow, version="9.0") == (404, "architect.flow.version.missing")


def test_checkin_needs_the_lock_and_something_to_check_in(platform: Platform) -> None:
    empty = platform.post(FLOWS, {"name": "Empty", "type": "INBOUNDCALL"})
    assert refused(platform, "checkin", empty) == (409, "architect.flow.not.locked.by.user")
    act(platform, "checkout", empty)
    assert refused(platform, "checkin", empty) == (409, "architect.flow.cannot.checkin.missing.config")
    flow = platform.published(MAIN)
    act(platform, "checkout", flow)
    act(platform, "checkin", flow)
    platform.clock.advance(JOB_SECONDS)
    done = again(platform, flow)
    assert (done["checkedInVersion"]["id"], done["checkedInVersion"]["type"]) == ("2.0", "CHECKIN")
    assert (done["publishedVersion"]["id"], "lockedClient" in done) == ("1.0", False)


def test_publishing_is_refused_while_a_dependency_is_missing(platform: Platform) -> None:
    platform.deploy(CALLER)
    [flow] = platform.get(FLOWS)["entities"]
    missing = (409, "architect.flow.cannot.publish.missing.dependencies")
    assert refused(platform, "publish", flow) == missing


def test_metadata_changes_need_the_lock(platform: Platform) -> None:
    flow = platform.published(MAIN)
    change = {"name": "Main IVR", "description": "New"}
    path = f"{FLOWS}/{flow['id']}"
    assert platform.refusal("PUT", path, change) == (409, "architect.flow.not.locked.by.user")
    act(platform, "checkout", flow)
    assert platform.put(path, change)["description"] == "New"
    platform.published(CLOSED)
    assert platform.refusal("PUT", path, {"name": "Closed"}) == (409, "architect.flow.already.exists")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"name": "X"}, (400, "architect.flow.validate.failed.missing.type")),
        ({"type": "INBOUNDCALL"}, (400, "architect.flow.validate.failed.missing.name")),
        ({"type": "INBOUNDCALL", "name": "a/b"}, (400, "architect.flow.validate.failed.invalid.name.contains.slash")),
        ({"type": "INBOUNDCALL", "name": "--"}, (400, "architect.flow.validate.failed.invalid.name.no.alpha")),
        ({"type": "INBOUNDCALL", "name": "main ivr"}, (409, "architect.flow.already.exists")),
    ],
)
def test_bad_new_flows_are_refused(platform: Platform, body: dict, refusal) -> None:
    platform.published(MAIN)
    assert platform.refusal("POST", FLOWS, body) == refusal


def test_names_are_unique_per_type_only(platform: Platform) -> None:
    platform.published(MAIN)
    platform.post(FLOWS, {"name": "Main IVR", "type": "workflow"})
    assert platform.names(FLOWS) == ["Main IVR", "Main IVR"]


def test_a_flow_in_use_stays(platform: Platform) -> None:
    closed, caller = platform.published(CLOSED), platform.published(CALLER)
    in_flows = (409, "architect.flow.cannot.delete.used.in.flows")
    assert platform.refusal("DELETE", f"{FLOWS}/{closed['id']}") == in_flows
    platform.post(ROUTES, {"name": "Main", "openHoursFlow": {"id": caller["id"]}})
    in_routes = (409, "architect.flow.cannot.delete.used.in.ivr.configs")
    assert platform.refusal("DELETE", f"{FLOWS}/{caller['id']}") == in_routes
    assert refused(platform, "deactivate", caller) == (409, "architect.dependency.object.in.use")
    queue = platform.get("/api/v2/routing/queues", name="Sales")["entities"][0]
    waiting = platform.published("inqueueCall: {name: Hold, startUpTaskActions: []}")
    platform.set_state(queues=[{**queue, "queueFlow": {"id": waiting["id"]}}])
    in_queues = (409, "architect.flow.cannot.delete.used.in.queues")
    assert platform.refusal("DELETE", f"{FLOWS}/{waiting['id']}") == in_queues


def test_a_deleted_flow_is_gone_but_readable_when_asked(platform: Platform) -> None:
    flow = platform.published(MAIN)
    path = f"{FLOWS}/{flow['id']}"
    assert platform.http.delete(path).status_code == 204
    assert platform.refusal("GET", path) == (410, "architect.flow.deleted")
    assert platform.refusal("DELETE", path) == (410, "architect.flow.deleted")
    assert platform.get(path, deleted="true")["deleted"] is True
    assert (platform.names(FLOWS), platform.names(FLOWS, deleted="true")) == ([], ["Main IVR"])
    assert platform.published(MAIN)["id"] != flow["id"]


def test_deactivating_takes_the_published_version_away(platform: Platform) -> None:
    flow = platform.published(MAIN)
    done = act(platform, "deactivate", flow)
    assert ("publishedVersion" in done, done["active"]) == (False, False)


def test_flow_lists_filter_by_type_name_id_and_lock(platform: Platform) -> None:
    main, closed = platform.published(MAIN), platform.published(CLOSED)
    platform.published("workflow: {name: Night job, startUpRef: './states/state[a]', states: [{state: {refId: a}}]}")
    assert platform.names(FLOWS, type="workflow") == ["Night job"]
    assert platform.names(FLOWS, type="inboundcall,workflow") == ["Closed", "Main IVR", "Night job"]
    assert platform.refusal("GET", FLOWS, type="survey") == (400, "invalid.value")
    assert platform.names(FLOWS, name="main*") == ["Main IVR"]
    assert platform.names(FLOWS, id=[main["id"]], name="nothing") == ["Main IVR"]
    act(platform, "checkout", closed)
    assert platform.names(FLOWS, lockedByClientId="client-1") == ["Closed"]
    assert platform.names(f"{FLOWS}/lookup", id=f"{main['id']},{closed['id']}") == ["Closed", "Main IVR"]
    assert platform.get(f"{FLOWS}/lookup", id="nobody")["entities"] == []
    assert "lockedClient" not in platform.get(f"{FLOWS}/divisionviews", name="Closed")["entities"][0]
    assert platform.get(FLOWS, pageSize=500)["pageCount"] == 1
    assert platform.refusal("GET", FLOWS, pageSize=501) == (400, "invalid.value")


def test_versions_are_listed_newest_first(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.published(MAIN)
    path = f"{FLOWS}/{flow['id']}"
    assert [v["id"] for v in platform.get(f"{path}/versions")["entities"]] == ["2.0", "1.0"]
    assert platform.get(f"{path}/versions/1.0")["type"] == "PUBLISH"
    assert platform.refusal("GET", f"{path}/versions/7.0") == (404, "architect.flow.version.missing")
    assert platform.get(f"{path}/latestconfiguration")["name"] == "Main IVR"
    empty = platform.post(FLOWS, {"name": "Empty", "type": "INBOUNDCALL"})
    none = platform.refusal("GET", f"{FLOWS}/{empty['id']}/latestconfiguration")
    assert none == (404, "flow.no.config.available")
