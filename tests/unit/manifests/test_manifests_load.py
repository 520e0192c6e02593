from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import DesiredStateError
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.linking import Judge
from reconciler.model import identity
from reconciler.model.resource import External

HEAD = "apiVersion: reconciler/v1\n"
PROMPT = HEAD + "kind: Prompt\nmetadata: {name: hello}\nspec: {resources: {en-us: {tts: Hello}}}\n"
ARCHY = """inboundCall:
  name: %s
  startUpRef: "/inboundCall/tasks/task[t]"
  tasks:
    - task:
        name: t
        refId: t
        actions:
          - transferToFlow: {name: x, targetFlow: {name: %s}}
          - disconnect: {name: d}
"""
ENVIRONMENT = HEAD + "kind: Environment\nmetadata: {name: prod}\nspec: {variables: {queue: Support, times: 2}}\n"


def test_a_prompt_becomes_a_resource_with_its_place(load):
    state = load({"p.yaml": PROMPT})
    prompt = state.resources[identity.prompt("hello")]
    assert prompt.spec == {"description": "", "resources": {"en-us": {"tts": "Hello", "text": None, "audio": None}}}
    assert str(prompt.source) == "desired_state/p.yaml:3:18"
    assert state.revision == "tree:test"
    assert state.environment.name == "default"


def test_empty_files_and_comments_are_skipped_among_others(load):
    assert len(load({"p.yaml": PROMPT, "empty.yaml": "", "notes.yml": "# nothing\n", "readme.md": "x"}).resources) == 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, [("desired_state:1:1", "REC1114")]),
        ({"a.yaml": "# only a comment\n"}, [("desired_state:1:1", "REC1114")]),
        ({"a.yaml": "services: {a: {image: b}}\n"}, [("a.yaml:1:1", "REC1101")]),
        ({"a.yaml": "- 1\n"}, [("a.yaml:1:1", "REC1101")]),
        ({"a.yaml": HEAD + "kid: Prompt\n"}, [("a.yaml:2:1", "REC1101")]),
        ({"a.yaml": "apiVersion: apps/v1\nkind: Deployment\n"}, [("a.yaml:1:13", "REC1102")]),
        ({"a.yaml": HEAD + "kind: Promt\n"}, [("a.yaml:2:7", "REC1103")]),
        ({"a.yaml": HEAD + "kind: {a: b}\n"}, [("a.yaml:2:7", "REC1103")]),
        ({"a.yaml": "kind: [Prompt]\n"}, [("a.yaml:1:7", "REC1103")]),
        ({"a.yaml": HEAD + "kind: Probe\nmetadata: {name: x}\n"}, [("a.yaml:2:7", "REC1108")]),
        ({"a.yaml": HEAD + "kind: Message\nmetadata: {name: x}\n"}, [("a.yaml:2:7", "REC1108")]),
        ({"a.yaml": "a: [\n"}, [("a.yaml:2:1", "REC1010")]),
        ({"a.yaml": PROMPT.replace("tts: Hello", "tts: Hello, tts: Hi")}, [("a.yaml:4:40", "REC1003")]),
        ({"a.yaml": PROMPT.replace("tts: Hello", "tts: Hello, txt: Hi")}, [("a.yaml:4:40", "REC1104")]),
        ({"a.yaml": PROMPT.replace("tts: Hello", "tts: 5")}, [("a.yaml:4:33", "REC1106")]),
        (
            {"a.yaml": PROMPT.replace("name: hello", "nme: hello")},
            [("a.yaml:3:1", "REC1105"), ("a.yaml:3:12", "REC1104")],
        ),
        ({"a.yaml": "inboudCall:\n  name: x\n"}, [("a.yaml:1:1", "REC1402")]),
        ({"a.yaml": PROMPT, "b.yaml": PROMPT}, [("b.yaml:3:18", "REC1201")]),
    ],
)
def test_bad_files_are_refused_at_their_place(problems, files, expected):
    assert problems(files) == expected


def test_every_problem_of_every_file_is_reported_at_once(problems):
    found = problems({"a.yaml": "a: [\n", "b.yaml": HEAD + "kind: Promt\n", "c.yaml": PROMPT.replace("tts", "tst")})
    assert {code for _, code in found} == {"REC1010", "REC1103", "REC1104"}


def test_a_missing_api_version_is_assumed_and_said(load):
    assert [problem.code for problem in load({"p.yaml": PROMPT.removeprefix(HEAD)}).warnings] == ["REC1102"]


