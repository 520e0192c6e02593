"""Publishing YAML: register a job, hand over the file, ask how it goes [SDK 269].

Registering has no effect of its own; the PUT of the file starts the job. Identity is the type and the name inside
the file, never an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.genesys import bodies, prompts, transfer, translate
from reconciler.genesys.client import Client
from reconciler.genesys.retry import Effect
from reconciler.genesys.translate import Place

JOBS = "/api/v2/flows/jobs"
JOB = f"{JOBS}/{{jobId}}"
MESSAGES_MAX = 10


@dataclass(frozen=True, slots=True)
class Slot:
    """A registered job, waiting for its file. The address is a secret."""

    id: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """`status` is Registered, Started, Success or Failure; `messages` are sentences, errors first."""

    id: str
    status: str
    flow_id: str
    messages: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        return self.status in ("Success", "Failure")


async def register(client: Client) -> Slot:
    """A fresh job. Safe to repeat: one that never gets its file does nothing."""
    body = await client.request("POST", JOBS, effect=Effect.READ, json={}, needs=("id", "presignedUrl"))
    return Slot(str(body["id"]), str(body["presignedUrl"]), prompts.headers_of(body, Place("POST", JOBS)))


async def hand_over(client: Client, slot: Slot, content: bytes) -> None:
    """PUT the file with exactly the headers of the registration and no token; this starts the job."""
    await transfer.put(client, slot.url, headers=slot.headers, content=content, what="the flow's file")


async def get(client: Client, id: str) -> Job:
    body = await client.get(JOB, path={"jobId": id}, query={"expand": ["messages"]})
    place = Place("GET", JOB)
    row = bodies.row(body, place)
    return Job(
        id=id,
        status=bodies.text(row, "status", place),
        flow_id=bodies.id_of(row, "flow"),
        messages=sentences(row.get("messages")),
    )


def sentences(messages: Any) -> tuple[str, ...]:
    """Type and text of a job's messages, errors first. The `details` beside them hold unredacted bodies: never read."""
    entries = [entry for entry in messages if isinstance(entry, dict)] if isinstance(messages, list) else []
    entries.sort(key=lambda entry: {"Error": 0, "Warning": 1}.get(str(entry.get("type")), 2))
    texts = [translate.tidy(bodies.optional_text(entry, "text")) for entry in entries]
    return tuple(dict.fromkeys(text for text in texts if text))[:MESSAGES_MAX]
