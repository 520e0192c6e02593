"""Options that every command takes, and finding them wherever they stand on the line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

WITH_VALUE = ("--source", "--env", "--log-format")
FLAGS = ("--sandbox", "--no-color")


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"


class PlanOutput(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class CheckOutput(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True)
class Global:
    """The global options as given; None means not given."""

    source: str | None
    env: str | None
    sandbox: bool
    log_format: LogFormat | None
    no_color: bool

    @property
    def color(self) -> bool:
        return not self.no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The same line with global options first, so that they may follow the command. `--` ends the search."""
    first: list[str] = []
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += [word, *queue]
            break
        if word in WITH_VALUE and queue:
            first += [word, queue.pop(0)]
        elif word in FLAGS or word.startswith(tuple(f"{name}=" for name in WITH_VALUE)):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest]
