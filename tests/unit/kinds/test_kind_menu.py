from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.architect import canonical, checks, flow, walk
from reconciler.documents.load import ARCHY, load
from reconciler.model import identity
from reconciler.model.policy import Policy

HEAD = "apiVersion: reconciler/v1\nkind: Menu\nmetadata: {name: Service}\nspec:\n"


def menu(keys: str, *, rest: str = "", node: str = "", menus: str = "") -> str:
    """A Menu with one menu `main`; `node` adds keys to it, `menus` further menus, `rest` further keys of the spec."""
    text = HEAD + f"  start: main\n  menus:\n    main: {{ask: {{say: Hi}}, keys: {{{keys}}}{node}}}\n"
    return (
        text + "".join(f"    {line}\n" for line in menus.splitlines()) + "".join(f"  {x}\n" for x in rest.splitlines())
    )


def compiled(normalise, text: str):
    normal, problems = normalise(text)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    content = normal.resources[0].assets["yaml"].content
    loaded = load(content, "made.yaml", ARCHY)
    assert loaded.problems == ()
    parsed, found = flow.parse(loaded.documents[0])
    # A Menu that no key leads out of is told as one, at its own place; what it compiles to has the same flaw.
    assert [one for one in [*found, *checks.check(parsed)] if one.code != "REC1437"] == []
    assert normal.resources[0].spec == {"document": canonical.canonical(loaded.documents[0].value)}
    return loaded.documents[0].value["inboundCall"]


def choices(body, number: int = 0):
    return body["menus"][number]["menu"]["choices"]


def actions(body, key: str):
    """The steps behind a key of the first menu."""
    for choice in choices(body):
        for inner in choice.values():
            if inner["dtmf"] == key:
                return [next(iter(step)) for step in inner.get("task", {}).get("actions", [])]
    raise AssertionError(key)


def test_a_menu_compiles_to_the_safe_subset(normalise):
    text = menu(
        '"2": {name: Sales, say: One moment, transfer: {queue: Sales, onFailure: {say: Sorry, menu: main}}}, '
        '"1": {menu: more}, "*": {repeat: true}, "9": {hangup: true}',
        node=", timeout: 10s, repeats: 2",
        menus='more: {ask: {prompt: options}, keys: {"#": {back: true}}}',
        rest="language: en-us\ngreeting: {prompt: welcome}\ndescription: Front door",
    )
    assert compiled(normalise, text) == {
        "name": "Service",
        "description": "Front door",
        "defaultLanguage": "en-us",
        "startUpRef": "/inboundCall/menus/menu[main]",
        "initialGreeting": {"prompt": "Prompt.welcome"},
        "settingsMenu": {"listenForExtensionDialing": {"lit": False}},
        "menus": [
            {
                "menu": {
                    "name": "main",
                    "refId": "main",
                    "audio": {"tts": "Hi"},
                    "settingsMenu": {"menuSelectionTimeout": {"lit": {"seconds": 10}}, "repeatCount": {"lit": 2}},
                    "choices": [
                        {"menuTask": {"name": "Key 1", "dtmf": "digit_1", "task": {"actions": [jump("more")]}}},
                        {
                            "menuTask": {
                                "name": "Sales",
                                "dtmf": "digit_2",
                                "task": {
                                    "actions": [
                                        {"playAudio": {"name": "Say", "audio": {"tts": "One moment"}}},
                                        {
                                            "transferToAcd": {
                                                "name": "Transfer to Sales",
                                                "targetQueue": {"lit": {"name": "Sales"}},
                                            }
                                        },
                                        {"playAudio": {"name": "Say", "audio": {"tts": "Sorry"}}},
                                        jump("main"),
                                    ]
                                },
                            }
                        },
                        {"menuDisconnect": {"name": "Key 9", "dtmf": "digit_9"}},
                        {"menuTask": {"name": "Key *", "dtmf": "digit_*", "task": {"actions": [jump("main")]}}},
                    ],
                }
            },
            {
                "menu": {
                    "name": "more",
                    "refId": "more",
                    "audio": {"prompt": "Prompt.options"},
                    "choices": [
                        {"menuTask": {"name": "Key #", "dtmf": "digit_#", "task": {"actions": [jump("main")]}}}
                    ],
                }
            },
        ],
    }


