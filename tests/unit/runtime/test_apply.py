"""Applying: in waves, each change on its own, nothing lost by a failure or a stop."""

from __future__ import annotations

import json

import anyio
import pytest

from reconciler.errors import AmbiguousError, Conflicted, Rejected, StoreError, Unavailable
from reconciler.model.change import Action
from reconciler.model.event import Endpoint, Result
from reconciler.model.outcome import Fate, Recovery, Written
from reconciler.model.policy import Policy
from reconciler.runtime.parts import Timing
from tests.builders import MAIN, NUMBER, WELCOME, A, B, C, want
from tests.runtime_stage import intent

pytestmark = pytest.mark.anyio

ARCHIVE = Endpoint(name="archive", url="https://archive.example.com/hooks", secret="s" * 32)
CHAIN = (want(), want(MAIN, depends_on=frozenset({WELCOME})), want(NUMBER, depends_on=frozenset({MAIN})))
LIST_PAGES = 3


def raising(error):
    async def trouble(change, journal):
        raise error

    return trouble


def results(result) -> dict[str, str | None]:
    return {key.name: outcome.result for key, outcome in result.outcomes.items()}


async def test_a_wave_starts_when_the_one_before_has_ended(world):
    world.want(*CHAIN)
    await world.turn()
    assert world.platform.writes == ["create welcome", "create Main IVR", "create Main number"]
    assert world.progress.ended == [("welcome", "applied"), ("Main IVR", "applied"), ("Main number", "applied")]


async def in_background(world, work):
    results = []

    async def turn():
        results.append(await world.turn())

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(turn)
            await world.clock.settle()
            await work()
    return results[0]


async def sleep_a_second(world):
    async def trouble(change, journal):
        await world.clock.sleep(1)

    return trouble


@pytest.mark.parametrize("concurrency", [2, 10])
async def test_a_wave_runs_side_by_side_within_the_limit(world, concurrency):
    world.timing = Timing(concurrency=concurrency)
    wanted = [want(WELCOME.__class__("Prompt", f"p{number}")) for number in range(6)]
    world.want(*wanted)
    for one in wanted:
        world.shelf(WELCOME).trouble[one.key.name] = await sleep_a_second(world)
    result = await in_background(world, lambda: world.clock.advance(10))
    assert world.platform.running_max == min(concurrency, 6)
    assert set(results(result).values()) == {Result.APPLIED}


async def test_one_failure_stops_what_depends_on_it_and_nothing_else(world):
    world.want(*CHAIN, want(WELCOME.__class__("Prompt", "other")))
    world.shelf(WELCOME).trouble["welcome"] = raising(Rejected("no"))
    result = await world.turn()
    assert results(result) == {"welcome": "failed", "other": "applied", "Main IVR": "blocked", "Main number": "blocked"}
    assert result.outcomes[MAIN].message == "skipped: it needs Prompt/welcome, which was not applied"
    assert result.outcomes[NUMBER].message == "skipped: it needs Flow/Main IVR, which was not applied"
    assert result.exit_code == 3


