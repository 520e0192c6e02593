"""Hints from a real file system: commits, sidecar swaps and ConfigMap updates are noticed without the poll."""

import anyio
import pytest

from reconciler.adapters.chance import SystemRng
from reconciler.adapters.clock import SystemClock
from reconciler.source import watch
from reconciler.source.local import LocalSource

pytestmark = pytest.mark.anyio

DEADLINE = 20
NEVER = 86_400.0


async def noticed(source, files, *steps):
    """Take each step once the source has come to rest, and return whether each brought a new head."""
    heads = [await source.head()]
    troubles = []
    async with watch.hints(
        files=files,
        watched=source.watched,
        clock=SystemClock(),
        rng=SystemRng(),
        on_trouble=troubles.append,
        interval_seconds=NEVER,
    ) as mailbox:
        for step in steps:
            await rest(mailbox)
            step()
            with anyio.fail_after(DEADLINE):
                async for _ in mailbox:
                    if (head := await source.head()) != heads[-1]:
                        heads.append(head)
                        break
    assert troubles == []
    return heads


async def rest(mailbox):
    """Until no hint has come for a while: the watch stands, and what went before is over."""
    quiet = False
    while not quiet:
        with anyio.move_on_after(1.0) as waiting:
            await anext(mailbox)
        quiet = waiting.cancelled_caught


async def test_commits_are_noticed(repo, git, files):
    repo.write("desired_state/a.yaml", "0")
    repo.commit()
    source = LocalSource(str(repo.path / "desired_state"), git=git, files=files)

    def commit():
        repo.write("desired_state/a.yaml", repo.git("rev-parse", "HEAD"))
        repo.commit()

    assert len(await noticed(source, files, commit, commit)) == 3


async def test_a_switch_of_branches_and_packed_refs_are_noticed(repo, git, files):
    repo.write("desired_state/a.yaml", "0")
    first = repo.commit()
    repo.git("branch", "other")
    second = repo.commit()
    repo.git("pack-refs", "--all")
    source = LocalSource(str(repo.path / "desired_state"), git=git, files=files)
    heads = await noticed(source, files, lambda: repo.git("checkout", "-q", "other"))
    assert heads == [second, first]


async def test_a_sidecar_swap_and_the_next_one_are_noticed(repo, git, files, tmp_path):
    for number in range(3):
        repo.write("desired_state/a.yaml", str(number))
        repo.git("worktree", "add", "-q", "--detach", str(tmp_path / f"worktrees/{number}"), repo.commit())
    link = tmp_path / "current"
    link.symlink_to("worktrees/0")

    def swap():
        number = int(link.readlink().name) + 1
        (tmp_path / "next").symlink_to(f"worktrees/{number}")
        (tmp_path / "next").rename(link)

    source = LocalSource(str(link / "desired_state"), git=git, files=files)
    assert len(set(await noticed(source, files, swap, swap))) == 3


async def test_a_config_map_update_is_noticed(git, files, tmp_path):
    for number in range(2):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}/a.yaml").write_text(str(number))
    (tmp_path / "..data").symlink_to("..0")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")

    def update():
        (tmp_path / "..data_tmp").symlink_to("..1")
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    source = LocalSource(str(tmp_path), git=git, files=files)
    assert len(await noticed(source, files, update)) == 2


async def test_looking_makes_no_hints_of_its_own(repo, git, files):
    repo.write("desired_state/a.yaml", "0")
    repo.commit()
    source = LocalSource(str(repo.path / "desired_state"), git=git, files=files)
    async with watch.hints(
        files=files,
        watched=source.watched,
        clock=SystemClock(),
        rng=SystemRng(),
        on_trouble=print,
        interval_seconds=NEVER,
    ) as mailbox:
        await rest(mailbox)
        snapshot = await source.snapshot()
        await snapshot.read(snapshot.files())
        await source.worktree()
        with anyio.move_on_after(1.0) as waiting:
            await anext(mailbox)
        assert waiting.cancelled_caught
