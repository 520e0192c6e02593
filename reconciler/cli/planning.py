"""`plan` and `apply`: see what would change, then make exactly that happen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import Output, PlanOutput

SOURCE = "desired_state"
Deep = Annotated[
    bool, typer.Option("--deep", help="Look at the content of everything, not only of what moved; costs requests.")
]
Names = Annotated[list[str] | None, typer.Argument(help="Only these objects: a name or Kind/name.")]

PLAN_FILES = (".plan", ".json")
"""How people call the files that `plan --out` writes; no object of ours is called so."""


def register(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(apply)


def plan(
    ctx: typer.Context,
    names: Names = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 when anything would be written.")
    ] = False,
    output: Annotated[PlanOutput, typer.Option("--output", "-o")] = PlanOutput.TEXT,
    out: Annotated[Path | None, typer.Option(help="Save the plan for `apply PLANFILE`.")] = None,
    worktree: Annotated[bool, typer.Option("--worktree", help="Include uncommitted files.")] = False,
    revision: Annotated[str | None, typer.Option(help="Plan this commit instead of HEAD.")] = None,
    ledger_from: Annotated[
        str | None, typer.Option(help="Read what was applied from a copy of the ledger file.")
    ] = None,
    deep: Deep = False,
) -> None:
    """Show what would change and why, who moved it, and what it costs. Writes nothing."""
    from reconciler.cli import run

    arguments = {
        "names": names or [],
        "detailed_exitcode": detailed_exitcode,
        "deep": deep,
        "output": output.value,
        "color": ctx.obj.color,
    }
    look = run.Look(worktree=worktree, revision=revision, ledger_from=ledger_from)
    answer = run.ask(ctx.obj, "plan", arguments, look)
    if out is not None:
        run.write_file(out, answer.facts["plan_file"])
    raise typer.Exit(run.show(answer))


def apply(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="A plan file, or the objects to apply.")] = None,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Pass the thresholds once.")] = False,
    take: Annotated[
        str | None, typer.Option(help="In a conflict keep this side: git, or live (exported to a branch).")
    ] = None,
    deep: Deep = False,
    output: Annotated[Output, typer.Option("--output", "-o")] = Output.TEXT,
) -> None:
    """Apply a saved plan, or plan, ask, and apply."""
    from reconciler.cli import run, said
    from reconciler.errors import UsageError

    if take not in (None, "git", "live"):
        said.fail(UsageError(f"--take {take} is no side: git keeps git's, live brings the platform's to a branch."))
    if take and not names:
        said.fail(UsageError("--take needs the names of the objects it is meant for."))
    chosen = list(names or [])
    if len(chosen) == 1 and chosen[0].endswith(PLAN_FILES) and not Path(chosen[0]).is_file():
        said.fail(UsageError(f"There is no plan file {chosen[0]}. `reconcile plan --out FILE` writes one."))
    if take == "live":
        # Nothing is written to the platform: its side comes to git, and a person merges it.
        arguments = {"names": chosen, "drifted": True, "commit": True, "default": SOURCE, "output": output.value}
        raise typer.Exit(run.operation(ctx.obj, "export", arguments))
    if len(chosen) == 1 and Path(chosen[0]).is_file():
        if force or take:
            said.fail(UsageError("A saved plan is applied as it was reviewed; --force and --take go with names."))
        saved = run.read_file(chosen[0])
        arguments = {"plan_file": saved, "deep": deep, "output": output.value, "color": ctx.obj.color}
        raise typer.Exit(run.operation(ctx.obj, "once", arguments))
    arguments = {"names": chosen, "deep": deep, "output": output.value, "color": ctx.obj.color}
    arguments |= {"force": force, "take": take}
    if not auto_approve:
        preview = run.ask(ctx.obj, "plan", arguments | {"output": "text"})
        if preview.facts["executes"]:
            print(preview.output, file=sys.stderr)
            _confirm()
        if not (force or take):
            arguments["plan_file"] = preview.facts["plan_file"]
    raise typer.Exit(run.operation(ctx.obj, "once", arguments))


def _confirm() -> None:
    """Ask on stderr, so that stdout keeps nothing but the result. Raises typer.Abort unless the answer is yes."""
    print("Apply this plan? [y/N]: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    if not answer:
        print("Nobody is there to answer; --auto-approve applies without asking.", file=sys.stderr)
    if answer.strip().lower() not in ("y", "yes"):
        raise typer.Abort
