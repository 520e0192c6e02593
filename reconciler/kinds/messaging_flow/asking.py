"""Questions of a MessagingFlow in a digital bot, where each answer leads, and what the bot understands.

- A question with choices alone is a `digitalMenu` with quick replies, each leading to a task [real exports].
- A question that takes words is a slot whose type is a list of the answers with their keywords as synonyms, so that a
  whole sentence is understood; the value decides in a `switch`. Without answers the type takes anything.
- The exits `maxNoMatches` and `maxNoInputs` are enabled always: a bot wants them handled [third-party notes].
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from reconciler.kinds.messaging_flow import graph, texts, unverified
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingNode

Archy = dict[str, Any]

NO_VALUE: Final = {"noValue": True}
ASK: Final = "Ask"


def jump_name(node: str) -> str:
    """What a jump to a node is called in Architect."""
    return f"Go to {node}"


def jump(node: str) -> Archy:
    return {"jumpToTask": {"name": jump_name(node), "targetTaskRef": f"/digitalBot/tasks/task[{node}]"}}


def leave(name: str) -> Archy:
    return {"exitBotFlow": {"name": name}}


def onward(node: str | None) -> Archy:
    return jump(node) if node is not None else leave("No way on")


def switch(name: str, cases: list[Archy], otherwise: str | None) -> Archy:
    default = {"actions": [onward(otherwise)]}
    return {"switch": {"name": name, "evaluate": {"firstTrue": {"cases": cases, "default": default}}}}


def _given_up(node: MessagingNode) -> Archy:
    exit = {"enabled": True, "actions": [onward(node.otherwise)]}
    return {"maxNoInputs": exit, "maxNoMatches": exit}


def by_choice(node: MessagingNode) -> Archy:
    choices = node.choices or {}
    paths = [
        {"path": {"name": label, "actions": [*_kept(node, {"lit": label}), jump(to)]}} for label, to in choices.items()
    ]
    question = texts.communication(node.ask or "")
    return {
        "digitalMenu": {
            "name": ASK,
            "question": question,
            "noMatch": question,
            "selection": NO_VALUE,
            "knowledgeSearchResult": NO_VALUE,
            "chooser": _chooser(choices),
            "outputs": {**_given_up(node), "paths": paths},
        }
    }


def _chooser(choices: Iterable[str]) -> Archy:
    """Quick replies."""
    buttons = [{"lit": {"label": NO_VALUE, "value": {"lit": label}, "type": {"lit": "postback"}}} for label in choices]
    return {"lit": {**_SHELLS, "quickReplies": {"lit": {"buttons": {"lit": buttons}}}}}


def _kept(node: MessagingNode, answer: Archy) -> list[Archy]:
    """The answer written to the variable that keeps it."""
    if node.into is None:
        return []
    statement = {"string": {"variable": f"Flow.{node.into}", "value": answer}}
    return [{"updateData": {"name": "Keep the answer", "statements": [statement]}}]


def by_words(spec: MessagingFlowSpec, name: str, node: MessagingNode) -> Archy:
    question = texts.communication(node.ask or "")
    variable = f"Slot.{slot(name)}"
    cases = [
        {"case": {"value": {"exp": f"{variable} == {texts.quoted(label)}"}, "actions": [onward(to)]}}
        for label, to in graph.answers(spec, node).items()
    ]
    goes_on = switch("Which answer", cases, node.otherwise) if cases else onward(node.next)
    return {
        "askForSlot": {
            "name": ASK,
            "slot": {"name": slot(name)},
            "question": question,
            "customValidation": NO_VALUE,
            "confirmationMode": {"lit": "never"},
            "noInput": question,
            "noMatch": question,
            **(unverified.choices_of_slot(_chooser(node.choices)) if node.choices else {}),
            "outputs": {
                "default": {"enabled": True, "actions": [*_kept(node, {"exp": variable}), goes_on]},
                **_given_up(node),
            },
        }
    }


def slot(node: str) -> str:
    """A slot's name must differ from its type's [third-party notes]."""
    return f"{node}_answer"


def understanding(spec: MessagingFlowSpec, nodes: dict[str, MessagingNode]) -> Archy:
    asked = {name: node for name, node in nodes.items() if node.takes_words}
    types = [
        {
            "name": f"{slot(name)}_type",
            "description": "",
            "mechanism": _mechanism(spec, node),
        }
        for name, node in asked.items()
    ]
    domain = {
        "intents": [],
        "entities": [{"name": slot(name), "type": f"{slot(name)}_type"} for name in asked],
        "entityTypes": types,
        "language": spec.language,
        "languageVersions": {},
    }
    return {"nluDomainVersion": domain, "mutedUtterances": []}


def _mechanism(spec: MessagingFlowSpec, node: MessagingNode) -> Archy:
    """What a slot takes: one of the answers, or anything when there are none."""
    items = [
        {"value": label, "synonyms": list((node.keywords or {}).get(label, ()))} for label in graph.answers(spec, node)
    ]
    return {"type": "List", "restricted": True, "items": items} if items else unverified.ANYTHING


_SHELLS: Final[Archy] = {
    "presentation": {"lit": "quickReplies"},
    "carousel": {"lit": {"cards": {"lit": []}}},
    "listPicker": {
        "lit": {
            "sections": {
                "lit": [{"lit": {"title": {"lit": ""}, "multiSelectEnabled": {"lit": False}, "items": {"lit": []}}}]
            },
            "receivedMessageImage": NO_VALUE,
            "receivedMessageTitle": {"lit": ""},
            "receivedMessageSubtitle": NO_VALUE,
            "replyMessageImage": NO_VALUE,
            "replyMessageSubtitle": NO_VALUE,
        }
    },
}
"""The presentations nobody uses, empty as exports have them; whether they may be left out is UNVERIFIED."""
