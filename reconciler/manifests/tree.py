"""What loading needs of a snapshot of files. `reconciler.source` has one; tests may bring another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from reconciler.model.commit import Commit
from reconciler.model.problem import Problem


class Unresolved(Protocol):
    """Why a path leads to no file: a clause that follows the path, and what to write instead."""

    @property
    def reason(self) -> str: ...

    @property
    def remedy(self) -> str: ...


class Tree(Protocol):
    """Files that do not change while they are looked at. All paths start at the top of the repository."""

    @property
    def revision(self) -> str: ...

    @property
    def commit(self) -> Commit | None: ...

    @property
    def root(self) -> str:
        """The source directory; empty when it is the top."""
        ...

    @property
    def findings(self) -> Sequence[Problem]:
        """What is wrong with the listing itself, warnings included."""
        ...

    def files(self) -> Sequence[str]:
        """Every path below the source directory that may be read, sorted."""
        ...

    def content_id(self, path: str) -> str:
        """Equal ids mean equal bytes."""
        ...

    def resolve(self, from_file: str, relative: str) -> str | Unresolved:
        """The path of the file that `from_file` names as `relative`."""
        ...

    async def read(self, wanted: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of all these files; raises DesiredStateError for files that must not be used."""
        ...
