"""What a token may ask about itself, and the organisation's roles."""

from __future__ import annotations

from sandbox_samples import Platform

ROLES = "/api/v2/authorization/roles"
ME = "/api/v2/authorization/subjects/me"
READER = {
    "name": "Flow reader",
    "description": "Looks",
    "permissions": ["architect:flow:view", "architect:flow:search"],
}
PROMPTS = {"id": "11111111-1111-4111-8111-111111111111", "name": "Prompts", "permissions": ["architect:userPrompt:*"]}
OTHER = {"id": "22222222-2222-4222-8222-222222222222", "name": "Spain"}


def test_the_token_says_who_it_is(platform: Platform) -> None:
    info = platform.get("/api/v2/tokens/me")
    assert info["OAuthClient"]["id"] == "client-1"
    assert info["organization"]["id"] == platform.get("/api/v2/organizations/me")["id"]
    assert platform.http.head("/api/v2/tokens/me").status_code == 200


def test_a_token_can_be_given_back(platform: Platform) -> None:
    assert platform.http.delete("/api/v2/tokens/me").status_code == 204
    assert platform.refusal("GET", "/api/v2/tokens/me") == (401, "bad.credentials")


def test_each_role_is_granted_in_each_division_the_client_reaches(platform: Platform) -> None:
    home = platform.get("/api/v2/authorization/divisions/home")
    clients = [
        {"id": "all", "secret": "s", "roles": ["Flow reader", "Prompts"]},
        {"id": "es", "secret": "s", "roles": ["Prompts"], "divisions": ["Spain"]},
    ]
    divisions = [{**home, "homeDivision": True}, OTHER]
    platform.set_state(divisions=divisions, roles=[READER, PROMPTS], clients=clients)
    platform.login("all")
    grants = platform.get(ME, includeFullRoles="true")["grants"]
    assert [(g["role"]["name"], g["division"]["name"]) for g in grants] == [
        ("Flow reader", "Home"), ("Flow reader", "Spain"), ("Prompts", "Home"), ("Prompts", "Spain"),
    ]  # fmt: skip
    assert grants[0]["role"]["policies"] == [
        {"domain": "architect", "entityName": "flow", "actions": ["view", "search"]}
    ]
    platform.login("es")
    client = platform.get("/api/v2/tokens/me")["OAuthClient"]
    assert client["roleDivisions"] == [{"roleId": PROMPTS["id"], "divisionId": OTHER["id"]}]


def test_policies_come_only_with_full_roles(platform: Platform) -> None:
    assert "policies" not in platform.get(ME)["grants"][0]["role"]
    (policy,) = platform.get(ME, includeFullRoles="true")["grants"][0]["role"]["policies"]
    assert policy == {"domain": "*", "entityName": "*", "actions": ["*"]}


def test_roles_are_listed_and_read_with_their_policies(platform: Platform) -> None:
    platform.set_state(roles=[PROMPTS, READER])
    assert platform.names(ROLES) == ["Flow reader", "Prompts"]
    role = platform.get(f"{ROLES}/{PROMPTS['id']}")
    assert role["permissionPolicies"][0]["actionSet"] == ["*"]
    assert platform.get(ROLES, name="flow*")["entities"][0]["id"] == platform.get(ROLES)["entities"][0]["id"]
    assert platform.refusal("GET", f"{ROLES}/nothing") == (404, "not.found")
    platform.set_state(clients=[{"id": "ci", "secret": "s", "permissions": ["architect:flow:view"]}])
    platform.login("ci")
    assert platform.refusal("GET", ROLES) == (403, "missing.permissions")
