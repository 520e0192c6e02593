"""Reading one git repository: where it is, what HEAD is, and a snapshot of one commit.

Relies on `ports.Git` for hardening and time limits. A listing is one `ls-tree`, reading is one `cat-file --batch` for
as many files as are asked for, so the cost does not grow with the number of files in processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.errors import SourceError
from reconciler.model.commit import Commit
from reconciler.model.problem import Location, Problem, Severity
from reconciler.ports import Git, GitResult
from reconciler.source import tree_checks
from reconciler.source.limits import DEFAULT, MIB, Limits
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

_BATCH_BYTES = 32 * MIB
_LISTING_SECONDS = 120.0
_READING_SECONDS = 120.0
_SUBJECT_MAX = 200
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, and a directory in it. `top` is where git runs; `root` is the directory relative to it. `head` is
    the sha of the commit checked out, empty while there is none. A bare repository has no working tree."""

    top: str
    root: str
    git_dir: str
    common_dir: str
    head: str
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class OutsideGit:
    """A directory that no repository holds; `reason` is git's own sentence."""

    reason: str


class Repository:
    """Git commands as questions. Holds no state of its own beside the blob cache it is given."""

    def __init__(self, git: Git, *, cache: BlobCache, limits: Limits = DEFAULT) -> None:
        self._git, self._cache, self._limits = git, cache, limits

    async def locate(self, directory: str) -> Place | OutsideGit:
        """The repository that holds an existing directory. One process."""
        answer = await self._git.run(
            "rev-parse",
            "--show-toplevel",
            "--show-prefix",
            "--absolute-git-dir",
            "--path-format=absolute",
            "--git-common-dir",
            "HEAD^{commit}",
            cwd=directory,
        )
        lines = answer.stdout.decode("utf-8", "surrogateescape").split("\n")
        if len(lines) != 6:  # five answers and the end; fewer after an error, more when a path holds a line break
            if "not a git repository" in answer.stderr:
                return OutsideGit(_last_line(answer))
            raise SourceError(f"git cannot use the repository at {directory}: {_last_line(answer)}.")
        top, prefix, git_dir, common_dir, head = lines[:5]
        return Place(top, prefix.rstrip("/"), git_dir, common_dir, head if _OBJECT_ID.fullmatch(head) else "")

    async def find_commit(self, place: Place, revision: str) -> str:
        """The full sha of a revision (sha, branch, tag, `HEAD~1`); raises SourceError when there is none."""
        if not revision or revision.startswith("-") or any(character <= " " for character in revision):
            raise SourceError(f"{revision!r} is not a revision. Write a commit, a branch or a tag.")
        answer = await self._ask(place, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if answer.code != 0:
            raise SourceError(
                f"There is no commit {revision!r} in {place.top}. "
                "Fetch it (git fetch --tags; --unshallow in a shallow clone), or write another revision."
            )
        return answer.stdout.decode().strip()

    async def snapshot(self, place: Place, sha: str) -> Snapshot:
        """The files of one commit. Raises DesiredStateError when there are too many to read, SourceError when git
        cannot read the commit."""
        commit = await self.commit(place, sha)
        entries = await self.listing(place, sha)
        judged = tree_checks.judge(entries, place.root, self._limits)

        async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
            return await self.read(place, wanted)

        return Snapshot(
            revision=sha,
            commit=commit,
            root=place.root,
            entries=entries,
            fetch=fetch,
            cache=self._cache,
            file_bytes_max=self._limits.file_bytes_max,
            refused=judged.refused,
            findings=judged.findings,
        )

    async def listing(self, place: Place, sha: str) -> dict[str, Entry]:
        """Every file of the commit by path from the top."""
        answer = await self._ask(place, "ls-tree", "-r", "-z", "-l", "--full-tree", sha, seconds=_LISTING_SECONDS)
        _demand(answer, f"git cannot list commit {sha} of {place.top}")
        entries = {}
        for record in answer.stdout.split(b"\0")[:-1]:
            facts, _, name = record.partition(b"\t")
            mode, _kind, id, size = facts.decode("ascii").split()
            entries[name.decode("utf-8", "surrogateescape")] = Entry(id, mode, int(size) if size.isdigit() else 0)
        return entries

    async def read(self, place: Place, wanted: Mapping[str, Entry]) -> dict[str, bytes]:
        """The bytes of blobs by path, each blob read once."""
        blobs: dict[str, bytes] = {}
        for ids in _batches({entry.id: entry.size for entry in wanted.values()}):
            question = "".join(f"{id}\n" for id in ids).encode()
            answer = await self._ask(place, "cat-file", "--batch", stdin=question, seconds=_READING_SECONDS)
            _demand(answer, f"git cannot read files of {place.top}")
            blobs.update(_blobs(answer.stdout))
        lost = [path for path, entry in wanted.items() if entry.id not in blobs]
        if lost:
            raise SourceError(
                f"{place.top} lacks the content of {tree_checks.printable(lost[0])}. "
                "Repair the repository (git fsck), or fetch without --filter."
            )
        return {path: blobs[entry.id] for path, entry in wanted.items()}

    async def changed(self, place: Place, below: str) -> frozenset[str]:
        """Paths from the top, at or below a directory, that differ from HEAD: changed, deleted, or untracked and not
        ignored. An untracked repository inside is one path that ends with a slash."""
        answer = await self._ask(
            place,
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--ignore-submodules=all",
            "--no-renames",
            "--",
            below or ".",
            environment=await self._without_filters(place),
            seconds=_LISTING_SECONDS,
        )
        _demand(answer, f"git cannot compare {place.top} with its last commit")
        records = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
        return frozenset(record[3:] for record in records if record)

    async def _without_filters(self, place: Place) -> dict[str, str]:
        """Environment that disarms the content filters the repository's configuration defines: they are programs."""
        answer = await self._ask(place, "config", "--null", "--name-only", "--get-regexp", r"^filter\.")
        names = {name.rpartition(".")[0] for name in answer.stdout.decode("utf-8", "replace").split("\0") if name}
        settings = [(f"{name}.{key}", value) for name in sorted(names) for key, value in _DISARMED]
        environment = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return environment

    async def commit(self, place: Place, sha: str) -> Commit:
        answer = await self._ask(
            place, "log", "-1", "--encoding=UTF-8", "--format=%an <%ae>%x00%cn <%ce>%x00%cI%x00%s", sha, "--"
        )
        _demand(answer, f"git cannot read commit {sha} of {place.top}")
        author, committer, moment, subject = (
            tree_checks.printable(field.strip())
            for field in answer.stdout.decode("utf-8", "replace").rstrip("\n").split("\0", 3)
        )
        return Commit(sha, author, committer, subject=subject[:_SUBJECT_MAX], committed_at=moment)

    async def _ask(
        self,
        place: Place,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        seconds: float = 30.0,
    ) -> GitResult:
        where = (f"--git-dir={place.git_dir}",) if place.is_bare else ()
        return await self._git.run(
            *where, *arguments, cwd=place.top, stdin=stdin, environment=environment, timeout_seconds=seconds
        )


_DISARMED = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))


