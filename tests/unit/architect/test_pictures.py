"""Pictures: what is in them, what a difference says, and that they can be read at every size."""

from __future__ import annotations

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.architect.picture import call_flow, cards, difference, labels, svg, text
from reconciler.architect.picture.labels import Box
from reconciler.architect.picture.model import Edge, Node, NodeKind, Picture, Status, Way
from tests.unit.architect.archy_samples import corpus, parsed
from tests.unit.architect.simulator_samples import BYE, SALES, branches, flow, in_task, jump, key, menu, step, task


def lines(picture: Picture) -> list[str]:
    """Every way of a picture as `from -label-> to`, with what it is when it is not plain."""
    found = []
    for edge in picture.edges:
        extra = [word for word in (edge.way.value, edge.status.value) if word not in ("onward", "same")]
        found.append(" ".join([f"{edge.source} -{edge.label}-> {edge.target}", *extra]))
    return found


MENUS = menu(
    "main",
    key("1", f"{SALES}\n{BYE}", "Sales")
    + "\n"
    + key("2", jump("more"), "More")
    + "\n"
    + key("*", jump("main"), "Again"),
) + menu("more", key("#", jump("main"), "Back", ref="a"), settings="defaultChildMenuRef: ./choices/menuTask[a]")


def test_a_flow_is_drawn_with_every_way_and_what_happens_when_one_fails():
    picture = call_flow.draw(parsed(flow(menus=MENUS)))
    assert [(node.id, node.note) for node in picture.nodes if node.kind is NodeKind.MENU] == [
        ("menu/main", "This is main"),
        ("menu/more", "This is more"),
    ]
    assert lines(picture) == [
        "start --> menu/main",
        "menu/main -1 Sales-> menu/main > queue Sales",
        "menu/main -1 Sales-> menu/main > hang up fallback",
        "menu/main -2 More-> menu/more",
        "menu/main -* Again-> menu/main return",
        "menu/more -# Back-> menu/main return",
        "menu/more -no input-> menu/main return",
    ]


def test_branches_are_told_by_name_and_cases_by_value():
    hours = step("evaluateScheduleGroup", "Hours", outputs=branches(open=jump("main"), closed=BYE))
    decide = step("decision", "Known?", outputs=branches(yes=SALES, no=step("endTask")))
    case = {"case": {"value": {"lit": "gold"}, **branches(x=SALES)["x"]}}
    match = {"firstMatch": {"string": {"value": {"exp": "x"}, "cases": [case], "default": branches(x=BYE)["x"]}}}
    choose = step("switch", "Tier", evaluate=match)
    text_ = in_task(f"{decide}\n{hours}\n{choose}", menus=menu("main", key("1", BYE)))
    shown = lines(call_flow.draw(parsed(text_)))
    for line in (
        "task/first -Known?: yes-> task/first > queue Sales",
        "task/first -open-> menu/main",
        "task/first -closed-> task/first > hang up",
        "task/first -gold-> task/first > queue Sales",
        "task/first -otherwise-> task/first > hang up",
    ):
        assert line in shown


def test_a_reference_that_leads_nowhere_is_broken():
    picture = call_flow.draw(parsed(flow(menus=menu("main", key("1", jump("gone"))))))
    (broken,) = [node for node in picture.nodes if node.kind is NodeKind.BROKEN]
    assert broken.label == "/inboundCall/menus/menu[gone]"


def test_prompts_are_shown_with_their_words():
    audio = "{prompt: Prompt.hello}"
    text_ = flow(menus=menu("main", key("1", BYE), audio=audio))
    assert call_flow.draw(parsed(text_)).node("menu/main").note == "[hello]"
    assert call_flow.draw(parsed(text_), words=lambda name: name.title()).node("menu/main").note == "Hello"


# Differences.


def change(before: str, after: str) -> Picture:
    return difference.between(call_flow.draw(parsed(before)), call_flow.draw(parsed(after)))


def told(picture: Picture) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in picture.nodes:
        found.setdefault(node.status.value, []).append(node.id)
    for edge in picture.edges:
        found.setdefault(edge.status.value, []).append(f"{edge.label} -> {edge.target}")
    found.pop("same", None)
    return found


def test_a_key_that_leads_elsewhere_is_changed_and_its_former_way_is_kept():
    base = flow(menus=MENUS + menu("third", key("1", BYE)))
    assert told(change(base, base.replace("menu[more]", "menu[third]", 1))) == {
        "changed": ["2 More -> menu/third"],
        "former": ["2 More -> menu/more"],
    }


