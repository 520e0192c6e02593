"""What the fault matrix calls: every endpoint function of the kinds, with the request in it that goes wrong. The other
areas are in `fault_calls_areas`.

A function that sends several requests has a row for each. `discovered` finds the functions themselves, so that one
without a row fails the matrix instead of being forgotten.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import reconciler.genesys
from reconciler.genesys import exports, flow_jobs, flows, identity, lookups, organizations, prompts, routes
from reconciler.genesys.wire import transfer
from reconciler.genesys.wire.client import Client

WAYS_TO_CALL = {"looking", "paging"}
"""Modules that call what they are given; not calls of their own."""
ME = "/api/v2/organizations/me"
FLOW_FILE = """\
inboundCall:
  name: {name}
  defaultLanguage: en-us
  startUpRef: "/inboundCall/menus/menu[main]"
  initialGreeting: {{tts: Hello}}
  menus:
    - menu:
        name: Main
        refId: main
        audio: {{tts: Press nine}}
        choices:
          - menuDisconnect: {{name: Bye, dtmf: digit_9}}
"""
FILE = FLOW_FILE.format(name="Main IVR").encode()
PERSON = "supervisor-1"
NEW_ROUTE = {"name": "New number", "dnis": ["+13175550102"]}
TEXTS = {"language": "fr-ca", "ttsString": "Bonjour"}


@dataclass
class Scene:
    """One client and what it works on."""

    client: Client
    prompt: str = ""
    flow: str = ""
    route: str = ""
    bot: str = ""
    held: dict[str, Any] = field(default_factory=dict)
    """What `before` made for the call."""


async def said() -> None:
    """The announcement of a write; there is no ledger here."""


Work = Callable[[Scene], Awaitable[Any]]


@dataclass(frozen=True)
class Call:
    """`name` is `module.function`; `method` and `path` are those of the request that goes wrong."""

    name: str
    method: str
    path: str
    work: Work
    writes: bool = False
    before: Work | None = None


async def _uploaded(s: Scene) -> None:
    s.held["upload"] = await prompts.ask_upload(s.client, s.prompt, "en-us")


async def _older_upload(s: Scene) -> None:
    s.held["uri"] = (await prompts.get_resource(s.client, s.prompt, "en-us"))["uploadUri"]


async def _registered(s: Scene) -> None:
    s.held["slot"] = await flow_jobs.register(s.client)


async def _running(s: Scene) -> None:
    await _registered(s)
    await flow_jobs.hand_over(s.client, s.held["slot"], FILE)


async def _locked(s: Scene) -> None:
    await flows.checkout(s.client, s.flow, before_send=said)


async def _renamed(s: Scene) -> None:
    await flows.replace(s.client, await flows.get(s.client, s.flow), name="Other", before_send=said)


async def _numbered(s: Scene) -> None:
    row = await routes.get(s.client, s.route)
    await routes.replace(s.client, s.route, {**row, "description": "newer"}, before_send=said)


async def _put(s: Scene) -> None:
    url, headers = s.held["upload"]
    await transfer.put(s.client, url, headers=headers, content=SOUND, what="the recording")


async def _posted(s: Scene) -> None:
    file: dict[str, Any] = {"filename": "a.wav", "content_type": "audio/wav", "content": SOUND, "what": "the recording"}
    await transfer.post_file(s.client, s.held["uri"], **file)


async def _login(s: Scene) -> None:
    s.client._auth.reject(await s.client.token())
    await organizations.me(s.client)


def _wav(seconds: float = 0.2) -> bytes:
    """8 kHz 16-bit mono silence."""
    data = b"\x00\x00" * int(8000 * seconds)
    form = (16).to_bytes(4, "little") + bytes.fromhex("0100 0100 401f0000 803e0000 0200 1000")
    return b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + form + b"data" + _length(data) + data


def _length(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little")


SOUND = _wav()
P, F = prompts, flows
CALLS = (
    Call("client.token", "POST", "/oauth/token", _login),
    Call("organizations.me", "GET", ME, lambda s: organizations.me(s.client)),
    Call("identity.whoami", "GET", ME, lambda s: identity.whoami(s.client)),
    # Prompts.
    Call("prompts.everything", "GET", P.PROMPTS, lambda s: P.everything(s.client)),
    Call("prompts.whole", "GET", P.PROMPTS, lambda s: P.whole(s.client, lambda row: row["id"])),
    Call("prompts.find", "GET", P.PROMPTS, lambda s: P.find(s.client, "welcome")),
    Call("prompts.get", "GET", P.PROMPT, lambda s: P.get(s.client, s.prompt)),
    Call(
        "prompts.create", "POST", P.PROMPTS, writes=True,
        work=lambda s: P.create(s.client, name="made", description="", before_send=said),
    ),
    Call(
        "prompts.replace", "PUT", P.PROMPT, writes=True,
        work=lambda s: P.replace(s.client, s.prompt, name="welcome", description="newer", before_send=said),
    ),
    Call(
        "prompts.delete", "DELETE", P.PROMPT, writes=True,
        work=lambda s: P.delete(s.client, s.prompt, before_send=said),
    ),
    Call("prompts.get_resource", "GET", P.RESOURCE, lambda s: P.get_resource(s.client, s.prompt, "en-us")),
    Call(
        "prompts.create_resource", "POST", P.RESOURCES, writes=True,
        work=lambda s: P.create_resource(s.client, s.prompt, TEXTS, before_send=said),
    ),
    Call(
        "prompts.replace_resource", "PUT", P.RESOURCE, writes=True,
        work=lambda s: P.replace_resource(
            s.client, s.prompt, "en-us", {"language": "en-us", "ttsString": "Hi", "text": "", "tags": {}},
            before_send=said,
        ),
    ),
    Call(
        "prompts.delete_resource", "DELETE", P.RESOURCE, writes=True,
        work=lambda s: P.delete_resource(s.client, s.prompt, "en-us", before_send=said),
    ),
    Call(
        "prompts.delete_audio", "DELETE", P.AUDIO, writes=True,
        work=lambda s: P.delete_audio(s.client, s.prompt, "en-us", before_send=said),
    ),
    Call("prompts.ask_upload", "POST", P.UPLOADS, lambda s: P.ask_upload(s.client, s.prompt, "en-us")),
    Call("transfer.put", "PUT", "/uploads/*", _put, writes=True, before=_uploaded),
    Call("transfer.post_file", "POST", "/uploads/*", _posted, writes=True, before=_older_upload),
    # Flows.
    Call("flows.everything", "GET", F.FLOWS, lambda s: F.everything(s.client)),
    Call("flows.whole", "GET", F.FLOWS, lambda s: F.whole(s.client, lambda row: row["id"])),
    Call("flows.find", "GET", F.FLOWS, lambda s: F.find(s.client, type="inboundCall", name="Main IVR")),
    Call("flows.get", "GET", F.FLOW, lambda s: F.get(s.client, s.flow)),
    Call("flows.versions", "GET", F.VERSIONS, lambda s: F.versions(s.client, s.flow)),
    Call("flows.latest_configuration", "GET", F.LATEST, lambda s: F.latest_configuration(s.client, s.flow)),
    Call(
        "flows.checkout", "POST", F.CHECKOUT, writes=True,
        work=lambda s: F.checkout(s.client, s.flow, before_send=said),
    ),
    Call(
        "flows.revert", "POST", F.REVERT, writes=True, before=_locked,
        work=lambda s: F.revert(s.client, s.flow, before_send=said),
    ),
    Call(
        "flows.unlock", "POST", F.UNLOCK, writes=True, before=_locked,
        work=lambda s: F.unlock(s.client, s.flow, before_send=said),
    ),
    Call("flows.replace", "PUT", F.FLOW, _renamed, writes=True, before=_locked),
    Call("flows.delete", "DELETE", F.FLOW, lambda s: F.delete(s.client, s.flow, before_send=said), writes=True),
    Call("flow_jobs.register", "POST", flow_jobs.JOBS, lambda s: flow_jobs.register(s.client)),
    Call(
        "flow_jobs.hand_over", "PUT", "/uploads/*", writes=True, before=_registered,
        work=lambda s: flow_jobs.hand_over(s.client, s.held["slot"], FILE),
    ),
    Call("flow_jobs.get", "GET", flow_jobs.JOB, lambda s: flow_jobs.get(s.client, s.held["slot"].id), before=_running),
    Call("exports.yaml", "POST", exports.JOBS, lambda s: exports.yaml(s.client, flow_id=s.flow, version=None)),
    Call("exports.download", "GET", exports.JOB, lambda s: exports.download(s.client, [exports.Wanted(s.flow, None)])),
    Call("transfer.fetch", "GET", "/downloads/*", lambda s: exports.yaml(s.client, flow_id=s.flow, version=None)),
    # Call routes.
    Call("routes.everything", "GET", routes.ROUTES, lambda s: routes.everything(s.client)),
    Call("routes.whole", "GET", routes.ROUTES, lambda s: routes.whole(s.client, lambda row: row["id"])),
    Call("routes.find", "GET", routes.ROUTES, lambda s: routes.find(s.client, "Main number")),
    Call("routes.get", "GET", routes.ROUTE, lambda s: routes.get(s.client, s.route)),
    Call(
        "routes.create", "POST", routes.ROUTES, writes=True,
        work=lambda s: routes.create(s.client, NEW_ROUTE, before_send=said),
    ),
    Call("routes.replace", "PUT", routes.ROUTE, _numbered, writes=True),
    Call(
        "routes.delete", "DELETE", routes.ROUTE, writes=True,
        work=lambda s: routes.delete(s.client, s.route, before_send=said),
    ),
    # Names.
    Call("lookups.queues", "GET", lookups.QUEUES, lambda s: lookups.queues(s.client)),
    Call("lookups.queues_named", "GET", lookups.QUEUES, lambda s: lookups.queues_named(s.client, "Sales")),
    Call("lookups.schedule_groups", "GET", lookups.SCHEDULE_GROUPS, lambda s: lookups.schedule_groups(s.client)),
    Call("lookups.emergency_groups", "GET", lookups.EMERGENCY_GROUPS, lambda s: lookups.emergency_groups(s.client)),
    Call("lookups.divisions", "GET", lookups.DIVISIONS, lambda s: lookups.divisions(s.client)),
    Call("lookups.users_named", "POST", lookups.USERS_SEARCH, lambda s: lookups.users_named(s.client, PERSON)),
    Call("lookups.groups_named", "POST", lookups.GROUPS_SEARCH, lambda s: lookups.groups_named(s.client, PERSON)),
    Call("lookups.user_name", "GET", lookups.USER, lambda s: lookups.user_name(s.client, s.held["user"])),
)  # fmt: skip


def discovered() -> set[str]:
    """`module.function` of every public endpoint function: a coroutine that takes the client first."""
    names = {module.name for module in pkgutil.iter_modules(reconciler.genesys.__path__)}
    modules = {name: importlib.import_module(f"reconciler.genesys.{name}") for name in names - WAYS_TO_CALL}
    return {
        f"{name}.{word}"
        for name, module in modules.items()
        for word, function in vars(module).items()
        if inspect.iscoroutinefunction(function)
        and function.__module__ == module.__name__
        and not word.startswith("_")
        and next(iter(inspect.signature(function).parameters), "") == "client"
    }


def without_a_row(calls: Iterable[Call]) -> set[str]:
    return discovered() - {call.name for call in calls}
