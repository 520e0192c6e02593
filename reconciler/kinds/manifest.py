"""What all kinds share: the strict model, the metadata, a checked manifest, and what normalising one gives.

Relies on `reconciler.documents` for places. Leaves to `reconciler.manifests` where documents come from, which files
they name, and how their references are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from reconciler.core.targets import Allow
from reconciler.documents.document import Document
from reconciler.documents.nearest import nearest
from reconciler.model import digest
from reconciler.model.identity import Key
from reconciler.model.policy import Policy
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.resource import Asset, Desired, External, Spec, WebAsset
from reconciler.model.scenario import Scenario

API_VERSION: Final = "reconciler/v1"

RUNTIME: Final = "\0"
"""Stands on both sides of a `${…}` token that a kind keeps for the time its flow runs. No file and no process variable
can hold this character, so nothing that people write is taken for one."""

ANNOTATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "reconciler/prune": ("disabled",),
    "reconciler/adopt": ("equal", "git"),
    "reconciler/reconcile": ("disabled",),
    "reconciler/onLocked": ("wait", "abort", "force"),
}
"""Ours, with the values each takes. Anything outside `reconciler/` belongs to the team and is kept as it is."""


class Model(BaseModel):
    """Base of everything people write: no unknown keys, no silent conversions, camelCase in YAML."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        allow_inf_nan=False,
    )


def fault(message: str, remedy: str = "") -> PydanticCustomError:
    """A validation error in our own words; `message` is a clause that follows the field's name."""
    return PydanticCustomError("said", "{message}", {"message": message, "remedy": remedy})


def sentence(clause: str) -> str:
    """A clause as a sentence, its own capitals kept."""
    return f"{clause[:1].upper()}{clause[1:]}."


class Metadata(Model):
    """Who the object is."""

    name: Annotated[str, Field(min_length=1)]
    """Its name on the platform."""
    renamed_from: Annotated[str, Field(min_length=1)] | None = None
    """The name it had before: the rename becomes an update of the same object."""
    division: Annotated[str, Field(min_length=1)] | None = None
    """Name of the division it belongs to."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Free words for people and filters; never sent to the platform."""
    annotations: dict[str, str] = Field(
        default_factory=dict,
        json_schema_extra={"properties": {name: {"enum": [*values]} for name, values in ANNOTATIONS.items()}},
    )
    """Switches for this one object, such as `reconciler/prune: disabled`."""


