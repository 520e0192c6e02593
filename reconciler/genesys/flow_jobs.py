"""Publishing YAML: register a job, hand over the file, ask how it goes [SDK 269].

Registering has no effect of its own; the PUT of the file starts the job. Identity is the type and the name inside
the file, never an id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.genesys import prompts
from reconciler.genesys.wire import bodies, transfer, translate
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

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


async def register(client: Client, *, create_stubs: bool = False) -> Slot:
    """A fresh job. Safe to repeat: one that never gets its file does nothing.

    With `create_stubs` the job makes stub flows for flows that its file refers to and that do not exist
    [SDK 269, RegisterArchitectJobRequest].
    """
    wanted = {"createStubs": True} if create_stubs else {}
    body = await client.request("POST", JOBS, effect=Effect.READ, json=wanted, needs=("id", "presignedUrl"))
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


def sentences(messages: Any, *, kinds: Collection[str] = ("Error", "Warning", "Unknown")) -> tuple[str, ...]:
    """The texts of a job's messages of these types, errors first. The `details` beside them hold unredacted bodies:
    never read. A type that is none of the three counts as Unknown [SDK 269]."""
    listed = messages if isinstance(messages, list) else []
    entries = [entry for entry in listed if isinstance(entry, dict) and _kind(entry) in kinds]
    entries.sort(key=lambda entry: ("Error", "Warning", "Unknown").index(_kind(entry)))
    texts = [translate.tidy(bodies.optional_text(entry, "text")) for entry in entries]
    return tuple(dict.fromkeys(text for text in texts if text))[:MESSAGES_MAX]


def _kind(entry: Mapping[str, Any]) -> str:
    kind = entry.get("type")
    return kind if kind in ("Error", "Warning") else "Unknown"
