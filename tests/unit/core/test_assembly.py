from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core import assembly
from reconciler.model import identity
from reconciler.model.change import Action
from reconciler.model.outcome import Suspension
from tests.builders import MAIN, NOON, NUMBER, WELCOME, change, had, state, want

CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE


def needing(action: Action, key, *needs):
    return change(action, key, desired=want(key, depends_on=frozenset(needs)))


def assemble(*changes, used_by=None, in_sync=0, **other):
    desired = state(*(one.desired for one in changes if one.desired is not None), used_by=used_by)
    return assembly.assemble(changes, desired, organization="org", in_sync=in_sync, **other)


def reasons(plan) -> dict:
    return {change.key: change.blocked.reason for change in plan.changes if change.blocked is not None}


CHAIN = (needing(CREATE, NUMBER, MAIN), needing(CREATE, MAIN, WELCOME), needing(CREATE, WELCOME))


def test_what_is_needed_comes_first():
    assert assemble(*CHAIN).waves == ((WELCOME,), (MAIN,), (NUMBER,))


def test_changes_are_sorted_and_waves_do_not_depend_on_the_order_given():
    assert assemble(*CHAIN) == assemble(*reversed(CHAIN))
    assert [change.key for change in assemble(*CHAIN).changes] == [NUMBER, MAIN, WELCOME]


def test_needs_that_are_in_sync_make_no_wave():
    assert assemble(needing(UPDATE, NUMBER, MAIN)).waves == ((NUMBER,),)


def test_deletes_come_last_in_reverse_order():
    gone = [
        change(DELETE, identity.prompt("p")),
        change(DELETE, identity.flow("inboundCall", "f")),
        change(DELETE, identity.call_route("r")),
        change(DELETE, identity.call_route("q")),
    ]
    assert assemble(*gone, needing(UPDATE, WELCOME)).waves == (
        (WELCOME,),
        (identity.call_route("q"), identity.call_route("r")),
        (identity.flow("inboundCall", "f"),),
        (identity.prompt("p"),),
    )


OTHER = identity.call_route("Other number")


def test_a_delete_that_frees_something_comes_right_before_who_gets_it_and_waits_for_what_that_one_needs():
    plan = assemble(
        change(DELETE, OTHER), needing(CREATE, NUMBER, MAIN), needing(CREATE, MAIN), hints={NUMBER: frozenset({OTHER})}
    )
    assert plan.waves == ((MAIN,), (OTHER,), (NUMBER,))


@pytest.mark.parametrize("giver", [change(DELETE, OTHER), needing(UPDATE, OTHER)])
def test_nothing_is_given_up_for_a_change_that_is_blocked(giver):
    plan = assemble(
        giver,
        needing(CREATE, NUMBER),
        hints={NUMBER: frozenset({OTHER})},
        suspensions=(Suspension(scope=str(NUMBER)),),
    )
    assert reasons(plan)[OTHER] == f"gives a number to {NUMBER}, which is blocked"
    assert plan.waves == ()


def test_a_kinds_hint_orders_objects_that_do_not_name_each_other():
    loses, gains = identity.call_route("a loses a number"), identity.call_route("a gains it")
    plan = assemble(change(UPDATE, loses), change(UPDATE, gains), hints={gains: frozenset({loses, WELCOME})})
    assert plan.waves == ((loses,), (gains,))


def test_blocked_and_reported_changes_are_in_no_wave():
    plan = assemble(change(UPDATE, MAIN).block("locked by supervisor-1"), change(Action.NONE), change(UPDATE, NUMBER))
    assert plan.waves == ((NUMBER,),)
    assert len(plan.changes) == 3


def test_records_run_beside_writes():
    assert assemble(change(Action.ADOPT), change(Action.FORGET, MAIN, desired=None)).waves == ((MAIN, WELCOME),)


def test_the_plan_carries_revision_environment_organisation_and_counts():
    plan = assemble(change(CREATE), change(UPDATE, MAIN).block("locked"), in_sync=7)
    assert (plan.revision, plan.environment, plan.organization, plan.in_sync) == ("3f2a9c1", "prod", "org", 7)
    assert (plan.counts.add, plan.counts.change, plan.counts.blocked, plan.counts.none) == (1, 0, 1, 7)


def test_changes_say_who_uses_the_object():
    plan = assemble(change(UPDATE), used_by={WELCOME: ("Flow/Main IVR", "Menu/Customer Service")})
    assert plan.changes[0].used_by == ("Flow/Main IVR", "Menu/Customer Service")


# What waits for something that is blocked.


def test_what_needs_an_object_that_cannot_be_created_waits_with_it():
    plan = assemble(CHAIN[0], CHAIN[1], CHAIN[2].block("suspended"))
    assert reasons(plan) == {
        WELCOME: "suspended",
        MAIN: "needs Prompt/welcome, which is blocked",
        NUMBER: "needs Flow/Main IVR, which is blocked",
    }
    assert plan.waves == ()


def test_what_needs_an_object_that_exists_goes_on():
    plan = assemble(needing(UPDATE, MAIN, WELCOME), needing(UPDATE, WELCOME).block("locked by supervisor-1"))
    assert plan.waves == ((MAIN,),)


