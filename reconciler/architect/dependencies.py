"""What a flow needs on the platform: queues, prompts, other flows and so on, all by name.

Hard dependencies must exist before the flow can be published. Soft ones are names a flow looks up while it runs; a
missing one takes the branch written for it. Dynamic ones are known only at run time and are reported, never failed.
Relies on walking the tree by key, so unknown actions give their dependencies too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reconciler.architect import expressions, walk
from reconciler.architect.flow import CALL_TYPES, ArchyFlow
from reconciler.architect.walk import Path
from reconciler.documents.document import Document
from reconciler.model.problem import Location


class Strength(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One name at one place. `types` are the Archy types a flow may have, empty when any will do or the kind is not
    Flow. `path` starts at the document's root; with `on_key` the name is the mapping key at the end of it. `name` is
    empty when dynamic."""

    kind: str
    name: str
    path: Path
    strength: Strength = Strength.HARD
    types: tuple[str, ...] = ()
    on_key: bool = False
    by: str = ""
    """The field or action that needs it: `targetQueue`, `transferToFlow`, `callBotFlow`."""

    def at(self, document: Document) -> Location:
        return document.at(self.path, key=self.on_key)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything found, in the order of the file; a name used twice is there twice, with its places."""

    items: tuple[Dependency, ...]

    def of(self, kind: str, *strengths: Strength) -> tuple[Dependency, ...]:
        """Those of one kind, of the given strengths or of all."""
        wanted = strengths or tuple(Strength)
        return tuple(item for item in self.items if item.kind == kind and item.strength in wanted)

    @property
    def hard(self) -> tuple[Dependency, ...]:
        return tuple(item for item in self.items if item.strength is Strength.HARD)


NAMED: Final[Mapping[str, str]] = {
    "targetQueue": "Queue",
    "targetUser": "User",
    "targetGroup": "Group",
    "scheduleGroup": "ScheduleGroup",
    "emergencyGroup": "EmergencyGroup",
    "selectedSchedule": "Schedule",
    "inServiceSchedules": "Schedule",
    "defaultLanguageSkill": "LanguageSkill",
    "languageSkill": "LanguageSkill",
    "acdSkill": "Skill",
    "worktype": "Worktype",
    "contactList": "ContactList",
    "wrapupCode": "WrapUpCode",
}
"""Fields that name an object, as `{lit: {name: X}}` or `{name: X}`. targetUser, targetGroup and inServiceSchedules by
analogy: UNVERIFIED."""

KEYED: Final[Mapping[str, str]] = {
    "dataTable": "DataTable",
    "screenPopScript": "Script",
    "category": "Integration",
    "dataAction": "DataAction",
}
"""Fields whose mapping keys are the names."""

KEYED_FLOWS: Final[Mapping[str, str]] = {
    "botFlow": "botFlow",
    "digitalBotFlow": "digitalBot",
    "commonModule": "commonModule",
}
"""Fields whose mapping keys name flows, and the flows' Archy type."""

PROMPT_FIELDS: Final = frozenset({"prompt", "holdMusic", "processingPrompt", "voicemailGreeting"})
TYPED_VALUES: Final[Mapping[str, str]] = {
    "queue": "Queue",
    "user": "User",
    "skill": "Skill",
    "languageSkill": "LanguageSkill",
    "schedule": "Schedule",
    "scheduleGroup": "ScheduleGroup",
    "emergencyGroup": "EmergencyGroup",
}
"""Types of variables and statements whose literals name an object: `- queue: {variable, value: {lit: {name}}}`."""

FINDERS: Final[Mapping[str, str]] = {
    "findQueue": "Queue",
    "findQueueById": "Queue",
    "findUser": "User",
    "findUserById": "User",
    "findSkill": "Skill",
    "findLanguageSkill": "LanguageSkill",
    "findGroup": "Group",
    "findSchedule": "Schedule",
    "findScheduleGroup": "ScheduleGroup",
    "findEmergencyGroup": "EmergencyGroup",
    "findUserPrompt": "Prompt",
}
"""Actions that find an object while the flow runs, by `findName` or `findId`. Seen in real files: findQueue and
findQueueById; the others by analogy: UNVERIFIED, so they are never more than soft dependencies."""
_IN_QUEUE: Final = {
    "inboundEmail": ("inqueueEmail",),
    "inboundShortMessage": ("inqueueShortMessage",),
}
_ANY_IN_QUEUE: Final = ("inqueueCall", "inqueueEmail", "inqueueShortMessage")
_WRAPPERS: Final = frozenset({"lit", "exp", "var", "noValue", "none"})
_TELLING: Final = frozenset(
    {"exp", "value", "initialValue", "findName", "findId", "targetFlow", "overrideInQueueFlow"}
    | {*NAMED, *KEYED, *KEYED_FLOWS, *PROMPT_FIELDS}
)
"""Keys that any rule here looks at."""


def dependencies(flow: ArchyFlow) -> Dependencies:
    """All names of other objects in a flow."""
    return flow.once(_dependencies)


def _dependencies(flow: ArchyFlow) -> Dependencies:
    found: list[Dependency] = []
    if flow.division:
        found.append(Dependency("Division", flow.division, (flow.type, "division"), by="division"))
    for entry in flow.entries:
        if entry.key in _TELLING:
            found += _of_entry(flow, entry)
    return Dependencies(tuple(found))


