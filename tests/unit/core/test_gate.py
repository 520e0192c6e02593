from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import gate
from reconciler.model import identity
from reconciler.model.change import Action
from reconciler.model.policy import LockPolicy, Policy
from tests.builders import MAIN, NUMBER, SUPERVISOR, WELCOME, change, have, plan, want


def many(action: Action, number: int, kind=identity.prompt):
    return [change(action, kind(f"n{place}")) for place in range(number)]


def judge(changes, existing: int, policy: Policy = Policy(), *, wanted: int = 100):  # noqa: B008
    return gate.judge(plan(*changes), policy, existing={"Prompt": existing}, wanted=wanted)


@pytest.mark.parametrize(
    ("action", "number", "existing", "is_open"),
    [
        (Action.UPDATE, 0, 10, True),
        (Action.UPDATE, 3, 10, True),  # exactly 30 %
        (Action.UPDATE, 4, 10, False),
        (Action.UPDATE, 9, 9, True),  # percentages count from ten objects up
        (Action.UPDATE, 10, 10, False),
        (Action.UPDATE, 30, 100, True),
        (Action.UPDATE, 31, 100, False),
        (Action.DELETE, 1, 10, True),  # exactly 10 %
        (Action.DELETE, 2, 10, False),
        (Action.DELETE, 9, 9, True),
        (Action.DELETE, 20, 200, True),
        (Action.DELETE, 20, 1000, True),
        (Action.DELETE, 21, 1000, False),  # more than deleteMax, whatever the share
        (Action.CREATE, 500, 10, True),
        (Action.ADOPT, 500, 10, True),
        (Action.FORGET, 500, 500, True),
        (Action.NONE, 500, 500, True),
    ],
)
def test_thresholds_let_through_what_is_exactly_at_the_limit(action, number, existing, is_open):
    assert judge(many(action, number), existing).is_open is is_open


def test_deletes_below_ten_objects_still_meet_the_absolute_limit():
    assert not judge(many(Action.DELETE, 6), 6, Policy(delete_max=5)).is_open
    assert judge(many(Action.DELETE, 5), 6, Policy(delete_max=5)).is_open


def test_a_closed_gate_names_the_guard_and_the_numbers_and_can_be_forced():
    verdict = judge(
        [*many(Action.UPDATE, 4), *(change(Action.DELETE, identity.prompt(f"d{n}")) for n in range(21))], 50
    )
    assert verdict.reasons == (
        "21 deletes of 50 Prompt objects are 42%, over the threshold of 10%",
        "21 deletes are more than deleteMax 20",
    )
    assert verdict.forceable


def test_shares_are_counted_per_kind():
    flows = [change(Action.UPDATE, identity.flow("inboundCall", f"f{n}")) for n in range(4)]
    verdict = gate.judge(plan(*flows), Policy(), existing={"Prompt": 1000, "Flow": 10}, wanted=1010)
    assert verdict.reasons == ("4 updates of 10 Flow objects are 40%, over the threshold of 30%",)


def test_blocked_changes_count_for_nothing():
    held = [one.block("locked by supervisor-1") for one in many(Action.UPDATE, 10)]
    assert judge(held, 10).is_open
    assert judge([one.block("suspended") for one in many(Action.DELETE, 30)], 100, wanted=0).is_open


def test_settings_move_the_limits():
    assert judge(many(Action.UPDATE, 10), 10, Policy(update_threshold=1.0)).is_open
    assert not judge(many(Action.UPDATE, 1), 10, Policy(update_threshold=0.0)).is_open
    assert not judge(many(Action.UPDATE, 2), 5, Policy(thresholds_from=5)).is_open
    assert judge(many(Action.DELETE, 50), 100, Policy(delete_threshold=0.5, delete_max=50)).is_open


@settings(deadline=None)
@given(percent=st.integers(0, 100), hundreds=st.integers(1, 3))
def test_no_percentage_trips_over_the_way_floats_are_kept(percent, hundreds):
    policy = Policy(update_threshold=percent / 100)
    assert judge(many(Action.UPDATE, percent * hundreds), 100 * hundreds, policy).is_open
    if percent < 100:
        assert not judge(many(Action.UPDATE, percent * hundreds + 1), 100 * hundreds, policy).is_open


def test_an_empty_source_deletes_nothing_and_cannot_be_forced():
    verdict = judge(many(Action.DELETE, 1), 100, wanted=0)
    assert not verdict.is_open
    assert not verdict.forceable
    assert judge([], 100, wanted=0).is_open
    assert judge(many(Action.FORGET, 3), 3, wanted=0).is_open


def test_a_lock_aborts_the_pass_only_when_policy_says_so():
    locked = change(Action.UPDATE, MAIN)
    locked = replace(locked, observed=replace(locked.observed, locked_by=SUPERVISOR)).block(
        "locked by supervisor-1", by="supervisor-1"
    )
    drafted = change(Action.UPDATE, WELCOME).block("a newer draft")
    whole = plan(locked, drafted, change(Action.CREATE, NUMBER))
    for policy in (LockPolicy.WAIT, LockPolicy.FORCE):
        assert gate.judge(whole, Policy(on_locked=policy), existing={}, wanted=3).is_open
    verdict = gate.judge(whole, Policy(on_locked=LockPolicy.ABORT), existing={}, wanted=3)
    assert verdict.reasons == ("Flow/Main IVR is locked by supervisor-1 and onLocked is abort",)


@pytest.mark.parametrize(("own", "everywhere"), [("abort", LockPolicy.WAIT), ("wait", LockPolicy.ABORT)])
def test_what_a_manifest_says_about_its_own_lock_holds_over_the_environments_policy(own, everywhere):
    desired = want(MAIN, annotations={"reconciler/onLocked": own})
    locked = change(Action.UPDATE, MAIN, desired=desired, observed=have(MAIN, locked_by=SUPERVISOR)).block("locked")
    verdict = gate.judge(plan(locked), Policy(on_locked=everywhere), existing={}, wanted=1)
    assert verdict.is_open is (own == "wait")


def test_the_gate_reads_the_same_whatever_the_order_of_changes():
    mixed = [*many(Action.UPDATE, 5), *(change(Action.UPDATE, identity.call_route(f"r{n}")) for n in range(5))]
    existing = {"Prompt": 10, "CallRoute": 10}
    one = gate.judge(plan(*mixed), Policy(), existing=existing, wanted=9)
    other = gate.judge(plan(*reversed(mixed)), Policy(), existing=dict(reversed(existing.items())), wanted=9)
    assert one == other
