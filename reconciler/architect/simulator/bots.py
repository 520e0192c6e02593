"""Flows that hand a conversation to a bot and go on when it exits: which bot, and what it is given. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from reconciler.architect.simulator import values
from reconciler.architect.simulator.expression import Unknown, Value
from reconciler.architect.simulator.program import Program
from reconciler.architect.simulator.state import Oracle

TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "callDigitalBotFlow": ("digitalBotFlow", "digitalBot"),
    "callBotFlow": ("botFlow", "botFlow"),
}
"""Actions that call a bot: the field with the bot's name, and the bot's type."""

FindFlow = Callable[[str, str], Program | None]
"""The flow of that Archy type and name that a call can be handed to; None when it is not ours."""


def called(program: Program, question: Oracle) -> tuple[str, str]:
    """Type and name of the bot that an action calls."""
    field, type_ = TYPES[question.what]
    return type_, _named(program, question, field)[0]


def handed(program: Program, question: Oracle, memory: Mapping[str, Value]) -> dict[str, Value]:
    """What the bot is given, by lower-case name, as far as it is known."""
    inputs = _named(program, question, TYPES[question.what][0])[1]
    given = {name.lower(): values.literal(value, memory) for name, value in inputs.items()}
    return {name: value for name, value in given.items() if not isinstance(value, Unknown | None)}


def _named(program: Program, question: Oracle, field: str) -> tuple[str, Mapping[str, Any]]:
    """The key below the field, and the inputs below that."""
    named = program.value_at((*question.path, field))
    name, versions = next(iter(named.items()), ("", None)) if isinstance(named, Mapping) else ("", None)
    version = next(iter(versions.values()), None) if isinstance(versions, Mapping) else None
    inputs = version.get("inputs") if isinstance(version, Mapping) else None
    return name, inputs if isinstance(inputs, Mapping) else {}
