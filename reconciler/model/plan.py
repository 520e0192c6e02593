"""A plan is a value: the decisions of one pass in the order they would be applied, countable and comparable."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.change import Action, Change
from reconciler.model.identity import Key


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes of each sort. Blocked changes are counted as blocked, not under their action."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    adopt: int = 0
    none: int = 0
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Platform requests: already spent to plan, expected to apply, and the seconds that takes at the rate limit."""

    spent: int = 0
    forecast: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one pass decided.

    `waves` holds the keys of changes that execute, in dependency order: a wave starts when the one before has ended.
    `in_sync` counts objects that need nothing and are not listed in `changes`.
    """

    revision: str
    environment: str
    organization: str
    changes: tuple[Change, ...]
    waves: tuple[tuple[Key, ...], ...] = ()
    in_sync: int = 0
    forecast: Forecast = Forecast()
    has_ledger: bool = True
    """False when there was no record of what was applied: drift and intent cannot be told apart."""

    @property
    def counts(self) -> Counts:
        free = [change for change in self.changes if change.blocked is None]

        def number(action: Action) -> int:
            return sum(change.action is action for change in free)

        return Counts(
            add=number(Action.CREATE),
            change=number(Action.UPDATE),
            destroy=number(Action.DELETE),
            adopt=number(Action.ADOPT),
            none=self.in_sync + number(Action.NONE),
            blocked=len(self.changes) - len(free),
        )

    @property
    def would_write(self) -> bool:
        """True when anything differs from git enough to be written now or once unblocked (exit 2 of `plan`)."""
        return any(change.action.writes_platform for change in self.changes)

    @property
    def is_empty(self) -> bool:
        """True when nothing is to do, to record or to report."""
        return not self.changes
