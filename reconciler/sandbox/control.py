"""The control plane: what was asked, trouble on order, other people, the inbox, and the state itself.

Errors here are JSON like the platform's, so one client reads both. PUT /_sandbox/state replaces each top-level part
that the body names and keeps the others; collections may be given as lists. DELETE starts a new organisation.
"""

from __future__ import annotations

import json

from reconciler.sandbox import people
from reconciler.sandbox.analytics import traffic
from reconciler.sandbox.answers import Json, Reply, no_content, ok
from reconciler.sandbox.app import Sandbox
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.conversations import message_life
from reconciler.sandbox.organisation import new_organisation
from reconciler.sandbox.state import merged
from reconciler.sandbox.store import Saver

INBOX_MAX = 20_000


def endpoints(sandbox: Sandbox, saver: Saver) -> list[Endpoint]:
    """The control plane of that sandbox."""

    def requests(_: Call) -> Reply:
        by_route = dict(sorted(sandbox.requests.items()))
        return ok({"total": sum(by_route.values()), "by_route": by_route})

    def forget_requests(_: Call) -> Reply:
        sandbox.requests.clear()
        return no_content()

    def add_fault(call: Call) -> Reply:
        return ok(sandbox.faults.add(call.json()).shown(), status=201)

    def list_faults(_: Call) -> Reply:
        return ok(sandbox.faults.shown())

    def clear_faults(_: Call) -> Reply:
        sandbox.faults.clear()
        return no_content()

    def get_state(call: Call) -> Reply:
        saver.save()
        return ok(call.world.state)

    def put_state(call: Call) -> Reply:
        return _replace(call, merged(call.world.state, call.json()))

    def reset_state(call: Call) -> Reply:
        sandbox.limiter.forget()
        return _replace(call, new_organisation(call.world.now()))

    def _replace(call: Call, state: Json) -> Reply:
        call.world.state.clear()
        call.world.state.update(state)
        call.world.forget_caches()
        saver.save()
        return no_content()

    return [
        Endpoint("GET", "/_sandbox/health", health, open=True),
        Endpoint("GET", "/_sandbox/requests", requests, open=True),
        Endpoint("DELETE", "/_sandbox/requests", forget_requests, open=True),
        Endpoint("GET", "/_sandbox/faults", list_faults, open=True),
        Endpoint("POST", "/_sandbox/faults", add_fault, open=True),
        Endpoint("DELETE", "/_sandbox/faults", clear_faults, open=True),
        Endpoint("GET", "/_sandbox/state", get_state, open=True),
        Endpoint("PUT", "/_sandbox/state", put_state, open=True),
        Endpoint("DELETE", "/_sandbox/state", reset_state, open=True),
        Endpoint("POST", "/_sandbox/people", people.act, open=True),
        Endpoint("POST", "/_sandbox/inbox/{name}", receive, open=True),
        Endpoint("GET", "/_sandbox/inbox/{name}", read_inbox, open=True),
        Endpoint("DELETE", "/_sandbox/inbox/{name}", empty_inbox, open=True),
        *traffic.endpoints(),
        *message_life.endpoints(),
    ]


def health(call: Call) -> Reply:
    organization = call.world.state["organization"]
    return ok({"status": "ok", "organization": {"id": organization["id"], "name": organization["name"]}})


def receive(call: Call) -> Reply:
    """Keep what a webhook sends, as it was sent."""
    raw = call.body.decode("utf-8", "replace")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    kept = call.world.state["inbox"].setdefault(call.params["name"], [])
    kept.append({"headers": dict(call.headers.items()), "body": body, "raw": raw})
    del kept[:-INBOX_MAX]
    call.world.touch()
    return no_content()


def read_inbox(call: Call) -> Reply:
    return ok(call.world.state["inbox"].get(call.params["name"], []))


def empty_inbox(call: Call) -> Reply:
    call.world.state["inbox"].pop(call.params["name"], None)
    call.world.touch()
    return no_content()
