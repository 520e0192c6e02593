"""What came of a plan's changes: the value that reports of an applied pass are made from.

A pass that stopped after the gate has none. Remote versions after a write are known only here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.change import Action, Change
from reconciler.model.event import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """One change that was tried or skipped. `message` says why it did not end well; it never holds a secret."""

    change: Change
    result: Result | None
    """None when it was not begun, because a stop was asked for."""
    version_after: str | None = None
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many changes ended how. Only what the platform took is added, changed or destroyed."""

    added: int = 0
    changed: int = 0
    destroyed: int = 0
    recorded: int = 0
    """Adopted or forgotten: the ledger alone."""
    failed: int = 0
    blocked: int = 0
    unknown: int = 0
    skipped: int = 0


def totals(ended: Sequence[ChangeResult]) -> Totals:
    done = [end.change.action for end in ended if end.result is Result.APPLIED]

    def number(result: Result | None) -> int:
        return sum(end.result is result for end in ended)

    return Totals(
        added=done.count(Action.CREATE),
        changed=done.count(Action.UPDATE),
        destroyed=done.count(Action.DELETE),
        recorded=done.count(Action.ADOPT) + done.count(Action.FORGET),
        failed=number(Result.FAILED),
        blocked=number(Result.BLOCKED),
        unknown=number(Result.UNKNOWN),
        skipped=number(None),
    )
