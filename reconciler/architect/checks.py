"""All offline findings about one flow, in one call."""

from __future__ import annotations

from reconciler.architect import references, structure
from reconciler.architect.flow import ArchyFlow
from reconciler.model.problem import Problem


def check(flow: ArchyFlow) -> list[Problem]:
    """Findings that need nothing but the flow itself, sorted by place."""
    return sorted([*references.check(flow), *structure.check(flow)])
