"""The stand-in's own reading of Archy YAML: load it, and say what a flow is called.

YAML 1.2 booleans (`yes` and `no` stay text), no duplicate keys, no tags. This module knows nothing of the organisation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from reconciler.sandbox.answers import Json

TYPES = {
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
ROOTS = {type: root for root, type in TYPES.items()}
# Types the platform knows [SDK 269] whose YAML nobody has published.
OTHER_TYPES = ("BUSINESSPROCESS", "EMAILSEND", "SPEECH", "VOICE", "VOICEMAIL", "VOICESURVEY")
ALL_TYPES = frozenset((*ROOTS, *OTHER_TYPES))
NAME_MAX = 200
DEPTH_MAX = 200


class Refused(Exception):
    """The file is no flow; holds every message."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class Document:
    """One flow as written: its root key, its type, its name and everything below the root."""

    root: str
    type: str
    name: str
    body: Json


class _Loader(yaml.CSafeLoader):
    """YAML 1.2 scalars, duplicate keys refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own protocol

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a scalar", key_node.start_mark)
            if key in seen:
                text = f"the key {key!r} appears twice"
                raise yaml.constructor.ConstructorError(None, None, text, key_node.start_mark)
            seen.add(key)
        return {str(k): v for k, v in super().construct_mapping(node, deep=deep).items()}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN\0"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+0123456789."),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first) if "\0" not in _first else None)


def read(text: str) -> Document:
    """The one flow in `text`. Raises Refused with all that is wrong with its shell."""
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except (yaml.YAMLError, RecursionError, ValueError) as reason:
        raise Refused([f"The YAML could not be parsed: {reason}"]) from reason
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise Refused(["The file must hold one YAML document with a mapping at its root."])
    content = documents[0]
    if len(content) != 1:
        raise Refused([f"The file must have exactly one root key, the flow type; it has {len(content)}."])
    ((root, body),) = content.items()
    if root not in TYPES:
        raise Refused([f"'{root}' is not a flow type."])
    if not isinstance(body, dict):
        raise Refused([f"'{root}' must hold a mapping."])
    name = body.get("name")
    if problem := name_problem(name):
        raise Refused([problem[1]])
    return Document(root, TYPES[root], str(name), body)


def name_problem(name: object) -> tuple[str, str] | None:
    """The platform's code suffix and sentence for a bad flow name."""
    if not isinstance(name, str) or not name.strip():
        return "missing.name", "A flow needs a name."
    if "/" in name:
        return "invalid.name.contains.slash", f"The flow name '{name}' must not contain a slash."
    if name.lower().endswith("-debug"):
        return "invalid.name.contains.debug", f"The flow name '{name}' must not end in -debug."
    if not any(c.isalnum() for c in name):
        return "invalid.name.no.alpha", f"The flow name '{name}' needs a letter or a digit."
    if len(name) > NAME_MAX:
        return "invalid.name", f"The flow name '{name[:20]}...' is over {NAME_MAX} characters."
    return None


def quoted(text: str) -> str:
    """The text as a double-quoted YAML scalar."""
    return json.dumps(text)


def languages(document: Document) -> list[Json]:
    """The platform's SupportedLanguage list [SDK 269]."""
    default = document.body.get("defaultLanguage")
    supported = document.body.get("supportedLanguages")
    names = [k for k in supported if k != "none"] if isinstance(supported, dict) else []
    if isinstance(default, str) and default not in names:
        names.insert(0, default)
    return [{"language": name, "isDefault": name == default} for name in names]


class _Dumper(yaml.CSafeDumper):
    """Exports hold no anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def write(root: str, body: Json) -> str:
    """The flow as YAML, in the order its keys have."""
    return yaml.dump({root: body}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
