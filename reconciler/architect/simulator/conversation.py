"""Conversations: what somebody writes or says to a bot, and what the bot makes of it.

Matched here: the choices of `digitalMenu`, yes and no of `askForBoolean`, and slots whose type is a list of values with
synonyms, by their words. What needs language understanding (`askForIntent`) is asked of the oracle instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import UNKNOWN
from reconciler.architect.simulator.program import title
from reconciler.architect.simulator.state import TIMEOUT, SayWait
from reconciler.architect.simulator.trace import EventKind
from reconciler.architect.walk import Item

ANYTHING: Final = "anything"
"""An example of an answer where any will do."""
TRIES: Final = 3
"""Answers without a match, and silences, before a bot gives up [real exports]."""
TRIES_MAX: Final = 50
"""Real flows say a handful; a million would only keep the simulator busy."""
_YES: Final = frozenset({"yes", "y", "yeah", "sure", "ok", "okay", "true"})
_NO: Final = frozenset({"no", "n", "nope", "false"})
_NOT: Final = frozenset({"not", "never", "cannot"})


def begin(caller: Caller, item: Item) -> None:
    """Ask the question and wait for an answer."""
    caller.tries = 0
    _ask(caller, item)


def _ask(caller: Caller, item: Item) -> None:
    caller.hear(item.body.get("question"), (*item.path, "question"))
    _listen(caller, item)


def _listen(caller: Caller, item: Item) -> None:
    options = tuple(dict.fromkeys(value for _, _, value in _answers(caller, item)))
    takes_anything = item.tag == "askForSlot" and not options
    caller.ask(SayWait(item.path, title(item), (ANYTHING,) if takes_anything else options, takes_anything))


def enter(caller: Caller, item: Item, said: str) -> None:
    """What follows from an answer; `t` is silence."""
    caller.assume(unverified.PLAIN_WORDS)
    found = None if said == TIMEOUT else _match(caller, item, said)
    if said == TIMEOUT:
        caller.tell(EventKind.WAITS, item)
    else:
        caller.tell(EventKind.SAYS, item, said)
    if found is not None:
        branch, value = found
        if item.tag == "askForSlot":
            known = UNKNOWN if caller.abstract and not list(_answers(caller, item)) else value
            caller.fill(values.name(item.body.get("slot")), known)
        caller.tries = 0
        caller.take(item, branch)
        return
    caller.tries += 1
    is_silent = said == TIMEOUT
    if caller.tries >= _tries_max(caller, "noInputsMax" if is_silent else "noMatchesMax"):
        caller.tries = 0
        caller.take(item, "maxNoInputs" if is_silent else "maxNoMatches")
        return
    field = "noInput" if is_silent else "noMatch"
    caller.hear(item.body.get(field), (*item.path, field))
    _listen(caller, item)


def _tries_max(caller: Caller, field: str) -> int:
    written = values.literal(caller.program.value_at((caller.program.flow.type, "settingsUserInput", field)), {})
    if not isinstance(written, int) or isinstance(written, bool) or written <= 0:
        return TRIES
    return min(written, TRIES_MAX)


def _match(caller: Caller, item: Item, said: str) -> tuple[str, str] | None:
    """The branch that an answer leads to, and the value it stands for."""
    text = " ".join(said.casefold().split())
    if item.tag == "askForBoolean":
        return _yes_or_no(text)
    found = list(_answers(caller, item))
    for words, branch, value in found:
        if words.casefold() == text:
            return branch, value
    for words, branch, value in found:
        if words and re.search(rf"(?<!\w){re.escape(words.casefold())}(?!\w)", text):
            return branch, value
    for _, branch, value in found:
        if branch == said:
            return branch, value
    if item.tag == "askForSlot" and not found and text:
        return "default", said  # a type that is no list takes whatever comes
    return None


def _yes_or_no(text: str) -> tuple[str, str] | None:
    """The side that all words are on. None for both sides, and for a yes behind a "not": asking again does no harm, a
    wrong yes does."""
    words = re.findall(r"[\w']+", text.replace("\u2019", "'"))
    negation = next((place for place, word in enumerate(words) if word in _NOT or word.endswith("n't")), len(words))
    says_yes, says_no = not _YES.isdisjoint(words), not _NO.isdisjoint(words)
    if says_yes == says_no or not _YES.isdisjoint(words[negation:]):
        return None
    return ("yes", "true") if says_yes else ("no", "false")


def _answers(caller: Caller, item: Item) -> Iterator[tuple[str, str, str]]:
    """Words to listen for, the branch they lead to, the value they stand for."""
    if item.tag == "askForBoolean":
        yield from ((word, "yes", "yes") for word in sorted(_YES))
        yield from ((word, "no", "no") for word in sorted(_NO))
    elif item.tag == "digitalMenu":
        outputs = item.body.get("outputs")
        paths = outputs.get("paths") if isinstance(outputs, Mapping) else None
        for path in walk.tagged(paths, ()):
            if path.name and values.is_enabled(path.body):
                yield path.name, path.name, path.name
    else:
        for value, synonyms in _list_values(caller, values.name(item.body.get("slot"))):
            for word in (value, *synonyms):
                yield word, "default", value


def _list_values(caller: Caller, slot: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The values of a slot's type when it is a list, each with its synonyms."""
    path = (caller.program.flow.type, "settingsNaturalLanguageUnderstanding", "nluDomainVersion")
    domain = caller.program.value_at(path)
    type_ = next((one.get("type") for one in _mappings(domain, "entities") if one.get("name") == slot), None)
    for entity in _mappings(domain, "entityTypes"):
        mechanism = entity.get("mechanism")
        if entity.get("name") == type_ and isinstance(mechanism, Mapping) and mechanism.get("type") != "Regex":
            for one in _mappings(mechanism, "items"):
                synonyms = one.get("synonyms")
                texts = synonyms if isinstance(synonyms, list) else []
                yield str(one.get("value", "")), tuple(text for text in texts if isinstance(text, str))


def _mappings(value: Any, key: str) -> Iterator[Mapping[str, Any]]:
    """The mappings in the list under `key`, bare or wrapped as one literal."""
    listed = value.get(key) if isinstance(value, Mapping) else None
    for one in listed if isinstance(listed, list) else ():
        inner = one.get("lit", one) if isinstance(one, Mapping) else one
        if isinstance(inner, Mapping):
            yield inner
