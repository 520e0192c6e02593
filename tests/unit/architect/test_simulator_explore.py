"""Every way through a flow: what is reached, what is not, and that it always ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.architect import flow as archy
from reconciler.architect.simulator import explore, program, rings
from reconciler.architect.simulator.call import Script, run
from reconciler.documents.load import ARCHY, load
from tests.unit.architect.archy_samples import TREES, corpus, parsed
from tests.unit.architect.simulator_samples import (
    BYE,
    HOME,
    SALES,
    branches,
    flow,
    in_task,
    jump,
    key,
    menu,
    ready,
    step,
    task,
)


def ways(text: str) -> dict[str, str]:
    return {" ".join(path.inputs): str(path.outcome) for path in explore.explore(ready(text)).paths}


def test_every_key_silence_and_answer_is_a_path():
    main = menu("main", key("1", f"{SALES}\n{BYE}") + "\n" + key("2", jump("more")))
    text = flow(menus=main + menu("more", key("*", jump("main"))))
    report = explore.explore(ready(text))
    assert {" ".join(path.inputs): (str(path.outcome), path.seconds) for path in report.paths} == {
        "1 To Sales: success": ("queue Sales", 0),
        "1 To Sales: failure": ("hangup", 0),
        "t t t t": ("hangup (no default choice after the last repeat)", 40),
        "2 *": ("menu main", 0),
        "2 t t t t": ("hangup (no default choice after the last repeat)", 40),
    }
    assert (report.unreachable, report.endless, report.no_exit, report.is_complete) == ((), (), (), True)
    heard = next(path for path in report.paths if path.inputs == ("2", "*")).heard
    assert [event.text for event in heard] == ["This is main", "This is more", "This is main"]


def test_menus_and_tasks_nobody_reaches_are_named():
    text = flow(menus=menu("main", key("1", BYE)) + menu("lost", key("1", BYE)), tasks=task("spare", BYE))
    assert [(part.what, part.name) for part in explore.explore(ready(text)).unreachable] == [
        ("menu", "lost"),
        ("task", "spare"),
    ]


def test_a_caller_who_cannot_get_out_is_named():
    stuck = menu("pit", key("1", jump("pit"), ref="a"), settings="defaultChildMenuRef: ./choices/menuTask[a]")
    report = explore.explore(ready(flow(menus=menu("main", key("1", jump("pit"))) + stuck)))
    assert [part.name for part in report.no_exit] == ["pit"]
    assert report.endless == (("pit", "pit"),)


def test_silent_callers_handed_round_are_named():
    def turning(name: str, other: str) -> str:
        return menu(
            name,
            key("1", jump(other), ref="a") + "\n" + key("9", BYE),
            settings="defaultChildMenuRef: ./choices/menuTask[a]",
        )

    report = explore.explore(ready(flow(menus=turning("main", "more") + turning("more", "main"))))
    assert report.endless == (("main", "more", "main"),)
    assert report.no_exit == ()


def test_a_ring_that_only_asks_the_world_is_endless_and_a_loop_is_not():
    over = step("jumpToTask", "Over", targetTaskRef=HOME)
    retry = step("callData", "Again", outputs=branches(failure=over)) + "\n"
    assert explore.explore(ready(in_task(retry + BYE))).endless == (("Again", "Again"),)
    inner = branches(loop=step("callData"))
    loop = step("loop", loopCount={"lit": 5}, outputs=inner) + "\n" + BYE
    report = explore.explore(ready(in_task(loop)))
    assert (report.endless, {path.outcome.kind for path in report.paths}) == ((), {"hangup"})


def test_silent_paths_are_those_that_end_or_wait_without_a_word():
    goodbye = step("playAudio", audio={"tts": "Goodbye"})
    keys = [key("1", BYE), key("2", f"{goodbye}\n{BYE}"), key("3", jump("mute"))]
    menus = menu("main", "\n".join(keys))
    mute = menu("mute", key("1", SALES + "\n" + BYE), audio="{exp: ToAudio(NOT_SET)}")
    silent = [" ".join(path.inputs) for path in explore.explore(ready(flow(menus=menus + mute))).silent]
    assert silent == ["1", "3", "3 1 To Sales: failure", "3 t t t t"]


def test_a_way_that_meets_another_at_the_same_question_is_a_path_of_its_own():
    both = f"{SALES}\n{BYE}"
    settings_ = "defaultChildMenuRef: ./choices/menuTask[a]"
    found = ways(flow(menus=menu("main", key("0", both, ref="a"), settings=settings_)))
    assert (found["t t t t To Sales: success"], found["0 To Sales: failure"]) == ("queue Sales", "hangup")


def test_what_is_computed_is_explored_both_ways_and_what_is_constant_is_not():
    condition = {"exp": 'Flow.Tier == "gold"'}
    text = "%s" + step("decision", "D", condition=condition, outputs=branches(yes=SALES)) + "\n" + BYE
    constant = "variables:\n  - stringVariable: {name: Flow.Tier, initialValue: {lit: lead}}\n"
    assert list(ways(in_task(text % "", rest=constant))) == [""]
    written = "- updateData: {name: U, statements: [{string: {variable: Flow.Tier, value: {lit: gold}}}]}\n"
    both = ["D: no", "D: yes To Sales: failure", "D: yes To Sales: success"]
    assert sorted(ways(in_task(text % written, rest=constant))) == both


def test_a_task_that_calls_itself_ends_the_exploration():
    text = in_task('- callData: {name: X}\n- callTask: {name: C, targetTaskRef: "/inboundCall/tasks/task[first]"}')
    report = explore.explore(ready(text))
    assert report.is_complete
    assert all(path.outcome.kind == "error" for path in report.paths)


def test_an_exploration_that_is_cut_short_says_so_and_concludes_nothing(monkeypatch):
    monkeypatch.setattr(explore, "STEPS_MAX", 1)
    menus = menu("main", key("1", jump("more"))) + menu("more", key("1", jump("third"))) + menu("third", key("1", BYE))
    report = explore.explore(ready(flow(menus=menus)))
    assert (report.is_complete, report.unreachable, report.no_exit) == (False, (), ())


MENUS = ("main", "a", "b", "c")
ACTIONS = st.sampled_from(
    [
        SALES,
        BYE,
        step("endTask"),
        step("previousMenu"),
        step("callData", outputs=branches(failure=step("previousMenu"))),
        step("loop", loopCount={"lit": 9}, outputs=branches(loop=step("callData") + "\n" + step("loopNext"))),
        step("collectInput", digits={"exact": {"lit": 2}}, outputs=branches(success=step("endTask"))),
        step("callTask", targetTaskRef=HOME.replace("first", "work")),
        step("jumpToTask", targetTaskRef=HOME.replace("first", "work")),
        *(jump(name) for name in MENUS),
    ]
)
CHOICES = st.dictionaries(st.sampled_from("123*#"), st.lists(ACTIONS, min_size=1, max_size=3), min_size=1, max_size=3)


@st.composite
def flows(draw) -> str:
    menus = ""
    for name in MENUS:
        choices = draw(CHOICES)
        first = next(iter(choices))
        default = draw(st.booleans())
        text = "\n".join(
            key(digit, "\n".join(actions), ref=f"k{number}") for number, (digit, actions) in enumerate(choices.items())
        )
        menus += menu(name, text, settings="defaultChildMenuRef: ./choices/menuTask[k0]" if default and first else "")
    return flow(menus=menus, tasks=task("work", "\n".join(draw(st.lists(ACTIONS, min_size=1, max_size=4)))))


@settings(max_examples=60, deadline=None)
@given(flows(), st.lists(st.sampled_from("123*#t"), max_size=12))
def test_exploration_ends_and_knows_every_ending_a_call_can_have(text, keys):
    ready_ = program.build(parsed(text))
    report = explore.explore(ready_)
    assert report.is_complete
    ending = run(ready_, Script(tuple(keys))).outcome
    if ending.kind in ("queue", "hangup", "error"):
        assert (ending.kind, ending.name) in {(path.outcome.kind, path.outcome.name) for path in report.paths}


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_no_tree_of_words_makes_it_raise(tree):
    found, _ = archy.parse(load(b"inboundCall: {name: x}", "x.yaml", ARCHY).documents[0])
    assert found is not None
    body = tree if isinstance(tree, dict) else {"menus": tree, "startUpRef": "/inboundCall/menus"}
    broken = archy.ArchyFlow(
        "inboundCall", "x", body, type(found.document)("x.yaml", 0, {"inboundCall": body}, found.document.marks)
    )
    ready_ = program.build(broken)
    explore.explore(ready_)
    run(ready_, Script(("1", "t")))


def test_every_flow_of_the_public_corpus_is_explored():
    inbound = 0
    for text in corpus():
        loaded = load(text.encode(), "corpus.yaml", ARCHY)
        found, _ = archy.parse(loaded.documents[0]) if loaded.documents else (None, [])
        if found is None:
            continue
        ready_ = program.build(found)
        report = explore.explore(ready_)
        assert (report.is_complete, bool(report.paths)) == (True, True), found.name
        run(ready_, Script(("1", "t", "t", "t", "t")))
        inbound += found.type == "inboundCall"
    assert inbound >= 8


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({1: [2], 2: [3], 3: [1, 2]}, [[1, 2, 3]]),
        ({1: [1]}, [[1]]),
        ({1: [2], 2: [None]}, []),
        ({1: [9]}, []),
    ],
)
def test_rings_of_a_graph(graph, found):
    assert list(rings.find(graph)) == found


def test_places_without_a_way_out():
    assert rings.without_exit({1: [2, 3], 2: [None], 3: [4], 4: [3]}) == {3, 4}


def test_the_model_is_pure():
    folder = Path(explore.__file__).parent
    for file in folder.glob("*.py"):
        assert "import anyio" not in file.read_text()
