"""Texts with variables in them, as Architect expressions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from reconciler.kinds.manifest import RUNTIME
from reconciler.kinds.messaging_flow import unverified
from reconciler.kinds.messaging_flow.spec import Condition, MessagingFlowSpec, Scalar, is_variable

Path = tuple[str | int, ...]

_SCOPE: Final = "flow."
_TOKEN: Final = re.compile(f"{RUNTIME}{re.escape(_SCOPE)}([^{RUNTIME}]*){RUNTIME}")
_PLACES: Final = frozenset({"say", "ask", "set"})
"""Keys of a node below which `${flow.NAME}` may stand."""
NOW: Final = "ToString(GetCurrentDateTimeUtc())"
BUILT_IN: Final = ("now", "channel")
CHANNEL: Final = "Flow.channel"
"""The bot does not see the message itself; the message flow hands the channel over."""


def is_of_the_flow(path: Path, name: str) -> bool:
    """True for a token that only the running flow can fill in: `${flow.NAME}` in a text of a node or a value it sets.

    Plain words that look like one (`$${flow.NAME}`, or inside the value of a variable) stay plain words.
    """
    return name.startswith(_SCOPE) and path[:2] == ("spec", "nodes") and any(step in _PLACES for step in path[3:])


def communication(text: str) -> dict[str, Any]:
    """What a bot writes."""
    return {"exp": f"ToCommunication({_joined(text)})"}


NOTHING: Final = {"exp": "ToCommunication(NOT_SET)"}


def value(written: Scalar) -> dict[str, Any]:
    """A string: literal, or with variables in it an expression."""
    text = spelled(written)
    return {"exp": _joined(text)} if _TOKEN.search(text) else {"lit": text}


def spelled(written: Scalar) -> str:
    """A value as the text that a variable holds."""
    return str(written).lower() if isinstance(written, bool) else str(written)


def _joined(text: str) -> str:
    """One string expression from literal pieces and variables."""
    parts: list[str] = []
    position = 0
    for token in _TOKEN.finditer(text):
        if token.start() > position:
            parts.append(quoted(text[position : token.start()]))
        parts.append(_read(token[1]))
        position = token.end()
    if position < len(text) or not parts:
        parts.append(quoted(text[position:]))
    return parts[0] if len(parts) == 1 else f"Append({', '.join(parts)})"


def _read(name: str) -> str:
    return {"now": NOW}.get(name, f"Flow.{name}")


def quoted(text: str) -> str:
    """A string of the expression language: `\\"` and `\\n` are how real exports write quotes and line breaks, so a
    backslash is written twice. Nothing inside can end the string."""
    escaped = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n") + '"'


def test(condition: Condition) -> str:
    """A comparison; variables are strings, numbers are compared as numbers."""
    name = _read(condition.variable)
    given: Any = getattr(condition, condition.test)
    match condition.test:
        case "equals":
            return f"{name} == {quoted(spelled(given))}"
        case "not_equals":
            return f"{name} != {quoted(spelled(given))}"
        case "contains":
            return f"Contains({name}, {quoted(given)})"
        case "starts_with":
            return unverified.starts_with(name, quoted(given))
        case "exists":
            return f"!IsNotSetOrEmpty({name})" if given else f"IsNotSetOrEmpty({name})"
        case _:
            # What is no number, or was never set, is neither greater nor less.
            number, sign = unverified.number(name), ">" if condition.test == "greater" else "<"
            return f"IsSet({number}) and {number} {sign} {_plain(given)}"


def _plain(number: float) -> str:
    """A number without an exponent: the expression language has none."""
    return format(Decimal(repr(number)), "f")


def variables_set(spec: MessagingFlowSpec) -> list[str]:
    """The variables that nodes set, sorted."""
    return sorted({name for _, name in variables_written(spec)})


def variables_written(spec: MessagingFlowSpec) -> Iterator[tuple[Path, str]]:
    """Every variable that a node sets or keeps an answer in, with its place in the manifest."""
    for node_name, node in spec.nodes.items():
        path: Path = ("spec", "nodes", node_name)
        yield from (((*path, "set", name), name) for name in node.set or {})
        for number, step in enumerate(node.do or ()):
            yield from (((*path, "do", number, "set", name), name) for name in step.set or {})
        if node.into is not None:
            yield (*path, "into"), node.into


def variables_of_scenarios(spec: MessagingFlowSpec) -> Iterator[tuple[Path, str, str]]:
    """Every variable that a scenario sets, with its place in the manifest, its scope in lower case and its name. A
    name without a scope is a variable of the flow."""
    for number, scenario in enumerate(spec.scenarios):
        for written in scenario.variables:
            scope, dot, name = written.partition(".")
            place = ("spec", "scenarios", number, "variables", written)
            yield (place, scope.lower(), name) if dot else (place, "flow", written)


def handed_over(spec: MessagingFlowSpec) -> list[str]:
    """The variables that are there before the conversation, sorted: nodes read them, a scenario sets them, no node
    does. The bot takes them as inputs."""
    known = {name for _, scope, name in variables_of_scenarios(spec) if scope == "flow" and is_variable(name)}
    read = {name for _, name in variables_read(spec)}
    return sorted((known & read) - {name for _, name in variables_written(spec)} - {*BUILT_IN})


def uses_channel(spec: MessagingFlowSpec) -> bool:
    return any(name == "channel" for _, name in variables_read(spec))


def variables_read(spec: MessagingFlowSpec) -> Iterator[tuple[Path, str]]:
    """Every variable that a text or a test reads, with its place in the manifest."""
    for place, text in said(spec):
        yield from ((place, token[1]) for token in _TOKEN.finditer(text))
    for name, node in spec.nodes.items():
        for number, condition in enumerate(node.when or ()):
            yield ("spec", "nodes", name, "when", number, "variable"), condition.variable


def said(spec: MessagingFlowSpec) -> Iterator[tuple[Path, str]]:
    """Every text that may have variables in it, with its place in the manifest."""
    for name, node in spec.nodes.items():
        path: Path = ("spec", "nodes", name)
        found: list[tuple[Path, Any]] = [((*path, "say"), node.say), ((*path, "ask"), node.ask)]
        found += [((*path, "set", key), written) for key, written in (node.set or {}).items()]
        for number, step in enumerate(node.do or ()):
            found.append(((*path, "do", number, "say"), step.say))
            found += [((*path, "do", number, "set", key), written) for key, written in (step.set or {}).items()]
        yield from ((place, text) for place, text in found if isinstance(text, str))
