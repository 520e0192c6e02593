"""Messages as the client sends and follows them with the sandbox."""

from __future__ import annotations

import pytest

from reconciler.errors import AmbiguousError, Forbidden, NotFound, Rejected
from reconciler.genesys import messages
from reconciler.genesys.messages import Messenger, Outgoing, Template
from reconciler.genesys.wire.settings import RemoteSettings
from tests.integration.remotes.remote_stage import Stage

pytestmark = pytest.mark.anyio

INTEGRATION = "11111111-2222-4333-8444-555555555555"
SMS = Outgoing(messenger=Messenger.SMS, sender="+13175550100", to="+13175550101", text="Thank you.")
OPEN = Outgoing(messenger=Messenger.OPEN, sender=INTEGRATION, to="person-1", text="Thank you.")


@pytest.fixture
def open_messaging(stage: Stage) -> None:
    integrations = [{"id": INTEGRATION, "name": "Example messenger"}]
    assert stage.control.put("/_sandbox/state", json={"openintegrations": integrations}).status_code == 204


async def test_a_message_is_followed_to_its_delivery(stage: Stage) -> None:
    sent = await messages.send(stage.client, SMS)
    assert (await messages.fate(stage.client, sent.id)).status == "queued"
    stage.time.advance(60)
    fate = await messages.fate(stage.client, sent.id)
    assert fate.status == "delivery-success"
    assert [(one.status, one.is_final) for one in fate.receipts] == [("Sent", False), ("Delivered", True)]


async def test_a_failure_says_why(stage: Stage) -> None:
    stage.fault("POST", messages.AGENTLESS, "job_failure")
    sent = await messages.send(stage.client, SMS)
    stage.time.advance(60)
    fate = await messages.fate(stage.client, sent.id)
    assert fate.status == "delivery-failed"
    assert fate.receipts[-1].reasons == ("GeneralError: The sandbox was asked to fail it.",)


async def test_a_message_without_an_answer_is_not_sent_again(stage: Stage) -> None:
    stage.fault("POST", messages.AGENTLESS, "reset_after")
    with pytest.raises(AmbiguousError):
        await messages.send(stage.client, SMS)
    assert len(stage.state()["messages"]) == 1


async def test_a_message_is_announced_before_it_leaves(stage: Stage) -> None:
    noted = []

    async def note() -> None:
        noted.append(len(stage.state()["messages"]))

    await messages.send(stage.client, SMS, before_send=note)
    assert noted == [0]


@pytest.mark.parametrize(("messenger", "limit"), [(Messenger.SMS, 765), (Messenger.OPEN, 2000)])
def test_the_longest_texts_are_known(messenger: Messenger, limit: int) -> None:
    assert messenger.text_max == limit


async def test_a_text_that_is_too_long_is_refused_with_its_limit(stage: Stage) -> None:
    long = Outgoing(messenger=Messenger.SMS, sender="+13175550100", to="+13175550101", text="x" * 766)
    with pytest.raises(Rejected, match="765"):
        await messages.send(stage.client, long)


async def test_a_template_goes_where_texts_do_not(stage: Stage) -> None:
    template = Template("response-1", {"name": "Pat"})
    sent = await messages.send(
        stage.client, Outgoing(messenger=Messenger.WHATSAPP, sender="w-1", to="13175550101", template=template)
    )
    assert (await messages.fate(stage.client, sent.id)).status == "queued"


@pytest.mark.usefixtures("open_messaging")
async def test_a_person_writes_and_is_answered_in_one_conversation(stage: Stage) -> None:
    now = stage.time.now()
    asked = await messages.receive(stage.client, INTEGRATION, sender="person-1", text="Hello", at=now, message_id="m-1")
    assert asked.conversation_id
    sent = await messages.send(
        stage.client,
        Outgoing(messenger=Messenger.OPEN, sender=INTEGRATION, to="person-1", text="Hi", joins_conversation=True),
    )
    assert sent.conversation_id == asked.conversation_id
    assert (await messages.fate(stage.client, asked.id)).status == "received"


@pytest.mark.usefixtures("open_messaging")
async def test_the_other_side_acknowledges(stage: Stage) -> None:
    now = stage.time.now()
    good, bad = await messages.send(stage.client, OPEN), await messages.send(stage.client, OPEN)
    await messages.acknowledge(stage.client, INTEGRATION, message_id=good.id, recipient="person-1", at=now)
    await messages.acknowledge(
        stage.client, INTEGRATION, message_id=bad.id, recipient="person-1", at=now, failure="RecipientOptedOut"
    )
    assert (await messages.fate(stage.client, good.id)).status == "delivery-success"
    assert (await messages.fate(stage.client, bad.id)).receipts[-1].reasons == ("RecipientOptedOut",)


async def test_an_unknown_message_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await messages.fate(stage.client, "nothing")


async def test_the_missing_permission_is_named(stage: Stage) -> None:
    clients = [{"id": "ci", "secret": "secret", "permissions": ["architect:flow:view"]}]
    stage.control.put("/_sandbox/state", json={"clients": clients})
    stage.become("ci", RemoteSettings())
    with pytest.raises(Forbidden, match="conversation:message:create"):
        await messages.send(stage.client, SMS)
