"""Syntax errors of the YAML parsers, said so that the reader knows what to write.

The C and the pure parser word some errors differently; the table matches parts both share, first match wins.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from reconciler.model.problem import Location, Problem

_ALIGN: Final = "Line the keys of one mapping up in one column, and quote text that holds `: ` or quotes."
_REMEDIES: Final[tuple[tuple[str, str], ...]] = (
    ("mapping values are not allowed", 'Quote the text when it holds ": ", or put the key on a line of its own.'),
    ("unexpected end of stream", "Close the quote that is open here."),
    ("found unexpected document indicator", "Close the quote that is open here."),
    ("did not find expected ',' or ']'", "Close the list with `]`, or separate its items with commas."),
    ("expected ',' or ']'", "Close the list with `]`, or separate its items with commas."),
    ("did not find expected ',' or '}'", "Close the mapping with `}`, or separate its entries with commas."),
    ("expected ',' or '}'", "Close the mapping with `}`, or separate its entries with commas."),
    ("could not find expected ':'", "Write `key: value`, with a blank after the colon."),
    ("could not find expected directive", "Remove the line that starts with `%`, or quote the text."),
    ("expected key", _ALIGN),
    ("expected <block end>", _ALIGN),
    ("'-' indicator", "Line the `-` of one list up in one column."),
    ("block sequence entries are not allowed", "Start the list on a line of its own."),
    ("invalid Unicode character escape", "Write the character itself, or one \\U escape instead of a surrogate pair."),
    ("unknown escape character", "In double quotes write `\\\\` for a backslash, or use single quotes."),
    ("undefined tag handle", "Remove the tag, or quote text that starts with `!`."),
    ("unknown directive", "Quote the text, or remove the line that starts with `%`."),
    ("cannot start any token", "Quote text that starts with `@`, `%` or a backquote."),
    ("expected the node content", "Write a value here, or quote text that starts with punctuation."),
    ("expected node content", "Write a value here, or quote text that starts with punctuation."),
    ("<document start>", "Separate documents with a line `---`, and check the indentation."),
)


def explain(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The problem a parser error stands for. A quote left open is reported where it opens, a key without its colon
    where it begins: the parser notices both only later, at the end of the file past its last line."""
    if not isinstance(error, yaml.error.MarkedYAMLError):
        return Problem(Location(file), "REC1010", f"not valid YAML: {error}.", "Check the file with a YAML editor.")
    fault, context = error.problem or "syntax error", error.context or ""
    mark = error.problem_mark or error.context_mark
    is_unfinished = context == "while scanning a simple key" or ("quoted scalar" in context and "escape" not in fault)
    if is_unfinished and error.context_mark is not None:
        mark = error.context_mark
    place = Location(file, mark.line + 1, mark.column + 1) if mark is not None else Location(file)
    what = f"{context}: {fault}" if context else fault
    remedy = next((remedy for part, remedy in _REMEDIES if part in fault), "Check indentation, quotes and brackets.")
    if "cannot start any token" in fault and _character(text, mark) == "\t":
        what, remedy = "a tab stands where only spaces may", "Indent with spaces."
    return Problem(place, "REC1010", f"not valid YAML: {what}.", remedy)


def _character(text: str, mark: Any) -> str:
    """The character a mark points at, empty when there is none."""
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return ""
    line: str = lines[mark.line]
    return line[mark.column : mark.column + 1]
