"""How much of a file we are willing to read: hostile or broken input ends as a problem, not as a full memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file: `bytes_max` of content, `depth_max` levels of nesting, `nodes_max` values and
    containers together, `scalar_max` and `key_max` characters of one value or key, `problems_max` findings."""

    bytes_max: int
    depth_max: int = 64
    nodes_max: int = 200_000
    scalar_max: int = 256 * 1024
    key_max: int = 1024
    problems_max: int = 100


MANIFEST: Final = Limits(bytes_max=1024 * 1024, depth_max=64)
ARCHY: Final = Limits(bytes_max=2 * 1024 * 1024, depth_max=200, nodes_max=40_000)
"""Real flows nest up to 44 levels and the largest one seen, of 897 lines, has some 2,000 values; see the facts page on
the YAML dialect of exports. A file at these limits is read and checked within about a second."""
