"""`${name}` and `${env.NAME}` inside the scalars of our documents.

Strict: an unknown name is a problem at its place. No expressions, no defaults, no recursion; `$${` writes a literal
`${`. A scalar that is one token and nothing else takes the variable's type, so a number stays a number.
A kind may keep tokens for the time its flow runs: they are marked and left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from reconciler.documents.document import Document
from reconciler.documents.nearest import nearest
from reconciler.kinds.manifest import RUNTIME, quoted
from reconciler.model.problem import Problem

Value = str | int | float | bool
Path = tuple[str | int, ...]
NONE_GIVEN: Final[Mapping[str, Value]] = MappingProxyType({})

_TOKEN: Final = re.compile(r"(\$?)\$\{([^{}$\n]*)(\}?)")
_NAME: Final = re.compile(r"(?:env\.)?[A-Za-z_][A-Za-z0-9_-]*\Z", re.ASCII)
_ENV: Final = "env."
_SECRET_MIN: Final = 4
_NEVER: Final = ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "RECONCILE_LEDGER_URL")
"""Credentials of the service itself. Who may write a manifest must not be able to read them out of it."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What tokens may stand for. `named` are the environment's variables, `process` the process's."""

    named: Mapping[str, Value] = field(repr=False)
    process: Mapping[str, str] = field(repr=False)


def process_names(text: str) -> tuple[str, ...]:
    """The process variables that a text names."""
    names = (token[2].strip() for token in _TOKEN.finditer(text))
    return tuple(sorted({name[len(_ENV) :] for name in names if name.startswith(_ENV)}))


def redact(problems: Sequence[Problem], names: Iterable[str], process: Mapping[str, str]) -> list[Problem]:
    """The problems with the values of these process variables replaced by their tokens: any may be a secret.

    Very short values are left: they are no secrets, and replacing them would garble every sentence.
    """
    known = ((process[name], f"${{env.{name}}}") for name in names if len(process.get(name, "")) >= _SECRET_MIN)
    secrets = sorted(known, key=lambda pair: len(pair[0]), reverse=True)

    def clean(text: str) -> str:
        for value, token in secrets:
            text = text.replace(value, token)
        return text

    if not secrets:
        return list(problems)
    return [replace(problem, message=clean(problem.message), remedy=clean(problem.remedy)) for problem in problems]


Keeps = Callable[[Path, str], bool]
"""Whether the token of that name, at that path of the document, belongs to the running flow."""


def fill(document: Document, variables: Variables, keeps: Keeps = lambda *_: False) -> tuple[Any, list[Problem]]:
    """The document's value with every token replaced, and a problem for each that cannot be. Tokens that the kind
    keeps for its running flow stand between two `RUNTIME` marks instead."""
    filling = _Filling(document, variables, keeps, [])
    return filling.value(document.value, ()), filling.problems


@dataclass(frozen=True, slots=True)
class _Filling:
    """One document under way."""

    document: Document
    variables: Variables
    keeps: Keeps
    problems: list[Problem]

    def value(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: self.value(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*path, number)) for number, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        return _text(value, path, self)


def _text(text: str, path: Path, filling: _Filling) -> Value:
    parts: list[str] = []
    position = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[position : token.start()])
        position = token.end()
        if token[1]:
            parts.append(token.group()[1:])
            continue
        name = token[2].strip()
        if token[3] and filling.keeps(path, name):
            parts.append(f"{RUNTIME}{name}{RUNTIME}")
            continue
        fault = _fault(token, filling.variables)
        if fault is not None:
            filling.problems.append(Problem(filling.document.at(path), *fault))
            parts.append(token.group())
            continue
        value = _value(name, filling.variables)
        if token.group() == text:
            return value
        parts.append(str(value).lower() if isinstance(value, bool) else str(value))
    return "".join([*parts, text[position:]])


def _value(name: str, variables: Variables) -> Value:
    return variables.process[name[len(_ENV) :]] if name.startswith(_ENV) else variables.named[name]


def _fault(token: re.Match[str], variables: Variables) -> tuple[str, str, str] | None:
    """Code, message and remedy when the token stands for nothing."""
    name = token[2].strip()
    shown = quoted(token.group(), 60)
    if not token[3] or not _NAME.match(name):
        message = f"{shown} is not a variable."
        return "REC1503", message, "Write ${name} or ${env.NAME}, or $${ for a literal ${."
    if name.startswith(_ENV):
        bare = name[len(_ENV) :]
        if bare.startswith(_NEVER):
            return "REC1505", f"{bare} is a credential and never becomes part of a manifest.", "Use another variable."
        if bare in variables.process:
            return None
        guess = nearest(bare, variables.process)
        hint = f" Did you mean ${{env.{guess}}}?" if guess else ""
        return "REC1504", f"the process variable {bare} is not set.", f"Set it where reconcile runs.{hint}"
    if name in variables.named:
        return None
    guess = nearest(name, variables.named)
    if guess:
        remedy = f"Did you mean ${{{guess}}}?"
    elif name in variables.process:
        remedy = (
            f"Write ${{env.{name}}} for the process variable, or define it under spec.variables of the Environment."
        )
    else:
        remedy = "Define it under spec.variables of the Environment, or write $${ for a literal ${."
    return "REC1501", f"the variable {quoted(name)} is not defined.", remedy
