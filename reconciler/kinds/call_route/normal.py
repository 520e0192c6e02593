"""A CallRoute's normal form, its checks, and what of it differs from the platform.

    {"description": str, "dnis": [sorted], "open": name | None, "closed": ..., "holiday": ..., "scheduleGroup": ...}

Flows are inbound call flows by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from reconciler.kinds.call_route.spec import CallRouteSpec
from reconciler.kinds.manifest import Context, Manifest, Normal, desired, quoted, warning
from reconciler.model import identity
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import External, Json, Spec

FLOW_TYPE: Final = "inboundCall"
_FLOWS: Final = ("open", "closed", "holiday")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)
_DECORATION: Final = re.compile(r"[\s().\-\u00a0]")


def normalise(manifest: Manifest, _: Context) -> Normal:
    """The route as data, with its flows and schedule group as references."""
    spec: CallRouteSpec = manifest.spec
    numbers, problems = check_numbers(spec.dnis, manifest, ("spec", "dnis"))
    problems += _check_hours(manifest, spec)
    if not manifest.name.strip():
        problems.append(Problem(manifest.source, "REC1109", "the route has a blank name.", "Give it a name."))
    normal: dict[str, Json] = {"description": spec.description, "dnis": numbers}
    references: list[External] = []
    for role in _FLOWS:
        target = getattr(spec, role)
        normal[role] = target.flow if target else None
        if target:
            references.append(External("Flow", target.flow, manifest.at("spec", role, "flow"), FLOW_TYPE))
    normal["scheduleGroup"] = spec.schedule_group
    if spec.schedule_group is not None:
        references.append(External("ScheduleGroup", spec.schedule_group, manifest.at("spec", "scheduleGroup")))
    key = identity.call_route(manifest.name)
    return Normal((desired(manifest, key, normal, references=references),), tuple(problems))


def check_numbers(
    written: Sequence[str], manifest: Manifest, path: tuple[str | int, ...]
) -> tuple[list[str], list[Problem]]:
    """The numbers in E.164 form, sorted, and what is wrong with them. Blanks, dashes, dots and parentheses are ours to
    remove; a country code is not ours to guess."""
    numbers: set[str] = set()
    problems = []
    for place_in_list, text in enumerate(written):
        number, place = e164(text), manifest.at(*path, place_in_list)
        if number is None:
            problems.append(_not_e164(text, place))
        elif number in numbers:
            problems.append(Problem(place, "REC1116", f"the number {number} is there twice.", "Keep one of them."))
        else:
            numbers.add(number)
    if not written:
        message = f"{manifest} has no number, so no caller reaches it."
        problems.append(warning(manifest.at(*path), "REC1116", message, 'Add one: dnis: ["+13175550101"].'))
    return sorted(numbers), problems


def e164(text: str) -> str | None:
    """The number without decoration, None when it is not E.164."""
    bare = _DECORATION.sub("", text)
    return bare if _E164.match(bare) else None


def _not_e164(text: str, place: Location) -> Problem:
    digits = _DECORATION.sub("", text).removeprefix("+")
    if digits.startswith("00") and e164("+" + digits[2:]):
        remedy = f'Write "+{digits[2:]}".'
    elif e164("+" + digits):
        remedy = f'Write "+{digits}" if it starts with the country code.'
    else:
        remedy = 'Write it with a plus and the country code, such as "+13175550101".'
    return Problem(place, "REC1107", f"{quoted(text)} is not an E.164 number.", remedy)


def _check_hours(manifest: Manifest, spec: CallRouteSpec) -> list[Problem]:
    if spec.schedule_group is not None and spec.closed is None:
        # With a schedule group the platform wants both flows [SDK 269].
        place = manifest.at("spec", "scheduleGroup", key=True)
        message = "a route with a scheduleGroup needs a flow for when it is closed."
        return [Problem(place, "REC1116", message, "Add `closed: {flow: ...}` under spec.")]
    if spec.schedule_group is None:
        return [
            warning(
                manifest.at("spec", role, key=True),
                "REC1116",
                f"spec.{role} is never used: without a scheduleGroup the route is always open.",
                "Add `scheduleGroup:`, or remove it.",
            )
            for role in ("closed", "holiday")
            if getattr(spec, role) is not None
        ]
    return []


def differences(wanted: Spec, live: Spec) -> list[tuple[str, Json, Json]]:
    """`(path, live value, wanted value)` of each field to write."""
    found: list[tuple[str, Json, Json]] = []
    for name in ("description", "dnis", *_FLOWS, "scheduleGroup"):
        want, have = _comparable(wanted.get(name)), _comparable(live.get(name))
        if want != have:
            found.append((name, live.get(name), wanted.get(name)))
    return found


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value or None


def is_halfway(path: str, before: Json, live: Json, meant: Json) -> bool:
    """Some of the numbers: they are written 50 at a time, those that go first."""
    if path != "dnis":
        return False
    old, now, goal = set(before or ()), set(live or ()), set(meant or ())
    return old & goal <= now <= old | goal
