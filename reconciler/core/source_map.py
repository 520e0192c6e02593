"""From what the platform says of a compiled flow to the line that a person wrote. Pure.

The platform's messages are free text that names parts of the flow: a queue, a menu, a choice, a task, an action, in
quotes, in the brackets of a reference, or with nothing around it. The most specific part that a message names decides.
A simulation knows the names on the way to each of its steps instead.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from reconciler.model.problem import Location
from reconciler.model.resource import Desired, External

Names = tuple[str, ...]

_UNQUOTED_MIN: Final = 6
"""Characters of a name that is looked for without quotes: shorter ones are in every other sentence."""
_NOUN: Final = re.compile(
    r"\b(?:menu|choice|task|action|node|bot|flow|prompt|queue|user|group|schedule|division)\s+\Z", re.IGNORECASE
)
"""Before a single word without quotes: words that are names and words that are not look the same."""


def places(parts: Iterable[tuple[Names, Location]]) -> dict[Names, Location]:
    """What names say which place, broad parts first. Each part comes with its names, from the outermost part that holds
    it to its own. A message may leave some of the outer names out, so fewer of them say the place too. Names that fit
    several parts say nothing."""
    every = sorted(parts, key=lambda part: len(part[0]))
    full: dict[Names, set[Location]] = {}
    fewer: dict[Names, set[Location]] = {}
    for names, place in every:
        full.setdefault(names, set()).add(place)
    for names, place in every:
        for some in _shortened(names):
            if some not in full:
                fewer.setdefault(some, set()).add(place)
    return {names: min(found) for names, found in (full | fewer).items() if len(found) == 1}


def _shortened(names: Names) -> Iterator[Names]:
    for count in range(len(names) - 1):
        for outer in itertools.combinations(names[:-1], count):
            yield (*outer, names[-1])


def told(message: str, want: Desired | None) -> str:
    """The message, with the place in the manifest behind it where one can be told."""
    place = where(message, want) if want is not None else None
    return f"{message} See {place}." if place is not None else message


def where(message: str, want: Desired) -> Location | None:
    """The place that a message about the compiled flow means; None when it names nothing we know."""
    if not want.places:
        return None
    in_parts = frozenset(name for parts in want.places for name in parts)
    names = frozenset(_named(message, in_parts.union(external.name for external in want.externals)))
    for external in want.externals:
        if external.name in names and (external.name not in in_parts or _says_kind(message, external)):
            return external.location
    return _most_specific(names, want.places)


ByFirst = Mapping[str, Mapping[Names, Location]]
"""Places by the outermost of their names."""


def by_first(known: Mapping[Names, Location]) -> ByFirst:
    """The places in the order in which `written_at` looks for them: a flow has thousands, one name a few."""
    found: dict[str, dict[Names, Location]] = {}
    for parts, place in known.items():
        found.setdefault(parts[0], {})[parts] = place
    return found


def written_at(names: Sequence[str], known: ByFirst) -> Location | None:
    """The place of an element of the compiled flow, by the names on the way to it from the outside in. The most
    specific part on that way decides; None when the outermost one is not known."""
    near = known.get(names[0], {}) if names else {}
    found = {parts: last for parts in near if (last := _last_of(parts, names)) is not None}
    return near[max(found, key=lambda parts: (len(parts), found[parts]))] if found else None


def _last_of(parts: tuple[str, ...], names: Sequence[str]) -> int | None:
    """Where among the names the last of the parts is, whose first is the first of the names; None when they are not
    all there, in order."""
    place = 0
    for part in parts[1:]:
        place = next((number for number in range(place + 1, len(names)) if names[number] == part), -1)
        if place < 0:
            return None
    return place


def _says_kind(message: str, external: External) -> bool:
    """True for `queue 'Sales'` and a queue of that name, whatever else is called Sales."""
    noun = re.sub("(?<=.)(?=[A-Z])", " ", external.kind)
    return bool(re.search(rf"\b{noun}\s+['\"]?{re.escape(external.name)}(?!\w)", message, re.IGNORECASE))


def _most_specific(names: frozenset[str], known: Mapping[Names, Location]) -> Location | None:
    """Of the parts whose names are all there, the one with most of them, of equals the last."""
    found: Names = ()
    for parts in known:
        if len(parts) >= len(found) and names.issuperset(parts):
            found = parts
    return known[found] if found else None


def _named(message: str, known: frozenset[str]) -> Iterator[str]:
    """Everything that stands in quotes or brackets, and what is known to be a name without them, longest first."""
    rest = message
    for pattern in (r"'([^']+)'", r'"([^"]+)"', r"\[([^\[\]]+)\]"):
        yield from re.findall(pattern, message)
        rest = re.sub(pattern, lambda match: " . " if match[1] in known else match[0], rest)
    longest = sorted((name for name in known if len(name) >= _UNQUOTED_MIN), key=len, reverse=True)
    if longest:
        for match in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", rest):
            if " " in match.group() or _NOUN.search(rest, 0, match.start()):
                yield match.group()
