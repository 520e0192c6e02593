"""What is wrong with a desired state and can be told only once the platform was looked at. Nothing was written yet."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core import rings
from reconciler.errors import DesiredStateError
from reconciler.model.change import Action, Change
from reconciler.model.desired import DesiredState
from reconciler.model.policy import CyclePolicy
from reconciler.model.problem import Problem
from reconciler.runtime.parts import Parts

RING = "REC1203"
ABSENT = "REC1290"


def of_rings(changes: Sequence[Change], desired: DesiredState) -> None:
    """Raises DesiredStateError for flows that need each other and do not exist, where the policy is to refuse them."""
    if desired.environment.policy.cycles is not CyclePolicy.REFUSE:
        return
    problems = [
        Problem(
            desired.needed_at.get((ring[0], ring[1 % len(ring)]), desired.resources[ring[0]].source),
            RING,
            f"these need each other and none is published yet: {rings.path(ring)}.",
            "Take one of the references out, move what they share into a flow both call, or have them created with "
            "policy.cycles: stubs in the Environment.",
        )
        for ring in rings.unbroken(changes)
    ]
    if problems:
        raise DesiredStateError(problems)


async def of_absent_names(parts: Parts, changes: Sequence[Change], desired: DesiredState) -> None:
    """Raises DesiredStateError for names that no manifest declares and that the platform does not have either."""
    externals = [
        external
        for change in changes
        if change.action in (Action.CREATE, Action.UPDATE) and change.desired is not None
        for external in change.desired.externals
    ]
    absent = await parts.platform.absent(externals) if externals else ()
    if absent:
        raise DesiredStateError(
            [
                Problem(
                    external.location,
                    ABSENT,
                    f"{external.kind} {external.name!r} is declared by no manifest and the platform does not have it.",
                    f"Create it in Genesys Cloud, declare it here, or correct the name ({desired.environment.name}).",
                )
                for external in absent
            ]
        )
