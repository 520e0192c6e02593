"""Runs a bot flow turn by turn: from an input to what is said and what comes next.

Understands communicate, digitalMenu, askForSlot, updateData, decision, switch, jumpToTask, transferToAcd, exitBotFlow
and disconnect. Anything else
ends the session with the reason Error and a sentence that says what the stand-in cannot do. UNVERIFIED on the platform:
how a transfer inside a bot shows (here an exit by the flow), how often an answer is asked for again (here up to
`noMatchesMax`), and that texts are matched without regard to case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.answers import Json
from reconciler.sandbox.conversations import bot_expressions, bot_script
from reconciler.sandbox.conversations.bot_script import Action, NotUnderstood, Script

ACTIONS_MAX = 1000
"""More actions than this without a question are a ring."""


@dataclass(slots=True)
class Run:
    """One turn. `state` is kept between turns: `stack` of `[place, index]`, `asked` counters, `slots`."""

    script: Script
    state: Json
    queues: frozenset[str]
    segments: list[Json] = field(default_factory=list)

    def begin(self) -> Json:
        return self._guarded(self._begin)

    def answer(self, text: str | None) -> Json:
        """An answer to what was asked; None for silence."""
        return self._guarded(lambda: self._answer(text))

    def _guarded(self, step: Any) -> Json:
        try:
            return step()  # type: ignore[no-any-return]
        except NotUnderstood as reason:
            return self._ended("Disconnect", "Error", f"The sandbox cannot run {reason}.")

    def _begin(self) -> Json:
        self.state["stack"] = [[self.script.start(), 0]]
        self.state["variables"] = self.script.variables()
        return self._go_on()

    def _go_on(self) -> Json:
        """Carry out actions until one waits or ends the session."""
        for _ in range(ACTIONS_MAX):
            if not self.state["stack"]:
                return self._ended("Disconnect", "Error", "The bot ran past its last action.")
            place, index = self.state["stack"][-1]
            action = self.script.action(place, index)
            if action is None:
                self.state["stack"].pop()
                self._step()
                continue
            if (ended := self._carry_out(action)) is not None:
                return ended
        return self._ended("Disconnect", "Error", f"The bot made {ACTIONS_MAX} actions without a question.")

    def _step(self) -> None:
        if self.state["stack"]:
            self.state["stack"][-1][1] += 1

    def _carry_out(self, action: Action) -> Json | None:
        """The end of the turn, or None when the next action follows."""
        match action.tag:
            case "communicate":
                self._say(self._said(action.body.get("communication")))
                self._step()
                return None
            case "updateData":
                self._update(action)
                self._step()
                return None
            case "decision":
                holds = self._value(action.body.get("condition"))
                self._enter(["outputs", "yes" if holds else "no", "actions"])
                return None
            case "switch":
                self._enter(self._case(action))
                return None
            case "jumpToTask":
                self.state["stack"] = [[self.script.target(str(action.body.get("targetTaskRef"))), 0]]
                return None
            case "digitalMenu" | "askForSlot":
                self._ask(action, self._said(action.body.get("question")))
                self.state["asked"] = {"noMatch": 0, "noInput": 0}
                return self._waiting()
            case "transferToAcd":
                return self._transfer(action)
            case "exitBotFlow":
                return self._ended("Exit", "TriggeredByFlow", "")
            case "disconnect":
                return self._ended("Disconnect", "TriggeredByFlow", "")
            case _:
                raise NotUnderstood(f"the action {action.tag}")

    def _enter(self, branch: list[str | int]) -> None:
        """Into a branch of the current action; after it, or without it, the next action follows."""
        place, index = self.state["stack"][-1]
        action = self.script.action(place, index)
        assert action is not None  # noqa: S101 - it is being carried out
        self.state["stack"].append([[*place, index, action.tag, *branch], 0])

    def _case(self, action: Action) -> list[str | int]:
        """The first case of a switch that holds, else its default."""
        form = (action.body.get("evaluate") or {}).get("firstTrue")
        if not isinstance(form, dict):
            raise NotUnderstood(f"the switch {action.name!r}: it is no `firstTrue`")
        for number, item in enumerate(form.get("cases") or ()):
            if self._value(item["case"].get("value")):
                return ["evaluate", "firstTrue", "cases", number, "case", "actions"]
        return ["evaluate", "firstTrue", "default", "actions"]

    def _update(self, action: Action) -> None:
        for statement in action.body.get("statements") or ():
            ((_, body),) = statement.items()
            name, value = str(body.get("variable")), self._value(body.get("value"))
            if name.lower().startswith("slot."):
                self.state["slots"][name[len("slot.") :]] = value
            else:
                self.state["variables"][name.lower()] = value

    def _value(self, wrapped: Any) -> Any:
        if not isinstance(wrapped, dict) or "exp" not in wrapped:
            return wrapped.get("lit") if isinstance(wrapped, dict) else None
        slots = {f"slot.{name.lower()}": value for name, value in self.state["slots"].items()}
        return bot_expressions.evaluate(str(wrapped["exp"]), {**self.state["variables"], **slots})

    def _said(self, communication: Any) -> str:
        value = self._value(communication)
        return "" if value is None else str(value)

    def _transfer(self, action: Action) -> Json:
        queue = ((action.body.get("targetQueue") or {}).get("lit") or {}).get("name")
        if queue not in self.queues:
            raise NotUnderstood(f"a transfer to the queue {queue!r}")
        self._say(self._said(action.body.get("preTransferCommunication")))
        return self._ended("Exit", "TriggeredByFlow", f"transferToAcd {queue}")

    def _answer(self, text: str | None) -> Json:
        place, index = self.state["stack"][-1]
        action = self.script.action(place, index)
        assert action is not None  # noqa: S101 - it asked, so it is there
        branch = None if text is None else self._matched(action, text)
        if branch is not None:
            self.state["stack"].append([[*place, index, action.tag, "outputs", *branch, "actions"], 0])
            return self._go_on()
        return self._ask_again(action, "noInput" if text is None else "noMatch")

    def _matched(self, action: Action, text: str) -> list[str | int] | None:
        """The output that this answer takes, None for no match."""
        if action.tag == "digitalMenu":
            number = bot_script.chosen(action.body, text)
            return None if number is None else ["paths", number, "path"]
        slot = str((action.body.get("slot") or {}).get("name"))
        value = self.script.slot_value(slot, text)
        if value is None:
            return None
        self.state["slots"][slot] = value
        return ["default"]

    def _ask_again(self, action: Action, trouble: str) -> Json:
        asked = self.state["asked"]
        asked[trouble] += 1
        if asked[trouble] < self.script.asked_max(f"{'noMatches' if trouble == 'noMatch' else 'noInputs'}Max"):
            question = self._said(action.body.get(trouble)) or self._said(action.body.get("question"))
            self._ask(action, question)
            return self._waiting()
        output = "maxNoMatches" if trouble == "noMatch" else "maxNoInputs"
        if ((action.body.get("outputs") or {}).get(output) or {}).get("enabled"):
            place, index = self.state["stack"][-1]
            self.state["stack"].append([[*place, index, action.tag, "outputs", output, "actions"], 0])
            return self._go_on()
        self._say(self.script.handover("recognitionFailureEventHandover"))
        return self._ended("Exit", "RecognitionFailure", "")

    def _say(self, text: str) -> None:
        if text:
            self.segments.append({"text": text, "type": "Text"})

    def _ask(self, action: Action, question: str) -> None:
        if action.tag != "digitalMenu":
            self._say(question)
            return
        content = [
            {"contentType": "QuickReply", "quickReply": {"text": one.label, "payload": one.value, "action": "Message"}}
            for one in bot_script.choices(action.body)
        ]
        self.segments.append({"text": question, "type": "RichMedia", "content": content})

    def _waiting(self) -> Json:
        text = {"noInputTimeoutMilliseconds": self.script.no_input_milliseconds()}
        return {
            "nextActionType": "WaitForInput",
            "nextActionWaitForInput": {
                "modeConstraints": {"text": {**text, "languagePreferences": [self.state["language"]]}}
            },
        }

    def _ended(self, type: str, reason: str, explained: str) -> Json:
        self.state["ended"] = True
        body: Json = {"reason": reason}
        if explained:
            body["reasonExtendedInfo"] = explained
        if self.state["stack"]:
            place, index = self.state["stack"][-1]
            body["flowLocation"] = {"sequenceName": self.script.sequence(place), "actionNumber": index + 1}
            if isinstance(action := next(iter(self.script.actions(place)[index : index + 1]), None), dict):
                body["flowLocation"]["actionName"] = str(next(iter(action.values())).get("name", ""))
        if type == "Exit":
            body |= {"outputData": {"variables": dict(self.state["slots"])}, "flowOutcomes": []}
        return {"nextActionType": type, f"nextAction{type}": body}
