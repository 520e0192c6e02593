import os
import stat
from pathlib import Path

import anyio
import pytest

from reconciler.adapters.git import GitCli
from reconciler.errors import SourceError

pytestmark = pytest.mark.anyio


def program(directory: Path, script: str) -> str:
    path = directory / "fake-git"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


async def gone(pid: int) -> bool:
    """True once the process has ended: a grandchild is reaped by init, in its own time."""
    with anyio.move_on_after(5):
        while alive(pid):
            await anyio.sleep(0.01)
    return not alive(pid)


async def test_a_command_answers_with_code_output_and_message(tmp_path):
    git = GitCli()
    assert (await git.run("init", "-q", cwd=str(tmp_path))).code == 0
    answer = await git.run("rev-parse", "--verify", "HEAD", cwd=str(tmp_path))
    assert answer.code == 128
    assert "fatal" in answer.stderr


async def test_stdin_reaches_the_command(tmp_path):
    git = GitCli()
    await git.run("init", "-q", cwd=str(tmp_path))
    answer = await git.run("hash-object", "--stdin", cwd=str(tmp_path), stdin=b"x" * 300_000)
    assert len(answer.stdout) == 41


async def test_neither_the_users_configuration_nor_the_surroundings_reach_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Nobody\n")
    answer = await GitCli().run("config", "--list", cwd=str(tmp_path))
    assert b"user.name" not in answer.stdout
    assert b"core.hookspath=/dev/null" in answer.stdout


async def test_missing_git_says_what_to_install(tmp_path):
    with pytest.raises(SourceError, match=r"'no-such-git' was not found\. Install git"):
        await GitCli(executable="no-such-git").run("version", cwd=str(tmp_path))


async def test_a_missing_directory_is_not_blamed_on_git(tmp_path):
    with pytest.raises(SourceError, match="gone does not exist"):
        await GitCli().run("version", cwd=str(tmp_path / "gone"))


async def test_a_file_is_not_a_directory(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="is not a directory"):
        await GitCli().run("version", cwd=str(tmp_path / "file"))


async def test_a_command_over_its_time_is_stopped_with_its_children(tmp_path):
    git = GitCli(executable=program(tmp_path, f"sleep 300 & echo $! > {tmp_path}/child; wait"))
    with pytest.raises(SourceError, match=r"git fetch in .* did not finish within 1\.5 s"):
        await git.run("-c", "a.b=c", "--git-dir=x", "fetch", "origin", cwd=str(tmp_path), timeout_seconds=1.5)
    assert await gone(int((tmp_path / "child").read_text()))


async def test_a_command_that_ignores_the_polite_signal_is_killed(tmp_path):
    git = GitCli(executable=program(tmp_path, f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.1; done"))
    with pytest.raises(SourceError, match="did not finish"):
        await git.run("status", cwd=str(tmp_path), timeout_seconds=0.3)
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_cancellation_leaves_no_process(tmp_path):
    os.mkfifo(tmp_path / "ready")
    git = GitCli(executable=program(tmp_path, f"echo $$ > {tmp_path}/ready; exec sleep 300"))
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: git.run("status", cwd=str(tmp_path)))
        with anyio.fail_after(10):
            pid = int(await anyio.to_thread.run_sync((tmp_path / "ready").read_text))
        group.cancel_scope.cancel()
    assert not alive(pid)


async def test_endless_output_is_cut(tmp_path):
    git = GitCli(executable=program(tmp_path, "exec cat /dev/zero"), output_bytes_max=1_000_000)
    with pytest.raises(SourceError, match="git log printed more than 1000000 bytes"):
        await git.run("log", cwd=str(tmp_path))


async def test_a_command_that_ends_without_reading_is_an_answer(tmp_path):
    git = GitCli(executable=program(tmp_path, "exit 3"))
    assert (await git.run("cat-file", cwd=str(tmp_path), stdin=b"x" * 1_000_000)).code == 3


async def test_a_message_that_is_no_text_is_still_a_message(tmp_path):
    git = GitCli(executable=program(tmp_path, r"printf 'fatal: \377' >&2; exit 128"))
    assert (await git.run("log", cwd=str(tmp_path))).stderr == "fatal: \ufffd"


async def test_the_time_limit_signal_is_the_one_git_cleans_up_on(tmp_path):
    git = GitCli(executable=program(tmp_path, f"trap 'echo cleaned > {tmp_path}/said; exit' TERM; sleep 300 & wait"))
    with pytest.raises(SourceError):
        await git.run("fetch", cwd=str(tmp_path), timeout_seconds=0.5)
    assert (tmp_path / "said").read_text() == "cleaned\n"