def jump(menu: str):
    return {"jumpToMenu": {"name": f"Go to {menu}", "targetMenuRef": f"/inboundCall/menus/menu[{menu}]"}}


def test_the_text_names_its_source_and_quotes_what_yaml_readers_disagree_about(normalise):
    normal, _ = normalise(menu('"1": {say: "no", hangup: true}, "#": {say: "0o17: yes # 1:30\\nnext", repeat: true}'))
    text = normal.resources[0].assets["yaml"].content.decode()
    assert text.startswith('# Made from m.yaml (Menu "Service"). Edit that file, not this one.\n')
    assert "tts: 'no'" in text
    assert '"digit_#"' in text
    assert '"0o17: yes # 1:30\\nnext"' in text


def test_the_same_menu_always_gives_the_same_bytes(normalise):
    text = menu('"1": {menu: main}, "2": {transfer: {queue: Q}}')
    reordered = menu('"2": {transfer: {queue: Q}}, "1": {menu: main}')
    first, again = (normalise(text)[0].resources[0] for _ in range(2))
    assert first.assets["yaml"].content == again.assets["yaml"].content
    assert first.digest == normalise(reordered)[0].resources[0].digest


# What happens without input.


@pytest.mark.parametrize(
    ("keys", "no_input", "expected"),
    [
        # The engine hangs up by itself.
        ('"1": {menu: main}', None, None),
        ('"1": {menu: main}', "{hangup: true}", None),
        # A key that does the same is pointed at; its name does not matter.
        ('"1": {name: Again, repeat: true}', "{menu: main}", "key_1"),
        ('"5": {say: Bye, hangup: true}, "#": {say: Bye, hangup: true}', "{say: Bye, hangup: true}", "key_5"),
        # Otherwise a spare key carries it.
        ('"1": {menu: main}', "{say: Bye, hangup: true}", "no_input"),
    ],
)
def test_on_no_input_is_the_default_choice(normalise, keys, no_input, expected):
    body = compiled(normalise, menu(keys, node=f", onNoInput: {no_input}" if no_input else ""))
    default = body["menus"][0]["menu"].get("defaultChildMenuRef")
    assert default == (f"./choices/menuTask[{expected}]" if expected else None)


@pytest.mark.parametrize(("used", "spare"), [("123", "digit_9"), ("12349", "digit_8"), ("1234567890", "digit_#")])
def test_the_spare_key_is_one_nobody_is_told_to_press(normalise, used, spare):
    keys = ", ".join(f'"{key}": {{menu: main}}' for key in used)
    body = compiled(normalise, menu(keys, node=", onNoInput: {say: Bye, hangup: true}"))
    last = choices(body)[-1]["menuTask"]
    assert (last["name"], last["dtmf"], last["refId"]) == ("No input", spare, "no_input")


def test_without_any_free_key_it_is_an_error(codes):
    keys = ", ".join(f'"{key}": {{menu: main}}' for key in "1234567890*#")
    node = ", onNoInput: {say: Bye, hangup: true}"
    assert codes(menu(keys, node=node)) == ["REC1608"]
    same = keys.replace('"7": {menu: main}', '"7": {say: Bye, hangup: true}')
    assert codes(menu(same, node=node)) == []


# Transfers.


@pytest.mark.parametrize(
    ("transfer", "steps"),
    [
        ("{queue: Q}", ["transferToAcd", "disconnect"]),
        ("{flow: F}", ["transferToFlow", "disconnect"]),
        ('{number: "+1 317 555 0150"}', ["transferToNumber", "disconnect"]),
        ("{user: Pat}", ["transferToUser", "disconnect"]),
        ("{group: G}", ["transferToGroup", "disconnect"]),
        ("{voicemail: Q}", ["transferToVoicemail", "disconnect"]),
        ("{voicemail: {user: Pat}}", ["transferToVoicemail", "disconnect"]),
        ("{queue: Q, onFailure: {hangup: true}}", ["transferToAcd", "disconnect"]),
        ("{queue: Q, onFailure: {say: Sorry, repeat: true}}", ["transferToAcd", "playAudio", "jumpToMenu"]),
        (
            "{queue: Q, onFailure: {transfer: {voicemail: Q, onFailure: {menu: main}}}}",
            ["transferToAcd", "transferToVoicemail", "jumpToMenu"],
        ),
    ],
)
def test_a_transfer_is_followed_by_what_happens_when_it_fails(normalise, transfer, steps):
    assert actions(compiled(normalise, menu(f'"1": {{transfer: {transfer}}}')), "digit_1") == steps


