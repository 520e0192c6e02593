"""The desired state of one snapshot of files, or every problem in it.

Gather, then decide: three reads (the ignore list, the YAML files, the files they name), pure steps between them. Relies
on `kinds` for what each document means and on `linking` for how they hang together. Leaves git to `source`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reconciler.documents.document import Document
from reconciler.errors import DesiredStateError, ReconcilerError
from reconciler.kinds import validation
from reconciler.kinds.flow import normal as flow_normal
from reconciler.kinds.flow import reading
from reconciler.kinds.flow.reading import Reading
from reconciler.kinds.flow.spec import FlowSpec
from reconciler.kinds.manifest import Context, FileUse, Manifest, check_metadata
from reconciler.kinds.registry import ENVIRONMENT, KINDS
from reconciler.manifests import environment as environments
from reconciler.manifests import files, intake, linking, variables
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.intake import Intake
from reconciler.manifests.linking import Explicit, Linked
from reconciler.manifests.tree import Tree
from reconciler.manifests.variables import Variables
from reconciler.model import digest
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.resource import Asset, Desired
from reconciler.ports import Offload

T = TypeVar("T")
ReadSecret = Callable[[str], Awaitable[bytes]]
"""Reads a file outside the repository by absolute path; raises SourceError."""


@dataclass(slots=True)
class _Findings:
    """Problems of one load as they come up."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, problems: Sequence[Problem]) -> None:
        self.problems.extend(problems)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


async def load_desired(
    tree: Tree,
    *,
    environment: str | None,
    process_variables: Mapping[str, str],
    cache: ParseCache,
    offload: Offload | None = None,
    read_secret: ReadSecret | None = None,
) -> DesiredState:
    """Everything the files want, checked, with references joined.

    `environment` is the name asked for, None for the only one. `offload` takes the parsing off the event loop.
    Raises DesiredStateError with all problems when there is at least one error, SourceError when files are gone.
    """
    run = offload or _here
    findings = _Findings(list(tree.warnings))
    parts = await _take(tree, cache, run, findings)
    documents = [document for part in parts.values() for document in part.documents]
    if not documents and not any(part.is_archy for part in parts.values()) and not findings.errors:
        place = Location(tree.root or ".")
        remedy = "Add a manifest below this directory, or point --source somewhere else."
        findings.add([Problem(place, "REC1114", "there is no document in any *.yaml file here.", remedy)])
    env_documents = [document for document in documents if document.value["kind"] == ENVIRONMENT]
    chosen, values = await _environment(tree, env_documents, environment, process_variables, read_secret, findings)
    manifests = await run(lambda: _validate(documents, values, findings))
    assets = await _files(tree, manifests, [path for path, part in parts.items() if part.is_archy], findings)
    linked = await run(lambda: _build(manifests, assets, chosen, values, cache, findings))
    cache.sweep()
    if findings.errors:
        raise DesiredStateError(findings.problems)
    return DesiredState(
        revision=tree.revision,
        commit=tree.commit,
        environment=chosen,
        resources=linked.resources,
        warnings=tuple(sorted(set(findings.problems))),
        used_by=linked.used_by,
    )


async def _here(work: Callable[[], T], /) -> T:
    return work()


async def _take(tree: Tree, cache: ParseCache, run: Any, findings: _Findings) -> dict[str, Intake]:
    """Every YAML file below the source directory, sorted into documents."""
    ignore_path = files.ignore_file(tree)
    ignore = ""
    if ignore_path in tree.files():
        content, problems = await files.read(tree, [ignore_path])
        findings.add(problems)
        ignore = content.get(ignore_path, b"").decode("utf-8", "replace")
    chosen, problems = files.choose(tree, ignore)
    findings.add(problems)
    contents, problems = await files.read(tree, chosen)
    findings.add(problems)

    def parse() -> dict[str, Intake]:
        return {
            path: cache.get(("intake", path, tree.content_id(path)), lambda p=path, c=content: intake.take(c, p))  # type: ignore[misc]
            for path, content in contents.items()
        }

    parts: dict[str, Intake] = await run(parse)
    for part in parts.values():
        findings.add(part.problems)
    return parts


async def _environment(
    tree: Tree,
    documents: Sequence[Document],
    name: str | None,
    process_variables: Mapping[str, str],
    read_secret: ReadSecret | None,
    findings: _Findings,
) -> tuple[Environment, Variables]:
    """The Environment of this pass, and what tokens in the other documents stand for."""
    chosen, problems = environments.choose(documents, name, tree.root)
    findings.add(problems)
    for document in documents:
        if document is not chosen:
            findings.add(_check_unused(document))
    if chosen is None:
        return Environment(), Variables({}, process_variables)
    manifest, values = _read_environment(chosen, process_variables, findings)
    if manifest is None:
        return Environment(), values
    secrets = await _secrets(manifest, read_secret, findings)
    environment, problems = environments.convert(manifest, secrets)
    findings.add(problems)
    return environment, values


def _read_environment(
    document: Document, process_variables: Mapping[str, str], findings: _Findings
) -> tuple[Manifest | None, Variables]:
    """Its own variables are filled in first, from the process alone; the rest may then use them."""
    spec = document.value.get("spec")
    written = spec.get("variables") if isinstance(spec, dict) else None
    named: dict[str, variables.Value] = {}
    if isinstance(written, dict):
        filled, _ = variables.fill(document, Variables({}, process_variables))
        named = {
            name: value for name, value in filled["spec"]["variables"].items() if isinstance(value, str | int | float)
        }
    values = Variables(named, process_variables)
    manifest = _validate_one(document, values, findings)
    return manifest, values


