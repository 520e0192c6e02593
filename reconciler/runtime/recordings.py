"""Recordings made ready between plan and gate, and what callers can hear at the end.

What is about to go up is converted before anything is written. A recording that cannot be converted is bad input like
any other: it stops the pass with its place in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from reconciler.core.pairing import Pair
from reconciler.errors import DesiredStateError, RecordingError
from reconciler.kinds.manifest import quoted
from reconciler.kinds.prompt import checks, steps
from reconciler.kinds.prompt.readiness import Readiness, is_ready
from reconciler.model import identity
from reconciler.model.change import Change
from reconciler.model.event import Result
from reconciler.model.identity import Key
from reconciler.model.plan import Plan
from reconciler.model.policy import Policy
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Asset, Observed
from reconciler.ports import Converter
from reconciler.report.results import ChangeResult
from reconciler.runtime.together import together

Place = tuple[str, str]
"""Prompt and language."""


def missing(plan: Plan) -> frozenset[Key]:
    """Prompts about to be uploaded from a web address that gave no reason to download it again in this pass."""
    return frozenset(
        change.key
        for change in plan.changes
        if change.desired is not None and set(_uploads(change)) - change.desired.assets.keys()
    )


def ready(pairs: Sequence[Pair], outcomes: Mapping[Key, ChangeResult]) -> Readiness:
    """How many of the wanted prompts can be played: as observed, and as the pass left what it wrote.

    A change that did not end well counts as not ready, since nobody knows what is left of the old sound.
    """
    wanted = [pair for pair in pairs if pair.key.kind == identity.PROMPT and pair.desired is not None]
    return Readiness(sum(_is_ready(pair, outcomes.get(pair.key)) for pair in wanted), len(wanted))


def _is_ready(pair: Pair, end: ChangeResult | None) -> bool:
    if end is not None and end.change.action.writes_platform and end.result is not None:
        return end.result is Result.APPLIED
    have = pair.observed
    return isinstance(have, Observed) and pair.desired is not None and is_ready(pair.desired.spec, have.spec)


async def converted(converter: Converter | None, plan: Plan, policy: Policy) -> Plan:
    """The same plan, with every recording that goes up in a form the platform takes.

    Raises DesiredStateError with all recordings that cannot be converted, or are too long when they are.
    """
    foreign = {
        (change.key.name, language): (change, asset)
        for change in plan.changes
        for language, asset in _going_up(change).items()
        if "format" in _spec(change, language)
    }
    if not foreign or converter is None or converter.remedy:
        return plan  # without a converter nothing came so far but what may go up as it is
    jobs = {
        place: partial(_convert, converter, asset, _spec(change, place[1]), policy)
        for place, (change, asset) in foreign.items()
    }
    results = await together(jobs)
    problems = [problem for _, found in results.values() for problem in found]
    if problems:
        raise DesiredStateError(problems)
    ready = {place: asset for place, (asset, _) in results.items()}
    return replace(plan, changes=tuple(_with(change, ready) for change in plan.changes))


def _going_up(change: Change) -> Mapping[str, Asset]:
    """The recordings that applying the change uploads, by language."""
    want = change.desired
    return {language: want.assets[language] for language in _uploads(change) if language in want.assets} if want else {}


def _uploads(change: Change) -> tuple[str, ...]:
    want = change.desired
    if change.key.kind != identity.PROMPT or not (change.executes and change.action.writes_platform):
        return ()
    return steps.of_change(change).uploads if want is not None and (want.assets or want.web_assets) else ()


def _spec(change: Change, language: str) -> Mapping[str, object]:
    assert change.desired is not None  # noqa: S101 - only what goes up is asked about
    audio: Mapping[str, object] = change.desired.spec["resources"][language]["audio"]
    return audio


async def _convert(
    converter: Converter, recording: Asset, spec: Mapping[str, object], policy: Policy
) -> tuple[Asset, list[Problem]]:
    try:
        wav = await converter.to_wav(recording.content, format=str(spec["format"]))
    except RecordingError as error:
        place = recording.location or Location(recording.path)
        return recording, [Problem(place, error.code, f"{quoted(recording.path)} {error.message}.", error.remedy)]
    promised = float(str(spec["seconds"]))
    problems = checks.check_converted(recording, wav, promised_seconds=promised, policy=policy)
    return replace(recording, content=wav), problems


def _with(change: Change, ready: Mapping[Place, Asset]) -> Change:
    mine = {language: asset for (name, language), asset in ready.items() if name == change.key.name}
    if not mine or change.key.kind != identity.PROMPT or change.desired is None:
        return change
    return replace(change, desired=replace(change.desired, assets={**change.desired.assets, **mine}))
