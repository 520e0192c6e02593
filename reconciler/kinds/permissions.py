"""Which permissions of the platform a desired state needs, by kind and action [Genesys docs].

Every pass lists prompts, flows and call routes, whatever the manifests hold, so those three are always needed. Writing
rights are asked for only where a manifest may need them. Which right the searches for users and groups need is
documented nowhere; their refusal names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core import etiquette
from reconciler.core.diagnosis import Need
from reconciler.model import identity
from reconciler.model.change import Action
from reconciler.model.desired import DesiredState
from reconciler.model.resource import Desired


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What one kind needs: to be listed, to have its content read, and for each action that writes."""

    noun: str
    listed: str
    read: tuple[str, ...] = ()
    write: Mapping[Action, tuple[str, ...]]


RIGHTS: Mapping[str, Rights] = {
    identity.PROMPT: Rights(
        noun="prompts",
        listed="architect:userPrompt:view",
        write={
            # The languages of a new prompt are edits of it.
            Action.CREATE: ("architect:userPrompt:add", "architect:userPrompt:edit"),
            Action.UPDATE: ("architect:userPrompt:edit",),
            Action.DELETE: ("architect:userPrompt:delete",),
        },
    ),
    identity.FLOW: Rights(
        noun="flows",
        listed="architect:flow:view",
        read=("architect:jobExport:create", "architect:jobExport:view"),
        write={
            # UNVERIFIED: that the job asks for add, edit and publish too, beside its own two.
            Action.CREATE: (
                *("architect:job:create", "architect:job:view"),
                *("architect:flow:add", "architect:flow:edit", "architect:flow:publish"),
            ),
            Action.UPDATE: (
                *("architect:job:create", "architect:job:view"),
                *("architect:flow:edit", "architect:flow:publish"),
            ),
            Action.DELETE: ("architect:flow:delete",),
        },
    ),
    identity.CALL_ROUTE: Rights(
        noun="call routes",
        listed="routing:callRoute:view",
        write={
            # More than 50 numbers are added by edits.
            Action.CREATE: ("routing:callRoute:add", "routing:callRoute:edit"),
            Action.UPDATE: ("routing:callRoute:edit",),
            Action.DELETE: ("routing:callRoute:delete",),
        },
    ),
}
LOOKUPS: Mapping[str, tuple[str, str]] = {
    "Queue": ("routing:queue:view", "find queues by name"),
    "ScheduleGroup": ("routing:scheduleGroup:view", "find schedule groups by name"),
    "EmergencyGroup": ("routing:emergencyGroup:view", "find emergency groups by name"),
}
UNLOCK = ("architect:flow:unlock", "push locks aside")
AUDITS = Need("audits:audit:view", ("say who changed a prompt",), optional=True)


def needed(desired: DesiredState) -> tuple[Need, ...]:
    """Each permission once with all it is for, in the order in which a pass meets them; optional ones last."""
    purposes: dict[str, dict[str, None]] = defaultdict(dict)
    for permission, purpose in _pairs(desired):
        purposes[permission][purpose] = None
    needs = [Need(permission, tuple(found)) for permission, found in purposes.items()]
    if identity.PROMPT in _kinds(desired):
        needs.append(AUDITS)
    return tuple(needs)


def _pairs(desired: DesiredState) -> Iterator[tuple[str, str]]:
    """Permissions with one purpose each."""
    yield from ((rights.listed, f"list {rights.noun}") for rights in RIGHTS.values())
    for resource in desired.resources.values():
        yield from (LOOKUPS[external.kind] for external in resource.externals if external.kind in LOOKUPS)
    for kind in _kinds(desired):
        yield from ((permission, f"read the content of {RIGHTS[kind].noun}") for permission in RIGHTS[kind].read)
    for kind in _kinds(desired):
        yield from _writes(kind, prune=desired.environment.policy.prune)
    if any(_forces(resource) for resource in desired.resources.values()):
        yield UNLOCK


def _writes(kind: str, *, prune: bool) -> Iterator[tuple[str, str]]:
    for action, permissions in RIGHTS[kind].write.items():
        if action is not Action.DELETE or prune:
            yield from ((permission, f"{action} {RIGHTS[kind].noun}") for permission in permissions)


def _forces(resource: Desired) -> bool:
    return resource.key.kind == identity.FLOW and etiquette.forces(resource)


def _kinds(desired: DesiredState) -> list[str]:
    present = {key.kind for key in desired.resources}
    return [kind for kind in RIGHTS if kind in present]
