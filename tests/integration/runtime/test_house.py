"""The process's own things: the last good commit, its directory, its files."""

from __future__ import annotations

import subprocess

import pytest
import structlog

from reconciler import settings
from reconciler.bootstrap.house import house
from reconciler.errors import DesiredStateError, SourceError, StoreError

pytestmark = pytest.mark.anyio

PROMPT = """\
apiVersion: reconciler/v1
kind: Prompt
metadata: {name: %s}
spec: {resources: {en-us: {tts: Welcome}}}
"""


@pytest.fixture
def repository(tmp_path):
    """A repository with one prompt."""
    path = tmp_path / "repository"
    (path / "desired_state").mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    commit(path, "one")
    return path


def git(path, *arguments):
    author = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    subprocess.run(["git", *author, *arguments], cwd=path, check=True, capture_output=True, timeout=30)


def commit(path, name, text=PROMPT):
    (path / "desired_state" / "prompt.yaml").write_text(text.replace("%s", name))
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", name)


@pytest.fixture
async def opened(repository):
    environ = {"RECONCILE_SOURCE": str(repository / "desired_state")}
    async with house(settings.load(environ, read_file=str), environ, terminal=False) as made:
        yield made


def names(desired) -> list[str]:
    return [key.name for key in desired.resources]


async def test_the_desired_state_is_loaded_again_only_when_git_moved(opened, repository):
    first = await opened.wanted()
    assert await opened.wanted() is first
    commit(repository, "two")
    assert names(await opened.wanted()) == ["two"]


async def test_forgetting_loads_again_though_git_stands_still(opened):
    first = await opened.wanted()
    opened.forget()
    again = await opened.wanted()
    assert again is not first
    assert await opened.wanted() is again


async def test_the_last_good_commit_stays_in_force_while_git_cannot_be_asked(opened, repository):
    first = await opened.wanted()
    away = repository.rename(repository.parent / "away")
    assert await opened.wanted() is first
    opened.forget()
    assert await opened.wanted() is first
    away.rename(repository)
    assert await opened.wanted() is not first


async def test_without_a_last_good_commit_a_lost_git_is_an_error(opened, repository):
    repository.rename(repository.parent / "away")
    with pytest.raises(SourceError):
        await opened.wanted()


async def test_a_bad_commit_is_an_error_each_time_until_it_is_mended(opened, repository):
    await opened.wanted()
    commit(repository, "two", "kind: [")
    for _ in range(2):
        with pytest.raises(DesiredStateError):
            await opened.wanted()
    commit(repository, "three")
    assert names(await opened.wanted()) == ["three"]


async def test_our_directory_is_private_and_out_of_git(opened, repository):
    home = await opened.home(create=True)
    assert home == repository / ".reconciler"
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / ".gitignore").read_text() == "*\n"


async def test_a_directory_that_cannot_be_made_is_a_sentence_with_the_way_out(opened, repository):
    (repository / ".reconciler").write_text("in the way")
    with pytest.raises(StoreError, match="set RECONCILE_LEDGER_URL to a file elsewhere"):
        await opened.home(create=True)


async def test_reading_makes_nothing(opened, repository):
    with structlog.testing.capture_logs():
        await opened.home(create=False)
    assert not (repository / ".reconciler").exists()