def test_what_is_new_gone_and_reworded():
    before, after = flow(menus=MENUS), flow(menus=MENUS.replace("This is more", "More choices"))
    assert told(change(before, after)) == {"changed": ["menu/more"]}
    more = menu("third", key("1", BYE, "Out"))
    added = change(before, flow(menus=MENUS + more))
    assert told(added) == {"added": ["menu/third", "menu/third > hang up", "1 Out -> menu/third > hang up"]}
    removed = change(flow(menus=MENUS + more), before)
    assert told(removed) == {"removed": ["menu/third", "menu/third > hang up", "1 Out -> menu/third > hang up"]}


def test_nothing_changed_is_no_difference():
    same = change(flow(menus=MENUS), flow(menus=MENUS))
    assert not same.is_difference
    assert "added" not in svg.render(same).split("</style>")[1]


# Text.

PICTURE = Picture(
    'A "title"\\ <x>',
    (Node("a", NodeKind.START, 'quote " and #', "sort"), Node("b", NodeKind.BROKEN, "line\nbreak]|", "")),
    (Edge("a", "b", 'label "|', Way.FALLBACK, Status.REMOVED),),
)


def test_mermaid_escapes_whatever_would_end_a_label():
    assert text.mermaid(PICTURE).splitlines()[:9] == [
        "---",
        'title: "A \\"title\\"\\\\ <x>"',
        "---",
        "flowchart LR",
        '  n0(["sort: quote #34; and #35;"])',
        '  n1{{"line#10;break#93;#124;"}}:::broken',
        '  n0 -.->|"label #34;#124;"| n1',
        "  linkStyle 0 stroke:#cf222e,stroke-width:2px",
        "  classDef added fill:#dafbe1,stroke:#1a7f37,color:#0a3615",
    ]


def test_dot_escapes_too():
    shown = text.dot(PICTURE)
    assert shown.startswith('digraph "A \\"title\\"\\\\ <x>" {\n')
    assert '  n0 -> n1 [label="label \\"|", style="dashed", color="#cf222e", fontcolor="#cf222e"];' in shown
    assert '  n1 [label="line break]|", shape="octagon", color="#cf222e", fontcolor="#cf222e"];' in shown


# SVG.

NAMES = st.text(max_size=30)


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5), st.lists(NAMES, max_size=5))
def test_any_name_gives_well_formed_svg_and_text(labels, ways):
    nodes = tuple(Node(str(n), NodeKind.MENU, label, label, label) for n, label in enumerate(labels))
    edges = tuple(Edge("0", str(len(labels) - 1), label) for label in ways)
    picture = Picture(labels[0], nodes, edges)
    root = ElementTree.fromstring(svg.render(picture))
    assert root.tag.endswith("svg")
    assert len([group for group in root if group.tag.endswith("}g")]) == len(nodes)
    assert text.mermaid(picture).count("\n") >= len(nodes)
    text.dot(picture)


def tree(size: int) -> Picture:
    """A flow of many menus, three below each, with a transfer, a way back and a link across in some."""
    menus = ""
    for number in range(size):
        below = [child for child in range(3 * number + 1, 3 * number + 4) if child < size]
        keys = [key(str(place + 1), jump(f"Menu-{child}"), f"Menu {child}") for place, child in enumerate(below)]
        keys.append(key("8", f"{SALES}\n{jump(f'Menu-{number}')}", "A rather long name of a team"))
        keys.append(key("#", jump(f"Menu-{max(0, (number - 1) // 3)}"), "Back"))
        if number % 7 == 3:
            keys.append(key("9", jump(f"Menu-{(number * 5) % size}"), "Across"))
        menus += menu(f"Menu-{number}", "\n".join(keys))
    text_ = flow(menus=menus, start="/inboundCall/tasks/task[first]", tasks=task("first", jump("Menu-0")))
    return call_flow.draw(parsed(text_))


