"""Values as YAML that people can read and every YAML reader understands alike: compiled Menus, exported objects.

Relies on PyYAML's safe dumper, which quotes what YAML 1.1 would take for something else (`no`, `1:30`); what only
YAML 1.2 readers take for a number is quoted here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

_NUMBER_OF_1_2: Final = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-fA-F]+|\.?[0-9][0-9._]*([eE][-+]?[0-9]+)?)\Z", re.ASCII)
_SPECIAL: Final = re.compile("[#*=\n\x85\u2028\u2029]")
"""Needs double quotes: marks that mean something elsewhere, and line breaks, which are escaped in them."""
_WIDTH: Final = 10_000
"""No folding: one line per value reads better in a diff."""


class _Dumper(yaml.SafeDumper):
    """List items go under their key, as Architect's exports have them; a value used twice is written twice, because
    our own loader refuses aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  PyYAML names it
        super().increase_indent(flow, False)

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    needs_quotes = _SPECIAL.search(value) or _NUMBER_OF_1_2.match(value)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if needs_quotes else None)


_Dumper.add_representer(str, _text)


def _on_one_line(remark: str) -> str:
    """A remark that cannot end its comment: what does not print is escaped, the letters of every language stay."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in remark
    )


def render(document: Mapping[str, Any], remarks: Sequence[str] = ()) -> bytes:
    """The document under its remarks, one comment line each; keys stay in the order given."""
    head = "".join(f"# {_on_one_line(remark)}\n" for remark in remarks)
    body = yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return (head + body).encode()
