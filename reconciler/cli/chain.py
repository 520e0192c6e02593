"""`audit list|verify|export`: the tamper-evident record."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import Output


class ExportFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    audit = typer.Typer(help="Read, prove and export the audit chain.", no_args_is_help=True)
    audit.command("list")(listed)
    audit.command("verify")(verify)
    audit.command("export")(export)
    app.add_typer(audit, name="audit")


def listed(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Newest entries to show.")] = 50,
    output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT,
) -> None:
    """Show the newest audit entries."""
    from reconciler.cli import run

    raise typer.Exit(run.operation(ctx.obj, "audit.list", {"limit": limit, "output": output.value}))


def verify(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="An exported JSONL file instead of the ledger.")] = None,
) -> None:
    """Recompute the chain; exit 1 names the first entry that does not hold."""
    from reconciler.cli import run

    if file is not None:
        raise typer.Exit(run.verify_file(file))
    raise typer.Exit(run.operation(ctx.obj, "audit.verify", {}))


def export(
    ctx: typer.Context,
    format: Annotated[ExportFormat, typer.Option("--format", help="jsonl verifies offline, csv opens in a sheet.")],
) -> None:
    """Print the whole chain."""
    from reconciler.cli import run

    raise typer.Exit(run.operation(ctx.obj, "audit.export", {"format": format.value}))
