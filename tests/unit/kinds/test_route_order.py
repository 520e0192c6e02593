"""A number moves from one route to another: the loser is written first."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core import assembly
from reconciler.kinds.call_route import order
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key, call_route
from tests.builders import change, have, state, want

ONE, TWO, THREE = "+13175550101", "+13175550102", "+13175550103"
NONE: frozenset[Key] = frozenset()
FIRST, SECOND, THIRD = call_route("Line A"), call_route("Line B"), call_route("Line C")


def numbers(key: Key, before: list[str] | None, after: list[str] | None, **other) -> Change:
    action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
    sides = {
        "observed": have(key, {"dnis": before}) if before is not None else None,
        "desired": want(key, {"dnis": after}) if after is not None else None,
    }
    return change(action, key, **sides, **other)


def waves(*changes: Change):
    desired = state(*(one.desired for one in changes if one.desired is not None))
    hints = order.number_moves(changes)
    return assembly.assemble(changes, desired, organization="org", in_sync=0, hints=hints).waves


def test_who_loses_a_number_goes_before_who_gains_it():
    moves = (numbers(FIRST, [ONE], [ONE, TWO]), numbers(SECOND, [TWO, THREE], [THREE]))
    assert order.number_moves(moves) == {FIRST: frozenset({SECOND}), SECOND: NONE}
    assert waves(*moves) == ((SECOND,), (FIRST,))


def test_a_new_route_waits_for_the_number_it_takes_over():
    assert waves(numbers(FIRST, None, [TWO]), numbers(SECOND, [TWO], [])) == ((SECOND,), (FIRST,))


def test_numbers_that_nobody_else_has_make_no_order():
    assert waves(numbers(FIRST, [], [ONE]), numbers(SECOND, [TWO], [TWO, THREE])) == ((FIRST, SECOND),)


def test_a_chain_of_moves_runs_from_its_end():
    chain = (numbers(FIRST, [], [ONE]), numbers(SECOND, [ONE], [TWO]), numbers(THIRD, [TWO], []))
    assert waves(*chain) == ((THIRD,), (SECOND,), (FIRST,))


def test_two_that_swap_need_no_impossible_order():
    swap = (numbers(FIRST, [ONE], [TWO]), numbers(SECOND, [TWO], [ONE]))
    assert order.number_moves(swap) == {FIRST: frozenset({SECOND}), SECOND: NONE}
    assert waves(*swap) == ((SECOND,), (FIRST,))


def test_three_that_swap_in_a_ring_share_a_wave():
    ring = (numbers(FIRST, [ONE], [TWO]), numbers(SECOND, [TWO], [THREE]), numbers(THIRD, [THREE], [ONE]))
    assert waves(*ring) == ((FIRST, SECOND, THIRD),)


def test_a_number_of_a_route_that_is_blocked_is_waited_for():
    held = numbers(SECOND, [TWO], []).block("suspended")
    assert order.number_moves([numbers(FIRST, [], [TWO]), held])[FIRST] == frozenset({SECOND})


def test_a_route_that_is_deleted_gives_its_number_up_first():
    moves = (numbers(FIRST, None, [TWO]), numbers(SECOND, [TWO], None))
    assert order.number_moves(moves)[FIRST] == frozenset({SECOND})
    assert waves(*moves) == ((SECOND,), (FIRST,))


def test_a_route_that_is_only_reported_gives_nothing_up():
    left = numbers(SECOND, [TWO], None)
    left = replace(left, action=Action.NONE)
    assert order.number_moves([numbers(FIRST, [], [TWO]), left])[FIRST] == NONE


def test_other_kinds_have_no_numbers():
    assert order.number_moves([change(Action.UPDATE)]) == {}


def test_a_route_whose_content_was_not_read_gains_all_it_wants():
    unread = change(Action.UPDATE, FIRST, observed=have(FIRST, None), desired=want(FIRST, {"dnis": [TWO]}))
    assert order.number_moves([unread, numbers(SECOND, [TWO], [])])[FIRST] == frozenset({SECOND})
