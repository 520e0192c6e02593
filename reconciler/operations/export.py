"""`export`: the organisation as files, the same bytes every time, and a record of how sound it is.

Reads only. What a Menu of the desired state owns is not exported a second time; what git declares elsewhere keeps its
place.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core import exporting
from reconciler.core.record import Attempt, Circumstances
from reconciler.errors import DesiredStateError, SourceError, UsageError
from reconciler.kinds import exported
from reconciler.model import moment
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.export import Export, Status
from reconciler.model.identity import FLOW, Key, OpId
from reconciler.model.resource import Desired, Observed
from reconciler.operations import choosing, copying, destinations, drifting, proving
from reconciler.operations.choosing import Wish
from reconciler.operations.copying import Copying
from reconciler.operations.desk import Answer, Desk
from reconciler.operations.destinations import Branch, Destination, Folder, Kept
from reconciler.operations.passes import DRAIN_SECONDS
from reconciler.report import exported as report
from reconciler.runtime import one_pass, settling
from reconciler.runtime.parts import Mode, Parts

_COPY = (
    "these files are a copy. To manage the organisation with them, export with --to and the directory that `plan` "
    "reads: desired_state, or what --source says"
)


_UNKNOWN = "So whether a Menu owns a flow is not known, and such flows are exported like others"


@dataclass(frozen=True, slots=True)
class Known:
    """What git says already, and what the reader must know about that."""

    desired: DesiredState | None
    notices: list[str] = field(default_factory=list)

    @property
    def environment(self) -> Environment:
        return self.desired.environment if self.desired is not None else Environment()

    @property
    def resources(self) -> Mapping[Key, Desired]:
        return self.desired.resources if self.desired is not None else {}


async def export(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Write files below the directory `to`, or with `commit` to a branch; with `drifted` only what moved.

    Exit 3 when a part could not be had, 1 when nothing could.
    """
    parts = desk.parts
    assert parts is not None  # noqa: S101
    begun, known = parts.clock.monotonic(), await _known(desk, arguments)
    with parts.platform.collect_request_ids() as request_ids:
        wish = await _wish(desk, arguments, known)
        destination = await _destination(desk, arguments)
        made = await _made(desk, parts, wish, known, destination)
    kept = await destination.keep(made, whole=not wish.names and wish.only is None)
    if known.desired is None and not known.notices and (arguments.get("to") or "") != arguments.get("source"):
        known.notices.append(_COPY)
    seconds = parts.clock.monotonic() - begun
    facts = {**report.facts(made, where=kept.where, seconds=seconds), "branch": kept.branch, "commit": kept.commit}
    attempt = Attempt(op_id=OpId(parts.ids.new()), request_ids=tuple(request_ids), latency_ms=round(seconds * 1000))
    await _record(desk, parts, known, made, facts, attempt, kept)
    if arguments.get("output") == "json":
        shown = json.dumps(facts, indent=2, ensure_ascii=False)
    else:
        shown = report.text(made, where=kept.where, notices=known.notices)
    return Answer(exit=_exit(made), output=shown, facts=facts)


async def _wish(desk: Desk, arguments: Mapping[str, Any], known: Known) -> Wish:
    names = tuple(arguments.get("names", ()))
    if arguments.get("drifted"):
        return await drifting.wish(desk, names, known.resources)
    return Wish(
        names=names,
        with_dependencies=bool(arguments.get("with_dependencies")),
        draft=bool(arguments.get("draft")),
    )


async def _destination(desk: Desk, arguments: Mapping[str, Any]) -> Destination:
    place, to = (await desk.home() if desk.home is not None else None), arguments.get("to")
    destinations.check_place(str(to or arguments["default"]))
    if arguments.get("commit"):
        if desk.branches is None:
            raise UsageError("--commit needs a checkout; with RECONCILE_GIT_URL there is only a clone of ours.")
        directory = str(to) if to else posixpath.join(*place) if place else str(arguments["default"])
        base, is_part = await desk.branches.base(directory), bool(arguments.get("drifted"))
        is_inside = is_part or place is None or destinations.is_within(base.root, place[1])
        return Branch(desk, base, is_part=is_part, home="" if is_inside else None)
    directory = str(to or arguments["default"])
    is_home = place is not None and posixpath.normpath(posixpath.join(*place)) == posixpath.normpath(directory)
    return Folder(
        desk, directory, str(arguments.get("where") or directory), place[1] if place is not None and is_home else None
    )