def test_an_update_that_needs_a_blocked_creation_waits_and_what_needs_the_update_goes_on():
    plan = assemble(needing(UPDATE, NUMBER, MAIN), needing(UPDATE, MAIN, WELCOME), CHAIN[2].block("suspended"))
    assert set(reasons(plan)) == {WELCOME, MAIN}
    assert plan.waves == ((NUMBER,),)


def test_a_delete_waits_while_something_declared_still_uses_the_object():
    plan = assemble(change(DELETE), used_by={WELCOME: ("Menu/Customer Service",)})
    assert reasons(plan) == {WELCOME: "still used by Menu/Customer Service"}


def test_a_delete_that_is_blocked_already_keeps_its_reason():
    plan = assemble(change(DELETE).block("locked by supervisor-1"), used_by={WELCOME: ("Menu/Customer Service",)})
    assert reasons(plan) == {WELCOME: "locked by supervisor-1"}


# Suspensions and results nobody knows yet.


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("*", True),
        ("Flow/Main IVR", True),
        ("Menu/Customer Service", True),
        ("Flow/Other", False),
        ("Main IVR", False),
        ("Flow/Main IVR (inboundCall)", False),
    ],
)
@pytest.mark.parametrize("action", [CREATE, UPDATE, DELETE, Action.ADOPT, Action.FORGET])
def test_a_suspension_holds_an_object_by_its_name_or_by_the_menu_that_declares_it(action, scope, held):
    one = change(action, MAIN)
    sides = {"desired": replace(one.desired, declared_by="Menu/Customer Service")} if one.desired else {}
    sides |= {"applied": had(MAIN, declared_by="Menu/Customer Service")} if one.applied else {}
    plan = assemble(replace(one, **sides), suspensions=[Suspension(scope=scope)])
    assert (MAIN in reasons(plan)) is held


def test_a_suspension_goes_on_when_git_renames_the_object():
    one = change(UPDATE, MAIN)
    renamed = replace(one, applied=had(identity.flow("inboundCall", "Front door"), declared_by="Menu/Front door"))
    for scope in ("Flow/Front door", "Menu/Front door"):
        assert MAIN in reasons(assemble(renamed, suspensions=[Suspension(scope=scope)]))


def test_a_suspension_tells_its_reason_its_end_and_its_start():
    suspension = Suspension(
        scope="*", reason="audit week", until="2026-03-09T00:00:00.000Z", since="2026-03-02T00:00:00.000Z"
    )
    (held,) = assemble(change(UPDATE), suspensions=[suspension]).changes
    assert held.blocked.reason == "suspended until 2026-03-09T00:00:00.000Z: audit week"
    assert held.blocked.since == "2026-03-02T00:00:00.000Z"


def test_suspending_does_not_hide_another_reason_or_block_a_report():
    suspension = Suspension(scope="*")
    plan = assemble(change(UPDATE).block("locked by supervisor-1"), change(Action.NONE, MAIN), suspensions=[suspension])
    assert reasons(plan) == {WELCOME: "locked by supervisor-1"}


@pytest.mark.parametrize(
    ("until", "holds"),
    [
        (None, True),
        ("2026-03-02T12:00:00.001Z", True),
        ("2026-03-02T12:00:00.000Z", False),
        ("2026-03-02T11:00:00Z", False),
    ],
)
def test_a_suspension_ends_by_itself(until, holds):
    suspension = Suspension(scope="*", until=until)
    assert assembly.in_force([suspension], NOON) == ((suspension,) if holds else ())


def test_an_object_whose_last_write_is_unknown_waits():
    plan = assemble(change(CREATE), change(CREATE, MAIN), undecided={WELCOME: "the settle window is open"})
    assert reasons(plan) == {WELCOME: "the result of our last write is not known yet: the settle window is open"}


A_FLOW, B_FLOW = identity.flow("inboundCall", "A"), identity.flow("inboundCall", "B")


def test_flows_that_need_each_other_are_not_created_and_what_needs_them_waits():
    plan = assemble(needing(CREATE, A_FLOW, B_FLOW), needing(CREATE, B_FLOW, A_FLOW), needing(CREATE, NUMBER, A_FLOW))
    held = reasons(plan)
    assert "Flow/A -> Flow/B -> Flow/A" in held[A_FLOW]
    assert held[A_FLOW] == held[B_FLOW]
    assert "needs Flow/A" in held[NUMBER]
    assert plan.waves == ()


@pytest.mark.parametrize("other", [UPDATE, Action.ADOPT])
def test_flows_that_need_each_other_and_exist_are_no_trouble(other):
    plan = assemble(needing(other, A_FLOW, B_FLOW), needing(UPDATE, B_FLOW, A_FLOW))
    assert reasons(plan) == {}
    assert {key for wave in plan.waves for key in wave} == {A_FLOW, B_FLOW}


def test_a_new_flow_that_needs_an_existing_one_that_will_need_it_is_created():
    assert reasons(assemble(needing(CREATE, A_FLOW, B_FLOW), needing(UPDATE, B_FLOW, A_FLOW))) == {}
