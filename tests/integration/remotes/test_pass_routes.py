"""A number that moves between routes is never left with nobody for longer than two requests."""

from __future__ import annotations

import pytest
from pass_stage import Town, blocked, ended
from remote_stage import flow, route

from reconciler.model.outcome import Suspension
from reconciler.model.policy import Policy

pytestmark = pytest.mark.anyio

JOBS = "/api/v2/flows/jobs"
ONE, TWO = "+13175550101", "+13175550102"


@pytest.fixture
async def town(stage, tmp_path) -> Town:
    town = Town(stage, tmp_path, policy=Policy(prune=True))
    town.want(flow(), route("Old", numbers=(ONE, TWO)))
    await town.turn()
    return town


def numbers(town: Town) -> dict[str, list[str]]:
    routes = town.stage.state()["routes"].values()
    return {row["name"]: row["dnis"] for row in routes if row["state"] != "deleted"}


async def test_a_route_replaced_by_another_hands_over_its_numbers_in_one_pass(town):
    town.want(flow(), route("New", numbers=(ONE, TWO)))
    assert ended(await town.turn()) == {"Old": "applied", "New": "applied"}
    assert numbers(town) == {"New": [ONE, TWO]}


GIVERS = {"deleted": (), "updated": (route("Old", numbers=(TWO,)),)}


@pytest.mark.parametrize("giver", GIVERS)
async def test_a_number_stays_when_the_flow_of_its_new_route_cannot_be_published(town, stage, giver):
    town.want(flow(), flow("Second"), route("New", numbers=(ONE,), open="Second"), *GIVERS[giver])
    stage.fault("POST", JOBS, "job_failure", message="No.")
    result = await town.turn()
    assert ended(result) == {"Second": "failed", "Old": "blocked", "New": "blocked"}
    assert numbers(town) == {"Old": [ONE, TWO]}
    await town.turn()
    assert numbers(town)["New"] == [ONE]


@pytest.mark.parametrize("giver", GIVERS)
async def test_a_number_stays_when_its_new_route_is_blocked(town, giver):
    await town.suspend(Suspension(scope="CallRoute/New"))
    town.want(flow(), route("New", numbers=(ONE,)), *GIVERS[giver])
    assert set(blocked(await town.turn())) == {"Old", "New"}
    assert numbers(town) == {"Old": [ONE, TWO]}


async def test_routes_that_swap_numbers_keep_what_they_have(town):
    town.want(flow(), route("Old", numbers=(ONE,)), route("New", numbers=(TWO,)))
    await town.turn()
    town.want(flow(), route("Old", numbers=(TWO,)), route("New", numbers=(ONE,)))
    result = await town.turn()
    assert ended(result) == {"Old": "failed", "New": "failed"}
    assert all("free it there first" in outcome.message for outcome in result.outcomes.values())
    assert numbers(town) == {"Old": [ONE], "New": [TWO]}
    town.want(flow(), route("Old", numbers=(ONE,)), route("New", numbers=(TWO,)))
    assert (await town.turn()).plan.changes == ()
