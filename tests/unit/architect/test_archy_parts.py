"""Parts of a flow in shapes that they cannot have: each is told once, at its place, with what to write."""

from __future__ import annotations

import pytest

from reconciler.architect import checks, part_checks
from tests.unit.architect.archy_samples import parsed, well_worded

SOUND = """\
inboundCall:
  name: Line
  defaultLanguage: en-us
  startUpRef: /inboundCall/menus/menu[main]
  menus:
    - menu:
        name: Main
        refId: main
        audio: {tts: Choose}
        choices:
          - menuTask: {name: Sales, dtmf: digit_1, task: {actions: [disconnect: {name: A}]}}
          - menuJumpToTask: {name: Work, dtmf: digit_2, targetTaskRef: "/inboundCall/tasks/task[work]"}
          - menuTransferToAcd: {name: Help, dtmf: digit_3, targetQueue: {lit: {name: Help}}}
          - menuDisconnect: {name: Bye, dtmf: digit_9, refId: bye}
  tasks:
    - task:
        name: Work
        refId: work
        actions:
          - callData: {name: Look, outputs: {success: {actions: [disconnect: {name: B}]}}}
          - transferToAcd: {name: Queue, targetQueue: {lit: {name: Sales}}}
          - jumpToTask: {name: Again, targetTaskRef: "/inboundCall/tasks/task[rest]"}
    - task:
        name: Rest
        refId: rest
        variables: [stringVariable: {name: Task.x, isInput: true}]
        actions: [disconnect: {name: C}]
"""

ACTIONS = "actions: [disconnect: {name: C}]"
TASK = "task: {actions: [disconnect: {name: A}]}"
OUTPUTS = "outputs: {success: {actions: [disconnect: {name: B}]}}"
CHOICES = SOUND[SOUND.index("choices:") : SOUND.index("  tasks:")]
CASES = [
    # The list of actions of a task.
    (ACTIONS, "", "REC1454"),
    (ACTIONS, "action: [disconnect: {name: C}]", "REC1454"),
    (ACTIONS, "actions:", "REC1430"),
    (ACTIONS, "actions: {}", "REC1430"),
    (ACTIONS, "actions: []", "REC1430"),
    (ACTIONS, "actions: disconnect", "REC1426"),
    (ACTIONS, "actions: 3", "REC1426"),
    (ACTIONS, "actions: {disconnect: {name: C}}", "REC1426"),
    (ACTIONS, "actions: [disconnect]", "REC1426"),
    (ACTIONS, "actions: [[]]", "REC1426"),
    (ACTIONS, "actions: [{}]", "REC1426"),
    (ACTIONS, "actions: [{disconnect: {name: C}, wait: {name: D}}]", "REC1426"),
    (ACTIONS, "actions: [disconnect: ]", "REC1426"),
    (ACTIONS, "actions: [disconnect: text]", "REC1426"),
    (ACTIONS, "actions: [disconnect: []]", "REC1426"),
    # The task of a choice.
    (TASK, "", "REC1454"),
    (TASK, "task: ", "REC1454"),
    (TASK, "task: []", "REC1454"),
    (TASK, "task: text", "REC1454"),
    (TASK, "task: {}", "REC1454"),
    (TASK, "task: {disconnect: {name: A}}", "REC1454"),
    (TASK, "task: {actions: {}}", "REC1430"),
    (TASK, "task: {actions: {disconnect: {name: A}}}", "REC1426"),
    # Choices of a menu.
    (CHOICES, "x: 1\n", "REC1422"),
    (CHOICES, "choices:\n", "REC1422"),
    (CHOICES, "choices: []\n", "REC1422"),
    (CHOICES, "choices: {}\n", "REC1422"),
    (CHOICES, "choices: text\n", "REC1426"),
    (CHOICES, "choices: true\n", "REC1426"),
    (CHOICES, "choices: {menuDisconnect: {name: Bye, dtmf: digit_9}}\n", "REC1426"),
    (CHOICES, "choices: [text]\n", "REC1426"),
    (CHOICES, "choices: [menuDisconnect: ]\n", "REC1426"),
    (CHOICES, "choices: [menuDisconnect: []]\n", "REC1426"),
    # What a jump and a transfer need.
    ('targetTaskRef: "/inboundCall/tasks/task[rest]"', "x: 1", "REC1454"),
    ('targetTaskRef: "/inboundCall/tasks/task[rest]"', "targetTaskRef: {}", "REC1410"),
    ('targetTaskRef: "/inboundCall/tasks/task[rest]"', "targetTaskRef: []", "REC1410"),
    ('targetTaskRef: "/inboundCall/tasks/task[rest]"', "targetTaskRef: ", "REC1410"),
    ('targetTaskRef: "/inboundCall/tasks/task[rest]"', "targetTaskRef: 3", "REC1410"),
    ('targetTaskRef: "/inboundCall/tasks/task[work]"', "x: 1", "REC1454"),
    ("targetQueue: {lit: {name: Help}}", "x: 1", "REC1454"),
    ("targetQueue: {lit: {name: Sales}}", "targetQueue: ", "REC1454"),
    ("targetQueue: {lit: {name: Sales}}", "targetQueue: {}", "REC1454"),
    ("targetQueue: {lit: {name: Sales}}", "targetQueue: Sales", "REC1454"),
    ("targetQueue: {lit: {name: Sales}}", "targetQueue: [Sales]", "REC1454"),
    # Branches.
    (OUTPUTS, "outputs: text", "REC1426"),
    (OUTPUTS, "outputs: [success: {actions: []}]", "REC1426"),
    (OUTPUTS, "outputs: {success: text}", "REC1426"),
    (OUTPUTS, "outputs: {success: {disconnect: {name: B}}}", "REC1426"),
    (OUTPUTS, "outputs: {success: [disconnect: {name: B}]}", "REC1426"),
    (OUTPUTS, "outputs: {success: {actions: {disconnect: {name: B}}}}", "REC1426"),
    # Names.
    ("name: Rest", "x: 1", "REC1443"),
    ("name: Main", "name: ", "REC1443"),
    ("name: Main", "name: '  '", "REC1443"),
    ("name: Main", "name: 3", "REC1443"),
    ("name: Main", "name: [Main]", "REC1443"),
    ("name: Bye", "name: {}", "REC1443"),
    ("{name: C}", "{}", "REC1443"),
    ("{name: C}", "{name: true}", "REC1443"),
    ("name: Task.x, isInput", "isInput", "REC1443"),
    ("name: Rest", f"name: {'x' * 201}", None),
    ("name: Bye", f"name: {'x' * 201}", "REC1443"),
    # Ids. Whatever points at them is told by REC1410.
    ("refId: bye", "refId: ", None),
    ("refId: bye", "refId: 3", None),
    ("refId: bye", "refId: {}", "REC1426"),
    ("refId: bye", "refId: [bye]", "REC1426"),
    ("refId: bye", "refId: true", "REC1426"),
    # The kinds of items.
    ("    - task:\n        name: Rest", "    - tsak:\n        name: Rest", "REC1426"),
    ("    - menu:\n        name: Main", "    - mneu:\n        name: Main", "REC1426"),
    # As good as not there.
    (OUTPUTS, "outputs: {success: }", None),
    (OUTPUTS, "outputs: ", None),
    (ACTIONS, ACTIONS, None),
]

