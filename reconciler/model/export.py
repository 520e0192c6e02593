"""What came of an export: which objects are in which files, which are not and why, and how sound the whole is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.identity import Key
from reconciler.model.problem import Problem
from reconciler.model.resource import External, Observed


class Status(StrEnum):
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Copy:
    """One object as files. `path` is its own file, `files` has that one and its recordings, relative to one root."""

    have: Observed
    path: str
    version: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def key(self) -> Key:
        return self.have.key


@dataclass(frozen=True, slots=True)
class Aside:
    """An object that is in no file, or a part of one, and a sentence that says why."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A reference that leads nowhere: `user` names something the organisation does not have, or has more than once."""

    user: Key
    reference: External
    why: str = ""
    """A sentence where it is not simply absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export, finished. `left_out` is as it should be, `failed` is not."""

    organization: str
    copies: tuple[Copy, ...]
    left_out: tuple[Aside, ...] = ()
    failed: tuple[Aside, ...] = ()
    references: int = 0
    """References that were looked up."""
    broken: tuple[Broken, ...] = ()
    unanswered: str = ""
    """Why the other references were not looked up; empty when all were."""
    cycles: tuple[tuple[Key, ...], ...] = ()
    problems: tuple[Problem, ...] = ()
    """What our own loader finds wrong with the files, errors and warnings."""

    @property
    def files(self) -> dict[str, bytes]:
        return {path: content for copy in self.copies for path, content in copy.files.items()}

    @property
    def status(self) -> Status:
        if self.failed and not self.copies:
            return Status.FAILED
        return Status.PARTIAL if self.failed or self.unanswered else Status.SUCCESS

    @property
    def integrity(self) -> float:
        """Valid references among all that could be looked up, in [0, 1]; 1 when there are none."""
        return 1.0 if not self.references else 1.0 - len(self.broken) / self.references

    def count(self, kind: str) -> int:
        return sum(copy.key.kind == kind for copy in self.copies)
