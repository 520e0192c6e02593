"""A remote repository as a source: a bare clone in a cache of ours, fetched at every look.

A failed fetch is never an empty desired state. The last commit that was fetched and resolved is kept under a ref of
its own, stays readable across restarts, and the error says that it stays in force. A cache that a crash has damaged is
rebuilt beside the old one, which is dropped only when the new one works.
"""

from __future__ import annotations

import hashlib
import posixpath
import re

from reconciler.errors import SourceError
from reconciler.ports import Files, Git, GitResult
from reconciler.source import repository, tree_checks
from reconciler.source.limits import DEFAULT, Limits
from reconciler.source.origin import Origin, redact
from reconciler.source.repository import Place, Repository
from reconciler.source.snapshot import BlobCache, Snapshot

_GOOD = "refs/reconciler/good"
_DEFAULT_BRANCH = "refs/reconciler/default"
_PINNED = "refs/reconciler/pinned"
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SECRET_BYTES_MAX = 64 * 1024

_DAMAGED = re.compile(
    r"\.lock': File exists|not a git repository|is corrupt|bad object|bad config|"
    r"did not send all necessary objects|Could not read [0-9a-f]{40}|missing (blob|tree|commit)|"
    r"unable to read (tree|sha1|[0-9a-f]{40})"
)

# First match wins. The patterns are git's, ssh's and curl's own words under LC_ALL=C.
_REMEDIES = (
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION",
        "Put the host's key in RECONCILE_GIT_KNOWN_HOSTS_FILE.",
    ),
    (r"UNPROTECTED PRIVATE KEY|bad permissions", "Only its owner may read the key file: chmod 0400."),
    (r"Permission denied \(", "Check RECONCILE_GIT_KEY_FILE, and that the key may read the repository."),
    (
        r"Authentication failed|could not read Username|HTTP Basic|returned error: 40[13]|terminal prompts disabled",
        "Check RECONCILE_GIT_TOKEN_FILE, and that the token may read the repository.",
    ),
    (r"returned error: 30\d|redirect", "Write the final address in RECONCILE_GIT_URL, often with .git at its end."),
    (r"[Rr]epository .*not found|does not exist|returned error: 404", "Check RECONCILE_GIT_URL and the access rights."),
    (r"Could not resolve|Name or service not known", "Check the host in RECONCILE_GIT_URL and the name service."),
    (r"certificate", "Check the certificate, or name its authority's file in GIT_SSL_CAINFO."),
    (r"No space left", "Make room on the disk of the cache directory."),
)


