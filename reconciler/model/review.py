"""What the platform itself says of a flow that it stores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Review:
    """Sentences of the platform, without code or place. A flow that fails may come with no sentence at all."""

    ok: bool
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
