"""How many of a flow's references lead somewhere: the figure that tells a sound file from a damaged one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Integrity:
    """References inside one flow file (`startUpRef`, `targetTaskRef` and the like): `valid` of `total` mean something
    of the right kind. Names of queues, prompts and other flows are not counted: what the platform holds is asked when
    planning."""

    flow: str
    file: str
    valid: int
    total: int

    @property
    def is_whole(self) -> bool:
        return self.valid == self.total


def overall(every: Iterable[Integrity]) -> tuple[int, int]:
    """Valid references and all references of several flows."""
    listed = list(every)
    return sum(one.valid for one in listed), sum(one.total for one in listed)
