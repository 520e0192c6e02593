"""Properties of planning as a whole, on a platform and a ledger of a few lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import assembly, pairing, planner
from reconciler.model import digest, identity
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key, RemoteId
from reconciler.model.plan import Plan
from reconciler.model.policy import AdoptPolicy, Policy
from reconciler.model.resource import Applied, Desired, Gone, Observed
from reconciler.report import machine
from tests.builders import A, B, C, had, have, rules, state, want


@dataclass
class World:
    """Git, the platform and the ledger, small enough to see through."""

    desired: dict[Key, Desired]
    platform: dict[RemoteId, Observed]
    applied: dict[Key, Applied]
    policy: Policy
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def plan(self, chance: random.Random | None = None) -> Plan:
        desired, observed, applied = self.desired, list(self.platform.values()), self.applied
        if chance is not None:
            desired = dict(chance.sample(list(desired.items()), len(desired)))
            observed = chance.sample(observed, len(observed))
            applied = dict(chance.sample(list(applied.items()), len(applied)))
        reads = {one.id: Gone(one.id) for one in pairing.to_read(observed, applied)}
        found = pairing.pairs(desired, observed, reads, applied)
        changes = [change for pair in found if (change := planner.decide(pair, rules(self.policy))) is not None]
        return assembly.assemble(changes, state(*desired.values()), organization="org", in_sync=0)

    def apply(self, plan: Plan) -> None:
        by_key = {change.key: change for change in plan.changes}
        for wave in plan.waves:
            for key in wave:
                self._one(by_key[key])

    def _one(self, change: Change) -> None:
        want, base = change.desired, change.applied
        if base is not None:
            self.applied.pop(base.key, None)
        if change.action is Action.DELETE:
            del self.platform[change.id]
        if want is None:
            return
        if change.action is Action.ADOPT:
            now = change.observed
        elif change.action is Action.CREATE:
            now = have(want.key, want.spec, id=f"new-{next(self.ids)}")
        else:
            version = str(int(change.observed.version) + 1)
            now = replace(change.observed, key=want.key, spec=want.spec, version=version)
        self.platform[now.id] = now
        live = "" if digest.of(now.spec) == want.digest else digest.of(now.spec)
        self.applied[want.key] = Applied(
            want.key, now.id, now.version, want.digest, live, spec=want.spec, live=now.spec
        )


KEYS = [identity.prompt("a"), identity.prompt("b"), identity.flow("inboundCall", "a"), identity.call_route("a")]
SPECS = st.sampled_from([A, B, C])


@st.composite
def worlds(draw) -> World:
    some = st.sets(st.sampled_from(KEYS))
    desired = {key: want(key, draw(SPECS), renamed_from=draw(st.sampled_from([None, "b", "z"]))) for key in draw(some)}
    applied = {key: had(key, draw(SPECS), id=f"{key}{key.type}") for key in draw(some)}
    platform: dict[RemoteId, Observed] = {}
    for record in applied.values():
        fate = draw(st.sampled_from(["same", "same", "changed", "renamed", "deleted"]))
        spec = draw(SPECS) if fate == "changed" else record.spec
        name = {"a": "z", "b": "y"}[record.key.name] if fate == "renamed" else record.key.name
        if fate != "deleted":
            version = "2" if fate == "changed" else "1"
            platform[record.id] = have(replace(record.key, name=name), spec, id=record.id, version=version)
    taken = {one.key for one in platform.values()}
    for key in draw(some):
        if key not in taken:
            stranger = have(key, draw(SPECS), id=f"stranger-{key}{key.type}")
            platform[stranger.id] = stranger
    policy = Policy(prune=draw(st.booleans()), adopt=draw(st.sampled_from(AdoptPolicy)))
    return World(desired, platform, applied, policy)


@settings(deadline=None, max_examples=300)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_neither_plan_nor_digest(world, chance):
    plan = world.plan()
    again = world.plan(chance)
    assert again == plan
    assert machine.digest(again) == machine.digest(plan)


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_after_applying_a_plan_only_what_was_blocked_or_reported_is_left(world):
    world.apply(world.plan())
    world.apply(world.plan())  # a name that one object had to give up may free another's
    rest = world.plan()
    assert [change for change in rest.changes if change.executes] == []
    assert rest.waves == ()


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_a_plan_with_nothing_blocked_and_nothing_reported_leaves_an_empty_one(world):
    plan = world.plan()
    if all(change.executes for change in plan.changes):
        world.apply(plan)
        # A record whose object is gone while a stranger has its new name is forgotten one pass later.
        assert {change.action for change in world.plan().changes} <= {Action.FORGET}


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_what_nobody_declared_and_nobody_applied_never_appears(world):
    ours = {record.id for record in world.applied.values()}
    names = {one.key for one in world.desired.values()}
    names |= {replace(one.key, name=one.renamed_from) for one in world.desired.values() if one.renamed_from}
    for change in world.plan().changes:
        if change.observed is not None and change.observed.id not in ours:
            assert change.observed.key in names
            assert change.action is not Action.DELETE


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_only_what_we_applied_and_nobody_changed_is_deleted_and_only_when_pruning(world):
    for change in world.plan().changes:
        if change.action is Action.DELETE and change.executes:
            assert world.policy.prune
            assert change.applied is not None
            assert change.observed.id == change.applied.id
            assert change.observed.version == change.applied.version
            assert change.key not in world.desired


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_nothing_foreign_is_overwritten_without_permission(world):
    for change in world.plan().changes:
        if change.action is Action.UPDATE and change.executes and change.applied is None:
            assert world.policy.adopt is AdoptPolicy.GIT


@settings(deadline=None, max_examples=300)
@given(worlds(), st.integers(0, 4))
def test_stopped_after_any_wave_the_next_pass_still_converges(world, done):
    plan = world.plan()
    world.apply(replace(plan, waves=plan.waves[:done]))
    for _ in range(3):
        world.apply(world.plan())
    assert world.plan().waves == ()


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_no_name_is_given_to_two_objects(world):
    for _ in range(3):
        world.apply(world.plan())
        keys = [one.key for one in world.platform.values()]
        assert len(keys) == len(set(keys))
