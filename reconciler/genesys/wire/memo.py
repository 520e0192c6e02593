"""What earlier answers were read as: a list page that comes back byte for byte the same is not read a second time.

A pass with nothing to do gets the pages of the last one; without this, decoding them and making values of their rows is
most of its work. Equal bytes through the same reader give an equal value, so nothing can be missed by it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

PAGES_MAX = 1_000
"""More than the pages of 50,000 prompts and as many flows; least recently used out first."""


@dataclass(frozen=True, slots=True)
class _Known:
    fingerprint: bytes
    reader: object
    value: Any


class Memo:
    """One value per address: what its last answer was read as, and the fingerprint of that answer."""

    def __init__(self, pages_max: int = PAGES_MAX) -> None:
        self._pages_max = pages_max
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def value(self, address: str, body: bytes, reader: object, read: Callable[[bytes], T]) -> T:
        """What `read` makes of the body. `reader` tells readings of one address apart; failures are not kept."""
        fingerprint = hashlib.blake2b(body, digest_size=16).digest()
        known = self._known.get(address)
        if known is None or known.fingerprint != fingerprint or known.reader is not reader:
            known = self._known[address] = _Known(fingerprint, reader, read(body))
        self._known.move_to_end(address)
        if len(self._known) > self._pages_max:
            self._known.popitem(last=False)
        value: T = known.value
        return value
