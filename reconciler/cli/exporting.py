"""`export`: the organisation as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import Output

SOURCE = "desired_state"
DIRECTORY = "exported"
"""Where files go when nobody says where: beside the desired state, never into it by accident."""

YAML = "yaml"


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these objects: a name or Kind/name. Without: everything.")
    ] = None,
    to: Annotated[str | None, typer.Option(help=f"Directory for the files (default {DIRECTORY}).")] = None,
    with_dependencies: Annotated[
        bool, typer.Option("--with-dependencies", help="Also the flows, modules and prompts that the named ones reach.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="What was last saved instead of what is published.")] = False,
    commit: Annotated[
        bool, typer.Option("--commit", help="Onto a new branch of the repository; what is checked out stays as it is.")
    ] = False,
    drifted: Annotated[
        bool, typer.Option("--drifted", help="Only what changed in Genesys Cloud since we applied it, onto a branch.")
    ] = False,
    format: Annotated[str, typer.Option("--format", help="How flows are written: yaml, the only one.")] = YAML,
    output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT,
) -> None:
    """Write flows, prompts with their recordings, and routes to files. Changes nothing in Genesys Cloud."""
    from reconciler.cli import run, said
    from reconciler.errors import UsageError

    if to is not None and not to.strip():
        said.fail(UsageError(f"--to is empty. Write a directory, such as --to {DIRECTORY}, or --to . for this one."))
    if format.lower() != YAML:
        said.fail(UsageError(_no_such_format(format)))
    if with_dependencies and not names:
        said.fail(UsageError("--with-dependencies goes with names; without names everything is exported anyway."))
    if drifted and (draft or with_dependencies):
        said.fail(UsageError("--drifted takes what is published and moved; --draft and --with-dependencies do not go."))
    arguments = {
        "names": names or [],
        "to": str(Path(to).absolute()) if to else None,
        "default": str(Path(ctx.obj.source or SOURCE if commit else DIRECTORY).absolute()),
        "source_is_named": ctx.obj.source is not None,
        "source": str(Path(ctx.obj.source or SOURCE).absolute()),
        "where": str(Path(to or DIRECTORY)),
        "with_dependencies": with_dependencies,
        "draft": draft,
        "commit": commit or (drifted and to is None),
        "drifted": drifted,
        "output": output.value,
    }
    raise typer.Exit(run.operation(ctx.obj, "export", arguments))


def _no_such_format(format: str) -> str:
    if format.lower() == "architect":
        return (
            "The format Architect is binary: nobody can review or compare it in git. Export yaml, which is the default."
        )
    return (
        f"Flows cannot be exported as {format}: the platform has two formats, Yaml and Architect (binary), and no json "
        "or xml. Export yaml, which is the default."
    )
