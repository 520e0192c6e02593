"""`export`: the organisation as files, the same bytes every time, and a record of how sound it is.

Reads only. What a Menu of the desired state owns is not exported a second time; what git declares elsewhere keeps its
place.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core import catalogue, exporting
from reconciler.core.record import Attempt, Circumstances
from reconciler.errors import DesiredStateError, SourceError, UsageError
from reconciler.kinds import exported
from reconciler.model import digest, moment
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.export import Export, Status
from reconciler.model.identity import Key, OpId
from reconciler.model.resource import Desired
from reconciler.operations import copying, proving
from reconciler.operations.copying import Copying, Wish
from reconciler.operations.desk import Answer, Desk
from reconciler.operations.passes import DRAIN_SECONDS
from reconciler.ports import Files
from reconciler.report import exported as report
from reconciler.runtime import one_pass, settling
from reconciler.runtime.parts import Mode, Parts

INDEX_BYTES_MAX = 64 * 1024 * 1024
_SHOWN = 5


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
    """Write the files below the directory `to`. Exit 3 when a part could not be had, 1 when nothing could."""
    parts = desk.parts
    assert parts is not None  # noqa: S101
    wish = Wish(
        names=tuple(arguments.get("names", ())),
        with_dependencies=bool(arguments.get("with_dependencies")),
        draft=bool(arguments.get("draft")),
    )
    begun, known = parts.clock.monotonic(), await _known(desk)
    with parts.platform.collect_request_ids() as request_ids:
        made = await _made(desk, parts, wish, known, to=str(arguments["to"]))
    index = await _write(desk, made, to=str(arguments["to"]), whole=not wish.names)
    seconds = parts.clock.monotonic() - begun
    facts = report.facts(made, where=str(arguments["where"]), seconds=seconds)
    attempt = Attempt(op_id=OpId(parts.ids.new()), request_ids=tuple(request_ids), latency_ms=round(seconds * 1000))
    await _record(desk, parts, known, made, facts, attempt, index)
    return Answer(exit=_exit(made), output=_shown(made, arguments, known, seconds), facts=facts)


async def _known(desk: Desk) -> Known:
    """An export needs no desired state: a team may just be beginning."""
    assert desk.wanted is not None  # noqa: S101
    try:
        return Known(await desk.wanted())
    except SourceError:
        return Known(None)
    except DesiredStateError as error:
        if all(problem.code == "REC1114" for problem in error.problems):
            return Known(None)
        note = "the desired state has errors, so whether a Menu owns a flow is not known; `validate` lists them"
        return Known(None, [note])


async def _made(desk: Desk, parts: Parts, wish: Wish, known: Known, *, to: str) -> Export:
    assert parts.contents is not None  # noqa: S101
    organization = await one_pass.organization(parts, known.environment, Mode.PLAN)
    parts.platform.begin_pass()
    parts.progress.phase("observing Genesys Cloud")
    there = await copying.observe(parts)
    chosen = copying.named(there, wish.names)
    work = Copying(
        parts=parts,
        contents=parts.contents,
        offload=desk.offload,
        declared=known.resources,
        paths=exported.layout([have.key for have in there]),
        home=await _home(desk, to),
        draft=wish.draft,
    )
    seen: set[Key] = set()
    while chosen:
        seen |= {have.key for have in chosen}
        await work.take(chosen)
        reached = copying.reached(work.used, there) if wish.with_dependencies else []
        chosen = [have for have in reached if have.key not in seen]
    parts.progress.phase("reading the files back")
    incomplete = {aside.key for aside in work.failed}
    problems, differing = await proving.load_back(work.copies, parts.compare, desk.offload)
    return Export(
        organization=organization,
        copies=tuple(work.copies),
        left_out=tuple(work.left_out),
        failed=(*work.failed, *(aside for aside in differing if aside.key not in incomplete)),
        references=sum(len(items) for items in work.used.values()),
        broken=await proving.broken(work.used, there, parts.platform),
        cycles=proving.cycles(work.used),
        problems=problems,
    )


async def _home(desk: Desk, to: str) -> str | None:
    """The source directory's path in its repository when that is where the files go; None otherwise."""
    place = await desk.home() if desk.home is not None else None
    if place is None:
        return None
    top, root = place
    return root if posixpath.normpath(posixpath.join(top, root)) == posixpath.normpath(to) else None


async def _write(desk: Desk, made: Export, *, to: str, whole: bool) -> bytes:
    """The files and their index below `to`; returns the index. Raises UsageError before it would overwrite what no
    export left there, SourceError when the disk refuses."""
    files = desk.files
    assert files is not None  # noqa: S101
    earlier = await _earlier(files, to)
    listed = catalogue.digests(earlier)
    wanted = made.files
    there = await _there(files, to, sorted({*wanted, *listed}))
    if foreign := catalogue.foreign(wanted, there, listed):
        more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        raise UsageError(
            f"{to} holds other content under names this export needs: {', '.join(foreign[:_SHOWN])}{more}. Nothing was "
            "written. Name an empty directory with --to, or commit to a branch with --commit."
        )
    index = catalogue.render(made)
    remove: Sequence[str] = ()
    if whole and made.status is Status.SUCCESS:
        remove = catalogue.stale(wanted, there, listed)
    else:
        index = catalogue.merged(index, earlier)
    await files.write(to, {**wanted, catalogue.NAME: index}, remove=remove)
    return index


async def _earlier(files: Files, to: str) -> bytes:
    try:
        return await files.read(posixpath.join(to, catalogue.NAME), size_max=INDEX_BYTES_MAX)
    except SourceError:
        return b""


async def _there(files: Files, to: str, paths: Sequence[str]) -> dict[str, str]:
    try:
        return {entry.path: entry.sha256 for entry in await files.inspect(to, paths)}
    except SourceError:
        return {}


async def _record(
    desk: Desk, parts: Parts, known: Known, made: Export, facts: Mapping[str, Any], attempt: Attempt, index: bytes
) -> None:
    now = Circumstances(
        time=moment.text(parts.clock.now()),
        commit=known.desired.commit if known.desired is not None else None,
        revision=known.desired.revision if known.desired is not None else "",
        environment=known.environment.name,
    )
    told = {name: value for name, value in facts.items() if name != "objects"}
    settlement = exporting.settlement(made, told, report.summary(made), attempt, now, index=digest.of_bytes(index))
    await settling.settle_for(parts, settlement, known.environment)
    if desk.drain is not None and known.environment.webhooks:
        await desk.drain(DRAIN_SECONDS)


def _exit(made: Export) -> int:
    return {Status.SUCCESS: 0, Status.PARTIAL: 3, Status.FAILED: 1}[made.status]


def _shown(made: Export, arguments: Mapping[str, Any], known: Known, seconds: float) -> str:
    where = str(arguments["where"])
    if arguments.get("output") == "json":
        return report.render(made, where=where, seconds=seconds)
    return report.text(made, where=where, notices=known.notices)
