"""The audit chain as the ledger keeps it: one entry per attempt, gapless, found again by object."""

from __future__ import annotations

import pytest

from reconciler.ledger import audit
from reconciler.model.event import Result
from reconciler.model.identity import Key, flow, prompt
from tests.contract.ledger.samples import MAIN, WELCOME, applied, entry, settlement

pytestmark = pytest.mark.anyio


async def test_settling_returns_the_entry_as_it_stands_in_the_chain(opened):
    async with opened() as ledger:
        first = await ledger.settle(settlement("op1"), [])
        second = await ledger.settle(settlement("op2"), [])
        assert (first["seq"], first["prev"]) == (1, audit.GENESIS)
        assert (second["seq"], second["prev"]) == (2, first["hash"])
        assert await ledger.audit() == [first, second]


async def test_the_chain_goes_on_after_a_restart(opened):
    async with opened() as ledger:
        first = await ledger.settle(settlement("op1"), [])
    async with opened() as ledger:
        second = await ledger.settle(settlement("op2"), [])
        assert second["prev"] == first["hash"]
        verdict = await ledger.verify_audit()
        assert (verdict.ok, verdict.count, verdict.head) == (True, 2, second["hash"])


async def test_the_same_operation_and_result_again_changes_nothing(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", remember=applied(version="1")), [])
        assert await ledger.settle(settlement("op1", remember=applied(version="2"), condition="x"), []) is None
        assert (await ledger.recall())[WELCOME].version == "1"
        assert len(await ledger.audit()) == 1
        assert await ledger.conditions() == {}


async def test_an_operation_unknown_first_and_applied_later_has_two_entries(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1", result=Result.UNKNOWN), [])
        await ledger.settle(settlement("op1", result=Result.APPLIED), [])
        assert [found["result"] for found in await ledger.audit()] == ["unknown", "applied"]


async def test_entries_are_read_page_by_page(opened):
    async with opened() as ledger:
        for number in range(5):
            await ledger.settle(settlement(f"op{number}"), [])
        page = await ledger.audit(since_seq=1, limit=2)
        assert [found["seq"] for found in page] == [2, 3]


async def test_history_is_of_one_object_newest_first(opened):
    async with opened() as ledger:
        for op_id, key in (("op1", WELCOME), ("op2", MAIN), ("op3", WELCOME), ("op4", prompt("other"))):
            await ledger.settle(settlement(op_id, key=key), [])
        assert [found["op_id"] for found in await ledger.history(WELCOME)] == ["op3", "op1"]
        assert [found["op_id"] for found in await ledger.history(WELCOME, limit=1)] == ["op3"]


async def test_history_without_a_type_takes_flows_of_every_type(opened):
    chat = flow("inboundChat", MAIN.name)
    async with opened() as ledger:
        await ledger.settle(settlement("op1", key=MAIN), [])
        await ledger.settle(settlement("op2", key=chat), [])
        assert len(await ledger.history(flow("", MAIN.name))) == 2
        assert [found["type"] for found in await ledger.history(chat)] == ["inboundChat"]


async def test_history_of_a_menu_is_that_of_what_it_declares(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(entry=entry("op1", key=MAIN, declared_by="Menu/Customer Service")), [])
        await ledger.settle(settlement("op2", key=MAIN), [])
        menu = Key("Menu", "Customer Service")
        assert [found["op_id"] for found in await ledger.history(menu)] == ["op1"]


async def test_an_empty_chain_verifies(opened):
    async with opened() as ledger:
        verdict = await ledger.verify_audit()
        assert (verdict.ok, verdict.count, verdict.head) == (True, 0, audit.GENESIS)


async def test_a_chain_longer_than_one_chunk_verifies(opened):
    async with opened() as ledger:
        for number in range(1001):
            await ledger.settle(settlement(f"op{number}", events=()), [])
        assert (await ledger.verify_audit()).count == 1001


async def test_what_is_exported_verifies_offline(opened):
    async with opened() as ledger:
        for number in range(3):
            await ledger.settle(settlement(f"op{number}"), [])
        lines = [audit.line(found) for found in await ledger.audit()]
        assert audit.verify(lines) == await ledger.verify_audit()
