"""What was worked out about files that have not changed since, so that a new commit costs only what it touched."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class ParseCache:
    """Results by key. Bounded by the tree itself: what one load did not ask for is gone after it.

    For one load at a time; keys name everything a result depends on.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}
        self._used: dict[Hashable, Any] = {}

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result kept for `key`, or that of `work`, which is kept."""
        if key in self._used:
            found: T = self._used[key]
            return found
        result: T = self._known[key] if key in self._known else work()
        self._used[key] = result
        return result

    def sweep(self) -> None:
        """Forget what was not asked for since the last sweep."""
        self._known, self._used = self._used, {}
