"""Names of people and groups, as the sandbox knows them."""

from __future__ import annotations

import pytest

from reconciler.genesys import lookups
from tests.integration.remotes.remote_stage import Stage

pytestmark = pytest.mark.anyio


async def test_users_are_found_by_name_or_mail_address_and_groups_by_name(stage: Stage) -> None:
    ada = {"id": "ada", "name": "Ada", "email": "ada@example.com"}
    groups = [{"id": "night", "name": "Night shift"}, {"id": "day", "name": "Day shift"}]
    stage.control.put("/_sandbox/state", json={"users": [ada], "groups": groups})
    assert [row["id"] for row in await lookups.users_named(stage.client, "Ada")] == ["ada"]
    assert [row["id"] for row in await lookups.users_named(stage.client, "ada@example.com")] == ["ada"]
    assert await lookups.users_named(stage.client, "Nobody") == []
    assert [row["id"] for row in await lookups.groups_named(stage.client, "Night shift")] == ["night"]
    assert await lookups.user_name(stage.client, "ada") == "Ada"


async def test_queues_divisions_and_schedule_groups_are_listed(stage: Stage) -> None:
    assert {"Sales", "Support"} <= {row["name"] for row in await lookups.queues(stage.client)}
    assert [row["name"] for row in await lookups.queues_named(stage.client, "Sales")] == ["Sales"]
    assert [row["name"] for row in await lookups.divisions(stage.client)] == ["Home"]
    assert [row["name"] for row in await lookups.schedule_groups(stage.client)] == ["Office hours"]