FOLLOWERS = {"REC1435", "REC1410", "REC1434"}
"""What a part that is not understood leaves behind: things nothing leads to any more."""


@pytest.mark.parametrize(("old", "new", "code"), CASES)
def test_each_wrong_shape_is_told_once_with_place_and_remedy(old, new, code):
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    found = [one for one in checks.check(parsed(text)) if one.code == code or one.code not in FOLLOWERS]
    assert [one.code for one in found] == ([code] if code else [])
    if code:
        line = SOUND[: SOUND.index(old)].count("\n") + 1
        assert line - 4 <= found[0].location.line <= line + 1
        well_worded(found[0])


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "words"),
    [
        (ACTIONS, "action: [disconnect: {name: C}]", 23, 7, "no `actions`. Write `actions` instead of `action`."),
        (TASK, "task: text", 11, 58, "the `task` of \"Sales\" is `text`, not a mapping."),
        ("targetQueue: {lit: {name: Sales}}", "targetQueue: Sales", 21, 55, "Write `targetQueue: {lit: {name: Sales"),
        (OUTPUTS, "outputs: {success: text}", 20, 46, 'the branch `success` of "Look" has no `actions`.'),
        ("{name: C}", "{name: true}", 27, 38, "the name of this `disconnect` is `true`, not text. Put it in quotes."),
        ("    - task:\n        name: Rest", "    - tsak:\n        name: Rest", 23, 7, "is a `tsak`. Write `task`."),
        ("[disconnect: {name: C}]", "[disconnect: ]", 27, 19, "`disconnect` is empty, not a mapping."),
    ],
)  # fmt: skip
def test_the_place_is_the_part_itself(old, new, line, column, words):
    (found,) = part_checks.check(parsed(SOUND.replace(old, new, 1)))
    assert (found.location.line, found.location.column) == (line, column)
    assert words in f"{found.message} {found.remedy}"


@pytest.mark.parametrize("root", ["inqueueCall", "commonModule"])
def test_a_flow_that_starts_with_a_list_of_actions_needs_it(root):
    (found,) = checks.check(parsed(f"{root}:\n  name: X\n"))
    assert (found.code, found.location.line) == ("REC1454", 1)
    assert "startUpTaskActions" in found.remedy


def test_names_that_other_people_chose_are_no_parts():
    inputs = "inputs: {task: {lit: x}, refId: {lit: y}, actions: {lit: z}}"
    action = f"callData: {{name: D, category: {{I: {{dataAction: {{actions: {{{inputs}}}}}}}}}}}"
    text = SOUND.replace("- callData: {name: Look,", f"- {action}\n          - callData: {{name: Look,")
    assert checks.check(parsed(text)) == []
