"""The words and shapes that every report for people shares: values on one line, causes, counts.

Names and values come from git and from the platform, so nothing of them reaches a terminal or a comment raw: control
characters, line breaks and direction marks are shown as escapes.
"""

from __future__ import annotations

import json

from reconciler.architect import difference
from reconciler.model import identity
from reconciler.model.change import Action, Cause, Change, FieldChange
from reconciler.model.plan import Plan
from reconciler.model.resource import Json

VALUE_SIZE_MAX = 2048
"""Characters of one value that a report for people shows; machine output never cuts."""

_KEPT_BEFORE_DIFFERENCE = 60
_DIGEST_SIZE_MIN = 40

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.DELETE: "-",
    Action.ADOPT: "=",
    Action.FORGET: "=",
    Action.NONE: "=",
}
BLOCKED = "!"

AFTER_APPLY = "(known after apply)"


def printable(text: str) -> str:
    """The text on one line, with everything a terminal would act on written as an escape."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def counted(number: int, noun: str) -> str:
    """`1 flow`, `2 flows`: for nouns whose plural takes an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def value(content: Json) -> str:
    """A JSON value on one line, whole."""
    return printable(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str))


def before_and_after(before: Json, after: Json) -> tuple[str, str]:
    """Both values on one line each; long ones are cut so that the first difference stays in sight."""
    left, right = (value(before) if before is not None else ""), (value(after) if after is not None else "")
    same = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        same += 1
    start = max(0, same - _KEPT_BEFORE_DIFFERENCE) if left and right else 0
    return _cut(left, start), _cut(right, start)


def _cut(text: str, start: int) -> str:
    if len(text) <= VALUE_SIZE_MAX:
        return text
    room = VALUE_SIZE_MAX - 40
    head = "…" if start else ""
    tail = "…" if start + room < len(text) else ""
    return f"{head}{text[start : start + room]}{tail} ({len(text):,} characters)"


def parts(change: Change) -> list[tuple[str, list[tuple[str, FieldChange]]]]:
    """The fields of a change in groups, each with a title and each field with the path to show.

    A flow's fields stand under the part of the flow they are about and what that means for a caller: `menu "Main",
    choice "Sales": rerouted`. Any other kind is one group without a title.
    """
    if change.key.kind != identity.FLOW:
        return [("", [(field.path, field) for field in change.fields])] if change.fields else []
    groups: dict[str, list[tuple[str, FieldChange]]] = {}
    for field in change.fields:
        one = difference.described(field.path, field.before, field.after)
        title = "" if field.path == "name" else printable(f"{one.title}: {one.what}")
        groups.setdefault(title, []).append((one.field if one.node else field.path, field))
    return list(groups.items())


def symbol(change: Change) -> str:
    return BLOCKED if change.blocked is not None else SYMBOLS[change.action]


def action(change: Change) -> str:
    """What is done, as a word: `update`; for what is only told, `reported`."""
    return "reported" if change.action is Action.NONE else str(change.action)


def cause(change: Change) -> str:
    """Why: `git changed`, `drift by supervisor-1 at 2026-03-01T02:14:00Z (Architect)`, or both. Empty when unknown."""
    if change.cause is None or (change.action is Action.ADOPT and change.cause is Cause.INTENT):
        return ""
    if change.action is Action.FORGET:
        return "removed from git and from the platform"
    if change.cause is Cause.INTENT:
        if change.action is Action.CREATE:
            return "new in git"
        return "removed from git" if change.desired is None else "git changed"
    moved = "drift" if change.cause is Cause.DRIFT else "git changed, and drift"
    drift = change.drift
    if drift is None or not (drift.by or drift.at or drift.application):
        return f"{moved} (the platform does not tell by whom)"
    by = f" by {drift.by}" if drift.by else " by somebody the platform does not name"
    at = f" at {drift.at}" if drift.at else ""
    return printable(f"{moved}{by}{at}{f' ({drift.application})' if drift.application else ''}")


def version(change: Change, *, after: str | None = None) -> str:
    """`version 12 -> 13`; the version after a write is the platform's to choose, so a plan cannot know it."""
    before = _short_version(change.version_before)
    if change.action is Action.CREATE:
        return f"version {_short_version(after)}" if after else ""
    if not change.action.writes_platform:
        return f"version {before}" if before else ""
    if change.action is Action.DELETE:
        return f"version {before} -> (none)" if before else ""
    return f"version {before or '(none)'} -> {_short_version(after) or AFTER_APPLY}"


def _short_version(text: str | None) -> str:
    """A version as people compare it: prompts have none of their own, so theirs is a digest and its head will do."""
    shown = printable(text or "")
    return f"{shown[:12]}…" if len(shown) >= _DIGEST_SIZE_MIN else shown


def blocked(change: Change) -> str:
    """Why a change waits, who stands in the way, since when. A reason that already names the person is not repeated."""
    if change.blocked is None:
        return ""
    by = change.blocked.by
    who = f", by {by}" if by and by not in change.blocked.reason else ""
    since = f", since {change.blocked.since}" if change.blocked.since else ""
    return printable(f"{change.blocked.reason}{who}{since}")


def name(change: Change) -> str:
    return printable(change.key.label)


def declared_by(change: Change) -> str:
    """The manifest a person wrote, when the object came out of another one (a Menu)."""
    if change.desired is not None:
        return printable(change.desired.declared_by)
    return printable(change.applied.declared_by) if change.applied is not None else ""


def cost(plan: Plan, *, requests_per_minute: int) -> str:
    """`12 requests, about 3 s at 300/min`; empty when applying asks nothing of the platform."""
    number, seconds = plan.forecast.forecast, plan.forecast.seconds
    if not number:
        return ""
    return f"{number} request{'' if number == 1 else 's'}, about {seconds:.0f} s at {requests_per_minute}/min"


def besides(plan: Plan) -> str:
    """Counts that the summary line has no place for: `2 to adopt, 1 blocked, 1 reported.` Empty when all are zero."""
    counts = plan.counts
    free = [change for change in plan.changes if change.blocked is None]
    told = (
        (counts.adopt, "to adopt"),
        (sum(change.action is Action.FORGET for change in free), "to forget"),
        (counts.blocked, "blocked"),
        (sum(change.action is Action.NONE for change in free), "reported"),
    )
    text = ", ".join(f"{number} {what}" for number, what in told if number)
    return f"{text}." if text else ""


def summary(plan: Plan) -> str:
    """The last line of a plan; CI greps it, so its two forms are fixed.

    `No changes.` says that applying would change nothing anywhere and that nothing waits to be done: no write, nothing
    blocked. What is only recorded (`adopt`, `forget`) is counted in the line above it. Drift that policy only reports
    does not count, as it does not count for exit codes.
    """
    if not any(change.action.writes_platform or change.blocked is not None for change in plan.changes):
        return "No changes."
    counts = plan.counts
    return f"Plan: {counts.add} to add, {counts.change} to change, {counts.destroy} to destroy."
