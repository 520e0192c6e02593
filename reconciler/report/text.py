"""Plans and results as text, for a person at three in the morning.

What stands in the way comes first, then drift, then everything else; the last line is the one CI greps. Lines are never
wrapped. Colour is a function that the caller passes; without one the text is plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reconciler.model.change import Action, Cause, Change, FieldChange
from reconciler.model.event import Result
from reconciler.model.plan import Plan
from reconciler.model.problem import Problem
from reconciler.report import results, wording
from reconciler.report.results import ChangeResult

Paint = Callable[[str, str], str]
"""`paint(text, style)`: the text in a style of `STYLES`."""

_INLINE_MAX = 100
_STYLES = {"add": "32", "change": "33", "destroy": "31", "blocked": "1;31", "quiet": "2", "strong": "1"}
_STYLE_OF = {"+": "add", "~": "change", "-": "destroy", "!": "blocked", "=": "quiet"}


def plain(text: str, style: str) -> str:  # noqa: ARG001 - the other Paint uses it
    return text


def colour(text: str, style: str) -> str:
    """ANSI colours that every terminal of the last thirty years shows."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def plan_text(
    plan: Plan,
    *,
    warnings: Sequence[Problem] = (),
    refusals: Sequence[str] = (),
    notices: Sequence[str] = (),
    requests_per_minute: int = 300,
    paint: Paint = plain,
) -> str:
    """The whole plan. `refusals` are the gate's reasons, `notices` sentences like `3 uncommitted files not included`.

    Ends with `Plan: 1 to add, 2 to change, 0 to destroy.` or `No changes.` and a line break.
    """
    lines = [_head(plan), *(f"Note: {wording.printable(notice)}" for notice in notices)]
    if not plan.has_ledger:
        lines.append("Note: no ledger at hand, so drift and changes in git cannot be told apart (see --ledger-from).")
    for title, group in _groups(plan.changes):
        lines += ["", paint(title, "strong")]
        for change in group:
            lines += _change(change, paint)
    if warnings:
        lines += ["", paint("Warnings", "strong"), *(f"  {wording.printable(str(problem))}" for problem in warnings)]
    lines.append("")
    lines += [paint(f"Nothing is applied: {wording.printable(reason)}", "blocked") for reason in refusals]
    for line in (wording.cost(plan, requests_per_minute=requests_per_minute), wording.besides(plan)):
        lines += [line] if line else []
    return "\n".join([*lines, wording.summary(plan)]) + "\n"


def result_text(plan: Plan, ended: Sequence[ChangeResult], *, paint: Paint = plain) -> str:
    """What applying the plan came to: what did not go well first, then a line per write, then the totals.

    Ends with `Apply complete! Resources: 1 added, 2 changed, 0 destroyed.`; when something failed, was blocked or is
    unknown, `Apply incomplete.` stands in its place so that nobody greps success. A pass with nothing to do ends with
    `No changes.`
    """
    totals = results.totals(ended)
    tried = {end.change.key for end in ended}
    held = [change for change in plan.changes if change.blocked is not None and change.key not in tried]
    if not ended and not held:
        return "No changes.\n"
    lines = [_ended(end, paint) for end in ended if end.result is Result.APPLIED]
    lines += [_ended(end, paint) for end in ended if end.result is not Result.APPLIED]
    lines += [
        f"{paint(wording.BLOCKED, 'blocked')} {wording.name(change)} blocked: {wording.blocked(change)}"
        for change in held
    ]
    bad = (
        (totals.failed, "failed"),
        (totals.blocked + len(held), "blocked"),
        (totals.unknown, "unknown"),
        (totals.skipped, "not begun"),
    )
    told = ", ".join(f"{number} {word}" for number, word in ((totals.recorded, "recorded"), *bad) if number)
    lines += [f"{told}."] if told else []
    opening = "Apply incomplete." if any(number for number, _ in bad) else "Apply complete!"
    done = f"{totals.added} added, {totals.changed} changed, {totals.destroyed} destroyed."
    return "\n".join([*lines, f"{opening} Resources: {done}"]) + "\n"


def _head(plan: Plan) -> str:
    organization = f", organization {wording.printable(plan.organization)}" if plan.organization else ""
    return f"Environment {wording.printable(plan.environment)}{organization}, revision {plan.revision}"


def _groups(changes: Sequence[Change]) -> Iterable[tuple[str, list[Change]]]:
    """The groups in reading order, the empty ones left out."""
    groups: dict[str, list[Change]] = {"Blocked": [], "Drift": [], "Changes": [], "Recorded only": [], "Reported": []}
    for change in changes:
        groups[_group(change)].append(change)
    return ((title, group) for title, group in groups.items() if group)


def _group(change: Change) -> str:
    if change.blocked is not None:
        return "Blocked"
    if change.action is Action.NONE:
        return "Reported"
    if change.action in (Action.ADOPT, Action.FORGET):
        return "Recorded only"
    return "Changes" if change.cause is Cause.INTENT else "Drift"


def _change(change: Change, paint: Paint) -> list[str]:
    symbol = wording.symbol(change)
    place = f"  {wording.printable(str(change.source))}" if change.source else ""
    head = f"{symbol} {wording.action(change)} {wording.name(change)}"
    facts = (
        f"blocked: {wording.blocked(change)}" if change.blocked else "",
        wording.cause(change),
        wording.printable(change.note),
        wording.version(change),
    )
    lines = [f"  {paint(head, _STYLE_OF[symbol])}{place}", *(f"      {fact}" for fact in facts if fact)]
    for title, fields in wording.parts(change):
        lines += [f"      {title}"] if title else []
        for path, field in fields:
            lines += [f"  {line}" if title else line for line in _field(field, path, paint)]
    if origin := wording.declared_by(change):
        lines.append(f"      declared by {origin}")
    if change.used_by:
        lines.append(f"      used by {wording.printable(', '.join(change.used_by))}")
    return lines


def _field(field: FieldChange, path: str, paint: Paint) -> list[str]:
    """`path: before -> after` on one line where it fits, else one line each."""
    before, after = wording.before_and_after(field.before, field.after)
    path = wording.printable(path) or "(whole)"
    moved = "" if field.cause is Cause.INTENT else "  (drift)" if field.cause is Cause.DRIFT else "  (both)"
    if field.before is None:
        return [f"      {paint('+', 'add')} {path}: {after}{moved}"]
    if field.after is None:
        return [f"      {paint('-', 'destroy')} {path}: {before}{moved}"]
    if len(before) + len(after) <= _INLINE_MAX:
        return [f"      {paint('~', 'change')} {path}: {before} -> {after}{moved}"]
    return [
        f"      {paint('~', 'change')} {path}:{moved}",
        f"          {paint('-', 'destroy')} {before}",
        f"          {paint('+', 'add')} {after}",
    ]


def _ended(end: ChangeResult, paint: Paint) -> str:
    change = end.change
    well = end.result is Result.APPLIED
    symbol = wording.symbol(change) if well else wording.BLOCKED
    version = wording.version(change, after=end.version_after) if well else ""
    facts = [fact for fact in (version, f"{end.seconds:.1f} s" if end.seconds else "") if fact]
    told = f" ({', '.join(facts)})" if facts else ""
    why = f": {wording.printable(end.message)}" if end.message else ""
    state = "" if well else f" {end.result or 'not begun'}"
    return f"{paint(symbol, _STYLE_OF[symbol])} {wording.action(change)} {wording.name(change)}{told}{state}{why}"
