"""What changed between two trees, field by field, as a plan's reader would say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Difference = tuple[str, Any, Any]
"""Dotted path, value before, value after; None means absent."""


def differences(before: Any, after: Any) -> list[Difference]:
    """All fields that differ, in the order of their paths' first appearance. Items of tagged lists are addressed by
    `type[name]`; when only their order changed, that is one difference with both orders."""
    found: list[Difference] = []
    _compare(before, after, "", found)
    return found


def _compare(before: Any, after: Any, path: str, found: list[Difference]) -> None:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        _compare_mappings(before, after, path, found)
    elif isinstance(before, list) and isinstance(after, list):
        one, other = _labelled(before), _labelled(after)
        _compare_mappings(one, other, path, found)
        shared, turned = [label for label in one if label in other], [label for label in other if label in one]
        if shared != turned:
            found.append((f"{path} (order)".strip(), shared, turned))
    elif type(before) is not type(after) or before != after:
        found.append((path, before, after))


def _compare_mappings(before: Mapping[str, Any], after: Mapping[str, Any], path: str, found: list[Difference]) -> None:
    for key in dict.fromkeys([*before, *after]):
        here = f"{path}.{key}" if path else str(key)
        if key not in before:
            found.append((here, None, after[key]))
        elif key not in after:
            found.append((here, before[key], None))
        else:
            _compare(before[key], after[key], here, found)


def _labelled(items: list[Any]) -> dict[str, Any]:
    """The bodies of a list's items by label, repeated labels counted."""
    labelled: dict[str, Any] = {}
    for number, item in enumerate(items):
        if isinstance(item, Mapping) and len(item) == 1:
            ((tag, body),) = item.items()
            name = body.get("name") if isinstance(body, Mapping) else None
            label, content = (f"{tag}[{name}]" if isinstance(name, str) else str(tag)), body
        else:
            label, content = f"[{number}]", item
        unique, count = label, 2
        while unique in labelled:
            unique, count = f"{label}#{count}", count + 1
        labelled[unique] = content
    return labelled