def test_a_number_reaches_the_flow_in_e164_form(normalise):
    body = compiled(normalise, menu('"1": {transfer: {number: "+1 (317) 555-0150"}}'))
    step = choices(body)[0]["menuTask"]["task"]["actions"][0]["transferToNumber"]
    assert step["targetNumber"] == {"exp": 'ToPhoneNumber("+13175550150")'}


# Opening hours and the route.


def test_opening_hours_are_a_start_up_task_with_four_branches_that_all_end(normalise):
    rest = "hours: {scheduleGroup: Office, closed: {say: Closed, hangup: true}, holiday: {menu: main}}"
    body = compiled(normalise, menu('"1": {hangup: true}', rest=rest))
    assert body["startUpRef"] == "/inboundCall/tasks/task[opening_hours]"
    (check,) = body["tasks"][0]["task"]["actions"]
    outputs = check["evaluateScheduleGroup"]["outputs"]
    assert {name: [next(iter(step)) for step in branch["actions"]] for name, branch in outputs.items()} == {
        "open": ["jumpToMenu"],
        "closed": ["playAudio", "disconnect"],
        "holiday": ["jumpToMenu"],
        "emergency": ["playAudio", "disconnect"],
    }
    assert check["evaluateScheduleGroup"]["scheduleGroup"] == {"lit": {"name": "Office"}}


def test_an_emergency_group_is_looked_up_by_name(normalise):
    rest = (
        "hours: {scheduleGroup: O, closed: {hangup: true}, emergency: {hangup: true}, emergencyGroup: 'The \"Storm\"'}"
    )
    body = compiled(normalise, menu('"1": {hangup: true}', rest=rest))
    check = body["tasks"][0]["task"]["actions"][0]["evaluateScheduleGroup"]
    assert check["emergencyGroup"] == {"exp": 'FindEmergencyGroup("The \\"Storm\\"")'}


def test_a_route_makes_a_call_route_that_is_always_open(normalise):
    normal, problems = normalise(menu('"1": {transfer: {queue: Q}}', rest='route: {dnis: ["+1 317 555 0100"]}'))
    assert problems == []
    flow_, route = normal.resources
    assert (flow_.key, route.key) == (identity.flow("inboundCall", "Service"), identity.call_route("Service"))
    assert route.spec == {
        "description": "",
        "dnis": ["+13175550100"],
        "open": "Service",
        "closed": None,
        "holiday": None,
        "scheduleGroup": None,
    }
    assert {flow_.declared_by, route.declared_by} == {"Menu/Service"}


def test_what_a_menu_names_is_referenced_where_it_is_written(normalise):
    text = menu(
        '"1": {prompt: a, transfer: {queue: Q, onFailure: {transfer: {flow: F}}}}, "2": {transfer: {user: U}}, '
        '"3": {transfer: {group: G}}, "4": {transfer: {voicemail: {group: V}}}',
        rest="greeting: {prompt: b}\nhours: {scheduleGroup: S, closed: {prompt: c, hangup: true}}",
    )
    normal, _ = normalise(text)
    found = {(item.kind, item.name, item.type) for item in normal.resources[0].externals}
    assert found == {
        ("Prompt", "a", ""),
        ("Prompt", "b", ""),
        ("Prompt", "c", ""),
        ("Queue", "Q", ""),
        ("Flow", "F", "inboundCall"),
        ("User", "U", ""),
        ("Group", "G", ""),
        ("Group", "V", ""),
        ("ScheduleGroup", "S", ""),
    }
    lines = text.splitlines()
    for item in normal.resources[0].externals:
        assert lines[item.location.line - 1][item.location.column - 1 :].startswith(item.name)


