"""The loop of the service: when it looks at git, when at the platform, how it fails, how it ends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import pytest
import structlog

from reconciler.errors import DesiredStateError, SourceError, Unavailable, UsageError
from reconciler.model.problem import Location, Problem
from reconciler.runtime.controller import HANGUP, Asked, Controller
from reconciler.runtime.parts import Mode, Request
from reconciler.runtime.service import in_turn
from reconciler.runtime.standing import Pulse, Standing
from reconciler.runtime.telling import Teller
from reconciler.source.watch import Mailbox
from tests.builders import MAIN, WELCOME, A, B, want

pytestmark = pytest.mark.anyio

PLAN = Request(mode=Mode.PLAN)
PROBLEMS = DesiredStateError([Problem(Location("a.yaml"), "REC1000", "It is wrong.")])
LISTS = 3
"""List pages of one pass: one per kind."""


@dataclass
class Running:
    """A controller at work, and the hands on it."""

    world: object
    mailbox: Mailbox
    stop: anyio.Event
    controller: Controller
    sender: object
    passes: list = field(default_factory=list)
    head_error: Exception | None = None
    looks: int = 0

    @property
    def lists(self) -> int:
        return sum(line.startswith("list ") for line in self.world.platform.asked)

    async def head(self) -> str:
        self.looks += 1
        if self.head_error is not None:
            raise self.head_error
        return self.world.revision

    async def hint(self, reason: str = "files") -> None:
        self.mailbox.poke(reason)
        await self.world.clock.settle()

    def ask(self, request: Request):
        return in_turn(self.controller, self.sender, request)


@asynccontextmanager
async def running(world, *, interval: float = 300.0, deep: float | None = None):
    mailbox, stop = Mailbox(), world.stop
    sender, asked = anyio.create_memory_object_stream[Asked](8)
    teller, standing = Teller(), Standing()
    world.progress = Pulse(standing, teller, world.clock)
    hands = Running(world, mailbox, stop, None, sender)
    hands.controller = Controller(
        parts=world.parts(),
        head=hands.head,
        load=world.load,
        interval_seconds=interval,
        deep_interval_seconds=deep,
        stop=stop,
        mailbox=mailbox,
        asked=asked,
        on_pass=lambda result, seconds: hands.passes.append((result, seconds)),
        teller=teller,
        standing=standing,
    )
    with anyio.fail_after(10), sender, asked, structlog.testing.capture_logs() as hands.logs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hands.controller.run)
            await world.clock.settle()
            yield hands
            tasks.cancel_scope.cancel()


def events(hands) -> list[str]:
    return [line["event"] for line in hands.logs]


async def test_the_first_turn_makes_a_pass(world):
    world.want(want())
    async with running(world) as hands:
        assert world.platform.writes == ["create welcome"]
        assert hands.controller.standing.turns == 1


async def test_ten_hints_make_one_look_and_without_a_commit_no_request(world):
    world.want(want())
    async with running(world) as hands:
        before = world.platform.spent
        for number in range(10):
            hands.mailbox.poke(f"hint {number}")
        await world.clock.settle()
        assert hands.looks == 2
        assert world.platform.spent == before


async def test_a_new_commit_makes_a_pass_at_once(world):
    world.want(want())
    async with running(world) as hands:
        world.want(want(spec=B), revision="c2")
        await hands.hint()
        assert world.platform.writes == ["create welcome", "update welcome"]


async def test_the_platform_is_listed_each_interval_within_ten_per_cent(world):
    world.want(want())
    async with running(world) as hands:
        assert hands.lists == LISTS
        await world.clock.advance(299)
        assert hands.lists == LISTS
        await world.clock.advance(2)
        assert hands.lists == 2 * LISTS


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 270), (0.999999, 330)])
async def test_the_interval_is_spread_so_that_many_processes_do_not_list_in_step(world, chance, seconds):
    async with running(world) as hands:
        hands.controller.parts.rng.random = lambda: chance
        await world.clock.advance(301)
        assert hands.lists == 2 * LISTS
        await world.clock.advance(seconds - 3)
        assert hands.lists == 2 * LISTS
        await world.clock.advance(4)
        assert hands.lists == 3 * LISTS


async def test_content_is_looked_at_only_on_its_own_interval_and_without_waiting_for_another(world):
    world.want(want())
    async with running(world, interval=10_000, deep=3_600) as hands:
        seen = []
        for _ in range(3):
            await world.clock.advance(1_800)
            seen.append((world.platform.asked.count("examine Prompt"), hands.lists // LISTS))
        assert seen == [(0, 1), (1, 2), (1, 2)]


async def test_a_deep_look_that_fails_is_not_tried_before_its_time(world):
    world.want(want())
    async with running(world, deep=3_600):
        world.platform.unreachable = Unavailable("down")
        await world.clock.advance(3_600)
        world.platform.unreachable = None
        await world.clock.advance(1_800)
        assert world.platform.asked.count("examine Prompt") == 0


async def test_sighup_lists_at_once(world):
    async with running(world) as hands:
        await hands.hint(HANGUP)
        assert hands.lists == 2 * LISTS


async def test_a_failing_source_keeps_the_last_good_state_and_says_so_once(world):
    world.want(want())
    async with running(world) as hands:
        hands.head_error = SourceError("git has gone away")
        for _ in range(3):
            await hands.hint()
        world.shelf(WELCOME).set(WELCOME, B)
        await world.clock.advance(301)
        for _ in range(3):
            await hands.hint()
        assert world.platform.writes == ["create welcome", "update welcome"]
        assert events(hands).count("source.unreadable") == 1
        assert hands.controller.standing.last_error == "git has gone away"
        hands.head_error = None
        await hands.hint()
        assert events(hands)[-1] == "recovered"
        assert hands.controller.standing.last_error == ""


async def test_the_same_trouble_with_other_ids_is_told_once_and_another_one_again(world):
    async with running(world) as hands:
        for error in ("no host (correlation id 7f3a)", "no host (correlation id 81bb)", "not allowed"):
            world.platform.unreachable = Unavailable(error.replace("7f3a", "1" * 32).replace("81bb", "2" * 32))
            await hands.hint(HANGUP)
        assert events(hands).count("pass.failed") == 2


async def test_a_failed_pass_is_tried_again_with_growing_delay_whatever_hints_come(world):
    async with running(world) as hands:
        world.platform.unreachable = Unavailable("no host")
        world.want(revision="c2")
        await hands.hint()
        delays = []
        for _ in range(9):
            tries, begun = len(hands.passes), world.clock.elapsed
            while len(hands.passes) == tries:
                await hands.hint("timer")
                await world.clock.advance(0.5)
            delays.append(world.clock.elapsed - begun)
        assert delays == pytest.approx([2.5, 5, 10, 20, 40, 80, 150, 150, 150], abs=0.51)
        assert hands.controller.standing.last_error == "no host"


async def test_an_outage_of_days_does_not_end_the_service(world):
    async with running(world) as hands:
        world.platform.unreachable = Unavailable("no host")
        hands.controller._failures = 5_000
        await hands.hint(HANGUP)
        assert hands.passes[-1][0] is None


async def test_failures_never_make_it_look_less_often_than_the_interval(world):
    async with running(world, interval=20) as hands:
        hands.controller.parts.rng.random = lambda: 1.0
        world.platform.unreachable = Unavailable("no host")
        hands.controller._failures = 50
        await hands.hint(HANGUP)
        tries = len(hands.passes)
        await world.clock.advance(20)
        assert len(hands.passes) == tries + 1


async def test_wrong_manifests_are_told_once_and_tried_again(world):
    async with running(world) as hands:
        world.broken, world.revision = PROBLEMS, "c2"
        before = world.platform.spent
        await hands.hint()
        await world.clock.advance(60)
        assert events(hands).count("pass.failed") == 1
        assert world.platform.spent == before
        world.broken = None
        await world.clock.advance(300)
        assert events(hands)[-1] == "recovered"


async def test_nothing_is_said_when_nothing_happens(world):
    async with running(world) as hands:
        await world.clock.advance(3_000)
        assert hands.lists > 5 * LISTS
        assert hands.logs == []


async def test_a_pass_that_did_something_is_one_summary_and_one_line_a_change(world):
    world.want(want(), want(MAIN))
    async with running(world) as hands:
        assert events(hands) == ["change.applied", "change.applied", "pass.completed"]
        summary = hands.logs[-1]
        assert (summary["added"], summary["failed"], summary["blocked"]) == (2, 0, 0)
        assert summary["requests"] == world.platform.spent == 5
        assert (hands.logs[0]["kind"], hands.logs[0]["name"]) == ("Flow", "Main IVR")


async def test_what_fails_again_and_again_is_told_once(world):
    world.want(want())

    async def refuse(change, journal):
        raise Unavailable("busy", correlation_id="9" * 32)

    world.shelf(WELCOME).trouble["welcome"] = refuse
    async with running(world) as hands:
        await world.clock.advance(600)
        assert world.platform.writes.count("create welcome") > 3
        assert events(hands) == ["change.failed", "pass.completed"]
        world.shelf(WELCOME).trouble.clear()
        await world.clock.advance(200)
        assert events(hands)[2:] == ["change.applied", "pass.completed"]


async def test_what_is_blocked_is_told_once(world):
    world.shelf(WELCOME).set(WELCOME, B)
    world.want(want(spec=A))
    async with running(world) as hands:
        await world.clock.advance(3_000)
        assert events(hands) == ["pass.completed"]
        assert hands.logs[0]["blocked"] == 1


async def test_asked_passes_take_turns_and_each_gets_its_answer(world):
    world.want(want())
    async with running(world) as hands:
        world.want(want(), want(MAIN), revision="c2")
        answers = {}

        async def ask(name, request):
            answers[name] = await hands.ask(request)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "plan", PLAN)
            tasks.start_soon(ask, "apply", Request(mode=Mode.APPLY, names=("Main IVR",)))
        assert answers["plan"].plan.counts.add == 1
        assert [key.name for key in answers["apply"].outcomes] == ["Main IVR"]
        assert world.platform.writes == ["create welcome", "create Main IVR"]


async def test_an_asked_pass_raises_where_it_was_asked_for(world):
    async with running(world) as hands:
        with pytest.raises(UsageError, match="Nothing is called"):
            await hands.ask(Request(mode=Mode.APPLY, names=("nobody",)))
        assert events(hands) == []
        assert (await hands.ask(PLAN)).plan.is_empty


async def test_an_asked_pass_that_wrote_is_counted_and_told(world):
    async with running(world) as hands:
        world.want(want())
        await hands.ask(Request(mode=Mode.APPLY))
        assert hands.passes[-1][0].plan.counts.add == 1
        assert events(hands) == ["change.applied", "pass.completed"]


async def test_a_stop_while_resting_ends_at_once(world):
    async with running(world) as hands:
        hands.stop.set()
        await world.clock.settle()
        assert hands.controller.standing.stopping
        assert world.clock.sleepers == []


@pytest.mark.parametrize("where", ["platform", "git"])
async def test_a_hung_remote_cannot_block_a_stop(world, where):
    async with running(world) as hands:
        hang = anyio.Event()

        async def never_answers(*_):
            await hang.wait()

        if where == "platform":
            world.shelf(WELCOME).observed = never_answers
        else:
            hands.controller.head = never_answers
        await hands.hint(HANGUP)
        assert hands.controller.standing.busy_since_monotonic is not None
        hands.stop.set()
        await world.clock.settle()
        assert hands.controller.standing.busy_since_monotonic is None
        assert world.clock.sleepers == []


async def test_a_hung_write_is_cut_off_after_the_grace_and_recorded_as_unknown(world):
    world.want(want())

    async def hang(change, journal):
        await anyio.Event().wait()

    world.shelf(WELCOME).trouble["welcome"] = hang
    async with running(world) as hands:
        hands.stop.set()
        await world.clock.advance(6.9)
        assert await world.audit() == []
        await world.clock.advance(0.2)
        assert await world.audit() == [("welcome", "create", "unknown")]
        assert [one.stage for one in await world.ledger.intents()] == ["sending"]
        assert world.clock.sleepers == []


async def test_long_work_gives_signs_of_life(world):
    world.want(want(), want(MAIN, depends_on=frozenset({WELCOME})))

    async def slow(change, journal):
        await world.clock.sleep(1_000)

    world.shelf(WELCOME).trouble["welcome"] = slow
    world.shelf(MAIN).trouble["Main IVR"] = slow
    async with running(world) as hands:
        await world.clock.advance(1_500)
        assert hands.controller.standing.busy_since_monotonic == 1_000
        await world.clock.advance(1_000)
        assert hands.controller.standing.busy_since_monotonic is None
