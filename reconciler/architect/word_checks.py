"""Findings about words that are nearly words of the language: a misspelt action would pass as an unknown one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.architect import vocabulary
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.walk import Path
from reconciler.architect.ways import BRANCHES
from reconciler.model.problem import Problem, Severity

_COMPARED_MAX: Final = 1000
"""Unknown words that are compared with the known ones: it takes time."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """A warning for each action, choice and branch that is a slip of a known one."""
    likely: dict[tuple[str, frozenset[str]], str | None] = {}
    for path, message, known in _unknown(flow):
        word = str(path[-1])
        if (word, known) not in likely:
            likely[word, known] = _meant(word, known) if len(likely) < _COMPARED_MAX else None
        if guess := likely[word, known]:
            remedy = f"Write `{guess}`, if it is meant."
            yield Problem(flow.at(path, key=True), "REC1455", message, remedy, Severity.WARNING)


def _unknown(flow: ArchyFlow) -> Iterator[tuple[Path, str, frozenset[str]]]:
    """Every unknown word at the end of its path, what to say of it, and the words that could stand there."""
    for entry in flow.having("actions", "startUpTaskActions", "choices"):
        sort = "choice" if entry.key == "choices" else "action"
        known = vocabulary.CHOICES if sort == "choice" else vocabulary.ACTIONS
        for number, item in enumerate(entry.value if isinstance(entry.value, list) else ()):
            if not isinstance(item, Mapping) or len(item) != 1:
                continue
            ((tag, body),) = item.items()
            if tag not in known:
                yield (*entry.path, number, tag), f"there is no {sort} `{tag}` that we know.", known
            elif tag in BRANCHES:
                for name in _branches(body):
                    if name not in BRANCHES[tag]:
                        message = f"`{tag}` has no branch `{name}` that we know."
                        yield (*entry.path, number, tag, "outputs", name), message, BRANCHES[tag]


def _branches(body: Any) -> Mapping[str, Any]:
    outputs = body.get("outputs") if isinstance(body, Mapping) else None
    return outputs if isinstance(outputs, Mapping) else {}


def _meant(word: str, known: frozenset[str]) -> str | None:
    if known is vocabulary.CHOICES and word in vocabulary.ACTIONS:
        as_choice = f"menu{word[:1].upper()}{word[1:]}"
        return as_choice if as_choice in known else None
    return vocabulary.meant(word, known)