def test_the_ignore_file_and_hidden_directories_are_left_alone(load):
    other = "services: {a: {image: b}}\n"
    files = {
        "p.yaml": PROMPT,
        ".reconcileignore": "# not ours\ncompose.yaml\ndrafts/\nold/*.yml\n",
        "compose.yaml": other,
        "drafts/deep/x.yaml": other,
        "old/y.yml": other,
        ".github/workflows/ci.yaml": other,
    }
    assert list(load(files).resources) == [identity.prompt("hello")]


def test_negation_in_the_ignore_file_is_refused(problems):
    assert problems({"p.yaml": PROMPT, ".reconcileignore": "!x\n"}) == [(".reconcileignore:1:1", "REC1117")]


def test_annotations_of_ours_are_checked_and_others_kept(problems, load):
    text = PROMPT.replace("{name: hello}", "{name: hello, annotations: {reconciler/prun: disabled, team/x: y}}")
    assert problems({"p.yaml": text}) == [("p.yaml:3:39", "REC1110")]
    text = PROMPT.replace("{name: hello}", "{name: hello, annotations: {reconciler/prune: enabled}}")
    assert problems({"p.yaml": text}) == [("p.yaml:3:57", "REC1110")]
    text = PROMPT.replace("{name: hello}", "{name: hello, annotations: {reconciler/prune: disabled, team/x: y}}")
    prompt = load({"p.yaml": text}).resources[identity.prompt("hello")]
    assert prompt.annotations == {"reconciler/prune": "disabled", "team/x": "y"}


# Flows: envelope and bare.


def test_a_bare_archy_file_is_a_flow(load):
    state = load({"a.yaml": ARCHY % ("A", "Elsewhere")})
    flow = state.resources[identity.flow("inboundCall", "A")]
    assert flow.externals == (External("Flow", "Elsewhere", flow.externals[0].location, "inboundCall"),)
    assert flow.assets["yaml"].content == (ARCHY % ("A", "Elsewhere")).encode()
    assert [problem.code for problem in state.warnings] == ["REC1202"]
    assert state.warnings[0].remedy == "If the platform lacks it, correct the name or declare it."


def test_an_enveloped_archy_file_is_one_flow_with_the_envelopes_metadata(load):
    envelope = HEAD + "kind: Flow\nmetadata: {name: A, labels: {line: main}}\nspec: {archy: ../archy/a.yaml}\n"
    state = load({"archy/a.yaml": ARCHY % ("A", "A"), "flows/a.yaml": envelope})
    assert list(state.resources) == [identity.flow("inboundCall", "A")]
    flow = state.resources[identity.flow("inboundCall", "A")]
    assert flow.labels == {"line": "main"}
    assert flow.depends_on == frozenset()  # a transfer to itself only starts over


def test_archy_files_may_lie_outside_the_source_directory_but_not_outside_the_repository(load, problems):
    envelope = HEAD + "kind: Flow\nmetadata: {name: A}\nspec: {archy: %s}\n"
    assert load({"a.yaml": envelope % "../exports/a.yaml", "/exports/a.yaml": ARCHY % ("A", "A")}).resources
    assert problems({"a.yaml": envelope % "../../a.yaml"}) == [("a.yaml:4:15", "REC1112")]
    assert problems({"a.yaml": envelope % "/etc/a.yaml"}) == [("a.yaml:4:15", "REC1112")]
    assert problems({"a.yaml": envelope % "b.yaml"}) == [("a.yaml:4:15", "REC1112")]


def test_names_of_envelope_and_archy_file_must_agree(problems):
    envelope = HEAD + "kind: Flow\nmetadata: {name: B}\nspec: {archy: x/a.yaml}\n"
    assert problems({"f.yaml": envelope, "x/a.yaml": ARCHY % ("A", "A")}) == [("f.yaml:3:18", "REC1111")]


def test_depends_on_adds_edges_and_must_name_something_declared(load, problems):
    envelope = HEAD + "kind: Flow\nmetadata: {name: A}\nspec: {archy: x/a.yaml, dependsOn: [%s]}\n"
    files = {"p.yaml": PROMPT, "x/a.yaml": ARCHY % ("A", "A")}
    state = load({**files, "f.yaml": envelope % "Prompt/hello"})
    assert state.resources[identity.flow("inboundCall", "A")].depends_on == {identity.prompt("hello")}
    assert state.used_by[identity.prompt("hello")] == ("Flow/A",)
    assert problems({**files, "f.yaml": envelope % "Prompt/helo"}) == [("f.yaml:4:37", "REC1205")]


