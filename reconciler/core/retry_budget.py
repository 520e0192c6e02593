"""How much trying again a process may do: a purse that repeats empty and successes fill.

One failing request may be repeated; a platform in trouble must not get every request several times over. The figures
are those of the AWS SDKs: 500 tokens, 5 for a repeat, 10 for one after a timeout, 1 back for a success. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

TOKENS_MAX = 500
REPEAT_COSTS = 5
REPEAT_AFTER_TIMEOUT_COSTS = 10
SUCCESS_GIVES = 1


@dataclass(frozen=True, slots=True)
class Budget:
    tokens: int = TOKENS_MAX


def spend(budget: Budget, *, timed_out: bool) -> Budget | None:
    """The budget after one repeat; None when it does not suffice."""
    left = budget.tokens - (REPEAT_AFTER_TIMEOUT_COSTS if timed_out else REPEAT_COSTS)
    return Budget(left) if left >= 0 else None


def earn(budget: Budget) -> Budget:
    """The budget after one success."""
    return Budget(min(TOKENS_MAX, budget.tokens + SUCCESS_GIVES)) if budget.tokens < TOKENS_MAX else budget
