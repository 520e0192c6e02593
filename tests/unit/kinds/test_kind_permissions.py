"""Which permissions a desired state needs: reading for all that is listed, writing for what is declared."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds import permissions
from reconciler.kinds.registry import COMPARE
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.policy import Policy
from reconciler.model.problem import Location
from reconciler.model.resource import Desired, External
from tests.builders import MAIN, NUMBER, WELCOME, want

HERE = Location("desired_state/here.yaml")
LISTED = {"architect:userPrompt:view", "architect:flow:view", "routing:callRoute:view"}


def desired(*resources: Desired, **policy: bool) -> DesiredState:
    environment = Environment(policy=Policy(**policy))
    return DesiredState(
        revision="1", commit=None, environment=environment, resources={one.key: one for one in resources}
    )


def needed(*resources: Desired, **policy: bool) -> set[str]:
    return {need.permission for need in permissions.needed(desired(*resources, **policy))}


def writes(found: Iterable[str]) -> set[str]:
    return {permission for permission in found if not permission.endswith(":view")}


def test_every_kind_that_the_platform_has_says_what_it_needs() -> None:
    assert set(permissions.RIGHTS) == set(COMPARE)


def test_prompts_alone_ask_for_no_right_to_write_flows_or_routes() -> None:
    found = needed(want(WELCOME))
    assert writes(found) == {"architect:userPrompt:add", "architect:userPrompt:edit"}
    assert found >= LISTED


def test_flows_ask_for_publishing_and_exporting() -> None:
    found = needed(want(MAIN))
    assert {"architect:flow:publish", "architect:job:create", "architect:job:view", "architect:flow:add"} <= found
    assert {"architect:jobExport:create", "architect:jobExport:view"} <= found
    assert not any(":callRoute:" in permission for permission in writes(found))


def test_deleting_is_asked_for_where_pruning_is_on() -> None:
    assert not any(permission.endswith(":delete") for permission in needed(want(WELCOME), want(NUMBER)))
    deletes = {
        permission for permission in needed(want(WELCOME), want(NUMBER), prune=True) if permission.endswith(":delete")
    }
    assert deletes == {"architect:userPrompt:delete", "routing:callRoute:delete"}


def test_lookups_are_asked_for_where_a_name_is_looked_up() -> None:
    queue = want(MAIN, externals=(External("Queue", "Sales", HERE), External("Division", "Home", HERE)))
    group = want(NUMBER, externals=(External("ScheduleGroup", "Office hours", HERE),))
    emergency = want(MAIN, externals=(External("EmergencyGroup", "Storm", HERE),))
    assert "routing:emergencyGroup:view" in needed(emergency)
    assert "routing:queue:view" not in needed(want(MAIN))
    assert "routing:queue:view" in needed(queue)
    assert "routing:scheduleGroup:view" in needed(group)


def test_unlocking_is_asked_for_where_a_manifest_forces_a_lock() -> None:
    forced = want(MAIN, annotations={"reconciler/onLocked": "force"})
    assert "architect:flow:unlock" not in needed(want(MAIN))
    assert "architect:flow:unlock" in needed(forced)


def test_each_permission_comes_once_with_all_it_is_for_and_optional_ones_last() -> None:
    needs = permissions.needed(desired(want(WELCOME), want(MAIN)))
    assert len(needs) == len({need.permission for need in needs})
    publish = next(need for need in needs if need.permission == "architect:flow:publish")
    assert publish.purposes == ("create flows", "update flows")
    assert [need.permission for need in needs if need.optional] == ["audits:audit:view"]
    assert needs[-1].optional
    assert not any(need.optional for need in permissions.needed(desired(want(MAIN))))