def test_broken_references_inside_an_archy_file_stop_the_load(problems):
    text = (ARCHY % ("A", "A")).replace("task[t]", "task[x]")
    assert problems({"a.yaml": text}) == [("a.yaml:3:15", "REC1410")]


# References, cycles, numbers.


def test_declared_references_are_edges_and_everything_else_is_external(load):
    route = HEAD + "kind: CallRoute\nmetadata: {name: R}\nspec: {dnis: ['+13175550101'], open: {flow: A}}\n"
    state = load({"r.yaml": route, "a.yaml": ARCHY % ("A", "B"), "b.yaml": ARCHY % ("B", "Z")})
    a, b = identity.flow("inboundCall", "A"), identity.flow("inboundCall", "B")
    assert state.resources[identity.call_route("R")].depends_on == {a}
    assert state.resources[a].depends_on == {b}
    assert [external.name for external in state.resources[b].externals] == ["Z"]
    assert state.used_by == {identity.call_route("R"): (), a: ("CallRoute/R",), b: ("Flow/A",)}


def test_a_menu_uses_its_prompts_and_not_itself(load):
    menu = (
        HEAD
        + """kind: Menu
metadata: {name: M}
spec:
  start: main
  menus: {main: {ask: {prompt: hello}, keys: {"1": {hangup: true}}}}
  route: {dnis: ["+13175550100"]}
"""
    )
    state = load({"m.yaml": menu, "p.yaml": PROMPT})
    assert state.used_by == {
        identity.prompt("hello"): ("Menu/M",),
        identity.flow("inboundCall", "M"): (),
        identity.call_route("M"): (),
    }
    assert state.resources[identity.call_route("M")].depends_on == {identity.flow("inboundCall", "M")}


def test_a_flow_of_another_type_does_not_answer_a_reference(load):
    actions = "[{exitBotFlow: {name: x}}]"
    bot = "digitalBot:\n  name: B\n  startUpRef: '/digitalBot/bots/bot[b]'\n"
    bot += f"  bots:\n    - bot: {{name: b, refId: b, actions: {actions}}}\n"
    state = load({"a.yaml": ARCHY % ("A", "B"), "b.yaml": bot})
    warning = next(problem for problem in state.warnings if problem.code == "REC1202")
    assert "digitalBot" in warning.remedy


RING = {"a.yaml": ARCHY % ("A", "B"), "b.yaml": ARCHY % ("B", "C"), "c.yaml": ARCHY % ("C", "A")}


def test_offline_a_cycle_is_named_in_full_and_refused(load, problems):
    with pytest.raises(DesiredStateError, match="Flow/A -> Flow/B -> Flow/C -> Flow/A"):
        load(RING, judge=Judge.US)
    assert problems(RING, judge=Judge.US) == [("a.yaml:9:58", "REC1203")]


@pytest.mark.parametrize(
    ("policy", "judge"), [("refuse", Judge.PLAN), ("existing", Judge.US), ("stubs", Judge.US), ("stubs", Judge.PLAN)]
)
def test_a_cycle_is_a_warning_where_a_plan_decides_or_the_policy_lets_it_be(load, policy, judge):
    environment = HEAD + f"kind: Environment\nmetadata: {{name: e}}\nspec: {{policy: {{cycles: {policy}}}}}\n"
    state = load({**RING, "e.yaml": environment}, judge=judge)
    (warning,) = (one for one in state.warnings if one.code == "REC1203")
    assert str(warning.location) == "desired_state/a.yaml:9:58"
    a, b = (identity.flow("inboundCall", name) for name in "AB")
    assert state.needed_at[a, b] == warning.location


def test_a_depends_on_that_closes_a_ring_is_an_error_whoever_decides(problems):
    flow = HEAD + "kind: Flow\nmetadata: {name: C}\nspec: {archy: c.yaml, dependsOn: [Flow/A]}\n"
    files = {"a.yaml": RING["a.yaml"], "b.yaml": RING["b.yaml"], "c.yaml": ARCHY % ("C", "Z"), "f.yaml": flow}
    assert problems(files) == [("f.yaml:4:35", "REC1203")]


