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
ANA, BEN, CYD = call_route("supervisor-1"), call_route("supervisor-2"), call_route("Cyd")


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
    moves = (numbers(ANA, [ONE], [ONE, TWO]), numbers(BEN, [TWO, THREE], [THREE]))
    assert order.number_moves(moves) == {ANA: frozenset({BEN}), BEN: NONE}
    assert waves(*moves) == ((BEN,), (ANA,))


def test_a_new_route_waits_for_the_number_it_takes_over():
    assert waves(numbers(ANA, None, [TWO]), numbers(BEN, [TWO], [])) == ((BEN,), (ANA,))


def test_numbers_that_nobody_else_has_make_no_order():
    assert waves(numbers(ANA, [], [ONE]), numbers(BEN, [TWO], [TWO, THREE])) == ((ANA, BEN),)


def test_a_chain_of_moves_runs_from_its_end():
    chain = (numbers(ANA, [], [ONE]), numbers(BEN, [ONE], [TWO]), numbers(CYD, [TWO], []))
    assert waves(*chain) == ((CYD,), (BEN,), (ANA,))


def test_two_that_swap_need_no_impossible_order():
    swap = (numbers(ANA, [ONE], [TWO]), numbers(BEN, [TWO], [ONE]))
    assert order.number_moves(swap) == {ANA: frozenset({BEN}), BEN: NONE}
    assert waves(*swap) == ((BEN,), (ANA,))


def test_three_that_swap_in_a_ring_share_a_wave():
    ring = (numbers(ANA, [ONE], [TWO]), numbers(BEN, [TWO], [THREE]), numbers(CYD, [THREE], [ONE]))
    assert waves(*ring) == ((ANA, BEN, CYD),)


def test_a_number_of_a_route_that_is_blocked_is_waited_for():
    held = numbers(BEN, [TWO], []).block("suspended")
    assert order.number_moves([numbers(ANA, [], [TWO]), held])[ANA] == frozenset({BEN})


def test_a_route_that_is_deleted_gives_its_number_up_first():
    moves = (numbers(ANA, None, [TWO]), numbers(BEN, [TWO], None))
    assert order.number_moves(moves)[ANA] == frozenset({BEN})
    assert waves(*moves) == ((BEN,), (ANA,))


def test_a_route_that_is_only_reported_gives_nothing_up():
    left = numbers(BEN, [TWO], None)
    left = replace(left, action=Action.NONE)
    assert order.number_moves([numbers(ANA, [], [TWO]), left])[ANA] == NONE


def test_other_kinds_have_no_numbers():
    assert order.number_moves([change(Action.UPDATE)]) == {}


def test_a_route_whose_content_was_not_read_gains_all_it_wants():
    unread = change(Action.UPDATE, ANA, observed=have(ANA, None), desired=want(ANA, {"dnis": [TWO]}))
    assert order.number_moves([unread, numbers(BEN, [TWO], [])])[ANA] == frozenset({BEN})
