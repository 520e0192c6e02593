"""What the service says in its log: a state when it changes, never a retry.

One summary per pass that did or found something new, one line per change that ended otherwise than the last time, one
line per new error and one when it is over. Nothing when nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from reconciler.core import gist
from reconciler.errors import ReconcilerError
from reconciler.model.change import Change
from reconciler.model.event import Result
from reconciler.model.identity import Key
from reconciler.report.results import ChangeResult, totals
from reconciler.runtime.parts import PassResult

log = structlog.get_logger("reconciler")


@dataclass(slots=True)
class Teller:
    """Remembers what was told last. `errors` holds the trouble that lasts, by event name, for health and status."""

    errors: dict[str, str] = field(default_factory=dict)
    _passes: object = None
    _changes: dict[Key, tuple[str, str]] = field(default_factory=dict)

    @property
    def last_error(self) -> str:
        return " ".join(dict.fromkeys(self.errors.values()))

    def failed(self, event: str, error: ReconcilerError) -> None:
        """Something as a whole does not work: the source, or a pass."""
        text = str(error)
        known = {gist.of(told) for told in self.errors.values()}
        if gist.of(text) not in known:
            log.error(event, error=text, kind=type(error).__name__)
        self.errors[event] = text

    def works(self, event: str) -> None:
        """What `failed` told under this name is over."""
        if self.errors.pop(event, None) is not None:
            log.info("recovered", after=event)

    def change(self, change: Change, result: str, seconds: float, message: str) -> None:
        """One change has ended."""
        told = (result, gist.of(message))
        if result == Result.APPLIED:
            self._changes.pop(change.key, None)
        elif self._changes.get(change.key) == told:
            return
        else:
            self._changes[change.key] = told
        say = log.info if result == Result.APPLIED else log.warning
        say(
            f"change.{result}",
            kind=change.key.kind,
            name=change.key.name,
            action=str(change.action),
            cause=str(change.cause) if change.cause is not None else None,
            message=message or None,
            seconds=round(seconds, 3),
        )

    def completed(self, result: PassResult, *, seconds: float, requests: int) -> None:
        """A pass has ended; `requests` are all it sent."""
        quiet = not result.outcomes and not result.plan.counts.blocked and not result.stood_in_the_way
        found = None if quiet else _found(result)
        if found == self._passes and not _did_something(result.outcomes):
            return
        self._passes = found
        if quiet:
            return
        counts, ended = result.plan.counts, totals(tuple(result.outcomes.values()))
        log.info(
            "pass.completed",
            revision=result.plan.revision,
            added=ended.added,
            changed=ended.changed,
            destroyed=ended.destroyed,
            recorded=ended.recorded,
            failed=ended.failed,
            unknown=ended.unknown,
            skipped=ended.skipped,
            blocked=counts.blocked + ended.blocked,
            guard=result.frozen or " ".join(result.verdict.reasons) or None,
            requests=requests,
            seconds=round(seconds, 3),
        )


def _found(result: PassResult) -> object:
    """What makes two passes tell the same story."""
    ends = {key: (end.result, gist.of(end.message)) for key, end in result.outcomes.items()}
    return result.plan.revision, result.plan.counts, result.frozen, result.verdict, ends


def _did_something(outcomes: Mapping[Key, ChangeResult]) -> bool:
    return any(end.result is Result.APPLIED for end in outcomes.values())