def test_a_number_belongs_to_one_route(problems):
    route = HEAD + "kind: CallRoute\nmetadata: {name: %s}\nspec: {dnis: ['%s'], open: {flow: A}}\n"
    files = {"r.yaml": route % ("R", "+13175550101"), "s.yaml": route % ("S", "+1 (317) 555-0101")}
    assert problems(files) == [("s.yaml:3:18", "REC1204")]


@pytest.mark.parametrize("old", ["hello", "other"])
def test_renamed_from_must_not_be_a_name_in_use(problems, old):
    text = PROMPT.replace("{name: hello}", f"{{name: hello, renamedFrom: {old}}}")
    other = PROMPT.replace("name: hello", "name: other")
    assert problems({"p.yaml": text, "q.yaml": other}) == [("p.yaml:3:18", "REC1206")]


def test_renamed_from_is_carried_over(load):
    state = load({"p.yaml": PROMPT.replace("{name: hello}", "{name: hello, renamedFrom: old}")})
    assert state.resources[identity.prompt("hello")].renamed_from == "old"


# Variables.


def test_variables_fill_scalars_and_keep_their_type(load):
    menu = (
        HEAD
        + """kind: Menu
metadata: {name: M}
spec:
  start: main
  menus:
    main:
      ask: {say: "Hi $${x} ${times}"}
      repeats: "${times}"
      keys: {"1": {transfer: {queue: "${queue} ${env.TEAM}"}}}
"""
    )
    state = load({"m.yaml": menu, "e.yaml": ENVIRONMENT}, process={"TEAM": "West"})
    flow = state.resources[identity.flow("inboundCall", "M")]
    assert [external.name for external in flow.externals] == ["Support West"]
    text = flow.assets["yaml"].content.decode()
    assert "tts: Hi ${x} 2" in text
    assert "repeatCount:\n            lit: 2" in text


def test_double_braces_in_archy_files_are_filled_and_dollar_tokens_left_alone(load):
    text = (ARCHY % ("A", "{{queue}}")).replace("name: x,", "name: '${queue}',")
    flow = load({"a.yaml": text, "e.yaml": ENVIRONMENT}).resources[identity.flow("inboundCall", "A")]
    assert flow.externals[0].name == "Support"
    assert b"${queue}" in flow.assets["yaml"].content


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${quue}", "REC1501"),
        ("${env.NOPE}", "REC1504"),
        ("${}", "REC1503"),
        ("${a b}", "REC1503"),
        ("costs ${5", "REC1503"),
        ("${env.GENESYSCLOUD_OAUTHCLIENT_SECRET}", "REC1505"),
    ],
)
def test_tokens_without_a_value_are_errors_at_their_place(problems, text, code):
    files = {"p.yaml": PROMPT.replace("Hello", f'"{text}"'), "e.yaml": ENVIRONMENT}
    assert problems(files, process={"GENESYSCLOUD_OAUTHCLIENT_SECRET": "s"}) == [("p.yaml:4:33", code)]


def test_messages_never_quote_what_came_from_a_variable(load):
    route = HEAD + 'kind: CallRoute\nmetadata: {name: R}\nspec: {dnis: ["${env.N}"], open: {flow: "${env.N}"}}\n'
    with pytest.raises(DesiredStateError) as caught:
        load({"r.yaml": route}, process={"N": "hunter2"})
    assert "hunter2" not in str(caught.value)
    assert '"${env.N}" is not an E.164 number' in str(caught.value)


# The cache.


def test_unchanged_files_are_not_worked_on_again(load):
    cache = ParseCache()
    first = load({"a.yaml": ARCHY % ("A", "A"), "p.yaml": PROMPT}, cache=cache)
    second = load({"a.yaml": ARCHY % ("A", "A"), "p.yaml": PROMPT.replace("Hello", "Hi")}, cache=cache)
    key = identity.flow("inboundCall", "A")
    assert first.resources[key].spec is second.resources[key].spec
    assert second.resources[identity.prompt("hello")].spec["resources"]["en-us"]["tts"] == "Hi"


def test_the_cache_notices_other_variables(load):
    cache = ParseCache()
    files = {"a.yaml": ARCHY % ("A", "{{queue}}"), "e.yaml": ENVIRONMENT}
    assert load(files, cache=cache).resources[identity.flow("inboundCall", "A")].externals[0].name == "Support"
    files["e.yaml"] = ENVIRONMENT.replace("Support", "Other")
    assert load(files, cache=cache).resources[identity.flow("inboundCall", "A")].externals[0].name == "Other"


