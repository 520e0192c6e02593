"""What differs between git, the platform and our last write, field by field, and which side moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.model.change import Cause, FieldChange
from reconciler.model.resource import Json, Spec

Difference = tuple[str, Json, Json]
"""Dotted path, the live value, the wanted value; None means absent."""

Compare = Callable[[Spec, Spec], Sequence[Difference]]
"""A kind's comparison: `compare(wanted, live)` lists where the platform does not hold what git wants."""

Halfway = Callable[[str, Json, Json, Json], bool]
"""A kind's `halfway(path, before, live, meant)`: whether a write of ours passes through the live value on its way, such
as a recording that is not converted yet."""

Cosmetic = Callable[[Spec, Spec], bool]
"""A kind's `cosmetic(wanted, live)`: whether the two differ, and only in spelling that nobody should write for."""


def never(path: str, before: Json, live: Json, meant: Json) -> bool:  # noqa: ARG001
    """For kinds that are written in one step."""
    return False


def fields(compare: Compare, *, wanted: Spec, live: Spec, base: Spec | None) -> tuple[FieldChange, ...]:
    """Differences between git and the platform, each with the side that moved since `base`.

    `base` is the content the platform showed after our last write. A field that still holds the base value was
    changed in git; one that already differed from what git wants on both sides was changed by both.
    """
    if base is None:
        return tuple(FieldChange(path, before, after, Cause.INTENT) for path, before, after in compare(wanted, live))
    then = {path: before for path, before, _ in compare(wanted, base)}
    result = []
    for path, before, after in compare(wanted, live):
        if path not in then:
            cause = Cause.DRIFT
        elif then[path] == before:
            cause = Cause.INTENT
        else:
            cause = Cause.BOTH
        result.append(FieldChange(path, before, after, cause))
    return tuple(result)


def unseen(compare: Compare, *, wanted: Spec, then: Spec, live_then: Spec) -> tuple[FieldChange, ...]:
    """What changed in git since `then` and never shows on the platform, such as other audio of the same length.

    `live_then` is what the platform showed after `then` was applied: a path that the kind compares would differ there.
    """
    seen = [path for path, _, _ in compare(wanted, live_then)]
    return tuple(
        FieldChange(path, before, after, Cause.INTENT)
        for path, before, after in plain(wanted, then)
        if not any(_overlap(path, other) or _overlap(_within(path), other) for other in seen)
    )


def _within(path: str) -> str:
    """The path without its first part: a kind whose spec is one container leaves its name out of what it compares."""
    return path.partition(".")[2]


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def is_our_half_done_work(compare: Compare, *, meant: Spec, live: Spec, base: Spec, halfway: Halfway = never) -> bool:
    """True when every field of `live` holds its old value, the one an interrupted write of ours meant, or one that
    such a write passes through.

    Tells a crash in the middle of our own update from somebody else's change.
    """
    before = {path: value for path, value, _ in compare(meant, base)}

    def is_ours(path: str, value: Json, goal: Json) -> bool:
        known = path in before or _is_new(path, before)
        old = before.get(path) if known else goal
        if known and (old == value or halfway(path, None, old, goal)):  # what was on its way arrives by itself
            return True
        return halfway(path, old, value, goal)

    return all(is_ours(path, value, goal) for path, value, goal in compare(meant, live))


def _is_new(path: str, before: Mapping[str, Json]) -> bool:
    """True when the field lies in something that was not there at all, such as the recording of a new language."""
    return any(value is None and path.startswith(f"{outer}.") for outer, value in before.items())


def agreed(one: Spec, other: Spec) -> Spec:
    """What holds whether the platform has the one or the other; what only the first knows may still be there."""
    result: dict[str, Json] = {}
    for name, value in one.items():
        if name not in other or other[name] == value:
            result[name] = value
        elif isinstance(value, Mapping) and isinstance(other[name], Mapping):
            result[name] = agreed(value, other[name])
    return result


def plain(wanted: Json, live: Json) -> list[Difference]:
    """Structural comparison of two JSON values, for showing what changed between two commits."""
    found: list[Difference] = []
    _walk("", wanted, live, found)
    return found


def _walk(path: str, wanted: Json, live: Json, found: list[Difference]) -> None:
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        for name in sorted(wanted.keys() | live.keys()):
            _walk(f"{path}.{name}" if path else name, wanted.get(name), live.get(name), found)
    elif wanted != live:
        found.append((path, live, wanted))