async def _known(desk: Desk, arguments: Mapping[str, Any]) -> Known:
    """An export needs no desired state: a team may just be beginning. Raises SourceError for a directory that somebody
    named and that is not there, and DesiredStateError where the files would go beside manifests with errors."""
    assert desk.wanted is not None  # noqa: S101
    place = await desk.home() if desk.home is not None else None
    try:
        return Known(await desk.wanted())
    except SourceError as error:
        if place is None and arguments.get("source_is_named") and arguments.get("to") != arguments.get("source"):
            raise
        return Known(None, [f"{error} {_UNKNOWN}"] if place is not None else [])
    except DesiredStateError as error:
        if all(problem.code == "REC1114" for problem in error.problems):
            return Known(None)
        to = arguments.get("to")
        if arguments.get("commit") and (
            to is None or place is None or destinations.is_within(to, posixpath.join(*place))
        ):
            raise
        return Known(None, [f"the desired state has errors; `validate` lists them. {_UNKNOWN}"])


async def _made(desk: Desk, parts: Parts, wish: Wish, known: Known, destination: Destination) -> Export:
    assert parts.contents is not None  # noqa: S101
    organization = await one_pass.organization(parts, known.environment, Mode.COMPARE)
    parts.platform.begin_pass()
    parts.progress.phase("observing Genesys Cloud")
    listed = await copying.observe(parts)
    there = listed.objects
    chosen = _chosen(listed, wish, known)
    layout = exported.layout([have.key for have in there])
    paths = {key: posixpath.join(destination.root, path) for key, path in layout.items()} | dict(wish.places)
    work = Copying(
        parts=parts,
        contents=parts.contents,
        offload=desk.offload,
        declared=known.resources,
        paths=paths,
        home=destination.home,
        there=await _parts_of_files(destination, paths, known),
        heard=wish.heard,
        draft=wish.draft,
        left_out=list(wish.left_out),
        failed=listed.asides if wish.with_dependencies or not wish.names else [],
    )
    seen: set[Key] = set()
    while chosen:
        seen |= {have.key for have in chosen}
        await work.take(chosen)
        reached = choosing.reached(work.used, work.leads_to, there) if wish.with_dependencies else []
        chosen = [have for have in reached if have.key not in seen]
    parts.progress.phase("reading the files back")
    incomplete = {aside.key for aside in work.failed}
    problems, differing = await proving.load_back(work.copies, parts.compare, destination.load)
    looked_up = await proving.look_up(work.used, listed, parts.platform)
    return Export(
        organization=organization,
        copies=tuple(work.copies),
        left_out=tuple(work.left_out),
        failed=(*work.failed, *(aside for aside in differing if aside.key not in incomplete)),
        references=looked_up.number,
        broken=looked_up.broken,
        unanswered=looked_up.unanswered,
        cycles=proving.cycles(work.used),
        problems=problems,
    )


def _chosen(listed: copying.There, wish: Wish, known: Known) -> list[Observed]:
    """The objects to begin with. Raises UsageError for a name nobody has, ProviderError when its list is missing."""
    try:
        return choosing.wanted(listed.objects, wish, known.resources)
    except UsageError:
        if listed.unlisted:
            raise next(iter(listed.unlisted.values())) from None
        raise


async def _parts_of_files(destination: Destination, paths: Mapping[Key, str], known: Known) -> dict[str, bytes]:
    """The files of git that hold the manifests to write over, which may hold others beside them."""
    if not isinstance(destination, Branch) or destination.base.snapshot is None:
        return {}
    snapshot = destination.base.snapshot
    own = {
        paths[key]
        for key, want in known.resources.items()
        if key.kind != FLOW and key in paths and choosing.own_path(want) == paths[key]
    }
    return dict(await snapshot.read(sorted(own & snapshot.entries.keys())))


async def _record(
    desk: Desk, parts: Parts, known: Known, made: Export, facts: Mapping[str, Any], attempt: Attempt, kept: Kept
) -> None:
    now = Circumstances(
        time=moment.text(parts.clock.now()),
        commit=known.desired.commit if known.desired is not None else None,
        revision=known.desired.revision if known.desired is not None else "",
        environment=known.environment.name,
    )
    told = {name: value for name, value in facts.items() if name != "objects"}
    settlement = exporting.settlement(made, told, report.summary(made), attempt, now, index=kept.sha256)
    await settling.settle_for(parts, settlement, known.environment)
    if desk.drain is not None and known.environment.webhooks:
        await desk.drain(DRAIN_SECONDS)


def _exit(made: Export) -> int:
    return {Status.SUCCESS: 0, Status.PARTIAL: 3, Status.FAILED: 1}[made.status]
