"""Trouble of particular sorts: altered and endless answers, expired addresses, lagging lists, late writes."""

from __future__ import annotations

import io
import time

import httpx
import pytest
from sandbox_samples import FLOWS, JOB_SECONDS, MAIN, PROMPTS, TRANSCODE_SECONDS, Platform, silence

EXPIRED = (403, True)


def storage(answer: httpx.Response) -> tuple[int, bool]:
    return answer.status_code, "AccessDenied" in answer.text


def test_an_answer_can_lose_fields_and_gain_values_nobody_knows(platform: Platform) -> None:
    platform.prompt("a")
    platform.prompt("b")
    platform.fault(path=PROMPTS, fault="alter", remove=["entities.*.id"], set={"entities.0.uploadStatus": "fancy"})
    first, second = platform.get(PROMPTS)["entities"]
    assert (first.get("id"), first["uploadStatus"], second.get("id")) == (None, "fancy", None)
    assert "uploadStatus" not in second
    assert "id" in platform.get(PROMPTS)["entities"][0]


def test_whole_objects_can_be_removed_and_missing_places_are_passed_over(platform: Platform) -> None:
    platform.fault(path="/api/v2/organizations/me", fault="alter", remove=["*"], set={"a.b": 1})
    assert platform.get("/api/v2/organizations/me") == {}


def test_an_altered_write_was_carried_out(platform: Platform) -> None:
    platform.fault(method="POST", path=PROMPTS, fault="alter", remove=["id"])
    assert "id" not in platform.post(PROMPTS, {"name": "welcome"})
    assert platform.names(PROMPTS) == ["welcome"]


def test_an_answer_can_be_huge(platform: Platform) -> None:
    platform.fault(path=FLOWS, fault="huge", size=3_000_000)
    answer = platform.http.get(FLOWS)
    assert len(answer.content) == int(answer.headers["content-length"]) == 3_000_000
    assert answer.json().keys() == {"filler"}


@pytest.mark.parametrize(
    "order",
    [
        {"fault": "alter"},
        {"fault": "alter", "remove": "id"},
        {"fault": "alter", "set": ["id"]},
        {"fault": "expired"},
        {"fault": "huge", "size": "big"},
    ],
)
def test_a_mistyped_order_is_refused(platform: Platform, order: dict) -> None:
    assert platform.refusal("POST", "/_sandbox/faults", {"path": FLOWS, **order}) == (400, "bad.request")


def test_signed_addresses_expire_on_order(platform: Platform) -> None:
    prompt = platform.prompt("hello", "en-us")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    media = platform.resource(prompt, "en-us")["mediaUri"]
    flow = platform.published(MAIN)
    job = platform.post(f"{FLOWS}/export/jobs", {"flows": [{"flow": {"id": flow["id"]}}]})
    platform.clock.advance(JOB_SECONDS)
    export = platform.get(f"{FLOWS}/export/jobs/{job['id']}")["downloadUrl"]
    for path in ("/media/{key}", "/downloads/flows/{jobId}", "/uploads/prompts/{key}", "/uploads/flows/{jobId}/{key}"):
        platform.fault(path=path, fault="expired")
    assert storage(platform.bare.get(media)) == EXPIRED
    assert storage(platform.bare.get(export)) == EXPIRED
    assert storage(platform.upload(prompt, "en-us", silence())) == EXPIRED
    slot = platform.post(f"{FLOWS}/jobs")
    assert storage(platform.bare.put(slot["presignedUrl"], headers=slot["headers"], content=MAIN.encode())) == EXPIRED
    assert platform.bare.get(media).status_code == 200
    assert platform.bare.get(export).status_code == 200


def test_signed_addresses_expire_with_time(platform: Platform) -> None:
    prompt = platform.prompt("hello", "en-us")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    media = platform.resource(prompt, "en-us")["mediaUri"]
    slot = platform.post(f"{FLOWS}/jobs")
    platform.clock.advance(3_600)
    assert storage(platform.bare.get(media)) == EXPIRED
    assert storage(platform.bare.put(slot["presignedUrl"], headers=slot["headers"], content=b"x")) == EXPIRED


def test_lists_can_be_made_to_lag_while_the_sandbox_runs(platform: Platform) -> None:
    platform.set_state(settings={"listLagSeconds": 10})
    platform.prompt("hello")
    assert platform.names(PROMPTS, name="hello") == []
    platform.clock.advance(10)
    assert platform.names(PROMPTS, name="hello") == ["hello"]
    for wrong in (-1, "10s", True):
        state = {"settings": {"listLagSeconds": wrong}}
        assert platform.refusal("PUT", "/_sandbox/state", state) == (400, "bad.request")


def test_a_late_write_lands_after_its_client_has_given_up(platform: Platform) -> None:
    platform.fault(method="POST", path=PROMPTS, fault="timeout", apply="late", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        platform.http.post(PROMPTS, json={"name": "welcome"}, timeout=0.1)
    deadline = time.monotonic() + 20
    while not platform.names(PROMPTS) and time.monotonic() < deadline:
        pass
    assert platform.names(PROMPTS) == ["welcome"]


def test_transcoding_fails_on_order_by_both_ways_of_uploading(platform: Platform) -> None:
    prompt = platform.prompt("hello", "en-us")
    old = "/uploads/v2/prompts/{promptId}/{languageCode}"
    for path in (f"{PROMPTS}/{{promptId}}/resources/{{languageCode}}/uploads", old):
        platform.fault(method="POST", path=path, fault="transcode_failure")
        if path is old:
            address = platform.resource(prompt, "en-us")["uploadUri"]
            platform.http.post(address, files={"file": ("a.wav", io.BytesIO(silence()), "audio/wav")})
        else:
            platform.upload(prompt, "en-us", silence())
        platform.clock.advance(TRANSCODE_SECONDS)
        assert platform.resource(prompt, "en-us")["uploadStatus"] == "transcodeFailed"
        platform.upload(prompt, "en-us", silence())
        platform.clock.advance(TRANSCODE_SECONDS)
        assert platform.resource(prompt, "en-us")["uploadStatus"] == "transcoded"