# What can be wrong.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (menu('"1": {menu: mian}'), ["REC1601"]),
        (menu('"1": {transfer: {queue: Q, onFailure: {menu: nowhere}}}'), ["REC1601"]),
        (menu('"1": {hangup: true}').replace("start: main", "start: mian"), ["REC1601"]),
        (menu('"1": {hangup: true}', menus='b: {ask: {say: B}, keys: {"1": {hangup: true}}}'), ["REC1602"]),
        (menu('"1": {back: true}'), ["REC1604", "REC1606"]),
        (menu('"1": {transfer: {queue: Q, onFailure: {back: true}}}'), ["REC1604"]),
        (menu('"1": {repeat: true}'), ["REC1606"]),
        (menu('"1": {hangup: true}', node=", onNoInput: {repeat: true}"), ["REC1607"]),
        (menu('"1": {hangup: true}', rest="adaptive: {queue: Q}"), ["REC1609"]),
        (menu('"1": {hangup: true}', rest="hours: {scheduleGroup: S, closed: {repeat: true}}"), ["REC1610"]),
        (
            menu(
                '"1": {hangup: true}',
                rest="hours: {scheduleGroup: S, closed: {hangup: true}, emergency: {hangup: true}}",
            ),
            ["REC1611"],
        ),
        (menu('"1": {menu: Main}', menus='Main: {ask: {say: B}, keys: {"1": {hangup: true}}}'), ["REC1612"]),
        (menu('"1": {transfer: {number: "555"}}'), ["REC1107"]),
        (menu('"1": {hangup: true, repeat: true}'), ["REC1107"]),
        (menu('"1": {say: Hi}'), ["REC1107"]),
        (menu('"1": {say: Hi, prompt: hi, hangup: true}'), ["REC1107"]),
        (menu('"1": {transfer: {queue: Q, user: U}}'), ["REC1107"]),
        (menu('"1": {transfer: {}}'), ["REC1107"]),
        (menu('"1": {hangup: false}'), ["REC1107"]),
        (menu('"10": {hangup: true}'), ["REC1107"]),
        (menu(""), ["REC1107"]),
        (menu('"1": {hangup: true}', node=", timeout: 61s"), ["REC1107"]),
        (menu('"1": {hangup: true}', node=", timeout: 500ms"), ["REC1107"]),
        (menu('"1": {hangup: true}', node=", timeout: 10"), ["REC1107"]),
        (menu('"1": {hangup: true}', node=", repeats: 11"), ["REC1107"]),
        (menu('"1": {hangup: true}', node=", repeat: 2"), ["REC1104"]),
        (menu('"1": {hangup: true}', rest="language: EN_us"), ["REC1107"]),
        (menu('"1": {hangup: true}', rest='route: {dnis: ["5550100"]}'), ["REC1107"]),
        (menu('"1": {hangup: true}', rest='scenarios: [{name: a, press: "x", expect: {hangup: true}}]'), ["REC1107"]),
        (menu('"1": {hangup: true}', rest='scenarios: [{name: a, press: "1", expect: {}}]'), ["REC1107"]),
        (menu('"1": {hangup: true}', rest='scenarios: [{name: a, press: "1", expect: {menu: x}}]'), ["REC1601"]),
        (menu('"1": {hangup: true}').replace("name: Service", "name: a/b"), ["REC1109"]),
        (menu('"1": {hangup: true}').replace("name: Service", "name: a-debug"), ["REC1109"]),
        (menu('"1": {hangup: true}').replace("name: Service", r'name: "a\nb"'), ["REC1109"]),
        (menu('"1": {hangup: true}').replace("    main:", "    1main:"), ["REC1107"]),
    ],
)
def test_each_mistake_has_its_code(codes, text, expected):
    assert codes(text) == expected


def chain(depth: int) -> str:
    return "\n".join(f'm{n}: {{ask: {{say: x}}, keys: {{"1": {{menu: m{n + 1}}}}}}}' for n in range(2, depth)) + (
        f'\nm{depth}: {{ask: {{say: x}}, keys: {{"1": {{hangup: true}}}}}}'
    )


def test_depth_is_the_shortest_way_from_the_start(normalise, codes):
    assert codes(menu('"1": {menu: m2}', menus=chain(5))) == []
    _, problems = normalise(menu('"1": {menu: m2}', menus=chain(6)))
    assert [problem.code for problem in problems] == ["REC1603"]
    assert "main -> m2 -> m3 -> m4 -> m5 -> m6" in problems[0].message
    assert codes(menu('"1": {menu: m2}, "2": {menu: m4}', menus=chain(6))) == []
    detour = 'a: {ask: {say: x}, keys: {"1": {menu: m6}}}\n' + chain(6)
    assert codes(menu('"1": {menu: a}, "2": {menu: m2}', menus=detour)) == []
    assert codes(menu('"1": {menu: m2}', menus=chain(3)), policy=Policy(menu_max_depth=2)) == ["REC1603"]


