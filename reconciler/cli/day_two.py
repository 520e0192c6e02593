"""`status`, `history`, `report`, `suspend`, `resume`: what is, and keeping hands off."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.options import Output

Name = Annotated[str | None, typer.Argument(metavar="KIND/NAME")]
Shape = Annotated[Output, typer.Option("--output", "-o")]


def register(app: typer.Typer) -> None:
    for command in (status, history, report, suspend, resume):
        app.command()(command)


def status(ctx: typer.Context, output: Shape = Output.TEXT) -> None:
    """Show the last pass, what is managed, blocked, suspended, unfinished or undelivered."""
    from reconciler.cli import run

    raise typer.Exit(run.operation(ctx.obj, "status", {"output": output.value}))


def history(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="KIND/NAME")],
    platform: Annotated[bool, typer.Option("--platform", help="Add what the platform's own audits tell.")] = False,
    since: Annotated[str | None, typer.Option(help="With --platform: a time or a duration (30d).")] = None,
    output: Shape = Output.TEXT,
) -> None:
    """Show every attempted change of one object, newest first."""
    from reconciler.cli import run, said
    from reconciler.errors import UsageError

    if since is not None and not platform:
        said.fail(UsageError("--since goes with --platform; without it the whole history is shown."))
    arguments = {"name": name, "since": since, "output": output.value}
    raise typer.Exit(run.operation(ctx.obj, "history.platform" if platform else "history", arguments))


def report(
    ctx: typer.Context,
    unmanaged: Annotated[bool, typer.Option("--unmanaged", help="Objects that no manifest declares.")] = False,
    output: Shape = Output.TEXT,
) -> None:
    """List what the organisation holds and no manifest declares."""
    from reconciler.cli import run, said
    from reconciler.errors import UsageError

    if not unmanaged:
        said.fail(UsageError("Say which report: `reconcile report --unmanaged`."))
    raise typer.Exit(run.operation(ctx.obj, "unmanaged", {"output": output.value}))


def suspend(
    ctx: typer.Context,
    name: Name = None,
    everything: Annotated[bool, typer.Option("--all", help="Suspend everything.")] = False,
    reason: Annotated[str | None, typer.Option(help="Shown in status and plan.")] = None,
    until: Annotated[str | None, typer.Option(help="A time (RFC 3339) or a duration (8h).")] = None,
) -> None:
    """Stop writing one object, or everything. It is still observed and reported."""
    from reconciler.cli import run

    arguments = {"name": name, "all": everything, "reason": reason, "until": until}
    raise typer.Exit(run.operation(ctx.obj, "suspend", arguments))


def resume(
    ctx: typer.Context,
    name: Name = None,
    everything: Annotated[bool, typer.Option("--all", help="End the suspension of everything.")] = False,
) -> None:
    """End a suspension."""
    from reconciler.cli import run

    raise typer.Exit(run.operation(ctx.obj, "resume", {"name": name, "all": everything}))
