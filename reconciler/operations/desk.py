"""Where a person's request meets the running house: what an operation may use, and what it answers.

An operation is a function of a desk and JSON arguments. The same function serves a command that opened the ledger
itself and one that asked the running service over its socket, so both answer alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reconciler.model.desired import DesiredState
from reconciler.ports import Clock, Files, Ledger, Offload
from reconciler.runtime.parts import Parts, PassResult, Request
from reconciler.runtime.standing import Standing
from reconciler.source.branching import Branching
from reconciler.source.snapshot import Snapshot

T = TypeVar("T")


async def here(work: Callable[[], T], /) -> T:
    """`Offload` where nobody waits meanwhile."""
    return work()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`output` goes to stdout as it is; `facts` are for a caller that goes on working with the answer."""

    exit: int = 0
    output: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Desk:
    """What is at hand. `parts` and `make_pass` are None where no platform was opened."""

    ledger: Ledger
    clock: Clock
    parts: Parts | None = None
    make_pass: Callable[[Request], Awaitable[PassResult]] | None = None
    drain: Callable[[float], Awaitable[None]] | None = None
    """Deliver what is due for up to so many seconds; what is left waits in the outbox and is logged."""
    wanted: Callable[[], Awaitable[DesiredState]] | None = None
    """The desired state of the newest commit."""
    wake: Callable[[], None] = lambda: None
    """Tell the running service to look again."""
    deliver: Callable[[], None] = lambda: None
    """Tell the running service that webhooks are due."""
    files: Files | None = None
    """The machine's files, for what is written for a person to look at."""
    offload: Offload = here
    """Runs work that takes a while off the event loop."""
    home: Callable[[], Awaitable[tuple[str, str] | None]] | None = None
    """The top of the source's repository and the source directory in it; None while there is no such directory."""
    branches: Branching | None = None
    """The repository that holds the source, to commit to; None for a clone of ours."""
    load: Callable[[Snapshot], Awaitable[DesiredState]] | None = None
    """A desired state from other files than the newest commit's."""
    standing: Standing | None = None
    notices: Sequence[str] = ()
    """Sentences for the reader of a plan: `3 uncommitted files not included`."""

    async def passed(self, request: Request) -> PassResult:
        assert self.make_pass is not None, "this desk was opened without the platform"  # noqa: S101
        return await self.make_pass(request)


Operation = Callable[[Desk, Mapping[str, Any]], Awaitable[Answer]]