def test_back_leads_to_the_parent_and_says_so_when_callers_come_from_elsewhere_too(codes, normalise):
    menus = (
        'a: {ask: {say: A}, keys: {"1": {menu: b}}}\nb: {ask: {say: B}, keys: {"#": {back: true}, "1": {hangup: true}}}'
    )
    assert codes(menu('"1": {menu: a}', menus=menus)) == []
    assert codes(menu('"1": {menu: a}, "2": {menu: b}', menus=menus)) == ["REC1605"]
    body = compiled(normalise, menu('"1": {menu: a}', menus=menus))
    assert choices(body, 2)[1]["menuTask"]["task"]["actions"] == [jump("a")]


def test_menus_below_that_return_the_caller_do_not_make_back_ambiguous(codes):
    menus = (
        'a: {ask: {say: A}, keys: {"1": {menu: b}, "#": {back: true}}}\n'
        'b: {ask: {say: B}, keys: {"1": {menu: a}, "2": {hangup: true}}}'
    )
    assert codes(menu('"1": {menu: a}', menus=menus)) == []


def test_menus_nobody_reaches_are_left_out(normalise):
    menus = 'b: {ask: {say: B}, onNoInput: {back: true}, keys: {"1": {back: true}}}'
    body = compiled(normalise, menu('"1": {hangup: true}', menus=menus))
    assert [item["menu"]["name"] for item in body["menus"]] == ["main"]


def test_silent_callers_handed_round_are_noticed(normalise):
    menus = 'b: {ask: {say: B}, keys: {"1": {hangup: true}}, onNoInput: {back: true}}'
    _, problems = normalise(menu('"1": {hangup: true}', node=", onNoInput: {menu: b}", menus=menus))
    assert [problem.code for problem in problems] == ["REC1607"]
    assert "main -> b -> main" in problems[0].message


def test_the_example_of_the_design_compiles(normalise):
    text = (
        HEAD.replace("Service", "Customer Service")
        + """  language: en-us
  greeting: {prompt: main_menu_welcome}
  start: main
  menus:
    main:
      ask: {say: "For sales press one, for billing press two."}
      timeout: 10s
      repeats: 2
      onNoInput: {transfer: {queue: Support}}
      keys:
        "1": {name: Sales, transfer: {queue: Sales, onFailure: {menu: main}}}
        "2": {menu: billing}
        "*": {repeat: true}
        "9": {say: Goodbye, hangup: true}
    billing: {ask: {prompt: billing_options}, keys: {"1": {transfer: {queue: Billing}}, "#": {back: true}}}
  hours: {scheduleGroup: Office hours, closed: {say: We are closed., hangup: true}, holiday: {hangup: true}}
  route: {dnis: ["+13175550100"]}
  scenarios:
    - {name: billing, press: "2 1", expect: {queue: Billing}}
    - {name: silence, press: "t t t", expect: {queue: Support}}
"""
    )
    assert compiled(normalise, text)["menus"][0]["menu"]["defaultChildMenuRef"] == "./choices/menuTask[no_input]"


@pytest.mark.parametrize(
    "say",
    [
        "# hash",
        "a: b",
        "- x",
        "yes",
        "1e3",
        "'q'",
        '"d"',
        "tab\tx",
        "é 😀",
        "{{x}}",
        "[a",
        "a\nb\n",
        " x ",
        "&a *b !c",
        "%",
        "@",
        "=",
        "~",
        "null",
        "0x1F",
        "1_000",
        "2024-01-01",
        "\\n",
        "\u2028",
    ],
)
def test_whatever_is_said_comes_back_as_it_was(normalise, say):
    written = json.dumps(say, ensure_ascii=len(say) == 1)
    normal, problems = normalise(menu(f'"1": {{say: {written}, hangup: true}}'))
    if problems:
        return  # refused before anything was made
    loaded = load(normal.resources[0].assets["yaml"].content, "made.yaml", ARCHY)
    assert loaded.problems == ()
    task = loaded.documents[0].value["inboundCall"]["menus"][0]["menu"]["choices"][0]["menuTask"]["task"]
    assert task["actions"][0]["playAudio"]["audio"] == {"tts": say}


