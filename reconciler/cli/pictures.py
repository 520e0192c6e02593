"""`graph`: pictures of flows and of what depends on what."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer


class Drawing(StrEnum):
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command()(graph)


def graph(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of a flow or a Menu.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is declared, and what each thing needs.")] = False,
    type: Annotated[str | None, typer.Option(help="Archy type, when several flows have the name.")] = None,
    since: Annotated[str | None, typer.Option(metavar="REV", help="Show what changed since this commit.")] = None,
    output: Annotated[Drawing, typer.Option("--output", "-o")] = Drawing.MERMAID,
    revision: Annotated[str | None, typer.Option(help="Draw this commit instead of the working tree.")] = None,
) -> None:
    """Draw a flow, a Menu, or with --all everything; -o json is the dependency matrix."""
    from reconciler.cli import run
    from reconciler.cli.said import fail
    from reconciler.errors import UsageError
    from reconciler.operations import pictures

    if (name is None) == (not everything):
        fail(UsageError("Say which: the name of a flow or a Menu, or --all."))
    work = pictures.everything if name is None else partial(pictures.one, name=name, type=type)
    raise typer.Exit(run.compared(ctx.obj, revision, since, partial(work, output=output.value)))
