"""A bot flow's YAML as the runner needs it: actions by place, what is said, and what an answer matches.

Only literal texts are understood (`ToCommunication("…")`, `MakeCommunication("…", "…")`); any other expression is
`NotUnderstood`, because a guess would be a lie about what callers read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.answers import Json
from reconciler.sandbox.archy import Document

ASKED_MAX_DEFAULT = 3
NO_INPUT_SECONDS_DEFAULT = 60
_COMMUNICATION = re.compile(r"\s*(?:To|Make)Communication\s*\((.*)\)\s*", re.DOTALL)
_LITERALS = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|NOT_SET)\s*(?:,|\Z)', re.DOTALL)
_TASK = re.compile(r".*\b(task|bot)\[([^\]]*)\]\Z", re.DOTALL)


class NotUnderstood(Exception):
    """The stand-in cannot run this; the text says what."""


@dataclass(frozen=True, slots=True)
class Action:
    tag: str
    body: Json

    @property
    def name(self) -> str:
        return str(self.body.get("name", self.tag))


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of a digital menu: what to write for it, and where it leads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Script:
    document: Document

    def start(self) -> list[str | int]:
        """Where the actions of the start-up object are. Raises NotUnderstood."""
        return self.target(str(self.document.body.get("startUpRef", "")))

    def target(self, reference: str) -> list[str | int]:
        matched = _TASK.fullmatch(reference)
        kind, id = matched.groups() if matched else ("", "")
        for index, item in enumerate(self.document.body.get(f"{kind}s") or ()):
            body = item.get(kind) if isinstance(item, dict) else None
            if isinstance(body, dict) and id in (body.get("refId"), body.get("name")):
                return [f"{kind}s", index, kind, "actions"]
        raise NotUnderstood(f"{reference or 'startUpRef'} points at nothing")

    def actions(self, place: list[str | int]) -> list[Any]:
        node: Any = self.document.body
        for step in place:
            node = node[step] if isinstance(step, int) else node.get(step)
            if node is None:
                return []
        return node if isinstance(node, list) else []

    def action(self, place: list[str | int], index: int) -> Action | None:
        """None past the end. Raises NotUnderstood for what is no action."""
        listed = self.actions(place)
        if index >= len(listed):
            return None
        item = listed[index]
        if not isinstance(item, dict) or len(item) != 1 or not isinstance(next(iter(item.values())), dict):
            raise NotUnderstood(f"item {index + 1} of {place[-2]} is no action")
        ((tag, body),) = item.items()
        return Action(tag, body)

    def variables(self) -> Json:
        """The flow's variables with their first values, by lower-case name; slots are kept apart."""
        items = [body for item in self.document.body.get("variables") or () for body in item.values()]
        return {str(body.get("name")).lower(): _literal(body.get("initialValue")) for body in items}

    def sequence(self, place: list[str | int]) -> str:
        """The name of the task or bot that these actions belong to."""
        node: Any = self.document.body
        for step in place[:3]:
            node = node[step]
        return str(node.get("name", ""))

    def asked_max(self, setting: str) -> int:
        found = _literal((self.document.body.get("settingsUserInput") or {}).get(setting))
        return found if isinstance(found, int) else ASKED_MAX_DEFAULT

    def no_input_milliseconds(self) -> int:
        span = _literal((self.document.body.get("settingsUserInput") or {}).get("noInputsTimeout"))
        if not isinstance(span, dict):
            return NO_INPUT_SECONDS_DEFAULT * 1000
        units = {"hours": 3600, "minutes": 60, "seconds": 1}
        return sum(int(span.get(unit, 0)) * seconds for unit, seconds in units.items()) * 1000

    def handover(self, setting: str) -> str:
        return said((self.document.body.get("settingsErrorHandling") or {}).get(setting))

    def slot_value(self, slot: str, text: str) -> str | None:
        """The slot's value in this text by its type, a regular expression or a list; None when nothing matches.

        Raises NotUnderstood for an unknown slot or another kind of type.
        """
        domain = (self.document.body.get("settingsNaturalLanguageUnderstanding") or {}).get("nluDomainVersion") or {}
        entity = next((e for e in domain.get("entities") or () if e.get("name") == slot), None)
        type = next(
            (t for t in domain.get("entityTypes") or () if entity and t.get("name") == entity.get("type")), None
        )
        mechanism = (type or {}).get("mechanism") or {}
        items = [item for item in mechanism.get("items") or () if isinstance(item, dict)]
        match mechanism.get("type"):
            case "Regex":
                return next(filter(None, (_found(str(item.get("value")), text) for item in items)), None)
            case "List":
                return _listed(items, text.casefold().strip())
            case _:
                raise NotUnderstood(f"the slot {slot!r} has no type of a regular expression or a list")


def said(value: object) -> str:
    """What a communication says; empty for none. Raises NotUnderstood."""
    if not isinstance(value, dict) or value.get("noValue"):
        return ""
    if isinstance(value.get("lit"), str):
        return str(value["lit"])
    matched = _COMMUNICATION.fullmatch(str(value.get("exp", "")))
    inside, texts = matched.group(1) if matched else None, []
    at = 0
    while inside is not None and at < len(inside):
        literal = _LITERALS.match(inside, at)
        if literal is None:
            inside = None
            break
        texts.append(json.loads(literal.group(1), strict=False) if literal.group(1) else "")
        at = literal.end()
    if inside is None:
        raise NotUnderstood(f"the expression {value.get('exp', value)!r}")
    return "".join(texts)


def choices(menu: Json) -> list[Choice]:
    """The paths of a digital menu, with the label of the button for each."""
    labels = dict(_buttons(menu.get("chooser")))
    outputs = menu.get("outputs") or {}
    names = [str(path["path"]["name"]) for path in outputs.get("paths") or ()]
    return [Choice(name, labels.get(name) or name) for name in names]


def chosen(menu: Json, text: str) -> int | None:
    """The number of the path that this answer takes, by value or label, case ignored."""
    wanted = text.casefold().strip()
    listed = choices(menu)
    return next((i for i, c in enumerate(listed) if wanted in (c.value.casefold(), c.label.casefold())), None)


def _buttons(chooser: object) -> Iterator[tuple[str, str]]:
    replies = (_literal(chooser) or {}).get("quickReplies") if isinstance(chooser, dict) else None
    buttons = (_literal(replies) or {}).get("buttons")
    for button in _literal(buttons) or ():
        body = _literal(button) or {}
        value, label = _literal(body.get("value")), _literal(body.get("label"))
        if isinstance(value, str):
            yield value, label if isinstance(label, str) else value


def _literal(value: Any) -> Any:
    return value.get("lit") if isinstance(value, dict) else None


def _found(pattern: str, text: str) -> str | None:
    try:
        matched = re.search(pattern, text)
    except re.error as reason:
        raise NotUnderstood(f"the regular expression {pattern!r}") from reason
    return matched.group(0) if matched else None


def _listed(items: list[Json], text: str) -> str | None:
    """The value whose words are the text, else the first with a word in it. UNVERIFIED on the platform."""
    whole = (str(item["value"]) for item in items if text in _words(item))
    inside = (
        str(item["value"])
        for item in items
        if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in _words(item) if word)
    )
    return next(whole, None) or next(inside, None)


def _words(item: Json) -> set[str]:
    return {str(word).casefold() for word in (item.get("value"), *(item.get("synonyms") or ()))}
