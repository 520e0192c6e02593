"""A pass from manifests to record: what it refuses, what it leaves alone, what it tells."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from reconciler.errors import (
    DesiredStateError,
    Stopped,
    TimedOut,
    Unavailable,
    UnsafePlan,
    UsageError,
    WrongOrganization,
)
from reconciler.model.change import Cause, Drift
from reconciler.model.event import Endpoint
from reconciler.model.outcome import Suspension
from reconciler.model.policy import DriftPolicy, FreezeWindow, Policy
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.resource import External
from reconciler.report import planfile
from reconciler.runtime.parts import Mode, Timing, Trigger
from tests.builders import MAIN, NUMBER, WELCOME, A, B, C, want
from tests.runtime_stage import ORGANIZATION, intent

pytestmark = pytest.mark.anyio

PLAN = Mode.PLAN
ARCHIVE = Endpoint(name="archive", url="https://archive.example.com/hooks", secret="s" * 32)
FROZEN = Policy(freeze=(FreezeWindow(kind="deny", schedule="0 11 * * *", duration_seconds=7_200),))
WRONG = DesiredStateError([Problem(Location("desired_state/a.yaml"), "REC1000", "It is wrong.", "Write it right.")])


def prompts(number: int, spec=A):
    return [want(replace(WELCOME, name=f"p{place:02}"), spec) for place in range(number)]


async def test_wrong_manifests_stop_it_before_any_request(world):
    world.broken = WRONG
    with pytest.raises(DesiredStateError):
        await world.turn()
    assert world.platform.asked == []
    assert await world.ledger.organization() is None
    assert await world.ledger.passes(1) == []


async def test_the_first_applying_pass_binds_the_ledger_and_a_plan_does_not(world):
    await world.turn(PLAN)
    assert await world.ledger.organization() is None
    await world.turn()
    assert await world.ledger.organization() == ORGANIZATION


@pytest.mark.parametrize("mode", list(Mode))
async def test_other_credentials_than_the_ledgers_are_refused(world, mode):
    await world.ledger.bind("another")
    world.want(want())
    with pytest.raises(WrongOrganization, match="This ledger belongs to organisation another"):
        await world.turn(mode)
    assert world.platform.asked == []


async def test_other_credentials_than_the_environments_are_refused(world):
    world.environment["organization"] = "expected"
    with pytest.raises(WrongOrganization, match="'prod' is for expected"):
        await world.turn()
    assert await world.ledger.organization() is None


async def test_a_plan_writes_and_records_nothing(world):
    world.want(want())
    result = await world.turn(PLAN)
    assert (result.plan.counts.add, result.exit_code) == (1, 0)
    assert world.platform.writes == []
    assert await world.ledger.passes(1) == []
    assert await world.audit() == []


async def test_applied_twice_the_second_pass_lists_and_that_is_all(world):
    world.want(want(), want(MAIN))
    await world.turn()
    before = world.platform.spent
    result = await world.turn()
    assert result.plan.is_empty
    assert world.platform.asked[before:] == ["list Prompt", "list Flow", "list CallRoute"]
    assert [record.result for record in await world.ledger.passes(5)] == ["succeeded", "succeeded"]


async def test_a_saved_plan_is_applied_while_nothing_moved(world):
    world.want(want())
    saved = planfile.read_plan_file(planfile.plan_file((await world.turn(PLAN)).plan))
    assert (await world.turn(expected=saved)).exit_code == 0
    assert world.platform.writes == ["create welcome"]


@pytest.mark.parametrize("side", ["git", "platform"])
async def test_a_saved_plan_is_refused_when_a_side_moved(world, side):
    world.want(want())
    await world.turn()
    world.want(want(spec=B), revision="c2")
    saved = planfile.read_plan_file(planfile.plan_file((await world.turn(PLAN)).plan))
    if side == "git":
        world.want(want(spec=C), revision="c3")
    else:
        world.shelf(WELCOME).set(WELCOME, A)
    with pytest.raises(UnsafePlan, match="Saved plan is stale"):
        await world.turn(expected=saved)
    assert world.platform.writes == ["create welcome"]


async def test_a_reviewed_plan_passes_the_thresholds(world):
    world.want(*prompts(10))
    await world.turn()
    world.want(*prompts(10, B), revision="c2")
    saved = planfile.read_plan_file(planfile.plan_file((await world.turn(PLAN)).plan))
    assert len((await world.turn(expected=saved)).outcomes) == 10


async def test_a_pass_over_names_leaves_the_rest_and_never_deletes(world):
    world.policy = Policy(prune=True)
    world.want(want(), want(MAIN), want(NUMBER))
    await world.turn()
    world.want(want(spec=B), want(MAIN, spec=B), revision="c2")
    result = await world.turn(names=("welcome",))
    assert [change.key for change in result.plan.changes] == [WELCOME]
    assert world.platform.writes[3:] == ["update welcome"]


async def test_a_pass_over_names_brings_the_creations_it_needs(world):
    world.want(want(), want(MAIN, depends_on=frozenset({WELCOME})), want(NUMBER))
    await world.turn(names=("Flow/Main IVR",))
    assert world.platform.writes == ["create welcome", "create Main IVR"]


async def test_a_name_that_nothing_carries_is_an_error_before_any_write(world):
    world.want(want())
    with pytest.raises(UsageError, match=r"Nothing is called 'welcom' here\. Did you mean welcome\?"):
        await world.turn(names=("welcom",))
    assert world.platform.writes == []


async def test_a_pass_over_names_keeps_what_is_known_of_the_rest(world):
    world.shelf(MAIN).set(MAIN, B)
    world.want(want(), want(MAIN))
    await world.turn()
    assert MAIN in await world.ledger.conditions()
    world.want(want(spec=B), want(MAIN), revision="c2")
    await world.turn(names=("welcome",))
    assert MAIN in await world.ledger.conditions()


async def test_who_only_compares_is_not_stopped_by_a_name_the_platform_lacks(world):
    world.platform.missing = {"Sales"}
    world.want(want(MAIN, externals=(External("Queue", "Sales", Location("desired_state/menu.yaml")),)))
    assert [change.key for change in (await world.turn(Mode.COMPARE)).plan.changes] == [MAIN]
    assert world.platform.writes == []


@pytest.mark.parametrize("mode", [Mode.PLAN, Mode.APPLY])
async def test_a_name_the_platform_lacks_is_told_with_its_place_before_any_write(world, mode):
    queue = External("Queue", "Sales", Location("desired_state/menu.yaml", 12, 7))
    world.platform.missing = {"Sales"}
    world.want(want(), want(MAIN, externals=(queue,)))
    with pytest.raises(DesiredStateError) as caught:
        await world.turn(mode)
    assert [(str(one.location), one.code) for one in caught.value.problems] == [
        ("desired_state/menu.yaml:12:7", "REC1290")
    ]
    assert "Queue 'Sales'" in str(caught.value)
    assert world.platform.writes == []


async def test_names_are_looked_up_only_for_what_would_be_written(world):
    queue = External("Queue", "Sales", Location("desired_state/menu.yaml"))
    world.want(want(MAIN, externals=(queue,)))
    await world.turn()
    world.platform.missing = {"Sales"}
    assert (await world.turn()).plan.is_empty


async def test_the_warning_of_a_name_looked_up_at_plan_is_not_repeated_by_the_plan(world):
    seen = Problem(Location("a.yaml"), "REC1202", "external", "", Severity.WARNING)
    kept = Problem(Location("a.yaml"), "REC1999", "another", "", Severity.WARNING)
    load = world.load

    async def with_warnings():
        return replace(await load(), warnings=(seen, kept))

    world.load = with_warnings
    assert (await world.turn(PLAN)).warnings == (kept,)


async def test_over_a_threshold_nothing_is_applied_and_it_is_recorded_and_told(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.want(*prompts(10))
    await world.turn()
    world.want(*prompts(10, B), revision="c2")
    result = await world.turn()
    assert (result.exit_code, result.outcomes, len(result.plan.changes)) == (3, {}, 10)
    assert "over the threshold of 30%" in result.verdict.reasons[0]
    assert not [line for line in world.platform.writes if line.startswith("update")]
    (record, _) = await world.ledger.passes(2)
    assert (record.result, record.applied) == ("over_threshold", 0)
    assert (await world.told())[-1] == "pass.completed"
    await world.turn()
    assert (await world.told()).count("pass.completed") == 2


async def test_force_passes_a_threshold_once(world):
    world.want(*prompts(10))
    await world.turn()
    world.want(*prompts(10, B), revision="c2")
    assert (await world.turn(force=True)).exit_code == 0


async def test_force_does_not_pass_an_emptied_desired_state(world):
    world.policy = Policy(prune=True)
    world.want(want())
    await world.turn()
    world.want(revision="c2")
    result = await world.turn(force=True)
    assert (result.exit_code, world.platform.writes) == (3, ["create welcome"])


async def test_a_freeze_window_stops_everything_and_it_is_recorded_and_told(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.policy = FROZEN
    world.shelf(MAIN).set(MAIN, B)
    world.want(want(), want(MAIN))
    result = await world.turn()
    assert (result.exit_code, world.platform.writes) == (3, [])
    assert "it opens at 2026-03-02T13:00:00.000Z" in result.frozen
    (record,) = await world.ledger.passes(1)
    assert (record.result, record.blocked) == ("frozen", 1)
    assert await world.audit() == [("Main IVR", "update", "blocked")]
    assert await world.told() == ["change.blocked", "pass.completed"]


async def test_a_person_is_let_through_a_window_with_manual_sync_and_the_service_is_not(world):
    world.policy = Policy(freeze=(replace(FROZEN.freeze[0], manual_sync=True),))
    world.want(want())
    assert (await world.turn(trigger=Trigger.SERVICE)).frozen
    assert (await world.turn(trigger=Trigger.MANUAL)).exit_code == 0


async def test_in_a_window_with_nothing_to_do_all_is_well(world):
    world.policy = FROZEN
    assert (await world.turn()).exit_code == 0
    (record,) = await world.ledger.passes(1)
    assert record.result == "succeeded"


async def test_what_is_suspended_is_observed_and_not_written(world):
    await world.ledger.suspend(Suspension(scope="Prompt/welcome", reason="INC-1", since="2026-03-02T11:00:00Z"))
    world.want(want(), want(MAIN))
    result = await world.turn()
    assert (result.exit_code, world.platform.writes) == (3, ["create Main IVR"])
    assert "INC-1" in result.plan.changes[1].blocked.reason


async def test_a_manual_run_waits_the_settle_window_out_and_looks_again(world):
    await world.ledger.intend(intent(WELCOME, A, last_send_at="2026-03-02T11:59:30.000Z"))
    shelf = world.shelf(WELCOME)
    shelf.fates["welcome"] = undecided()
    world.want(want())
    results = []

    async def turn():
        results.append(await world.turn())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(turn)
        await world.clock.settle()
        assert world.clock.sleepers == [60.0]
        assert "waiting 60 s" in world.progress.phases[-1]
        shelf.fates.clear()
        await world.clock.advance(60)
    assert shelf.recovered == ["old-1", "old-1"]
    assert results[0].exit_code == 0
    assert [(entry["op_id"], entry["time"]) for entry in await world.ledger.audit()] == [
        ("old-1", "2026-03-02T12:01:00.000Z")
    ]


async def test_a_stop_ends_the_settle_wait(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.shelf(WELCOME).fates["welcome"] = undecided()
    async with anyio.create_task_group() as tasks:

        async def turn():
            with pytest.raises(Stopped):
                await world.turn()

        tasks.start_soon(turn)
        await world.clock.settle()
        world.stop.set()
        await world.clock.settle()
        assert world.clock.sleepers == []
    assert len(await world.ledger.intents()) == 1


async def test_the_service_does_not_wait_and_keeps_the_object_blocked(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.shelf(WELCOME).fates["welcome"] = undecided()
    world.want(want(), want(MAIN))
    result = await world.turn(trigger=Trigger.SERVICE)
    assert world.platform.writes == ["create Main IVR"]
    assert "not known yet: still publishing" in result.plan.changes[1].blocked.reason


def undecided():
    from reconciler.model.outcome import Fate, Recovery

    return Recovery(fate=Fate.UNDECIDED, message="still publishing")


async def test_a_plan_knows_of_an_interrupted_write_and_does_not_touch_it(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.want(want())
    result = await world.turn(PLAN)
    assert world.shelf(WELCOME).recovered == []
    assert "interrupted" in result.plan.changes[0].blocked.reason


async def test_who_moved_the_platform_is_told_and_not_knowing_stops_nothing(world):
    world.want(want(), want(MAIN))
    await world.turn()
    for key in (WELCOME, MAIN):
        world.shelf(key).set(key, B)
    world.shelf(WELCOME).drifts["welcome"] = Drift(by="supervisor-1")
    world.shelf(MAIN).drifts["Main IVR"] = Unavailable("busy")
    main, welcome = (await world.turn(PLAN)).plan.changes
    assert (welcome.drift, main.drift) == (Drift(by="supervisor-1"), None)


async def test_warned_drift_is_told_once_again_when_it_moves_and_cleared_when_gone(world):
    world.policy = Policy(drift=DriftPolicy.WARN)
    world.environment["webhooks"] = (ARCHIVE,)
    world.want(want())
    await world.turn()
    world.shelf(WELCOME).set(WELCOME, B)
    for _ in range(3):
        assert (await world.turn()).exit_code == 0
    assert (await world.told()).count("drift.detected") == 1
    world.shelf(WELCOME).set(WELCOME, C)
    await world.turn()
    assert (await world.told()).count("drift.detected") == 2
    world.shelf(WELCOME).set(WELCOME, A)
    await world.turn()
    assert await world.ledger.conditions() == {}
    assert world.platform.writes == ["create welcome"]


async def test_drift_within_its_grace_is_told_and_corrected_after_it(world):
    world.policy = Policy(drift_grace_seconds=600)
    world.want(want())
    await world.turn()
    world.shelf(WELCOME).set(WELCOME, B)
    await world.turn()
    await world.clock.advance(599)
    assert (await world.turn()).outcomes == {}
    await world.clock.advance(2)
    assert (await world.turn()).exit_code == 0
    assert world.platform.writes == ["create welcome", "update welcome"]


async def test_a_blocked_object_is_told_once_and_cleared_when_it_is_free(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.shelf(WELCOME).set(WELCOME, B)
    world.want(want())
    for _ in range(3):
        assert (await world.turn()).exit_code == 3
    assert await world.told() == ["change.blocked", "pass.completed"]
    assert await world.audit() == [("welcome", "update", "blocked")]
    world.want(want(spec=B), revision="c2")
    await world.turn()
    assert await world.ledger.conditions() == {}


async def test_an_annotation_protects_the_record_without_a_write(world):
    world.want(want())
    await world.turn()
    world.want(want(annotations={"reconciler/prune": "disabled"}), revision="c2")
    await world.turn()
    assert (await world.remember(WELCOME))[WELCOME].protected
    assert world.platform.writes == ["create welcome"]


async def test_the_forecast_counts_what_was_spent_and_what_applying_costs(world):
    world.want(want(), want(MAIN))
    forecast = (await world.turn(PLAN)).plan.forecast
    assert (forecast.spent, forecast.forecast, forecast.seconds) == (3, 4, 0.8)


async def test_each_pass_sees_the_names_of_the_organisation_afresh(world):
    await world.turn()
    await world.turn(PLAN)
    assert world.platform.passes == 2


async def test_a_recorded_pass_counts_what_came_of_it(world):
    async def refuse(change, journal):
        raise Unavailable("busy")

    world.shelf(WELCOME).trouble["welcome"] = refuse
    world.shelf(NUMBER).set(NUMBER, B)
    world.want(want(), want(MAIN), want(NUMBER))
    result = await world.turn()
    (record,) = await world.ledger.passes(1)
    assert (record.applied, record.failed, record.blocked, record.result) == (1, 1, 1, "partial")
    assert record.requests == world.platform.spent
    assert result.exit_code == 3


async def test_a_plan_without_a_ledger_judges_no_ownership(world):
    world.shelf(WELCOME).set(WELCOME, B)
    world.want(want())
    from reconciler.runtime import one_pass
    from reconciler.runtime.parts import Request

    result = await one_pass.run(world.parts(has_ledger=False), world.load, Request(mode=PLAN), world.stop)
    (change,) = result.plan.changes
    assert change.blocked is None
    assert not result.plan.has_ledger


@pytest.mark.parametrize(
    ("overrun", "written"), [(False, ["create welcome"]), (True, ["create welcome", "create Main IVR"])]
)
async def test_a_window_that_opens_under_way_stops_a_pass_unless_it_lets_it_finish(world, overrun, written):
    soon = FreezeWindow(kind="deny", schedule="1 12 * * *", duration_seconds=7_200, sync_overrun=overrun)
    world.policy = Policy(freeze=(soon,))

    async def slow(change, journal):
        world.clock.elapsed += 120

    world.shelf(WELCOME).trouble["welcome"] = slow
    world.want(want(), want(MAIN, depends_on=frozenset({WELCOME})))
    result = await world.turn(trigger=Trigger.SERVICE)
    assert world.platform.writes == written
    assert result.exit_code == (0 if overrun else 3)


async def test_only_a_deep_pass_looks_at_what_no_version_tells_and_git_wins_it_back(world):
    world.want(want(), want(MAIN))
    await world.turn()
    world.shelf(WELCOME).hidden["welcome"] = B
    assert (await world.turn()).plan.is_empty
    before = world.platform.spent
    result = await world.turn(PLAN, deep=True)
    assert [(change.key, change.cause) for change in result.plan.changes] == [(WELCOME, Cause.DRIFT)]
    assert sorted(line for line in world.platform.asked[before:] if line.startswith("examine")) == [
        "examine Flow",
        "examine Prompt",
    ]
    await world.turn(deep=True)
    assert ("welcome", "update", "applied") in await world.audit()
    del world.shelf(WELCOME).hidden["welcome"]
    assert (await world.turn(deep=True)).plan.is_empty


async def test_a_deep_pass_over_names_looks_closely_at_these_alone(world):
    world.want(want(), want(MAIN))
    await world.turn()
    before = world.platform.spent
    await world.turn(PLAN, deep=True, names=("welcome",))
    assert [line for line in world.platform.asked[before:] if line.startswith("examine")] == ["examine Prompt"]


async def test_a_deep_pass_leaves_alone_what_git_does_not_want(world):
    world.want(want())
    await world.turn()
    world.shelf(MAIN).set(MAIN, A)
    world.want()
    before = world.platform.spent
    await world.turn(PLAN, deep=True)
    assert not [line for line in world.platform.asked[before:] if line.startswith("examine")]


async def test_a_platform_in_trouble_lets_no_further_change_begin(world):
    async def goes_down(change, journal):
        world.platform.held_back = "Requests to api.example.com are held back."

    world.shelf(WELCOME).trouble["welcome"] = goes_down
    world.want(want(), want(MAIN, depends_on=frozenset({WELCOME})))
    result = await world.turn()
    assert world.platform.writes == ["create welcome"]
    assert result.outcomes[MAIN].message == "not begun: Requests to api.example.com are held back."
    assert await world.audit() == [("welcome", "create", "applied")]
    assert result.exit_code == 3


async def test_a_pass_beyond_its_deadline_begins_nothing_more_and_remembers_what_it_did(world):
    async def slow(change, journal):
        world.clock.elapsed += 61

    world.timing = Timing(pass_seconds=60)
    world.shelf(WELCOME).trouble["welcome"] = slow
    world.want(want(), want(MAIN, depends_on=frozenset({WELCOME})))
    result = await world.turn()
    assert world.platform.writes == ["create welcome"]
    assert "RECONCILE_PASS_DEADLINE (60 s); the next pass goes on" in result.outcomes[MAIN].message
    assert (await world.turn()).exit_code == 0
    assert world.platform.writes == ["create welcome", "create Main IVR"]


async def test_looking_beyond_the_deadline_ends_the_pass_before_anything_is_decided(world):
    world.timing = Timing(pass_seconds=0.01)
    world.shelf(WELCOME).observed = anyio.sleep_forever
    world.want(want())
    with pytest.raises(TimedOut, match="Nothing was decided"):
        await world.turn()
    assert world.platform.writes == []
    assert await world.ledger.passes(1) == []


async def test_what_only_a_deep_pass_shows_is_told_once_and_stays_until_a_deep_pass_sees_it_over(world):
    world.policy = Policy(drift=DriftPolicy.WARN)
    world.want(want())
    await world.turn()
    world.shelf(WELCOME).hidden["welcome"] = B
    for deep in (True, False, True, False):
        await world.turn(deep=deep)
    assert [entry for entry in await world.audit() if entry[2] == "blocked"] == [("welcome", "none", "blocked")]
    assert WELCOME in await world.ledger.conditions()
    world.shelf(WELCOME).hidden.clear()
    await world.turn()
    assert WELCOME in await world.ledger.conditions()
    await world.turn(deep=True)
    assert await world.ledger.conditions() == {}


async def test_the_grace_of_a_drift_that_only_deep_passes_see_runs_on_between_them(world):
    world.policy = Policy(drift_grace_seconds=3_600.0)
    world.want(want())
    await world.turn()
    world.shelf(WELCOME).hidden["welcome"] = B
    await world.turn(deep=True)
    assert world.platform.writes == ["create welcome"]
    await world.clock.advance(1_800)
    await world.turn()
    await world.clock.advance(1_900)
    await world.turn(deep=True)
    assert world.platform.writes == ["create welcome", "update welcome"]
