"""The command line. Thin: it reads arguments, runs one operation, prints its answer, ends with its exit code.

Everything heavy is imported inside the command that needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.exceptions import TyperException

from reconciler.cli import options
from reconciler.cli.options import LogFormat, Output

EXIT_CODES = """
Exit codes: `--once` and `apply` 0 in sync or applied, 1 error, 3 partly applied, blocked or over a threshold.
`plan --detailed-exitcode` 0 no changes, 1 error, 2 changes. Others 0 good, 1 problem found or error.
"""


app = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES.strip(),
    help="Keep a Genesys Cloud organisation's prompts, flows and menus equal to the YAML in git. "
    "Without a command: run the service.",
)


@app.callback()
def reconcile(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option(help="Directory with the desired state (default desired_state).")
    ] = None,
    env: Annotated[str | None, typer.Option(help="Name of the Environment document to use.")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Start the Genesys Cloud stand-in and use it.")] = False,
    log_format: Annotated[LogFormat | None, typer.Option(help="How logs look on stderr.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (also the variable NO_COLOR).")] = False,
    once: Annotated[bool, typer.Option("--once", help="Make one pass and end.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="With --once: look at the content of everything.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --once: stop after the plan.")] = False,
    output: Annotated[Output, typer.Option("--output", "-o", help="With --once: text or json.")] = Output.TEXT,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    ctx.obj = options.Global(source, env, sandbox, log_format, no_color)
    if version:
        from reconciler import __version__

        print(f"reconciler {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is not None:
        return
    if dry_run and not once:
        raise typer.BadParameter("--dry-run goes with --once; `reconcile plan` shows what would change.")
    if deep and not once:
        raise typer.BadParameter("--deep goes with --once, plan or apply; RECONCILE_DEEP_INTERVAL is the service's.")
    from reconciler.cli import run

    if once:
        raise typer.Exit(run.operation(ctx.obj, "plan" if dry_run else "once", {"output": output.value, "deep": deep}))
    raise typer.Exit(run.service(ctx.obj))


def _register() -> None:
    from reconciler.cli import (
        chain,
        checks,
        checkup,
        day_two,
        exporting,
        outbox,
        pictures,
        planning,
        sandbox,
        simulating,
    )

    for module in (planning, checks, simulating, pictures, checkup, exporting, day_two, chain, outbox, sandbox):
        module.register(app)


_register()


def _escape_unprintable() -> None:
    """A stream that is not UTF-8 shows `\\xf1` for what it cannot: names come in every script, terminals do not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `reconcile`. Usage and input errors end with 1, because 2 means changes in `plan`."""
    line = options.hoisted(sys.argv[1:] if arguments is None else arguments)
    _escape_unprintable()
    try:
        code = typer.main.get_command(app).main(args=line, prog_name="reconcile", standalone_mode=False)
    except typer.Abort:
        print("Not applied.", file=sys.stderr)
        code = 1
    except TyperException as error:
        if isinstance(error, typer.BadParameter):
            error.message = error.message.removeprefix("Value error, ")  # Pydantic's word for who refused it
        show = getattr(error, "show", None)
        show() if show else print(error, file=sys.stderr)
        code = 1
    except BrokenPipeError:
        # Whoever read our output has seen enough. What Python still holds back must go nowhere, or it complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
