"""A checked MessagingFlow as two Archy documents: a digital bot that converses, and the message flow that calls it.

One task per node, so that a node is found again in Architect by its name; ids and order follow from the manifest alone,
so the same manifest always gives the same text. What the bot says of its own accord is empty: it would be English in
every language. Nodes that no conversation reaches are left out.

- `asking` has the questions.
- Everything ends in a transfer, or in `exitBotFlow`, after which the message flow disconnects.
"""

from __future__ import annotations

from typing import Final

from reconciler.kinds.messaging_flow import asking, graph, texts, unverified
from reconciler.kinds.messaging_flow.asking import NO_VALUE, Archy
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingNode, Step

NOBODY: Final = {"none": True}
WHICH_WAY: Final = "Which way"


def bot_name(name: str) -> str:
    """The digital bot behind a MessagingFlow."""
    return f"{name} bot"


def compile_bot(name: str, spec: MessagingFlowSpec, *, division: str | None) -> Archy:
    """The digital bot, root key included. The manifest must have passed every check."""
    there, returning = graph.reached(spec), graph.returning(spec)
    nodes = {node: body for node, body in spec.nodes.items() if node in there}
    flow = _head(bot_name(name), spec, division)
    flow["startUpRef"] = "/digitalBot/bots/bot[start]"
    if variables := _variables(spec, nodes):
        flow["variables"] = variables
    flow |= _SETTINGS
    flow["bots"] = [{"bot": {"name": "Start", "refId": "start", "actions": [asking.jump(spec.start)]}}]
    flow["tasks"] = [{"task": _task(spec, node, body, comes_again=node in returning)} for node, body in nodes.items()]
    flow["settingsNaturalLanguageUnderstanding"] = asking.understanding(spec, nodes)
    return {"digitalBot": flow}


def compile_message_flow(name: str, spec: MessagingFlowSpec, *, division: str | None) -> Archy:
    """The inbound message flow, root key included: it hands every message to the bot."""
    inputs: Archy = {f"Flow.{name}": unverified.EMPTY_INPUT for name in texts.handed_over(spec)}
    if texts.uses_channel(spec):
        inputs[texts.CHANNEL] = {"exp": unverified.CHANNEL}
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
    found += [variable(f"Flow.{name}", {"lit": ""}, is_input=True) for name in texts.handed_over(spec)]
    found += [variable(f"Slot.{asking.slot(name)}", NO_VALUE) for name, node in nodes.items() if node.takes_words]
    if texts.uses_channel(spec):
        found.append(variable(texts.CHANNEL, NO_VALUE, is_input=True))
    return [{"stringVariable": one} for one in sorted(found, key=lambda one: one["name"].casefold())]


def _task(spec: MessagingFlowSpec, name: str, node: MessagingNode, *, comes_again: bool) -> Archy:
    actions = [_step(step, number) for number, step in enumerate(node.steps, start=1)]
    return {"name": name, "refId": name, "actions": [*actions, *_way_on(spec, name, node, comes_again=comes_again)]}


def step_name(step: Step, number: int) -> str:
    """What the step of this number, from 1, is called in Architect."""
    return f"{'Set' if step.say is None else 'Say'} {number}"


def _step(step: Step, number: int) -> Archy:
    if step.say is not None:
        return {"communicate": {"name": step_name(step, number), "communication": texts.communication(step.say)}}
    statements = [
        {"string": {"variable": f"Flow.{name}", "value": texts.value(value)}}
        for name, value in (step.set or {}).items()
    ]
    return {"updateData": {"name": step_name(step, number), "statements": statements}}


def _way_on(spec: MessagingFlowSpec, name: str, node: MessagingNode, *, comes_again: bool) -> list[Archy]:
    if node.when is not None:
        cases = [{"case": {"value": {"exp": texts.test(one)}, "actions": [asking.jump(one.go)]}} for one in node.when]
        return [asking.switch(WHICH_WAY, cases, node.otherwise)]
    if node.transfer is not None:
        return [_transfer(node.transfer.queue)]
    if node.ask is not None:
        if not node.takes_words:
            return [asking.by_choice(node), asking.leave("Not answered")]
        forget = [unverified.forget(f"Slot.{asking.slot(name)}")] if comes_again else []
        return [*forget, asking.by_words(spec, name, node), asking.leave("Not answered")]
    return [asking.jump(node.next) if node.next is not None else asking.leave("The end")]


def transfer_name(queue: str) -> str:
    """What a transfer is called in Architect."""
    return f"To {queue}"[:200]


def _transfer(queue: str) -> Archy:
    """With every field that exports show; in digital flows the transfer ends the path."""
    return {
        "transferToAcd": {
            "name": transfer_name(queue),
            "targetQueue": {"lit": {"name": queue}},
            "preTransferCommunication": texts.NOTHING,
            "failureTransferCommunication": texts.NOTHING,
            "priority": {"lit": 0},
            "preferredAgents": NO_VALUE,
            "languageSkill": NO_VALUE,
            "failureOutputs": {"errorType": NO_VALUE, "errorMessage": NO_VALUE},
        }
    }


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
