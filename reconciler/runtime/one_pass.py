"""One pass: gather, decide, gate, apply, record. The whole story of the service, readable top to bottom.

Both `plan` and `--once` and every turn of the service are this function; a plan is the same pass stopped after the
gate. Nothing is written before every check has passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import anyio

from reconciler.core import assembly, freeze, gate, planner, selection
from reconciler.core.planner import Rules
from reconciler.errors import ProviderError, TimedOut, UnsafePlan, UsageError, WrongOrganization
from reconciler.model import moment
from reconciler.model.change import Cause, Change
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.identity import Key
from reconciler.model.plan import Forecast, Plan
from reconciler.model.policy import Policy
from reconciler.report import planfile
from reconciler.runtime import recordings, recovery, refusals, settling, web_sources
from reconciler.runtime.apply import Application
from reconciler.runtime.gather import Facts, gather, regather
from reconciler.runtime.parts import Loader, Mode, Parts, PassResult, Request, Trigger
from reconciler.runtime.recovery import Interrupted
from reconciler.runtime.together import together, unless_stopped

ANSWERED = ("REC1202", refusals.RING)
"""Warnings that leave a question to the plan, whether a name exists, or a ring: the plan tells the answer itself."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A pass up to the gate."""

    desired: DesiredState
    facts: Facts
    interrupted: Interrupted
    result: PassResult


async def run(parts: Parts, load: Loader, request: Request, stop: anyio.Event) -> PassResult:
    """Make one pass.

    Raises DesiredStateError before any request when the manifests are wrong, ProviderError when the platform cannot
    be observed or takes too long, WrongOrganization, UsageError for unknown names, UnsafePlan for a stale plan,
    Stopped when a stop was asked for before anything was decided. What happens to single changes is in the result.
    """
    begun, spent = parts.clock.now(), parts.platform.spent
    end = parts.clock.monotonic() + parts.timing.pass_seconds
    decided = await unless_stopped(stop, partial(_decide_in_time, parts, load, request, spent))
    result, desired = decided.result, decided.desired
    if request.mode is not Mode.APPLY:
        return result
    if request.expected is not None and (reasons := planfile.stale(request.expected, result.plan)):
        raise UnsafePlan(reasons)
    if protection := planner.protection(desired.resources, decided.facts.applied):
        await parts.ledger.protect(protection)
    await settling.tell_what_is_held(
        parts, result.plan, desired, whole=not request.names, examined=_to_examine(request, desired)
    )
    if not result.stood_in_the_way and result.plan.waves:
        parts.progress.phase("applying")
        conditions = await parts.ledger.conditions()
        closed = _closed_since(parts, desired, request, begun, end)
        application = Application(parts, result.plan, desired, stop, decided.interrupted.resumable, conditions, closed)
        result = replace(result, outcomes=await application.run())
    result = replace(result, prompts=recordings.ready(decided.facts.pairs, result.outcomes))
    if not request.names:
        await recovery.withdraw_settled(parts, decided.interrupted, result.plan)
    record = settling.pass_record(parts, result, begun=begun, spent=spent)
    await parts.ledger.record_pass(record, desired.environment.webhooks)
    return result


async def _decide_in_time(parts: Parts, load: Loader, request: Request, spent: int) -> Decided:
    try:
        with anyio.fail_after(parts.timing.pass_seconds):
            return await _decide(parts, load, request, spent)
    except TimeoutError:
        raise TimedOut(f"{_overrun(parts)}. Nothing was decided and nothing written.") from None


async def _decide(parts: Parts, load: Loader, request: Request, spent: int) -> Decided:
    """Gather, plan and judge. Sends nothing that changes the platform but what recovery has to undo."""
    parts.progress.phase("reading the desired state")
    desired = await load()
    parts.platform.begin_pass()
    bound = await organization(parts, desired.environment, request.mode)
    desired = await web_sources.completed(parts, desired, request.mode, deep=request.deep)
    interrupted = await recovery.earlier_writes(parts, desired, request)
    parts.progress.phase("observing Genesys Cloud")
    examine = _to_examine(request, desired)
    facts = await gather(parts, desired, examine=examine)
    plan = await _plan(parts, desired, facts, interrupted, request, bound)
    if missing := recordings.missing(plan):
        desired = await web_sources.completed(parts, desired, request.mode, fetch=missing)
        facts = await regather(parts, desired, facts, examine=examine)
        plan = await _plan(parts, desired, facts, interrupted, request, bound)
    plan = await recordings.converted(parts.converter, plan, desired.environment.policy)
    plan = replace(plan, forecast=_forecast(parts, plan, spent), has_ledger=parts.has_ledger)
    result = PassResult(
        plan=plan,
        verdict=_judge(plan, desired, facts, request),
        outcomes={},
        warnings=tuple(warning for warning in desired.warnings if warning.code not in ANSWERED),
        frozen=_frozen(parts, desired, request),
    )
    return Decided(desired, facts, interrupted, result)


