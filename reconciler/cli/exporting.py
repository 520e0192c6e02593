"""`export`: the organisation as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import Output

DIRECTORY = "exported"
"""Where files go when nobody says where: beside the desired state, never into it by accident."""


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these objects: a name or Kind/name. Without: everything.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help=f"Directory for the files (default {DIRECTORY}).")] = None,
    with_dependencies: Annotated[
        bool, typer.Option("--with-dependencies", help="Also the flows, modules and prompts that the named ones reach.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="What was last saved instead of what is published.")] = False,
    output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT,
) -> None:
    """Write flows, prompts with their recordings, and routes to files. Changes nothing in Genesys Cloud."""
    from reconciler.cli import run, said
    from reconciler.errors import UsageError

    if with_dependencies and not names:
        said.fail(UsageError("--with-dependencies goes with names; without names everything is exported anyway."))
    target = to or Path(DIRECTORY)
    arguments = {
        "names": names or [],
        "to": str(target.absolute()),
        "where": str(target),
        "with_dependencies": with_dependencies,
        "draft": draft,
        "output": output.value,
    }
    raise typer.Exit(run.operation(ctx.obj, "export", arguments))
