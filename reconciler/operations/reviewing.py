"""`validate --remote`: what the platform itself says of the flows that it stores and we declare.

The platform validates only what it already holds, and answers in sentences without a place; so this asks flow by flow,
about the published version, and says which manifest the flow comes from. What git holds is checked offline first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from reconciler.model import identity
from reconciler.model.resource import Observed
from reconciler.model.review import Reviewed
from reconciler.operations.desk import Answer, Desk
from reconciler.report import reviews
from reconciler.runtime.together import together


async def validate_remote(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Ask about every declared flow. Exit 1 for an error, with `strict` for a warning too.

    Raises DesiredStateError when the manifests are wrong, ProviderError when the platform does not answer.
    """
    found = await _reviewed(desk)
    failed = any(one.is_invalid or (arguments.get("strict") and one.has_warnings) for one in found)
    shown = reviews.render(found) if arguments.get("output") == "json" else reviews.text(found)
    return Answer(exit=int(failed), output=shown)


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
    answers = await together({key: partial(review, have.id, have.version) for key, have in published.items()})
    return [
        Reviewed(want, published[key].version if key in published else "", answers.get(key))
        for key, want in flows.items()
    ]
