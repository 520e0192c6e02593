"""An Archy document as a flow: its type, its name, its body.

Relies on documents for places. Leaves references, structure and dependencies to their own modules. The rules for
names are the ones the platform's own engine applies before publishing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeVar

from reconciler.architect import walk
from reconciler.documents.document import Document
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Location, Problem, Severity

T = TypeVar("T")

ROOT_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "inboundCall": "INBOUNDCALL",
        "outboundCall": "OUTBOUNDCALL",
        "secureCall": "SECURECALL",
        "inqueueCall": "INQUEUECALL",
        "inqueueEmail": "INQUEUEEMAIL",
        "inqueueShortMessage": "INQUEUESHORTMESSAGE",
        "inboundShortMessage": "INBOUNDSHORTMESSAGE",
        "inboundChat": "INBOUNDCHAT",
        "inboundEmail": "INBOUNDEMAIL",
        "workflow": "WORKFLOW",
        "workitem": "WORKITEM",
        "surveyInvite": "SURVEYINVITE",
        "commonModule": "COMMONMODULE",
        "botFlow": "BOT",
        "digitalBot": "DIGITALBOT",
    }
)
"""Archy's root key of each flow type seen in real files, and the platform's name for the type."""

CALL_TYPES: Final = frozenset({"inboundCall", "outboundCall", "secureCall", "inqueueCall"})

_NAME_MAX: Final = 200
_BINARY: Final = re.compile(r"\.i3\w*$", re.IGNORECASE)
_BLOB: Final = re.compile(r"[A-Za-z0-9+/=]{60}[A-Za-z0-9+/=\s]*+\Z")
_BLOB_SEEN: Final = 4096
"""Characters that tell an encoded file from anything else."""
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN: Final = re.compile(r"\{\{[^{}\n]+\}\}")


@dataclass(frozen=True, slots=True)
class ArchyFlow:
    """A flow as written. `type` is the root key (`inboundCall`); paths of all findings start at the document's root."""

    type: str
    name: str
    body: Mapping[str, Any]
    document: Document = field(repr=False)
    _entries: list[walk.Entry] = field(default_factory=list, repr=False, compare=False)
    _once: dict[Callable[[ArchyFlow], Any], Any] = field(default_factory=dict, repr=False, compare=False)
    _index: dict[str, list[walk.Entry]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def platform_type(self) -> str:
        """The type as the platform spells it. For types without a public sample the upper-cased key: UNVERIFIED."""
        return ROOT_KEYS.get(self.type, self.type.upper())

    @property
    def division(self) -> str | None:
        value = self.body.get("division")
        return value if isinstance(value, str) else None

    @property
    def entries(self) -> Sequence[walk.Entry]:
        """Every key of the document, walked once for all who look."""
        if not self._entries:
            self._entries.extend(walk.entries(self.document.value))
        return self._entries

    def once(self, work: Callable[[ArchyFlow], T]) -> T:
        """What `work` makes of this flow, worked out the first time somebody asks."""
        if work not in self._once:
            self._once[work] = work(self)
        found: T = self._once[work]
        return found

    def having(self, *keys: str) -> list[walk.Entry]:
        """The entries with one of these keys that are words of the language, key by key in the order of the file."""
        if not self._index:
            for entry in self.entries:
                if not entry.named_by_user:
                    self._index.setdefault(entry.key, []).append(entry)
        return [entry for key in keys for entry in self._index.get(key, ())]

    def at(self, path: walk.Path = (), *, key: bool = False) -> Location:
        return self.document.at(path, key=key)


def is_archy(value: Any) -> bool:
    """True when the only root key is an Archy flow type: such a document is a flow without an envelope."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ROOT_KEYS


def is_binary_export(file: str, content: bytes = b"") -> bool:
    """True for Architect's other export format (`.i3InboundFlow` and friends): encoded, not YAML."""
    return bool(_BINARY.search(file)) or bool(_BLOB.match(content[:_BLOB_SEEN].decode("ascii", "replace")))


def binary_export(file: str) -> Problem:
    message = "this is Architect's binary export (.i3…), which only Architect can read."
    return Problem(Location(file), "REC1405", message, "Export the flow as YAML: in Architect choose Export > YAML.")


def parse(document: Document) -> tuple[ArchyFlow | None, list[Problem]]:
    """The flow a document describes, and everything wrong with its frame; None when there is no usable frame."""
    value = document.value
    if isinstance(value, str) and (_BINARY.search(document.file) or _BLOB.match(value[:_BLOB_SEEN])):
        return None, [binary_export(document.file)]
    if not isinstance(value, Mapping) or len(value) != 1:
        found = "no mapping" if not isinstance(value, Mapping) else f"the root keys {', '.join(map(str, value))}"
        message = f"an Archy file has one root key, the flow type; this one has {found}."
        return None, [
            Problem(document.at(), "REC1401", message, "Put everything below one key such as `inboundCall:`.")
        ]
    ((type_, body),) = value.items()
    problems = _unknown_type(document, type_)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    if not isinstance(body, Mapping):
        message = f"`{type_}` must be a mapping with `name` and the parts of the flow."
        return None, [
            *problems,
            Problem(document.at((type_,), key=True), "REC1401", message, "Indent the flow below it."),
        ]
    problems += _name_problems(document, type_, body)
    entries = walk.entries(value)
    problems += _left_overs(document, entries)
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        return None, problems
    return ArchyFlow(type_, name, body, document, entries), problems


def _unknown_type(document: Document, type_: str) -> list[Problem]:
    if type_ in ROOT_KEYS:
        return []
    place = document.at((type_,), key=True)
    if likely := nearest(type_, ROOT_KEYS):
        return [Problem(place, "REC1402", f"`{type_}` is not an Archy flow type.", f"Write `{likely}`.")]
    message = f"the flow type `{type_}` is unknown here; the flow is taken as it is and hardly checked."
    return [Problem(place, "REC1402", message, "Check the spelling of the root key.", Severity.WARNING)]


def _name_problems(document: Document, type_: str, body: Mapping[str, Any]) -> list[Problem]:
    name = body.get("name")
    place = document.at((type_, "name")) if "name" in body else document.at((type_,), key=True)
    if name is None:
        message, remedy = "the flow has no name.", f"Write `name:` below `{type_}:`."
    elif not isinstance(name, str):
        message = f"the flow name is {in_words(name)}, not text."
        remedy = "Write the name itself." if isinstance(name, Mapping | list) else "Put it in quotes."
    elif not name.strip():
        message, remedy = "the flow name is blank.", "Write a name."
    elif len(name) > _NAME_MAX:
        message, remedy = f"the flow name has {len(name)} characters.", f"Use at most {_NAME_MAX}."
    elif name != name.strip():
        message, remedy = "the flow name has blanks or line breaks around it.", "Take them away."
    elif _CONTROL.search(name):
        message, remedy = "the flow name holds a line break or a control character.", "Write it on one line."
    elif "/" in name:
        message, remedy = "the flow name holds `/`.", f"Write `name: {name.replace('/', '-')}`."
    elif name.lower().endswith("-debug"):
        message, remedy = "the flow name ends in `-debug`, which Architect keeps for itself.", "Choose another ending."
    elif not any(character.isalnum() for character in name):
        message, remedy = "the flow name holds no letter and no digit.", "Add one."
    else:
        return []
    return [Problem(place, "REC1403", message, remedy)]


def in_words(value: Any) -> str:
    """What stands where something else should, for a message: as YAML would have it, a container by its kind."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _left_overs(document: Document, entries: Sequence[walk.Entry]) -> list[Problem]:
    """`{{…}}` where nobody means it literally: in keys, names, divisions and references. Free text may hold braces."""
    problems = []
    for entry in entries:
        key, value = entry.key, entry.value
        in_key = _TOKEN.search(key) if "{{" in key else None
        found = in_key
        if found is None and type(value) is str and "{{" in value:
            is_word = key in ("name", "division") or key.endswith("Ref")
            found = _TOKEN.search(value) if is_word else None
        if found:
            message = f"`{found.group()}` was not replaced."
            remedy = "Give the variable a value in the environment's `variables`."
            problems.append(Problem(document.at(entry.path, key=bool(in_key)), "REC1404", message, remedy))
    return problems
