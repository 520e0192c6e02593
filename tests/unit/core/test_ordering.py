from __future__ import annotations

import random
from collections.abc import Collection, Mapping

import pytest

from reconciler.core import ordering

Graph = Mapping[str, Collection[str]]


@pytest.mark.parametrize(
    ("depends", "expected"),
    [
        ({}, ()),
        ({"a": ()}, (("a",),)),
        ({"b": (), "a": ()}, (("a", "b"),)),
        ({"route": ("flow",), "flow": ("prompt",), "prompt": ()}, (("prompt",), ("flow",), ("route",))),
        # The longest way decides: d waits for c although b alone would be done earlier.
        ({"d": ("b", "c"), "c": ("b",), "b": ("a",), "a": ()}, (("a",), ("b",), ("c",), ("d",))),
        # What is not in the graph is done already.
        ({"a": ("elsewhere",)}, (("a",),)),
        # A ring goes together, what needs it afterwards.
        ({"a": ("b",), "b": ("a",), "c": ("a",)}, (("a", "b"), ("c",))),
        ({"a": ("a",)}, (("a",),)),
    ],
)
def test_waves_put_everything_after_what_it_needs(depends: Graph, expected: object) -> None:
    assert ordering.waves(depends) == expected


@pytest.mark.parametrize(
    ("depends", "expected"),
    [
        ({"a": ("b",), "b": ()}, []),
        ({"a": ("a",)}, [["a"]]),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, [["a", "b", "c"]]),
        # Two rings through b: the shortest one through the smallest key is told.
        ({"a": ("b",), "b": ("a", "c"), "c": ("b",)}, [["a", "b"]]),
        ({"d": ("c",), "c": ("d",), "a": ("b", "c"), "b": ("a",)}, [["a", "b"], ["c", "d"]]),
        ({"a": ("elsewhere",)}, []),
    ],
)
def test_cycles_name_a_real_path_for_every_component(depends: Graph, expected: object) -> None:
    assert ordering.cycles(depends) == expected


def test_input_order_never_changes_the_answer() -> None:
    rng = random.Random(7)
    for _ in range(100):
        names = [f"n{number}" for number in range(12)]
        edges = {name: [rng.choice(names) for _ in range(rng.randrange(3))] for name in names}
        shuffled = {name: rng.sample(edges[name], len(edges[name])) for name in rng.sample(names, len(names))}
        assert ordering.waves(edges) == ordering.waves(shuffled)
        assert ordering.cycles(edges) == ordering.cycles(shuffled)


def test_every_reported_cycle_is_walkable_and_without_them_waves_respect_every_edge() -> None:
    rng = random.Random(11)
    for _ in range(200):
        names = [f"n{number}" for number in range(10)]
        edges = {name: [rng.choice(names) for _ in range(rng.randrange(3))] for name in names}
        rings = ordering.cycles(edges)
        for ring in rings:
            for here, there in zip(ring, [*ring[1:], ring[0]], strict=True):
                assert there in edges[here]
        level = {key: number for number, wave in enumerate(ordering.waves(edges)) for key in wave}
        assert sorted(level) == names
        for name, needs in edges.items():
            for need in needs:
                assert level[need] <= level[name]
                assert level[need] < level[name] or rings


def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    depends: dict[str, tuple[str, ...]] = {f"{n:05}": (f"{n - 1:05}",) if n else () for n in range(10_000)}
    assert len(ordering.waves(depends)) == 10_000
    assert ordering.cycles(depends) == []
