"""Places in files, and what is wrong there.

A problem is a value: rooms collect all of them and somebody at the edge prints them. A reader sees
`file:line:column`, what is wrong, and what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the desired state: 1-based line and column, path relative to the repository root."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding in the desired state.

    `code` is stable (`REC1xxx`, see docs/problems.md), `message` says what is wrong, `remedy` what to write.
    Only errors stop a pass; warnings are shown.
    """

    location: Location
    code: str = field(compare=True)
    message: str = ""
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        text = f"{self.location}: {self.severity} {self.code}: {self.message}"
        return f"{text} {self.remedy}" if self.remedy else text
