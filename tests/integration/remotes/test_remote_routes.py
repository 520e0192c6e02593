"""Call routes against the sandbox: whole objects under their version, never over a version we have not read."""

from __future__ import annotations

import pytest
from remote_stage import flow, prompt, route

from reconciler.errors import AmbiguousError, Conflicted, Rejected
from reconciler.model.change import Action, Change
from reconciler.model.outcome import Fate
from reconciler.model.problem import Location
from reconciler.model.resource import External, Gone

pytestmark = pytest.mark.anyio
ROOT = "/api/v2/architect/ivrs"
ONE, TWO, THREE = "+13175550101", "+13175550102", "+13175550103"


@pytest.fixture
async def ready(stage):
    """A stage whose flow Main IVR exists."""
    await stage.apply(flow())
    return stage


def many(count, start=100):
    return tuple(f"+1317555{number:04d}" for number in range(start, start + count))


async def test_a_created_route_is_listed_as_it_was_written(ready):
    want = route(closed="Main IVR", scheduleGroup="Office hours", description="Front desk")
    base = await ready.apply(want)
    have = await ready.observed(want.key)
    assert have.spec == want.spec == base.live
    assert have.version == base.version


async def test_observing_costs_the_list_pages_and_no_look_up(ready):
    await ready.apply(route(closed="Main IVR", scheduleGroup="Office hours"))
    ready.names.begin_pass()
    ready.forget_requests()
    await ready.routes.observe()
    assert ready.requests() == {f"GET {ROOT}": 1}


async def test_an_update_is_one_read_and_one_put_with_that_version(ready):
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    ready.forget_requests()
    written = await ready.write(change)
    assert ready.requests() == {f"GET {ROOT}/{{ivrId}}": 1, f"PUT {ROOT}/{{ivrId}}": 1}
    assert (base.version, written.version) == ("1", "2")
    assert ready.routes.requests_for(change) == 2


@pytest.mark.parametrize("status", [409, 400])
async def test_a_stale_version_is_read_again_and_ends_right(ready, status):
    """Somebody's write that changes nothing we manage slips in between our read and our PUT."""
    ready.setting(routeConflictStatus=status)
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    real, slipped = ready.client.request, []

    async def request(method, template, **more):
        if method == "PUT" and not slipped:
            slipped.append(ready.person("edit", "CallRoute", "Main number", set={"description": ""}))
        return await real(method, template, **more)

    ready.client.request = request
    written = await ready.write(change)
    assert written.version == "3"
    assert (await ready.observed(base.key)).spec["dnis"] == [TWO]


async def test_a_foreign_change_after_the_plan_is_not_overwritten(ready):
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    ready.person("edit", "CallRoute", "Main number", set={"description": "Emergency text"})
    with pytest.raises(Conflicted, match="was changed on the platform since the plan"):
        await ready.write(change)
    assert (await ready.observed(base.key)).spec["description"] == "Emergency text"


async def test_a_version_that_moved_without_touching_our_fields_is_no_obstacle(ready):
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    ready.person("edit", "CallRoute", "Main number", set={"description": ""})
    assert (await ready.write(change)).version == "3"


async def test_more_than_fifty_new_numbers_go_in_several_writes(ready):
    want = route(numbers=many(60))
    ready.forget_requests()
    base = await ready.apply(want)
    assert ready.writes() == {f"POST {ROOT}": 1, f"PUT {ROOT}/{{ivrId}}": 1}
    assert (await ready.observed(want.key)).spec["dnis"] == list(want.spec["dnis"])
    assert base.version == "2"


async def test_a_number_of_another_route_is_named(ready):
    await ready.apply(route("First", numbers=(ONE, TWO)))
    with pytest.raises(Rejected, match=r"CallRoute/Second: the platform does not give it \+13175550102\."):
        await ready.apply(route("Second", numbers=(TWO, THREE)))


async def test_a_number_outside_every_pool_is_named(ready):
    with pytest.raises(Rejected, match=r"\+13175559999\. A number must be in a DID pool"):
        await ready.apply(route(numbers=("+13175559999",)))


async def test_a_number_we_have_just_freed_is_tried_again(ready):
    first = await ready.apply(route("First", numbers=(ONE, TWO)))
    await ready.write(await ready.update(route("First", numbers=(ONE,)), first))
    ready.fault("POST", ROOT, "status", status=400, code="bad.request",
                message=f"The phone number text {TWO} already exists.")  # fmt: skip
    assert (await ready.apply(route("Second", numbers=(TWO,)))).version == "1"


