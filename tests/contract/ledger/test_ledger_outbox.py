"""The outbox: which endpoints get what, in which order it falls due, what replay and giving up do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.ledger import outbox
from reconciler.model.event import Endpoint, Result
from reconciler.model.identity import prompt
from reconciler.model.outcome import DeliveryState
from reconciler.ports import Backlog
from tests.contract.ledger.samples import (
    ARCHIVE,
    CHAT,
    LATER,
    T0,
    T1,
    WELCOME,
    entry,
    event,
    finished,
    settlement,
)

pytestmark = pytest.mark.anyio


def dead(delivery):
    return replace(delivery, state=DeliveryState.DEAD, attempts=10, last_error="HTTP 500")


def delivered(delivery):
    return replace(delivery, state=DeliveryState.DELIVERED, attempts=1, delivered_at=T1)


def names(deliveries):
    return [(delivery.endpoint, delivery.subject, delivery.type) for delivery in deliveries]


@pytest.mark.parametrize(
    ("endpoint", "wanted"),
    [
        ({}, True),
        ({"events": ()}, True),
        ({"events": ("prompt.*",)}, True),
        ({"events": ("flow.published", "*.updated")}, True),
        ({"events": ("flow.*",)}, False),
        ({"events": ("Prompt.*",)}, False),
        ({"enabled": False}, False),
    ],
)
async def test_an_endpoint_gets_the_enabled_types_it_asked_for(opened, endpoint, wanted):
    async with opened() as ledger:
        await ledger.settle(settlement(), [Endpoint(name="it", url="https://example.com/", **endpoint)])
        assert len(await ledger.deliveries()) == wanted


async def test_every_endpoint_gets_the_same_id_and_it_is_fit_for_a_header(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(), [ARCHIVE, CHAT])
        one, other = await ledger.deliveries()
        assert one.id == other.id == json.loads(one.body)["id"]
        assert one.id.isascii()
        assert one.id.replace("_", "").isalnum()


async def test_two_events_and_two_results_of_one_operation_have_ids_of_their_own(opened):
    events = (event("prompt.updated"), event("drift.corrected"))
    async with opened() as ledger:
        await ledger.settle(settlement("op1", events=(event("change.failed"),), result=Result.UNKNOWN), [CHAT])
        await ledger.settle(settlement("op1", events=(event("change.failed"),), result=Result.FAILED), [CHAT])
        await ledger.settle(settlement("op1", events=events), [CHAT])
        assert len({delivery.id for delivery in await ledger.deliveries()}) == 4


async def test_the_body_is_a_cloudevent_that_names_its_place_in_the_audit_chain(opened):
    async with opened() as ledger:
        await ledger.bind("2f7c0e0e-1111-4111-8111-111111111111")
        written = await ledger.settle(settlement(), [CHAT])
        body = json.loads((await ledger.deliveries())[0].body)
        assert body == {
            "specversion": "1.0",
            "id": body["id"],
            "source": "urn:reconciler:2f7c0e0e-1111-4111-8111-111111111111",
            "type": "prompt.updated",
            "subject": "Prompt/welcome",
            "time": T0,
            "datacontenttype": "application/json",
            "sequence": "00000000000000000001",
            "data": {"name": "welcome", "audit": {"seq": 1, "hash": written["hash"]}},
        }


async def test_only_an_archive_gets_content(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(events=(event(content={"description": "A"}),)), [ARCHIVE, CHAT])
        data = {delivery.endpoint: json.loads(delivery.body)["data"] for delivery in await ledger.deliveries()}
        assert data["archive"]["content"] == {"description": "A"}
        assert "content" not in data["chat"]


async def test_a_thin_event_stays_below_64_kib_and_an_archive_gets_all(opened):
    big = event(data={"name": "welcome", "used_by": ["Flow/x"] * 10_000})
    async with opened() as ledger:
        await ledger.settle(settlement(events=(big,)), [ARCHIVE, CHAT])
        bodies = {delivery.endpoint: delivery.body for delivery in await ledger.deliveries()}
        assert len(bodies["archive"]) > 65_536 > len(bodies["chat"])
        thin = json.loads(bodies["chat"])["data"]
        assert (thin["name"], thin["truncated"], "used_by" in thin) == ("welcome", True, False)


async def test_no_secret_of_an_endpoint_is_stored(opened, tmp_path):
    secret = Endpoint(
        name="s", url="https://example.com/path-marker?query-marker", secret="secret-marker", headers={"X": "h-marker"}
    )
    async with opened() as ledger:
        await ledger.settle(settlement(), [secret])
        await ledger.disable_endpoint(secret, now=T1, reason="HTTP 410")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"marker" not in content


async def test_what_was_settled_is_due_at_once_oldest_first(opened):
    async with opened() as ledger:
        for number in (1, 2, 3):
            await ledger.settle(settlement(f"op{number}", key=prompt(f"p{number}")), [CHAT])
        assert [delivery.subject for delivery in await ledger.due(T0, 2)] == ["Prompt/p1", "Prompt/p2"]
        assert await ledger.next_due_at() == T0


async def test_one_subject_goes_in_order_however_soon_the_later_ones_are_due(opened):
    async with opened() as ledger:
        for number in (1, 2):
            await ledger.settle(settlement(f"op{number}", events=(event(f"prompt.t{number}"),)), [CHAT])
        await ledger.settle(settlement("op3", key=prompt("other")), [CHAT])
        first, other = await ledger.due(T0, 10)
        assert names([first, other]) == [
            ("chat", "Prompt/welcome", "prompt.t1"),
            ("chat", "Prompt/other", "prompt.updated"),
        ]
        await ledger.update_delivery(delivered(other))
        await ledger.update_delivery(replace(first, attempts=1, next_attempt_at=LATER, last_error="HTTP 500"))
        assert await ledger.due(T1, 10) == []
        assert await ledger.next_due_at() == LATER
        (again,) = await ledger.due(LATER, 10)
        assert (again.type, again.attempts, again.last_error) == ("prompt.t1", 1, "HTTP 500")
        await ledger.update_delivery(delivered(again))
        assert names(await ledger.due(LATER, 10)) == [("chat", "Prompt/welcome", "prompt.t2")]


async def test_due_keeps_to_the_endpoints_asked_for(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(), [ARCHIVE, CHAT])
        assert [delivery.endpoint for delivery in await ledger.due(T0, 10, endpoints=["chat"])] == ["chat"]
        assert await ledger.due(T0, 10, endpoints=[]) == []
        assert await ledger.next_due_at(endpoints=["gone"]) is None


async def test_times_are_compared_as_times_however_they_are_written(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(entry=entry(time="2026-11-20T12:00:00+02:00")), [CHAT])
        assert await ledger.due("2026-11-20T09:59:59.999Z", 10) == []
        assert len(await ledger.due("2026-11-20T05:00:00-05:00", 10)) == 1


async def test_dead_letters_are_listed_and_replayed_with_the_same_bytes(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1"), [CHAT])
        await ledger.settle(settlement("op2", key=prompt("other")), [CHAT])
        first, _ = await ledger.due(T0, 10)
        await ledger.update_delivery(dead(first))
        (listed,) = await ledger.deliveries(state="dead")
        assert (listed.id, listed.last_error, listed.attempts) == (first.id, "HTTP 500", 10)
        assert await ledger.backlog() == [Backlog(endpoint="chat", pending=1, dead=1, oldest_pending_at=T0)]
        assert await ledger.replay(None, now=LATER) == 1
        (again,) = await ledger.due(LATER, 1)
        assert (again.id, again.body, again.attempts) == (first.id, first.body, 0)


async def test_a_delivered_event_is_replayed_by_id_at_one_endpoint_or_all(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(), [ARCHIVE, CHAT])
        for delivery in await ledger.due(T0, 10):
            await ledger.update_delivery(delivered(delivery))
        assert await ledger.replay([delivery.id], now=LATER, endpoint="chat") == 1
        assert await ledger.replay(["evt_unknown"], now=LATER) == 0
        assert [delivery.endpoint for delivery in await ledger.due(LATER, 10)] == ["chat"]
        assert await ledger.replay([delivery.id], now=LATER) == 2


async def test_an_endpoint_that_is_gone_gets_nothing_until_replayed(opened):
    async with opened() as ledger:
        await ledger.settle(settlement("op1"), [ARCHIVE, CHAT])
        assert await ledger.disable_endpoint(CHAT, now=T1, reason="HTTP 410") == 1
        await ledger.settle(settlement("op2"), [ARCHIVE, CHAT])
        assert {(d.endpoint, d.state.value, d.last_error) for d in await ledger.deliveries()} == {
            ("archive", "pending", ""),
            ("chat", "dead", "HTTP 410"),
        }
        assert await ledger.replay(None, now=T1) == 2
        await ledger.settle(settlement("op3"), [CHAT])
        assert await ledger.deliveries(state="dead") == []


async def test_an_endpoint_that_is_gone_comes_back_with_another_url(opened):
    async with opened() as ledger:
        await ledger.disable_endpoint(CHAT, now=T1, reason="HTTP 410")
        await ledger.settle(settlement("op1"), [replace(CHAT, url="https://chat.example.com/new")])
        assert [delivery.state for delivery in await ledger.deliveries()] == [DeliveryState.PENDING]


async def test_a_late_answer_revives_nothing_given_up_but_a_success_counts(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(), [CHAT])
        (delivery,) = await ledger.due(T0, 10)
        await ledger.disable_endpoint(CHAT, now=T1, reason="HTTP 410")
        await ledger.update_delivery(replace(delivery, attempts=1, next_attempt_at=LATER))
        assert [found.state for found in await ledger.deliveries()] == [DeliveryState.DEAD]
        await ledger.update_delivery(delivered(delivery))
        assert [found.state for found in await ledger.deliveries()] == [DeliveryState.DELIVERED]


async def test_a_quiet_pass_tells_nobody_and_an_eventful_one_does(opened):
    async def told(ledger, record):
        before = len(await ledger.deliveries())
        await ledger.record_pass(record, [CHAT])
        return len(await ledger.deliveries()) - before

    async with opened() as ledger:
        assert await told(ledger, finished("p1")) == 0
        assert await told(ledger, finished("p2", applied=1)) == 1
        assert await told(ledger, finished("p2", applied=1)) == 0, "the same pass again"
        assert await told(ledger, finished("p3")) == 0
        assert await told(ledger, finished("p4", result="partial", blocked=1)) == 1, "it ended otherwise"
        assert await told(ledger, finished("p5", result="partial", blocked=1)) == 0, "nothing new"
        assert await told(ledger, finished("p6")) == 1, "recovery is news too"
        assert await told(ledger, finished("p7", result="failed", failed=2)) == 1
        assert [record.pass_id for record in await ledger.passes(3)] == ["p7", "p6", "p5"]


async def test_the_first_pass_that_fails_is_told(opened):
    async with opened() as ledger:
        await ledger.record_pass(finished(result="failed", message="no network"), [CHAT])
        body = json.loads((await ledger.deliveries())[0].body)
        assert (body["type"], body["subject"], body["source"]) == ("pass.completed", "Pass", "urn:reconciler:unbound")
        assert (body["data"]["result"], body["data"]["message"]) == ("failed", "no network")


async def test_the_last_two_hundred_passes_are_kept(opened):
    async with opened() as ledger:
        for number in range(205):
            await ledger.record_pass(finished(f"p{number}"), [])
        kept = await ledger.passes(1000)
        assert (len(kept), kept[0].pass_id, kept[-1].pass_id) == (200, "p204", "p5")


async def test_old_delivered_rows_go_and_nothing_undelivered_does(opened, monkeypatch):
    monkeypatch.setattr(outbox, "DELIVERED_KEPT", 2)
    async with opened() as ledger:
        for number in range(6):
            await ledger.settle(settlement(f"op{number}", key=prompt(f"p{number}")), [CHAT])
        rows = await ledger.due(T0, 10)
        await ledger.update_delivery(dead(rows[0]))
        for row in rows[1:5]:
            await ledger.update_delivery(delivered(row))
        await ledger.record_pass(finished(), [])
        assert [(d.subject, d.state.value) for d in await ledger.deliveries()] == [
            ("Prompt/p5", "pending"),
            ("Prompt/p4", "delivered"),
            ("Prompt/p3", "delivered"),
            ("Prompt/p0", "dead"),
        ]
        assert await ledger.settle(settlement("op1", key=prompt("p1")), [CHAT]) is None


async def test_the_subject_of_an_event_is_that_of_its_object(opened):
    async with opened() as ledger:
        await ledger.settle(settlement(), [CHAT])
        assert [delivery.subject for delivery in await ledger.deliveries()] == [str(WELCOME)]
