"""`doctor`: whether everything is there that a pass needs."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import Output


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(ctx: typer.Context, output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT) -> None:
    """Check credentials, permissions, clock, git, manifests and ledger. Writes nothing; exit 1 when any is red."""
    from reconciler.cli import run

    raise typer.Exit(run.doctor(ctx.obj, output.value))
