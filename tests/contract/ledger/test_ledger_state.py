"""Applied state, intents, conditions, suspensions, the organisation: what one process leaves for the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import StoreError, WrongOrganization
from reconciler.model.event import Result
from reconciler.model.identity import prompt
from reconciler.model.outcome import Condition, Suspension
from reconciler.model.resource import Sighting
from tests.contract.ledger.samples import LATER, MAIN, T0, T1, WELCOME, applied, entry, intent, settlement

pytestmark = pytest.mark.anyio


async def test_what_was_remembered_is_recalled_after_a_restart_without_its_content(opened):
    state = applied(live={"description": "A", "id": 1}, live_digest="d2", declared_by="Menu/Main", protected=True)
    async with opened() as ledger:
        await ledger.settle(settlement(remember=state), [])
    async with opened() as ledger:
        assert await ledger.recall() == {WELCOME: replace(state, spec=None, live=None)}
        assert await ledger.specs([WELCOME, MAIN]) == {WELCOME: (state.spec, state.live)}


async def test_protection_follows_git_without_a_write_and_only_where_asked(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied()), [])
        await ledger.settle(settlement("op2", key=MAIN, remember=applied(MAIN), events=()), [])
        await ledger.protect({WELCOME: True, prompt("unknown"): True})
    async with opened() as ledger:
        assert {key: state.protected for key, state in (await ledger.recall()).items()} == {WELCOME: True, MAIN: False}
        await ledger.protect({WELCOME: False})
        assert not (await ledger.recall())[WELCOME].protected


async def test_content_the_platform_did_not_show_is_what_git_wanted(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(remember=applied()), [])
        assert await ledger.specs([WELCOME]) == {WELCOME: ({"description": "A"}, {"description": "A"})}


async def test_content_survives_whatever_text_it_holds(opened):
    odd = {"text": "é \ud800 \x00 🎧", "nested": [{"a": None}, 1.5, True]}
    async with opened() as ledger:
        await ledger.settle(settlement(remember=applied(spec=odd)), [])
        assert (await ledger.specs([WELCOME]))[WELCOME] == (odd, odd)


async def test_many_keys_are_looked_up_at_once(opened):
    keys = [prompt(f"p{number}") for number in range(450)]
    async with opened() as ledger:
        for key in keys:
            await ledger.settle(settlement(f"op-{key.name}", key=key, remember=applied(key), events=()), [])
        assert (await ledger.specs(keys)).keys() == set(keys)


async def test_remembering_again_replaces(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied()), [])
        await ledger.settle(settlement("op2", remember=applied(version="2", spec={"description": "B"})), [])
        assert (await ledger.recall())[WELCOME].version == "2"
        assert (await ledger.specs([WELCOME]))[WELCOME][0] == {"description": "B"}


async def test_an_object_renamed_has_one_record_under_its_new_name(opened):
    new = prompt("welcome_2")
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied()), [])
        await ledger.settle(settlement("op2", key=new, remember=applied(new, id="id-welcome"), forget=WELCOME), [])
        assert list(await ledger.recall()) == [new]
        assert list(await ledger.specs([WELCOME, new])) == [new]


async def test_one_platform_object_never_has_two_records(opened):
    new = prompt("welcome_2")
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied()), [])
        await ledger.settle(settlement("op2", key=new, remember=applied(new, id="id-welcome")), [])
        assert list(await ledger.recall()) == [new]


async def test_flows_of_one_name_and_two_types_are_two_objects(opened):
    chat = replace(MAIN, type="inboundChat")
    async with opened() as ledger:
        await ledger.settle(settlement("op1", key=MAIN, remember=applied(MAIN, id="1")), [])
        await ledger.settle(settlement("op2", key=chat, remember=applied(chat, id="2")), [])
        assert {key: state.id for key, state in (await ledger.recall()).items()} == {MAIN: "1", chat: "2"}


async def test_forgetting_drops_state_and_content(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied()), [])
        await ledger.settle(settlement("op2", forget=WELCOME), [])
        assert await ledger.recall() == {}
        assert await ledger.specs([WELCOME]) == {}


async def test_an_intent_survives_and_is_stamped_anew(opened):
    sent = intent(stage="creating", data={"job": "j1"}, last_send_at=T1, id=None, cause="both", version_before="3")
    async with opened() as ledger:
        await ledger.intend(intent())
        await ledger.intend(sent)
    async with opened() as ledger:
        assert await ledger.intents() == [sent]


async def test_intents_come_oldest_first(opened):
    old, new = intent("zz", started_at=T0), intent("aa", key=MAIN, started_at=T1)
    async with opened() as ledger:
        await ledger.intend(new)
        await ledger.intend(old)
        assert await ledger.intents() == [old, new]


async def test_a_settlement_closes_its_intent_and_an_unknown_result_leaves_it(opened):
    async with opened() as ledger:
        await ledger.intend(intent())
        await ledger.settle(settlement(result=Result.UNKNOWN), [])
        assert len(await ledger.intents()) == 1
        await ledger.settle(settlement(result=Result.APPLIED, closes="op1"), [])
        assert await ledger.intents() == []


async def test_a_withdrawn_intent_is_gone_and_withdrawing_twice_is_fine(opened):
    async with opened() as ledger:
        await ledger.intend(intent())
        await ledger.withdraw("op1")
        await ledger.withdraw("op1")
        assert await ledger.intents() == []


async def test_a_condition_keeps_the_time_it_began_until_its_text_changes(opened):
    def blocked(op_id, time, text):
        return settlement(entry=entry(op_id, result=Result.BLOCKED, time=time), condition=text)

    async with opened() as ledger:
        await ledger.settle(blocked("op1", T0, "locked by supervisor-1"), [])
        await ledger.settle(blocked("op2", T1, "locked by supervisor-1"), [])
        assert await ledger.conditions() == {WELCOME: Condition("locked by supervisor-1", T0)}
        await ledger.settle(blocked("op3", LATER, "locked by supervisor-2"), [])
        assert await ledger.conditions() == {WELCOME: Condition("locked by supervisor-2", LATER)}


@pytest.mark.parametrize("by", ["a settlement without condition", "clear_condition"])
async def test_a_condition_ends(opened, by):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", result=Result.BLOCKED, condition="locked"), [])
        if by == "clear_condition":
            await ledger.clear_condition(WELCOME)
        else:
            await ledger.settle(settlement("op2"), [])
        assert await ledger.conditions() == {}


async def test_a_ledger_belongs_to_one_organisation_for_good(opened):
    async with opened() as ledger:
        assert await ledger.organization() is None
        await ledger.bind("org-1")
        await ledger.bind("org-1")
    async with opened() as ledger:
        assert await ledger.organization() == "org-1"
        with pytest.raises(WrongOrganization):
            await ledger.bind("org-2")
        assert await ledger.organization() == "org-1"


async def test_suspensions_are_kept_replaced_and_lifted(opened):
    everything = Suspension(scope="*", reason="holiday", until=LATER, since=T0)
    async with opened() as ledger:
        await ledger.suspend(Suspension(scope="Prompt/welcome", since=T0))
        await ledger.suspend(Suspension(scope="*", since=T0))
        await ledger.suspend(everything)
        assert await ledger.suspensions() == [everything, Suspension(scope="Prompt/welcome", since=T0)]
        assert await ledger.resume("*") is True
        assert await ledger.resume("*") is False
        assert [suspension.scope for suspension in await ledger.suspensions()] == ["Prompt/welcome"]


async def test_a_settlement_that_cannot_be_written_whole_leaves_nothing(opened):
    async with opened() as ledger:
        broken = settlement(remember=applied(spec={"x": float("nan")}), condition="blocked")
        with pytest.raises(StoreError):
            await ledger.settle(broken, [])
        assert (await ledger.recall(), await ledger.audit(), await ledger.conditions()) == ({}, [], {})


async def test_a_closed_ledger_says_so_and_closing_twice_is_fine(opened):
    async with opened() as ledger:
        await ledger.close()
        await ledger.close()
        with pytest.raises(StoreError, match="closed"):
            await ledger.recall()


async def test_what_web_addresses_gave_is_replaced_as_a_whole(opened):
    one = Sighting("https://media.example.com/a.wav", '"1"', 1000, {"sha256": "0" * 64, "seconds": 1.5}, "c1")
    async with opened() as ledger:
        assert await ledger.sightings() == {}
        await ledger.sight({"Prompt/a en-us": one, "Prompt/b en-us": one})
    async with opened() as ledger:
        await ledger.sight({"Prompt/a en-us": replace(one, revision="c2")})
        assert await ledger.sightings() == {"Prompt/a en-us": replace(one, revision="c2")}
