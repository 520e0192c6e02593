"""What a process is made of: source, ledger, platform and webhooks, each opened when somebody needs it.

`command.py` opens it for one operation, `lifetime.py` for the service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import structlog

from reconciler import __version__
from reconciler.adapters import converter, http
from reconciler.adapters.archive import DirectoryArchive
from reconciler.adapters.chance import SystemIds, SystemRng
from reconciler.adapters.clock import SystemClock
from reconciler.adapters.files import DiskFiles
from reconciler.adapters.git import GitCli
from reconciler.adapters.offload import ThreadOffload
from reconciler.adapters.tail import AuditTail
from reconciler.adapters.web_files import HttpWebFiles
from reconciler.bootstrap import platform
from reconciler.bootstrap.platform import joined
from reconciler.bootstrap.source import HOME, ledger_file, open_source
from reconciler.core import targets
from reconciler.errors import SourceError, StoreError
from reconciler.kinds.call_route import order
from reconciler.kinds.manifest import AudioRules
from reconciler.kinds.registry import COMPARE, COSMETIC, HALFWAY, RECOGNISED
from reconciler.ledger import audit
from reconciler.manifests import given, loader
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.linking import Judge
from reconciler.manifests.variables import NONE_GIVEN, Value
from reconciler.model.desired import DesiredState
from reconciler.operations.desk import Answer
from reconciler.ports import Converter, Ledger, Progress, WebFiles
from reconciler.runtime.delivery import Courier
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.parts import Parts, Timing
from reconciler.settings import Settings
from reconciler.source.branching import Branching
from reconciler.source.local import LocalSource
from reconciler.source.remote import RemoteSource
from reconciler.source.snapshot import Snapshot

log = structlog.get_logger("reconciler")

VARIABLES_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which files a plan looks at, and which ledger it knows."""

    worktree: bool = False
    revision: str | None = None
    ledger_from: str | None = None


