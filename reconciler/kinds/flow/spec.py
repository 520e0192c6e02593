"""What people write for a Flow, when they give its Archy file an envelope."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.kinds.manifest import Model


class FlowSpec(Model):
    """An Archy file with its metadata; the names must agree."""

    archy: Annotated[str, Field(min_length=1)]
    """The Archy YAML file, relative to this file."""
    depends_on: list[str] = Field(default_factory=list)
    """Objects of this repository to apply first although the flow does not name them, as Kind/name."""
