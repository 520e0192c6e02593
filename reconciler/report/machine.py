"""A plan as JSON, its digest, and the file that `plan --out` saves for `apply PLANFILE`.

The keys are a contract with users' scripts and policy tools: keys may be added, none renamed. Values are whole, never
cut. Objects in sync are counted and not listed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.model.resource import Json
from reconciler.report import results
from reconciler.report.results import ChangeResult

_SAFE_INTEGER_MAX = 2**53 - 1
_VOLATILE = ("requests", "digest", "applied", "has_ledger")
_VOLATILE_IN_CHANGE = ("note", "drift", "result")
"""Left out of the digest: prose, what the audit query happened to know, and whether there was a ledger yet may differ
between two equal plans. The first plan of all is made without one."""


def document(plan: Plan, ended: Sequence[ChangeResult] | None = None) -> dict[str, Any]:
    """The plan as a JSON object; with `ended` each change also says what came of it, and
    `applied` counts."""
    by_key = {end.change.key: end for end in ended or ()}
    counts = plan.counts
    body: dict[str, Any] = {
        "revision": plan.revision,
        "environment": plan.environment,
        "organization": plan.organization,
        "changes": [_change(change, by_key.get(change.key)) for change in plan.changes],
        "summary": {
            "add": counts.add,
            "change": counts.change,
            "destroy": counts.destroy,
            "adopt": counts.adopt,
            "none": counts.none,
            "blocked": counts.blocked,
        },
        "requests": {
            "spent": plan.forecast.spent,
            "forecast": plan.forecast.forecast,
            "seconds": round(plan.forecast.seconds, 3),
        },
        "has_ledger": plan.has_ledger,
    }
    body = jsonable(body)
    body["digest"] = digest_of(body)
    if ended is not None:
        totals = results.totals(ended)
        body["applied"] = {name: getattr(totals, name) for name in results.Totals.__dataclass_fields__}
    return body


def render(plan: Plan, ended: Sequence[ChangeResult] | None = None) -> str:
    """`document` as text for stdout: indented, one trailing line break."""
    return json.dumps(document(plan, ended), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def digest(plan: Plan) -> str:
    """Hex SHA-256 of what the plan would do: equal for equal plans, whatever the requests it took to make them."""
    return str(document(plan)["digest"])


def digest_of(body: Mapping[str, Json]) -> str:
    """The digest of a plan's JSON object, over its RFC 8785 form without the volatile parts.

    Raises ValueError when the object has no canonical form.
    """
    stable = {name: part for name, part in body.items() if name not in _VOLATILE}
    stable["changes"] = [_stable_change(change) for change in body["changes"]]
    return hashlib.sha256(rfc8785.dumps(jsonable(stable, canonical=True))).hexdigest()


def _stable_change(change: Mapping[str, Json]) -> dict[str, Json]:
    stable = {name: part for name, part in change.items() if name not in _VOLATILE_IN_CHANGE}
    return {**stable, "version": change["version"]["before"], "blocked": change["blocked"] is not None}


def _change(change: Change, end: ChangeResult | None) -> dict[str, Any]:
    source, drift, blocked = change.source, change.drift, change.blocked
    body: dict[str, Any] = {
        "action": str(change.action),
        "kind": change.key.kind,
        "name": change.key.name,
        "type": change.key.type or None,
        "id": change.id,
        "cause": str(change.cause) if change.cause else None,
        "source": {"file": source.file, "line": source.line} if source else None,
        "declared_by": _declared_by(change) or None,
        "version": {"before": change.version_before, "after": end.version_after if end else None},
        "drift": {"by": drift.by, "at": drift.at, "application": drift.application} if drift else None,
        "fields": [
            {"path": field.path, "before": field.before, "after": field.after, "cause": str(field.cause)}
            for field in change.fields
        ],
        "blocked": {"reason": blocked.reason, "by": blocked.by, "since": blocked.since} if blocked else None,
        "note": change.note,
        "usedBy": list(change.used_by),
    }
    if end is not None:
        body["result"] = {
            "status": str(end.result or "skipped"),
            "message": end.message,
            "seconds": round(end.seconds, 3),
        }
    return body


def _declared_by(change: Change) -> str:
    if change.desired is not None:
        return change.desired.declared_by
    return change.applied.declared_by if change.applied is not None else ""


def jsonable(content: Json, *, canonical: bool = False) -> Any:
    """The content as plain JSON that every reader accepts.

    Numbers JSON has no form for (NaN, infinities) become text, and so do lone surrogates; for the `canonical` form also
    integers beyond 2^53, which RFC 8785 refuses.
    """
    match content:
        case None | bool():
            return content
        case str():
            return content.encode("utf-8", "backslashreplace").decode("utf-8")
        case int():
            return str(content) if canonical and abs(content) > _SAFE_INTEGER_MAX else int(content)
        case float():
            return content if math.isfinite(content) else str(content)
        case Mapping():
            return {str(jsonable(str(name))): jsonable(part, canonical=canonical) for name, part in content.items()}
        case list() | tuple():
            return [jsonable(part, canonical=canonical) for part in content]
        case frozenset() | set():
            return sorted((jsonable(part, canonical=canonical) for part in content), key=str)
        case _:
            return str(content)