class Envelope(Model):
    """What every document has around its `spec`."""

    api_version: Literal["reconciler/v1"] = "reconciler/v1"
    kind: str
    metadata: Metadata
    spec: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document that has the right shape. `spec` is the kind's own model."""

    kind: str
    metadata: Metadata
    spec: Any
    document: Document

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def source(self) -> Location:
        """Where to look for this manifest: its name."""
        return self.document.at(("metadata", "name"))

    def at(self, *path: str | int, key: bool = False) -> Location:
        return self.document.at(path, key=key)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class FileUse:
    """A file that a manifest names, relative to its own place. `code` is the problem when it is not there."""

    path: tuple[str | int, ...]
    """Where in the document."""
    written: str
    code: str
    noun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRules:
    """What this machine can do with recordings, and from where they may come.

    `converter_remedy` says what to do to get a converter; empty when there is one. `allow` is what the operator opened.
    """

    converter_remedy: str = ""
    allow: Allow = Allow()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What normalising needs beside the manifest. `files` maps a path as written to the file's content; a file that
    is missing was reported already and is simply not in there."""

    policy: Policy
    audio: AudioRules = AudioRules()
    files: Mapping[str, Asset] = field(default_factory=dict)
    read_flow: Callable[[Asset], Any]
    """Substitute and parse an Archy file; returns a `kinds.flow.reading.Reading`."""


@dataclass(frozen=True, slots=True)
class Normal:
    """What one manifest stands for. References by name are all in `externals` until somebody joins them."""

    resources: tuple[Desired, ...] = ()
    problems: tuple[Problem, ...] = ()
    scenarios: tuple[Scenario, ...] = ()


def no_files(_: Any) -> Sequence[FileUse]:
    """For kinds whose manifests name no files."""
    return ()


def desired(
    manifest: Manifest,
    key: Key,
    spec: Spec,
    *,
    references: Sequence[External] = (),
    assets: Mapping[str, Asset] | None = None,
    web_assets: Mapping[str, WebAsset] | None = None,
    source: Location | None = None,
    declared_by: str = "",
    places: Mapping[tuple[str, ...], Location] | None = None,
) -> Desired:
    """The platform object a manifest declares, with its metadata carried over."""
    metadata = manifest.metadata
    divisions: tuple[External, ...] = ()
    if metadata.division is not None:
        divisions = (External("Division", metadata.division, manifest.at("metadata", "division")),)
    return Desired(
        key=key,
        spec=spec,
        digest=digest.of(spec),
        source=source or manifest.source,
        externals=(*references, *divisions),
        assets=assets or {},
        web_assets=web_assets or {},
        renamed_from=metadata.renamed_from,
        division=metadata.division,
        labels=metadata.labels,
        annotations=metadata.annotations,
        declared_by=declared_by,
        places=places or {},
    )


def check_metadata(manifest: Manifest) -> list[Problem]:
    """Annotations of ours that do not exist or take other values."""
    problems = []
    for name, value in manifest.metadata.annotations.items():
        path = ("metadata", "annotations", name)
        if not name.startswith("reconciler/"):
            continue
        if name not in ANNOTATIONS:
            guess = nearest(name, ANNOTATIONS)
            remedy = f"Did you mean {guess}?" if guess else f"Known are {', '.join(ANNOTATIONS)}."
            place = manifest.at(*path, key=True)
            problems.append(Problem(place, "REC1110", f"there is no annotation {quoted(name)}.", remedy))
        elif value not in ANNOTATIONS[name]:
            allowed = " or ".join(ANNOTATIONS[name])
            message = f"the annotation {name} cannot be {quoted(value)}."
            problems.append(Problem(manifest.at(*path), "REC1110", message, f"Write {allowed}, or remove it."))
    return problems


_FLOW_NAME_MAX: Final = 200
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and line breaks. Nobody can type such a name into a search, and it breaks every list it is in."""


def check_flow_name(name: str, place: Location, noun: str = "flow") -> list[Problem]:
    """The engine's rules for flow names [Architect engine bundle 0.0.18]."""
    if not name.strip() or not re.search(r"[^\W_]", name):
        message, remedy = f"the {noun} name {quoted(name)} has no letter or digit.", "Give it a name people can read."
    elif _UNSEEN.search(name):
        message = f"the {noun} name {quoted(name)} has a line break or a control character in it."
        remedy = f"Write {quoted(' '.join(_UNSEEN.sub(' ', name).split()))}."
    elif len(name) > _FLOW_NAME_MAX:
        message = f"the {noun} name has {len(name)} characters, the platform takes {_FLOW_NAME_MAX}."
        remedy = "Shorten it."
    elif "/" in name:
        message, remedy = (
            f"the {noun} name {quoted(name)} contains a slash.",
            f"Write {quoted(name.replace('/', '-'))}.",
        )
    elif name.lower().endswith("-debug"):
        message = f"the {noun} name {quoted(name)} ends in -debug, which the platform keeps for itself."
        remedy = f"Write {quoted(name[:-6] or 'Debug')}."
    elif name != name.strip():
        message, remedy = f"the {noun} name {quoted(name)} has blanks around it.", f"Write {quoted(name.strip())}."
    else:
        return []
    return [Problem(place, "REC1109", message, remedy)]


def quoted(text: str, limit: int = 80) -> str:
    """Text of the file for a message: on one line, bounded, in quotes."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return '"' + (shown if len(shown) <= limit else shown[:limit] + "…") + '"'


def warning(place: Location, code: str, message: str, remedy: str = "") -> Problem:
    return Problem(place, code, message, remedy, Severity.WARNING)
