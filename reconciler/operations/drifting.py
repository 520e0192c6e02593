"""What drifted, as something to export: the way a hot-fix made in Architect comes back to git."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.model import identity
from reconciler.model.change import Action, Cause, Change
from reconciler.model.export import Aside
from reconciler.model.identity import Key
from reconciler.model.resource import Desired
from reconciler.operations.choosing import Wish, own_path
from reconciler.operations.desk import Desk
from reconciler.runtime.parts import Mode, Request

_SHOWN: Final = 5


async def wish(desk: Desk, names: tuple[str, ...], declared: Mapping[Key, Desired]) -> Wish:
    """The objects that moved on the platform since we applied them, each with its place in git.

    Raises what a plan raises, but for what stands in the way of a write only.
    """
    result = await desk.passed(Request(mode=Mode.COMPARE, names=names))
    moved = [change for change in result.plan.changes if _has_moved(change)]
    taken = [change for change in moved if _why_not(change) == ""]
    return Wish(
        names=names,
        only=frozenset(change.key for change in taken),
        places={change.key: own_path(declared[change.key]) for change in taken if change.key in declared},
        heard=frozenset((change.key, language) for change in taken for language in _heard(change)),
        left_out=tuple(Aside(change.key, why) for change in moved if (why := _why_not(change))),
    )


def _has_moved(change: Change) -> bool:
    return change.cause in (Cause.DRIFT, Cause.BOTH) and change.action not in (Action.ADOPT, Action.FORGET)


def _why_not(change: Change) -> str:
    """Why it cannot come back to git by itself; empty when it can."""
    want = change.desired
    if change.observed is None or want is None:
        return "It was deleted on the platform; git still has it, and the next pass makes it again."
    if want.declared_by:
        paths = [field.path for field in change.fields]
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        return (
            f"It is compiled from {want.declared_by} at {want.source}, which only a person can change alike. "
            f"What moved: {', '.join(paths[:_SHOWN]) or 'its content'}{more}."
        )
    if change.observed.key != change.key:
        return f"It was renamed to {change.observed.key.name!r} on the platform; rename it in git with renamedFrom."
    return ""


def _heard(change: Change) -> list[str]:
    """The languages of a prompt whose recording moved."""
    if change.key.kind != identity.PROMPT:
        return []
    words = [field.path.split(".") for field in change.fields]
    return [word[1] for word in words if len(word) > 1 and word[0] == "resources" and word[2:] in ([], ["audio"])]
