"""Pairs of the last pass are believed as long as every side is the very same value, and no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.resource import Gone
from reconciler.runtime.parts import LastPairing
from tests.builders import MAIN, WELCOME, A, had, have, want

DESIRED = {WELCOME: want()}
OBSERVED = (have(WELCOME, A),)
APPLIED = {WELCOME: had(WELCOME, A)}
READS: dict = {}


def test_the_same_values_give_the_same_pairs_even_in_another_tuple():
    last = LastPairing()
    first = last.pairs(DESIRED, OBSERVED, READS, APPLIED)
    assert last.pairs(DESIRED, (*OBSERVED,), READS, APPLIED) is first


@pytest.mark.parametrize(
    "sides",
    [
        ({**DESIRED, MAIN: want(MAIN)}, OBSERVED, READS, APPLIED),
        (DESIRED, (replace(OBSERVED[0], version="other"),), READS, APPLIED),
        (DESIRED, (), {OBSERVED[0].id: Gone(OBSERVED[0].id)}, APPLIED),
        (DESIRED, OBSERVED, READS, {}),
    ],
    ids=["git", "platform", "reads", "ledger"],
)
def test_whatever_moves_is_paired_anew(sides):
    last = LastPairing()
    first = last.pairs(DESIRED, OBSERVED, READS, APPLIED)
    assert last.pairs(*sides) != first
    assert last.pairs(DESIRED, OBSERVED, READS, APPLIED) == first
