"""A checked MessagingFlow as two Archy documents: a digital bot that converses, and the message flow that calls it.

One task per node, so that a node is found again in Architect by its name; ids and order follow from the manifest alone,
so the same manifest always gives the same text. What the bot says of its own accord is empty: it would be English in
every language. Nodes that no conversation reaches are left out.

- A question without keywords is a `digitalMenu` with quick replies, each leading to a task [real exports].
- A question with keywords is a slot whose type is a list of the choices with their keywords as synonyms, so that a
  whole sentence is understood; the value decides in a `switch`.
- The exits `maxNoMatches` and `maxNoInputs` are enabled always: a bot wants them handled [third-party notes].
- Everything ends in a transfer, or in `exitBotFlow`, after which the message flow disconnects.
"""

from __future__ import annotations

from typing import Any, Final

from reconciler.kinds.messaging_flow import graph, texts, unverified
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingNode, Step

Archy = dict[str, Any]

NO_VALUE: Final = {"noValue": True}
NOBODY: Final = {"none": True}


def bot_name(name: str) -> str:
    """The digital bot behind a MessagingFlow."""
    return f"{name} bot"


def compile_bot(name: str, spec: MessagingFlowSpec, *, division: str | None) -> Archy:
    """The digital bot, root key included. The manifest must have passed every check."""
    there = graph.reached(spec)
    nodes = {node: body for node, body in spec.nodes.items() if node in there}
    flow = _head(bot_name(name), spec, division)
    flow["startUpRef"] = "/digitalBot/bots/bot[start]"
    if variables := _variables(spec, nodes):
        flow["variables"] = variables
    flow |= _SETTINGS
    flow["bots"] = [{"bot": {"name": "Start", "refId": "start", "actions": [_jump(spec.start)]}}]
    flow["tasks"] = [{"task": _task(node, body)} for node, body in nodes.items()]
    flow["settingsNaturalLanguageUnderstanding"] = _understanding(spec, nodes)
    return {"digitalBot": flow}


def compile_message_flow(name: str, spec: MessagingFlowSpec, *, division: str | None) -> Archy:
    """The inbound message flow, root key included: it hands every message to the bot."""
    inputs = {texts.CHANNEL: {"exp": unverified.CHANNEL}} if texts.uses_channel(spec) else {}
    call = {
        "name": "Converse",
        "inputText": {"exp": "Message.Message.body"},
        "exitReason": NO_VALUE,
        "intent": NO_VALUE,
        "digitalBotFlow": unverified.call_bot(bot_name(name), inputs),
    }
    flow = _head(name, spec, division)
    flow["startUpRef"] = "/inboundShortMessage/states/state[start]"
    flow["settingsErrorHandling"] = {"errorHandling": {"disconnect": NOBODY}}
    actions = [{"callDigitalBotFlow": call}, {"disconnect": {"name": "The end"}}]
    flow["states"] = [{"state": {"name": "Start", "refId": "start", "actions": actions}}]
    return {"inboundShortMessage": flow}


def _head(name: str, spec: MessagingFlowSpec, division: str | None) -> Archy:
    head: Archy = {"name": name}
    if spec.description:
        head["description"] = spec.description
    if division is not None:
        head["division"] = division
    head["defaultLanguage"] = spec.language
    head["supportedLanguages"] = {spec.language: {"defaultLanguageSkill": NO_VALUE}}
    return head


def _variables(spec: MessagingFlowSpec, nodes: dict[str, MessagingNode]) -> list[Archy]:
    """Variables and slots. A variable starts empty, so that comparing it before it is set is false and not unset."""

    def variable(name: str, initial: Archy, *, is_input: bool = False) -> Archy:
        return {"name": name, "initialValue": initial, "isInput": is_input, "isOutput": False}

    found = [variable(f"Flow.{name}", {"lit": ""}) for name in texts.variables_set(spec)]
    found += [variable(f"Slot.{_slot(name)}", NO_VALUE) for name, node in nodes.items() if node.keywords]
    if texts.uses_channel(spec):
        found.append(variable(texts.CHANNEL, NO_VALUE, is_input=True))
    return [{"stringVariable": one} for one in sorted(found, key=lambda one: one["name"].casefold())]


def _task(name: str, node: MessagingNode) -> Archy:
    actions = [_step(step, number) for number, step in enumerate(node.steps, start=1)]
    return {"name": name, "refId": name, "actions": [*actions, *_way_on(name, node)]}


def _step(step: Step, number: int) -> Archy:
    if step.say is not None:
        return {"communicate": {"name": f"Say {number}", "communication": texts.communication(step.say)}}
    statements = [
        {"string": {"variable": f"Flow.{name}", "value": texts.value(value)}}
        for name, value in (step.set or {}).items()
    ]
    return {"updateData": {"name": f"Set {number}", "statements": statements}}


def _way_on(name: str, node: MessagingNode) -> list[Archy]:
    if node.next is not None:
        return [_jump(node.next)]
    if node.when is not None:
        cases = [{"case": {"value": {"exp": texts.test(one)}, "actions": [_jump(one.go)]}} for one in node.when]
        return [_switch("Which way", cases, node.otherwise)]
    if node.transfer is not None:
        return [_transfer(node.transfer.queue)]
    if node.ask is not None:
        question = _slot_question(name, node) if node.keywords else _menu_question(node)
        return [question, _leave("Not answered")]
    return [_leave("The end")]