async def test_a_rename_keeps_the_id(ready):
    base = await ready.apply(route())
    written = await ready.write(await ready.update(route("Front door"), base))
    assert written.id == base.id
    assert [have.key.name for have in await ready.routes.observe()] == ["Front door"]


@pytest.mark.parametrize("form", ["missing", "deleted"])
async def test_a_deleted_route_is_proven_gone(ready, form):
    ready.setting(deletedRoutes=form)
    base = await ready.apply(route())
    await ready.write(await ready.delete(base))
    assert await ready.routes.read(base.id) == Gone(base.id)
    assert await ready.routes.observe() == []


async def test_a_flow_that_does_not_exist_is_named(ready):
    with pytest.raises(Rejected, match="no inbound call flow 'Nowhere'"):
        await ready.apply(route(open="Nowhere"))


async def test_drift_names_the_person(ready):
    base = await ready.apply(route())
    ready.person("edit", "CallRoute", "Main number", set={"description": "x"})
    drift = await ready.routes.attribute(await ready.observed(base.key))
    assert drift.by == "supervisor-1"
    assert drift.at is not None


async def test_a_put_without_an_answer_is_found_done(ready):
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    notes = ready.notebook(change)
    ready.fault("PUT", f"{ROOT}/{{ivrId}}", "reset_after")
    with pytest.raises(AmbiguousError):
        await ready.routes.write(change, notes)
    assert notes.stages == ["writing"]
    found = await ready.routes.recover(notes.intent)
    assert (found.fate, found.written.version) == (Fate.APPLIED, "2")


async def test_a_put_that_never_arrived_is_told_after_the_window(ready):
    base = await ready.apply(route())
    change = await ready.update(route(numbers=(TWO,)), base)
    notes = ready.notebook(change)
    ready.fault("PUT", f"{ROOT}/{{ivrId}}", "status", status=503)
    with pytest.raises(AmbiguousError):
        await ready.routes.write(change, notes)
    assert (await ready.routes.recover(notes.intent)).fate is Fate.UNDECIDED
    ready.time.advance(91)
    assert (await ready.routes.recover(notes.intent)).fate is Fate.NOT_APPLIED


async def test_a_create_without_an_answer_is_adopted_by_its_numbers(ready):
    want = route()
    change = Change(Action.CREATE, want.key, desired=want)
    notes = ready.notebook(change)
    ready.fault("POST", ROOT, "reset_after")
    with pytest.raises(AmbiguousError):
        await ready.routes.write(change, notes)
    found = await ready.routes.recover(notes.intent)
    assert found.fate is Fate.APPLIED
    assert found.written.id == (await ready.observed(want.key)).id
    assert ready.requests()[f"POST {ROOT}"] == 1


async def test_a_create_left_with_part_of_its_numbers_is_completed(ready):
    want = route(numbers=many(60))
    change = Change(Action.CREATE, want.key, desired=want)
    notes = ready.notebook(change)
    ready.fault("PUT", f"{ROOT}/{{ivrId}}", "reset_before")
    with pytest.raises(AmbiguousError):
        await ready.routes.write(change, notes)
    ready.time.advance(91)
    found = await ready.routes.recover(notes.intent)
    assert found.fate is Fate.APPLIED
    assert found.written.live == want.spec


# -- names ------------------------------------------------------------------------------------------------------


def external(kind, name, type=""):
    return External(kind, name, Location("x.yaml"), type)


async def test_only_names_the_platform_lacks_are_absent(ready):
    await ready.apply(prompt())
    asked = [
        external("Queue", "Sales"),
        external("Queue", "Nobody"),
        external("ScheduleGroup", "Office hours"),
        external("EmergencyGroup", "Storm"),
        external("Flow", "Main IVR", "inboundCall"),
        external("Flow", "Main IVR", "workflow"),
        external("Flow", "Main IVR"),
        external("Prompt", "welcome"),
        external("Division", "Home"),
    ]
    ready.names.begin_pass()
    assert await ready.names.absent(asked) == [asked[1], asked[3], asked[5]]


async def test_names_are_looked_up_once_per_pass(ready):
    ready.names.begin_pass()
    await ready.flows.observe()
    ready.forget_requests()
    for _ in range(3):
        await ready.names.absent(
            [external("Queue", "Sales"), external("Queue", "Support"), external("Flow", "Main IVR")]
        )
    assert ready.requests() == {"GET /api/v2/routing/queues": 1}
