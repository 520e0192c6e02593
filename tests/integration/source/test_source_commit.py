"""A commit as a source: what it lists, what it reads, what it refuses."""

import os
import unicodedata
from pathlib import Path

import pytest

from reconciler.adapters.git import GitCli
from reconciler.errors import DesiredStateError, SourceError
from reconciler.source.limits import Limits
from reconciler.source.local import LocalSource
from reconciler.source.paths import Unresolved
from reconciler.source.snapshot import BlobCache

pytestmark = pytest.mark.anyio


class CountingGit(GitCli):
    """The real git, and a note of what it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = []
        self.stdin = []

    async def run(self, *arguments, **options):
        self.asked.append(next(word for word in arguments if not word.startswith("-")))
        self.stdin.append(options.get("stdin", b""))
        return await super().run(*arguments, **options)


@pytest.fixture
def counting():
    return CountingGit()


def source(repo, git, files, directory="desired_state", **options):
    return LocalSource(str(repo.path / directory), git=git, files=files, **options)


def findings(caught):
    return [(str(problem.location), problem.code, problem.severity.value) for problem in caught.value.problems]


def standing_out(snapshot):
    return [(str(problem.location), problem.code, problem.severity.value) for problem in snapshot.findings]


async def test_a_snapshot_is_the_commit_and_not_the_working_tree(repo, git, files):
    repo.write("desired_state/a.yaml", "committed")
    repo.write("audio/a.wav", b"\x00\x01")
    sha = repo.commit("Add greeting")
    repo.write("desired_state/a.yaml", "half saved")
    repo.write("desired_state/new.yaml")
    snapshot = await source(repo, git, files).snapshot()
    assert snapshot.revision == sha
    assert snapshot.root == "desired_state"
    assert snapshot.files() == ("desired_state/a.yaml",)
    assert set(snapshot.entries) == {"desired_state/a.yaml", "audio/a.wav"}
    assert await snapshot.read(["desired_state/a.yaml", "audio/a.wav"]) == {
        "desired_state/a.yaml": b"committed",
        "audio/a.wav": b"\x00\x01",
    }
    assert snapshot.uncommitted == 2
    assert snapshot.findings == ()


async def test_the_commit_says_who(repo, git, files):
    repo.write("desired_state/a.yaml")
    sha = repo.commit("Add greeting\n\nBody")
    commit = (await source(repo, git, files).snapshot()).commit
    assert (commit.sha, commit.author, commit.committer, commit.subject, commit.committed_at) == (
        sha,
        "Example Author <author@example.com>",
        "Example Committer <committer@example.com>",
        "Add greeting",
        "2026-01-02T03:04:06+00:00",
    )


async def test_escape_sequences_in_a_subject_do_not_reach_a_terminal(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.commit("Red \x1b[31m alarm")
    assert (await source(repo, git, files).snapshot()).commit.subject == "Red \\x1b[31m alarm"


async def test_only_changes_below_the_source_directory_count_as_uncommitted(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.write("desired_state/gone.yaml")
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repo.write("elsewhere.txt")
    repo.write("desired_state/debug.log")
    (repo.path / "desired_state/gone.yaml").unlink()
    repo.write("desired_state/sub/staged.yaml")
    repo.git("add", "-A")
    snapshot = await source(repo, git, files).snapshot()
    assert snapshot.uncommitted_paths == {"desired_state/gone.yaml", "desired_state/sub/staged.yaml"}


async def test_the_top_of_the_repository_may_be_the_source(repo, git, files):
    repo.write("a.yaml")
    repo.commit()
    snapshot = await source(repo, git, files, ".").snapshot()
    assert (snapshot.root, snapshot.files()) == ("", ("a.yaml",))


async def test_an_older_revision_by_any_name(repo, git, files):
    repo.write("desired_state/a.yaml", "1")
    first = repo.commit()
    repo.git("tag", "v1")
    repo.write("desired_state/a.yaml", "2")
    repo.commit()
    for name in (first, first[:10], "v1", "HEAD~1", "main~1"):
        snapshot = await source(repo, git, files).snapshot(name)
        assert snapshot.revision == first
        assert (await snapshot.read(["desired_state/a.yaml"]))["desired_state/a.yaml"] == b"1"


@pytest.mark.parametrize("name", ["nope", "f" * 40, "-x", "--output=/tmp/x", "a b", "", "HEAD:desired_state", "a..b"])
async def test_a_revision_that_does_not_exist_says_what_to_do(repo, git, files, name):
    repo.write("desired_state/a.yaml")
    repo.commit()
    with pytest.raises(SourceError, match=r"There is no commit .* write another revision|is not a revision"):
        await source(repo, git, files).snapshot(name)


async def test_head_moves_with_a_commit_and_costs_one_process(repo, counting, files):
    repo.write("desired_state/a.yaml")
    first = repo.commit()
    local = source(repo, counting, files)
    assert await local.head() == first
    assert counting.asked == ["rev-parse"]
    second = repo.commit()
    assert await local.head() == second != first


async def test_unchanged_files_of_a_new_commit_are_not_read_again(repo, counting, files):
    repo.write("desired_state/a.yaml", "a")
    repo.write("desired_state/b.yaml", "b1")
    repo.commit()
    local = source(repo, counting, files)
    names = ["desired_state/a.yaml", "desired_state/b.yaml"]
    first = await local.snapshot()
    await first.read(names)
    repo.write("desired_state/b.yaml", "b2")
    repo.commit()
    second = await local.snapshot()
    counting.asked.clear()
    counting.stdin.clear()
    assert await second.read(names) == {names[0]: b"a", names[1]: b"b2"}
    assert counting.asked == ["cat-file"]
    assert counting.stdin[0].decode().split() == [second.content_id(names[1])]
    assert first.content_id(names[0]) == second.content_id(names[0])
    assert first.content_id(names[1]) != second.content_id(names[1])


async def test_many_files_are_read_by_one_process(repo, counting, files):
    names = [f"desired_state/{number}.yaml" for number in range(300)]
    for name in names:
        repo.write(name, f"{name}\n\n")
    repo.commit()
    snapshot = await source(repo, counting, files).snapshot()
    counting.asked.clear()
    assert await snapshot.read(names) == {name: f"{name}\n\n".encode() for name in names}
    assert counting.asked == ["cat-file"]


async def test_two_files_of_equal_content_are_both_read(repo, git, files):
    repo.write("desired_state/a.yaml", "same")
    repo.write("desired_state/b.yaml", "same")
    repo.write("desired_state/empty.yaml", "")
    repo.commit()
    snapshot = await source(repo, git, files, cache=BlobCache(0)).snapshot()
    assert await snapshot.read(snapshot.files()) == dict(zip(snapshot.files(), (b"same", b"same", b""), strict=True))


async def test_names_with_spaces_stars_and_letters_are_plain_names(repo, git, files):
    odd = ["desired_state/*.yaml", "desired_state/a b.yaml", "desired_state/äöü 中.yaml", "desired_state/[x].yaml"]
    for name in odd:
        repo.write(name)
    repo.commit()
    local = source(repo, git, files)
    snapshot = await local.snapshot()
    assert snapshot.files() == tuple(sorted(odd))
    assert snapshot.uncommitted == 0


async def test_a_directory_named_like_a_pathspec_is_taken_literally(repo, git, files):
    repo.write(":(top)/a.yaml")
    repo.write("desired_state/b.yaml")
    repo.commit()
    repo.write("desired_state/c.yaml")
    assert (await source(repo, git, files, ":(top)").snapshot()).uncommitted == 0


async def test_a_repository_without_commits_says_so(repo, git, files):
    repo.write("desired_state/a.yaml")
    local = source(repo, git, files)
    for look in (local.head, local.snapshot):
        with pytest.raises(SourceError, match="has no commit yet"):
            await look()


async def test_a_missing_directory_says_so(repo, git, files):
    with pytest.raises(SourceError, match="desired_state does not exist"):
        await source(repo, git, files).snapshot()


async def test_a_directory_that_was_never_committed_says_so(repo, git, files):
    repo.commit()
    repo.write("desired_state/a.yaml")
    with pytest.raises(SourceError, match="1 files are there but not committed"):
        await source(repo, git, files).snapshot()


async def test_a_directory_that_is_empty_in_the_commit_says_so(repo, git, files):
    repo.commit()
    (repo.path / "desired_state").mkdir()
    with pytest.raises(SourceError, match="holds no file in commit"):
        await source(repo, git, files).snapshot()


async def test_symlinks_and_submodules_are_refused_together(repo, new_repo, git, files):
    inner = new_repo("inner")
    inner.write("x")
    inner.commit()
    repo.write("desired_state/a.yaml")
    (repo.path / "desired_state/link.yaml").symlink_to("a.yaml")
    (repo.path / "desired_state/away").symlink_to("/etc")
    (repo.path / "elsewhere").symlink_to("/etc")
    repo.git("submodule", "-q", "add", str(inner.path), "desired_state/inner")
    repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    assert standing_out(snapshot) == [
        ("desired_state/away:1:1", "REC1701", "error"),
        ("desired_state/inner:1:1", "REC1702", "error"),
        ("desired_state/link.yaml:1:1", "REC1701", "error"),
    ]


async def test_too_many_files_and_too_much_data_are_refused(repo, git, files):
    for number in range(4):
        repo.write(f"desired_state/{number}.yaml", "x" * 100)
    repo.write("desired_state/welcome.wav", "x" * 1000)
    repo.commit()
    limits = Limits(files_max=4, documents_bytes_max=399)
    with pytest.raises(DesiredStateError) as caught:
        await source(repo, git, files, limits=limits).snapshot()
    assert findings(caught) == [
        ("desired_state:1:1", "REC1705", "error"),
        ("desired_state:1:1", "REC1706", "error"),
    ]
    limits = Limits(files_max=5, documents_bytes_max=400)
    assert len((await source(repo, git, files, limits=limits).snapshot()).files()) == 5


async def test_paths_that_some_file_systems_cannot_tell_apart_are_warned_of(repo, git, files):
    decomposed = unicodedata.normalize("NFD", "desired_state/ü.yaml")
    repo.git("config", "core.ignoreCase", "false")
    for name in ("desired_state/A.yaml", "desired_state/a.yaml", "desired_state/ü.yaml", decomposed):
        repo.write(name)
    repo.write("desired_state/Dir/x.yaml")
    repo.write("desired_state/dir/y.yaml")
    repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    assert [(warning.location.file, warning.code) for warning in snapshot.findings] == [
        ("desired_state/a.yaml", "REC1703"),
        ("desired_state/dir", "REC1703"),
        ("desired_state/ü.yaml", "REC1704"),
    ]


async def test_a_name_that_is_no_text_is_refused_in_printable_form(repo, git, files):
    repo.write(os.fsdecode(b"desired_state/\xff\x1b.yaml"))
    repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    assert standing_out(snapshot) == [("desired_state/\\xff\\x1b.yaml:1:1", "REC1709", "error")]


async def test_a_crafted_tree_with_a_git_directory_inside_is_refused(repo, git, files):
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"evil")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
    middle = repo.git("mktree", stdin=f"040000 tree {inner}\t.GIT\n".encode())
    top = repo.git("mktree", stdin=f"040000 tree {middle}\tdesired_state\n".encode())
    repo.git("update-ref", "HEAD", repo.git("commit-tree", top, "-m", "x"))
    (repo.path / "desired_state").mkdir()
    snapshot = await source(repo, git, files).snapshot()
    assert standing_out(snapshot) == [("desired_state/.GIT/config:1:1", "REC1712", "error")]


async def test_a_git_lfs_pointer_is_named_for_what_it_is(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.write("audio/a.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    for _ in range(2):
        with pytest.raises(DesiredStateError) as caught:
            await snapshot.read(["audio/a.wav"])
        assert findings(caught) == [("audio/a.wav:1:1", "REC1708", "error")]


async def test_a_file_above_the_limit_is_refused_before_it_is_read(repo, counting, files):
    repo.write("desired_state/a.yaml", "x" * 101)
    repo.commit()
    snapshot = await source(repo, counting, files, limits=Limits(file_bytes_max=100)).snapshot()
    counting.asked.clear()
    with pytest.raises(DesiredStateError) as caught:
        await snapshot.read(["desired_state/a.yaml"])
    assert findings(caught) == [("desired_state/a.yaml:1:1", "REC1707", "error")]
    assert counting.asked == []


async def test_a_path_that_is_not_in_the_commit_is_a_source_error(repo, git, files):
    repo.write("desired_state/a.yaml")
    repo.commit()
    with pytest.raises(SourceError, match=r"b\.yaml is not in"):
        await (await source(repo, git, files).snapshot()).read(["b.yaml"])


async def test_a_missing_blob_is_a_source_error_and_not_an_empty_file(repo, git, files):
    repo.write("desired_state/a.yaml", "content")
    repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    id = snapshot.content_id("desired_state/a.yaml")
    (repo.path / ".git/objects" / id[:2] / id[2:]).unlink()
    with pytest.raises(SourceError, match=r"lacks the content of desired_state/a\.yaml"):
        await snapshot.read(["desired_state/a.yaml"])


async def test_references_resolve_inside_the_repository(repo, git, files):
    repo.write("desired_state/menus/a.yaml")
    repo.write("audio/welcome.wav")
    (repo.path / "linked").symlink_to("audio")
    repo.commit()
    repo.write("desired_state/later.wav")
    snapshot = await source(repo, git, files).snapshot()

    def resolve(relative):
        return snapshot.resolve("desired_state/menus/a.yaml", relative)

    assert resolve("../../audio/welcome.wav") == "audio/welcome.wav"
    assert resolve("./../menus/a.yaml") == "desired_state/menus/a.yaml"
    assert resolve("../../audio/welcom.wav") == Unresolved("does not exist.", "Did you mean ../../audio/welcome.wav?")
    assert resolve("../../audio") == Unresolved("names a directory.", "Name one file.")
    assert resolve("../later.wav") == Unresolved("is not committed.", "Commit desired_state/later.wav.")
    assert resolve("../../linked/welcome.wav") == Unresolved(
        "goes through the symlink linked.", "Name the file itself."
    )
    assert resolve("../../../x.wav").reason == "leads out of the repository."


async def test_programs_named_in_the_repositorys_configuration_do_not_run(repo, git, files, tmp_path):
    trap = tmp_path / "ran"
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\necho $0 >> {trap}\ncat\n")
    program.chmod(0o755)
    repo.write("desired_state/a.yaml", "one")
    repo.write("desired_state/.gitattributes", "*.yaml filter=evil diff=evil\n")
    repo.commit()
    for key in (
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.pager",
        "gpg.program",
        "diff.external",
    ):
        repo.git("config", key, str(program))
    repo.git("config", "filter.evil.required", "true")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.hooksPath", str(tmp_path))
    repo.write("desired_state/a.yaml", "two")
    trap.unlink(missing_ok=True)  # setting up may have run it
    local = source(repo, git, files)
    snapshot = await local.snapshot()
    await snapshot.read(snapshot.files())
    await local.worktree()
    assert snapshot.uncommitted == 1
    assert not trap.exists()


async def test_a_bare_repository_hidden_in_the_tree_is_not_used(repo, git, files, tmp_path):
    repo.write("desired_state/HEAD", "ref: refs/heads/main\n")
    repo.write("desired_state/objects/info/x")
    repo.write("desired_state/refs/heads/x")
    repo.write("desired_state/config", "[core]\n\tbare = true\n\tfsmonitor = touch /tmp/never\n")
    repo.commit()
    with pytest.raises(SourceError, match="bare repository"):
        await source(repo, git, files).snapshot()


async def test_a_replaced_object_does_not_change_what_a_sha_means(repo, git, files):
    repo.write("desired_state/a.yaml", "true")
    repo.commit()
    genuine = repo.git("rev-parse", "HEAD:desired_state/a.yaml")
    repo.git("replace", genuine, repo.git("hash-object", "-w", "--stdin", stdin=b"forged"))
    snapshot = await source(repo, git, files).snapshot()
    assert await snapshot.read(["desired_state/a.yaml"]) == {"desired_state/a.yaml": b"true"}


async def test_a_sha256_repository_works(new_repo, git, files):
    repo = new_repo("sha256", "--object-format=sha256")
    repo.write("desired_state/a.yaml", "a")
    sha = repo.commit()
    snapshot = await source(repo, git, files).snapshot()
    assert (snapshot.revision, len(sha)) == (sha, 64)
    assert await snapshot.read(["desired_state/a.yaml"]) == {"desired_state/a.yaml": b"a"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
async def test_a_repository_of_another_user_is_read(repo, git, files):
    repo.write("desired_state/a.yaml", "a")
    sha = repo.commit()
    for directory, _, names in os.walk(repo.path):
        for name in ("", *names):
            os.chown(Path(directory, name), 65533, 65533)
    snapshot = await source(repo, git, files).snapshot()
    assert (snapshot.revision, snapshot.uncommitted) == (sha, 0)


async def test_a_working_tree_that_cannot_be_compared_is_a_warning(repo, git, files):
    repo.write("desired_state/a.yaml")
    sha = repo.commit()
    (repo.path / ".git/index").write_bytes(b"garbage")
    snapshot = await source(repo, git, files).snapshot()
    assert snapshot.revision == sha
    assert [warning.code for warning in snapshot.findings] == ["REC1710"]


async def test_the_directory_of_a_git_sync_sidecar_is_read_and_followed(repo, git, files, tmp_path):
    repo.write("desired_state/a.yaml", "1")
    first = repo.commit()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "worktrees/one"), first)
    repo.write("desired_state/a.yaml", "2")
    second = repo.commit()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "worktrees/two"), second)
    link = tmp_path / "current"
    link.symlink_to("worktrees/one")
    local = LocalSource(str(link / "desired_state"), git=git, files=files)
    before = await local.snapshot()
    (tmp_path / "next").symlink_to("worktrees/two")
    (tmp_path / "next").rename(link)
    assert (before.revision, await local.head()) == (first, second)
    after = await local.snapshot()
    assert await after.read(["desired_state/a.yaml"]) == {"desired_state/a.yaml": b"2"}
    assert await before.read(["desired_state/a.yaml"]) == {"desired_state/a.yaml": b"1"}
    assert str(link / "desired_state") in await local.watched()
