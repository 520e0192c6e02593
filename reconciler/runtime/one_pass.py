"""One pass: gather, decide, gate, apply, record. The whole story of the service, readable top to bottom.

Both `plan` and `--once` and every turn of the service are this function; a plan is the same pass stopped after the
gate. Nothing is written before every check has passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import anyio

from reconciler.core import assembly, freeze, gate, planner, selection
from reconciler.core.planner import Rules
from reconciler.errors import DesiredStateError, ProviderError, UnsafePlan, UsageError, WrongOrganization
from reconciler.model import moment
from reconciler.model.change import Action, Cause, Change
from reconciler.model.desired import DesiredState
from reconciler.model.event import Result
from reconciler.model.identity import Key
from reconciler.model.outcome import PLANNED, PassRecord
from reconciler.model.plan import Forecast, Plan
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.report import planfile
from reconciler.runtime import recovery, settling
from reconciler.runtime.apply import Application
from reconciler.runtime.gather import Facts, gather
from reconciler.runtime.parts import Loader, Mode, Parts, PassResult, Request, Trigger
from reconciler.runtime.recovery import Interrupted

EXTERNAL = "REC1202"
"""The warning that a name is looked up at plan: by the time there is a plan, it was."""
ABSENT = "REC1290"


async def run(parts: Parts, load: Loader, request: Request, stop: anyio.Event) -> PassResult:
    """Make one pass.

    Raises DesiredStateError before any request when the manifests are wrong, ProviderError when the platform cannot
    be observed, WrongOrganization, UsageError for a stale plan or unknown names. What happens to single changes is
    in the result.
    """
    parts.progress.phase("reading the desired state")
    desired = await load()
    begun = parts.clock.now()
    spent = parts.platform.spent
    parts.platform.begin_pass()
    organization = await _organization(parts, desired, request.mode)
    interrupted = await _interrupted(parts, desired, request)
    parts.progress.phase("observing Genesys Cloud")
    facts = await gather(parts, desired)
    plan = await _plan(parts, desired, facts, interrupted, request, organization)
    plan = replace(plan, forecast=_forecast(parts, plan, spent), has_ledger=parts.has_ledger)
    verdict = _judge(plan, desired, facts, request)
    opening = freeze.judge(
        desired.environment.policy.freeze, parts.clock.now(), manual=request.trigger is Trigger.MANUAL
    )
    result = PassResult(
        plan=plan,
        verdict=verdict,
        outcomes={},
        warnings=tuple(warning for warning in desired.warnings if warning.code != EXTERNAL),
        frozen="" if opening.allowed else _frozen(opening),
    )
    if request.mode is Mode.PLAN:
        return result
    if request.expected is not None and (reasons := planfile.stale(request.expected, plan)):
        raise UnsafePlan(reasons)
    conditions = await parts.ledger.conditions()
    if protection := planner.protection(desired.resources, facts.applied):
        await parts.ledger.protect(protection)
    await settling.tell_what_is_held(parts, plan, desired)
    if not result.stood_in_the_way and plan.waves:
        parts.progress.phase("applying")
        application = Application(parts, plan, desired, stop, interrupted.resumable, conditions)
        outcomes = await application.run()
        result = replace(result, outcomes=outcomes, stopped=stop.is_set() and len(outcomes) < _size(plan))
    if not request.names:
        await _withdraw_settled(parts, interrupted, result)
    await parts.ledger.record_pass(_record(parts, result, begun, spent), desired.environment.webhooks)
    return result


async def _organization(parts: Parts, desired: DesiredState, mode: Mode) -> str:
    """The organisation these credentials reach, refused when the manifest or the ledger says another."""
    organization = await parts.platform.organization()
    expected = desired.environment.organization
    if expected is not None and expected != organization:
        raise WrongOrganization(
            f"These credentials belong to organisation {organization}, environment {desired.environment.name!r} "
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


async def _interrupted(parts: Parts, desired: DesiredState, request: Request) -> Interrupted:
    """Earlier writes without an end. A plan only knows of them; a manual run waits the settle window out once."""
    if request.mode is Mode.PLAN:
        open_intents = await parts.ledger.intents()
        message = "it was interrupted; the next applying pass looks at it first"
        return Interrupted(
            resumable={i.key: i for i in open_intents if i.stage == PLANNED},
            undecided={i.key: message for i in open_intents if i.stage != PLANNED},
        )
    now = settling.circumstances(parts, desired)
    left = await recovery.recover(parts, desired, now)
    if left.wait_seconds > 0 and request.trigger is Trigger.MANUAL:
        parts.progress.phase(f"waiting {left.wait_seconds:.0f} s until an unanswered write must have surfaced")
        await parts.clock.sleep(left.wait_seconds)
        left = await recovery.recover(parts, desired, now)
    return left


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
        now=parts.clock.now(),
        drift_since={key: moment.read(c.since) for key, c in conditions.items() if c.text.startswith("drift")},
        interrupted=interrupted.resumable,
        take=take,
        adopting=parts.has_ledger,
    )
    changes = [change for pair in facts.pairs if (change := planner.decide(pair, rules)) is not None]
    if request.names:
        changes = _selected(changes, request.names, desired)
    await _refuse_absent(parts, changes, desired)
    changes = [await _attributed(parts, change) for change in changes]
    return assembly.assemble(
        changes,
        desired,
        organization=organization,
        in_sync=0 if request.names else len(desired.resources.keys() - {change.key for change in changes}),
        suspensions=assembly.in_force(await parts.ledger.suspensions(), parts.clock.now()),
        undecided=interrupted.undecided,
        hints=parts.hints(changes),
    )


def _policy(desired: DesiredState, request: Request) -> Policy:
    policy = desired.environment.policy
    return replace(policy, prune=False) if request.names else policy


def _selected(changes: Sequence[Change], names: Sequence[str], desired: DesiredState) -> list[Change]:
    if unknown := selection.unknown(names, changes, desired.resources):
        raise UsageError(f"Nothing is called {unknown[0]!r} here. Write a name or Kind/name as `status` lists them.")
    return selection.select(names, changes)


async def _refuse_absent(parts: Parts, changes: Sequence[Change], desired: DesiredState) -> None:
    """Names that no manifest declares must exist on the platform before anything is written."""
    externals = [
        external
        for change in changes
        if change.action in (Action.CREATE, Action.UPDATE) and change.desired is not None
        for external in change.desired.externals
    ]
    absent = await parts.platform.absent(externals) if externals else ()
    if absent:
        raise DesiredStateError(
            [
                Problem(
                    external.location,
                    ABSENT,
                    f"{external.kind} {external.name!r} is declared by no manifest and the platform does not have it.",
                    f"Create it in Genesys Cloud, declare it here, or correct the name ({desired.environment.name}).",
                )
                for external in absent
            ]
        )


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


def _frozen(opening: freeze.Opening) -> str:
    again = f"; it opens at {moment.text(opening.next_opening)}" if opening.next_opening else ""
    return f"{opening.reason}{again}"


def _size(plan: Plan) -> int:
    return sum(len(wave) for wave in plan.waves)


async def _withdraw_settled(parts: Parts, interrupted: Interrupted, result: PassResult) -> None:
    """Drop intents that came to nothing and that this plan did not need to continue."""
    planned = {change.key for change in result.plan.changes}
    for key, intent in interrupted.resumable.items():
        if key not in planned:
            await parts.ledger.withdraw(intent.op_id)


def _record(parts: Parts, result: PassResult, begun: datetime, spent: int) -> PassRecord:
    outcomes = Counter(outcome.result for outcome in result.outcomes.values())
    return PassRecord(
        pass_id=parts.ids.new(),
        revision=result.plan.revision,
        started_at=moment.text(begun),
        ended_at=moment.text(parts.clock.now()),
        result=_word(result),
        message=result.frozen or " ".join(result.verdict.reasons),
        applied=outcomes[Result.APPLIED],
        failed=outcomes[Result.FAILED] + outcomes[Result.UNKNOWN],
        blocked=result.plan.counts.blocked + outcomes[Result.BLOCKED],
        requests=parts.platform.spent - spent,
    )


def _word(result: PassResult) -> str:
    if result.stood_in_the_way:
        return "frozen" if result.frozen else "over_threshold"
    return {0: "succeeded", 1: "failed"}.get(result.exit_code, "partial")
