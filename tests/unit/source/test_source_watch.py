import anyio
import pytest

from reconciler.errors import SourceError
from reconciler.source import watch
from reconciler.source.watch import Mailbox

pytestmark = pytest.mark.anyio


class HandClock:
    """Moves only when the test says so."""

    def __init__(self):
        self.sleeps = []
        self._sleeping = anyio.Event()
        self._wake = anyio.Event()

    def now(self):
        raise NotImplementedError

    def monotonic(self):
        return 0.0

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        self._sleeping.set()
        await self._wake.wait()

    async def fire(self):
        """Wait until somebody sleeps, then let the sleepers go on."""
        with anyio.fail_after(5):
            await self._sleeping.wait()
        self._sleeping = anyio.Event()
        wake, self._wake = self._wake, anyio.Event()
        wake.set()


class Chance:
    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0) if self.numbers else 0.5


class FakeEvents:
    """File events on demand."""

    def __init__(self, failure=None):
        self.failure = failure
        self.watched = []
        self._events = anyio.Semaphore(0)

    def happen(self):
        self._events.release()

    async def watch(self, *paths):
        self.watched.append(paths)
        if self.failure is not None:
            raise SourceError(self.failure)
        while True:
            await self._events.acquire()
            yield None


async def taken(mailbox):
    with anyio.fail_after(5):
        return await anext(mailbox)


def is_quiet(mailbox):
    return not mailbox._reasons


async def test_ten_hints_make_one_look():
    mailbox = Mailbox()
    for number in range(10):
        mailbox.poke("files" if number % 2 else "timer")
    assert await taken(mailbox) == {"files", "timer"}
    assert is_quiet(mailbox)
    mailbox.poke("signal")
    assert await taken(mailbox) == {"signal"}


async def test_a_hint_during_a_look_makes_another_look():
    mailbox = Mailbox()
    mailbox.poke("files")
    async for _ in mailbox:
        mailbox.poke("files")
        break
    assert await taken(mailbox) == {"files"}


async def test_somebody_who_waits_is_woken():
    mailbox, seen = Mailbox(), []

    async def wait():
        seen.append(await taken(mailbox))

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        mailbox.poke("signal")
    assert seen == [{"signal"}]


async def test_the_timer_pokes_each_interval_give_or_take_five_per_cent():
    clock, mailbox = HandClock(), Mailbox()
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: watch.tick(mailbox.poke, clock=clock, rng=Chance(0.0, 0.5, 1.0), interval_seconds=60))
        for _ in range(3):
            await clock.fire()
            assert await taken(mailbox) == {"timer"}
        group.cancel_scope.cancel()
    assert clock.sleeps[:3] == pytest.approx([57.0, 60.0, 63.0])


def opened(files, clock, troubles, watched=None):
    async def the_directory():
        return ("/state",)

    return watch.hints(
        files=files, watched=watched or the_directory, clock=clock, rng=Chance(), on_trouble=troubles.append
    )


async def test_the_first_hint_is_there_at_once_and_file_events_follow():
    files, troubles = FakeEvents(), []
    async with opened(files, HandClock(), troubles) as mailbox:
        assert await taken(mailbox) == {"start"}
        files.happen()
        assert await taken(mailbox) == {"files"}
    assert (files.watched, troubles) == ([("/state",)], [])


async def test_when_the_directory_is_another_one_that_is_watched():
    files, places = FakeEvents(), [("/one",), ("/one",), ("/two",), ("/two",)]

    async def watched():
        return places.pop(0)

    async with opened(files, HandClock(), [], watched) as mailbox:
        for _ in range(2):
            files.happen()
            await anyio.wait_all_tasks_blocked()
        assert await taken(mailbox) == {"start", "files"}
    assert files.watched == [("/one",), ("/two",)]


async def test_where_files_cannot_be_watched_it_says_so_once_and_the_timer_goes_on():
    files, clock, troubles = FakeEvents("no inotify here"), HandClock(), []
    async with opened(files, clock, troubles) as mailbox:
        assert await taken(mailbox) == {"start"}
        for _ in range(3):
            await anyio.wait_all_tasks_blocked()
            await clock.fire()
            assert await taken(mailbox) == {"timer"}
        await anyio.wait_all_tasks_blocked()
    assert troubles == ["no inotify here"]
    assert len(files.watched) == 4


async def test_a_source_with_nothing_to_watch_has_the_timer_alone():
    async def nothing():
        return ()

    files, clock, troubles = FakeEvents(), HandClock(), []
    async with opened(files, clock, troubles, nothing) as mailbox:
        await taken(mailbox)
        await clock.fire()
        assert await taken(mailbox) == {"timer"}
    assert (files.watched, troubles) == ([], [])


async def test_an_error_in_the_block_comes_out_as_it_is():
    with pytest.raises(ZeroDivisionError):
        async with opened(FakeEvents(), HandClock(), []):
            raise ZeroDivisionError


async def test_leaving_the_block_ends_everything():
    with anyio.fail_after(5):
        async with opened(FakeEvents(), HandClock(), []) as mailbox:
            await taken(mailbox)
