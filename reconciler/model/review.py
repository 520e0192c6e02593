"""What the platform itself says of a flow that it stores."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.resource import Desired


@dataclass(frozen=True, slots=True)
class Review:
    """Sentences of the platform, without code or place. A flow that fails may come with no sentence at all."""

    ok: bool
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A declared flow; `review` is None when the organisation holds no published version of it."""

    flow: Desired
    version: str
    review: Review | None

    @property
    def is_invalid(self) -> bool:
        return self.review is not None and (not self.review.ok or bool(self.review.errors))

    @property
    def has_warnings(self) -> bool:
        return self.review is not None and bool(self.review.warnings)
