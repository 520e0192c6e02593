"""What changed between two flows in comparable form, node by node, as a plan's reader would say it.

`differences` gives plain triples, whose dotted paths are stable names (`….menu[Main].choices.menuTask[Sales].dtmf`);
`nodes` says of each which part of the flow it is about and what it means for a caller. `spelling` tells apart what
changes nothing for anybody: nobody should publish a flow for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import meaning, renaming, spelling
from reconciler.architect.defaults import UNORDERED
from reconciler.architect.meaning import What
from reconciler.architect.pairing import paired
from reconciler.architect.places import LISTS, Step, split

__all__ = ["Difference", "NodeDifference", "What", "described", "differences", "nodes", "summary"]

Difference = tuple[str, Any, Any]
"""Dotted path, value before, value after; None means absent."""


_ORDER_FREE: Final = UNORDERED | {"choices"}
"""Lists that the comparable form sorts: another order there follows from another difference."""


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """One difference. `node` are the parts that hold it, outermost first, none for the flow itself; `field` is where in
    the innermost part, empty when the part as a whole is meant."""

    node: tuple[Step, ...]
    what: What
    field: str
    before: Any
    after: Any
    path: str
    is_spelling: bool

    @property
    def title(self) -> str:
        """The parts as people name them: `menu "Main", key 1 "Sales", transferToAcd "To Sales"`."""
        return ", ".join(step.title for step in self.node) or "the flow"


def differences(before: Any, after: Any) -> list[Difference]:
    """All that differs, in the order of the paths' first appearance. Items of tagged lists are addressed by
    `type[name]`; when only their order changed, that is one difference with both orders. References before are told by
    the names that their targets have after."""
    renamed = renaming.of(before, after)
    comparison = _Comparison(renamed.unpaired)
    comparison.compare(renamed.followed(before), after, "")
    return comparison.found


def nodes(before: Any, after: Any) -> list[NodeDifference]:
    """The same differences, each with its place and meaning."""
    return [described(*one) for one in differences(before, after)]


def described(path: str, before: Any, after: Any) -> NodeDifference:
    """What one difference says; from its path and values alone, so that a plan read from a file can be told too."""
    node, field = split(path)
    is_whole = not field
    if path.endswith(" (order)"):
        what = What.MOVED
    elif is_whole and before is None:
        what = What.ADDED
    elif is_whole and after is None:
        what = What.REMOVED
    else:
        what = What.REROUTED if is_whole else meaning.of_change(node, field, before, after)
    return NodeDifference(node, what, field, before, after, path, spelling.is_only(path, before, after))


class _Comparison:
    """Gathers in `found` what differs, from the outside in."""

    def __init__(self, unpaired: Collection[str]) -> None:
        self.unpaired = unpaired
        self.found: list[Difference] = []

    def compare(self, before: Any, after: Any, path: str) -> None:
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            if before.keys() != after.keys() and (spelling.is_value(before) or spelling.is_value(after)):
                self.found.append((path, before, after))  # another kind of value: told as a whole
            else:
                self._compare_mappings(before, after, path)
        elif isinstance(before, list) and isinstance(after, list):
            self._compare_lists(before, after, path)
        elif type(before) is not type(after) or before != after:
            self.found.append((path, before, after))

    def _compare_mappings(self, before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> None:
        for key in dict.fromkeys([*before, *after]):
            here = f"{path}.{key}" if path else str(key)
            if key in before and key in after:
                self.compare(before[key], after[key], here)
                continue
            present = before[key] if key in before else after[key]
            empty = _empty(key, present)
            if empty is None:
                self.found.append((here, present, None) if key in before else (here, None, present))
            elif key in before:
                self.compare(present, empty, here)
            else:
                self.compare(empty, present, here)

    def _compare_lists(self, before: list[Any], after: list[Any], path: str) -> None:
        pairs = paired(before, after, self.unpaired)
        for pair in pairs:
            here = f"{path}.{pair.label}" if path else pair.label
            if pair.is_new:
                self.found.append((here, None, _body(pair.after)))
            elif pair.is_gone:
                self.found.append((here, _body(pair.before), None))
            elif pair.is_other_type:
                self.found.append((here, pair.before, pair.after))
            else:
                self.compare(_body(pair.before), _body(pair.after), here)
        if path.rpartition(".")[2] in _ORDER_FREE:
            return
        shared = [pair for pair in pairs if not pair.is_new and not pair.is_gone]
        one = [pair.label for pair in sorted(shared, key=lambda pair: pair.at_before)]
        other = [pair.label for pair in sorted(shared, key=lambda pair: pair.at_after)]
        if one != other:
            self.found.append((f"{path} (order)".strip(), one, other))


def _empty(key: str, value: Any) -> Any:
    """What to compare a branch or list of parts with where the other side has none, so that its parts come out one by
    one; None where it is told as a whole."""
    if isinstance(value, list):
        return [] if value and key in LISTS else None
    return {} if _holds_parts(value) else None


def _holds_parts(value: Any) -> bool:
    return isinstance(value, Mapping) and any(
        (isinstance(item, list) and item and key in LISTS) or _holds_parts(item) for key, item in value.items()
    )


def _body(item: Any) -> Any:
    """What a tagged item holds; any other item itself."""
    return next(iter(item.values())) if isinstance(item, Mapping) and len(item) == 1 else item


def summary(found: list[NodeDifference]) -> Iterator[tuple[str, list[NodeDifference]]]:
    """The differences by the title of their node, in order, spelling last within each."""
    by_title: dict[str, list[NodeDifference]] = {}
    for one in found:
        by_title.setdefault(one.title, []).append(one)
    for title, group in by_title.items():
        yield title, sorted(group, key=lambda one: one.is_spelling)
