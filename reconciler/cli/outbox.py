"""`webhooks list|replay`: what was told, what waits, what was given up."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.options import Output


class State(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


def register(app: typer.Typer) -> None:
    webhooks = typer.Typer(help="Look at the outbox and send again.", no_args_is_help=True)
    webhooks.command("list")(listed)
    webhooks.command("replay")(replay)
    app.add_typer(webhooks, name="webhooks")


def listed(
    ctx: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT,
) -> None:
    """Show deliveries, newest first."""
    from reconciler.cli import run

    arguments = {"state": state.value if state else None, "limit": limit, "output": output.value}
    raise typer.Exit(run.operation(ctx.obj, "webhooks.list", arguments))


def replay(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Event ids; none means every dead letter.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only to this endpoint.")] = None,
) -> None:
    """Send events again with the same id and bytes."""
    from reconciler.cli import run

    raise typer.Exit(run.operation(ctx.obj, "webhooks.replay", {"ids": ids or [], "endpoint": endpoint}))
