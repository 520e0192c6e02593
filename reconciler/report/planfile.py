"""The file of `plan --out`: what a person reviewed, so that `apply PLANFILE` does that or nothing.

It holds the revision, the remote version of every object planned against, and the digest of the canonical plan. Both
sides are compared again with a fresh plan at apply time; a file that does not prove itself whole is never applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from reconciler.errors import UsageError
from reconciler.model.identity import Key
from reconciler.model.plan import Plan
from reconciler.report import machine

FORMAT = "reconciler-plan/v1"

_AGAIN = "write a new one with `reconcile plan --out FILE`"


@dataclass(frozen=True, slots=True)
class RemoteVersion:
    """The object a change was planned against; both are None when there was none."""

    id: str | None
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    revision: str
    environment: str
    organization: str
    versions: Mapping[Key, RemoteVersion]
    digest: str


def plan_file(plan: Plan) -> bytes:
    """The bytes of a plan file for this plan."""
    body = machine.document(plan)
    content: dict[str, Any] = {"format": FORMAT, "plan": body, "checksum": _checksum(body)}
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def read_plan_file(content: bytes) -> SavedPlan:
    """Read a plan file back; raises UsageError when it is another file, damaged or edited."""
    try:
        loaded = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a plan file: it is not JSON; {_AGAIN}") from error
    if not isinstance(loaded, dict) or "format" not in loaded:
        raise UsageError(f"this is not a plan file: it does not say {FORMAT}; {_AGAIN}")
    if loaded["format"] != FORMAT:
        raise UsageError(f"this plan file says {str(loaded['format'])[:80]!r}, this version reads {FORMAT}; {_AGAIN}")
    body: Any = loaded.get("plan")
    try:
        if loaded.get("checksum") != _checksum(body) or body["digest"] != machine.digest_of(body):
            raise UsageError(f"the plan file is damaged or was edited: its checksum does not fit; {_AGAIN}")
        return _saved(body)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UsageError(f"the plan file is damaged: part of the plan is missing; {_AGAIN}") from error


def stale(saved: SavedPlan, plan: Plan) -> tuple[str, ...]:
    """Why the saved plan may not be applied any more, given the plan of this moment; empty when it may.

    The first sentence starts with `Saved plan is stale`.
    """
    reasons = [
        f"{word} was {then or '(none)'} and is {now or '(none)'}"
        for word, then, now in (
            ("the environment", saved.environment, plan.environment),
            ("the organisation", saved.organization, plan.organization),
            ("the revision in git", saved.revision, plan.revision),
        )
        if then != now
    ]
    fresh = _versions(plan)
    for key in sorted(saved.versions.keys() | fresh.keys()):
        then, now = saved.versions.get(key), fresh.get(key)
        if then is None:
            reasons.append(f"{key} was in sync and is not any more")
        elif now is None:
            reasons.append(f"{key} needs nothing any more")
        elif then != now:
            reasons.append(f"{key} was at version {then.version or '(none)'} and is at {now.version or '(none)'}")
    if not reasons and saved.digest != machine.digest(plan):
        reasons.append("the same objects would be changed in another way")
    if not reasons:
        return ()
    return (f"Saved plan is stale: {reasons[0]}.", *(f"{reason}." for reason in reasons[1:]), f"Next: {_AGAIN}.")


def _versions(plan: Plan) -> dict[Key, RemoteVersion]:
    return {change.key: RemoteVersion(change.id, change.version_before) for change in plan.changes}


def _saved(body: Mapping[str, Any]) -> SavedPlan:
    return SavedPlan(
        revision=_text(body["revision"]),
        environment=_text(body["environment"]),
        organization=_text(body["organization"]),
        versions={
            Key(_text(change["kind"]), _text(change["name"]), change["type"] or ""): RemoteVersion(
                change["id"], change["version"]["before"]
            )
            for change in body["changes"]
        },
        digest=_text(body["digest"]),
    )


def _text(content: object) -> str:
    if not isinstance(content, str):
        raise TypeError(f"text expected, not {type(content).__name__}")
    return content


def _checksum(body: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(machine.jsonable(body, canonical=True))).hexdigest()
