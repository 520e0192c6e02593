"""`validate --remote`: the platform's own word on what it stores."""

from __future__ import annotations

import json

import pytest

from reconciler.model import identity
from reconciler.model.identity import RemoteId
from reconciler.model.review import Review
from reconciler.operations import reviewing
from reconciler.operations.desk import Desk
from tests.builders import MAIN, B, have, want

pytestmark = pytest.mark.anyio
NEW = identity.flow("inboundCall", "New IVR")


@pytest.fixture
def desk(world) -> Desk:
    """Main IVR is declared and published, New IVR only declared."""
    world.want(want(MAIN, B), want(NEW, B))
    world.shelf(MAIN).set(MAIN, B)
    return Desk(ledger=world.ledger, clock=world.clock, parts=world.parts(), wanted=world.load)


def says(world, **review) -> None:
    world.platform.reviews[RemoteId("id-Main IVR")] = Review(**review)


async def test_a_flow_that_is_fine_and_one_that_is_not_there(world, desk):
    answer = await reviewing.validate_remote(desk, {})
    assert answer.exit == 0
    absent, total = answer.output.splitlines()
    assert absent.startswith("desired_state/new-ivr.yaml:3:1: Flow/New IVR (inboundCall): not published")
    assert total == "1 published flow asked about: 0 invalid, 0 warnings."


async def test_an_error_names_manifest_and_version_and_is_a_failure(world, desk):
    says(world, ok=False, errors=("Queue is gone",), warnings=("Unreachable task",))
    answer = await reviewing.validate_remote(desk, {})
    assert answer.exit == 1
    assert (
        "desired_state/main-ivr.yaml:3:1: Flow/Main IVR (inboundCall) version 1: error: Queue is gone" in answer.output
    )
    assert "version 1: warning: Unreachable task" in answer.output


async def test_a_failure_without_a_reason_is_still_told(world, desk):
    says(world, ok=False)
    answer = await reviewing.validate_remote(desk, {})
    assert answer.exit == 1
    assert "does not say why" in answer.output


@pytest.mark.parametrize(("strict", "exit"), [(False, 0), (True, 1)])
async def test_a_warning_alone_is_a_problem_only_when_asked_to_be(world, desk, strict, exit):
    says(world, ok=True, warnings=("Unreachable task",))
    answer = await reviewing.validate_remote(desk, {"strict": strict, "output": "json"})
    assert answer.exit == exit
    assert json.loads(answer.output)[0]["warnings"] == ["Unreachable task"]


async def test_a_renamed_flow_is_found_by_the_id_we_remember(world):
    world.want(want(MAIN, B))
    await world.turn()
    world.shelf(MAIN).objects[RemoteId("id-Main IVR")] = have(NEW, B, id="id-Main IVR", version="7")
    desk = Desk(ledger=world.ledger, clock=world.clock, parts=world.parts(), wanted=world.load)
    assert json.loads((await reviewing.validate_remote(desk, {"output": "json"})).output)[0]["version"] == "7"
