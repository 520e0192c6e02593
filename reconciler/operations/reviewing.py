"""`validate --remote`: what the platform itself says of the flows that it stores and we declare.

The platform validates only what it already holds, and answers in sentences without a place; so this asks flow by flow,
about the published version, and says which manifest the flow comes from. What git holds is checked offline first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.model import identity
from reconciler.model.resource import Desired, Observed
from reconciler.model.review import Review
from reconciler.operations.desk import Answer, Desk
from reconciler.report.wording import printable
from reconciler.runtime.together import together


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A declared flow; `review` is None when the organisation holds no published version of it."""

    flow: Desired
    version: str
    review: Review | None


async def validate_remote(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Ask about every declared flow. Exit 1 for an error, with `strict` for a warning too.

    Raises DesiredStateError when the manifests are wrong, ProviderError when the platform does not answer.
    """
    found = await _reviewed(desk)
    bad = any(one.review is not None and (not one.review.ok or one.review.errors) for one in found)
    odd = any(one.review is not None and one.review.warnings for one in found)
    exit = 1 if bad or (odd and arguments.get("strict")) else 0
    if arguments.get("output") == "json":
        return Answer(exit=exit, output=json.dumps([_facts(one) for one in found], indent=2, ensure_ascii=False))
    lines = [line for one in found for line in _lines(one)]
    return Answer(exit=exit, output="\n".join([*(printable(line) for line in lines), _summary(found)]))


async def _reviewed(desk: Desk) -> list[Reviewed]:
    assert desk.parts is not None  # noqa: S101
    assert desk.wanted is not None  # noqa: S101
    resources = (await desk.wanted()).resources
    flows = {key: want for key, want in sorted(resources.items()) if key.kind == identity.FLOW}
    remembered = {record.id: key for key, record in (await desk.ledger.recall()).items()}
    listed = await desk.parts.remotes[identity.FLOW].observe() if flows else ()
    stored: dict[object, Observed] = {have.key: have for have in listed}
    stored |= {remembered[have.id]: have for have in listed if have.id in remembered}
    published = {key: stored[key] for key in flows if key in stored and stored[key].version}
    review = desk.parts.platform.review
    reviews = await together({key: partial(review, have.id, have.version) for key, have in published.items()})
    return [
        Reviewed(want, published[key].version if key in published else "", reviews.get(key))
        for key, want in flows.items()
    ]


def _lines(one: Reviewed) -> list[str]:
    what = f"{one.flow.source}: {one.flow.key.label}"
    if one.review is None:
        return [f"{what}: not published in this organisation, nothing to ask about."]
    said = [f"{what} version {one.version}: error: {text}" for text in one.review.errors]
    if not one.review.ok and not said:
        said = [f"{what} version {one.version}: error: the platform finds it invalid and does not say why."]
    return said + [f"{what} version {one.version}: warning: {text}" for text in one.review.warnings]


def _summary(found: Sequence[Reviewed]) -> str:
    asked = [one.review for one in found if one.review is not None]
    invalid = sum(not review.ok or bool(review.errors) for review in asked)
    warnings = sum(len(review.warnings) for review in asked)
    return f"{len(asked)} published flows asked about: {invalid} invalid, {warnings} warnings."


def _facts(one: Reviewed) -> dict[str, Any]:
    return {
        "kind": one.flow.key.kind,
        "name": one.flow.key.name,
        "type": one.flow.key.type,
        "source": {"file": one.flow.source.file, "line": one.flow.source.line},
        "version": one.version or None,
        "ok": one.review.ok if one.review is not None else None,
        "errors": list(one.review.errors) if one.review is not None else [],
        "warnings": list(one.review.warnings) if one.review is not None else [],
    }
