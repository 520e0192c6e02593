"""A checked Menu as the Archy document of an inbound call flow.

Only constructs that real exports show, apart from `unverified`: one top-level menu per declared menu, choices as
`menuDisconnect` or `menuTask`, moves between menus as `jumpToMenu`, opening hours as a start-up task. Order and ids
follow from the manifest alone, so the same Menu always gives the same text.

- Menus no caller reaches are left out, so that nothing in the flow is dead; a warning says so.
- `back` is `jumpToMenu` to the parent, the menu on the shortest path from the start. Architect's `previousMenu` is not
  used: inside the task of a choice it may mean the menu of that very choice.
- `onNoInput` is the menu's default choice, which Architect takes after the last repeat for silence and wrong keys
  alike. A default choice must be one of the menu's choices, and a choice without a key is refused by the engine. So an
  existing choice that does the same is pointed at; failing that, a choice on a key the menu does not use is added. A
  caller who presses that spare key gets there at once instead of after the repeats. Keys callers seldom press come
  first, star and pound last because `unverified` covers them.
- Hanging up without a word is what Architect does by itself when there is no default choice.
- Extension dialling is off: no Menu offers it, and with it every key press would wait a second for more digits.
"""

from __future__ import annotations

from typing import Any, Final

from reconciler.kinds.call_route.normal import e164
from reconciler.kinds.menu import unverified
from reconciler.kinds.menu.fields import Voicemail
from reconciler.kinds.menu.graph import Graph
from reconciler.kinds.menu.spec import Action, Audio, Hours, Key, MenuSpec, Node, Transfer

Archy = dict[str, Any]

KEY_ORDER: Final = "1234567890*#"
SPARE_ORDER: Final = "9876543210#*"
HOURS_NAME: Final = "Opening hours"
HOURS_REF: Final = "opening_hours"
GREETING: Final = "initialGreeting"
NO_INPUT: Final = "No input"
SAY: Final = "Say"
_NAME_MAX: Final = 200
"""Longest action name [Architect engine bundle 0.0.18]."""


def compile_menu(name: str, spec: MenuSpec, graph: Graph, *, division: str | None) -> Archy:
    """The document, root key included. The Menu must have passed every check."""
    flow: Archy = {"name": name}
    if spec.description:
        flow["description"] = spec.description
    if division is not None:
        flow["division"] = division
    flow["defaultLanguage"] = spec.language
    if spec.languages is not None:
        flow["supportedLanguages"] = {
            language: {"defaultLanguageSkill": {"noValue": True}} for language in spec.languages
        }
    flow["startUpRef"] = f"/inboundCall/tasks/task[{HOURS_REF}]" if spec.hours else _menu_ref(spec.start)
    if spec.greeting is not None:
        flow[GREETING] = _audio(spec.greeting)
    flow["settingsMenu"] = {"listenForExtensionDialing": {"lit": False}}
    flow["menus"] = [{"menu": _menu(menu, node, graph)} for menu, node in spec.menus.items() if menu in graph.parents]
    if spec.hours is not None:
        flow["tasks"] = [{"task": _opening_hours(spec.hours, spec.start)}]
    return {"inboundCall": flow}


def spare_key(menu: str, node: Node, graph: Graph) -> str | None:
    """The unused key that carries `onNoInput`; None when none is needed. Raises LookupError when all are taken."""
    if node.on_no_input is None or _is_silent_hangup(node.on_no_input) or _twin(menu, node, graph) is not None:
        return None
    free = [key for key in SPARE_ORDER if key not in node.keys]
    if not free:
        raise LookupError(menu)
    return free[0]


def _menu(menu: str, node: Node, graph: Graph) -> Archy:
    body: Archy = {"name": menu, "refId": menu, "audio": _audio(node.ask)}
    settings: Archy = {}
    if node.timeout is not None:
        settings["menuSelectionTimeout"] = {"lit": _duration(node.timeout)}
    if node.repeats is not None:
        settings["repeatCount"] = {"lit": node.repeats}
    if settings:
        body["settingsMenu"] = settings
    twin = _twin(menu, node, graph)
    body["choices"] = []
    for key in sorted(node.keys, key=KEY_ORDER.index):
        ref = f"key_{_spelled(key)}" if key == twin else None
        body["choices"].append(_choice(node.keys[key], key, menu, graph, ref))
    spare = spare_key(menu, node, graph)
    if spare is not None and node.on_no_input is not None:
        body["choices"].append(_choice(node.on_no_input, spare, menu, graph, "no_input"))
    if twin is not None or spare is not None:
        ref = "no_input" if twin is None else f"key_{_spelled(twin)}"
        body["defaultChildMenuRef"] = f"./choices/menuTask[{ref}]"
    return body


def choice_name(action: Action, key: str) -> str:
    """What a choice is called in Architect."""
    return (action.name if isinstance(action, Key) and action.name else f"Key {key}")[:_NAME_MAX]


def dtmf(key: str) -> str:
    """What a key is called in Architect."""
    return unverified.DTMF.get(key, f"digit_{key}")


def _choice(action: Action, key: str, menu: str, graph: Graph, ref: str | None) -> Archy:
    body: Archy = {"name": NO_INPUT if ref == "no_input" else choice_name(action, key)}
    if ref is not None:
        body["refId"] = ref
    body["dtmf"] = dtmf(key)
    if _is_silent_hangup(action):
        return {"menuDisconnect": body}
    body["task"] = {"actions": _actions(action, menu, graph)}
    return {"menuTask": body}


