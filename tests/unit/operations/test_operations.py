"""What a person asks for and is answered, the same by a command and by the service."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from reconciler.errors import Rejected, SourceError, UsageError
from reconciler.ledger import audit as chain
from reconciler.model import identity
from reconciler.model.event import Endpoint
from reconciler.model.outcome import DeliveryState
from reconciler.model.resource import Holder
from reconciler.operations import audit, history, naming, passes, registry, status, suspension, unmanaged, webhooks
from reconciler.operations.desk import Desk
from reconciler.runtime import one_pass
from reconciler.runtime.standing import Standing
from tests.builders import MAIN, NUMBER, WELCOME, A, B, want
from tests.runtime_stage import intent

pytestmark = pytest.mark.anyio

ARCHIVE = Endpoint(name="archive", url="https://archive.example.com/hooks", secret="s" * 32, events=("prompt.*",))


def desk(world, **other) -> Desk:
    async def make_pass(request):
        return await one_pass.run(world.parts(), world.load, request, world.stop)

    given = {"make_pass": make_pass, "parts": world.parts(), "wanted": world.load, **other}
    return Desk(ledger=world.ledger, clock=world.clock, **given)


def calls(found: list):
    return lambda *arguments: found.append(arguments)


# Names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Prompt/welcome", identity.prompt("welcome")),
        ("flow/Main IVR", identity.Key("Flow", "Main IVR")),
        ("callroute/A/B", identity.call_route("A/B")),
        ("MENU/Main", identity.Key("Menu", "Main")),
    ],
)
def test_a_name_is_a_kind_in_any_case_and_a_name(text, key):
    assert naming.key_of(text) == key


@pytest.mark.parametrize("text", ["welcome", "Prompt/", "/welcome", "Queue/Sales", ""])
def test_anything_else_is_refused_with_the_kinds(text):
    with pytest.raises(UsageError, match="Prompt, Flow, CallRoute, Menu"):
        naming.key_of(text)


# Passes ------------------------------------------------------------------------------------------------------------


async def test_a_plan_says_what_would_change_and_ends_with_2_only_when_asked(world):
    world.want(want())
    plain = await passes.plan(desk(world), {})
    assert plain.exit == 0
    assert plain.output.rstrip().endswith("Plan: 1 to add, 0 to change, 0 to destroy.")
    assert plain.facts["executes"]
    assert (await passes.plan(desk(world), {"detailed_exitcode": True})).exit == 2
    await world.turn()
    quiet = await passes.plan(desk(world), {"detailed_exitcode": True})
    assert (quiet.exit, quiet.output.rstrip().splitlines()[-1]) == (0, "No changes.")
    assert not quiet.facts["executes"]


@pytest.mark.parametrize(
    ("output", "start"),
    [("json", "{"), ("markdown", "<!-- reconcile plan prod -->"), ("text", "")],
    ids=["json", "markdown", "text"],
)
async def test_a_plan_comes_in_three_shapes(world, output, start):
    world.want(want())
    answer = await passes.plan(desk(world, notices=("1 uncommitted file not included",)), {"output": output})
    assert answer.output.lstrip().startswith(start)
    assert ("1 uncommitted file not included" in answer.output) == (output != "json")


async def test_once_applies_then_delivers_for_fifteen_seconds(world):
    drained: list = []

    async def drain(seconds):
        drained.append((seconds, list(world.platform.writes)))

    world.want(want())
    answer = await passes.once(desk(world, drain=drain), {})
    assert answer.exit == 0
    assert "1 added" in answer.output
    assert drained == [(15.0, ["create welcome"])]


async def test_once_as_json_tells_what_came_of_each_change(world):
    async def refuse(change, journal):
        raise Rejected("the name is taken")

    world.shelf(WELCOME).trouble["welcome"] = refuse
    world.want(want())
    answer = await passes.once(desk(world), {"output": "json"})
    assert answer.exit == 1
    assert "the name is taken" in json.dumps(json.loads(answer.output))


async def test_a_guard_that_stops_once_is_shown_with_the_plan(world):
    prompts = [want(replace(WELCOME, name=f"p{place:02}")) for place in range(10)]
    world.want(*prompts)
    await world.turn()
    world.want(*(want(one.key, B) for one in prompts), revision="c2")
    answer = await passes.once(desk(world), {})
    assert answer.exit == 3
    assert "over the threshold of 30%" in answer.output
    assert "Plan: 0 to add, 10 to change, 0 to destroy." in answer.output


async def test_a_damaged_plan_file_is_refused(world):
    with pytest.raises(UsageError, match="not a plan file"):
        await passes.once(desk(world), {"plan_file": "{}"})


# Status ------------------------------------------------------------------------------------------------------------


async def lines(world, **other) -> list[str]:
    return (await status.status(desk(world, **other), {})).output.splitlines()


async def facts(world, **other) -> dict:
    return json.loads((await status.status(desk(world, **other), {"output": "json"})).output)


async def test_the_status_of_a_new_ledger(world):
    assert await lines(world) == [
        "Organisation  not bound yet: the first applying pass binds this ledger",
        "Service       not running",
        "Managed       nothing yet",
        "Webhooks      0 waiting, 0 given up",
    ]


async def test_the_status_says_what_is_managed_held_suspended_unfinished_and_undelivered(world):
    world.environment["webhooks"] = (ARCHIVE,)
    world.used_by = {WELCOME: ("Menu/Main",)}
    world.shelf(MAIN).set(MAIN, B)
    world.want(want(), want(MAIN))
    await world.turn()
    await suspension.suspend(desk(world), {"name": "Flow/Main IVR", "reason": "INC-1", "until": "8h"})
    await world.ledger.intend(intent(NUMBER, A))
    said = await lines(world)
    assert said[2] == "Managed       1 Prompt"
    assert said[3].startswith(
        "Last pass     2026-03-02T12:00:00.000Z partial: revision c1, 1 applied, 0 failed, 1 blocked"
    )
    assert said[4].startswith("Held          Flow/Main IVR: blocked: not ours")
    assert said[4].endswith("(since 2026-03-02T12:00:00.000Z)")
    assert said[5] == "Suspended     Flow/Main IVR until 2026-03-02T20:00:00.000Z: INC-1"
    assert said[6] == "Unfinished    CallRoute/Main number: create at sending"
    assert said[7] == "Webhooks      1 waiting, 0 given up"
    assert said[8] == "Object        Prompt/welcome 1, used by Menu/Main"


async def test_the_status_of_a_running_service_names_its_trouble(world):
    standing = Standing(started_at="2026-03-02T11:00:00.000Z", turns=7, last_error="no host")
    said = await lines(world, standing=standing)
    assert said[1] == "Service       running since 2026-03-02T11:00:00.000Z, 7 turns"
    assert said[-1] == "Error         no host"


async def test_the_status_as_json(world):
    world.used_by = {WELCOME: ("Menu/Main",)}
    world.want(want())
    await world.turn()
    found = await facts(world)
    assert found["objects"] == [
        {
            "kind": "Prompt",
            "name": "welcome",
            "type": None,
            "id": "id-welcome",
            "version": "1",
            "revision": "c1",
            "applied_at": "2026-03-02T12:00:00.000Z",
            "declared_by": None,
            "usedBy": ["Menu/Main"],
            "ready": True,
        }
    ]
    assert (found["service"], found["held"], found["undelivered"], found["dead_letters"]) == (None, [], 0, 0)
    assert found["passes"][0]["result"] == "succeeded"


async def test_manifests_that_do_not_load_do_not_keep_the_status_from_answering(world):
    world.want(want())
    await world.turn()
    world.broken = SourceError("git has gone away")
    assert (await lines(world))[-1] == "Object        Prompt/welcome 1"


async def test_a_name_that_would_act_on_a_terminal_is_shown_as_escapes(world):
    world.want(want(identity.prompt("a\x1b[2Jb")))
    await world.turn()
    assert "Object        Prompt/a\\x1b[2Jb 1" in await lines(world)


# History and audit -------------------------------------------------------------------------------------------------


async def test_the_history_of_an_object_is_newest_first(world):
    world.want(want(declared_by="Menu/Main"), want(MAIN, declared_by="Menu/Main"))
    await world.turn()
    world.want(want(spec=B, declared_by="Menu/Main"), want(MAIN, declared_by="Menu/Main"), revision="c2")
    await world.turn()
    said = (await history.history(desk(world), {"name": "prompt/welcome"})).output.splitlines()
    assert len(said) == 2
    assert "update applied Prompt/welcome  1 -> 2" in said[0]
    menu = json.loads((await history.history(desk(world), {"name": "Menu/Main", "output": "json"})).output)
    assert [entry["seq"] for entry in menu] == [3, 2, 1]


async def test_no_history_is_said_as_such(world):
    answer = await history.history(desk(world), {"name": "Flow/None"})
    assert answer.output == "No change of Flow/None is recorded."


async def made(world, *names: str) -> None:
    world.want(*(want(identity.prompt(name)) for name in names))
    await world.turn()


async def test_the_audit_list_shows_the_newest_oldest_first(world):
    await made(world, "a", "b", "c")
    said = (await audit.listed(desk(world), {"limit": 2})).output.splitlines()
    assert [line.split()[0] for line in said] == ["2", "3"]
    assert len(json.loads((await audit.listed(desk(world), {"output": "json"})).output)) == 3


async def test_an_empty_audit_is_said_as_such(world):
    assert (await audit.listed(desk(world), {})).output == "The audit chain is empty."


async def test_a_long_version_is_cut_in_the_list(world):
    assert [audit.short(version) for version in (None, "4.0", "1234567890123")] == ["-", "4.0", "123456789012…"]


async def test_verify_says_how_many_hold_and_the_head(world):
    assert (await audit.verified(desk(world), {})).output == f"0 entries verified. Head {'0' * 64}."
    await made(world, "a")
    (entry,) = await world.ledger.audit()
    assert (await audit.verified(desk(world), {})).output == f"1 entry verified. Head {entry['hash']}."


async def test_verify_names_the_first_entry_that_does_not_hold(world):
    await made(world, "a", "b", "c")
    exported = (await audit.exported(desk(world), {"format": "jsonl"})).output.encode().splitlines()
    exported[1] = exported[1].replace(b'"applied"', b'"failed"')
    answer = audit.answer_of(chain.verify(exported))
    assert answer.exit == 1
    assert answer.output.startswith("Entry 2 does not hold: ")
    assert answer.output.endswith(" 1 entry before it holds.")


async def test_an_export_verifies_offline(world):
    await made(world, "a", "b")
    exported = (await audit.exported(desk(world), {"format": "jsonl"})).output.encode().splitlines()
    assert chain.verify(exported).count == 2


async def test_an_export_is_read_page_by_page(world, monkeypatch):
    monkeypatch.setattr(audit, "PAGE", 2)
    await made(world, "a", "b", "c", "d", "e")
    assert len((await audit.exported(desk(world), {"format": "jsonl"})).output.splitlines()) == 5


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1", "\r=1"])
async def test_a_sheet_takes_no_name_for_a_formula(world, name):
    await made(world, name)
    exported = (await audit.exported(desk(world), {"format": "csv"})).output
    (row,) = csv.DictReader(io.StringIO(exported, newline=""))
    assert row["name"][0] in "'\\"


async def test_a_sheet_has_every_column_of_the_chain(world):
    world.used_by = {identity.prompt("a"): ("Menu/Main line", "Menu/Night")}
    await made(world, "a")
    exported = (await audit.exported(desk(world), {"format": "csv"})).output
    (row,) = csv.DictReader(io.StringIO(exported))
    (entry,) = await world.ledger.audit()
    assert set(entry) - {"actor"} <= set(row)
    assert row["usedBy"] == "Menu/Main line; Menu/Night"
    assert (row["name"], row["latency_ms"], row["id"], row["version_before"]) == ("a", "0", "id-a", "")


# Suspension --------------------------------------------------------------------------------------------------------


async def test_suspend_and_resume_one_object(world):
    woken: list = []
    world.want(want())
    await world.turn()
    said = await suspension.suspend(desk(world), {"name": "prompt/welcome"})
    assert said.output == "Prompt/welcome is suspended. `reconcile resume` ends it."
    (held,) = await world.ledger.suspensions()
    assert (held.scope, held.until, held.since) == ("Prompt/welcome", None, "2026-03-02T12:00:00.000Z")
    said = await suspension.resume(desk(world, wake=calls(woken)), {"name": "PROMPT/welcome"})
    assert said.output == "Prompt/welcome is resumed."
    assert (await world.ledger.suspensions(), woken) == ([], [()])


async def test_suspend_everything(world):
    said = await suspension.suspend(desk(world), {"all": True, "reason": "incident"})
    assert said.output.startswith("Everything is suspended.")
    assert (await suspension.resume(desk(world), {"all": True})).output == "Everything is resumed."


@pytest.mark.parametrize(
    ("until", "moment"),
    [("8h", "2026-03-02T20:00:00.000Z"), ("2026-03-03T07:00:00+01:00", "2026-03-03T06:00:00.000Z")],
)
async def test_a_suspension_ends_after_a_duration_or_at_a_time(world, until, moment):
    said = await suspension.suspend(desk(world), {"all": True, "until": until})
    assert f"until {moment}" in said.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Say what"),
        ({"name": "Prompt/a", "all": True}, "Say what"),
        ({"name": "welcome"}, "as Kind/name"),
        ({"name": "Queue/Sales"}, "as Kind/name"),
        ({"all": True, "until": "soon"}, "neither a time"),
        ({"all": True, "until": "2026-03-02T11:59:59Z"}, "in the past"),
        ({"all": True, "until": "0s"}, "in the past"),
        ({"all": True, "until": "99999999999h"}, "neither a time"),
        ({"all": True, "until": "0001-01-01T00:00:00+14:00"}, "neither a time"),
    ],
)
async def test_a_suspension_that_says_nothing_clear_is_refused(world, arguments, message):
    with pytest.raises(UsageError, match=message):
        await suspension.suspend(desk(world), arguments)
    assert await world.ledger.suspensions() == []


async def test_a_name_that_holds_nothing_back_is_doubted(world):
    world.want(want())
    await world.turn()
    said = await suspension.suspend(desk(world), {"name": "Prompt/welcom"})
    assert "Did you mean Prompt/welcome?" in said.output


async def test_what_is_not_suspended_cannot_be_resumed(world):
    with pytest.raises(UsageError, match="Prompt/a is not suspended"):
        await suspension.resume(desk(world), {"name": "Prompt/a"})


# Webhooks ----------------------------------------------------------------------------------------------------------


async def test_the_outbox_is_listed_newest_first_without_bodies(world):
    assert (await webhooks.listed(desk(world), {})).output == "The outbox is empty."
    world.environment["webhooks"] = (ARCHIVE,)
    await made(world, "a", "b")
    said = (await webhooks.listed(desk(world), {})).output.splitlines()
    assert ["Prompt/b  to archive, 0 attempts" in said[0], "Prompt/a" in said[1]] == [True, True]
    (row, _) = json.loads((await webhooks.listed(desk(world), {"output": "json"})).output)
    assert (row["state"], row["type"], row["delivered_at"], "body" in row) == ("pending", "prompt.created", None, False)
    assert len((await webhooks.listed(desk(world), {"limit": 1})).output.splitlines()) == 1
    assert (await webhooks.listed(desk(world), {"state": "dead"})).output == "The outbox is empty."


async def dead(world) -> list[str]:
    rows = await world.ledger.deliveries()
    for row in rows:
        await world.ledger.update_delivery(replace(row, state=DeliveryState.DEAD, attempts=9, last_error="HTTP 500"))
    return [row.id for row in rows]


async def test_dead_letters_are_sent_again_at_once_with_the_same_id(world):
    world.environment["webhooks"] = (ARCHIVE,)
    await made(world, "a", "b")
    ids, sent, woken = await dead(world), [], []
    answer = await webhooks.replayed(desk(world, deliver=calls(sent), wake=calls(woken)), {})
    assert answer.output.startswith("2 deliveries will be sent again")
    assert [row.id for row in await world.ledger.due("2026-03-02T12:00:00.000Z", 10)] == ids[::-1]
    assert (sent, woken) == ([()], [])


async def test_one_event_is_sent_again(world):
    world.environment["webhooks"] = (ARCHIVE,)
    await made(world, "a", "b")
    ids = await dead(world)
    assert (await webhooks.replayed(desk(world), {"ids": ids[:1]})).output.startswith("1 delivery will be sent again")
    assert [row.state for row in await world.ledger.deliveries()] == ["pending", "dead"]


@pytest.mark.parametrize("arguments", [{"ids": ["none"]}, {"ids": ["none"], "endpoint": "archive"}])
async def test_an_event_that_is_not_there_is_said_as_such(world, arguments):
    with pytest.raises(UsageError, match="No event none is in the outbox"):
        await webhooks.replayed(desk(world), arguments)


async def test_replaying_nothing_is_no_error(world):
    assert (await webhooks.replayed(desk(world), {})).output.startswith("0 deliveries")


# Unmanaged and the registry ----------------------------------------------------------------------------------------


async def test_what_neither_git_nor_the_ledger_knows_is_listed_by_kind_and_name(world):
    world.want(want())
    await world.turn()
    world.shelf(MAIN).set(MAIN, B, by=Holder("1", "supervisor-1"))
    world.shelf(NUMBER).set(NUMBER, B)
    declared = identity.flow("inboundCall", "Declared, not applied yet")
    world.shelf(MAIN).set(declared, B)
    world.want(want(), want(declared))
    said = (await unmanaged.unmanaged(desk(world), {})).output.splitlines()
    assert said == [
        "CallRoute/Main number",
        "Flow/Main IVR (inboundCall), last by supervisor-1",
        "2 objects are declared by no manifest.",
    ]
    found = json.loads((await unmanaged.unmanaged(desk(world), {"output": "json"})).output)
    assert [(one["kind"], one["type"], one["by"]) for one in found] == [
        ("CallRoute", None, None),
        ("Flow", "inboundCall", "supervisor-1"),
    ]


async def test_the_service_answers_by_the_same_names(world):
    handle = registry.answers(registry.OPERATIONS, desk(world))
    assert await handle("audit.list", {}) == {"exit": 0, "output": "The audit chain is empty.", "facts": {}}
    with pytest.raises(UsageError, match="does not know 'dance'"):
        await handle("dance", {})