async def organization(parts: Parts, environment: Environment, mode: Mode) -> str:
    """The organisation these credentials reach, refused when the manifest or the ledger says another."""
    organization = await parts.platform.organization()
    expected = environment.organization
    if expected is not None and expected != organization:
        raise WrongOrganization(
            f"These credentials belong to organisation {organization}, environment {environment.name!r} "
            f"is for {expected}. Check the credentials, or spec.organization in the Environment document."
        )
    bound = await parts.ledger.organization()
    if bound is not None and bound != organization:
        raise WrongOrganization(
            f"This ledger belongs to organisation {bound}, the credentials reach {organization}. "
            "Use the credentials of the first, or another RECONCILE_LEDGER_URL for the second."
        )
    if bound is None and mode is Mode.APPLY:
        await parts.ledger.bind(organization)
    return organization


async def _plan(
    parts: Parts,
    desired: DesiredState,
    facts: Facts,
    interrupted: Interrupted,
    request: Request,
    organization: str,
) -> Plan:
    conditions = await parts.ledger.conditions()
    take = {pair.key: request.take for pair in facts.pairs} if request.take and request.names else {}
    rules = Rules(
        policy=_policy(desired, request),
        compare=parts.compare,
        halfway=parts.halfway,
        cosmetic=parts.cosmetic,
        now=parts.clock.now(),
        drift_since={key: moment.read(c.since) for key, c in conditions.items() if c.text.startswith("drift")},
        interrupted=interrupted.resumable,
        take=take,
        adopting=parts.has_ledger,
    )
    changes = [change for pair in facts.pairs if (change := planner.decide(pair, rules)) is not None]
    if request.names:
        changes = _selected(changes, request.names, desired)
    if request.mode is not Mode.COMPARE:
        refusals.of_rings(changes, desired)
        await refusals.of_absent_names(parts, changes, desired)
    drifts = await together({change.key: partial(_attributed, parts, change) for change in changes})
    changes = [drifts[change.key] for change in changes]
    return assembly.assemble(
        changes,
        desired,
        organization=organization,
        in_sync=0 if request.names else len(desired.resources.keys() - {change.key for change in changes}),
        suspensions=assembly.in_force(await parts.ledger.suspensions(), parts.clock.now()),
        undecided=interrupted.undecided,
        hints=parts.hints(changes),
    )


def _to_examine(request: Request, desired: DesiredState) -> frozenset[Key]:
    return selection.named(request.names, desired.resources) if request.deep else frozenset()


def _policy(desired: DesiredState, request: Request) -> Policy:
    policy = desired.environment.policy
    return replace(policy, prune=False) if request.names else policy


def _selected(changes: Sequence[Change], names: Sequence[str], desired: DesiredState) -> list[Change]:
    if unknown := selection.unknown(names, changes, desired.resources):
        guess = selection.meant(unknown[0], changes, desired.resources)
        advice = f"Did you mean {guess}?" if guess else "Write a name or Kind/name as `status` lists them."
        raise UsageError(f"Nothing is called {unknown[0]!r} here. {advice}")
    return selection.select(names, changes)


async def _attributed(parts: Parts, change: Change) -> Change:
    """Who moved the platform, for changes where that matters."""
    if change.cause not in (Cause.DRIFT, Cause.BOTH) or change.observed is None:
        return change
    try:
        drift = await parts.remotes[change.key.kind].attribute(change.observed)
    except ProviderError:
        return change  # knowing who is a courtesy; not knowing must not stop the pass
    return replace(change, drift=drift)


def _forecast(parts: Parts, plan: Plan, spent_before: int) -> Forecast:
    changes: Mapping[Key, Change] = {change.key: change for change in plan.changes}
    forecast = sum(parts.remotes[key.kind].requests_for(changes[key]) for wave in plan.waves for key in wave)
    seconds = forecast * 60.0 / parts.platform.requests_per_minute
    return Forecast(spent=parts.platform.spent - spent_before, forecast=forecast, seconds=round(seconds, 1))


def _judge(plan: Plan, desired: DesiredState, facts: Facts, request: Request) -> gate.Verdict:
    existing = Counter(key.kind for key in facts.applied)
    verdict = gate.judge(plan, desired.environment.policy, existing=existing, wanted=len(desired.resources))
    reviewed = request.force or request.expected is not None
    if reviewed and verdict.forceable:
        return gate.Verdict()
    return verdict


def _frozen(parts: Parts, desired: DesiredState, request: Request) -> str:
    """Why a freeze window keeps the pass from writing now, empty when none does."""
    windows = desired.environment.policy.freeze
    opening = freeze.judge(windows, parts.clock.now(), manual=request.trigger is Trigger.MANUAL)
    if opening.allowed:
        return ""
    again = f"; it opens at {moment.text(opening.next_opening)}" if opening.next_opening else ""
    return f"{opening.reason}{again}"


def _closed_since(
    parts: Parts, desired: DesiredState, request: Request, begun: datetime, end: float
) -> Callable[[], str]:
    """Asks before each change whether a pass let in at `begun` may still write.

    A freeze window may have come up (`syncOverrun`), the platform may be in trouble, or the monotonic `end` is over.
    """
    windows, manual = desired.environment.policy.freeze, request.trigger is Trigger.MANUAL

    def closed() -> str:
        frozen = freeze.judge_overrun(windows, begun=begun, now=parts.clock.now(), manual=manual).reason
        late = f"{_overrun(parts)}; the next pass goes on" if parts.clock.monotonic() >= end else ""
        return frozen or parts.platform.held_back or late

    return closed


def _overrun(parts: Parts) -> str:
    return f"The pass has taken longer than RECONCILE_PASS_DEADLINE ({parts.timing.pass_seconds:.0f} s)"
