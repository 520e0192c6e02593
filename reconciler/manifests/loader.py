"""The desired state of one snapshot of files, or every problem in it.

Gather, then decide: three reads (the ignore list, the YAML files, the files they name), pure steps between them. Relies
on `kinds` for what each document means and on `linking` for how they hang together. Leaves git to `source`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.documents.document import Document
from reconciler.errors import DesiredStateError
from reconciler.kinds.flow import normal as flow_normal
from reconciler.kinds.flow import reading
from reconciler.kinds.flow.reading import Reading
from reconciler.kinds.flow.spec import FlowSpec
from reconciler.kinds.manifest import AudioRules, Context, FileUse, Manifest, Normal, quoted
from reconciler.kinds.registry import ENVIRONMENT, KINDS
from reconciler.manifests import checking, compiled, files, intake, linking, selection, variables
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.checking import Checked
from reconciler.manifests.intake import Intake
from reconciler.manifests.linking import Explicit, Judge
from reconciler.manifests.selection import ReadSecret, Selected
from reconciler.manifests.tree import Tree
from reconciler.manifests.variables import NONE_GIVEN, Value
from reconciler.model import digest
from reconciler.model.desired import DesiredState
from reconciler.model.integrity import Integrity
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.resource import Asset, Desired
from reconciler.model.scenario import Scenario
from reconciler.ports import Offload

T = TypeVar("T")


@dataclass(slots=True)
class _Work:
    """One load under way: where it reads, what it keeps, what it found wrong so far."""

    tree: Tree
    cache: ParseCache
    problems: list[Problem] = field(default_factory=list)
    integrity: dict[str, Integrity] = field(default_factory=dict)
    """By file."""
    scenarios: list[Scenario] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    async def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        contents, problems = await files.read(self.tree, paths)
        self.problems += problems
        return contents


async def load_desired(
    tree: Tree,
    *,
    environment: str | None,
    process_variables: Mapping[str, str],
    given: Mapping[str, Value] = NONE_GIVEN,
    cache: ParseCache,
    offload: Offload | None = None,
    read_secret: ReadSecret | None = None,
    audio: AudioRules = AudioRules(),  # noqa: B008 - a frozen value
    judge: Judge = Judge.PLAN,
) -> DesiredState:
    """Everything the files want, checked, with references joined.

    `environment` is the name asked for, None for the only one. `given` are variables that come before the
    Environment's. `audio` says what this machine can do with recordings, `judge` who decides about flows that need
    each other.
    `offload` takes the parsing off the event loop; `read_secret` reads the secret files that webhooks name. Raises
    DesiredStateError with all problems when there is at least one error, SourceError when files are gone.
    """
    run = offload or _here
    work = _Work(tree, cache, list(tree.findings))
    parts = await _take(work, run)
    documents = [document for part in parts.values() for document in part.documents]
    if not work.has_errors and not documents and not any(part.is_archy for part in parts.values()):
        work.problems.append(_nothing_here(tree))
    selected = await selection.select(
        [document for document in documents if _is_environment(document)],
        name=environment,
        root=tree.root,
        process_variables=process_variables,
        given=given,
        read_secret=read_secret,
    )
    work.problems += selected.problems
    manifests = await run(lambda: _check(work, parts, selected))
    assets = await _files(work, manifests, [path for path, part in parts.items() if part.is_archy])
    linked = await run(lambda: _build(work, manifests, assets, selected, audio, judge))
    cache.sweep()
    if not selected.is_known:
        work.problems = [problem for problem in work.problems if problem.code != "REC1501"]
    named = {name for part in parts.values() for name in part.process_names}
    work.problems = variables.redact(work.problems, named, process_variables)
    if work.has_errors:
        raise DesiredStateError(sorted(set(work.problems)), integrity=tuple(sorted(work.integrity.values())))
    return DesiredState(
        revision=tree.revision,
        commit=tree.commit,
        environment=selected.environment,
        resources=linked.resources,
        warnings=tuple(sorted(set(work.problems))),
        used_by=linked.used_by,
        needed_at=linked.needed_at,
        scenarios=tuple(work.scenarios),
        integrity=tuple(sorted(work.integrity.values())),
    )


async def _here(work: Callable[[], T], /) -> T:
    return work()


def _is_environment(document: Document) -> bool:
    return bool(document.value["kind"] == ENVIRONMENT)


def _nothing_here(tree: Tree) -> Problem:
    remedy = "Add a manifest below this directory, or point --source somewhere else."
    return Problem(Location(tree.root or "."), "REC1114", "no *.yaml file here holds a document.", remedy)


async def _take(work: _Work, run: Offload) -> dict[str, Intake]:
    """Every YAML file below the source directory, sorted into documents."""
    tree = work.tree
    ignore_path = files.ignore_file(tree)
    ignore = await work.read([ignore_path]) if ignore_path in tree.files() else {}
    chosen, problems = files.choose(tree, ignore.get(ignore_path, b"").decode("utf-8", "replace"))
    work.problems += problems
    contents = await work.read(chosen)

    def take(path: str, content: bytes) -> Intake:
        return work.cache.get(("intake", path, tree.content_id(path)), lambda: intake.take(content, path))

    parts = await run(lambda: {path: take(path, content) for path, content in contents.items()})
    for part in parts.values():
        work.problems += part.problems
    return parts


def _check(work: _Work, parts: Mapping[str, Intake], selected: Selected) -> list[Manifest]:
    """Every document but the Environments, held against its model."""
    manifests = []
    for path, part in parts.items():
        for document in part.documents:
            if not _is_environment(document):
                checked = _check_one(work, path, document, selected, has_tokens=part.has_tokens)
                work.problems += checked.problems
                if checked.manifest is not None:
                    manifests.append(checked.manifest)
    return manifests


def _check_one(work: _Work, path: str, document: Document, selected: Selected, *, has_tokens: bool) -> Checked:
    if has_tokens:
        return checking.check(document, selected.values)
    key = ("checked", path, work.tree.content_id(path), document.index)
    return work.cache.get(key, lambda: checking.check(document, None))


@dataclass(frozen=True, slots=True)
class _Assets:
    """Files that manifests name, by manifest and by the path as written; and the Archy files nobody names."""

    named: Sequence[Mapping[str, Asset]]
    bare: Sequence[Asset]


async def _files(work: _Work, manifests: Sequence[Manifest], archy: Sequence[str]) -> _Assets:
    resolved = [_resolve(work, manifest) for manifest in manifests]
    enveloped = {
        path
        for manifest, paths in zip(manifests, resolved, strict=True)
        if isinstance(manifest.spec, FlowSpec)
        for path in paths.values()
    }
    bare = [path for path in archy if path not in enveloped]
    contents = await work.read(sorted({path for paths in resolved for path in paths.values()} | set(bare)))
    assets = {path: Asset(path, digest.of_bytes(content), content) for path, content in contents.items()}
    return _Assets(
        [{written: assets[path] for written, path in paths.items() if path in assets} for paths in resolved],
        [assets[path] for path in bare if path in assets],
    )


def _resolve(work: _Work, manifest: Manifest) -> dict[str, str]:
    """The paths of the files a manifest names, by the path as written."""
    paths = {}
    for use in KINDS[manifest.kind].files(manifest.spec):
        found = work.tree.resolve(manifest.document.file, use.written)
        if isinstance(found, str):
            paths[use.written] = found
        else:
            work.problems.append(_not_there(manifest, use, found.reason, found.remedy))
    return paths


def _not_there(manifest: Manifest, use: FileUse, reason: str, remedy: str) -> Problem:
    return Problem(manifest.at(*use.path), use.code, f"the {use.noun} {quoted(use.written)} {reason}", remedy)


def _build(
    work: _Work,
    manifests: Sequence[Manifest],
    assets: _Assets,
    selected: Selected,
    audio: AudioRules,
    judge: Judge,
) -> linking.Linked:
    """Normalise every manifest and join the results."""
    named = selected.values.named
    values_key = digest.of(dict(named))

    def read_flow(file: Asset) -> Reading:
        found = work.cache.get(("flow", file.path, file.sha256, values_key), lambda: reading.read(file, named))
        if found.integrity is not None:
            work.integrity[file.path] = found.integrity
        return found

    def normalise(manifest: Manifest, owned: Mapping[str, Asset]) -> Normal:
        context = Context(policy=selected.environment.policy, audio=audio, files=owned, read_flow=read_flow)
        return KINDS[manifest.kind].normalise(manifest, context)

    declared: list[Desired] = []
    explicit: list[Explicit] = []
    for manifest, owned in zip(manifests, assets.named, strict=True):
        normal = normalise(manifest, owned)
        work.problems += [*normal.problems, *compiled.check(normal, work.cache)]
        work.scenarios += normal.scenarios
        declared += normal.resources
        if isinstance(manifest.spec, FlowSpec):
            explicit += _explicit(manifest, manifest.spec, normal.resources)
    for file in assets.bare:
        normal = flow_normal.bare(read_flow(file))
        work.problems += normal.problems
        declared += normal.resources
    if work.has_errors:
        judge = Judge.US  # there will be no plan, and people want to see everything at once
    linked = linking.link(declared, explicit, selected.environment.policy, judge)
    work.problems += linked.problems
    return linked


def _explicit(manifest: Manifest, spec: FlowSpec, resources: Sequence[Desired]) -> list[Explicit]:
    return [
        Explicit(resource.key, written, manifest.at("spec", "dependsOn", place))
        for resource in resources
        for place, written in enumerate(spec.depends_on)
    ]
