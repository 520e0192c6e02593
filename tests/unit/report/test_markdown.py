from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.model import identity
from reconciler.model.change import Action, Cause, Drift, FieldChange
from reconciler.model.plan import Forecast
from reconciler.model.problem import Location, Problem, Severity
from reconciler.report import markdown
from tests.builders import MAIN, NUMBER, change, plan

SMALL = plan(
    change(Action.CREATE, NUMBER),
    change(Action.UPDATE, MAIN, Cause.DRIFT, drift=Drift("supervisor-1", "2026-03-01T02:14:00Z", "Architect")),
    change(Action.UPDATE, fields=(FieldChange("description", "A", "B", Cause.INTENT),)).block("locked by Bo Lind"),
    forecast=Forecast(4, 12, 2.4),
)


def test_a_comment_starts_with_its_marker_and_the_summary():
    shown = markdown.plan_markdown(SMALL)
    assert shown.startswith(
        "<!-- reconcile plan prod -->\n### Plan: 1 to add, 1 to change, 0 to destroy.\n\n"
        "Environment `prod`, organisation `2f7c0e0e`, revision `3f2a9c1`\n\n1 blocked.\n"
    )


def test_the_marker_is_a_comment_whatever_the_environment_is_called():
    assert markdown.marker("a--><b> c") == "<!-- reconcile plan a%2D%2D%3E%3Cb%3E%20c -->"


def test_blocked_comes_first_then_drift_then_changes_then_the_cost():
    shown = markdown.plan_markdown(SMALL)
    order = [shown.index(part) for part in ("Prompt/welcome", "Flow/Main IVR", "CallRoute/Main number", "Cost: 12 req")]
    assert order == sorted(order)


def test_an_object_is_folded_and_open_when_somebody_has_to_look():
    shown = markdown.plan_markdown(SMALL)
    assert "<details open><summary>! update <code>Prompt/welcome</code> (blocked)</summary>" in shown
    assert "<details open><summary>~ update <code>Flow/Main IVR (inboundCall)</code></summary>" in shown
    assert "<details><summary>+ create <code>CallRoute/Main number</code></summary>" in shown
    assert "- **Blocked:** `locked by Bo Lind`" in shown
    assert "- `drift by supervisor-1 at 2026-03-01T02:14:00Z (Architect)`" in shown
    assert '```diff\n  description\n- "A"\n+ "B"\n```' in shown


def test_refusals_notices_and_warnings_are_listed():
    warning = Problem(Location("a.yaml", 4, 2), "REC1200", "no such queue", severity=Severity.WARNING)
    shown = markdown.plan_markdown(
        replace(SMALL, has_ledger=False),
        warnings=[warning],
        refusals=["4 deletes"],
        notices=["3 uncommitted files not included"],
    )
    assert "**Nothing is applied**\n\n- `4 deletes`" in shown
    assert "- `3 uncommitted files not included`" in shown
    assert "- `a.yaml:4:2: warning REC1200: no such queue`" in shown
    assert "No ledger at hand" in shown


def test_drifted_fields_are_marked():
    fields = (
        FieldChange("a", 1, 2, Cause.DRIFT),
        FieldChange("b", 1, 2, Cause.BOTH),
        FieldChange("c", 1, None, Cause.INTENT),
    )
    shown = markdown.plan_markdown(plan(change(fields=fields)))
    assert "  a  (drift)\n- 1\n+ 2\n  b  (both)\n- 1\n+ 2\n  c\n- 1\n```" in shown


def test_as_many_sentences_as_fit_a_list_are_all_shown():
    shown = markdown.plan_markdown(plan(), notices=["x"] * 30)
    assert shown.count("- `x`") == 30
    assert " more" not in shown


def test_a_fence_is_longer_than_every_run_of_ticks_inside():
    shown = markdown.plan_markdown(plan(change(fields=(FieldChange("a", "```", "````", Cause.INTENT),))))
    assert "\n`````diff\n" in shown
    assert "\n`````\n" in shown


def test_an_empty_plan_is_one_line():
    shown = markdown.plan_markdown(plan())
    assert "### No changes." in shown
    assert "<details" not in shown
    assert "Cost" not in shown