def nothing_there(place: Place, sha: str, uncommitted: frozenset[str]) -> SourceError:
    """The error for a commit that holds no file below the source directory."""
    where = f"{place.root or 'The repository'} holds no file in commit {sha[:12]} of {place.top}."
    if uncommitted:
        return SourceError(f"{where} {len(uncommitted)} files are there but not committed: commit them first.")
    return SourceError(f"{where} Name the directory of the desired state with --source.")


def not_counted(place: Place, error: SourceError) -> Problem:
    """The warning for when the working tree could not be compared, which a snapshot of a commit does not depend on."""
    message = f"uncommitted files could not be counted: {error}"
    return Problem(Location(place.root or "."), "REC1710", message, severity=Severity.WARNING)


def _batches(sizes: Mapping[str, int]) -> Iterable[list[str]]:
    batch: list[str] = []
    total = 0
    for id, size in sizes.items():
        if batch and total + size > _BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(id)
        total += size
    if batch:
        yield batch


def _blobs(output: bytes) -> Iterable[tuple[str, bytes]]:
    """Split what `cat-file --batch` printed: `<id> <type> <size>`, the content, a newline; or `<id> missing`."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        id, *facts = output[position:end].decode("ascii").split(" ")
        position = end + 1
        if len(facts) == 2:
            size = int(facts[1])
            yield id, output[position : position + size]
            position += size + 1


def _demand(answer: GitResult, sentence: str) -> None:
    if answer.code != 0:
        raise SourceError(f"{sentence}: {_last_line(answer)}.")


def _last_line(answer: GitResult) -> str:
    lines = [line for line in answer.stderr.splitlines() if line.strip()]
    text = lines[-1] if lines else f"exit code {answer.code}"
    return tree_checks.printable(text.removeprefix("fatal: ").removeprefix("error: ").rstrip("."))
