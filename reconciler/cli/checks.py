"""`validate` and `schema`: offline, no credentials, no network; `validate --remote` asks the platform as well."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import CheckOutput


def register(app: typer.Typer) -> None:
    app.command()(validate)
    app.command()(schema)


def validate(
    ctx: typer.Context,
    directory: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Instead of --source.")] = None,
    output: Annotated[CheckOutput, typer.Option("--output", "-o")] = CheckOutput.TEXT,
    revision: Annotated[str | None, typer.Option(help="Check this commit instead of the working tree.")] = None,
    variables: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="YAML of `name: value`: what {{name}} and ${name} stand for, before the Environment."
        ),
    ] = None,
    remote: Annotated[
        bool, typer.Option("--remote", help="Ask the platform about the published flows that git declares.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="With --remote: a warning is a problem too.")] = False,
) -> None:
    """Check every manifest: syntax, schema, references, audio, cycles. Prints all problems."""
    from reconciler.cli import run

    if remote:
        if directory or revision or variables or output is CheckOutput.JUNIT:
            raise typer.BadParameter("--remote takes no directory, revision or variables, and gives text or json.")
        raise typer.Exit(run.operation(ctx.obj, "validate.remote", {"output": output.value, "strict": strict}))
    if strict:
        raise typer.BadParameter("--strict goes with --remote.")
    raise typer.Exit(run.validate(ctx.obj, directory, output.value, revision, variables))


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="Prompt, Flow, Menu, MessagingFlow, CallRoute, Environment; default all.")
    ] = None,
) -> None:
    """Print the JSON Schema of a kind, for editors."""
    from reconciler.cli import run

    raise typer.Exit(run.schema(kind))
