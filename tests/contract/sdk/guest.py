"""Somebody who uses the platform through the official SDK: login, waiting, uploads, and a look at refusals."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.sandbox.clock import ManualClock
from tests.sandboxes import plain_client

OUTDATED = "outdated_sdk_version"
"""What the SDK puts in place of an enum value that it does not know."""


class Guest:
    def __init__(self, sdk: Any, url: str, clock: ManualClock) -> None:
        self.sdk, self.url, self.clock = sdk, url, clock
        self.plain = plain_client()
        """For the control plane and signed addresses, which are no part of the SDK."""
        for part in ("state", "faults", "requests"):
            self.plain.delete(f"{url}/_sandbox/{part}")
        self._clients: list[Any] = []
        self.become("guest")

    def become(self, client_id: str, secret: str = "secret") -> None:
        """Log in with these credentials; all APIs of this guest use them from now on."""
        client = self.sdk.ApiClient(host=self.url)
        self._clients.append(client)
        self.client = client.get_client_credentials_token(client_id, secret)
        self.architect = self.sdk.ArchitectApi(self.client)

    def close(self) -> None:
        for client in self._clients:
            client.get_http_client().rest_client.pool_manager.clear()
        self.plain.close()

    def put_state(self, **parts: Any) -> None:
        assert self.plain.put(f"{self.url}/_sandbox/state", json=parts).status_code == 204

    def control(self, part: str, order: Any) -> None:
        """Tell the sandbox what shall have happened."""
        assert self.plain.post(f"{self.url}/_sandbox/{part}", json=order).status_code < 300

    def person(self, action: str, kind: str, name: str, **more: Any) -> None:
        self.control("people", {"as": "supervisor-1", "action": action, "kind": kind, "name": name, **more})

    def upload(self, url: str, headers: dict[str, str], content: bytes) -> None:
        assert self.plain.put(url, headers=headers, content=content).status_code == 200

    def around_now(self, span: timedelta = timedelta(days=1)) -> str:
        """The interval from so long ago to so long ahead."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return "/".join(f"{at:%Y-%m-%dT%H:%M:%S.000Z}" for at in (now - span, now + span))

    def waited(self, look: Callable[[], Any], *ends: str, field: str = "status") -> Any:
        """Poll until the field has one of these values; time passes by hand."""
        for _ in range(20):
            found = known(look())
            if getattr(found, field) in ends:
                return found
            self.clock.advance(1.0)
        raise AssertionError(f"{field} stayed {getattr(found, field)}")

    def published(self, yaml: str) -> Any:
        """The flow that a job made of this file."""
        job = self.publish(yaml)
        assert job.status == "Success", job
        return known(self.architect.get_flow(job.flow.id))

    def publish(self, yaml: str) -> Any:
        """The finished job."""
        slot = known(self.architect.post_flows_jobs())
        self.upload(slot.presigned_url, slot.headers, yaml.encode())
        return self.waited(lambda: self.architect.get_flows_job(slot.id, expand=["messages"]), "Success", "Failure")

    def refusal(self, call: Callable[[], Any]) -> Any:
        """The SDK's exception, and in `error` its body as the SDK's own ErrorBody."""
        with pytest.raises(self.sdk.rest.ApiException) as raised:
            call()
        refusal: Any = raised.value
        answer = SimpleNamespace(data=refusal.body, getheader=refusal.headers.get)
        refusal.error = known(self.client.deserialize(answer, "ErrorBody"))
        assert refusal.error.status == refusal.status
        assert refusal.error.context_id == refusal.headers["ININ-Correlation-Id"]
        return refusal


def known(value: Any) -> Any:
    """The value, once nothing in it is an enum value that the SDK does not know."""
    assert OUTDATED not in list(_texts(value)), value
    return value


def _texts(value: Any) -> Iterator[str]:
    if hasattr(value, "swagger_types"):
        value = [getattr(value, name) for name in value.swagger_types]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def sound(seconds: float = 1.0) -> bytes:
    """8 kHz 16-bit mono."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return buffer.getvalue()


FLOW = """
inboundCall:
  name: {name}
  defaultLanguage: en-us
  startUpRef: "/inboundCall/tasks/task[say]"
  initialGreeting:
    tts: {greeting}
  tasks:
    - task:
        name: Say
        refId: say
        actions:
          - disconnect:
              name: End
"""


def flow(name: str = "Main IVR", *, greeting: str = "Hello") -> str:
    return FLOW.format(name=name, greeting=greeting)
