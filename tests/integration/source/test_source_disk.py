"""Files on disk as a source: the working tree of a repository, and directories outside git."""

import os
import re

import pytest

from reconciler.adapters.files import DiskFiles
from reconciler.adapters.offload import ThreadOffload
from reconciler.errors import SourceError
from reconciler.source.limits import Limits
from reconciler.source.local import LocalSource
from reconciler.source.paths import Unresolved

pytestmark = pytest.mark.anyio


def source(path, git, files, **options):
    return LocalSource(str(path), git=git, files=files, **options)


def codes(caught):
    return [(problem.location.file, problem.code) for problem in caught.value.problems]


def config_map(path, version, content):
    """What the kubelet does when a mounted ConfigMap is written or updated."""
    hidden = path / f"..{version}"
    hidden.mkdir(parents=True)
    for name, text in content.items():
        (hidden / name).write_text(text)
        if not (path / name).is_symlink():
            (path / name).symlink_to(f"..data/{name}")
    (path / "..data_tmp").symlink_to(hidden.name)
    (path / "..data_tmp").rename(path / "..data")


async def test_the_working_tree_includes_what_is_not_committed(repo, git, files):
    for name in ("same", "changed", "deleted"):
        repo.write(f"desired_state/{name}.yaml", "old")
    repo.write("audio/a.wav", "old")
    repo.write(".gitignore", "*.log\n")
    sha = repo.commit()
    repo.write("desired_state/changed.yaml", "new")
    repo.write("desired_state/untracked.yaml", "new")
    repo.write("desired_state/ignored.log")
    repo.write("audio/a.wav", "new")
    (repo.path / "desired_state/deleted.yaml").unlink()
    local = source(repo.path / "desired_state", git, files)
    snapshot = await local.worktree()
    assert re.fullmatch(rf"{sha}\+dirty:[0-9a-f]{{8}}", snapshot.revision)
    assert snapshot.uncommitted == 0
    assert snapshot.commit.sha == sha
    assert await snapshot.read([*snapshot.files(), "audio/a.wav"]) == {
        "desired_state/changed.yaml": b"new",
        "desired_state/same.yaml": b"old",
        "desired_state/untracked.yaml": b"new",
        "audio/a.wav": b"new",
    }
    assert (await local.worktree()).revision == snapshot.revision
    repo.write("desired_state/changed.yaml", "newer")
    assert (await local.worktree()).revision != snapshot.revision