@dataclass(slots=True, kw_only=True)
class House:
    """Settings and adapters of one process; `terminal` says whether a person watches stderr."""

    settings: Settings
    environ: Mapping[str, str]
    terminal: bool
    source: LocalSource | RemoteSource
    files: DiskFiles
    converter: Converter
    clock: SystemClock = field(default_factory=SystemClock)
    rng: SystemRng = field(default_factory=SystemRng)
    ids: SystemIds = field(default_factory=SystemIds)
    store: ThreadOffload = field(default_factory=ThreadOffload)
    parse: ThreadOffload = field(default_factory=ThreadOffload)
    cache: ParseCache = field(default_factory=ParseCache)
    metrics: Metrics = field(default_factory=Metrics)
    may_be_new: bool = False
    """For a command that makes sense before the source directory is there."""
    _wanted: DesiredState | None = None
    _head: str | None = None
    _forgotten: bool = False

    async def validate(self, *, output: str, revision: str | None, variables: str | None) -> Answer:
        """Check the working tree, or a commit, without ledger, credentials or network; with the variables of a file."""

        from reconciler.operations import validation  # brings the simulator, which no other command needs

        values = await self._given(variables) if variables else NONE_GIVEN
        look = partial(self.look, revision, Judge.US, values)
        return await validation.validate(look, output=output, now=self.clock.now())

    async def _given(self, path: str) -> Mapping[str, Value]:
        place = str(await anyio.Path(path).absolute())
        return given.read(await self.files.read(place, size_max=VARIABLES_BYTES_MAX), path)

    async def look(
        self, revision: str | None, judge: Judge = Judge.PLAN, values: Mapping[str, Value] = NONE_GIVEN
    ) -> DesiredState:
        """The desired state of the working tree, or of a commit, without ledger, credentials or network."""
        return await self.load(await (self.source.snapshot(revision) if revision else self._worktree()), judge, values)

    async def load(
        self, snapshot: Snapshot, judge: Judge = Judge.PLAN, values: Mapping[str, Value] = NONE_GIVEN
    ) -> DesiredState:
        desired = await loader.load_desired(
            snapshot,
            environment=self.settings.environment,
            process_variables=self.environ,
            given=values,
            cache=self.cache,
            offload=self.parse,
            read_secret=self._read_secret,
            audio=AudioRules(
                converter_remedy=self.converter.remedy, allow=targets.parse_allow(self.settings.webhook_allow)
            ),
            judge=judge,
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
        last_good = self._wanted
        try:
            head, self._head = self._head or await self.source.head(), None
            if last_good is None or last_good.revision != head or self._forgotten:
                self._wanted = last_good = await self.load(await self.source.snapshot())
                self._forgotten = False
        except SourceError:
            if last_good is None:
                raise
        return last_good

    def forget(self) -> None:
        """Load again at the next look though git did not move: secrets in files may have."""
        self._forgotten = True

    async def ledger_path(self) -> str:
        """The ledger's file: a setting, or `.reconciler/ledger.db` at the top of the repository."""
        if self.settings.ledger_url is not None:
            return ledger_file(self.settings.ledger_url)
        return str(Path(await self.top()) / HOME / "ledger.db")

    async def top(self) -> str:
        """The top of the repository; for a remote repository the working directory."""
        if not isinstance(self.source, LocalSource):
            return "."
        return await (self.source.nearest_top() if self.may_be_new else self.source.top())

    def branches(self) -> Branching | None:
        """The repository on this machine to commit to."""
        return Branching(GitCli(), self.files) if isinstance(self.source, LocalSource) else None

    async def source_place(self) -> tuple[str, str] | None:
        """The top of the repository on this machine and the source directory in it; None when there is none."""
        if not isinstance(self.source, LocalSource):
            return None
        try:
            return await self.source.place()
        except SourceError:
            return None

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
                count=self.metrics.count_request,
            )
        )
        return Parts(
            clock=self.clock,
            rng=self.rng,
            ids=self.ids,
            ledger=ledger,
            platform=side.platform,
            remotes=side.remotes,
            contents=side.contents,
            compare=COMPARE,
            halfway=HALFWAY,
            cosmetic=COSMETIC,
            recognised=RECOGNISED,
            hints=order.number_moves,
            progress=progress,
            audit_line=lambda entry: tail.write(audit.line(entry)),
            converter=self.converter,
            web_files=self._web_files(stack),
            timing=Timing(
                concurrency=self.settings.concurrency,
                settle_window_seconds=self.settings.settle_window_seconds,
                pass_seconds=self.settings.pass_deadline_seconds,
            ),
        )

    def courier(self, stack: AsyncExitStack, ledger: Ledger) -> Courier:
        allow = targets.parse_allow(self.settings.webhook_allow)
        transport = http.guarded_transport(allow)
        stack.push_async_callback(transport.aclose)
        return Courier(
            ledger=ledger, transport=transport, clock=self.clock, rng=self.rng, told=self.metrics.count_delivery
        )

    def _web_files(self, stack: AsyncExitStack) -> WebFiles:
        transport = http.guarded_transport(targets.parse_allow(self.settings.webhook_allow))
        stack.push_async_callback(transport.aclose)
        return HttpWebFiles(transport, user_agent=f"reconciler/{__version__}")

    async def home(self, *, create: bool) -> Path:
        """Our own directory, kept out of git by a file of its own."""
        home = Path(await self.ledger_path()).parent
        ignore = home / ".gitignore"
        if create and home.name == HOME and not ignore.exists():
            try:
                home.mkdir(mode=0o700, parents=True, exist_ok=True)
                ignore.write_text("*\n", encoding="utf-8")
            except OSError as error:
                raise StoreError(
                    f"{home} cannot be made ({error.strerror}), so nothing could be remembered. "
                    "Make it writable, or set RECONCILE_LEDGER_URL to a file elsewhere."
                ) from error
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
        from reconciler.ledger.store import open_ledger  # SQLAlchemy with it, which checks of files never need

        ledger = await open_ledger(path, offload=self.store, read_only=look.ledger_from is not None)
        stack.push_async_callback(ledger.close)
        return ledger, notices

    async def watched(self) -> Sequence[str]:
        """What to watch for hints; a remote repository only has the timer."""
        return await self.source.watched()

    async def snapshot(self, look: Look) -> Snapshot:
        """The files that a plan looks at."""
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
    yield House(
        settings=settings,
        environ=environ,
        terminal=terminal,
        source=source,
        files=files,
        converter=converter.find(settings.audio_converter),
    )