class RemoteSource:
    """`fetch_seconds` bounds a fetch, `clone_seconds` the first one."""

    def __init__(
        self,
        origin: Origin,
        *,
        git: Git,
        files: Files,
        cache: BlobCache | None = None,
        limits: Limits = DEFAULT,
        fetch_seconds: float = 60.0,
        clone_seconds: float = 600.0,
    ) -> None:
        self._origin, self._git, self._files = origin, git, files
        self._repository = Repository(git, cache=cache or BlobCache(), limits=limits)
        self._fetch_seconds, self._clone_seconds = fetch_seconds, clone_seconds
        digest = hashlib.sha256(origin.url.encode()).hexdigest()[:16]
        self._slots = [posixpath.join(origin.cache, f"{digest}-{slot}.git") for slot in ("a", "b")]

    async def head(self) -> str:
        """Fetch, and return the commit that the ref names now.

        Raises SourceError when that fails; the message says which commit stays in force, and `snapshot` still gives it.
        """
        try:
            return await self._refresh()
        except SourceError as error:
            _, good = await self._current()
            stays = f"The last good commit {good[:12]} stays in force." if good else "Nothing was fetched before."
            raise SourceError(f"{error} {stays}") from error

    async def snapshot(self, revision: str | None = None) -> Snapshot:
        """The last good commit, or the one that `revision` names. Goes to the network only when there is no clone."""
        slot, good = await self._current()
        if not good:
            await self.head()
            slot, good = await self._current()
        sha = good if revision is None else await self._resolve(slot, revision)
        if not sha:
            raise SourceError(f"{self._origin.shown} has no commit {revision!r}. Write a commit, tag or branch.")
        place = self._place(slot)
        snapshot = await self._repository.snapshot(place, sha)
        if not snapshot.files() and not snapshot.refused:
            raise repository.nothing_there(place, sha, frozenset())
        return snapshot

    async def watched(self) -> tuple[str, ...]:
        """Nothing on this machine tells when a remote changes."""
        return ()

    async def _refresh(self) -> str:
        token = await self._token()
        slot, good = await self._current()
        try:
            return await self._bring(slot, token, self._fetch_seconds if good else self._clone_seconds)
        except _Damaged:
            other = next(other for other in self._slots if other != slot)
            await self._files.discard(other)
            sha = await self._bring(other, token, self._clone_seconds)
            await self._files.discard(slot)
            return sha

    async def _bring(self, slot: str, token: str, seconds: float) -> str:
        """Fetch into a clone and mark what the ref names there as good."""
        self._demand(await self._git.run("init", "--quiet", "--bare", "--template=", slot, cwd="/"), token)
        wanted = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
        if not self._origin.ref:
            wanted.append(f"+HEAD:{_DEFAULT_BRANCH}")
        self._demand(await self._fetch(slot, token, seconds, *wanted), token)
        sha = await self._resolve(slot, self._origin.ref) or await self._pinned(slot, token)
        if not sha:
            raise SourceError(f"{self._origin.shown} has no {self._origin.ref!r}. Correct RECONCILE_GIT_REF.")
        self._demand(await self._run(slot, "update-ref", _GOOD, sha), token)
        return sha

    async def _current(self) -> tuple[str, str]:
        """The clone in use and its last good commit; an empty one when there is none."""
        for slot in self._slots:
            try:
                if good := await self._commit_at(slot, _GOOD):
                    return slot, good
            except SourceError:
                continue  # not there
        return self._slots[0], ""

    async def _fetch(self, slot: str, token: str, seconds: float, *wanted: str) -> GitResult:
        return await self._git.run(
            f"--git-dir={slot}",
            "fetch",
            "--quiet",
            "--force",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--",
            self._origin.url,
            *wanted,
            cwd=slot,
            environment=self._origin.environment(token),
            timeout_seconds=seconds,
        )

    async def _resolve(self, slot: str, ref: str) -> str:
        """A commit, tag or branch of the clone, in this order; the default branch for none. Empty when unknown."""
        if not ref:
            return await self._commit_at(slot, _DEFAULT_BRANCH)
        branch = ref.removeprefix("refs/heads/").removeprefix("origin/")
        names = [f"refs/tags/{ref.removeprefix('refs/tags/')}", f"refs/remotes/origin/{branch}"]
        if re.fullmatch(r"[0-9a-f]{7,64}", ref):
            names.insert(0, ref)
        if ref.startswith("refs/"):
            names = [name for name in names if name.startswith("refs/tags/") == ref.startswith("refs/tags/")]
        for name in names:
            if sha := await self._commit_at(slot, name):
                return sha
        return ""

    async def _pinned(self, slot: str, token: str) -> str:
        """A commit that no branch or tag holds; many hosts give it when asked by its full id."""
        if not _OBJECT_ID.fullmatch(self._origin.ref):
            return ""
        await self._fetch(slot, token, self._fetch_seconds, f"+{self._origin.ref}:{_PINNED}")
        return await self._commit_at(slot, self._origin.ref)

    async def _commit_at(self, slot: str, name: str) -> str:
        answer = await self._run(slot, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return answer.stdout.decode().strip() if answer.code == 0 else ""

    async def _run(self, slot: str, *arguments: str) -> GitResult:
        return await self._git.run(f"--git-dir={slot}", *arguments, cwd=slot)

    def _place(self, slot: str) -> Place:
        return Place(slot, self._origin.root, slot, slot, "", is_bare=True)

    async def _token(self) -> str:
        """Read at every fetch, because tokens are rotated."""
        if self._origin.token_file is None:
            return ""
        content = await self._files.read(self._origin.token_file, size_max=_SECRET_BYTES_MAX)
        token = content.decode("utf-8", "replace").strip()
        if not token:
            raise SourceError(f"{self._origin.token_file} is empty. Put the token in it.")
        return token

    def _demand(self, answer: GitResult, token: str) -> None:
        if answer.code == 0:
            return
        said = redact(answer.stderr, token, f"{self._origin.token_user}:{token}" if token else "")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        main = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
        told = tree_checks.printable(main.removeprefix("fatal: ").removeprefix("error: ").rstrip("."))
        remedy = next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)), "")
        sentence = " ".join(filter(None, [f"{self._origin.shown} could not be fetched: {told}.", remedy]))
        ours = "\n".join(line for line in lines if not line.startswith("remote:"))
        raise _Damaged(sentence) if _DAMAGED.search(ours) else SourceError(sentence)


class _Damaged(SourceError):
    """The clone itself is the trouble: a lock or half an object that a crash left behind."""
