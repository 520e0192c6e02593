"""What the client learns about its own rights."""

from __future__ import annotations

import pytest

from reconciler.genesys import authorization
from reconciler.genesys.settings import RemoteSettings
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