def _jump(node: str) -> Archy:
    return {"jumpToTask": {"name": f"Go to {node}", "targetTaskRef": f"/digitalBot/tasks/task[{node}]"}}


def _leave(name: str) -> Archy:
    return {"exitBotFlow": {"name": name}}


def _otherwise(node: str | None) -> Archy:
    return _jump(node) if node is not None else _leave("No way on")


def _switch(name: str, cases: list[Archy], otherwise: str | None) -> Archy:
    default = {"actions": [_otherwise(otherwise)]}
    return {"switch": {"name": name, "evaluate": {"firstTrue": {"cases": cases, "default": default}}}}


def _transfer(queue: str) -> Archy:
    """With every field that exports show; in digital flows the transfer ends the path."""
    return {
        "transferToAcd": {
            "name": f"To {queue}"[:200],
            "targetQueue": {"lit": {"name": queue}},
            "preTransferCommunication": texts.NOTHING,
            "failureTransferCommunication": texts.NOTHING,
            "priority": {"lit": 0},
            "preferredAgents": NO_VALUE,
            "languageSkill": NO_VALUE,
            "failureOutputs": {"errorType": NO_VALUE, "errorMessage": NO_VALUE},
        }
    }


def _given_up(node: MessagingNode) -> Archy:
    exit = {"enabled": True, "actions": [_otherwise(node.otherwise)]}
    return {"maxNoInputs": exit, "maxNoMatches": exit}


def _menu_question(node: MessagingNode) -> Archy:
    choices = node.choices or {}
    buttons = [{"lit": {"label": NO_VALUE, "value": {"lit": label}, "type": {"lit": "postback"}}} for label in choices]
    paths = [{"path": {"name": label, "actions": [_jump(to)]}} for label, to in choices.items()]
    question = texts.communication(node.ask or "")
    return {
        "digitalMenu": {
            "name": "Ask",
            "question": question,
            "noMatch": question,
            "selection": NO_VALUE,
            "knowledgeSearchResult": NO_VALUE,
            "chooser": {"lit": {**_SHELLS, "quickReplies": {"lit": {"buttons": {"lit": buttons}}}}},
            "outputs": {**_given_up(node), "paths": paths},
        }
    }


def _slot_question(name: str, node: MessagingNode) -> Archy:
    question = texts.communication(node.ask or "")
    cases = [
        {"case": {"value": {"exp": f"Slot.{_slot(name)} == {texts.quoted(label)}"}, "actions": [_jump(to)]}}
        for label, to in (node.choices or {}).items()
    ]
    return {
        "askForSlot": {
            "name": "Ask",
            "slot": {"name": _slot(name)},
            "question": question,
            "customValidation": NO_VALUE,
            "confirmationMode": {"lit": "never"},
            "noInput": question,
            "noMatch": question,
            "outputs": {
                "default": {"enabled": True, "actions": [_switch("Which answer", cases, node.otherwise)]},
                **_given_up(node),
            },
        }
    }


def _slot(node: str) -> str:
    """A slot's name must differ from its type's [third-party notes]."""
    return f"{node}_answer"


def _understanding(spec: MessagingFlowSpec, nodes: dict[str, MessagingNode]) -> Archy:
    asked = {name: node for name, node in nodes.items() if node.keywords}
    types = [
        {
            "name": f"{_slot(name)}_type",
            "description": "",
            "mechanism": {
                "type": "List",
                "restricted": True,
                "items": [
                    {"value": label, "synonyms": list((node.keywords or {}).get(label, ()))}
                    for label in node.choices or {}
                ],
            },
        }
        for name, node in asked.items()
    ]
    domain = {
        "intents": [],
        "entities": [{"name": _slot(name), "type": f"{_slot(name)}_type"} for name in asked],
        "entityTypes": types,
        "language": spec.language,
        "languageVersions": {},
    }
    return {"nluDomainVersion": domain, "mutedUtterances": []}


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

_SETTINGS: Final[Archy] = {
    "settingsErrorHandling": {
        "errorHandling": {"exit": NOBODY},
        "enableAgentEscalation": {"lit": False},
        "errorEventHandover": texts.NOTHING,
        "agentEscalationConfirmation": texts.NOTHING,
        "agentEscalationHandover": texts.NOTHING,
        "recognitionFailureEventHandover": texts.NOTHING,
        "recognitionFailureEventHandling": {"exit": NOBODY},
        "agentEscalationHandling": {"exit": NOBODY},
    },
    "settingsBotFlow": NOBODY,
    "settingsUserInput": {
        "noMatchesMax": {"lit": 3},
        "noInputsMax": {"lit": 3},
        "noInputsTimeout": {"lit": {"minutes": 1}},
        "endOfSessionMessage": texts.NOTHING,
        "confirmationRejectionsMax": {"lit": 3},
        "collectionLowConfidenceThreshold": {"lit": 20},
        "collectionHighConfidenceThreshold": {"lit": 70},
        "confirmationLowConfidenceThreshold": {"lit": 40},
        "noMatchApology": texts.NOTHING,
        "noInputApology": texts.NOTHING,
        "noToConfirmationApology": texts.NOTHING,
        "confirmationNoMatchApology": texts.NOTHING,
        "confirmationNoInputApology": texts.NOTHING,
    },
    "settingsKnowledge": NOBODY,
}
"""As exports of a bot without language understanding have them, with nothing to say."""
