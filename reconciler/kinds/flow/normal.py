"""A Flow's normal form: `{"document": canonical Archy document}`, with the exact YAML to publish as asset `yaml`.

Two manifests mean a flow: an envelope that names an Archy file, and a bare Archy file. What differs from the platform
is decided on canonical documents, export against export.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.architect import difference, filled_in, spelling
from reconciler.kinds.flow.reading import Reading
from reconciler.kinds.flow.spec import FlowSpec
from reconciler.kinds.manifest import Context, FileUse, Manifest, Normal, desired, quoted
from reconciler.model import digest, identity
from reconciler.model.problem import Problem
from reconciler.model.resource import Desired, External, Json, Spec


def files(spec: FlowSpec) -> Sequence[FileUse]:
    """The Archy file the envelope names."""
    return [FileUse(("spec", "archy"), spec.archy, "REC1112", "Archy file")]


def normalise(manifest: Manifest, context: Context) -> Normal:
    """The flow behind an envelope; its own name must be the one in the metadata."""
    spec: FlowSpec = manifest.spec
    file = context.files.get(spec.archy)
    if file is None:
        return Normal()  # Reported where the file was looked for.
    reading: Reading = context.read_flow(file)
    problems = list(reading.problems)
    if not reading.type:
        return Normal((), tuple(problems))
    if reading.name != manifest.name:
        message = f"the names disagree: {quoted(manifest.name)} here, {quoted(reading.name)} at {reading.name_at}."
        problems.append(Problem(manifest.source, "REC1111", message, "Write the same name in both places."))
    division = manifest.metadata.division
    theirs = next((item for item in reading.references if item.kind == "Division"), None)
    if division is not None and theirs is not None and theirs.name != division:
        place = manifest.at("metadata", "division")
        message = f"the divisions disagree: {quoted(division)} here, {quoted(theirs.name)} at {theirs.location}."
        problems.append(Problem(place, "REC1111", message, "Write it in one place only."))
    key = identity.flow(reading.type, manifest.name)
    flow = desired(manifest, key, reading.spec, references=reading.references, assets={"yaml": reading.asset})
    return Normal((flow,), tuple(problems))


def bare(reading: Reading) -> Normal:
    """The flow that an Archy file without an envelope is."""
    if not reading.type:
        return Normal((), reading.problems)
    division = next((item.name for item in reading.references if item.kind == "Division"), None)
    flow = Desired(
        key=identity.flow(reading.type, reading.name),
        spec=reading.spec,
        digest=digest.of(reading.spec),
        source=reading.name_at,
        externals=_unique(reading.references),
        assets={"yaml": reading.asset},
        division=division,
    )
    return Normal((flow,), reading.problems)


def _unique(references: Sequence[External]) -> tuple[External, ...]:
    return tuple({(item.kind, item.name, item.type): item for item in reversed(references)}.values())[::-1]


def differences(wanted: Spec, live: Spec) -> list[tuple[str, Json, Json]]:
    """`(path, live value, wanted value)` for each difference of the canonical documents that is worth a publish.

    What an author leaves unsaid and the engine fills in on its own is no difference: git has no opinion on it. Neither
    is another spelling of the same.
    """
    found = difference.differences(live.get("document"), wanted.get("document"))
    return [
        one
        for one in found
        if not (one[2] is None and filled_in.is_filled_in(one[0], one[1], live["document"]))
        and not spelling.is_only(*one)
    ]


def is_cosmetic(wanted: Spec, live: Spec) -> bool:
    """True when the two differ, and only in what nobody should publish a flow for."""
    if "document" not in wanted or "document" not in live or wanted == live:
        return False
    return not differences(wanted, live)
