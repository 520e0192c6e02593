"""A MessagingFlow becomes an inbound message flow of the same name and the digital bot `NAME bot` that it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from reconciler.architect import canonical
from reconciler.documents import writing
from reconciler.kinds.manifest import Context, Manifest, Normal, check_flow_name, desired, quoted
from reconciler.kinds.messaging_flow import checks, compiler, places, scenarios
from reconciler.kinds.messaging_flow.asking import Archy
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec
from reconciler.model import digest, identity
from reconciler.model.problem import Severity
from reconciler.model.resource import Asset, Desired, External

BOT: Final = "digitalBot"
MESSAGES: Final = "inboundShortMessage"


def normalise(manifest: Manifest, _: Context) -> Normal:
    """The two flows. With errors they have no content, yet others may still refer to them."""
    spec: MessagingFlowSpec = manifest.spec
    problems = check_flow_name(manifest.name, manifest.source) or check_flow_name(
        compiler.bot_name(manifest.name), manifest.source, "bot"
    )
    problems += checks.check(manifest, spec)
    is_sound = not any(problem.severity is Severity.ERROR for problem in problems)
    division = manifest.metadata.division
    bot = compiler.compile_bot(manifest.name, spec, division=division) if is_sound else None
    flow = compiler.compile_message_flow(manifest.name, spec, division=division) if is_sound else None
    called = External("Flow", compiler.bot_name(manifest.name), manifest.source, BOT)
    return Normal(
        (
            _flow(manifest, BOT, compiler.bot_name(manifest.name), bot, list(_queues(manifest, spec))),
            _flow(manifest, MESSAGES, manifest.name, flow, [called]),
        ),
        tuple(problems),
        scenarios.of(manifest, spec) if is_sound else (),
    )


def _flow(manifest: Manifest, type: str, name: str, document: Archy | None, references: list[External]) -> Desired:
    assets, spec = {}, {}
    if document is not None:
        origin = f"{manifest.kind} {quoted(manifest.name)} ({manifest.source.file})"
        remarks = [f"Compiled from {origin}. Change that, not this."]
        content = writing.render(document, remarks)
        assets["yaml"] = Asset(manifest.source.file, digest.of_bytes(content), content)
        spec = {"document": canonical.canonical(document)}
    flow = desired(
        manifest,
        identity.flow(type, name),
        spec,
        references=references,
        assets=assets,
        declared_by=str(manifest),
        places=places.of(manifest, manifest.spec) if type == BOT else {},
    )
    renamed = manifest.metadata.renamed_from
    return flow if type != BOT or renamed is None else replace(flow, renamed_from=compiler.bot_name(renamed))


def _queues(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[External]:
    for name, node in spec.nodes.items():
        if node.transfer is not None:
            yield External("Queue", node.transfer.queue, manifest.at("spec", "nodes", name, "transfer", "queue"))
