"""What the engine refuses in a flow: broken structure stops the save, missing dependencies stop the publish.

Small on purpose. Not checked: expressions, variables, data actions, data tables, skills, scripts, and paths that do
not end; the platform checks these too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from reconciler.sandbox.answers import Json
from reconciler.sandbox.archy_scan import Pointer, Scan
from reconciler.sandbox.world import World, is_deleted

WORDS = {
    "prompts": "user prompt",
    "queues": "queue",
    "schedulegroups": "schedule group",
    "schedules": "schedule",
    "emergencygroups": "emergency group",
    "users": "user",
    "groups": "group",
}
WANTED_TAGS = {"targetTaskRef": ("task",), "targetMenuRef": ("menu",), "targetStateRef": ("state",)}
CONTAINERS = ("menus", "tasks", "states", "bots")


def structure(scan: Scan) -> list[str]:
    """Every structural error, as sentences."""
    body = scan.document.body
    errors = [f"'{path}' is defined twice." for path in scan.doubles]
    for container in CONTAINERS:
        items = [b for i in body.get(container) or () if isinstance(i, dict) for b in i.values() if isinstance(b, dict)]
        names = Counter(str(item.get("name")) for item in items)
        errors += [f"Two {container} have the name '{name}'." for name, count in names.items() if count > 1]
    for path, tag, item in scan.actions:
        if tag == "menu":
            errors += _menu(path, item)
    errors += [text for pointer in scan.pointers if (text := _broken(scan, pointer))]
    if any(key in body for key in ("menus", "states", "bots")) and not isinstance(body.get("startUpRef"), str):
        errors.append("The flow has no startUpRef.")
    return errors


def _menu(path: str, menu: Json) -> list[str]:
    choices = [c for c in menu.get("choices") or () if isinstance(c, dict)]
    name = menu.get("name") or path
    if not choices:
        return [f"Menu '{name}' has no choices."]
    bodies = [b for choice in choices for b in choice.values() if isinstance(b, dict)]
    keys = Counter(str(b["dtmf"]) for b in bodies if b.get("dtmf"))
    errors = [f"Menu '{name}' uses the key '{key}' twice." for key, count in keys.items() if count > 1]
    silent = [b for b in bodies if not b.get("dtmf") and not b.get("speechRecTerms")]
    return errors + [f"A choice '{b.get('name')}' of menu '{name}' has no DTMF." for b in silent]


def _broken(scan: Scan, pointer: Pointer) -> str | None:
    target = scan.resolve(pointer)
    if target is None:
        return f"{pointer.key} '{pointer.text}' at {pointer.path} points at nothing."
    wanted = WANTED_TAGS.get(pointer.key)
    tag = scan.targets[target][0]
    if wanted and tag not in wanted:
        return f"{pointer.key} '{pointer.text}' at {pointer.path} must point at a {wanted[0]}, not a {tag}."
    return None


@dataclass(slots=True)
class Dependencies:
    """What a flow refers to: ids of what exists, messages for what does not."""

    uses: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    missing_flows: list[tuple[str, str]] = field(default_factory=list)


def dependencies(world: World, scan: Scan) -> Dependencies:
    """Look every name up; prompts by exact name, flows by type and name (and they must be published)."""
    found = Dependencies()
    for kind, name in scan.names:
        entity = world.by_name(kind, name)
        if entity is None:
            found.missing.append(f"The {WORDS[kind]} '{name}' could not be found.")
            continue
        found.uses.setdefault(kind, []).append(entity["id"])
        if kind == "prompts" and not _playable(entity):
            found.missing.append(f"The user prompt '{name}' has nothing to play.")
    for type, name in scan.flows:
        flow = flow_named(world, type, name)
        if flow is not None and (flow.get("_published") or (type, name) == own_name(scan)):
            found.uses.setdefault("flows", []).append(flow["id"])
        elif (type, name) != own_name(scan):
            found.missing.append(f"The {type} flow '{name}' could not be found or is not published.")
            found.missing_flows.append((type, name))
    return found


def _playable(prompt: Json) -> bool:
    keys = ("ttsString", "_audio", "_incoming")
    return any(resource.get(key) for resource in prompt["_resources"].values() for key in keys)


def own_name(scan: Scan) -> tuple[str, str]:
    return scan.document.type, scan.document.name


def flow_named(world: World, type: str, name: str) -> Json | None:
    """A flow is known by type and name, case ignored; deleted ones are not found."""
    wanted = name.lower()
    return next(
        (f for f in world.all("flows") if f["type"] == type and f["name"].lower() == wanted and not is_deleted(f)),
        None,
    )
