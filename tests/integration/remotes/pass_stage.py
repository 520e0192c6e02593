"""Whole passes against the sandbox: a ledger on disk, time that moves by hand, and a process that can die.

`Town` is one organisation with one ledger; `Town.turn` makes a pass in a process of its own. A process dies at its
n-th request, before it leaves or after the platform has answered, and nothing of it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import anyio
import httpx
from remote_stage import Counting, Halves, Stage, inline

from reconciler.errors import ReconcilerError
from reconciler.genesys.platform import GenesysPlatform
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.kinds.call_route import order
from reconciler.kinds.registry import COMPARE, COSMETIC, HALFWAY, RECOGNISED
from reconciler.ledger.store import open_ledger
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.identity import Key
from reconciler.model.outcome import Intent, Suspension
from reconciler.model.policy import Policy
from reconciler.model.resource import Applied, Desired
from reconciler.ports import Ledger
from reconciler.report.progress import NoProgress
from reconciler.runtime import one_pass
from reconciler.runtime.parts import Mode, Parts, PassResult, Request, Timing, Trigger


class Crash(BaseException):
    """The process is gone."""


class Trouble(Enum):
    """What happens at the n-th request of a process."""

    DIES_BEFORE = "dies with the request unsent"
    DIES_AFTER = "dies with the answer unread"
    UNPLUGGED = "loses the network for good"
    ANSWER_LOST = "loses one answer"
    REFUSED = "is refused once"


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The way to the platform, with trouble at request number `at`; what is dead sends nothing more."""

    inner: httpx.AsyncBaseTransport
    trouble: Trouble | None = None
    at: int = 0
    sent: int = 0
    dead: bool = False
    struck: str = ""
    """The request that the trouble struck."""
    town: Town | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.dead:
            raise Crash
        self.sent += 1
        if self.town is not None and self.town.happens(request):
            self.dead = True
            raise Crash
        strikes = self.sent == self.at or (self.trouble is Trouble.UNPLUGGED and 0 < self.at < self.sent)
        if not strikes:
            return await self._sent_on(request)
        self.struck = self.struck or f"{request.method} {request.url.path}"
        match self.trouble:
            case Trouble.UNPLUGGED:
                raise httpx.ConnectError("the network is gone")
            case Trouble.REFUSED:
                body = {"message": "No.", "code": "bad.request", "status": 400}
                return httpx.Response(400, json=body, request=request)
            case Trouble.DIES_BEFORE:
                self.dead = True
                raise Crash
        response = await self.inner.handle_async_request(request)
        await response.aread()
        await response.aclose()
        if self.trouble is Trouble.ANSWER_LOST:
            raise httpx.ReadError("the connection was reset")
        self.dead = True
        raise Crash

    async def _sent_on(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        rewrite = self.town.rewrite if self.town is not None else None
        if rewrite is None or "json" not in response.headers.get("content-type", ""):
            return response
        content = (await response.aread()).replace(rewrite.old, rewrite.new)
        await response.aclose()
        headers = {k: v for k, v in response.headers.items() if k not in ("content-length", "content-encoding")}
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass(frozen=True)
class Rewriting:
    """The platform says something else than the sandbox."""

    old: bytes
    new: bytes


@dataclass
class Town:
    """One organisation, one ledger, one desired state."""

    stage: Stage
    folder: Path
    wanted: dict[Key, Desired] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    revision: int = 0
    process: int = 0
    line: Line = None  # type: ignore[assignment]
    rewrite: Rewriting | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Further parts of its processes."""
    _occasion: tuple[Callable[[httpx.Request], bool], Callable[[], object]] | None = None
    _dying: bool = False

    def when(self, applies: Callable[[httpx.Request], bool], act: Callable[[], object]) -> None:
        """Do something once, right before the first request that applies leaves."""
        self._occasion = applies, act

    def die(self) -> None:
        self._dying = True

    def happens(self, request: httpx.Request) -> bool:
        """True when the process is to die now."""
        if self._occasion is not None and self._occasion[0](request):
            _, act = self._occasion
            self._occasion = None
            act()
        dying, self._dying = self._dying, False
        return dying

    def want(self, *desired: Desired, policy: Policy | None = None) -> None:
        """A new commit that declares these objects and nothing else; routes need their flows."""
        keys = {one.key.name: one.key for one in desired if one.key.kind == "Flow"}

        def needs(one: Desired) -> frozenset[Key]:
            named = {one.spec.get(word) for word in ("open", "closed", "holiday")} & keys.keys()
            return frozenset(keys[name] for name in named)

        self.wanted = {one.key: replace(one, depends_on=one.depends_on | needs(one)) for one in desired}
        self.policy = policy or self.policy
        self.revision += 1

    def desired(self) -> DesiredState:
        environment = Environment(name="test", policy=self.policy)
        return DesiredState(revision=f"r{self.revision}", commit=None, environment=environment, resources=self.wanted)

    async def turn(self, *, trouble: Trouble | None = None, at: int = 0, **request: Any) -> PassResult:
        """One pass in a new process. Raises Crash, or a group of it, when the process dies on the way."""
        self.process += 1

        def wrap(inner: httpx.AsyncBaseTransport) -> Line:
            self.line = Line(inner, trouble, at, town=self)
            return self.line

        self.stage.become("reconciler", RemoteSettings(concurrency_max=1), wrap=wrap)
        ledger = await open_ledger(self.folder / "ledger.db", offload=inline)
        try:
            return await one_pass.run(self._parts(ledger), self._load, _request(**request), anyio.Event())
        finally:
            await ledger.close()

    async def troubled(self, trouble: Trouble, *, at: int) -> bool:
        """Make a pass with trouble at the n-th request; False when it ended before."""
        try:
            await self.turn(trouble=trouble, at=at)
        except (Crash, ReconcilerError):
            pass
        except BaseExceptionGroup as group:
            if group.split(Crash)[1] is not None:
                raise
        return bool(self.line.struck)

    def _parts(self, ledger: Ledger) -> Parts:
        async def unread(_: Mapping[str, Any]) -> None:
            """Nobody tails the audit stream."""

        stage = self.stage
        return Parts(
            clock=stage.time,
            rng=Halves(),
            ids=Numbered(self.process),
            ledger=ledger,
            platform=GenesysPlatform(client=stage.client, names=stage.names, trail=stage.trail),
            remotes=stage.remotes,
            compare=COMPARE,
            halfway=HALFWAY,
            cosmetic=COSMETIC,
            recognised=RECOGNISED,
            hints=order.number_moves,
            progress=NoProgress(),
            audit_line=unread,
            timing=Timing(concurrency=1),
            **self.more,
        )

    async def _load(self) -> DesiredState:
        return self.desired()

    # -- what there is to see ----------------------------------------------------------------------------------

    async def remembered(self) -> Mapping[Key, Applied]:
        return await self._asked(lambda ledger: ledger.recall())

    async def intents(self) -> Sequence[Intent]:
        return await self._asked(lambda ledger: ledger.intents())

    async def suspend(self, suspension: Suspension) -> None:
        await self._asked(lambda ledger: ledger.suspend(suspension))

    async def audit(self) -> list[tuple[str, str, str]]:
        """Name, action and result of every entry."""
        entries = await self._asked(lambda ledger: ledger.audit())
        return [(entry["name"], entry["action"], entry["result"]) for entry in entries]

    async def _asked(self, question: Any) -> Any:
        ledger = await open_ledger(self.folder / "ledger.db", offload=inline)
        try:
            return await question(ledger)
        finally:
            await ledger.close()


class Numbered(Counting):
    """Ids that no other process of the same test makes."""

    def __init__(self, process: int) -> None:
        super().__init__()
        self.process = process

    def new(self) -> str:
        return f"p{self.process}-{super().new()}"


def _request(*, mode: Mode = Mode.APPLY, **more: Any) -> Request:
    return Request(mode=mode, trigger=Trigger.MANUAL, **more)


def blocked(result: PassResult) -> dict[str, str]:
    return {change.key.name: change.blocked.reason for change in result.plan.changes if change.blocked is not None}


def ended(result: PassResult) -> dict[str, str]:
    return {key.name: str(outcome.result) for key, outcome in result.outcomes.items()}
