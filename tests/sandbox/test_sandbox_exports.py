"""Export and validate jobs."""

from __future__ import annotations

import io
import zipfile

import yaml
from sandbox_samples import CLOSED, FLOWS, JOB_SECONDS, MAIN, Platform

EXPORTS = f"{FLOWS}/export/jobs"
CHOICES = (
    MAIN.replace("name: Sales\n", "name: Sales\n              refId: sales\n")
    .replace("{name: Bye,", "{name: Bye, refId: bye,")
    .replace("        choices:", "        defaultChildMenuRef: ./choices/menuTask[sales]\n        choices:")
)


def export(platform: Platform, *flows: dict) -> dict:
    job = platform.post(EXPORTS, {"flows": list(flows)})
    assert (job["status"], job["totalFlows"]) == ("Registered", len(flows))
    assert platform.get(f"{EXPORTS}/{job['id']}")["status"] == "Started"
    platform.clock.advance(JOB_SECONDS)
    return platform.get(f"{EXPORTS}/{job['id']}", expand="messages")


def exported(platform: Platform, **flow) -> str:
    job = export(platform, {"flow": flow})
    assert job["status"] == "Success", job
    return platform.bare.get(job["downloadUrl"]).text


def test_an_export_spells_out_what_the_author_left_to_defaults(platform: Platform) -> None:
    flow = platform.published(CHOICES)
    body = yaml.safe_load(exported(platform, id=flow["id"]))["inboundCall"]
    assert list(body)[:3] == ["name", "description", "division"]
    assert (body["description"], body["division"]) == ("", "Home")
    assert body["startUpRef"] == "/inboundCall/menus/menu[Main_10]"
    assert body["settingsMenu"]["menuSelectionTimeout"] == {"lit": {"seconds": 10}}
    menu = body["menus"][0]["menu"]
    assert menu["refId"] == "Main_10"
    assert menu["settingsMenu"]["repeatCount"] == {"noValue": True}
    first, second = menu["choices"][0]["menuTask"], menu["choices"][1]["menuDisconnect"]
    assert menu["defaultChildMenuRef"] == f"./choices/menuTask[{first['refId']}]"
    assert first["refId"].startswith("Sales_")
    assert (second["globalDtmf"], "refId" in second) == (False, False)
    transfer, jump = first["task"]["actions"]
    assert transfer["transferToAcd"]["priority"] == {"lit": 0}
    assert jump["jumpToMenu"]["targetMenuRef"] == "/inboundCall/menus/menu[Main_10]"


def test_an_export_is_stable_and_exporting_what_was_deployed_from_it_changes_nothing(platform: Platform) -> None:
    flow = platform.published(CHOICES)
    first = exported(platform, id=flow["id"])
    assert exported(platform, name="Main IVR", type="INBOUNDCALL") == first
    platform.published(first)
    assert exported(platform, id=flow["id"]) == first


def test_an_export_takes_the_version_asked_for_or_else_the_draft(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.person("supervisor-1", "save", "Flow", "Main IVR", yaml=MAIN.replace("Hello", "Draft"))
    assert "tts: Draft" in exported(platform, id=flow["id"])
    assert "tts: Hello" in exported(platform, id=flow["id"], version="1.0")


def test_several_flows_come_as_a_zip(platform: Platform) -> None:
    flows = [platform.published(text) for text in (MAIN, CLOSED)]
    job = export(
        platform, {"flow": {"id": flows[0]["id"]}}, {"flow": {"id": flows[1]["id"]}, "fileName": "closed-hours"}
    )
    archive = zipfile.ZipFile(io.BytesIO(platform.bare.get(job["downloadUrl"]).content))
    assert archive.namelist() == ["Main IVR_v1-0.yaml", "closed-hours.yaml"]


def test_the_download_needs_its_signature_and_no_token(platform: Platform) -> None:
    flow = platform.published(MAIN)
    url = export(platform, {"flow": {"id": flow["id"]}})["downloadUrl"]
    assert platform.http.get(url).status_code == 400
    assert platform.bare.get(url + "0").status_code == 403
    assert platform.bare.get(url).status_code == 200
    platform.clock.advance(3_600)
    assert platform.bare.get(url).status_code == 403


def test_an_unknown_flow_fails_the_export(platform: Platform) -> None:
    job = export(platform, {"flow": {"id": "nobody"}})
    assert (job["status"], "downloadUrl" in job) == ("Failure", False)
    assert "Could not find the flow with id" in job["messages"][0]["text"]


def test_broken_orders_are_refused(platform: Platform) -> None:
    assert platform.refusal("POST", EXPORTS, {}) == (400, "invalid.value")
    assert platform.refusal("POST", EXPORTS, {"flows": [{"flow": {"name": "X"}}]}) == (400, "invalid.value")
    bad_name = {"flows": [{"flow": {"id": "x"}, "fileName": "a b"}]}
    assert platform.refusal("POST", EXPORTS, bad_name) == (400, "invalid.value")


def test_a_validate_job_reports_what_is_missing_now(platform: Platform) -> None:
    flow = platform.published(MAIN)

    def validated() -> dict:
        job = platform.post(f"{FLOWS}/validate/jobs", {"flows": [{"flow": {"id": flow["id"]}}]})
        platform.clock.advance(JOB_SECONDS)
        return platform.get(f"{FLOWS}/validate/jobs/{job['id']}", expand="messages")

    assert validated()["status"] == "Success"
    platform.set_state(queues=[])
    assert "Sales" in validated()["messages"][0]["text"]


def test_jobs_can_fail_with_a_reason_without_one_and_as_a_throttled_backend_does(platform: Platform) -> None:
    flow = platform.published(MAIN)
    body = {"flows": [{"flow": {"id": flow["id"]}}]}
    texts = []
    for path, fault in (
        (EXPORTS, {"fault": "job_failure", "message": "No."}),
        (f"{FLOWS}/validate/jobs", {"fault": "job_failure"}),
        (EXPORTS, {"fault": "export_throttled"}),
    ):
        platform.fault(method="POST", path=path, **fault)
        job = platform.post(path, body)
        platform.clock.advance(JOB_SECONDS)
        ended = platform.get(f"{path}/{job['id']}", expand="messages")
        assert (ended["status"], "downloadUrl" in ended) == ("Failure", False)
        texts.append([message["text"] for message in ended["messages"]])
    assert texts == [["No."], [], [f"Could not find the flow with id '{flow['id']}' (exit code 107)."]]
