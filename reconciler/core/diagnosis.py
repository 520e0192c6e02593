"""What `doctor` concludes from what it measured: one finding per thing, with what to do when it is not well. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SKEW_SECONDS_MAX = 30.0
"""A clock further off than this makes audit times misleading."""
SKEW_SECONDS_BROKEN = 300.0
"""Receivers of Standard Webhooks refuse what is older or newer than this."""
BUDGET_SHARE_MIN = 0.2
"""With less than this share of the rate budget left, somebody else uses the same OAuth client."""
SQLITE_BROKEN = (3, 7, 0)
SQLITE_FIXED = (3, 51, 3)
"""The WAL-reset corruption is in 3.7.0 to 3.51.2 [SQLite, March 2026]."""
EVERYWHERE = "*"
"""A division of this id or name stands for all of them. UNVERIFIED that grants say so."""
CHANGES_LATER = "a change takes up to five minutes to work"


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """`said` is what is; `remedy` what to do, empty when there is nothing to do."""

    health: Health
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, and what it is for: phrases that go on from "needed to". Without an optional one we say less."""

    permission: str
    purposes: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Permissions held in each division, by its name; parts of a permission may be `*`. `conditional` are held under
    conditions that we cannot judge."""

    always: Mapping[str, Collection[str]]
    conditional: Collection[str] = ()


def skew(seconds: float | None) -> Finding:
    """`seconds` is the platform's clock minus ours, to the second; None when the platform did not say."""
    if seconds is None:
        return Finding(Health.WARN, "The platform's answers carry no date, so the clocks cannot be compared.")
    off = abs(seconds)
    if off <= SKEW_SECONDS_MAX:
        return Finding(Health.OK, f"Within {max(off, 1):.0f} s of the platform's.")
    said = f"{off:.0f} s {'behind' if seconds > 0 else 'ahead of'} the platform's."
    remedy = "Let NTP keep this machine's clock"
    if off < SKEW_SECONDS_BROKEN:
        return Finding(Health.WARN, said, f"{remedy}; times in the audit trail are off by that much.")
    return Finding(Health.RED, said, f"{remedy}; receivers refuse webhooks that are five minutes off.")


def budget(remaining: int | None, allowed: int | None) -> Finding:
    """Requests left in the present rate window of `allowed`."""
    if remaining is None or not allowed:
        return Finding(Health.WARN, "The platform's answers carry no rate headers; requests go one at a time.")
    said = f"{remaining} of {allowed} requests left in this window."
    if remaining >= allowed * BUDGET_SHARE_MIN:
        return Finding(Health.OK, said)
    return Finding(Health.WARN, said, "Give the reconciler an OAuth client of its own; another program uses this one.")


def sqlite(version: tuple[int, ...]) -> Finding:
    said = f"Version {'.'.join(str(part) for part in version)}"
    if version < SQLITE_BROKEN or version >= SQLITE_FIXED:
        return Finding(Health.OK, f"{said}.")
    return Finding(
        Health.WARN,
        f"{said} can corrupt a database that two connections write to.",
        "Open the ledger with no other program, and prefer 3.51.3 or later; we hold its only connection.",
    )


def organization(id: str, name: str, *, wanted: str | None) -> Finding:
    """`wanted` is what the Environment says, None when it says nothing."""
    said = f"{name or 'unnamed'} ({id})."
    if wanted in (None, id):
        return Finding(Health.OK, said)
    remedy = "Use the credentials of that organisation, or correct spec.organization in the Environment."
    return Finding(Health.RED, f"{said} The manifests are for {wanted}.", remedy)


def ledger(where: str, *, bound: str | None, organization: str | None) -> Finding:
    """`bound` is the organisation that the ledger belongs to, `organization` the one that the credentials reach; None
    when not known."""
    if bound is None:
        return Finding(Health.OK, f"{where}, not bound to an organisation yet.")
    if organization in (None, bound):
        return Finding(Health.OK, f"{where}, of organisation {bound}.")
    said = f"{where} belongs to organisation {bound}."
    return Finding(Health.RED, said, "Set RECONCILE_LEDGER_URL to another file for this organisation.")


def converter(recordings: int, *, is_there: bool) -> Finding:
    """`recordings` is how many of the manifests' are in no format that the platform takes."""
    if not recordings:
        return Finding(Health.OK, f"{'There is one' if is_there else 'None here'}, and none is needed.")
    return Finding(Health.OK, f"Ready for {recordings} {'recording' if recordings == 1 else 'recordings'}.")


def rights(needs: Sequence[Need], held: Held | None) -> list[Finding]:
    """What is missing, one finding for each permission; a single good one when nothing is.

    Warns of permissions that reach fewer divisions than others do. `held` is None when the platform does not tell.
    """
    if held is None:
        said = "The platform does not tell this token what it may do."
        return [Finding(Health.WARN, said, "Compare the client's roles with the list in docs/operations.md.")]
    if not held.conditional and not any(held.always.values()):
        remedy = f"Give it a role in Admin > Integrations > OAuth; {CHANGES_LATER}."
        return [Finding(Health.RED, "This OAuth client has no role with any permission.", remedy)]
    reaches = {need.permission: _reach(held, need.permission) for need in needs}
    widest = frozenset[str]().union(*reaches.values())
    found = [one for need in needs if (one := _right(need, reaches[need.permission], widest, held)) is not None]
    if any(finding.health is Health.RED for finding in found):
        return found
    divisions = "all divisions" if EVERYWHERE in held.always else f"division {', '.join(sorted(widest))}"
    number = sum(bool(reach) for reach in reaches.values())
    return [Finding(Health.OK, f"{number} permissions that these manifests need are held in {divisions}."), *found]


def _right(need: Need, reach: frozenset[str], widest: frozenset[str], held: Held) -> Finding | None:
    purposes = f"needed to {', '.join(need.purposes)}"
    if not reach:
        if covers(held.conditional, need.permission):
            said = f"{need.permission} is held under a condition that we cannot judge; {purposes}."
            return Finding(Health.WARN, said)
        remedy = f"Add {need.permission} to one of the client's roles; {CHANGES_LATER}."
        if need.optional:
            return Finding(Health.WARN, f"{need.permission} is missing; {purposes}, optional.", remedy)
        return Finding(Health.RED, f"{need.permission} is missing; {purposes}.", remedy)
    if lacking := widest - reach:
        said = f"{need.permission} is not held in {', '.join(sorted(lacking))}, where others are; {purposes}."
        return Finding(Health.WARN, said, "Grant the role in that division too, if objects live there.")
    return None


def _reach(held: Held, permission: str) -> frozenset[str]:
    """The divisions where it is held."""
    if covers(held.always.get(EVERYWHERE, ()), permission):
        return frozenset(held.always)
    return frozenset(division for division, ones in held.always.items() if covers(ones, permission))


def covers(held: Collection[str], permission: str) -> bool:
    """Whether any of the held permissions includes this one."""
    wanted = permission.lower().split(":")
    return any(_matches(one.lower().split(":"), wanted) for one in held)


def _matches(have: Sequence[str], wanted: Sequence[str]) -> bool:
    return len(have) == len(wanted) and all(part in ("*", want) for part, want in zip(have, wanted, strict=True))


def worst(findings: Collection[Finding]) -> Health:
    """Red before warn before ok."""
    order = (Health.RED, Health.WARN, Health.OK)
    return next((health for health in order if any(one.health is health for one in findings)), Health.OK)