@pytest.mark.parametrize("size", [10, 30, 100])
def test_nothing_lies_over_anything_else(size):
    boxes, links = cards.lay_out(tree(size))
    found = svg.layout(boxes, links).metrics()
    assert len(boxes) == size + 2
    assert {name: found[name] for name in ("overlaps", "node_overlaps", "node_edge_hits", "label_overlaps")} == {
        "overlaps": 0,
        "node_overlaps": 0,
        "node_edge_hits": 0,
        "label_overlaps": 0,
    }


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["1 Sales", "2 Billing"], "1 Sales, 2 Billing"),
        ([f"{key} A team with a name" for key in "0123456789*#"], "1, 2, 3, 4, 5, 6, 7, 8, 9, 0, *, #"),
        (["case Billing and more", "case Sales and more", "else"], "case Billing and more and 2 more"),
        (["1 A name that is far too long for a line"], "1 A name that is far too long…"),
    ],
)
def test_no_way_between_two_cards_is_left_out_of_the_words_on_their_line(labels, words):
    nodes = tuple(Node(name, NodeKind.MENU, "menu", name, "") for name in "ab")
    picture = Picture("Line", nodes, tuple(Edge("a", "b", label) for label in labels))
    assert [link.label for link in cards.lay_out(picture)[1]] == [words]


@pytest.mark.parametrize("size", [10, 30, 100])
def test_words_stand_on_their_own_line_and_on_nothing_else(size):
    boxes, links = cards.lay_out(tree(size))
    placed = svg.arrange(boxes, links)
    lines = [svg.points(edge) for edge in placed["edges"]]
    places = svg.places(boxes, placed)
    words = labels.place(lines, svg.words(links, placed), places)
    assert len([box for box in words if box is not None]) == len([link for link in links if link.label])
    for number, box in enumerate(words):
        if box is None:
            continue
        pieces = [Box((a + c) / 2, (b + d) / 2, abs(a - c), abs(b - d)) for (a, b), (c, d) in pairwise(lines[number])]
        middle = Box(box.x, box.y, 1, 1)
        assert any(middle.meets(piece) for piece in pieces), links[number]
        assert not any(box.meets(card) for card in places), links[number]
        assert not any(other is not None and box.meets(other) for other in words[:number]), links[number]


@pytest.mark.parametrize("size", [10, 100])
def test_every_text_fits_its_card(size):
    for card in cards.lay_out(tree(size))[0]:
        room = card.width - 2 * cards.PADDING
        assert cards.measured(card.title, cards.TITLE_SIZE, bold=True) <= room
        assert all(cards.measured(line, cards.TEXT_SIZE) <= room for line in card.note)
        for row in card.rows:
            used = cards.measured(cards.label_of(row), cards.TEXT_SIZE) + cards.measured(row.target, cards.TEXT_SIZE)
            assert used <= room


def test_large_pictures_leave_out_what_is_said_but_never_what_changed():
    boxes, _ = cards.lay_out(tree(60))
    assert all(not card.note for card in boxes)
    assert all(row.label != "8 A rather long name of a team, else" for card in boxes for row in card.rows)
    new = difference.between(Picture("x", (), ()), tree(60))
    assert any(card.note for card in cards.lay_out(new)[0])


def test_rows_stand_in_the_order_of_the_keys():
    keys = "\n".join([key("#", BYE, "D"), key("2", SALES, "B"), key("0", BYE, "C"), key("1", SALES, "A")])
    boxes, _ = cards.lay_out(call_flow.draw(parsed(flow(menus=menu("main", keys)))))
    assert [row.label for row in boxes[1].rows] == ["1 A", "2 B", "0 C", "# D"]


def test_a_card_with_a_changed_row_is_changed_itself():
    base = flow(menus=MENUS)
    boxes, _ = cards.lay_out(change(base, base.replace('"name": "Sales"', '"name": "Other"')))
    card = next(card for card in boxes if card.node.id == "menu/main")
    assert (card.node.status, card.status) == (Status.SAME, Status.CHANGED)
    assert [cards.label_of(row) for row in card.rows][:2] == ["~ 1 Sales", "1 Sales, else"]


def test_the_same_picture_always_gives_the_same_bytes():
    assert svg.render(tree(30)) == svg.render(tree(30))


def test_a_picture_brings_its_own_colours_and_background_for_light_and_dark():
    shown = svg.render(tree(3))
    assert "@media (prefers-color-scheme: dark)" in shown
    assert '<rect class="page" width="100%" height="100%"/>' in shown
    assert "<script" not in shown
    assert "http" not in shown.replace("http://www.w3.org/2000/svg", "")


def test_every_flow_of_the_public_corpus_is_drawn():
    drawn = 0
    for written in corpus():
        try:
            picture = call_flow.draw(parsed(written))
        except AssertionError:
            continue  # a file that does not load cleanly is another test's business
        ElementTree.fromstring(svg.render(picture))
        json.dumps(text.mermaid(picture) + text.dot(picture))
        drawn += 1
    assert drawn > 20
