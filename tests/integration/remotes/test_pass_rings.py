"""Flows that need each other and do not exist, created by way of stubs: in one pass, by whoever it is killed."""

from __future__ import annotations

import pytest
from pass_stage import Town, Trouble, blocked, ended
from remote_stage import ARCHY_FILE, HERE

from reconciler.architect import canonical
from reconciler.documents.load import ARCHY, load
from reconciler.errors import DesiredStateError
from reconciler.model import digest, identity
from reconciler.model.policy import CyclePolicy, Policy
from reconciler.model.resource import Asset, Desired

pytestmark = pytest.mark.anyio

STUBS = Policy(cycles=CyclePolicy.STUBS)
CREATED = {("East", "create", "applied"), ("West", "create", "applied")}
LAST = """          - disconnect:
              name: End
"""
ON = """          - transferToFlow:
              name: On
              targetFlow:
                name: {to}
"""


def leading(name: str, to: str, *, broken: bool = False) -> Desired:
    """A call flow that hands over to another one; a broken one also plays a prompt that nobody has."""
    text = ARCHY_FILE.format(name=name, greeting="Hello", description="Made here")
    first = "          - playAudio:\n              name: Play\n              audio: {prompt: Prompt.nobodys}\n"
    text = text.replace(LAST, (first if broken else "") + ON.format(to=to) + LAST)
    spec = {"document": canonical.canonical(load(text.encode(), "flow.yaml", ARCHY).documents[0].value)}
    asset = Asset(f"archy/{name}.yaml", digest.of_bytes(text.encode()), text.encode())
    needs = frozenset({identity.flow("inboundCall", to)})
    key = identity.flow("inboundCall", name)
    return Desired(key, spec, digest.of(spec), HERE, depends_on=needs, assets={"yaml": asset})


EAST, WEST = leading("East", "West"), leading("West", "East")


@pytest.fixture
def town(stage, tmp_path) -> Town:
    return Town(stage, tmp_path)


def flows(town: Town) -> dict[str, tuple[int, bool, object]]:
    """By name: how many versions, whether the published one is the last, who holds the lock."""
    return {
        flow["name"]: (len(flow["_versions"]), flow["_published"] == flow["_versions"][-1]["id"], flow["_lock"])
        for flow in town.stage.state()["flows"].values()
    }


async def settled(town: Town) -> bool:
    last = await town.turn()
    return last.exit_code == 0 and not last.plan.changes and not await town.intents()


async def test_two_new_flows_that_need_each_other_are_created_in_one_pass(town):
    town.want(EAST, WEST, policy=STUBS)
    result = await town.turn()
    assert result.exit_code == 0
    assert [change.action for change in result.plan.changes] == ["create", "create"]
    assert "its job makes a stub of Flow/West" in result.plan.changes[0].note
    assert flows(town) == {"East": (1, True, None), "West": (2, True, None)}
    assert set(await town.audit()) == CREATED
    assert len(await town.audit()) == 2
    assert await settled(town)


async def test_a_ring_of_three_needs_one_stub(town):
    ring = [leading("East", "North"), leading("North", "West"), leading("West", "East")]
    town.want(*ring, policy=STUBS)
    assert (await town.turn()).exit_code == 0
    assert flows(town) == {"East": (1, True, None), "North": (2, True, None), "West": (1, True, None)}
    assert await settled(town)


async def test_the_policy_decides_what_becomes_of_a_new_ring(town):
    town.want(EAST, WEST, policy=Policy())
    with pytest.raises(DesiredStateError, match="Flow/East -> Flow/West -> Flow/East"):
        await town.turn()
    town.want(EAST, WEST, policy=Policy(cycles=CyclePolicy.EXISTING))
    assert set(blocked(await town.turn())) == {"East", "West"}
    assert flows(town) == {}
    town.want(EAST, WEST, policy=STUBS)
    assert (await town.turn()).exit_code == 0
    town.want(EAST, WEST, policy=Policy())
    assert await settled(town)


