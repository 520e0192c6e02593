"""What a manifest is compiled into must be a file that we can read again: it is looked at here, at the manifest."""

from __future__ import annotations

from functools import partial
from typing import Final

from reconciler.documents.load import ARCHY, load
from reconciler.kinds.manifest import Normal
from reconciler.manifests.cache import ParseCache
from reconciler.model.problem import Problem, Severity
from reconciler.model.resource import Asset

_SMALL: Final = 2 * ARCHY.nodes_max
"""Bytes in which the limit of values cannot be passed: with its mark and its line break each takes more."""


def check(normal: Normal, cache: ParseCache) -> list[Problem]:
    """One problem for each compiled flow that passes a limit of flow files."""
    problems = []
    for resource in normal.resources:
        asset = resource.assets.get("yaml")
        if asset is None or not resource.declared_by or len(asset.content) <= _SMALL:
            continue
        if defect := cache.get(("compiled", asset.sha256), partial(_defect, asset)):
            message = f"the {resource.key.label} that is compiled from this is no flow file of ours: {defect}"
            remedy = "Split this into several that transfer to each other."
            problems.append(Problem(resource.source, "REC1008", message, remedy))
    return problems


def _defect(asset: Asset) -> str:
    """Which limit it passes; empty for none."""
    problems = load(asset.content, asset.path, ARCHY).problems
    return next((problem.message for problem in problems if problem.severity is Severity.ERROR), "")
