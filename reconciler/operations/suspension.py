"""`suspend` and `resume`: keep the reconciler's hands off one object, or everything, until somebody says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reconciler.documents.nearest import nearest
from reconciler.errors import UsageError
from reconciler.kinds import quantities
from reconciler.model import moment
from reconciler.model.outcome import Suspension
from reconciler.operations import naming
from reconciler.operations.desk import Answer, Desk


async def suspend(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Suspend `Kind/name`, or everything. It is still observed and reported, and nothing of it is written."""
    scope = _scope(arguments)
    now = desk.clock.now()
    until = _until(arguments.get("until"), desk)
    suspension = Suspension(scope=scope, reason=arguments.get("reason") or "", until=until, since=moment.text(now))
    await desk.ledger.suspend(suspension)
    what = "Everything" if scope == "*" else scope
    said = f"{what} is suspended{f' until {until}' if until else ''}. `reconcile resume` ends it."
    return Answer(output=said + await _doubt(desk, scope))


async def _doubt(desk: Desk, scope: str) -> str:
    """A sentence for a name that holds nothing back now: it may be a spelling mistake, or come with the next commit."""
    applied = await desk.ledger.recall()
    names = {str(key) for key in applied} | {record.declared_by for record in applied.values()}
    if scope == "*" or scope in names:
        return ""
    guess = nearest(scope, names)
    advice = f" Did you mean {guess}? Then resume this one." if guess else ""
    return f"\nNothing of that name is managed yet, so nothing is held back until it is.{advice}"


async def resume(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """End a suspension and look again."""
    scope = _scope(arguments)
    if not await desk.ledger.resume(scope):
        raise UsageError(f"{scope} is not suspended. `reconcile status` lists what is.")
    desk.wake()
    return Answer(output=f"{'Everything' if scope == '*' else scope} is resumed.")


def _scope(arguments: Mapping[str, Any]) -> str:
    name, everything = arguments.get("name"), arguments.get("all")
    if bool(name) == bool(everything):
        raise UsageError("Say what: `Kind/name` for one object, or --all for everything.")
    if everything:
        return "*"
    return str(naming.key_of(str(name)))


def _until(text: str | None, desk: Desk) -> str | None:
    """An RFC 3339 time, or a duration from now. Raises UsageError for anything else and for the past."""
    if text is None:
        return None
    try:
        when = moment.read(text)
    except (ValueError, OverflowError):
        try:
            when = desk.clock.now() + timedelta(seconds=quantities.seconds(text))
        except (ValueError, OverflowError):
            raise UsageError(
                f"--until {text!r} is neither a time (2026-03-01T06:00:00Z) nor a duration (8h)."
            ) from None
    if when <= desk.clock.now():
        raise UsageError(f"--until {text!r} is in the past.")
    return moment.text(when)
