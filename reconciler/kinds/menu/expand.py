"""A Menu becomes a Flow of the same name, and with `route` a CallRoute of the same name.

Relies on the compiler for the document and on `architect.canonical` for its normal form. What the Menu names
(prompts, queues, flows, people) is kept as references at the place in the Menu where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.architect import canonical
from reconciler.documents import writing
from reconciler.kinds.call_route.normal import FLOW_TYPE, check_numbers
from reconciler.kinds.manifest import Context, Manifest, Normal, check_flow_name, desired, quoted
from reconciler.kinds.menu import checks, compiler, graph, places, scenarios
from reconciler.kinds.menu.fields import Voicemail
from reconciler.kinds.menu.graph import Graph
from reconciler.kinds.menu.spec import MenuSpec, Transfer
from reconciler.model import digest, identity
from reconciler.model.problem import Severity
from reconciler.model.resource import Asset, Desired, External, Spec


def normalise(manifest: Manifest, context: Context) -> Normal:
    """The resources behind the Menu. With errors they have no content, yet others may still refer to them."""
    spec: MenuSpec = manifest.spec
    ways = graph.build(spec)
    problems = check_flow_name(manifest.name, manifest.source, "menu")
    problems += checks.check(manifest, spec, ways, context.policy)
    numbers: list[str] = []
    if spec.route is not None:
        numbers, defects = check_numbers(spec.route.dnis, manifest, ("spec", "route", "dnis"))
        problems += defects
    is_sound = not any(problem.severity is Severity.ERROR for problem in problems)
    resources = [_flow(manifest, spec, ways if is_sound else None)]
    if spec.route is not None:
        resources.append(_route(manifest, spec, numbers))
    return Normal(tuple(resources), tuple(problems), scenarios.of(manifest, spec) if is_sound else ())


def _flow(manifest: Manifest, spec: MenuSpec, ways: Graph | None) -> Desired:
    normal: Spec = {}
    assets = {}
    if ways is not None:
        document = compiler.compile_menu(manifest.name, spec, ways, division=manifest.metadata.division)
        content = writing.render(document, _remarks(manifest, spec, ways))
        normal = {"document": canonical.canonical(document)}
        assets["yaml"] = Asset(manifest.source.file, digest.of_bytes(content), content)
    return desired(
        manifest,
        identity.flow(FLOW_TYPE, manifest.name),
        normal,
        references=list(_references(manifest, spec)),
        assets=assets,
        declared_by=str(manifest),
        places=places.of(manifest, spec, ways) if ways is not None else {},
    )


def _route(manifest: Manifest, spec: MenuSpec, numbers: list[str]) -> Desired:
    """Opening hours are looked at inside the flow, so the route itself is always open."""
    place = manifest.at("spec", "route", key=True)
    normal = {
        "description": spec.route.description if spec.route else "",
        "dnis": numbers,
        "open": manifest.name,
        "closed": None,
        "holiday": None,
        "scheduleGroup": None,
    }
    reference = External("Flow", manifest.name, manifest.source, FLOW_TYPE)
    key = identity.call_route(manifest.name)
    return desired(manifest, key, normal, references=[reference], source=place, declared_by=str(manifest))


def _remarks(manifest: Manifest, spec: MenuSpec, ways: Graph) -> list[str]:
    remarks = [
        f"Made from {manifest.source.file} ({manifest.kind} {quoted(manifest.name)}). Edit that file, not this one."
    ]
    for menu, node in spec.menus.items():
        spare = compiler.spare_key(menu, node, ways) if menu in ways.parents else None
        if spare is not None:
            remarks.append(f"Menu {menu}: the unused key {spare} carries what happens without input; see the choice.")
    return remarks


def _references(manifest: Manifest, spec: MenuSpec) -> Iterator[External]:
    for path, prompt in graph.prompts(spec):
        yield External("Prompt", prompt, manifest.at(*path))
    for step in graph.steps(spec):
        if step.action.transfer is not None:
            yield from _target(manifest, step.action.transfer, (*step.path, "transfer"))
    if spec.hours is not None:
        yield External("ScheduleGroup", spec.hours.schedule_group, manifest.at("spec", "hours", "scheduleGroup"))
        if spec.hours.emergency_group is not None:
            place = manifest.at("spec", "hours", "emergencyGroup")
            yield External("EmergencyGroup", spec.hours.emergency_group, place)


def _target(manifest: Manifest, transfer: Transfer, path: graph.Path) -> Iterator[External]:
    if transfer.queue is not None:
        yield External("Queue", transfer.queue, manifest.at(*path, "queue"))
    elif transfer.flow is not None:
        yield External("Flow", transfer.flow, manifest.at(*path, "flow"), FLOW_TYPE)
    elif transfer.user is not None:
        yield External("User", transfer.user, manifest.at(*path, "user"))
    elif transfer.group is not None:
        yield External("Group", transfer.group, manifest.at(*path, "group"))
    elif transfer.voicemail is not None:
        yield _mailbox(manifest, transfer.voicemail, (*path, "voicemail"))


def _mailbox(manifest: Manifest, box: Voicemail, path: graph.Path) -> External:
    if box.queue is not None:
        return External("Queue", box.queue, manifest.at(*path, "queue"))
    if box.user is not None:
        return External("User", box.user, manifest.at(*path, "user"))
    return External("Group", box.group or "", manifest.at(*path, "group"))
