"""Ways that share their beginnings."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from reconciler.architect.simulator import explore, trail
from reconciler.architect.simulator.trace import Event, EventKind
from reconciler.architect.simulator.trail import Trail
from tests.unit.architect.simulator_samples import BYE, flow, jump, key, menu, ready


@dataclass(frozen=True)
class One:
    trail: Trail


def test_a_way_is_what_was_pressed_heard_and_waited_in_order():
    first = Trail().then((), [Event(EventKind.HEARS, text="Hello"), Event(EventKind.WAITS, seconds=2)])
    second = first.then(("1", "x"), [Event(EventKind.DOES), Event(EventKind.HEARS, text="Bye")])
    assert second.inputs == ("1", "x")
    assert [event.text for event in second.heard] == ["Hello", "Bye"]
    assert (first.seconds, second.seconds) == (2, 2)


@given(st.sets(st.lists(st.sampled_from("123t"), max_size=4).map(tuple), max_size=30))
def test_ways_come_sorted_by_what_was_pressed(words):
    made: dict[tuple[str, ...], Trail] = {(): Trail()}

    def way(pressed: tuple[str, ...]) -> Trail:
        if pressed not in made:
            made[pressed] = way(pressed[:-1]).then(pressed[-1:])
        return made[pressed]

    found = [one.trail.inputs for one in trail.in_order(One(way(word)) for word in words)]
    assert found == sorted(words)


def peak(menus: int) -> int:
    text = "".join(
        menu(f"m{number}", key("1", jump(f"m{(number + 1) % menus}")) + "\n" + key("9", BYE)) for number in range(menus)
    )
    program = ready(flow(menus=text, start="/inboundCall/menus/menu[m0]"))
    tracemalloc.start()
    try:
        report = explore.explore(program)
        assert len(report.paths) == 2 * menus + 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_grows_with_a_ring_of_menus_not_with_its_square():
    assert peak(240) < 3 * peak(120)