async def test_a_stub_that_somebody_filled_meanwhile_is_left_alone(town):
    town.want(EAST, WEST, policy=STUBS)
    theirs = ARCHY_FILE.format(name="West", greeting="Theirs", description="Theirs")
    # The first request after East is published looks at the job that made the stub.
    published = []

    def looks(request) -> bool:
        published.append(request.url.path)
        return request.method == "POST" and request.url.path.endswith("/export/jobs")

    town.when(looks, lambda: town.stage.person("publish", "Flow", "West", yaml=theirs))
    result = await town.turn()
    assert ended(result) == {"East": "applied", "West": "blocked"}
    assert town.stage.state()["flows"]
    assert flows(town)["West"][0] == 2
    again = await town.turn()
    assert "not ours" in blocked(again)["West"]
    assert flows(town)["West"][0] == 2


async def test_a_first_flow_that_fails_leaves_a_stub_that_the_next_commit_goes_on_with(town):
    town.want(leading("East", "West", broken=True), WEST, policy=STUBS)
    result = await town.turn()
    assert ended(result) == {"East": "failed", "West": "blocked"}
    assert flows(town)["West"] == (1, True, None)
    town.want(EAST, WEST, policy=STUBS)
    assert (await town.turn()).exit_code == 0
    assert flows(town)["West"] == (2, True, None)
    assert await settled(town)
    assert set(await town.audit()) >= CREATED


@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda trouble: trouble.value)
@pytest.mark.timeout(600)  # four passes for each request of a pass: minutes on a machine with other work
async def test_trouble_at_any_request_is_made_good_by_the_next_pass(stage, tmp_path, trouble):
    wrong, at, struck = [], 0, True
    while struck:
        at += 1
        stage.control.delete("/_sandbox/state")
        town = Town(stage, tmp_path / f"{at}")
        town.want(EAST, WEST, policy=STUBS)
        struck = await town.troubled(trouble, at=at)
        stage.time.advance(120)
        second = await town.turn()
        # A write that the platform took and that cannot be read back is recorded later, as an adoption.
        entries = sorted(name for name, _, result in await town.audit() if result == "applied")
        good = second.exit_code == 0 and await settled(town) and entries == ["East", "West"]
        if not good or any(not last or lock for _, last, lock in flows(town).values()) or len(flows(town)) != 2:
            wrong.append((at, town.line.struck, blocked(second), ended(second), flows(town), entries))
    assert wrong == []
    assert at > 20


async def test_a_flow_that_was_saved_and_never_published_goes_before_the_one_it_needs(town):
    """The failed first flow of a ring is there, unpublished: no job could make a stub of it."""
    town.want(leading("East", "West", broken=True), WEST, policy=STUBS)
    await town.turn()
    town.stage.person("delete", "Flow", "West")
    town.want(EAST, WEST, policy=STUBS)
    town.stage.time.advance(120)
    result = await town.turn()
    assert ended(result) == {"East": "applied", "West": "applied"}
    assert await settled(town)


async def test_stubs_that_the_platform_only_saves_are_of_no_use_and_the_plan_says_what_is_left(town):
    """UNVERIFIED which way the platform has it."""
    town.stage.setting(stubs="saved")
    town.want(EAST, WEST, policy=STUBS)
    assert ended(await town.turn()) == {"East": "failed", "West": "blocked"}
    assert flows(town) == {"East": (1, False, None), "West": (1, False, None)}
    again = await town.turn()
    assert "none is published yet: Flow/East -> Flow/West -> Flow/East" in blocked(again)["West"]
    assert flows(town) == {"East": (1, False, None), "West": (1, False, None)}


async def test_while_the_job_that_makes_the_stub_still_runs_nobody_touches_either_flow(town):
    town.want(EAST, WEST, policy=STUBS)
    town.when(lambda request: "/flows/jobs/" in request.url.path, town.die)
    with pytest.raises(BaseExceptionGroup):
        await town.turn()
    town.stage.time.platform_stands_still = True
    town.stage.time.advance(600)
    waiting = blocked(await town.turn())
    assert "still Started" in waiting["East"]
    assert "makes a stub of it is still Started" in waiting["West"]
    town.stage.time.platform_stands_still = False
    town.stage.time.advance(60)
    assert (await town.turn()).exit_code == 0
    assert flows(town) == {"East": (1, True, None), "West": (2, True, None)}
    assert await settled(town)
    assert [entry for entry in await town.audit() if entry[2] == "applied"] == sorted(CREATED)
