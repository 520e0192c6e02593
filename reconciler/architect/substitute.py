"""`{{name}}` in Archy files: replaced on the text, before it is parsed, because tokens may stand where YAML takes none.

A replaced value must not change the shape of the document or of an expression in it; shape.py proves it. `${…}` is left
alone. Literal braces are written `{{{{name}}}}`, which becomes `{{name}}`; Archy has an escape of its own whose form
is not documented publicly, so this one is ours: UNVERIFIED.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.architect import shape
from reconciler.documents.limits import ARCHY
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Location, Problem

Value = str | int | float | bool

_TOKEN: Final = re.compile(r"\{\{\{\{(?P<literal>[^{}\n]*)\}\}\}\}|\{\{(?P<name>[^{}\n]*)\}\}")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_TOKENS_MAX: Final = 10_000
_PREFIX: Final = re.compile("zq([0-9]+)q")
_WORK_MAX: Final = 500_000
"""Characters parsed at most to find out which values are to blame; beyond that the first few are reported."""


@dataclass(frozen=True, slots=True)
class _Token:
    """One `{{name}}`. `mark` is the text that stands for it while shapes are compared."""

    start: int
    name: str
    mark: str


def substitute(text: str, variables: Mapping[str, Value], file: str) -> tuple[str, list[Problem]]:
    """The text with every token replaced, and a problem for each that cannot be.

    Lines stay lines, so places found later in the new text have the right line in the file; `Origin` knows the column.
    A token without a usable value stays as it is; parse the text only when there are no problems. Tokens in comments
    are never problems.
    """
    if len(text) > ARCHY.bytes_max:
        return text, []  # loading refuses it
    matches = list(_TOKEN.finditer(text))
    if not matches:
        return text, []
    if len(matches) > _TOKENS_MAX:
        message = f"the file has {len(matches)} tokens, the limit is {_TOKENS_MAX}."
        return text, [Problem(Location(file), "REC1008", message, "Split it into several files.")]
    tokens = _tokens(text, matches)
    pattern = shape.pieces(_fill(text, matches, tokens, {}))
    in_use = {mark for piece in pattern if "zq" in piece.value for mark in shape.MARK.findall(piece.value)}
    report = _Report(text, file, variables)
    values: dict[str, str] = {}
    for token in tokens.values():
        value = _written(variables[token.name]) if token.name in variables else None
        if value is not None and not _UNPRINTABLE.search(value):
            values[token.mark] = value
        elif (token.mark in in_use or shape.is_broken(pattern)) and not report.is_full:
            report.unusable(token)
    # A file that is broken whatever the values are is reported by whoever parses it.
    if not shape.is_broken(pattern):
        texts = frozenset(token.mark for token in tokens.values() if isinstance(variables.get(token.name), str))
        by_mark = {token.mark: token for token in tokens.values()}

        def misfits(some: Mapping[str, str]) -> list[shape.Misfit]:
            return shape.misfits(pattern, _fill(text, matches, tokens, some), some, texts=texts)

        for misfit in _guilty(values, misfits, looks_max=_WORK_MAX // len(text) + 1):
            if values.pop(misfit.mark, None) is not None and not report.is_full:
                report.misfit(by_mark[misfit.mark], misfit)
    return _fill(text, matches, tokens, values, keep=True), sorted(report.problems)


class Origin:
    """From places in a text whose tokens were all replaced back to the text as it is written."""

    def __init__(self, text: str, variables: Mapping[str, Value]) -> None:
        self._spans: dict[int, list[tuple[int, int, int, int]]] = {}
        """By line, from 0: where each token and what stands for it begin and end in the line."""
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        for match in _TOKEN.finditer(text):
            line = bisect.bisect_right(starts, match.start()) - 1
            spans = self._spans.setdefault(line, [])
            begin, end = match.start() - starts[line], match.end() - starts[line]
            shift = spans[-1][3] - spans[-1][1] if spans else 0
            spans.append((begin, end, begin + shift, begin + shift + len(_replaced(match, variables))))

    def of(self, place: Location) -> Location:
        """Where `place` is written; inside a value the token that stands for it."""
        column = place.column - 1
        for begin, end, new_begin, new_end in reversed(self._spans.get(place.line - 1, ())):
            if column >= new_begin:
                written = begin if column < new_end else column - new_end + end
                return replace(place, column=written + 1)
        return place


def _replaced(match: re.Match[str], variables: Mapping[str, Value]) -> str:
    """What stands for a token in a text without problems; a token of a comment may stay."""
    if match["literal"] is not None:
        return "{{" + match["literal"] + "}}"
    name = match["name"].strip()
    value = _written(variables[name]) if name in variables else None
    return match.group() if value is None or _UNPRINTABLE.search(value) else value


def _tokens(text: str, matches: Iterable[re.Match[str]]) -> dict[int, _Token]:
    """The tokens by offset, with marks that occur nowhere in the text and are plain words to YAML."""
    in_text = set(_PREFIX.findall(text))
    salt = next(number for number in itertools.count() if str(number) not in in_text)
    return {
        match.start(): _Token(match.start(), match["name"].strip(), f"zq{salt}q{number}y")
        for number, match in enumerate(matches)
        if match["literal"] is None
    }


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fill(
    text: str,
    matches: Iterable[re.Match[str]],
    tokens: Mapping[int, _Token],
    values: Mapping[str, str],
    *,
    keep: bool = False,
) -> str:
    """The text with values, and for tokens without one their marks, or with `keep` the tokens themselves."""
    parts, position = [], 0
    for match in matches:
        parts.append(text[position : match.start()])
        position = match.end()
        if match["literal"] is not None:
            parts.append("{{" + match["literal"] + "}}")
        else:
            mark = tokens[match.start()].mark
            parts.append(values.get(mark, match.group() if keep else mark))
    return "".join([*parts, text[position:]])


def _guilty(
    values: Mapping[str, str], misfits: Callable[[Mapping[str, str]], list[shape.Misfit]], looks_max: int
) -> list[shape.Misfit]:
    """The marks whose values do not fit, alone or together with the rest, as many as are reported. All fit nearly
    always: one look."""
    suspects = misfits(values)
    if not suspects:
        return []
    found: list[shape.Misfit] = []
    for mark in list(dict.fromkeys([*(misfit.mark for misfit in suspects), *values]))[:looks_max]:
        if len(found) < ARCHY.problems_max:
            found += misfits({mark: values[mark]})
    left = {mark: value for mark, value in values.items() if mark not in {misfit.mark for misfit in found}}
    for _ in range(looks_max):
        more = misfits(left) if len(found) < ARCHY.problems_max else []
        if not more:
            break
        found += more
        for misfit in more:
            left.pop(misfit.mark, None)
    return found


class _Report:
    """Problems about tokens, worded without their values: a value may be a secret."""

    def __init__(self, text: str, file: str, variables: Mapping[str, Value]) -> None:
        self._file = file
        self._variables = variables
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.problems: list[Problem] = []

    def unusable(self, token: _Token) -> None:
        """A token that is empty, has no value, or has one that no place in a line can hold."""
        if not token.name:
            message = "`{{}}` names no variable."
            self._add(token, "REC1503", message, "Write a name, or `{{{{}}}}` for literal braces.")
        elif token.name in self._variables:
            message = f"the value of `{token.name}` holds a line break or a control character."
            self._add(token, "REC1502", message, "Use a value of one line.")
        else:
            likely = nearest(token.name, self._variables)
            remedy = f"Did you mean `{{{{{likely}}}}}`? " if likely else ""
            remedy += "Define it under `variables` of the environment"
            remedy += f", or write `{{{{{{{{{token.name}}}}}}}}}` when the braces are meant literally."
            self._add(token, "REC1501", f"the variable `{token.name}` has no value.", remedy)

    def misfit(self, token: _Token, misfit: shape.Misfit) -> None:
        if misfit.reading:
            message = f"the value of `{token.name}` is text, but without quotes it would be read as {misfit.reading}."
            remedy = f'Write "{{{{{token.name}}}}}" with quotes, or give the variable that type.'
        elif misfit.in_expression:
            message = f"the value of `{token.name}` would change what the expression does, not only a word of it."
            remedy = "Leave out double quotes and a backslash at the end; outside of texts give it one name or number."
        elif misfit.style == '"':
            message = (
                f"the value of `{token.name}` holds a double quote or a backslash, which ends or changes the text."
            )
            remedy = "Put the token in single quotes, or change the value."
        elif misfit.style == "'":
            message = f"the value of `{token.name}` holds a single quote, which ends the text."
            remedy = "Put the token in double quotes, or change the value."
        else:
            message = f"the value of `{token.name}` would change the structure of the file."
            remedy = f'Put the whole text in quotes, such as "{{{{{token.name}}}}}".'
        self._add(token, "REC1502", message, remedy)

    @property
    def is_full(self) -> bool:
        """Nobody reads more, and a hostile file would have a million."""
        return len(self.problems) >= ARCHY.problems_max

    def _add(self, token: _Token, code: str, message: str, remedy: str) -> None:
        line = bisect.bisect_right(self._starts, token.start)
        column = token.start - self._starts[line - 1] + 1
        self.problems.append(Problem(Location(self._file, line, column), code, message, remedy))
