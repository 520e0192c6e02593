"""`test` and `simulate`: what callers would get, without an organisation."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import CheckOutput, Output

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.architect.simulator.call import Script
    from reconciler.operations.simulation import Subject

Revision = Annotated[str | None, typer.Option(help="Look at this commit instead of the working tree.")]
Press = Annotated[str, typer.Option(help='Keys with blanks between, `t` for silence: "2 t 1".')]
Say = Annotated[
    list[str] | None, typer.Option(help="What is written or said to a bot, `t` for silence. Repeat for each turn.")
]
At = Annotated[str, typer.Option(help="What schedules say: open, closed, holiday or emergency.")]
Oracle = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=BRANCH", help="What the world answers: Sales=failure. Repeat for answers in turn."),
]
Channel = Annotated[
    str, typer.Option(help="Where the conversation comes from; voice, for message flows webmessaging, when left out.")
]
Now = Annotated[
    str,
    typer.Option(metavar="ISO-8601", help="The time of the call, UTC without an offset; the clock's when left out."),
]
Variable = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A value known from the start; `topic` is short for `Flow.topic`."),
]
Explore = Annotated[bool, typer.Option("--explore", help="Every way through instead of one call.")]
Shape = Annotated[Output, typer.Option("--output", "-o")]

simulate = typer.Typer(no_args_is_help=True, help="Simulate a call in our model of the platform.")


def register(app: typer.Typer) -> None:
    app.command("test")(run_scenarios)
    app.add_typer(simulate, name="simulate")


def run_scenarios(
    ctx: typer.Context,
    output: Annotated[CheckOutput, typer.Option("--output", "-o")] = CheckOutput.TEXT,
    revision: Revision = None,
) -> None:
    """Run every scenario of the desired state in the simulator. Exit 1 when one fails."""
    from reconciler.cli import run
    from reconciler.operations import scenarios

    raise typer.Exit(run.offline(ctx.obj, revision, partial(scenarios.test, output=output.value)))


@simulate.command()
def menu(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a Menu.")],
    press: Press = "",
    at: At = "open",
    now: Now = "",
    oracle: Oracle = None,
    channel: Channel = "",
    variable: Variable = None,
    explore: Explore = False,
    output: Shape = Output.TEXT,
    revision: Revision = None,
) -> None:
    """Simulate a call to a Menu."""
    from reconciler.operations.simulation import Subject

    script = _script(press, at, now, oracle or [], channel, variable or [], [])
    raise typer.Exit(_simulate(ctx, Subject(name=name, is_menu=True), script, explore, output, revision))


@simulate.command()
def flow(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a flow.")],
    type: Annotated[str | None, typer.Option(help="Archy type, when several flows have the name.")] = None,
    press: Press = "",
    say: Say = None,
    at: At = "open",
    now: Now = "",
    oracle: Oracle = None,
    channel: Channel = "",
    variable: Variable = None,
    explore: Explore = False,
    output: Shape = Output.TEXT,
    revision: Revision = None,
) -> None:
    """Simulate a call to a flow, or a conversation with it."""
    from reconciler.operations.simulation import Subject

    script = _script(press, at, now, oracle or [], channel, variable or [], say or [])
    raise typer.Exit(_simulate(ctx, Subject(name=name, type=type), script, explore, output, revision))


def _simulate(
    ctx: typer.Context, subject: Subject, script: Script, explore: bool, output: Output, revision: str | None
) -> int:
    from reconciler.cli import run
    from reconciler.operations import simulation

    if explore:
        _refuse_a_caller(script)
        every_way = partial(
            simulation.every_way,
            subject=subject,
            output=output.value,
            variables=script.variables,
            channel=script.channel,
        )
        return run.offline(ctx.obj, revision, lambda load, now: every_way(load, now=script.now or now))
    return run.offline(
        ctx.obj, revision, partial(simulation.simulate, subject=subject, script=script, output=output.value)
    )


def _refuse_a_caller(script: Script) -> None:
    """What one caller does means nothing beside every way through: ends the process with 1 and what to leave out."""
    from reconciler.architect.simulator import call
    from reconciler.cli.said import fail
    from reconciler.errors import UsageError

    is_given = {
        "--press": script.press,
        "--say": script.say,
        "--at": script.at is not call.At.OPEN,
        "--oracle": script.oracle,
    }
    idle = [option for option, given in is_given.items() if given]
    if idle:
        told = " and ".join(filter(None, (", ".join(idle[:-1]), idle[-1])))
        verb = "says" if len(idle) == 1 else "say"
        fail(
            UsageError(f"--explore takes every way through, so {told} {verb} nothing. Leave out {told}, or --explore.")
        )


def _script(
    press: str, at: str, now: str, oracle: list[str], channel: str, variables: list[str], say: list[str]
) -> Script:
    """The caller of this command line; ends the process with 1 and a sentence when it cannot be."""
    from reconciler.architect.simulator import call
    from reconciler.cli.said import fail
    from reconciler.errors import UsageError

    keys = tuple(press.split())
    strange = [key for key in keys if key not in call.KEYS]
    if strange:
        fail(UsageError(f"{strange[0]!r} is no key; there are {' '.join(call.KEYS)}, with blanks between."))
    if at not in list(call.At):
        told = f"--at {at} is not one of {', '.join(call.At)}."
        if re.search("[0-9]", at):
            told += (
                " What schedules say at a time only the platform knows; --now is the time for flows that look at it."
            )
        fail(UsageError(told))
    answers: dict[str, list[str]] = {}
    for name, value in _pairs(oracle, "--oracle"):
        answers.setdefault(name, []).append(value)
    known = {name: _literal(value) for name, value in _pairs(variables, "--variable")}
    return call.Script(
        press=keys,
        say=tuple(say),
        at=call.At(at),
        oracle=answers,
        channel=channel,
        variables=known,
        now=_moment(now) if now else None,
    )


def _moment(written: str) -> datetime:
    from reconciler.cli.said import fail
    from reconciler.errors import UsageError
    from reconciler.model import moment

    try:
        return moment.stated(written)
    except ValueError:
        fail(UsageError(f"--now {written!r} is not a point in time. Write it like 2026-01-31T08:30:00Z."))


def _pairs(written: list[str], option: str) -> list[tuple[str, str]]:
    from reconciler.cli.said import fail
    from reconciler.errors import UsageError

    found = []
    for word in written:
        name, sign, value = word.partition("=")
        if not (name and sign):
            fail(UsageError(f"{option} {word!r} is not NAME=VALUE."))
        found.append((name, value))
    return found


def _literal(text: str) -> str | int | bool:
    """true, false and whole numbers of up to 15 digits as such, everything else as text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text
