"""From the bytes of one file to documents sorted by what they are: manifests of ours, Archy flows, or neither.

Pure, and cached by content, so an unchanged file costs nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import flow
from reconciler.documents.document import Document
from reconciler.documents.load import MANIFEST, load
from reconciler.documents.nearest import nearest
from reconciler.kinds.flow.reading import looks_like_archy
from reconciler.kinds.manifest import API_VERSION, quoted, warning
from reconciler.kinds.registry import KINDS, LATER
from reconciler.manifests import variables
from reconciler.model.problem import Problem, Severity

_OURS: Final = ("apiVersion", "kind", "metadata", "spec")
_STARTS: Final = ("startUpRef", "startUpTaskActions", "startUpState")
"""What every Archy flow begins at; tells a flow of an unknown type from other people's YAML."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What one file holds. `is_archy` files are read as a whole later, with variables filled in."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_archy: bool = False
    has_tokens: bool = False
    """False when no `${` is anywhere in the file, so that nothing has to be filled in."""
    process_names: tuple[str, ...] = ()
    """The process variables the file names; their values stay out of messages."""

    @property
    def is_empty(self) -> bool:
        return not self.documents and not self.is_archy and not self.problems


def take(content: bytes, file: str) -> Intake:
    """Sort a file's documents; those whose kind is wrong are left out with a problem."""
    if looks_like_archy(content) or flow.is_binary_export(file, content):
        return Intake(is_archy=True)
    loaded = load(content, file, MANIFEST)
    if len(loaded.documents) == 1 and _is_flow(loaded.documents[0].value):
        return Intake(is_archy=True)
    problems = list(loaded.problems)
    good = []
    for document in loaded.documents:
        found = _check(document)
        problems += found
        if not any(problem.severity is Severity.ERROR for problem in found):
            good.append(document)
    has_tokens = b"${" in content
    names = variables.process_names(content.decode("utf-8", "replace")) if has_tokens else ()
    return Intake(tuple(good), tuple(problems), has_tokens=has_tokens, process_names=names)


def _is_flow(value: Any) -> bool:
    """An Archy document, one with a misspelt type, or one of a type we do not know."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((root, body),) = value.items()
    if root in flow.ROOT_KEYS or (nearest(root, flow.ROOT_KEYS) and isinstance(body, Mapping) and "name" in body):
        return True
    return isinstance(body, Mapping) and any(key in body for key in _STARTS)


def _check(document: Document) -> list[Problem]:
    value = document.value
    if not isinstance(value, Mapping):
        message = "this document is not a mapping, so it is no manifest."
        remedy = "Write apiVersion, kind, metadata and spec, or list the file in .reconcileignore."
        return [Problem(document.at(), "REC1101", message, remedy)]
    if flow.is_archy(value):
        message = "an Archy flow shares its file with other documents."
        return [Problem(document.at(), "REC1401", message, "Put it into a file of its own.")]
    if "kind" not in value:
        return [_no_kind(document)]
    if not isinstance(value["kind"], str):
        remedy = f"Write one of {', '.join(KINDS)}."
        return [Problem(document.at(("kind",)), "REC1103", "`kind` is not a word.", remedy)]
    problems = _check_version(document)
    return problems or _check_kind(document, value["kind"])


def _no_kind(document: Document) -> Problem:
    for key in document.value:
        if key not in _OURS and nearest(key, ("kind",)):
            place = document.at((key,), key=True)
            return Problem(place, "REC1101", f"the document has no `kind`, but {quoted(key)}.", "Did you mean kind?")
    if any(key in document.value for key in _OURS):
        return Problem(document.at(), "REC1101", "the document has no `kind`.", f"Write one of {', '.join(KINDS)}.")
    message = "this file is YAML, but neither a manifest nor an Archy flow."
    remedy = f"Write apiVersion: {API_VERSION} and a kind, move the file, or list it in .reconcileignore."
    return Problem(document.at(), "REC1101", message, remedy)


def _check_version(document: Document) -> list[Problem]:
    version = document.value.get("apiVersion")
    if version == API_VERSION:
        return []
    if "apiVersion" not in document.value and document.value["kind"] in KINDS:
        return [
            warning(document.at(), "REC1102", "the document has no apiVersion.", f"Write apiVersion: {API_VERSION}.")
        ]
    if "apiVersion" not in document.value:
        return []
    message = f"apiVersion cannot be {quoted(str(version))}."
    remedy = f"Write {API_VERSION}, or list the file in .reconcileignore if it belongs to another tool."
    return [Problem(document.at(("apiVersion",)), "REC1102", message, remedy)]


def _check_kind(document: Document, kind: str) -> list[Problem]:
    if kind in KINDS:
        return []
    place = document.at(("kind",))
    if kind in LATER:
        message = f"kind {kind} is not available in this version."
        return [Problem(place, "REC1108", message, "Remove the document, or list the file in .reconcileignore.")]
    guess = nearest(kind, KINDS)
    remedy = f"Did you mean {guess}?" if guess else f"Write one of {', '.join(KINDS)}."
    return [Problem(place, "REC1103", f"there is no kind {quoted(kind)}.", remedy)]
