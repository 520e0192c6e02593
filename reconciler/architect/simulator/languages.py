"""The language a call is in: what changes it, and what a prompt comes to in it. Pure.

A flow starts in its `defaultLanguage`. Spoken text is heard as written, whatever the language; a prompt is heard in the
language of the call. `unverified` has what nobody confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.program import title
from reconciler.architect.simulator.state import Leg, Oracle
from reconciler.architect.simulator.trace import Event, EventKind
from reconciler.architect.walk import Item

SET: Final = "setLanguage"

FindPrompt = Callable[[str, str], str | None]
"""The words of a prompt, by language and name: empty when it has nothing in that language, None when nobody knows."""


def begin(caller: Caller, item: Item) -> None:
    """`setLanguage`: speak the language it names. One that only the call can tell is asked for, like any branch."""
    wanted = _named(item, caller)
    spoken = tuple(dict.fromkeys(filter(None, (caller.language, *caller.program.languages))))
    if wanted:
        settle(caller, item, wanted)
    elif len(spoken) > 1:
        caller.ask(Oracle(item.path, item.tag, title(item), spoken, is_computed=True))
    else:
        caller.assume(unverified.SET_LANGUAGE)
        caller.tell(EventKind.DOES, item, "a language that is only known during the call")


def settle(caller: Caller, item: Item, language: str) -> None:
    caller.assume(unverified.SET_LANGUAGE)
    caller.language = language.lower()
    caller.tell(EventKind.DOES, item, caller.language)


def _named(item: Item, caller: Caller) -> str:
    """The language written, or what its expression comes to; empty when only the call can tell."""
    written = item.body.get("language")
    found = values.literal(written, caller.memory)
    if isinstance(found, str):
        return found.strip()
    is_expression = isinstance(written, Mapping) and "exp" in written
    return "" if is_expression else values.name(written).strip()


def worded(leg: Leg, find_prompt: FindPrompt) -> Leg:
    """The leg with the words of its prompts, each in the language it is heard in. What has no words there is told as
    a note: it is taken as not heard."""
    events: list[Event] = []
    assumed = set(leg.assumptions)
    for event in leg.events:
        words = find_prompt(event.language, event.prompt) if event.prompt and event.language else None
        if words is None:
            events.append(event)
        elif words:
            events.append(replace(event, text=words))
        else:
            assumed.add(unverified.NOT_IN_LANGUAGE)
            text = f"nothing is heard: the prompt {event.prompt} has no {event.language}"
            events.append(replace(event, kind=EventKind.NOTES, text=text))
    return replace(leg, events=tuple(events), assumptions=frozenset(assumed))
