"""From a parsed command line to an answer on stdout and an exit code.

Asks the running service when there is one, otherwise opens what the operation needs. One place turns errors into
sentences and exit codes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from reconciler import logs, settings
from reconciler.bootstrap import command
from reconciler.bootstrap.house import House, Look, house
from reconciler.bootstrap.source import HOME
from reconciler.cli.options import Global
from reconciler.cli.said import fail, show
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.desired import DesiredState
from reconciler.operations.desk import Answer
from reconciler.runtime.together import single

SANDBOX_STATE = Path(HOME) / "sandbox.json"
"""Where `--sandbox` keeps its organisation, so that a second run finds the first."""
SANDBOX_DEFAULTS = {
    "GENESYSCLOUD_OAUTHCLIENT_ID": "sandbox",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "sandbox",
    "RECONCILE_LEDGER_URL": f"sqlite:///{HOME}/sandbox.db",
}
"""A ledger belongs to one organisation for good, so a trial on the stand-in has one of its own."""

Load = Callable[[], Awaitable[DesiredState]]

__all__ = [
    "Load",
    "Look",
    "ask",
    "compared",
    "doctor",
    "offline",
    "operation",
    "read_file",
    "schema",
    "service",
    "show",
    "validate",
    "verify_file",
    "write_file",
]


def operation(given: Global, name: str, arguments: Mapping[str, Any]) -> int:
    """Run one operation and show its answer; returns the exit code."""
    return show(ask(given, name, {"color": given.color, **arguments}))


def ask(given: Global, name: str, arguments: Mapping[str, Any], look: Look | None = None) -> Answer:
    """The answer of one operation; ends the process with 1 and a sentence when it raises."""

    async def main() -> Answer:
        async with _house(given) as opened:
            return await command.answer(opened, name, arguments, look or Look())

    return _guarded(main)


def service(given: Global) -> int:
    """Run the service until it is told to stop."""

    async def main() -> Answer:
        from reconciler.bootstrap import lifetime

        async with _house(given) as opened:
            await lifetime.serve(opened)
        return Answer()

    return _guarded(main).exit


def validate(given: Global, directory: str | None, output: str, revision: str | None, variables: str | None) -> int:
    """Check manifests without ledger, credentials or network."""

    async def main() -> Answer:
        async with _house(given, directory) as opened:
            return await opened.validate(output=output, revision=revision, variables=variables)

    return show(_guarded(main))


def offline(given: Global, revision: str | None, work: Callable[..., Awaitable[Answer]]) -> int:
    """Do something with the desired state of the working tree, or of a commit, without ledger or network. The work is
    told the time."""

    async def main() -> Answer:
        async with _house(given) as opened:
            return await work(partial(opened.look, revision), now=opened.clock.now())

    return show(_guarded(main))


def compared(given: Global, revision: str | None, since: str | None, work: Callable[..., Awaitable[Answer]]) -> int:
    """Do something with a desired state and perhaps, as `since`, an earlier one."""

    async def main() -> Answer:
        async with _house(given) as opened:
            earlier = None if since is None else partial(opened.look, since)
            return await work(partial(opened.look, revision), since=earlier)

    return show(_guarded(main))


def doctor(given: Global, output: str) -> int:
    """Look at everything that a pass needs; writes nothing."""

    async def main() -> Answer:
        from reconciler.bootstrap.checkup import Checkup
        from reconciler.operations.doctor import doctor

        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(_house(given))
            return await doctor(Checkup(house=opened, stack=stack).checks, output=output)

    return show(_guarded(main))


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
        fail(UsageError(f"{file} cannot be read: {error.strerror}."))


@asynccontextmanager
async def _house(given: Global, directory: str | None = None) -> AsyncIterator[House]:
    """The process's house: the environment with the options of this line over it, and the stand-in when asked for."""
    environ = dict(os.environ)
    if directory or given.source:
        environ["RECONCILE_SOURCE"] = directory or given.source or ""
    if given.env:
        environ["RECONCILE_ENV"] = given.env
    async with AsyncExitStack() as stack:
        if given.sandbox:
            from reconciler.cli import sandbox

            url = await stack.enter_async_context(sandbox.child(SANDBOX_STATE))
            environ |= {"RECONCILE_GATEWAY_URL": url}
            environ = SANDBOX_DEFAULTS | environ
        chosen = settings.load(environ, read_file=_read_secret)
        _log(given, format=chosen.log_format, level=chosen.log_level)
        gc.freeze()  # what was imported stays for good: the collector need not walk over it again and again
        yield await stack.enter_async_context(house(chosen, environ, terminal=sys.stderr.isatty()))


def read_file(path: str) -> str:
    """A file that a person named; ends the process with 1 and a sentence when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        fail(UsageError(f"{path} cannot be read: {_why(error)}."))


def write_file(path: Path, text: str) -> None:
    """Write a file that a person named; ends the process with 1 and a sentence when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(UsageError(f"{path} cannot be written: {_why(error)}."))


def _read_secret(path: str) -> str:
    """A secret mounted as a file, without the line break that editors leave. Raises UsageError."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {_why(error)}.") from error


def _why(error: OSError | ValueError) -> str:
    """The reason without the path, and never the bytes that were no text."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"


def _log(given: Global, *, format: str = "auto", level: str = "info") -> None:
    """Logs go to stderr; the option on the line wins over the variable."""
    chosen = given.log_format.value if given.log_format else format
    logs.configure(format=chosen, stream=sys.stderr, level=level, is_terminal=sys.stderr.isatty())


def _guarded(main: Callable[[], Awaitable[Answer]]) -> Answer:
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
        known = single(group)
        if not isinstance(known, ReconcilerError):
            raise
        fail(known)
    return answer
