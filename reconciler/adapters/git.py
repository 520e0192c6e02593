"""The git command line, as `ports.Git`: hardened, bounded in time and output, never asking questions.

A repository's own configuration can name programs to run. The flags here switch off hooks, the file system monitor,
external protocols, pagers, credential helpers and signature programs, and nothing outside the repository is read as
configuration. Ownership is not a reason to refuse (`safe.directory=*`): a sidecar that syncs the repository usually
runs as another user. A bare repository hidden inside the tree is not picked up by accident.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.adapters import process
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
        title = _title(arguments)
        try:
            ended = await process.run(
                [self._executable, *flags, "--no-optional-locks", *arguments],
                cwd=cwd,
                environment=process.surroundings(_PASSED_ON) | _FIXED | dict(environment or {}),
                stdin=stdin,
                timeout_seconds=timeout_seconds,
                output_bytes_max=self._output_bytes_max,
            )
        except process.TooSlow:
            raise SourceError(
                f"git {title} in {cwd} did not finish within {timeout_seconds:g} s and was stopped."
            ) from None
        except process.TooMuch:
            raise SourceError(
                f"git {title} printed more than {self._output_bytes_max} bytes and was stopped."
            ) from None
        except OSError as error:
            raise self._not_started(error, cwd) from error
        return GitResult(code=ended.code, stdout=ended.stdout, stderr=ended.stderr)

    def _not_started(self, error: OSError, cwd: str) -> SourceError:
        if isinstance(error, NotADirectoryError):
            return SourceError(f"{cwd} is not a directory.")
        if not isinstance(error, FileNotFoundError):
            return SourceError(f"git could not be started in {cwd}: {error.strerror or error}.")
        if not Path(cwd).is_dir():
            return SourceError(f"The directory {cwd} does not exist.")
        return SourceError(
            f"The program {self._executable!r} was not found. Install git 2.35 or later, or put it on PATH."
        )


def _title(arguments: tuple[str, ...]) -> str:
    """The subcommand, for messages; options before it and everything after stay out."""
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""
