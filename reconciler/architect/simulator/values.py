"""Reading Archy values for a simulation: literals, durations, names of targets, and what a caller hears.

Relies on the wrappers of the language (`lit`, `exp`, `tts`, `prompt`, `noValue`). Unknown shapes read as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.architect.simulator import expression
from reconciler.architect.simulator.expression import UNKNOWN, Node, Unknown, Value
from reconciler.model import moment

_SECONDS: Final = {"ms": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
SECONDS_MAX: Final = 366 * 86_400.0
"""A year: no call is longer, and numbers without end are no JSON."""
_CLOCK: Final = expression.NOW.removesuffix("()")
_SPEAKING: Final = frozenset({"toaudiotts", "tocommunication", "makecommunication", "append", "audioplaybackoptions"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of audio: spoken text or a prompt by name. Text in braces is only known during the call."""

    text: str = ""
    prompt: str = ""


def literal(value: Any, known: Mapping[str, Value]) -> Value:
    """What `{lit: …}` or `{exp: …}` comes to; UNKNOWN for objects and for what only the call can tell."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str | int | float | bool) else UNKNOWN
    if "lit" in value:
        inner = value["lit"]
        return inner if isinstance(inner, str | int | float | bool) else UNKNOWN
    if isinstance(value.get("exp"), str):
        return expression.evaluate(value["exp"], known)
    return None if value.get("noValue") is True else UNKNOWN


def seconds(value: Any) -> float | None:
    """A literal duration in seconds; None when there is none."""
    inner = value.get("lit") if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping):
        return None
    parts = [
        amount * _SECONDS[unit]
        for unit, amount in inner.items()
        if unit in _SECONDS and isinstance(amount, int | float) and not isinstance(amount, bool)
    ]
    return round(min(sum(parts), SECONDS_MAX), 3) if parts else None


def name(value: Any) -> str:
    """`{lit: {name: X}}`, `{name: X}` or an expression as its own text; empty when nothing is named."""
    if isinstance(value, Mapping):
        if "lit" in value:
            return name(value["lit"])
        for key in ("name", "exp", "var"):
            if isinstance(value.get(key), str):
                return str(value[key])
    return value if isinstance(value, str) else ""


def reads_clock(value: Any) -> bool:
    """Whether an expression looks at the time."""
    written = value.get("exp") if isinstance(value, Mapping) else None
    return isinstance(written, str) and _CLOCK in written.lower()


def number(value: Any, known: Mapping[str, Value]) -> str:
    """A telephone number: a literal, or the text inside `ToPhoneNumber("…")`."""
    if isinstance(value, Mapping) and isinstance(value.get("exp"), str):
        tree = expression.parse(value["exp"])
        if tree is not None and tree.kind == "call" and tree.text == "tophonenumber" and len(tree.parts) == 1:
            inner = expression.value_of(tree.parts[0], known)
            return inner if isinstance(inner, str) else value["exp"]
    found = literal(value, known)
    return str(found) if isinstance(found, str | int) else name(value)


def heard(value: Any, known: Mapping[str, Value]) -> list[Heard]:
    """What an audio or communication field lets the caller hear, in order; empty for none."""
    if not isinstance(value, Mapping):
        return []
    if isinstance(value.get("tts"), str):
        return [Heard(text=value["tts"])] if value["tts"].strip() else []
    if isinstance(value.get("prompt"), str):
        return [Heard(prompt=_prompt(value["prompt"]))]
    if "lit" in value:
        inner = value["lit"]
        if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
            return [Heard(prompt=_prompt(inner["name"]))]
        return [Heard(text=inner)] if isinstance(inner, str) and inner.strip() else []
    if isinstance(value.get("exp"), str):
        tree = expression.parse(value["exp"])
        return [Heard(text="{" + value["exp"] + "}")] if tree is None else _merged(_speech(tree, known))
    return []


def is_enabled(branch: Any) -> bool:
    """Bots can switch a branch off and keep its actions."""
    return not isinstance(branch, Mapping) or branch.get("enabled") is not False


def _prompt(written: str) -> str:
    return written.removeprefix("Prompt.")


def _speech(tree: Node, known: Mapping[str, Value]) -> Iterator[Heard]:
    if tree.kind == "name" and tree.text.lower().startswith(("prompt.", "promptsystem.")):
        yield Heard(prompt=_prompt(tree.text))
        return
    if tree.kind == "call" and tree.text == "append" and all(_is_plain(part) for part in tree.parts):
        yield Heard(text="".join(_words(part, known) for part in tree.parts))
        return
    if tree.kind == "call" and tree.text in _SPEAKING:
        # The second argument of AudioPlaybackOptions is whether the caller may interrupt.
        for part in tree.parts[:1] if tree.text == "audioplaybackoptions" else tree.parts:
            yield from _speech(part, known)
        return
    if tree.kind == "call" and tree.text == "toaudioblank":
        return
    if tree.kind == "call" and tree.text == "toaudio" and tree.parts:
        yield from _speech(tree.parts[0], known)
        return
    value = expression.value_of(tree, known)
    if isinstance(value, Unknown):
        yield Heard(text="{" + spelled(tree) + "}")
    elif value is not None and str(value).strip():
        yield Heard(text=_shown(value))


def _is_plain(tree: Node) -> bool:
    """Text rather than audio, so that its neighbours belong to the same sentence."""
    if tree.kind == "call":
        return tree.text not in (_SPEAKING | {"toaudio", "toaudioblank"})
    return tree.kind != "name" or not tree.text.lower().startswith(("prompt.", "promptsystem."))


def _words(tree: Node, known: Mapping[str, Value]) -> str:
    value = expression.value_of(tree, known)
    return "{" + spelled(tree) + "}" if isinstance(value, Unknown) else "" if value is None else _shown(value)


def _shown(value: Value) -> str:
    return moment.text(value) if isinstance(value, datetime) else str(value)


def _merged(pieces: Iterator[Heard]) -> list[Heard]:
    """Neighbouring texts as one sentence."""
    found: list[Heard] = []
    for piece in pieces:
        if found and piece.text and found[-1].text:
            found[-1] = Heard(text=f"{found[-1].text.rstrip()} {piece.text.lstrip()}")
        else:
            found.append(piece)
    return found


def spelled(tree: Node) -> str:
    """An expression in short, for people."""
    if tree.kind == "name":
        return tree.text
    if tree.kind == "call":
        return f"{tree.text}({', '.join(spelled(part) for part in tree.parts)})"
    if tree.kind == "value":
        return "NOT_SET" if tree.value is None else str(tree.value)
    if len(tree.parts) == 1:
        return f"{tree.text}{spelled(tree.parts[0])}"
    return f"{spelled(tree.parts[0])} {tree.text} {spelled(tree.parts[1])}"
