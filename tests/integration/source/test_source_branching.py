"""Commits on a branch beside what is checked out, by real git."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.adapters.files import DiskFiles
from reconciler.adapters.git import GitCli
from reconciler.adapters.offload import ThreadOffload
from reconciler.errors import SourceError
from reconciler.source.branching import Branching

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def git(path: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    done = subprocess.run(["git", *identity, *arguments], cwd=path, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def branching() -> Branching:
    return Branching(GitCli(), DiskFiles(ThreadOffload()))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "desired_state").mkdir()
    (tmp_path / "desired_state" / "a.yaml").write_text("a\n")
    script = tmp_path / "run.sh"
    script.write_text("true\n")
    script.chmod(0o755)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "First")
    return tmp_path


async def commit(branching, place, files, *, branch="reconcile/x", directory="desired_state"):
    base = await branching.base(str(place / directory))
    return await branching.commit(base, branch=branch, files=files, message="Über\n\nmore\n", at=NOON)


async def test_the_branch_has_the_files_and_the_checkout_does_not_notice(branching, place):
    (place / "desired_state" / "a.yaml").write_text("edited\n")
    before = git(place, "status", "--porcelain"), git(place, "rev-parse", "HEAD"), (place / ".git/index").read_bytes()
    sha = await commit(branching, place, {"desired_state/a.yaml": b"new\n", 'o"d\\d name': b"\0\n"})
    assert (
        git(place, "status", "--porcelain"),
        git(place, "rev-parse", "HEAD"),
        (place / ".git/index").read_bytes(),
    ) == before
    assert git(place, "rev-parse", "reconcile/x") == sha
    assert git(place, "show", "reconcile/x:desired_state/a.yaml") == "new"
    assert git(place, "ls-tree", "-r", "-z", "--name-only", sha).split("\0")[:3] == [
        "desired_state/a.yaml",
        'o"d\\d name',
        "run.sh",
    ]
    assert git(place, "log", "-1", "--format=%s|%an|%cI", sha) == "Über|reconcile|2026-03-02T12:00:00+00:00"


async def test_a_file_keeps_its_mode_and_the_repository_names_the_committer(branching, place):
    git(place, "config", "user.name", "Team")
    git(place, "config", "user.email", "team@example.com")
    sha = await commit(branching, place, {"run.sh": b"false\n"})
    assert git(place, "ls-tree", sha, "run.sh").startswith("100755")
    assert git(place, "log", "-1", "--format=%an <%ae>", sha) == "Team <team@example.com>"


async def test_what_the_commit_holds_already_is_no_change(branching, place):
    base = await branching.base(str(place / "desired_state"))
    assert base.changed({"desired_state/a.yaml": b"a\n", "desired_state/b.yaml": b"b\n"}) == {
        "desired_state/b.yaml": b"b\n"
    }


async def test_a_branch_that_is_there_is_never_moved(branching, place):
    git(place, "branch", "reconcile/x")
    with pytest.raises(SourceError, match="there already"):
        await commit(branching, place, {"a": b"x"})
    assert git(place, "rev-parse", "reconcile/x") == git(place, "rev-parse", "main")


async def test_a_repository_without_a_commit_and_a_directory_to_come_will_do(branching, tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    base = await branching.base(str(tmp_path / "not" / "yet"))
    assert (base.root, base.snapshot) == ("not/yet", None)
    sha = await commit(branching, tmp_path, {"not/yet/a.yaml": b"a\n"}, directory="not/yet")
    assert git(tmp_path, "ls-tree", "-r", "--name-only", sha) == "not/yet/a.yaml"


async def test_the_state_to_come_is_read_from_git_and_from_the_new_files(branching, place):
    base = await branching.base(str(place / "desired_state"))
    snapshot = base.with_files({"desired_state/b.yaml": b"b\n"})
    assert await snapshot.read(["desired_state/a.yaml", "desired_state/b.yaml"]) == {
        "desired_state/a.yaml": b"a\n",
        "desired_state/b.yaml": b"b\n",
    }


async def test_outside_git_there_is_no_branch(branching, tmp_path):
    with pytest.raises(SourceError, match="no git repository"):
        await branching.base(str(tmp_path))
