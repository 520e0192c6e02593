"""Values as YAML that people can read and every YAML reader understands alike: compiled Menus, exported objects.

Mappings and lists are written here, since PyYAML takes seconds for a large bot; so are the texts that nearly all values
are. Whatever else a value is, PyYAML's safe dumper writes it. It quotes what YAML 1.1 would take for something else
(`no`, `1:30`); what only YAML 1.2 readers take for a number is quoted here. A test holds both ways to the same bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import yaml

_NUMBER_OF_1_2: Final = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-fA-F]+|\.?[0-9][0-9._]*([eE][-+]?[0-9]+)?)\Z", re.ASCII)
_SPECIAL: Final = re.compile("[#*=\n\x85\u2028\u2029]")
"""Needs double quotes: marks that mean something elsewhere, and line breaks, which are escaped in them."""
_WIDTH: Final = sys.maxsize
"""No folding: one line per value reads better in a diff."""
_COMMON: Final = re.compile("[\n -~\xa1-\u024f]+")
"""Letters that need no escape but for quotes, backslashes and line breaks."""
_SIMPLE_START: Final = re.compile("[A-Za-z/_(\xc0-\u024f]")
"""Begins a text in which nothing but a colon or an outer blank is in the way of writing it without quotes."""
_COLON: Final = re.compile(":( |$)")
_BREAK: Final = re.compile("[\n\x85\u2028\u2029]")
_KEY_MAX: Final = 122
"""Characters of a key that stands before its value; a longer one gets a line of its own, as PyYAML has it."""


class _Dumper(yaml.SafeDumper):
    """For one scalar at a time."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if _needs_quotes(value) else None)


_Dumper.add_representer(str, _text)


def render(document: Mapping[str, Any], remarks: Sequence[str] = ()) -> bytes:
    """The document under its remarks, one comment line each; keys stay in the order given."""
    lines = [f"# {_on_one_line(remark)}" for remark in remarks]
    _write(lines, "", document, 0)
    return ("\n".join(lines) + "\n").encode()


def _on_one_line(remark: str) -> str:
    """A remark that cannot end its comment: what does not print is escaped, the letters of every language stay."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in remark
    )


def _write(lines: list[str], lead: str, value: Any, indent: int) -> None:
    """The value, its first line behind `lead`, the others `indent` blanks in."""
    blanks = " " * indent
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            _entry(lines, lead, key, inner, indent)
            lead = blanks
    elif isinstance(value, list | tuple) and value:
        for inner in value:
            _write(lines, f"{lead}- ", inner, indent + 2)
            lead = blanks
    else:
        lines.append(lead + _scalar(value))


def _entry(lines: list[str], lead: str, key: Any, value: Any, indent: int) -> None:
    """A key and its value. List items go under their key, as Architect's exports have them."""
    name = _scalar(key)
    if isinstance(key, str) and _is_long(key):
        lines.append(f"{lead}? {name}")
        _write(lines, f"{' ' * indent}: ", value, indent + 2)
    elif isinstance(value, Mapping | list | tuple) and value:
        lines.append(f"{lead}{name}:")
        _write(lines, " " * (indent + 2), value, indent + 2)
    else:
        lines.append(f"{lead}{name}: {_scalar(value)}")


def _needs_quotes(value: str) -> bool:
    return bool(_SPECIAL.search(value) or _NUMBER_OF_1_2.match(value))


@lru_cache(maxsize=4096)
def _is_long(key: str) -> bool:
    return not key or len(key) > _KEY_MAX or _BREAK.search(key) is not None


def _spelled(value: Any) -> str:
    """A scalar as PyYAML writes it; at the top of a document it would end in `...`."""
    written: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, width=_WIDTH, default_flow_style=False)
    return written.removesuffix("\n").removesuffix("\n...")


def _scalar(value: Any) -> str:
    """A scalar on one line, or an empty list or mapping."""
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, list | tuple) else _spelled(value)


@lru_cache(maxsize=4096)
def _words(value: str) -> str:
    if not _COMMON.fullmatch(value):
        return _spelled(value)
    if _needs_quotes(value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if not _SIMPLE_START.match(value):
        return _spelled(value)
    if value.endswith(" ") or _COLON.search(value) or _means_something_else(value):
        return "'" + value.replace("'", "''") + "'"
    return value


def _means_something_else(value: str) -> bool:
    """True for what a reader of YAML 1.1 takes for a boolean or null."""
    resolvers = yaml.SafeDumper.yaml_implicit_resolvers.get(value[0], ())
    return any(pattern.match(value) for _, pattern in resolvers)
