"""Which objects an export is about: what a person named, what that needs, and where git has it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.errors import UsageError
from reconciler.model.export import Aside
from reconciler.model.identity import Key
from reconciler.model.resource import Desired, External, Observed

Meant = tuple[str, str, str]
"""Kind, name and type of what a reference means; an empty type for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asked to export; no `names` mean everything."""

    names: tuple[str, ...] = ()
    with_dependencies: bool = False
    draft: bool = False
    only: frozenset[Key] | None = None
    """Exactly these objects, whatever the names."""
    places: Mapping[Key, str] = field(default_factory=dict)
    """The files of git that are written over, by path from the top of the repository."""
    heard: Collection[tuple[Key, str]] | None = None
    left_out: tuple[Aside, ...] = ()


def wanted(there: Sequence[Observed], wish: Wish, declared: Mapping[Key, Desired]) -> list[Observed]:
    """The objects to copy. Raises UsageError for names nobody has."""
    if wish.only is not None:
        return [have for have in there if have.key in wish.only]
    return named(there, wish.names, declared)


def named(there: Sequence[Observed], names: Collection[str], declared: Mapping[Key, Desired]) -> list[Observed]:
    """The objects called `name`, `Kind/name` or `Kind/name (type)`, or compiled from a manifest called so; all without
    names. Raises UsageError."""
    if not names:
        return list(there)
    labels = {have.key: {have.key.name, str(have.key), have.key.label} for have in there}
    for key, own in labels.items():
        if key in declared and declared[key].declared_by:
            own.add(declared[key].declared_by)
    unknown = sorted(set(names) - {label for own in labels.values() for label in own})
    if unknown:
        raise UsageError(f"The organisation has nothing called {unknown[0]!r}. Write a name or Kind/name.")
    return [have for have in there if labels[have.key] & set(names)]


def needs(want: Desired) -> set[Meant]:
    """What an object needs, as git says."""
    return {(item.kind, item.name, item.type) for item in want.externals} | {
        (key.kind, key.name, key.type) for key in want.depends_on
    }


def reached(
    used: Mapping[Key, Sequence[External]], leads_to: Collection[Meant], there: Sequence[Observed]
) -> list[Observed]:
    """The objects that references mean, and those that what was left out leads to."""
    names = {(item.kind, item.name, item.type) for items in used.values() for item in items} | {*leads_to}
    return [
        have
        for have in there
        if {(have.key.kind, have.key.name, have.key.type), (have.key.kind, have.key.name, "")} & names
    ]


def own_path(want: Desired) -> str:
    """The file in git that holds the object."""
    return want.assets["yaml"].path if "yaml" in want.assets else want.source.file