def _of_entry(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Dependency]:
    key, value = entry.key, entry.value
    if key == "exp" and isinstance(value, str):
        yield from _of_expression(entry, value)
    if entry.named_by_user or len(entry.path) == 1:  # the root key says what the file is, not what it needs
        return
    if key in NAMED:
        yield from _named(NAMED[key], value, entry.path, key)
    elif key in KEYED:
        yield from _keyed(KEYED[key], value, entry.path, key)
    elif key in KEYED_FLOWS:
        for dependency in _keyed("Flow", value, entry.path, key):
            yield Dependency("Flow", dependency.name, dependency.path, types=(KEYED_FLOWS[key],), on_key=True, by=key)
    elif key in ("targetFlow", "overrideInQueueFlow"):
        for dependency in _named("Flow", value, entry.path, key):
            yield Dependency(
                "Flow", dependency.name, dependency.path, dependency.strength, _flow_types(flow, entry), by=entry.parent
            )
    elif key in PROMPT_FIELDS:
        yield from _prompt(value, entry)
    elif key in ("value", "initialValue") and _typed(entry.parent) and _is_literal(value):
        yield from _named(_typed(entry.parent), value, entry.path, entry.parent)
    elif key in ("findName", "findId") and entry.parent in FINDERS and isinstance(value, Mapping):
        yield from _found(FINDERS[entry.parent], value, entry)


def _found(kind: str, value: Mapping[str, Any], entry: walk.Entry) -> Iterator[Dependency]:
    """What an action looks up: by a name that is written, or by an id or a name that is known during the call only."""
    for form in ("lit", "exp", "var"):
        text = value.get(form)
        if not isinstance(text, str) or not text:
            continue
        name = text if form == "lit" else expressions.literal(text) if form == "exp" else None
        if entry.key == "findId":
            name = None
        strength = Strength.DYNAMIC if name is None else Strength.SOFT
        yield Dependency(kind, name or "", (*entry.path, form), strength, by=entry.parent)


def _flow_types(flow: ArchyFlow, entry: walk.Entry) -> tuple[str, ...]:
    """Archy types that the named flow may have."""
    if entry.key == "overrideInQueueFlow":
        return ("inqueueCall",) if flow.type in CALL_TYPES else _IN_QUEUE.get(flow.type, _ANY_IN_QUEUE)
    if "Secure" in entry.parent:
        return ("secureCall",)
    # Transfers stay in their channel; which type a flow outside calls may name is UNVERIFIED, so any will do there.
    return ("inboundCall",) if flow.type in CALL_TYPES else ()


def _named(kind: str, value: Any, path: Path, by: str) -> Iterator[Dependency]:
    """`{lit: {name: X}}`, `{name: X}`, lists of those, or something only known at run time."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _named(kind, item, (*path, number), by)
    if not isinstance(value, Mapping):
        return
    if "lit" in value:
        yield from _named(kind, value["lit"], (*path, "lit"), by)
    elif isinstance(value.get("name"), str) and value["name"]:
        yield Dependency(kind, value["name"], (*path, "name"), by=by)
    elif "var" in value or (isinstance(value.get("exp"), str) and _is_open(value["exp"])):
        yield Dependency(kind, "", path, Strength.DYNAMIC, by=by)


def _keyed(kind: str, value: Any, path: Path, by: str) -> Iterator[Dependency]:
    if not isinstance(value, Mapping):
        return
    for name, content in value.items():
        if isinstance(content, Mapping) and name not in _WRAPPERS:
            yield Dependency(kind, name, (*path, name), on_key=True, by=by)


def _prompt(value: Any, entry: walk.Entry) -> Iterator[Dependency]:
    """`prompt: Prompt.X`, or `{lit: {name: Prompt.X}}`. Expressions are met on their own; a bare `name` beside other
    keys belongs to the action `holdMusic`, not to a prompt."""
    path = entry.path
    if isinstance(value, Mapping) and "lit" in value:
        value, path = value["lit"], (*path, "lit")
        if isinstance(value, Mapping) and "name" in value:
            value, path = value["name"], (*path, "name")
    if isinstance(value, Mapping) and "var" in value:
        yield Dependency("Prompt", "", path, Strength.DYNAMIC, by=entry.key)
    if isinstance(value, str) and value and not value.startswith("PromptSystem."):
        yield Dependency("Prompt", value.removeprefix("Prompt."), path, by=entry.key)


def _of_expression(entry: walk.Entry, text: str) -> Iterator[Dependency]:
    for name in expressions.prompts(text):
        yield Dependency("Prompt", name, entry.path, by="exp")
    for found in expressions.look_ups(text):
        strength = Strength.DYNAMIC if found.name is None else Strength.SOFT
        yield Dependency(found.kind, found.name or "", entry.path, strength, by="exp")


def _is_open(text: str) -> bool:
    """True when an expression's object cannot be told: it reads something, and not by a look-up we report anyway."""
    return not expressions.is_not_set(text) and not expressions.look_ups(text)


def _is_literal(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("lit"), Mapping)


def _typed(parent: str) -> str:
    return TYPED_VALUES.get(parent.removesuffix("Variable"), "")
