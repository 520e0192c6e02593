"""Many commands for the price of one start: a process that has imported the program forks a child for each command.

Each child is a process of its own with its own directory, environment and exit code, and runs what `reconcile` runs;
only starting Python and importing are shared. Run as a module this is the server; `ForkServer` is its client.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

SECONDS = 60
"""After this a child is killed, which shows as exit -14."""


class ForkServer:
    """`with ForkServer() as commands: commands.run(["plan"], cwd, environment)`."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.forks"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(list(arguments), **answer)


def serve() -> None:
    """Read orders line by line until the end; answer each with what came of it."""
    import reconciler
    from reconciler.cli import main

    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        importlib.import_module(module.name)
    gc.freeze()  # a child's collector would touch, and so copy, all that they share
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                become(order, out.fileno(), err.fileno())
                end_with(main.main, order["arguments"])
            _, status = os.waitpid(child, 0)
            told = {"returncode": os.waitstatus_to_exitcode(status), "stdout": whole(out), "stderr": whole(err)}
        print(json.dumps(told), flush=True)


def become(order: Mapping[str, Any], out: int, err: int) -> None:
    """Make this child what a shell would have started."""
    signal.alarm(SECONDS)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)  # the old one may hold the orders that follow
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])


def end_with(program: Callable[[list[str]], None], arguments: list[str]) -> NoReturn:
    """Run it and leave at once: taking all that was imported apart, module by module, is half of a child's time."""
    code: int | str | None = 1
    try:
        program(arguments)
    except SystemExit as left:
        code = left.code
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else code is not None)


def whole(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode())


if __name__ == "__main__":
    serve()
