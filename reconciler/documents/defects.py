"""What may be wrong in a YAML document that parses: one method per defect, each a problem for the reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from reconciler.documents.limits import Limits
from reconciler.model.problem import Location, Problem

CORE: Final = "tag:yaml.org,2002:"
CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SHOWN: Final = 60


class Stop(Exception):
    """Reading ends here; the reason is a problem already."""


class Defects:
    """Collects the problems of one file. `broken` tells whether the current document has holes."""

    def __init__(self, file: str, limits: Limits, problems: list[Problem]) -> None:
        self._file = file
        self._limits = limits
        self._problems = problems
        self.broken = False

    def report(self, mark: Any, code: str, message: str, remedy: str) -> None:
        self._problems.append(Problem(Location(self._file, mark.line + 1, mark.column + 1), code, message, remedy))
        if len(self._problems) >= self._limits.problems_max:
            raise Stop

    def duplicate(self, mark: Any, key: str, known: Iterable[tuple[str, Any]]) -> None:
        """`known` are the keys before it with their marks."""
        form = unicodedata.normalize("NFC", key)
        first = next((mark.line + 1 for name, mark in known if unicodedata.normalize("NFC", name) == form), 1)
        message = f'the key "{_short(key)}" appears twice in one mapping, first on line {first}.'
        if not key.isascii():
            remedy = "Keep one of them; letters that Unicode holds equal make the same key."
        else:
            remedy = f'Keep one of them; {key} and "{key}" are the same key.' if key.isdigit() else "Keep one of them."
        self.report(mark, "REC1003", message, remedy)

    def alias(self, event: Any) -> None:
        self.broken = True
        message = f"the alias `*{_short(event.anchor)}` is not accepted."
        self.report(event.start_mark, "REC1004", message, "Write the value out, or quote text that starts with `*`.")

    def anchor(self, event: Any) -> None:
        message = f"the anchor `&{_short(event.anchor)}` is not accepted."
        self.report(event.start_mark, "REC1004", message, "Remove it, or quote text that starts with `&`.")

    def merge_key(self, event: Any) -> None:
        self.broken = True
        self.report(event.start_mark, "REC1005", "merge keys (`<<`) are not accepted.", "Write the merged keys out.")

    def tag(self, event: Any) -> None:
        self.broken = True
        tag = event.tag
        shown = "!!" + tag[len(CORE) :] if tag.startswith(CORE) else tag
        message = f"the tag `{_short(shown)}` is not accepted here."
        self.report(event.start_mark, "REC1006", message, "Remove it, or quote text that starts with `!`.")

    def missing_key(self, event: Any) -> None:
        self.report(event.start_mark, "REC1007", "a key is missing before `:`.", "Write a name before the colon.")

    def complex_key(self, event: Any) -> None:
        self.broken = True
        remedy = "Quote text that starts with `{` or `[`; `{{name}}` is replaced in Archy flow files only."
        self.report(event.start_mark, "REC1007", "a mapping or list is used as a key.", remedy)

    def number(self, event: Any, error: ValueError) -> str:
        """A number that cannot be kept; the document goes on with its text."""
        message = f"`{_short(event.value)}` cannot be kept: {error}."
        self.report(event.start_mark, "REC1009", message, "Put it in quotes when it is text or an identifier.")
        return str(event.value)

    def control(self, event: Any) -> None:
        found = CONTROLS.search(event.value)
        character = f"U+{ord(found.group()):04X}" if found else "?"
        remedy = "Remove the escape; only tab and line breaks are allowed, and half a surrogate pair is no character."
        self.broken = True
        self.report(event.start_mark, "REC1002", f"the text holds the character {character}.", remedy)

    def long_key(self, event: Any) -> NoReturn:
        message = f"the key is {len(event.value)} characters long, the limit is {self._limits.key_max}."
        self._stop(event, message, "Shorten it, or look for a missing line break.")

    def too_deep(self, event: Any) -> NoReturn:
        # Also what keeps the parser fast: its work for one token grows with the depth.
        message = f"nested deeper than {self._limits.depth_max} levels."
        self._stop(event, message, "Flatten the document, or look for an unclosed bracket.")

    def too_many(self, event: Any) -> NoReturn:
        self._stop(event, f"the file has more than {self._limits.nodes_max} values.", "Split the file.")

    def too_long(self, event: Any) -> NoReturn:
        message = f"a value has {len(event.value)} characters, the limit is {self._limits.scalar_max}."
        self._stop(event, message, "Shorten it.")

    def _stop(self, event: Any, message: str, remedy: str) -> NoReturn:
        self.report(event.start_mark, "REC1008", message, remedy)
        raise Stop


def _short(text: str) -> str:
    """Text of the file, fit for a message: one line, printable, bounded."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
