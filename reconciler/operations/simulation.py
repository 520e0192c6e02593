"""`simulate`: one call as a trace, or every way through a flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.architect.simulator import call, explore
from reconciler.architect.simulator.call import Script
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.trace import Ending
from reconciler.errors import UsageError
from reconciler.kinds.messaging_flow import expand, texts
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.operations.desk import Answer
from reconciler.operations.stage import Stage
from reconciler.report import simulation as report


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What to simulate: a flow by name and perhaps type, or the Menu of that name."""

    name: str
    is_menu: bool = False
    type: str | None = None


async def simulate(
    load: Callable[[], Awaitable[DesiredState]],
    subject: Subject,
    script: Script,
    *,
    output: str,
    now: datetime | None = None,
) -> Answer:
    """One call, at `now` unless the script has a time of its own. Exit 1 when it ends in an error or goes round for
    ever. Raises UsageError for an unknown name."""
    stage, key = await _find(load, subject)
    script = replace(script, now=script.now or now, channel=_comes_by(stage, key, script.channel))
    known = _known(stage, key, script.variables)
    script = replace(script, variables={**_own_channel(stage, key, script.channel), **known})
    trace = stage.play(key, script)
    is_broken = trace.outcome.kind in (Ending.ERROR, Ending.ENDLESS)
    return Answer(
        exit=1 if is_broken else 0, output=report.call(key, script, trace, output, place=stage.place, step=stage.step)
    )


async def every_way(
    load: Callable[[], Awaitable[DesiredState]],
    subject: Subject,
    *,
    output: str,
    variables: Mapping[str, Value],
    channel: str = "",
    now: datetime | None = None,
) -> Answer:
    """All paths. Exit 1 when there is a ring that never ends or a place nobody gets out of."""
    stage, key = await _find(load, subject)
    comes_by = _comes_by(stage, key, channel)
    known = {call.MESSAGE_CHANNEL: comes_by} if key.type in call.MESSAGE_TYPES else {}
    found = explore.explore(
        stage.program(key),
        {**known, **_own_channel(stage, key, comes_by), **_known(stage, key, variables)},
        now=now,
        find_flow=stage.find_flow,
        find_prompt=stage.prompt,
    )
    is_broken = bool(found.endless or found.no_exit)
    return Answer(exit=1 if is_broken else 0, output=report.exploration(key, found, output, place=stage.place))


def _known(stage: Stage, key: Key, given: Mapping[str, Value]) -> Mapping[str, Value]:
    """The variables by their whole names. Raises UsageError for one that does nothing."""
    known, complaints = stage.variables(key, given)
    if complaints:
        raise UsageError(" ".join(f"{one[0].upper()}{one[1:]}." for one in complaints))
    return known


def _is_half(stage: Stage, key: Key) -> bool:
    """True for the bot of a MessagingFlow on its own, without the message flow that tells it the channel."""
    return key.type == expand.BOT and stage.desired.resources[key].declared_by.startswith("MessagingFlow/")


def _comes_by(stage: Stage, key: Key, given: str) -> str:
    """Where the conversation comes from: for the bot of a MessagingFlow as for the whole."""
    return call.channel(expand.MESSAGES if _is_half(stage, key) else key.type, given)


def _own_channel(stage: Stage, key: Key, channel: str) -> dict[str, Value]:
    return {texts.CHANNEL: channel} if _is_half(stage, key) else {}


async def _find(load: Callable[[], Awaitable[DesiredState]], subject: Subject) -> tuple[Stage, Key]:
    stage = Stage(await load())
    return stage, stage.find(subject.name, type=subject.type, declared_by="Menu/" if subject.is_menu else "")
