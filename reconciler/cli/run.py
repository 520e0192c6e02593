"""From a parsed command line to an answer on stdout and an exit code.

Asks the running service when there is one, otherwise opens what the operation needs. One place turns errors into
sentences and exit codes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import anyio

from reconciler import bootstrap, logs
from reconciler.bootstrap import Look
from reconciler.cli.options import Global
from reconciler.errors import DesiredStateError, ReconcilerError
from reconciler.operations.desk import Answer

__all__ = ["Look", "ask", "fail", "operation", "schema", "service", "show", "validate", "verify_file"]


def operation(given: Global, name: str, arguments: Mapping[str, Any]) -> int:
    """Run one operation and show its answer; returns the exit code."""
    return show(ask(given, name, {"color": given.color, **arguments}))


def ask(given: Global, name: str, arguments: Mapping[str, Any], look: Look | None = None) -> Answer:
    """The answer of one operation; ends the process with 1 and a sentence when it raises."""

    async def main() -> Answer:
        async with _house(given) as house:
            return await house.answer(name, arguments, look or Look())

    return _guarded(given, main)


def service(given: Global) -> int:
    """Run the service until it is told to stop."""

    async def main() -> Answer:
        async with _house(given) as house:
            await house.serve()
        return Answer()

    return _guarded(given, main).exit


def validate(given: Global, directory: str | None, output: str, revision: str | None, variables: Path | None) -> int:
    """Check manifests without ledger, credentials or network."""

    async def main() -> Answer:
        async with _house(given, directory) as house:
            return await house.validate(output=output, revision=revision, variables_file=variables)

    return show(_guarded(given, main))


def schema(kind: str | None) -> int:
    from reconciler.kinds import schema as schemas

    try:
        found = schemas.json_schema(kind or schemas.ALL)
    except ReconcilerError as error:
        fail(error)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def verify_file(file: Path) -> int:
    """`audit verify FILE`: offline, needs nothing of ours but the file."""
    from reconciler.ledger import audit as chain
    from reconciler.operations.audit import answer_of

    try:
        with file.open("rb") as lines:
            return show(answer_of(chain.verify(lines)))
    except OSError as error:
        from reconciler.errors import UsageError

        fail(UsageError(f"{file} cannot be read: {error.strerror}."))


def show(answer: Answer) -> int:
    if answer.output:
        print(answer.output.rstrip("\n"), flush=True)
    return answer.exit


def fail(error: ReconcilerError) -> NoReturn:
    """Say what is wrong on stderr and end with 1."""
    if isinstance(error, DesiredStateError):
        for problem in error.problems:
            print(problem, file=sys.stderr)
        errors = sum(problem.severity == "error" for problem in error.problems)
        print(f"{errors} problems in the desired state; nothing was sent.", file=sys.stderr)
    else:
        print(f"Error: {error}", file=sys.stderr)
    sys.exit(1)


def _house(given: Global, directory: str | None = None) -> Any:
    environ = dict(os.environ)
    if directory or given.source:
        environ["RECONCILE_SOURCE"] = directory or given.source or ""
    if given.env:
        environ["RECONCILE_ENV"] = given.env
    sandbox = None
    if given.sandbox:
        from reconciler.cli import sandbox as stand_in

        sandbox = stand_in.child
    return bootstrap.house(environ, sandbox=sandbox, terminal=sys.stderr.isatty())


def _guarded(given: Global, main: Any) -> Answer:
    logs.configure(format=given.log_format.value, stream=sys.stderr, level="INFO", is_terminal=sys.stderr.isatty())
    try:
        answer: Answer = anyio.run(main)
    except ReconcilerError as error:
        fail(error)
    except KeyboardInterrupt:
        print("Interrupted; the next pass looks at what was left.", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except BaseExceptionGroup as group:
        known = group.subgroup(ReconcilerError)
        if known is None or group.split(ReconcilerError)[1] is not None:
            raise
        fail(_first(known))
    return answer


def _first(group: BaseExceptionGroup[Any]) -> ReconcilerError:
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ReconcilerError)  # noqa: S101
    return error
