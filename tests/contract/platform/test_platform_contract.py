"""The contract itself: what it accepts and refuses, that it is the SDK's, and that both sides have a place in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.platform import checker, deviations, endpoints, extract

JSON = "application/json"


def endpoint(**facts: Any) -> dict[str, Any]:
    return {"path": {}, "query": {}, "needs": [], "body": None, "answer": None, **facts}


CONTRACT = checker.Contract(
    {
        "endpoints": {
            "GET /api/v2/flows": endpoint(
                query={"name": "str", "pageSize": "int", "id": "list[str]", "deleted": "bool"}, answer="Flows"
            ),
            "GET /api/v2/flows/lookup": endpoint(query={"id": "list[str]"}, needs=["id"], answer="Flows"),
            "GET /api/v2/flows/{flowId}": endpoint(path={"flowId": "str"}, answer="Flow"),
            "PUT /api/v2/flows/{flowId}": endpoint(
                path={"flowId": "str"}, body="Flow", body_needed=True, answer="Flow"
            ),
            "DELETE /api/v2/flows/{flowId}": endpoint(path={"flowId": "str"}),
        },
        "models": {
            "Flows": {"fields": {"entities": "list[Flow]", "total": "int"}},
            "Flow": {
                "fields": {
                    "id": "str",
                    "type": "str",
                    "active": "bool",
                    "seconds": "float",
                    "published": "datetime",
                    "labels": "dict(str, int)",
                    "schema": "object",
                    "parent": "Flow",
                },
                "enums": {"type": ["INBOUNDCALL", "WORKFLOW"]},
            },
            "ErrorBody": {"fields": {"message": "str", "code": "str", "status": "int"}},
        },
    }
)


def asked(method: str, path: str, query: str = "", body: Any = None) -> tuple[str, ...]:
    content = b"" if body is None else json.dumps(body).encode()
    return CONTRACT.request(method, path, query, content_type=JSON if content else "", body=content).violations


def answered(body: Any, *, method: str = "GET", path: str = "/api/v2/flows", status: int = 200) -> tuple[str, ...]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CONTRACT.answer(method, path, status, content_type=JSON, body=content).violations


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/api/v2/flows", "name=a&pageSize=100&id=1&id=2&deleted=true", None),
        ("GET", "/api/v2/flows/lookup", "id=1,2", None),
        ("PUT", "/api/v2/flows/7", "", {"id": "7", "active": None, "parent": {"type": "WORKFLOW"}}),
        ("DELETE", "/api/v2/flows/lookup", "", None),
    ],
)
def test_a_request_that_the_platform_knows(method, path, query, body):
    assert asked(method, path, query, body) == ()


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "wrong"),
    [
        ("GET", "/api/v2/flow", "", None, "GET /api/v2/flow: the platform has no such endpoint"),
        ("PATCH", "/api/v2/flows/7", "", None, "the platform has no such endpoint"),
        ("GET", "/api/v2/flows", "pagesize=5", None, "?pagesize: there is no such query parameter"),
        ("GET", "/api/v2/flows", "pageSize=many", None, '?pageSize: "many" is no int'),
        ("GET", "/api/v2/flows", "deleted=True", None, '?deleted: "True" is no bool'),
        ("GET", "/api/v2/flows", "name=a&name=b", None, "?name: given 2 times, and it is no list"),
        ("GET", "/api/v2/flows/lookup", "", None, "?id: missing, and the endpoint needs it"),
        ("GET", "/api/v2/flows", "", {}, "$: a body, and the endpoint takes none"),
        ("PUT", "/api/v2/flows/7", "", None, "$: no body, and the endpoint needs a Flow"),
        ("PUT", "/api/v2/flows/7", "", {"version": 3}, "PUT /api/v2/flows/{flowId}, request: $.version: Flow has no"),
        ("PUT", "/api/v2/flows/7", "", {"parent": {"ID": "7"}}, "$.parent.ID: Flow has no field 'ID'"),
        ("POST", "/oauth/token", "", {}, "POST /oauth/token: not the form of a login"),
    ],
)
def test_a_request_that_the_platform_does_not_know(method, path, query, body, wrong):
    (violation,) = asked(method, path, query, body)
    assert wrong in violation


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"id": 7}, "$.entities[0].id: 7 is no str"),
        ({"active": "true"}, '$.entities[0].active: "true" is no bool'),
        ({"seconds": True}, "$.entities[0].seconds: true is no float"),
        ({"type": "inboundcall"}, '$.entities[0].type: "inboundcall" is none of INBOUNDCALL, WORKFLOW'),
        ({"published": "2026-01-01T00:00:00"}, '$.entities[0].published: "2026-01-01T00:00:00" is no datetime'),
        ({"labels": {"a": "1"}}, '$.entities[0].labels.a: "1" is no int'),
        ({"parent": "7"}, '$.entities[0].parent: "7" is no object, it should be Flow'),
        ({"colour": "red"}, "$.entities[0].colour: Flow has no field 'colour'"),
    ],
)
def test_an_answer_that_the_platform_would_not_give(row, wrong):
    assert answered({"entities": [row]}) == (f"GET /api/v2/flows, answer 200: {wrong}",)


def test_an_answer_that_the_platform_could_give():
    row = {"type": "WORKFLOW", "seconds": 3, "published": "2026-01-01T00:00:00.123Z", "schema": {"any": ["thing"]}}
    assert answered({"entities": [row, {"parent": row, "labels": {"a": 1}, "active": None}], "total": 2}) == ()


def test_the_same_mistake_in_each_row_is_told_once():
    assert answered({"entities": [{"colour": 1}, {"colour": 2}, {"id": 3}]}) == (
        "GET /api/v2/flows, answer 200: $.entities[0].colour: Flow has no field 'colour'",
        "GET /api/v2/flows, answer 200: $.entities[2].id: 3 is no str",
    )


def test_a_body_where_the_platform_sends_none_and_none_where_it_sends_one():
    assert answered(b"", method="DELETE", path="/api/v2/flows/7", status=204) == ()
    (violation,) = answered({}, method="DELETE", path="/api/v2/flows/7")
    assert "has a body, and the SDK reads none" in violation
    (violation,) = answered(b"")
    assert "no JSON" in violation


def test_a_refusal_has_the_one_shape_that_all_have():
    assert answered({"message": "No.", "code": "bad.request", "status": 400}, status=400) == ()
    (violation,) = answered({"error": "no"}, status=500)
    assert violation == "GET /api/v2/flows, answer 500: $.error: ErrorBody has no field 'error'"


def test_the_content_type_belongs_to_the_answer():
    found = CONTRACT.answer("GET", "/api/v2/flows", 502, content_type="text/html; charset=utf-8", body=b"<html>")
    assert "Content-Type is text/html" in found.violations[0]


def test_success_outside_the_contract_is_a_violation_and_a_refusal_is_not():
    (violation,) = answered({}, path="/api/v2/prompts")
    assert violation == "GET /api/v2/prompts: answered 200, but the platform has no such endpoint"
    assert answered({"status": 404}, path="/api/v2/prompts", status=404) == ()


def test_login_answers_in_its_own_words():
    def said(body: Any, status: int) -> tuple[str, ...]:
        return answered(body, method="POST", path=deviations.LOGIN_PATH, status=status)

    assert said({"access_token": "x", "token_type": "bearer", "expires_in": 60}, 200) == ()
    assert said({"error": "invalid_client", "description": "no"}, 401) == ()
    assert said({"message": "no"}, 401) != ()


def test_signed_addresses_and_the_control_plane_are_no_endpoints():
    for beginning in deviations.NOT_API:
        assert asked("PUT", f"{beginning}key", body={"any": 1}) == ()
        assert answered(b"bytes", path=f"{beginning}key") == ()


def test_the_contract_is_what_the_installed_sdk_says():
    package, version = extract.installed()
    assert checker.FILE.name == f"sdk-{version}.json", "run python -m tests.contract.platform.extract"
    made = extract.rendered(extract.contract(package, version))
    assert made == checker.FILE.read_text("utf-8"), "run python -m tests.contract.platform.extract"


@pytest.mark.parametrize("side", [endpoints.of_client, endpoints.of_sandbox])
def test_both_sides_know_the_platforms_endpoints_by_their_own_names(side):
    not_api = (deviations.LOGIN_PATH, *deviations.NOT_API)
    named = {name for name in side() if not name.partition(" ")[2].startswith(not_api)}
    assert named <= checker.load().endpoints.keys(), "not in this SDK, or not in extract.WANTED"


def test_what_the_client_calls_is_read_from_its_source():
    found = endpoints.of_client()
    assert {"POST /oauth/token", "GET /api/v2/flows", "PUT /api/v2/architect/ivrs/{ivrId}"} <= found
    assert {"POST /api/v2/flows/actions/revert", "POST /api/v2/users/search"} <= found, "through functions of its own"
    assert len(found) >= 38


def test_the_sandbox_serves_what_the_client_calls():
    assert endpoints.of_client() <= endpoints.of_sandbox()
