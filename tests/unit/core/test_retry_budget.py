"""The purse that repeats empty: what they cost, what a success gives."""

from __future__ import annotations

from reconciler.core import retry_budget
from reconciler.core.retry_budget import Budget


def repeats(budget: Budget, *, timed_out: bool) -> int:
    count = 0
    while (left := retry_budget.spend(budget, timed_out=timed_out)) is not None:
        budget, count = left, count + 1
    return count


def test_a_full_purse_pays_for_a_hundred_repeats_or_fifty_after_timeouts():
    assert repeats(Budget(), timed_out=False) == 100
    assert repeats(Budget(), timed_out=True) == 50


def test_five_successes_pay_for_one_repeat():
    budget = Budget(0)
    for _ in range(4):
        budget = retry_budget.earn(budget)
    assert retry_budget.spend(budget, timed_out=False) is None
    assert retry_budget.spend(retry_budget.earn(budget), timed_out=False) == Budget(0)


def test_it_never_holds_more_than_at_the_start():
    assert retry_budget.earn(Budget()) == Budget()