async def test_a_deletion_alone_makes_another_revision(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.write("desired_state/b.yaml")
    sha = repo.commit()
    (repo.path / "desired_state/b.yaml").unlink()
    assert (await source(repo.path / "desired_state", git, files).worktree()).revision.startswith(f"{sha}+dirty:")


async def test_a_clean_working_tree_is_its_commit(repo, git, files):
    repo.write("desired_state/a.yaml")
    sha = repo.commit()
    assert (await source(repo.path / "desired_state", git, files).worktree()).revision == sha


async def test_a_working_tree_before_the_first_commit_can_be_looked_at(repo, git, files):
    repo.write("desired_state/a.yaml", "a")
    snapshot = await source(repo.path / "desired_state", git, files).worktree()
    assert snapshot.revision.startswith("tree:")
    assert snapshot.commit is None
    assert await snapshot.read(snapshot.files()) == {"desired_state/a.yaml": b"a"}


async def test_symlinks_and_repositories_in_the_working_tree_are_refused_as_in_a_commit(repo, new_repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.commit()
    (repo.path / "desired_state/link.yaml").symlink_to("a.yaml")
    (repo.path / "desired_state/out.yaml").symlink_to("/etc/passwd")
    inner = new_repo("repo/desired_state/inner")
    inner.write("x")
    inner.commit()
    snapshot = await source(repo.path / "desired_state", git, files).worktree()
    assert [(problem.location.file, problem.code) for problem in snapshot.findings] == [
        ("desired_state/inner", "REC1702"),
        ("desired_state/link.yaml", "REC1701"),
        ("desired_state/out.yaml", "REC1701"),
    ]


async def test_too_many_uncommitted_files_point_at_gitignore(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.commit()
    for number in range(3):
        repo.write(f"junk/{number}")
    with pytest.raises(SourceError, match=r"\.gitignore"):
        await source(repo.path / "desired_state", git, files, limits=Limits(files_max=2)).worktree()


async def test_a_directory_outside_git_is_read_with_a_warning(tmp_path, git, files):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.yaml").write_text("a")
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler/ledger.db").write_text("ours")
    local = source(tmp_path, git, files)
    snapshot = await local.snapshot()
    assert re.fullmatch(r"tree:[0-9a-f]{64}", snapshot.revision)
    assert (snapshot.commit, snapshot.root, snapshot.files()) == (None, "", ("sub/a.yaml",))
    assert [(warning.code, warning.severity.value) for warning in snapshot.findings] == [("REC1711", "warning")]
    assert await snapshot.read(["sub/a.yaml"]) == {"sub/a.yaml": b"a"}
    assert await local.head() == snapshot.revision == (await local.worktree()).revision
    assert await local.watched() == (str(tmp_path),)
    assert snapshot.resolve("sub/a.yaml", "../../audio/x.wav") == Unresolved(
        "leads out of the repository.", "Move the file into the repository, next to the manifests."
    )


@pytest.mark.parametrize("change", ["content", "name", "another", "fewer"])
async def test_the_revision_outside_git_follows_names_and_content(tmp_path, git, files, change):
    (tmp_path / "a.yaml").write_text("a")
    (tmp_path / "b.yaml").write_text("b")
    local = source(tmp_path, git, files)
    before = await local.head()
    match change:
        case "content":
            (tmp_path / "a.yaml").write_text("A")
        case "name":
            (tmp_path / "a.yaml").rename(tmp_path / "c.yaml")
        case "another":
            (tmp_path / "c.yaml").write_text("c")
        case "fewer":
            (tmp_path / "b.yaml").unlink()
    assert await local.head() != before


async def test_outside_git_there_is_no_older_revision(tmp_path, git, files):
    with pytest.raises(SourceError, match="outside git and has no revision 'main'"):
        await source(tmp_path, git, files).snapshot("main")


async def test_a_mounted_config_map_is_read_once_per_file(tmp_path, git, files):
    config_map(tmp_path, "one", {"a.yaml": "1", "b.yaml": "1"})
    local = source(tmp_path, git, files)
    before = await local.snapshot()
    assert before.files() == ("a.yaml", "b.yaml")
    config_map(tmp_path, "two", {"a.yaml": "2", "b.yaml": "2"})
    after = await local.snapshot()
    assert await after.read(after.files()) == {"a.yaml": b"2", "b.yaml": b"2"}
    assert before.revision != after.revision


async def test_files_that_changed_since_the_listing_are_never_mixed_in(tmp_path, git, files):
    config_map(tmp_path, "one", {"a.yaml": "1"})
    snapshot = await source(tmp_path, git, files).snapshot()
    config_map(tmp_path, "two", {"a.yaml": "a longer text"})
    with pytest.raises(SourceError, match=r"a\.yaml in .* changed since it was listed"):
        await snapshot.read(["a.yaml"])


class SwappingFiles(DiskFiles):
    """The real disk, with somebody who updates the ConfigMap during the walk."""

    def __init__(self, swaps):
        super().__init__(ThreadOffload())
        self.swaps = swaps

    async def walk(self, *arguments, **options):
        found = await super().walk(*arguments, **options)
        if self.swaps:
            self.swaps.pop()()
        return found


async def test_an_update_in_the_middle_of_a_walk_makes_it_start_over(tmp_path, git):
    config_map(tmp_path, "one", {"a.yaml": "1"})
    files = SwappingFiles([lambda: config_map(tmp_path, "two", {"a.yaml": "2"})])
    snapshot = await source(tmp_path, git, files).snapshot()
    assert await snapshot.read(["a.yaml"]) == {"a.yaml": b"2"}


async def test_a_directory_that_never_rests_is_given_up_for_now(tmp_path, git):
    config_map(tmp_path, "v", {"a.yaml": "1"})
    swaps = [lambda n=n: config_map(tmp_path, f"v{n}", {"a.yaml": "1"}) for n in range(9)]
    with pytest.raises(SourceError, match="keeps changing"):
        await source(tmp_path, git, SwappingFiles(swaps)).snapshot()


async def test_what_is_no_file_outside_git_is_refused_with_its_place(tmp_path, git, files):
    root = tmp_path / "state"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "a.yaml").write_text("a")
    (root / "inside.yaml").symlink_to("a.yaml")
    (root / "out.yaml").symlink_to("../secret")
    (root / "nowhere.yaml").symlink_to("gone")
    (root / "loop").symlink_to("loop")
    (root / ".#a.yaml").symlink_to("editor@host.1")
    os.mkfifo(root / "fifo.yaml")
    snapshot = await source(root, git, files).snapshot()
    errors = [problem for problem in snapshot.findings if problem.severity.value == "error"]
    assert [(problem.location.file, problem.code) for problem in errors] == [
        ("fifo.yaml", "REC1715"),
        ("loop", "REC1714"),
        ("nowhere.yaml", "REC1714"),
        ("out.yaml", "REC1713"),
    ]


async def test_a_broken_git_link_makes_a_plain_directory_and_says_why(tmp_path, git, files):
    (tmp_path / ".git").write_text("gitdir: /nonexistent/elsewhere")
    (tmp_path / "a.yaml").write_text("a")
    snapshot = await source(tmp_path, git, files).snapshot()
    assert snapshot.files() == ("a.yaml",)
    assert "/nonexistent/elsewhere" in snapshot.findings[0].message


@pytest.mark.parametrize("limits", [Limits(files_max=2), Limits(directory_bytes_max=2)])
async def test_limits_hold_outside_git(tmp_path, git, files, limits):
    for number in range(3):
        (tmp_path / f"{number}").write_text("x")
    with pytest.raises(SourceError, match="--source"):
        await source(tmp_path, git, files, limits=limits).snapshot()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
async def test_a_directory_of_another_user_is_read(tmp_path, git, files):
    (tmp_path / "a.yaml").write_text("a")
    os.chown(tmp_path / "a.yaml", 65533, 65533)
    os.chown(tmp_path, 65533, 65533)
    snapshot = await source(tmp_path, git, files).snapshot()
    assert await snapshot.read(["a.yaml"]) == {"a.yaml": b"a"}