async def test_a_skip_is_recorded_and_told_once(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.want(*CHAIN[:2])
    world.shelf(WELCOME).trouble["welcome"] = raising(Rejected("no"))
    for _ in range(3):
        await world.turn()
    assert (await world.audit()).count(("Main IVR", "create", "blocked")) == 1
    assert (await world.told()).count("change.blocked") == 1


async def test_each_failed_attempt_is_audited_and_told_once(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.want(want())
    for correlation in ("a" * 32, "b" * 32, "c" * 32):
        world.shelf(WELCOME).trouble["welcome"] = raising(Unavailable("busy", status=503, correlation_id=correlation))
        await world.turn()
    assert await world.audit() == [("welcome", "create", "failed")] * 3
    assert (await world.told()).count("change.failed") == 1
    world.shelf(WELCOME).trouble["welcome"] = raising(Rejected("the name is taken"))
    await world.turn()
    assert (await world.told()).count("change.failed") == 2


@pytest.mark.parametrize(
    ("error", "result", "intents", "event"),
    [
        (AmbiguousError("no answer"), "unknown", 1, "change.failed"),
        (Conflicted("locked by supervisor-1"), "blocked", 0, "change.blocked"),
        (Unavailable("busy"), "failed", 0, "change.failed"),
        (Rejected("no"), "failed", 0, "change.failed"),
    ],
    ids=["no answer", "in the way", "down", "refused"],
)
async def test_how_a_write_ended_decides_what_stays_open(world, error, result, intents, event):
    world.environment["webhooks"] = (ARCHIVE,)
    world.want(want())
    world.shelf(WELCOME).trouble["welcome"] = raising(error)
    ended = await world.turn()
    assert results(ended) == {"welcome": result}
    assert await world.audit() == [("welcome", "create", result)]
    assert [one.op_id for one in await world.ledger.intents()] == ["op-1"][:intents]
    assert (await world.told())[0] == event
    assert (await world.ledger.conditions())[WELCOME].text == f"{result}: {error}"


async def test_the_intent_is_in_the_ledger_before_the_request_leaves(world):
    seen = []

    async def look(change, journal):
        seen.extend(await world.ledger.intents())

    world.want(want())
    world.shelf(WELCOME).trouble["welcome"] = look
    await world.turn()
    assert [(one.stage, one.spec, one.last_send_at, one.data) for one in seen] == [
        ("sending", A, "2026-03-02T12:00:00.000Z", {"note": "welcome"})
    ]
    assert await world.ledger.intents() == []


async def test_what_was_applied_is_remembered_audited_and_told_in_one_go(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.used_by = {WELCOME: ("Menu/Main",)}
    world.want(want(declared_by="Menu/Main"))

    async def a_second(change, journal):
        world.clock.elapsed += 1.5

    world.shelf(WELCOME).trouble["welcome"] = a_second
    await world.turn()
    record = (await world.remember(WELCOME))[WELCOME]
    assert (record.id, record.version, record.declared_by) == ("id-welcome", "1", "Menu/Main")
    (entry,) = await world.ledger.audit()
    assert (entry["latency_ms"], entry["request_ids"]) == (1500, ["correlation-4"])
    assert (entry["version_before"], entry["version_after"], entry["usedBy"]) == (None, "1", ["Menu/Main"])
    assert entry["payload_sha256"] == "0" * 64
    assert [line["hash"] for line in world.tailed] == [entry["hash"]]
    (row, _) = reversed(await world.ledger.deliveries())
    assert json.loads(row.body)["data"]["op_id"] == entry["op_id"]


async def test_request_ids_of_changes_side_by_side_are_collected(world):
    world.want(want(), want(MAIN))
    await world.turn()
    assert all(entry["request_ids"] for entry in await world.ledger.audit())


async def test_an_equal_object_is_recorded_and_not_written(world):
    world.shelf(WELCOME).set(WELCOME, A)
    world.want(want())
    result = await world.turn()
    assert (world.platform.writes, results(result)) == ([], {"welcome": "applied"})
    assert await world.audit() == [("welcome", "adopt", "applied")]
    assert (await world.remember(WELCOME))[WELCOME].version == "1"


async def test_what_is_gone_on_both_sides_is_forgotten(world):
    world.want(want(), want(MAIN))
    await world.turn()
    world.shelf(WELCOME).objects.clear()
    world.want(want(MAIN), revision="c2")
    await world.turn()
    assert await world.remember(WELCOME) == {}
    assert (await world.audit())[-1] == ("welcome", "forget", "applied")


async def test_a_delete_removes_object_and_record(world):
    world.policy = Policy(prune=True)
    world.want(want(), want(MAIN))
    await world.turn()
    world.want(want(MAIN), revision="c2")
    await world.turn()
    assert world.shelf(WELCOME).objects == {}
    assert await world.remember(WELCOME) == {}
    assert (await world.audit())[-1] == ("welcome", "delete", "applied")


async def test_a_write_that_failed_half_way_leaves_a_record_so_that_nobody_is_accused(world):
    world.want(want())

    async def half_way(change, journal):
        world.shelf(WELCOME).set(WELCOME, C)
        await journal.stage("uploading", id="id-welcome")
        raise Rejected("the audio was refused")

    world.shelf(WELCOME).trouble["welcome"] = half_way
    await world.turn()
    record = (await world.remember(WELCOME))[WELCOME]
    assert (record.id, record.version, record.digest) == ("id-welcome", "1", "")
    world.shelf(WELCOME).trouble.clear()
    assert (await world.turn()).exit_code == 0
    assert world.shelf(WELCOME).objects[record.id].spec == A
    assert world.platform.writes == ["create welcome", "update welcome"]


async def test_what_a_failed_write_left_unread_stays_open(world):
    world.want(want())
    await world.turn()
    world.want(want(spec=B), revision="c2")

    async def half_way(change, journal):
        async def refuse(id):
            raise Unavailable("down")

        world.shelf(WELCOME).read = refuse
        raise Rejected("the audio was refused")

    world.shelf(WELCOME).trouble["welcome"] = half_way
    result = await world.turn()
    assert results(result) == {"welcome": "unknown"}
    assert len(await world.ledger.intents()) == 1


async def test_an_interrupted_write_goes_on_under_its_old_op_id(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.want(want())
    await world.turn()
    assert [(entry["op_id"], entry["result"]) for entry in await world.ledger.audit()] == [("old-1", "applied")]
    assert await world.ledger.intents() == []


async def test_an_intent_that_came_to_nothing_and_is_not_needed_is_dropped(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.want(want(MAIN))
    await world.turn()
    assert await world.ledger.intents() == []
    assert await world.audit() == [("Main IVR", "create", "applied")]


async def test_a_pass_over_other_names_keeps_such_an_intent(world):
    await world.ledger.intend(intent(WELCOME, A))
    world.want(want(MAIN))
    await world.turn(names=("Main IVR",))
    assert len(await world.ledger.intents()) == 1


async def test_a_ledger_that_cannot_remember_ends_the_pass_with_its_own_error(world):
    async def full(change, journal):
        raise StoreError("the disk is full")

    world.want(want(), want(MAIN))
    world.shelf(WELCOME).trouble["welcome"] = full
    with pytest.raises(StoreError, match="the disk is full"):
        await world.turn()


async def test_a_stop_lets_writes_in_flight_end_and_begins_no_other(world):
    world.want(*CHAIN)
    world.shelf(WELCOME).trouble["welcome"] = await sleep_a_second(world)

    async def stop():
        world.stop.set()
        await world.clock.advance(2)

    result = await in_background(world, stop)
    assert results(result) == {"welcome": "applied", "Main IVR": None, "Main number": None}
    assert result.outcomes[MAIN].message == "not begun: a stop was asked for"
    assert result.exit_code == 3
    assert await world.audit() == [("welcome", "create", "applied")]


async def test_a_stop_cuts_off_after_the_grace_and_every_change_has_an_end(world):
    world.timing = Timing(concurrency=1)
    world.want(*CHAIN, want(WELCOME.__class__("Prompt", "other")))

    async def hang(change, journal):
        await anyio.sleep_forever()

    world.shelf(WELCOME).trouble |= {"welcome": hang, "other": hang}

    async def stop():
        world.stop.set()
        await world.clock.advance(7)

    result = await in_background(world, stop)
    assert results(result) == {"other": "unknown", "welcome": None, "Main IVR": None, "Main number": None}
    assert result.exit_code == 3
    (entry,) = await world.ledger.audit()
    assert (entry["result"], entry["latency_ms"], entry["request_ids"]) == ("unknown", 7000, ["correlation-4"])
    assert [one.key.name for one in await world.ledger.intents()] == ["other"]
    (record,) = await world.ledger.passes(1)
    assert (record.result, record.failed) == ("partial", 1)


async def test_a_write_answered_while_it_is_cut_off_is_remembered(world):
    world.want(want())
    answered = anyio.Event()

    async def slow(entry):
        answered.set()
        await world.clock.sleep(1)
        world.tailed.append(entry)

    async def stop():
        await answered.wait()
        world.stop.set()
        await world.clock.advance(20)

    parts = world.parts
    world.parts = lambda: parts(audit_line=slow, timing=Timing(stop_grace_seconds=0.5))
    result = await in_background(world, stop)
    assert results(result) == {"welcome": "applied"}
    assert len(world.tailed) == 1
    assert await world.ledger.intents() == []


# What becomes of open intents. -------------------------------------------------------------------------------------


async def test_what_had_happened_is_recorded_once_with_its_op_id(world):
    world.environment["webhooks"] = (ARCHIVE,)
    await world.ledger.intend(intent(WELCOME, A, declared_by="Menu/Main"))
    written = world.shelf(WELCOME).set(WELCOME, A)
    world.shelf(WELCOME).fates["welcome"] = Recovery(fate=Fate.APPLIED, written=written)
    world.want(want())
    result = await world.turn()
    assert (result.plan.changes, world.platform.writes) == ((), [])
    (entry,) = await world.ledger.audit()
    assert (entry["op_id"], entry["revision"], entry["result"]) == ("old-1", "c0", "applied")
    assert await world.told() == ["prompt.created"]
    assert await world.ledger.intents() == []


async def test_a_delete_that_had_happened_removes_the_record(world):
    world.policy = Policy(prune=True)
    world.want(want(), want(MAIN))
    await world.turn()
    await world.ledger.intend(intent(WELCOME, A, action=Action.DELETE))
    world.shelf(WELCOME).objects.clear()
    gone = Written(id="id-welcome", version="")
    world.shelf(WELCOME).fates["welcome"] = Recovery(fate=Fate.APPLIED, written=gone)
    world.want(want(MAIN), revision="c2")
    await world.turn()
    assert await world.remember(WELCOME) == {}
    assert (await world.audit())[-1] == ("welcome", "delete", "applied")


async def test_what_was_refused_after_we_had_gone_is_told_with_its_circumstances_and_tried_again(world):
    world.environment["webhooks"] = (ARCHIVE,)
    await world.ledger.intend(intent(WELCOME, A, cause="intent", version_before=None))
    world.shelf(WELCOME).fates["welcome"] = Recovery(fate=Fate.FAILED, message="the job failed")
    world.want(want())
    await world.turn()
    failed, applied = await world.ledger.audit()
    assert (failed["op_id"], failed["result"], failed["message"]) == ("old-1", "failed", "the job failed")
    assert (failed["cause"], failed["after_digest"]) == ("intent", applied["after_digest"])
    assert applied["result"] == "applied"
    assert (await world.told())[:2] == ["change.failed", "prompt.created"]


@pytest.mark.parametrize(
    "fate", [Recovery(fate=Fate.UNDECIDED, message="the job runs"), Unavailable("down")], ids=["runs", "unreachable"]
)
async def test_what_cannot_be_told_yet_stays_open_and_blocked(world, fate):
    world.timing = Timing(settle_window_seconds=0.0)
    await world.ledger.intend(intent(WELCOME, A))
    world.shelf(WELCOME).fates["welcome"] = fate
    world.want(want())
    result = await world.turn()
    assert (world.platform.writes, result.exit_code) == ([], 3)
    assert len(await world.ledger.intents()) == 1
    assert world.clock.sleepers == []
    await world.turn()
    assert await world.audit() == [("welcome", "create", "blocked")]


async def test_an_intent_that_sent_nothing_asks_the_platform_nothing(world):
    await world.ledger.intend(intent(WELCOME, A, stage="planned", last_send_at=None))
    world.want(want())
    await world.turn()
    assert world.shelf(WELCOME).recovered == []
    assert [entry["op_id"] for entry in await world.ledger.audit()] == ["old-1"]


async def test_a_fresh_change_has_an_op_id_of_its_own(world):
    world.want(want(), want(MAIN))
    await world.turn()
    world.want(want(spec=B), want(MAIN, spec=B), revision="c2")
    await world.turn()
    ids = [entry["op_id"] for entry in await world.ledger.audit()]
    assert len(ids) == len(set(ids)) == 4
