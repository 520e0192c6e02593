"""What a pass is made of and how it is asked for. `bootstrap` fills `Parts`; everything else receives it."""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.core import diff, pairing
from reconciler.core.assembly import Edges
from reconciler.core.gate import Verdict
from reconciler.core.pairing import Pair
from reconciler.core.planner import Take
from reconciler.kinds.prompt.readiness import Readiness
from reconciler.model.change import Change
from reconciler.model.desired import DesiredState
from reconciler.model.event import Result
from reconciler.model.identity import Key, RemoteId
from reconciler.model.plan import Plan
from reconciler.model.problem import Problem
from reconciler.model.resource import Applied, Desired, Gone, Hidden, Observed, Spec
from reconciler.ports import Clock, Contents, Converter, Ids, Ledger, Platform, Progress, Remote, Rng, WebFiles
from reconciler.report.planfile import SavedPlan
from reconciler.report.results import ChangeResult

INSPECTIONS_MAX = 2_000
"""Inspected contents kept in memory; a published version never changes, so each is asked for once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds, except `concurrency`: changes applied at once inside a wave."""

    concurrency: int = 10
    stop_grace_seconds: float = 7.0
    """How long writes in flight may take to end after a stop was asked for; then they are recorded as unknown."""
    settle_window_seconds: float = 90.0
    """How long an unanswered create may still surface (reliability rule R2)."""
    pass_seconds: float = 7200.0
    """How long a pass may look, and begin changes; what is under way then ends by deadlines of its own."""


class LastPairing:
    """Pairs the three sides, and gives the pairs of the last time when every side is the very same value.

    Ledger, lists and manifests hand out what they have kept while nothing changes, so a quiet pass pairs nothing.
    """

    def __init__(self) -> None:
        self._sides: tuple[Any, ...] = ()
        self._observed: tuple[Observed, ...] = ()
        self._pairs: tuple[Pair, ...] = ()

    def pairs(
        self,
        desired: Mapping[Key, Desired],
        observed: tuple[Observed, ...],
        reads: Mapping[RemoteId, Observed | Gone | Hidden],
        applied: Mapping[Key, Applied],
    ) -> tuple[Pair, ...]:
        sides = (desired, applied, reads)
        if not (_same(sides, self._sides) and _same(observed, self._observed)):
            self._sides, self._observed = sides, observed
            self._pairs = pairing.pairs(desired, observed, reads, applied)
        return self._pairs


def _same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Ports and tables of one process, joined once."""

    clock: Clock
    rng: Rng
    ids: Ids
    ledger: Ledger
    platform: Platform
    remotes: Mapping[str, Remote]
    compare: Mapping[str, diff.Compare]
    hints: Callable[[Sequence[Change]], Edges]
    """Further ordering edges the kinds ask for."""
    progress: Progress
    audit_line: Callable[[Mapping[str, Any]], Awaitable[None]]
    """Takes each audit entry as it is chained, for a SIEM to tail."""
    halfway: Mapping[str, diff.Halfway] = field(default_factory=dict)
    """For kinds that are written in several steps."""
    cosmetic: Mapping[str, diff.Cosmetic] = field(default_factory=dict)
    """For kinds whose content can be spelt in several ways."""
    recognised: Mapping[str, Callable[[Spec, Spec | None], Spec]] = field(default_factory=dict)
    """For kinds whose examined content is held against what they showed before."""
    converter: Converter | None = None
    """None where nothing is ever converted."""
    web_files: WebFiles | None = None
    """None where nothing is ever fetched from the web."""
    contents: Contents | None = None
    """For exports; None where nobody asked for one."""
    timing: Timing = Timing()
    has_ledger: bool = True
    """False for a plan without a record of what was applied: drift and intent cannot be told apart then."""
    inspections: dict[tuple[RemoteId, str], Observed] = field(default_factory=dict)
    paired: LastPairing = field(default_factory=LastPairing)


class Mode(StrEnum):
    PLAN = "plan"
    COMPARE = "compare"
    """A plan for somebody who only asks what differs: what stands in the way of a write is no reason to stop."""
    APPLY = "apply"


class Trigger(StrEnum):
    """Who asked for the pass: `manual` is a person, let through freeze windows with `manualSync`."""

    MANUAL = "manual"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One pass as asked for. `names` limits it to objects named `name` or `Kind/name`; such a pass never prunes."""

    mode: Mode
    trigger: Trigger = Trigger.MANUAL
    names: tuple[str, ...] = ()
    force: bool = False
    """Pass the thresholds once."""
    deep: bool = False
    """Look at the content of every object, whatever its version, and at every web address."""
    take: Take | None = None
    """The side to keep in conflicts of the named objects."""
    expected: SavedPlan | None = None
    """A reviewed plan: the pass is refused when either side moved since, and passes the thresholds otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """Everything about a finished pass, for reports and exit codes."""

    plan: Plan
    verdict: Verdict
    outcomes: Mapping[Key, ChangeResult]
    warnings: tuple[Problem, ...] = ()
    frozen: str = ""
    """Why a freeze window stopped it, with the next opening; empty otherwise."""
    prompts: Readiness = Readiness()
    """What callers can hear at its end."""

    @property
    def stood_in_the_way(self) -> bool:
        """True when a guard kept work from being done."""
        return bool(self.plan.waves) and (bool(self.frozen) or not self.verdict.is_open)

    @property
    def exit_code(self) -> int:
        """0 in sync or applied, 1 failed with nothing applied, 3 partly applied, blocked or kept back by a guard."""
        results = [outcome.result for outcome in self.outcomes.values()]
        if Result.FAILED in results and Result.APPLIED not in results:
            return 1
        clean = all(result is Result.APPLIED for result in results)
        done = clean and not self.plan.counts.blocked and not self.stood_in_the_way
        return 0 if done else 3


Loader = Callable[[], Awaitable[DesiredState]]
