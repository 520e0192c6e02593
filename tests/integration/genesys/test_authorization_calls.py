"""What the client learns about its own rights."""

from __future__ import annotations

import pytest

from reconciler.genesys import authorization
from reconciler.genesys.wire.settings import RemoteSettings
from tests.integration.remotes.remote_stage import Stage

pytestmark = pytest.mark.anyio


async def test_the_token_names_its_client_its_organisation_and_its_roles(stage: Stage) -> None:
    token = await authorization.token(stage.client)
    assert token["OAuthClient"]["id"] == "reconciler"
    assert token["organization"]["id"] == stage.state()["organization"]["id"]
    (held,) = token["OAuthClient"]["roleDivisions"]
    assert held["divisionId"] == next(iter(stage.state()["divisions"]))


async def test_grants_list_the_permissions_of_each_role(stage: Stage) -> None:
    roles = [
        {"name": "Flow reader", "permissions": ["architect:flow:view", "architect:job:view"]},
        {"name": "Prompts", "permissions": ["architect:userPrompt:*"]},
    ]
    clients = [{"id": "ci", "secret": "secret", "roles": ["Flow reader", "Prompts"]}]
    stage.control.put("/_sandbox/state", json={"roles": roles, "clients": clients})
    stage.become("ci", RemoteSettings())
    reader, prompts = await authorization.grants(stage.client)
    assert (reader.role, reader.division) == ("Flow reader", "Home")
    assert reader.permissions == ("architect:flow:view", "architect:job:view")
    assert prompts.permissions == ("architect:userPrompt:*",)


async def test_a_client_of_the_open_sandbox_holds_everything(stage: Stage) -> None:
    assert [grant.permissions for grant in await authorization.grants(stage.client)] == [("*:*:*",)]


def held_by(stage: Stage, *permissions: str) -> None:
    """Become a client with one role of these permissions."""
    roles = [{"name": "Deployer", "permissions": list(permissions)}]
    clients = [{"id": "ci", "secret": "secret", "roles": ["Deployer"]}]
    stage.control.put("/_sandbox/state", json={"roles": roles, "clients": clients})
    stage.become("ci", RemoteSettings())


async def test_a_platform_that_tells_no_grants_is_asked_for_the_roles_of_the_token(stage: Stage) -> None:
    held_by(stage, "architect:flow:view", "authorization:role:view")
    stage.fault("GET", authorization.SUBJECT, "status", status=404)
    (grant,) = await authorization.held(stage.client) or []
    assert grant.permissions == ("architect:flow:view", "authorization:role:view")
    assert grant.division_id == next(iter(stage.state()["divisions"]))


async def test_what_neither_way_tells_is_not_known(stage: Stage) -> None:
    held_by(stage, "architect:flow:view")
    stage.fault("GET", authorization.SUBJECT, "status", status=403)
    assert await authorization.held(stage.client) is None


async def test_grants_are_the_first_way(stage: Stage) -> None:
    held_by(stage, "architect:flow:view")
    stage.forget_requests()
    (grant,) = await authorization.held(stage.client) or []
    assert grant.permissions == ("architect:flow:view",)
    assert "GET /api/v2/tokens/me" not in stage.control.get("/_sandbox/requests").json()["by_route"]


async def test_a_client_without_roles_has_an_empty_answer(stage: Stage) -> None:
    clients = [{"id": "ci", "secret": "secret", "roles": []}]
    stage.control.put("/_sandbox/state", json={"roles": [], "clients": clients})
    stage.become("ci", RemoteSettings())
    assert await authorization.held(stage.client) == []
