"""Login, tokens, permissions, limits: what stands between a request and its handler."""

from __future__ import annotations

import pytest
from sandbox_samples import FLOWS, PROMPTS, Platform

CLIENTS = [{"id": "ci", "secret": "right", "name": "Pipeline", "permissions": ["architect:flow:view"]}]


def test_any_client_may_log_in_and_do_everything(platform: Platform) -> None:
    answer = platform.login_answer("anyone", "anything")
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 86_400)
    assert platform.names("/api/v2/routing/queues") == ["Billing", "Overflow", "Sales", "Support", "Technical"]


@pytest.mark.parametrize(
    ("id", "secret", "form", "status", "error"),
    [
        ("ci", "wrong", {}, 401, "invalid_client"),
        ("stranger", "right", {}, 401, "invalid_client"),
        ("ci", "right", {"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_login_refuses_in_the_shape_of_oauth(platform: Platform, id, secret, form, status, error) -> None:
    platform.set_state(clients=CLIENTS)
    answer = platform.login_answer(id, secret, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["description"] == answer.json()["error_description"]


def test_login_without_credentials_is_refused(platform: Platform) -> None:
    answer = platform.bare.post(f"{platform.url}/oauth/token", data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_a_request_needs_a_live_token(platform: Platform) -> None:
    url = f"{platform.url}{PROMPTS}"
    answers = [platform.bare.get(url), platform.bare.get(url, headers={"Authorization": "Bearer nonsense"})]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (401, "authentication.required"),
        (401, "bad.credentials"),
    ]
    platform.clock.advance(86_400)
    assert platform.refusal("GET", PROMPTS) == (401, "bad.credentials")
    platform.login()
    assert platform.http.delete("/api/v2/tokens/me").status_code == 204
    assert platform.refusal("GET", PROMPTS) == (401, "bad.credentials")


def test_a_missing_permission_is_named(platform: Platform) -> None:
    platform.set_state(clients=CLIENTS)
    platform.login("ci", "right")
    assert platform.get(FLOWS)["total"] == 0
    answer = platform.http.get(PROMPTS)
    assert (answer.status_code, answer.json()["code"]) == (403, "missing.permissions")
    assert "architect:userPrompt:view" in answer.json()["message"]
    assert platform.refusal("POST", f"{FLOWS}/actions/checkin", flow="x") == (403, "missing.any.permissions")


def test_roles_give_permissions_and_may_hold_wildcards(platform: Platform) -> None:
    roles = [{"name": "Prompts", "permissions": ["architect:userPrompt:*"]}]
    platform.set_state(clients=[{"id": "ci", "secret": "right", "roles": ["Prompts"]}], roles=roles)
    platform.login("ci", "right")
    platform.prompt("hello")
    assert platform.refusal("GET", FLOWS) == (403, "missing.permissions")


def test_a_division_out_of_reach_hides_objects_from_lists_and_refuses_them_by_id(platform: Platform) -> None:
    home = platform.get("/api/v2/authorization/divisions/home")
    other = {"id": "11111111-1111-4111-8111-111111111111", "name": "Spain"}
    platform.set_state(
        divisions=[{**home, "homeDivision": True}, other],
        clients=[{"id": "ci", "secret": "right"}, {"id": "es", "secret": "right", "divisions": ["Spain"]}],
    )
    platform.login("ci", "right")
    here, there = platform.prompt("here"), platform.prompt("there", division={"id": other["id"]})
    assert there["division"]["name"] == "Spain"
    platform.login("es", "right")
    assert platform.names(PROMPTS) == ["there"]
    assert platform.refusal("GET", f"{PROMPTS}/{here['id']}") == (403, "missing.division.permission")


def test_every_answer_carries_the_budget_and_a_correlation_id(start) -> None:
    limited = start(rate_limit=(3, 10.0))
    counts = []
    for _ in range(3):
        limited.clock.advance(1)
        headers = limited.http.get(FLOWS).headers
        counts.append((headers["inin-ratelimit-count"], headers["inin-ratelimit-reset"]))
        assert headers["inin-ratelimit-allowed"] == "3"
        assert headers["ININ-Correlation-Id"]
    assert counts == [("1", "10"), ("2", "9"), ("3", "8")]


def test_a_spent_budget_is_429_until_the_window_ends_and_each_token_has_its_own(start) -> None:
    limited = start(rate_limit=(2, 10.0))
    for _ in range(2):
        limited.get(FLOWS)
    refused = limited.http.get(FLOWS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert refused.json() | {"message": ""} == {
        "message": "",
        "code": "too.many.requests.retry.after",
        "status": 429,
        "messageParams": {},
        "contextId": refused.headers["ININ-Correlation-Id"],
        "details": [],
        "errors": [],
    }
    limited.login("client-2")
    limited.get(FLOWS)
    limited.login("client-1")
    limited.clock.advance(10)
    limited.get(FLOWS)


def test_without_a_limit_the_headers_stay(platform: Platform) -> None:
    assert int(platform.http.get(FLOWS).headers["inin-ratelimit-allowed"]) > 1_000_000


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/api/v2/architect/flows", (404, "not.found")),
        ("PATCH", f"{FLOWS}/x", (405, "method.not.allowed")),
        ("GET", f"{FLOWS}/x", (404, "architect.flow.not.found")),
    ],
)
def test_what_does_not_exist_is_said_in_the_error_body(platform: Platform, method, path, refusal) -> None:
    assert platform.refusal(method, path) == refusal


def test_a_body_is_at_most_512_000_bytes_of_json(platform: Platform) -> None:
    headers = {"Content-Type": "application/json"}
    big = platform.http.post(PROMPTS, content=b" " * 512_001, headers=headers)
    assert (big.status_code, big.json()["code"]) == (413, "request.entity.too.large")
    broken = platform.http.post(PROMPTS, content=b"{", headers=headers)
    assert (broken.status_code, broken.json()["code"]) == (400, "bad.request")
    text = platform.http.post(PROMPTS, content=b"{}", headers={"Content-Type": "text/plain"})
    assert (text.status_code, text.json()["code"]) == (415, "unsupported.media.type")