def _check_unused(document: Document) -> list[Problem]:
    """An Environment that is not this pass's: its shape is checked where no variable is in the way."""
    _, problems = validation.validate(KINDS[ENVIRONMENT].document, document.value, document)
    return [problem for problem in problems if problem.code in ("REC1104", "REC1105")]


async def _secrets(manifest: Manifest, read_secret: ReadSecret | None, findings: _Findings) -> dict[str, str]:
    secrets = {}
    for wanted in environments.secret_files(manifest):
        message = f"the secret file {wanted.path!r} cannot be read"
        remedy = "Mount it where reconcile runs, or use ${env.NAME}."
        if read_secret is None or not wanted.path.startswith("/"):
            reason = "its path is not absolute" if read_secret else "secret files are not read by this command"
            findings.add([Problem(wanted.location, "REC1512", f"{message}: {reason}.", remedy)])
            continue
        try:
            secrets[wanted.path] = (await read_secret(wanted.path)).decode().strip()
        except (ReconcilerError, UnicodeDecodeError):
            findings.add([Problem(wanted.location, "REC1512", f"{message}.", remedy)])
    return secrets


def _validate(documents: Sequence[Document], values: Variables, findings: _Findings) -> list[Manifest]:
    found = (
        _validate_one(document, values, findings) for document in documents if document.value["kind"] != ENVIRONMENT
    )
    return [manifest for manifest in found if manifest is not None]


def _validate_one(document: Document, values: Variables, findings: _Findings) -> Manifest | None:
    filled, problems = variables.fill(document, values)
    findings.add(problems)
    kind = KINDS[document.value["kind"]]
    model, defects = validation.validate(kind.document, filled, document)
    findings.add(defects)
    if model is None:
        return None
    manifest = Manifest(kind=kind.name, metadata=model.metadata, spec=model.spec, document=document)
    findings.add(check_metadata(manifest))
    return manifest


@dataclass(frozen=True, slots=True)
class _Assets:
    """Files that manifests name, by manifest and by the path as written; and the Archy files nobody names."""

    named: Mapping[int, Mapping[str, Asset]]
    bare: Sequence[Asset]


async def _files(tree: Tree, manifests: Sequence[Manifest], archy: Sequence[str], findings: _Findings) -> _Assets:
    resolved: dict[int, dict[str, str]] = {}
    for number, manifest in enumerate(manifests):
        resolved[number] = {}
        for use in KINDS[manifest.kind].files(manifest.spec):
            path = tree.resolve(manifest.document.file, use.written)
            if isinstance(path, str):
                resolved[number][use.written] = path
            else:
                findings.add([_not_there(manifest, use, path.reason, path.remedy)])
    enveloped = {
        path
        for number, manifest in enumerate(manifests)
        if isinstance(manifest.spec, FlowSpec)
        for path in resolved[number].values()
    }
    bare = [path for path in archy if path not in enveloped]
    wanted = sorted({path for paths in resolved.values() for path in paths.values()} | set(bare))
    contents, problems = await files.read(tree, wanted)
    findings.add(problems)
    assets = {path: Asset(path, digest.of_bytes(content), content) for path, content in contents.items()}
    named = {
        number: {written: assets[path] for written, path in paths.items() if path in assets}
        for number, paths in resolved.items()
    }
    return _Assets(named, [assets[path] for path in bare if path in assets])


def _not_there(manifest: Manifest, use: FileUse, reason: str, remedy: str) -> Problem:
    message = f"the {use.noun} {use.written!r} {reason}"
    return Problem(manifest.at(*use.path), use.code, message, remedy)


def _build(
    manifests: Sequence[Manifest],
    assets: _Assets,
    chosen: Environment,
    values: Variables,
    cache: ParseCache,
    findings: _Findings,
) -> Linked:
    """Normalise every manifest and join the results."""
    key = digest.of(dict(values.named))

    def read_flow(file: Asset) -> Reading:
        return cache.get(("flow", file.path, file.sha256, key), lambda: reading.read(file, values.named))

    declared: list[Desired] = []
    explicit: list[Explicit] = []
    for number, manifest in enumerate(manifests):
        context = Context(policy=chosen.policy, files=assets.named[number], read_flow=read_flow)
        normal = KINDS[manifest.kind].normalise(manifest, context)
        findings.add(normal.problems)
        declared += normal.resources
        if isinstance(manifest.spec, FlowSpec):
            explicit += _explicit(manifest, manifest.spec, normal.resources)
    for file in assets.bare:
        normal = flow_normal.bare(read_flow(file))
        findings.add(normal.problems)
        declared += normal.resources
    linked = linking.link(declared, explicit, chosen.policy)
    findings.add(linked.problems)
    return linked


def _explicit(manifest: Manifest, spec: FlowSpec, resources: Sequence[Desired]) -> list[Explicit]:
    return [
        Explicit(resource.key, written, manifest.at("spec", "dependsOn", place))
        for resource in resources
        for place, written in enumerate(spec.depends_on)
    ]
