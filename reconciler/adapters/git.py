"""The git command line, as `ports.Git`: hardened, bounded in time and output, never asking questions.

A repository's own configuration can name programs to run. The flags here switch off hooks, the file system monitor,
external protocols, pagers, credential helpers and signature programs, and nothing outside the repository is read as
configuration. Ownership is not a reason to refuse (`safe.directory=*`): a sidecar that syncs the repository usually
runs as another user. A bare repository hidden inside the tree is not picked up by accident.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE

import anyio
from anyio.abc import ByteReceiveStream, Process

from reconciler.errors import SourceError
from reconciler.ports import GitResult

_HARDENING = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "credential.helper=",
    "log.showSignature=false",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
    "safe.directory=*",
    "submodule.recurse=false",
    "gc.autoDetach=false",
)

_FIXED = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

# What git and ssh need from their surroundings. Everything else stays out, above all GIT_DIR and its kin, which would
# point us at another repository when we are started from inside a git hook.
_PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "SSH_AUTH_SOCK",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
    "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
)  # fmt: skip

_STDERR_KEPT = 64 * 1024
_GRACE_SECONDS = 2.0


class GitCli:
    """Runs `git` from PATH. `output_bytes_max` bounds what one command may print."""

    def __init__(self, *, executable: str = "git", output_bytes_max: int = 512 * 1024 * 1024) -> None:
        self._executable = executable
        self._output_bytes_max = output_bytes_max

    async def run(
        self,
        *arguments: str,
        cwd: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 30.0,
    ) -> GitResult:
        """Run one command to its end and return what it said; a non-zero exit is an answer, not an error.

        Raises SourceError when git or `cwd` is missing, when the time is up, or when the output is too large. No
        process is left behind, whether by timeout, cancellation or error.
        """
        flags = [part for setting in _HARDENING for part in ("-c", setting)]
        with anyio.CancelScope(shield=True):  # cut off between fork and return, it would be nobody's child to end
            process = await self._start([self._executable, *flags, "--no-optional-locks", *arguments], cwd, environment)
        title = _title(arguments)
        try:
            with anyio.move_on_after(timeout_seconds):
                return await self._converse(process, stdin, title)
            raise SourceError(f"git {title} in {cwd} did not finish within {timeout_seconds:g} s and was stopped.")
        finally:
            await _end(process)

    async def _start(self, command: list[str], cwd: str, environment: Mapping[str, str] | None) -> Process:
        surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            return await anyio.open_process(
                command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                cwd=cwd,
                env=surroundings | _FIXED | dict(environment or {}),
                start_new_session=True,  # so that ssh and other children end with it
            )
        except FileNotFoundError as error:
            if not Path(cwd).is_dir():  # noqa: ASYNC240 - one stat, on the way out
                raise SourceError(f"The directory {cwd} does not exist.") from error
            raise SourceError(
                f"The program {self._executable!r} was not found. Install git 2.35 or later, or put it on PATH."
            ) from error
        except NotADirectoryError as error:
            raise SourceError(f"{cwd} is not a directory.") from error
        except OSError as error:
            raise SourceError(f"git could not be started in {cwd}: {error.strerror or error}.") from error

    async def _converse(self, process: Process, stdin: bytes, title: str) -> GitResult:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
        output, errors = bytearray(), bytearray()
        too_large = False

        async def collect_output(stream: ByteReceiveStream) -> None:
            nonlocal too_large
            async for chunk in stream:
                output.extend(chunk)
                if len(output) > self._output_bytes_max:
                    too_large = True
                    group.cancel_scope.cancel()

        async def collect_errors(stream: ByteReceiveStream) -> None:
            async for chunk in stream:
                errors.extend(chunk)
                del errors[:-_STDERR_KEPT]

        async with anyio.create_task_group() as group:
            group.start_soon(collect_output, process.stdout, name="git stdout")
            group.start_soon(collect_errors, process.stderr, name="git stderr")
            # git may end before it has read everything, which its exit code and message explain better than we could.
            with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                if stdin:
                    await process.stdin.send(stdin)
                await process.stdin.aclose()
        if too_large:
            raise SourceError(f"git {title} printed more than {self._output_bytes_max} bytes and was stopped.")
        code = await process.wait()
        return GitResult(code=code, stdout=bytes(output), stderr=errors.decode("utf-8", "replace"))


def _title(arguments: tuple[str, ...]) -> str:
    """The subcommand, for messages; options before it and everything after stay out."""
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


async def _end(process: Process) -> None:
    """Leave no process behind. The polite signal first: on it git removes its lock files."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            with anyio.move_on_after(_GRACE_SECONDS):
                await process.wait()
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGKILL)
        await process.aclose()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
