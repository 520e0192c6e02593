"""Gathering facts before a decision: lists, reads by id of what the lists miss, content of what moved.

Observing costs the list pages and nothing per object; only objects that moved or that we do not know are inspected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reconciler.core import ownership, pairing, planner
from reconciler.core.pairing import Pair
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key, RemoteId
from reconciler.model.resource import Applied, Gone, Hidden, Observed, Spec
from reconciler.ports import Remote
from reconciler.runtime.parts import INSPECTIONS_MAX, Parts
from reconciler.runtime.together import together

NOTHING: frozenset[Key] = frozenset()


NONE_READ: Mapping[RemoteId, Observed | Gone | Hidden] = {}


@dataclass(frozen=True, slots=True)
class Facts:
    """The three sides, paired, with content where it is needed."""

    pairs: tuple[Pair, ...]
    observed: tuple[Observed, ...]
    reads: Mapping[RemoteId, Observed | Gone | Hidden]
    applied: Mapping[Key, Applied]


async def gather(parts: Parts, desired: DesiredState, *, examine: frozenset[Key] = NOTHING) -> Facts:
    """Recall, observe, pair, and look closer where a decision needs it; at what is to be examined in any case."""
    applied, observed = await _recall_and_observe(parts)
    reads = await _read(parts, pairing.to_read(observed, applied))
    return await regather(parts, desired, Facts((), observed, reads, applied), examine=examine)


async def regather(parts: Parts, desired: DesiredState, known: Facts, *, examine: frozenset[Key] = NOTHING) -> Facts:
    """The same platform and memory, paired with a desired state that was completed since."""
    pairs = parts.paired.pairs(desired.resources, known.observed, known.reads, known.applied)
    pairs = await _inspect(parts, await _examine(parts, pairs, known.pairs, examine))
    pairs = await _with_specs(parts, pairs)
    return replace(known, pairs=tuple(_recognised(parts, pair) for pair in pairs))


async def _recall_and_observe(parts: Parts) -> tuple[Mapping[Key, Applied], tuple[Observed, ...]]:
    """Memory and platform at once: neither needs the other, and the platform takes its time."""
    applied: Mapping[Key, Applied] = {}
    lists: dict[str, Sequence[Observed]] = {}

    async def recall() -> None:
        nonlocal applied
        applied = await parts.ledger.recall()

    async def observe(remote: Remote) -> None:
        lists[remote.kind] = await remote.observe()

    jobs: dict[str, Callable[[], Awaitable[None]]] = {"ledger": recall}
    jobs |= {kind: partial(observe, remote) for kind, remote in parts.remotes.items()}
    await together(jobs)
    return applied, tuple(have for kind in sorted(lists) for have in lists[kind])


async def _read(parts: Parts, missing: Sequence[Applied]) -> Mapping[RemoteId, Observed | Gone | Hidden]:
    if not missing:
        return NONE_READ
    return await together({record.id: partial(parts.remotes[record.key.kind].read, record.id) for record in missing})


async def _inspect(parts: Parts, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    seen = await together(
        {
            pair.key: partial(_content, parts, pair.observed)
            for pair in pairs
            if planner.needs_inspection(pair) and isinstance(pair.observed, Observed) and not pair.observed.examined
        }
    )
    if not seen:
        return pairs
    return tuple(replace(pair, observed=seen[pair.key]) if pair.key in seen else pair for pair in pairs)


async def _examine(
    parts: Parts, pairs: tuple[Pair, ...], before: Sequence[Pair], wanted: frozenset[Key]
) -> tuple[Pair, ...]:
    """Content of what is to be examined and is there, whatever its version; `before` has what this pass did already."""
    if not wanted:
        return pairs
    known = {pair.key: have for pair in before if isinstance(have := pair.observed, Observed) and have.examined}
    seen = await together(
        {
            pair.key: partial(parts.remotes[pair.key.kind].examine, pair.observed)
            for pair in pairs
            if pair.key in wanted - known.keys() and isinstance(pair.observed, Observed)
        }
    )
    known |= {key: replace(have, examined=True) for key, have in seen.items()}
    return tuple(replace(pair, observed=known[pair.key]) if pair.key in known else pair for pair in pairs)


def _recognised(parts: Parts, pair: Pair) -> Pair:
    have, base = pair.observed, pair.applied
    recognised = parts.recognised.get(pair.key.kind)
    if recognised is None or base is None or not isinstance(have, Observed) or not have.examined or have.spec is None:
        return pair
    return replace(pair, observed=replace(have, spec=recognised(have.spec, base.live)))


async def _content(parts: Parts, have: Observed) -> Observed:
    """Content by id and version, asked for once; lock and draft always from the fresh list entry."""
    place = (have.id, have.version)
    known = parts.inspections.get(place)
    if known is None:
        known = await parts.remotes[have.key.kind].inspect(have)
        if known.comparable:
            if len(parts.inspections) >= INSPECTIONS_MAX:
                parts.inspections.pop(next(iter(parts.inspections)))
            parts.inspections[place] = known
    return replace(have, spec=known.spec, comparable=known.comparable)


async def _with_specs(parts: Parts, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Load what we applied, only for objects where something differs."""
    keys = [pair.applied.key for pair in pairs if pair.applied is not None and _differs(pair)]
    if not keys:
        return pairs
    specs = await parts.ledger.specs(keys)
    return tuple(_with_spec(pair, specs) for pair in pairs)


def _with_spec(pair: Pair, specs: Mapping[Key, tuple[Spec, Spec | None]]) -> Pair:
    if pair.applied is None or pair.applied.key not in specs:
        return pair
    spec, live = specs[pair.applied.key]
    return replace(pair, applied=replace(pair.applied, spec=spec, live=live))


def _differs(pair: Pair) -> bool:
    have, base, want = pair.observed, pair.applied, pair.desired
    if not isinstance(have, Observed) or base is None:
        return base is not None
    moved = ownership.has_moved(have, base) or pair.key != base.key
    return have.examined or moved or want is None or want.digest != base.digest
