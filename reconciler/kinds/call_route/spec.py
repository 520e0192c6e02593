"""What people write for a CallRoute."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.kinds.manifest import Model


class FlowTarget(Model):
    """An inbound call flow by name."""

    flow: Annotated[str, Field(min_length=1)]


class CallRouteSpec(Model):
    """An IVR configuration: which numbers lead to which flow."""

    description: str = ""
    dnis: list[str] = Field(default_factory=list)
    """Numbers in E.164 form, such as "+13175550101", in quotes."""
    open: FlowTarget
    """The flow that answers; with a schedule group, while it is open."""
    closed: FlowTarget | None = None
    """The flow outside opening hours; needed with a schedule group."""
    holiday: FlowTarget | None = None
    """The flow on holidays of the schedule group."""
    schedule_group: Annotated[str, Field(min_length=1)] | None = None
    """Name of the schedule group that decides between the flows."""
