"""One process, opened as far as an operation needs: settings, source, ledger, platform.

Operations that a running service could answer are asked of it over its control socket first.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import structlog

from reconciler.adapters import http
from reconciler.adapters.archive import DirectoryArchive
from reconciler.adapters.chance import SystemIds, SystemRng
from reconciler.adapters.clock import SystemClock
from reconciler.adapters.files import DiskFiles
from reconciler.adapters.git import GitCli
from reconciler.adapters.offload import ThreadOffload
from reconciler.adapters.tail import AuditTail
from reconciler.bootstrap import platform
from reconciler.bootstrap.platform import joined
from reconciler.bootstrap.source import HOME, ledger_file, open_source
from reconciler.core import targets
from reconciler.errors import SourceError
from reconciler.kinds.call_route import order
from reconciler.kinds.registry import COMPARE, HALFWAY
from reconciler.ledger import audit
from reconciler.ledger.store import open_ledger
from reconciler.manifests import loader
from reconciler.manifests.cache import ParseCache
from reconciler.model.desired import DesiredState
from reconciler.operations import validation
from reconciler.operations.desk import Answer, Desk
from reconciler.operations.registry import NEED_PLATFORM, OPERATIONS
from reconciler.ports import Ledger, Progress
from reconciler.report.progress import NoProgress, TerminalProgress
from reconciler.runtime import control, one_pass, service
from reconciler.runtime.delivery import Courier
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.parts import Parts, PassResult, Request, Timing
from reconciler.settings import Settings
from reconciler.source.local import LocalSource
from reconciler.source.remote import RemoteSource
from reconciler.source.snapshot import Snapshot

log = structlog.get_logger("reconciler")

SandboxChild = Callable[[Path], AbstractAsyncContextManager[str]]
"""Starts the stand-in with a state file and gives its base URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which files a plan looks at, and which ledger it knows."""

    worktree: bool = False
    revision: str | None = None
    ledger_from: str | None = None


@dataclass(slots=True, kw_only=True)
class House:
    settings: Settings
    environ: Mapping[str, str]
    terminal: bool
    source: LocalSource | RemoteSource
    files: DiskFiles
    clock: SystemClock = field(default_factory=SystemClock)
    rng: SystemRng = field(default_factory=SystemRng)
    ids: SystemIds = field(default_factory=SystemIds)
    store: ThreadOffload = field(default_factory=ThreadOffload)
    parse: ThreadOffload = field(default_factory=ThreadOffload)
    cache: ParseCache = field(default_factory=ParseCache)
    metrics: Metrics = field(default_factory=Metrics)
    _wanted: DesiredState | None = None
    _head: str | None = None

    async def answer(self, name: str, arguments: Mapping[str, Any], look: Look) -> Answer:
        """Answer one operation: by the running service when there is one, otherwise here."""
        if look == Look():
            answered = await control.ask(control.path_beside(await self.ledger_path()), name, arguments)
            if answered is not None:
                return Answer(exit=answered["exit"], output=answered["output"], facts=answered["facts"])
        async with self.desk(look, needs_platform=name in NEED_PLATFORM, reads_only=name == "plan") as desk:
            return await OPERATIONS[name](desk, arguments)

    async def validate(self, *, output: str, revision: str | None) -> Answer:
        """Check the working tree, or a commit, without ledger, credentials or network."""

        async def load() -> DesiredState:
            return await self.load(await (self.source.snapshot(revision) if revision else self._worktree()))

        return await validation.validate(load, output=output)

    async def load(self, snapshot: Snapshot) -> DesiredState:
        desired = await loader.load_desired(
            snapshot,
            environment=self.settings.environment,
            process_variables=self.environ,
            cache=self.cache,
            offload=self.parse,
            read_secret=self._read_secret,
        )
        platform.refuse_other_region(desired.environment, self.settings)
        return desired

    async def head(self) -> str:
        """The revision git has now; `wanted` takes it from here instead of asking again."""
        self._head = await self.source.head()
        return self._head

    async def wanted(self) -> DesiredState:
        """The desired state of the newest commit; loaded again only when it moved or after `forget`.

        When git cannot be asked, the last good commit stays in force. Raises SourceError when there is none.
        """
        try:
            head, self._head = self._head or await self.source.head(), None
        except SourceError:
            head = self._wanted.revision if self._wanted is not None else ""
        if self._wanted is None or self._wanted.revision != head:
            self._wanted = await self.load(await self.source.snapshot())
        return self._wanted

    def forget(self) -> None:
        """Load again at the next look though git did not move: secrets in files may have."""
        self._wanted = None

    async def ledger_path(self) -> str:
        """The ledger's file: a setting, or `.reconciler/ledger.db` at the top of the repository."""
        if self.settings.ledger_url is not None:
            return ledger_file(self.settings.ledger_url)
        return str(Path(await self.top()) / HOME / "ledger.db")

    async def top(self) -> str:
        """The top of the repository; for a remote repository the working directory."""
        return await self.source.top() if isinstance(self.source, LocalSource) else "."

    @asynccontextmanager
    async def desk(self, look: Look, *, needs_platform: bool, reads_only: bool) -> AsyncIterator[Desk]:
        """Open ledger and, when needed, platform, for one operation without a service."""
        async with AsyncExitStack() as stack:
            ledger, notices = await self.ledger(stack, look, reads_only=reads_only)
            has_ledger = not notices
            if not needs_platform:
                yield Desk(ledger=ledger, clock=self.clock, wanted=self.wanted)
                return
            parts = await self.parts(stack, ledger, self._progress(stack), home=await self.home(create=not reads_only))
            parts = replace(parts, has_ledger=has_ledger)
            courier = self.courier(stack, ledger)
            stop = anyio.Event()
            await stack.enter_async_context(service.stop_on_signal(stop))

            async def make_pass(request: Request) -> PassResult:
                snapshot = await self._snapshot(look)
                if snapshot.uncommitted:
                    notices.append(f"{snapshot.uncommitted} uncommitted files not included")

                async def load() -> DesiredState:
                    desired = await self.load(snapshot)
                    courier.use(desired.environment.webhooks)
                    return desired

                return await one_pass.run(parts, load, request, stop)

            async def drain(seconds: float) -> None:
                await courier.drain(seconds)
                for reason in await courier.waiting():
                    log.warning("webhooks.waiting", reason=reason)

            yield Desk(ledger=ledger, clock=self.clock, parts=parts, make_pass=make_pass, drain=drain, notices=notices)

    async def parts(self, stack: AsyncExitStack, ledger: Ledger, progress: Progress, *, home: Path) -> Parts:
        """Join everything a pass works with."""
        archive = DirectoryArchive(str(home / "archive"), offload=self.store)
        tail = AuditTail(self.settings.audit_log or "", offload=self.store)
        side = await stack.enter_async_context(
            joined(
                self.settings,
                clock=self.clock,
                rng=self.rng,
                ids=self.ids,
                offload=self.parse,
                archive=archive,
                on_request=self.metrics.count_request,
            )
        )
        return Parts(
            clock=self.clock,
            rng=self.rng,
            ids=self.ids,
            ledger=ledger,
            platform=side.platform,
            remotes=side.remotes,
            compare=COMPARE,
            halfway=HALFWAY,
            hints=order.number_moves,
            progress=progress,
            audit_line=lambda entry: tail.write(audit.line(entry)),
            timing=Timing(
                concurrency=self.settings.concurrency, settle_window_seconds=self.settings.settle_window_seconds
            ),
        )

    def courier(self, stack: AsyncExitStack, ledger: Ledger) -> Courier:
        allow = targets.parse_allow(self.settings.webhook_allow)
        transport = http.guarded_transport(allow)
        stack.push_async_callback(transport.aclose)
        return Courier(
            ledger=ledger, transport=transport, clock=self.clock, rng=self.rng, told=self.metrics.count_delivery
        )

    async def home(self, *, create: bool) -> Path:
        """Our own directory, kept out of git by a file of its own."""
        home = Path(await self.ledger_path()).parent
        ignore = home / ".gitignore"
        if create and home.name == HOME and not ignore.exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore.write_text("*\n", encoding="utf-8")
        return home

    async def ledger(self, stack: AsyncExitStack, look: Look, *, reads_only: bool) -> tuple[Ledger, list[str]]:
        """The ledger to work with, and what a reader of a plan must know about it."""
        notices: list[str] = []
        path = look.ledger_from or await self.ledger_path()
        if look.ledger_from is None and reads_only and not await anyio.Path(path).exists():
            notices.append(f"no ledger at {path}; --ledger-from reads a copy of one")
            path = ":memory:"
        elif not reads_only:
            await self.home(create=True)
        ledger = await open_ledger(path, offload=self.store, read_only=look.ledger_from is not None)
        stack.push_async_callback(ledger.close)
        return ledger, notices

    async def watched(self) -> Sequence[str]:
        """What to watch for hints; a remote repository only has the timer."""
        return await self.source.watched()

    def _progress(self, stack: AsyncExitStack) -> Progress:
        if not self.terminal:
            return NoProgress()
        progress = TerminalProgress(sys.stderr, self.clock.monotonic, width=shutil.get_terminal_size().columns)
        stack.callback(progress.close)
        return progress

    async def _snapshot(self, look: Look) -> Snapshot:
        if isinstance(self.source, RemoteSource) and look.revision is None:
            await self.source.head()
        return await (self._worktree() if look.worktree else self.source.snapshot(look.revision))

    async def _worktree(self) -> Snapshot:
        return await (self.source.worktree() if isinstance(self.source, LocalSource) else self.source.snapshot())

    async def _read_secret(self, path: str) -> bytes:
        return await self.files.read(path, size_max=64 * 1024)


@asynccontextmanager
async def house(settings: Settings, environ: Mapping[str, str], *, terminal: bool) -> AsyncIterator[House]:
    """Open the source that the settings name."""
    files = DiskFiles(ThreadOffload())
    source = open_source(settings, files=files, git=GitCli())
    yield House(settings=settings, environ=environ, terminal=terminal, source=source, files=files)
