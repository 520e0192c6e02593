"""A plan as a comment on the pull request: one that is updated in place, found by its marker.

Names and values come from people and from the platform. They only ever stand inside code spans, fenced blocks or
escaped `<code>`, so none can end its frame, mention somebody, or draw a link.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

from reconciler.model.change import Action, Cause, Change, FieldChange
from reconciler.model.plan import Plan
from reconciler.model.problem import Problem
from reconciler.report import wording

SIZE_MAX = 64_500
"""Characters of a comment. GitHub refuses more than 65,536; a little is kept for what CI puts around it."""

_OBJECT_SIZE_MAX = 12_000
_LISTED_MAX = 30
_SENTENCE_SIZE_MAX = 300
_TICKS_MAX = 8
_NOTE_SIZE = 400


def marker(environment: str) -> str:
    """The first line of the comment, by which the next run finds it."""
    return f"<!-- reconcile plan {quote(environment, safe='').replace('-', '%2D')} -->"


def plan_markdown(
    plan: Plan,
    *,
    warnings: Sequence[Problem] = (),
    refusals: Sequence[str] = (),
    notices: Sequence[str] = (),
    requests_per_minute: int = 300,
) -> str:
    """The comment: summary, what stops it, what is blocked or drifted, the other changes folded, the cost.

    Never longer than `SIZE_MAX`; when something had to go, a note says how much and where to see it.
    """
    head = _head(plan, warnings, refusals, notices)
    tail = _tail(plan, requests_per_minute)
    room = SIZE_MAX - len(head) - len(tail) - _NOTE_SIZE
    shown: list[str] = []
    ordered = sorted(plan.changes, key=_rank)
    for change in ordered:
        section = _section(change)
        if len(section) > room:
            break
        room -= len(section)
        shown.append(section)
    left = len(ordered) - len(shown)
    note = f"\n**{left} more objects do not fit here.** Run `reconcile plan` to see all of them.\n" if left else ""
    return f"{head}{''.join(shown)}{note}{tail}"


def _head(plan: Plan, warnings: Sequence[Problem], refusals: Sequence[str], notices: Sequence[str]) -> str:
    lines = [marker(plan.environment), f"### {wording.summary(plan)}", ""]
    organization = f", organisation {_code(plan.organization)}" if plan.organization else ""
    lines.append(f"Environment {_code(plan.environment)}{organization}, revision {_code(plan.revision[:40])}")
    if besides := wording.besides(plan):
        lines += ["", besides]
    if not plan.has_ledger:
        lines += ["", "No ledger at hand: drift and changes in git cannot be told apart."]
    lines += _list("Nothing is applied", refusals) + _list("Notes", notices)
    return "\n".join(lines + _list("Warnings", [str(problem) for problem in warnings])) + "\n\n"


def _list(title: str, sentences: Sequence[str]) -> list[str]:
    if not sentences:
        return []
    lines = [
        "",
        f"**{title}**",
        "",
        *(f"- {_code(sentence[:_SENTENCE_SIZE_MAX])}" for sentence in sentences[:_LISTED_MAX]),
    ]
    more = len(sentences) - _LISTED_MAX
    return [*lines, f"- and {more} more"] if more > 0 else lines


def _tail(plan: Plan, requests_per_minute: int) -> str:
    cost = wording.cost(plan, requests_per_minute=requests_per_minute)
    return f"\nCost: {cost}.\n" if cost else ""


def _rank(change: Change) -> tuple[int, str, str]:
    if change.blocked is not None:
        place = 0
    elif change.cause in (Cause.DRIFT, Cause.BOTH) and change.action is not Action.FORGET:
        place = 1
    else:
        place = 2 if change.action.writes_platform else 3
    return place, change.key.kind, change.key.name


def _section(change: Change) -> str:
    """One object, folded; open when somebody has to look."""
    is_open = " open" if change.blocked is not None or change.cause in (Cause.DRIFT, Cause.BOTH) else ""
    blocked = " (blocked)" if change.blocked is not None else ""
    name = html.escape(wording.name(change)[:300])
    title = f"{wording.symbol(change)} {wording.action(change)} <code>{name}</code>{blocked}"
    lines = [f"<details{is_open}><summary>{title}</summary>", "", *_facts(change)]
    if change.fields:
        lines += ["", *_fields(change)]
    return "\n".join([*lines, "", "</details>", "", ""])


def _facts(change: Change) -> list[str]:
    blocked = wording.blocked(change)
    facts = (
        f"**Blocked:** {_code(blocked)}" if blocked else "",
        _code(wording.cause(change)),
        _code(change.note),
        _code(wording.version(change)),
        f"Source {_code(str(change.source))}" if change.source else "",
        f"Declared by {_code(wording.declared_by(change))}" if wording.declared_by(change) else "",
        f"Used by {', '.join(map(_code, change.used_by[:_LISTED_MAX]))}" if change.used_by else "",
    )
    return [f"- {fact}" for fact in facts if fact]


def _fields(change: Change) -> list[str]:
    lines: list[str] = []
    room, shown = _OBJECT_SIZE_MAX, 0
    for title, fields in wording.parts(change):
        head = [f"@@ {title[:_SENTENCE_SIZE_MAX]} @@"] if title else []
        for path, field in fields:
            block = head + _field(field, path)
            room -= sum(map(len, block))
            if room < 0:
                break
            lines += block
            head, shown = [], shown + 1
        if room < 0:
            lines.append(f"  ... {len(change.fields) - shown} more fields")
            break
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(lines))), default=0))
    return [f"{fence}diff", *lines, fence]


def _field(field: FieldChange, path: str) -> list[str]:
    before, after = wording.before_and_after(field.before, field.after)
    moved = "" if field.cause is Cause.INTENT else "  (drift)" if field.cause is Cause.DRIFT else "  (both)"
    lines = [f"  {wording.printable(path)[:300] or '(whole)'}{moved}"]
    lines += [f"- {before}"] if field.before is not None else []
    return [*lines, f"+ {after}"] if field.after is not None else lines


def _code(text: str) -> str:
    """A code span around the text on one line; empty text stays empty."""
    shown = wording.printable(text)[:1000]
    if not shown.strip():
        return ""
    run = max(map(len, re.findall("`+", shown)), default=0)
    if run > _TICKS_MAX:  # nobody writes that; do not let the frame outgrow the content
        shown, run = shown.replace("`", "'"), 0
    ticks = "`" * (run + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
