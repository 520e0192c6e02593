"""One Archy file, read: variables filled in, parsed, checked, its references and its canonical form.

Pure and the dearest step of loading, so its result is a value that a cache may keep: it depends on nothing but the
file's name and bytes and the values of the variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reconciler.architect import canonical, checks, dependencies, flow, reference_checks
from reconciler.architect.dependencies import Dependency
from reconciler.architect.substitute import Origin, Value, substitute
from reconciler.documents.document import Document
from reconciler.documents.load import ARCHY, load
from reconciler.model import digest
from reconciler.model.integrity import Integrity
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.resource import Asset, External, Spec

_LOOKED_UP: Final = frozenset(
    {"Queue", "Flow", "Prompt", "ScheduleGroup", "EmergencyGroup", "User", "Group", "Division"}
)
"""Kinds that are looked up before any write; the rest is the platform's to check when it publishes."""
_ROOT: Final = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:---[ \t]*\n|%[^\n]*\n|[ \t]*#[^\n]*\n|[ \t\r]*\n)*[\"']?([A-Za-z]+)[\"']?[ \t]*:"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an Archy file says. `type` and `name` are empty and `spec` is too when it cannot be read."""

    type: str = ""
    name: str = ""
    name_at: Location
    spec: Spec
    references: tuple[External, ...] = ()
    asset: Asset
    """The exact bytes to publish, variables filled in."""
    problems: tuple[Problem, ...] = ()
    integrity: Integrity | None = None

    @property
    def is_sound(self) -> bool:
        return bool(self.type) and not any(problem.severity is Severity.ERROR for problem in self.problems)


def looks_like_archy(content: bytes) -> bool:
    """True when the first key of the file is an Archy flow type.

    Asked before parsing, because a file with `{{name}}` in it need not be YAML until the variables are filled in.
    """
    found = _ROOT.match(content[:65_536])
    return found is not None and found.group(1).decode("ascii") in flow.ROOT_KEYS


def read(file: Asset, variables: Mapping[str, Value]) -> Reading:
    """Read an Archy file. Never raises for bad input."""
    if flow.is_binary_export(file.path, file.content):
        return _unreadable(file, [flow.binary_export(file.path)])
    content, problems = _fill_in(file, variables)
    if problems:
        return _unreadable(file, problems)
    reading = _read(file, content)
    return reading if content is file.content else _as_written(reading, file, variables)


def _read(file: Asset, content: bytes) -> Reading:
    """Read what the file holds once its variables are filled in."""
    loaded = load(content, file.path, ARCHY)
    problems = list(loaded.problems)
    if len(loaded.documents) > 1:
        message = "an Archy file holds one flow; this one has several documents."
        problems.append(Problem(loaded.documents[1].at(), "REC1401", message, "Put each flow into a file of its own."))
    if not loaded.documents:
        if not problems:
            problems = [Problem(Location(file.path), "REC1401", "the Archy file is empty.", "Export the flow into it.")]
        return _unreadable(file, problems)
    return _parse(loaded.documents[0], Asset(file.path, digest.of_bytes(content), content), problems)


def _as_written(reading: Reading, file: Asset, variables: Mapping[str, Value]) -> Reading:
    """With columns as the file has them, not as they are once the variables are filled in."""
    origin = Origin(file.content.decode("utf-8-sig"), variables)
    return replace(
        reading,
        name_at=origin.of(reading.name_at),
        references=tuple(replace(one, location=origin.of(one.location)) for one in reading.references),
        problems=tuple(replace(one, location=origin.of(one.location)) for one in reading.problems),
    )


def _parse(document: Document, asset: Asset, problems: list[Problem]) -> Reading:
    parsed, defects = flow.parse(document)
    problems += defects
    if parsed is None:
        return _unreadable(asset, problems)
    problems += checks.check(parsed)
    found = dependencies.dependencies(parsed)
    externals = [external for item in found.hard if (external := _external(item, document)) is not None]
    spec: dict[str, Any] = {"document": canonical.canonical(document.value)}
    return Reading(
        type=parsed.type,
        name=parsed.name,
        name_at=parsed.at((parsed.type, "name")),
        spec=spec,
        references=tuple(externals),
        asset=asset,
        problems=tuple(problems),
        integrity=Integrity(parsed.name, asset.path, *reference_checks.integrity(parsed)),
    )


def _fill_in(file: Asset, variables: Mapping[str, Value]) -> tuple[bytes, list[Problem]]:
    if b"{{" not in file.content:
        return file.content, []
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.content, []  # Loading says where the byte is.
    filled, problems = substitute(text, variables, file.path)
    return file.content if filled is text else filled.encode(), problems


def _external(item: Dependency, document: Document) -> External | None:
    if item.kind not in _LOOKED_UP:
        return None
    only_type = item.types[0] if len(item.types) == 1 else ""
    return External(item.kind, item.name, item.at(document), only_type)  # type: ignore[arg-type]


def _unreadable(file: Asset, problems: list[Problem]) -> Reading:
    return Reading(name_at=Location(file.path), spec={}, asset=file, problems=tuple(problems))
