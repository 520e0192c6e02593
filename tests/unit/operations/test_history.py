"""`history --platform`: our own changes and the platform's audits, in one line of time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reconciler.errors import Forbidden, UsageError
from reconciler.model import identity, moment
from reconciler.model.audit_message import AuditMessage
from reconciler.operations import history
from reconciler.operations.desk import Desk
from tests.builders import MAIN, WELCOME, B, have, want

pytestmark = pytest.mark.anyio


def desk(world) -> Desk:
    return Desk(ledger=world.ledger, clock=world.clock, parts=world.parts(), wanted=world.load)


def message(world, *, hours_ago: float = 0.0, **other) -> AuditMessage:
    at = moment.text(world.clock.now() - timedelta(hours=hours_ago))
    given = {"at": at, "action": "Update", "entity_type": "Prompt", "entity_id": "p-1", "entity_name": "welcome"}
    return AuditMessage(**{**given, **other})


async def applied(world, *wanted) -> None:
    world.want(*wanted)
    await world.turn()


async def test_audits_stand_between_our_changes_in_order_of_time(world):
    await applied(world, want())
    record = (await world.ledger.recall())[WELCOME]
    world.clock.elapsed += 3600
    person = {"by": "supervisor-1", "application": "Architect", "fields": ("description",)}
    world.platform.trail[record.id] = [
        message(world, hours_ago=0.5, **person),
        message(world, hours_ago=1.0, action="Create", client="reconciler", ours=True),
    ]
    await applied(world, want(spec=B))
    newest, between, *_ = (await history.with_platform(desk(world), {"name": "prompt/welcome"})).output.splitlines()
    assert "update applied Prompt/welcome" in newest
    assert between.endswith("Update    platform Prompt/welcome  by supervisor-1 (Architect): description")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"client": "reconciler", "ours": True}, "Prompt/welcome  by us"),
        ({"client": "c-7", "application": "Public API"}, "Prompt/welcome  by client c-7 (Public API)"),
        ({"action": "Transcode", "entity_type": "PromptResource", "entity_name": "en-us", "succeeded": False},
         "Prompt/welcome PromptResource en-us  by the platform, failed"),
        ({"by": "evil\nname"}, "Prompt/welcome  by evil\\nname"),
    ],
)  # fmt: skip
async def test_a_line_says_who_and_which_part(world, other, said):
    await applied(world, want())
    record = (await world.ledger.recall())[WELCOME]
    world.platform.trail[record.id] = [message(world, **other)]
    lines = (await history.with_platform(desk(world), {"name": "Prompt/welcome"})).output.splitlines()
    assert any(line.endswith(said) for line in lines)


async def test_json_keeps_both_sides_apart(world):
    await applied(world, want())
    record = (await world.ledger.recall())[WELCOME]
    world.platform.trail[record.id] = [message(world, by="supervisor-1")]
    answer = await history.with_platform(desk(world), {"name": "Prompt/welcome", "output": "json"})
    told = json.loads(answer.output)
    assert [entry["action"] for entry in told["changes"]] == ["create"]
    assert [(entry["kind"], entry["name"], entry["by"]) for entry in told["platform"]] == [
        ("Prompt", "welcome", "supervisor-1")
    ]


async def test_a_menu_means_everything_it_expands_into_also_what_changed_long_ago(world, monkeypatch):
    monkeypatch.setattr(history, "HISTORY_MAX", 1)
    await applied(world, want(declared_by="Menu/Main"), want(MAIN, declared_by="Menu/Main"))
    await history.with_platform(desk(world), {"name": "Menu/Main"})
    asked = [line for line in world.platform.asked if line.startswith("audits")]
    assert asked == ["audits of Flow/Main IVR", "audits of Prompt/welcome"]


async def test_what_is_only_on_the_platform_is_looked_for_there(world):
    shelf = world.shelf(WELCOME)
    shelf.objects["p-9"] = have(identity.prompt("stranger"), id="p-9")
    world.platform.trail["p-9"] = [message(world, by="supervisor-1")]
    answer = await history.with_platform(desk(world), {"name": "Prompt/stranger"})
    assert "Prompt/stranger  by supervisor-1" in answer.output
    with pytest.raises(UsageError, match="neither managed nor on the platform"):
        await history.with_platform(desk(world), {"name": "Prompt/nobody"})


async def test_since_bounds_how_far_back_the_platform_is_asked(world):
    await applied(world, want())
    record = (await world.ledger.recall())[WELCOME]
    world.platform.trail[record.id] = [message(world, hours_ago=5, by="supervisor-1")]

    async def told(since: str) -> bool:
        answer = await history.with_platform(desk(world), {"name": "Prompt/welcome", "since": since})
        return "supervisor-1" in answer.output

    assert [await told(since) for since in ("1d", "6h", "4h")] == [True, True, False]
    for wrong in ("yesterday", "2999-01-01T00:00:00Z"):
        with pytest.raises(UsageError, match="--since"):
            await told(wrong)


async def test_a_missing_permission_is_told(world):
    await applied(world, want())
    record = (await world.ledger.recall())[WELCOME]
    world.platform.trail[record.id] = Forbidden("give it audits:audit:view")
    with pytest.raises(Forbidden, match="audits:audit:view"):
        await history.with_platform(desk(world), {"name": "Prompt/welcome"})
