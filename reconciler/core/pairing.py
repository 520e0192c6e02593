"""Which wanted, observed and remembered objects are the same one.

By the id in the ledger first, then by natural key. A name alone proves nothing: when the object we remember is gone and
another object carries its name, that one is somebody else's until it is adopted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.identity import Key, RemoteId
from reconciler.model.resource import Applied, Desired, Gone, Hidden, Observed


@dataclass(frozen=True, slots=True)
class Pair:
    """The three sides of one object. `applied` is None where the observed object is not the one we remember.

    `lost` is the record of an object that is gone while a stranger has its name. `taken_by` says which managed object
    carries the wanted name on the platform, `rivals` how many strangers share it.
    """

    key: Key
    desired: Desired | None = None
    observed: Observed | Gone | Hidden | None = None
    applied: Applied | None = None
    lost: Applied | None = None
    taken_by: Key | None = None
    rivals: int = 0


def to_read(observed: Iterable[Observed], applied: Mapping[Key, Applied]) -> tuple[Applied, ...]:
    """Remembered objects that the lists do not show: each must be read by id before anything is decided."""
    listed = {have.id for have in observed}
    missing = (record for record in applied.values() if record.id not in listed)
    return tuple(sorted(missing, key=lambda record: record.key.parts))


def pairs(
    desired: Mapping[Key, Desired],
    observed: Collection[Observed],
    reads: Mapping[RemoteId, Observed | Gone | Hidden],
    applied: Mapping[Key, Applied],
) -> tuple[Pair, ...]:
    """Join the three sides, sorted by key. Objects nobody wants and nobody remembers are left out: not ours."""
    by_id: dict[RemoteId, Observed | Gone | Hidden] = {**reads, **{have.id: have for have in observed}}
    remembered = {record.id: record.key for record in applied.values()}
    strangers: dict[Key, list[Observed]] = defaultdict(list)
    holders: dict[Key, Key] = {}
    for have in observed:
        owner = remembered.get(have.id)
        if owner is None:
            strangers[have.key].append(have)
        elif owner != have.key:
            holders[have.key] = min(owner, holders.get(have.key, owner))
    for namesakes in strangers.values():
        namesakes.sort(key=lambda have: have.id)

    result: list[Pair] = []
    claimed: set[Key] = set()
    for key, want in sorted(desired.items(), key=lambda item: item[0].parts):
        old = None if key in applied else _old_key(want, desired)
        if old in claimed:
            old = None  # two manifests are renamed from one object; the first by name gets it
        record = applied.get(key) if old is None else applied.get(old)
        claimed.add(key)
        if old is not None:
            claimed.add(old)
        result.append(_pair_wanted(key, want, record, old, by_id, strangers, holders))
    left = [
        Pair(key, observed=by_id.get(record.id), applied=record)
        for key, record in applied.items()
        if key not in claimed
    ]
    return tuple(sorted(result + left, key=lambda pair: pair.key.parts) if left else result)


def _old_key(want: Desired, desired: Mapping[Key, Desired]) -> Key | None:
    """The key an object is renamed from; None when there is none, or when a manifest declares that one too."""
    if not want.renamed_from:
        return None
    old = Key(want.key.kind, want.renamed_from, want.key.type)
    return None if old in desired else old


def _pair_wanted(
    key: Key,
    want: Desired,
    record: Applied | None,
    old: Key | None,
    by_id: Mapping[RemoteId, Observed | Gone | Hidden],
    strangers: Mapping[Key, list[Observed]],
    holders: Mapping[Key, Key],
) -> Pair:
    found = by_id.get(record.id) if record is not None else None
    namesakes = strangers.get(key, [])
    if record is not None and found is not None and not isinstance(found, Gone):
        carries_it = isinstance(found, Hidden) or found.key == key
        return Pair(key, want, found, record, taken_by=None if carries_it else _taker(key, holders, namesakes))
    if not namesakes and old is not None and record is None:
        namesakes = strangers.get(old, [])
    if namesakes:
        return Pair(key, want, namesakes[0], lost=record, rivals=len(namesakes) - 1)
    return Pair(key, want, found, record, taken_by=holders.get(key))


def _taker(key: Key, holders: Mapping[Key, Key], namesakes: list[Observed]) -> Key | None:
    """Who already has the name that an object of ours is to get, or to get back."""
    return holders.get(key) or (namesakes[0].key if namesakes else None)