def test_a_large_plan_is_cut_and_says_what_is_missing():
    fields = tuple(FieldChange(f"field.{n}", "x" * 400, "y" * 400, Cause.INTENT) for n in range(50))
    many = [change(Action.UPDATE, identity.prompt(f"p{n:03}"), fields=fields) for n in range(100)]
    blocked = change(Action.UPDATE, identity.prompt("zzz")).block("locked by supervisor-1")
    shown = markdown.plan_markdown(plan(*many, blocked, forecast=Forecast(1, 200, 40.0)))
    assert len(shown) < 65_000
    assert "Prompt/zzz" in shown
    left = 101 - shown.count("<details")
    assert f"**{left} more objects do not fit here.** Run `reconcile plan`" in shown
    shown_fields = shown.count("\n+ ") // shown.count("more fields")
    assert f"  ... {50 - shown_fields} more fields" in shown
    assert shown.endswith("Cost: 200 requests, about 40 s at 300/min.\n")


def test_the_size_holds_for_the_worst_names_and_warnings():
    long = "`" * 900
    worst = [
        change(Action.UPDATE, identity.prompt(f"{n}{long}"), used_by=(long,) * 60, note=long).block(long, by=long)
        for n in range(60)
    ]
    shown = markdown.plan_markdown(
        plan(*worst),
        warnings=[Problem(Location(long), "REC1", long)] * 100,
        refusals=[long] * 100,
        notices=["&" * 900] * 100,
    )
    assert len(shown) < 65_000
    assert "- and 70 more" in shown


class Seen(HTMLParser):
    """Every tag of a page, and all text that stands outside of code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.prose = ""
        self._code = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._code += tag == "code"

    def handle_endtag(self, tag):
        self._code -= tag == "code"

    def handle_data(self, data):
        self.prose += "" if self._code else data


ALLOWED = {"h3", "p", "details", "summary", "code", "ul", "li", "strong", "pre"}
HOSTILE = [
    "</code></summary></details><img src=x onerror=alert(1)>",
    "``` \n</details>\n# Heading\n@everyone",
    "`code` **bold** [link](https://example.com) <b>x</b>",
    "~~~\n- list\n1. one",
    "-->\n<script>alert(1)</script>",
    "https://example.com/?q=1 @ana #12 |a|b|",
    "\r\n\r\n    indented\t\x00\x1b[31m\u202e",
    "`",
    " ` ",
    "&lt;script&gt;",
]


def everywhere(text: str):
    key = identity.flow("inboundCall", text)
    one = change(
        Action.UPDATE,
        key,
        Cause.BOTH,
        drift=Drift(text, text, text),
        fields=(FieldChange(text, text, {text: [text]}, Cause.DRIFT), FieldChange(text, None, text, Cause.INTENT)),
        note=text,
        used_by=(text, text),
    )
    desired = replace(one.desired, declared_by=text, source=Location(text))
    return plan(
        replace(one, desired=desired, observed=replace(one.observed, version=text)).block(text, by=text, since=text)
    )


def rendered(text: str) -> Seen:
    shown = markdown.plan_markdown(
        replace(everywhere(text), environment=text, organization=text, revision=text),
        warnings=[Problem(Location(text), text, text, text)],
        refusals=[text],
        notices=[text],
    )
    return Seen(MarkdownIt("commonmark", {"html": True}).enable("table").render(shown))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_a_person_wrote_breaks_out_of_its_frame(text):
    seen = rendered(text)
    assert set(seen.tags) <= ALLOWED
    assert seen.tags.count("details") == 1
    for word in ("alert", "everyone", "example.com", "@ana", "Heading", "bold"):
        assert word not in seen.prose


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("`<>/&-~*[]()!#@|\\ \n\tax\"'_")))
def test_no_mixture_of_special_characters_breaks_out(text):
    assert set(rendered(text).tags) <= ALLOWED
    assert rendered(text).tags.count("details") == 1


def test_a_flow_tells_its_differences_part_by_part():
    fields = (
        FieldChange("inboundCall.menus.menu[Main].audio.tts", "Hi", "Hello", Cause.INTENT),
        FieldChange("inboundCall.menus.menu[Main].settingsMenu", None, {"repeatCount": {"lit": 1}}, Cause.INTENT),
    )
    shown = markdown.plan_markdown(plan(change(Action.UPDATE, MAIN, fields=fields)))
    assert '@@ menu "Main": reworded @@\n  audio.tts\n- "Hi"\n+ "Hello"\n@@ menu "Main": settings @@\n' in shown


def test_hundreds_of_parts_are_cut_with_their_number():
    fields = tuple(
        FieldChange(f"inboundCall.menus.menu[M{at}].audio.tts", "a" * 40, "b" * 40, Cause.INTENT) for at in range(500)
    )
    shown = markdown.plan_markdown(plan(change(Action.UPDATE, MAIN, fields=fields)))
    listed = shown.count("@@ menu")
    assert 10 < listed < 500
    assert f"... {500 - listed} more fields" in shown