def test_nothing_unverified_is_written_outside_its_table():
    source = Path(__file__).parents[3] / "reconciler" / "kinds" / "menu" / "compiler.py"
    for word in ("transferToNumber", "transferToUser", "transferToGroup", "targetUser", "targetGroup", "digit_*"):
        assert word not in source.read_text()


EVERY_ACTION = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Line}
spec:
  languages: [en-us, es-us]
  start: main
  menus:
    main:
      ask: {say: Choose}
      onNoInput: {repeat: true}
      keys:
        "1":
          name: Sales
          say: One moment
          transfer: {queue: Sales, onFailure: {transfer: {number: "+1 317 555 0150", onFailure: {menu: more}}}}
        "2": {language: es-us}
        "3": {menu: more}
        "4": {hangup: true}
    more: {ask: {say: More}, keys: {"1": {back: true}, "2": {transfer: {voicemail: {user: x@example.com}}}}}
  hours: {scheduleGroup: Office, closed: {prompt: bye, hangup: true}, holiday: {transfer: {group: Holiday people}}}
"""


def test_every_part_of_the_compiled_flow_knows_where_it_is_written(normalise):
    normal, _ = normalise(EVERY_ACTION)
    places = {parts: EVERY_ACTION.splitlines()[at.line - 1][at.column - 1 :].strip('"')
              for parts, at in normal.resources[0].places.items()}  # fmt: skip
    assert places["main",].startswith("main:")
    assert places["main", "Sales"].startswith("1")
    assert places["main", "No input"].startswith("onNoInput")
    assert places["main", "Sales", "Say"].startswith("say: One")
    assert places["Transfer to Sales",].startswith("transfer: {queue")
    assert places["main", "Transfer to +13175550150"].startswith("transfer: {number")
    assert places["main", "Key 2", "Go to main"].startswith("language: es-us")
    assert places["main", "No input", "Go to main"].startswith("repeat: true")
    assert places["main", "Key 3", "Go to more"].startswith("menu: more}")
    assert places["more", "Go to main"].startswith("back: true")
    assert places["Take a message",].startswith("transfer: {voicemail")
    assert places["Opening hours", "Say"].startswith("prompt: bye")
    assert places["Transfer to Holiday people",].startswith("transfer: {group")
    assert ("main", "Go to more") not in places  # two of them
    body = compiled(normalise, EVERY_ACTION)
    parts = [*walk.items(body)]
    named = {name for parts in places for name in parts} | {"Hang up", "Go to main"}
    assert {part.name for part in parts} <= named


def test_a_key_changes_the_language_and_the_menu_is_heard_again(normalise):
    text = menu(
        '"1": {language: ES-us}, "2": {language: en-us, say: Fine, hangup: true}', rest="languages: [en-US, es-us]"
    )
    body = compiled(normalise, text)
    assert body["defaultLanguage"] == "en-us"
    assert list(body["supportedLanguages"]) == ["en-us", "es-us"]
    again, leaving = (choice["menuTask"]["task"]["actions"] for choice in choices(body))
    assert [next(iter(action)) for action in again] == ["setLanguage", "jumpToMenu"]
    assert again[0]["setLanguage"]["language"] == {"lit": "es-us"}
    assert again[1]["jumpToMenu"]["targetMenuRef"] == "/inboundCall/menus/menu[main]"
    assert [next(iter(action)) for action in leaving] == ["setLanguage", "playAudio", "disconnect"]


@pytest.mark.parametrize(
    ("keys", "rest"),
    [
        ('"1": {language: es-us}', ""),
        ('"1": {language: fr-fr}', "languages: [en-us, es-us]"),
        ('"1": {hangup: true}', "language: de-de\nlanguages: [en-us, es-us]"),
        ('"1": {hangup: true}', "languages: [en-us, EN-US]"),
    ],
)
def test_a_language_the_menu_does_not_speak_is_refused(codes, keys, rest):
    assert "REC1614" in codes(menu(keys, rest=rest))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (menu('"1": {say: "  ", hangup: true}'), "REC1440", "m.yaml:7:46"),
        (menu('"1": {hangup: true}').replace("{say: Hi}", "{say: Press seven}"), "REC1442", "m.yaml:7:23"),
        (menu('"7": {hangup: true}').replace("{say: Hi}", "{say: Press seven}"), None, None),
        (menu('"1": {hangup: true}', node=", repeats: 0"), "REC1438", "m.yaml:7:66"),
        (menu('"1": {hangup: true}', node=", repeats: 0, onNoInput: {hangup: true}"), None, None),
    ],
)
def test_what_callers_hear_is_held_against_what_they_can_do(normalise, text, code, place):
    _, problems = normalise(text)
    assert [(one.code, str(one.location).rpartition("/")[2]) for one in problems] == ([(code, place)] if code else [])


def test_a_duration_out_of_bounds_is_told_with_its_unit(normalise):
    _, problems = normalise(menu('"1": {hangup: true}', node=", timeout: 2m"))
    (problem,) = problems
    assert (problem.message, problem.remedy) == (
        "spec.menus.main.timeout must be at most 60s, not 2m.",
        "Write at most 60s.",
    )


def test_scenarios_and_their_keys_are_bounded(normalise):
    scenarios = ", ".join(f"{{name: s{number}, press: '1', expect: {{hangup: true}}}}" for number in range(501))
    _, problems = normalise(menu('"1": {hangup: true}', rest=f"scenarios: [{scenarios}]"))
    assert [problem.message for problem in problems] == ["spec.scenarios takes at most 500 entries."]
    press = " ".join("1" * 120)
    one = f"scenarios: [{{name: s, press: '{press}', expect: {{hangup: true}}}}]"
    _, problems = normalise(menu('"1": {hangup: true}', rest=one))
    assert [problem.code for problem in problems] == ["REC1107"]


@pytest.mark.parametrize("value", ["{hours: 3}", "abc", "2.5", "-1", "true", "10", "[]"])
def test_a_timeout_is_a_duration_with_a_unit(normalise, value):
    _, problems = normalise(menu('"1": {hangup: true}', node=f", timeout: {value}"))
    (problem,) = problems
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1107", 7, 66)
    assert "a number with a unit, such as" in problem.remedy


@pytest.mark.parametrize("value", ["{hours: 3}", "abc", "2.5", "true", "'2'", "[]"])
def test_repeats_are_a_whole_number(normalise, value):
    _, problems = normalise(menu('"1": {hangup: true}', node=f", repeats: {value}"))
    (problem,) = problems
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1106", 7, 66)
    assert problem.remedy.startswith("Write a whole number")


@pytest.mark.parametrize(
    ("rest", "keys", "place"),
    [
        ("", '"1": {prompt: a b, hangup: true}', (7, 49)),
        ("greeting: {prompt: a b}", '"1": {hangup: true}', (8, 22)),
        ("hours: {scheduleGroup: Office, closed: {prompt: a b, hangup: true}}", '"1": {hangup: true}', (8, 51)),
    ],
)
def test_a_prompt_has_a_name_that_prompts_may_have(normalise, rest, keys, place):
    _, problems = normalise(menu(keys, rest=rest))
    assert [one.code for one in problems] == ["REC1109"]
    assert (problems[0].location.line, problems[0].location.column) == place
    assert problems[0].remedy == "Write a_b."


def test_a_prompt_is_called_by_its_own_name(normalise):
    _, problems = normalise(menu('"1": {prompt: Prompt.bye, hangup: true}'))
    assert [(one.code, one.remedy) for one in problems] == [("REC1109", "Write bye.")]


@pytest.mark.parametrize(
    "keys",
    ['"1": {name: " ", hangup: true}', '"1": {transfer: {queue: " "}}', '"1": {transfer: {voicemail: {user: " "}}}'],
)
def test_a_name_is_not_blank(normalise, keys):
    _, problems = normalise(menu(keys))
    assert [one.code for one in problems] == ["REC1107"]
    assert "is blank" in problems[0].message


def test_the_emergency_group_is_looked_up_before_a_write(normalise):
    hours = "hours: {scheduleGroup: Office, emergencyGroup: Storm, closed: {hangup: true}, emergency: {hangup: true}}"
    normal, _ = normalise(menu('"1": {hangup: true}', rest=hours))
    found = {(one.kind, one.name): (one.location.line, one.location.column) for one in normal.resources[0].externals}
    assert found["EmergencyGroup", "Storm"] == (8, 50)
    assert ("ScheduleGroup", "Office") in found
