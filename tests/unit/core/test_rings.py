from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import ordering, rings
from reconciler.model import identity
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key
from tests.builders import change, have, want

CREATE, UPDATE = Action.CREATE, Action.UPDATE
A, B, C, D = (identity.flow("inboundCall", name) for name in "ABCD")


def flow(key: Key, *needs: Key, action: Action = CREATE, **other) -> Change:
    return change(action, key, desired=want(key, depends_on=frozenset(needs)), **other)


def saved(key: Key, *needs: Key) -> Change:
    """On the platform and never published."""
    return flow(key, *needs, action=UPDATE, observed=have(key, None, version=""))


def order(*changes: Change) -> tuple[tuple[Key, ...], ...]:
    known = {one.key: one for one in changes}
    return ordering.waves({key: need & known.keys() for key, need in rings.needs(known).items()})


def stubs(*changes: Change) -> dict[Key, tuple[Key, ...]]:
    return {one.key: one.stubs for one in rings.with_stubs(changes) if one.stubs}


def test_an_existing_flow_gives_way_in_a_ring_and_nowhere_else():
    assert order(flow(A, B, action=UPDATE), flow(B, A)) == ((B,), (A,))
    assert order(flow(A, B), flow(B, action=UPDATE)) == ((B,), (A,))


def test_a_flow_that_was_only_saved_does_not_give_way():
    assert rings.unbroken([saved(A, B), flow(B, A)]) == [[A, B]]


def test_the_one_with_the_fewest_needs_in_the_ring_has_stubs_made():
    assert stubs(flow(A, B, C), flow(B, A), flow(C, A)) == {B: (A,)}
    made = rings.with_stubs([flow(A, B, C), flow(B, A), flow(C, A)])
    assert order(*made) == ((B,), (C,), (A,))


def test_who_leans_on_a_stub_waits_for_its_maker_and_the_stubbed_one_comes_after_it():
    made = rings.with_stubs([flow(A, B), flow(B, C), flow(C, A)])
    assert {one.key: one.stubs for one in made if one.stubs} == {A: (B,)}
    assert order(*made) == ((A,), (C,), (B,))


def test_a_saved_flow_goes_first_because_no_job_makes_a_stub_of_what_is_there():
    assert stubs(flow(A, B), saved(B, A)) == {B: (A,)}


def test_two_saved_flows_that_need_each_other_stay_a_ring():
    assert stubs(saved(A, B), saved(B, A)) == {}
    assert rings.unbroken([saved(A, B), saved(B, A)]) == [[A, B]]


def test_each_ring_has_its_own_stub_and_what_needs_them_comes_after():
    pairs = [flow(A, B), flow(B, A), flow(C, D), flow(D, C)]
    number = flow(identity.call_route("Main"), A, C)
    made = rings.with_stubs([*pairs, number])
    assert {one.key: one.stubs for one in made if one.stubs} == {A: (B,), C: (D,)}
    assert order(*made) == ((A, C), (B, D), (number.key,))


def test_what_is_blocked_is_left_out():
    assert stubs(flow(A, B).block("suspended"), flow(B, A)) == {}


def test_the_plan_says_what_the_job_does_beside():
    first = rings.with_stubs([replace(flow(A, B), note="new"), flow(B, A)])[0]
    assert first.note.startswith("new; its job makes a stub of Flow/B, which needs it in turn")


KEYS = [identity.flow("inboundCall", name) for name in "ABCDEF"]
EDGES = st.sets(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda pair: pair[0] != pair[1]))


@given(EDGES, st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["published", "saved"]), max_size=3))
def test_after_stubs_every_new_flow_finds_what_it_needs(edges, there):
    """In the order that comes out, a flow is published only when each of its needs is published, or a stub of it was
    made: by its own job, or by one before."""
    changes = []
    for key in KEYS:
        needs = [need for user, need in edges if user == key]
        match there.get(key):
            case "published":
                changes.append(flow(key, *needs, action=UPDATE))
            case "saved":
                changes.append(saved(key, *needs))
            case _:
                changes.append(flow(key, *needs))
    made = {one.key: one for one in rings.with_stubs(changes)}
    stuck = {key for ring in rings.unbroken(list(made.values())) for key in ring}
    if stuck:
        assert any(there.get(key) == "saved" for key in stuck)
        return
    published = {key for key, state in there.items() if state == "published"}
    for wave in order(*made.values()):
        for key in wave:
            assert not published & set(made[key].stubs)
            assert made[key].desired.depends_on <= published | set(made[key].stubs)
        published |= {stub for key in wave for stub in made[key].stubs} | set(wave)


@pytest.mark.parametrize("shift", range(3))
def test_the_order_given_does_not_matter(shift):
    changes = [flow(A, B), flow(B, C), flow(C, A)]
    turned = changes[shift:] + changes[:shift]
    assert sorted(rings.with_stubs(turned), key=lambda one: one.key) == rings.with_stubs(changes)
