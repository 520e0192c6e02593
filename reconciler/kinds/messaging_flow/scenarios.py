"""A MessagingFlow's scenarios as values for the simulator: what is written, what must be answered, how it ends."""

from __future__ import annotations

from reconciler.kinds.manifest import Manifest
from reconciler.kinds.messaging_flow import texts
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingScenario, Scalar
from reconciler.model import identity, moment
from reconciler.model.scenario import Expectation, Scenario

MESSAGES = "inboundShortMessage"


def of(manifest: Manifest, spec: MessagingFlowSpec) -> tuple[Scenario, ...]:
    """All scenarios in the order written. They run on the message flow, so its hand-over to the bot counts too."""
    return tuple(
        Scenario(
            name=written.name,
            flow=identity.flow(MESSAGES, manifest.name),
            declared_by=str(manifest),
            source=manifest.at("spec", "scenarios", number),
            press=(),
            say=tuple(turn.say or "" for turn in written.turns),
            answers=tuple(tuple(turn.expect or ()) for turn in written.turns),
            expect=_expectation(written),
            channel=written.channel,
            variables=_known(written),
            now=moment.stated(written.now) if written.now is not None else None,
        )
        for number, written in enumerate(spec.scenarios)
    )


def _known(written: MessagingScenario) -> dict[str, Scalar]:
    """Values known from the start; variables of the flow are text."""
    return {
        name: texts.spelled(value) if "." not in name or name.lower().startswith("flow.") else value
        for name, value in written.variables.items()
    }


def _expectation(written: MessagingScenario) -> Expectation:
    if written.expect is None:
        return Expectation()
    return Expectation("queue", written.expect.queue) if written.expect.queue is not None else Expectation("hangup")
