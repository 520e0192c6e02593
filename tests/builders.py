"""Literals for tests: the three sides of one object, changes and plans, with what does not matter filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.core.diff import Difference, plain
from reconciler.core.pairing import Pair
from reconciler.core.planner import Rules
from reconciler.model import digest, identity
from reconciler.model.change import Action, Cause, Change
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.identity import Key, RemoteId
from reconciler.model.plan import Plan
from reconciler.model.policy import Policy
from reconciler.model.problem import Location
from reconciler.model.resource import Applied, Desired, Holder, Observed, Spec

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WELCOME = identity.prompt("welcome")
MAIN = identity.flow("inboundCall", "Main IVR")
NUMBER = identity.call_route("Main number")
SUPERVISOR = Holder("0001", "supervisor-1")

A: Spec = {"description": "A"}
B: Spec = {"description": "B"}
C: Spec = {"description": "C"}


def compare(wanted: Spec, live: Spec) -> Sequence[Difference]:
    """The simplest kind there is: everything in the spec shows on the platform as it is written."""
    return plain(wanted, live)


def want(key: Key = WELCOME, spec: Spec = A, **other: Any) -> Desired:
    source = other.pop("source", Location(f"desired_state/{key.name.replace(' ', '-').lower()}.yaml", 3))
    return Desired(key, spec, digest.of(spec), source, **other)


def have(
    key: Key = WELCOME, spec: Spec | None = A, *, id: str | None = None, version: str = "1", **other: Any
) -> Observed:
    return Observed(key, RemoteId(id or f"id-{key.name}"), version, spec, **other)


def had(key: Key = WELCOME, spec: Spec = A, *, id: str | None = None, version: str = "1", **other: Any) -> Applied:
    """What we last applied: git wanted `spec`, and the platform showed the same after our write."""
    live = other.pop("live", spec)
    record = Applied(
        key,
        RemoteId(id or f"id-{key.name}"),
        version,
        digest.of(spec),
        "" if live == spec else digest.of(live),
        spec=spec,
        live=live,
    )
    return replace(record, **other)


def rules(policy: Policy = Policy(), **other: Any) -> Rules:  # noqa: B008 - a frozen value
    kinds = (identity.PROMPT, identity.FLOW, identity.CALL_ROUTE)
    return Rules(policy=policy, compare=dict.fromkeys(kinds, compare), now=other.pop("now", NOON), **other)


def pair(desired: Desired | None = None, observed: Any = None, applied: Applied | None = None, **other: Any) -> Pair:
    key = desired.key if desired else applied.key if applied else observed.key
    return Pair(key, desired, observed, applied, **other)


def change(
    action: Action = Action.UPDATE, key: Key = WELCOME, cause: Cause | None = Cause.INTENT, **other: Any
) -> Change:
    """A change with the sides its action usually has."""
    sides: dict[str, Any] = {}
    if action in (Action.CREATE, Action.UPDATE, Action.ADOPT):
        sides["desired"] = want(key)
    if action in (Action.UPDATE, Action.DELETE, Action.ADOPT):
        sides["observed"] = have(key, version="12")
    if action in (Action.UPDATE, Action.DELETE, Action.FORGET):
        sides["applied"] = had(key, version="12")
    return Change(action, key, cause, **{**sides, **other})


def plan(*changes: Change, **other: Any) -> Plan:
    ordered = tuple(sorted(changes, key=lambda one: one.key))
    waves = other.pop("waves", (tuple(one.key for one in ordered if one.executes),))
    sides = {"revision": "3f2a9c1", "environment": "prod", "organization": "2f7c0e0e", **other}
    return Plan(changes=ordered, waves=waves, **sides)


def state(
    *wanted: Desired, revision: str = "3f2a9c1", used_by: Mapping[Key, tuple[str, ...]] | None = None
) -> DesiredState:
    return DesiredState(
        revision=revision,
        commit=None,
        environment=Environment(name="prod"),
        resources={one.key: one for one in wanted},
        used_by=used_by or {},
    )
