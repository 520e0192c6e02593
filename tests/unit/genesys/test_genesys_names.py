"""Names: asked once, compared exactly, never guessed."""

from __future__ import annotations

import anyio
import pytest
from genesys_stage import Platform, body_of, make_client, ok

from reconciler.errors import Rejected
from reconciler.genesys.names import Named, Names
from reconciler.model.problem import Location
from reconciler.model.resource import External

pytestmark = pytest.mark.anyio
HERE = Location("x.yaml")


def answering(**lists):
    """`queues=[...]` answers paths that end so."""

    def answer(request):
        part = (
            request.url.path.rpartition("/")[2] if "search" not in request.url.path else request.url.path.split("/")[3]
        )
        rows = lists.get(part, [])
        return ok({"results": rows} if "search" in request.url.path else {"entities": rows, "pageCount": 1})

    return Platform(answer)


async def test_two_objects_with_one_name_are_an_error_when_it_is_used():
    names = Names(client=make_client(answering(queues=[{"id": "1", "name": "Sales"}, {"id": "2", "name": "Sales"}])))
    with pytest.raises(Rejected, match=r"Queue 'Sales' is ambiguous: 2 of them .*\(1, 2\)"):
        await names.absent([External("Queue", "Sales", HERE)])
    assert await names.id_of("Queue", "Support") is None


async def test_names_are_compared_exactly():
    names = Names(client=make_client(answering(queues=[{"id": "1", "name": "sales"}])))
    assert await names.id_of("Queue", "Sales") is None


async def test_a_queue_that_the_list_misses_is_searched_by_name_once():
    platform = answering(queues=[])
    names = Names(client=make_client(platform))
    for _ in range(2):
        assert await names.id_of("Queue", "New") is None
    assert len(platform.requests) == 2
    assert platform.requests[1].url.params["name"] == "New"


async def test_users_are_searched_by_name_or_mail_address():
    platform = answering(users=[{"id": "u1", "name": "Example User", "email": "user@example.com"}])
    names = Names(client=make_client(platform))
    assert await names.id_of("User", "Example User") == "u1"
    assert await names.id_of("User", "user@example.com") == "u1"
    assert [body_of(request)["query"][0]["fields"] for request in platform.requests] == [["name"], ["email"]]


async def test_flows_of_one_name_are_told_apart_by_type():
    rows = [{"id": "1", "name": "Main", "type": "INBOUNDCALL"}, {"id": "2", "name": "Main", "type": "BOT"}]
    names = Names(client=make_client(answering(flows=rows)))
    assert await names.id_of("Flow", "Main", type="botFlow") == "2"
    assert await names.absent([External("Flow", "Main", HERE)]) == []


async def test_who_needs_a_name_waits_for_the_list_that_is_being_read():
    platform = answering(flows=[])
    names = Names(client=make_client(platform))
    found = []

    async def ask():
        found.append(await names.id_of("Flow", "Main", type="inboundCall"))

    async with anyio.create_task_group() as tasks, names.listing("Flow") as fill:
        tasks.start_soon(ask)
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        fill([Named("1", "Main", "inboundCall")])
    assert found == ["1"]
    assert platform.requests == []


async def test_a_new_pass_sees_the_organisation_afresh():
    platform = answering(queues=[{"id": "1", "name": "Sales"}])
    names = Names(client=make_client(platform))
    await names.id_of("Queue", "Sales")
    names.begin_pass()
    await names.id_of("Queue", "Sales")
    assert len(platform.requests) == 2


async def test_what_we_have_just_made_is_known():
    names = Names(client=make_client(answering(flows=[])))
    names.learn("Flow", Named("9", "New", "inboundCall"))
    assert await names.id_of("Flow", "New", type="inboundCall") == "9"
    assert await names.name_of("Flow", "9") == "New"


async def test_emergency_groups_are_listed_once():
    platform = answering(emergencygroups=[{"id": "1", "name": "Storm"}])
    names = Names(client=make_client(platform))
    wanted = [External("EmergencyGroup", name, HERE) for name in ("Storm", "Flood")]
    assert await names.absent(wanted) == [wanted[1]]
    assert [request.url.path for request in platform.requests] == ["/api/v2/architect/emergencygroups"]