def _twin(menu: str, node: Node, graph: Graph) -> str | None:
    """The key that already does what `onNoInput` asks for, first in telephone order."""
    if node.on_no_input is None or _is_silent_hangup(node.on_no_input):
        return None
    wanted = _actions(node.on_no_input, menu, graph)
    keys = sorted(node.keys, key=KEY_ORDER.index)
    return next((key for key in keys if _actions(node.keys[key], menu, graph) == wanted), None)


def _is_silent_hangup(action: Action) -> bool:
    return bool(action.hangup) and action.say is None and action.prompt is None and action.language is None


def _actions(action: Action, menu: str, graph: Graph) -> list[Archy]:
    """What happens to the caller, step by step. It always ends the path, as the engine demands."""
    steps: list[Archy] = []
    if action.language is not None:
        steps.append(unverified.speak(speak_name(action.language), action.language))
    if action.say is not None or action.prompt is not None:
        steps.append({"playAudio": {"name": SAY, "audio": _audio(action)}})
    if action.transfer is not None:
        # A transfer that works leaves the flow; what follows runs only when it failed [facts of real exports].
        steps.append(_transfer(action.transfer))
        failure = action.transfer.on_failure
        return steps + (_actions(failure, menu, graph) if failure is not None else [_HANG_UP])
    if action.hangup:
        return [*steps, _HANG_UP]
    return [*steps, _go_to(jump_target(action, menu, graph))]


def jump_target(action: Action, menu: str, graph: Graph) -> str:
    """The menu that an action of a menu leads to, when it neither transfers nor hangs up."""
    return action.menu or (menu if action.verb == "repeat" else graph.parents[menu])


def go_name(menu: str) -> str:
    """What a jump to a menu is called in Architect."""
    return f"Go to {menu}"


def _go_to(menu: str) -> Archy:
    return {"jumpToMenu": {"name": go_name(menu), "targetMenuRef": _menu_ref(menu)}}


_HANG_UP: Final[Archy] = {"disconnect": {"name": "Hang up"}}


def transfer_name(transfer: Transfer) -> str:
    """What a transfer is called in Architect."""
    value = getattr(transfer, transfer.target)
    if isinstance(value, Voicemail):
        return "Take a message"
    shown = e164(value) or value if transfer.target == "number" else value
    return f"Transfer to {shown}"[:_NAME_MAX]


def speak_name(language: str) -> str:
    """What a change of language is called in Architect."""
    return f"Speak {language}"


def _transfer(transfer: Transfer) -> Archy:
    target = transfer.target
    value = getattr(transfer, target)
    if isinstance(value, Voicemail):
        return {"transferToVoicemail": {"name": transfer_name(transfer), "destination": _mailbox(value)}}
    if target == "number":
        value = e164(value) or value
    name = transfer_name(transfer)
    if target == "queue":
        return {"transferToAcd": {"name": name, "targetQueue": {"lit": {"name": value}}}}
    if target == "flow":
        return {"transferToFlow": {"name": name, "targetFlow": {"name": value}}}
    return {"number": unverified.to_number, "user": unverified.to_user, "group": unverified.to_group}[target](
        name, value
    )


def _mailbox(voicemail: Voicemail) -> Archy:
    if voicemail.user is not None:
        return unverified.voicemail_of_user(voicemail.user)
    if voicemail.group is not None:
        return unverified.voicemail_of_group(voicemail.group)
    return {
        "queue": {
            "targetQueue": {"lit": {"name": voicemail.queue}},
            "callbackNumber": {"exp": "ToPhoneNumber(Call.Ani)"},
            "calleeName": {"noValue": True},
            "voicemailGreeting": {"prompt": "PromptSystem.voicemail_greeting"},
        }
    }


def _opening_hours(hours: Hours, start: str) -> Archy:
    """The start-up task. All four branches are there and end, so nothing falls through to the platform's defaults."""
    nowhere = Graph({}, {})
    branches = {
        "open": [_go_to(start)],
        "closed": _actions(hours.closed, "", nowhere),
        "holiday": _actions(hours.holiday or hours.closed, "", nowhere),
        "emergency": _actions(hours.emergency or hours.closed, "", nowhere),
    }
    emergency = unverified.NO_EMERGENCY_GROUP
    if hours.emergency_group is not None:
        escaped = hours.emergency_group.replace("\\", "\\\\").replace('"', '\\"')
        emergency = {"exp": f'FindEmergencyGroup("{escaped}")'}
    check: Archy = {
        "name": HOURS_NAME,
        "inServiceSchedules": {"noValue": True},
        "evaluate": {"now": True},
        "scheduleGroup": unverified.schedule_group(hours.schedule_group),
        "emergencyGroup": emergency,
        "outputs": {name: {"actions": steps} for name, steps in branches.items()},
    }
    return {"name": HOURS_NAME, "refId": HOURS_REF, "actions": [{"evaluateScheduleGroup": check}]}


def _audio(heard: Audio | Action) -> Archy:
    return {"tts": heard.say} if heard.say is not None else {"prompt": f"Prompt.{heard.prompt}"}


def _duration(seconds: float) -> Archy:
    return {"seconds": int(seconds)} if float(seconds).is_integer() else {"ms": round(seconds * 1000)}


def _menu_ref(menu: str) -> str:
    return f"/inboundCall/menus/menu[{menu}]"


def _spelled(key: str) -> str:
    return {"*": "star", "#": "pound"}.get(key, key)