def test_the_order_of_files_never_matters(load):
    files = {"a.yaml": ARCHY % ("A", "B"), "b.yaml": ARCHY % ("B", "Z"), "p.yaml": PROMPT}
    assert load(files).resources == load(dict(reversed(files.items()))).resources


def test_the_example_loads_without_a_single_unexplained_word(load):
    root = Path(__file__).parents[3] / "desired_state"
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    state = load(files)
    assert {problem.code for problem in state.warnings} <= {"REC1202"}
    assert identity.flow("inboundCall", "Customer Service") in state.resources


def test_architects_binary_export_is_refused_wherever_it_lies_and_told_once(load):
    with pytest.raises(DesiredStateError) as caught:
        load({"p.yaml": PROMPT, "flows/Main.i3InboundFlow": "UEsDBBQ"})
    (problem,) = caught.value.problems
    assert (problem.code, problem.location.file) == ("REC1405", "desired_state/flows/Main.i3InboundFlow")
    assert "Export > YAML" in problem.remedy
    envelope = HEAD + "kind: Flow\nmetadata: {name: Main}\nspec: {archy: flows/Main.i3InboundFlow}\n"
    with pytest.raises(DesiredStateError) as caught:
        load({"f.yaml": envelope, "flows/Main.i3InboundFlow": "UEsDBBQ"})
    assert [one.code for one in caught.value.problems] == ["REC1405"]
    assert (
        load({"p.yaml": PROMPT, "a.i3InboundFlow": "UEsDBBQ", ".reconcileignore": "*.i3InboundFlow\n"}).warnings == ()
    )


CHAT = """apiVersion: reconciler/v1
kind: %s
metadata: {name: x}
spec: {language: en-us, start: a, nodes: {a: {say: "It is ${flow.now}", end: true}}}
"""


def test_variables_of_a_running_conversation_are_left_for_the_bot_and_mean_nothing_elsewhere(problems, load):
    bot = load({"a.yaml": CHAT % "MessagingFlow"}).resources[identity.flow("digitalBot", "x bot")]
    assert "GetCurrentDateTimeUtc()" in bot.assets["yaml"].content.decode()
    assert ("a.yaml:4:52", "REC1503") in problems({"a.yaml": CHAT % "Menu"})


def test_an_empty_scalar_that_may_take_several_forms_is_one_problem(problems):
    text = HEAD + "kind: MessagingFlow\nmetadata: {name: F}\n"
    text += "spec: {language: en-us, start: a, nodes: {a: {set: {x: }, next: b}, b: {say: hi, end: true}}}\n"
    assert problems({"f.yaml": text}) == [("f.yaml:4:56", "REC1106")]


def test_a_cycle_is_told_with_the_other_errors_as_there_will_be_no_plan(problems):
    wrong = HEAD + "kind: Prompt\nmetadata: {name: 'no good'}\nspec: {resources: {en-us: {tts: x}}}\n"
    assert problems({**RING, "w.yaml": wrong}) == [("a.yaml:9:58", "REC1203"), ("w.yaml:3:18", "REC1109")]


@pytest.mark.parametrize("kind", ["Menu", "MessagingFlow"])
def test_a_manifest_that_compiles_into_more_than_we_read_is_told_at_its_name(load, kind):
    if kind == "Menu":
        keys = [", ".join(f'"{key}": {{menu: m{8 * n + key}}}' for key in range(1, 9)) for n in range(250)]
        keys += ['"1": {hangup: true}'] * 1751
        menus = "".join(f"    m{n}: {{ask: {{say: Hi}}, keys: {{{word}}}}}\n" for n, word in enumerate(keys))
        body = f"spec:\n  greeting: {{say: Hi}}\n  start: m0\n  menus:\n{menus}"
    else:
        choices = ", ".join(f"c{n}: z" for n in range(8))
        nodes = "".join(f"    n{n}: {{ask: Q, choices: {{{choices}, go: n{n + 1}}}}}\n" for n in range(200))
        body = (
            f"spec:\n  start: n0\n  language: en-us\n  nodes:\n{nodes}    n200: {{end: true}}\n    z: {{end: true}}\n"
        )
    with pytest.raises(DesiredStateError) as caught:
        load({"m.yaml": f"{HEAD}kind: {kind}\nmetadata: {{name: Big}}\n{body}"})
    (problem,) = (one for one in caught.value.problems if one.severity == "error")
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1008", 3, 18)
    assert "more than 40000 values" in problem.message
