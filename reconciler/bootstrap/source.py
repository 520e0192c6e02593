"""Where the desired state comes from, and where our own files lie beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reconciler.ports import Files, Git
from reconciler.settings import Settings
from reconciler.source.local import LocalSource
from reconciler.source.origin import Origin
from reconciler.source.remote import RemoteSource

HOME: Final = ".reconciler"
"""Our own directory at the top of the repository: ledger, archive, clone."""


def open_source(settings: Settings, *, files: Files, git: Git, cache: str | None = None) -> LocalSource | RemoteSource:
    """The repository that RECONCILE_GIT_URL names, or the directory on this machine. Raises UsageError.

    `cache` is where to clone to, when not beside the ledger.
    """
    if settings.git_url is None:
        return LocalSource(settings.source, git=git, files=files)
    origin = Origin(
        url=settings.git_url,
        ref=settings.git_ref or "",
        directory=settings.source,
        cache=cache or str(_home(settings).absolute() / "git"),
        key_file=settings.git_key_file,
        known_hosts_file=settings.git_known_hosts_file,
        token_file=settings.git_token_file,
        token_user=settings.git_token_user,
        allow_file=True,  # whoever sets the environment may read this machine's files anyway
    )
    return RemoteSource(origin, git=git, files=files)


def ledger_file(url: str) -> str:
    """The path in `sqlite:///PATH`, or the path that was given as such."""
    return url.removeprefix("sqlite:///")


def _home(settings: Settings) -> Path:
    """Our own directory before any source is known: beside the ledger, or below the working directory."""
    return Path(ledger_file(settings.ledger_url)).parent if settings.ledger_url else Path(HOME)
