"""Choosing the Environment of a pass and turning it into values.

Relies on `kinds.environment.spec` for its shape. Secrets come from process variables or from files whose content is
handed in; none of them ever gets into a message.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from reconciler.documents.document import Document
from reconciler.documents.nearest import nearest
from reconciler.kinds.environment.spec import EnvironmentSpec, PolicySpec, WebhookSpec
from reconciler.kinds.manifest import Manifest, quoted, warning
from reconciler.model.desired import Environment
from reconciler.model.event import Endpoint
from reconciler.model.policy import (
    AdoptPolicy,
    ConflictPolicy,
    CyclePolicy,
    DriftPolicy,
    FreezeWindow,
    LockPolicy,
    Policy,
)
from reconciler.model.problem import Location, Problem

EVENT_TYPES: Final = (
    *(f"prompt.{word}" for word in ("created", "updated", "deleted", "adopted")),
    *(f"flow.{word}" for word in ("published", "deleted", "adopted")),
    *(f"route.{word}" for word in ("created", "updated", "deleted", "adopted")),
    "menu.adapted",
    "drift.detected",
    "drift.corrected",
    "conflict.detected",
    "change.failed",
    "change.blocked",
    "pass.completed",
    "export.completed",
    *(f"message.{word}" for word in ("sent", "failed", "delivered", "read")),
    "probe.passed",
    "probe.failed",
)
FILE: Final = "file:"
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z", re.ASCII)
"""A header name [RFC 9110 section 5.6.2]."""
_OUR_HEADERS: Final = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file outside the repository that the Environment names, and where it does."""

    path: str
    location: Location


def choose(documents: Sequence[Document], name: str | None, root: str) -> tuple[Document | None, list[Problem]]:
    """The Environment called `name`, or the only one; None when there is none and none was asked for."""
    named: dict[str, Document] = {}
    twins = []
    for document in documents:
        first = named.setdefault(str(_name(document)), document)
        if first is not document:
            message = f"Environment/{_name(document)} is declared twice, first at {first.at(('metadata', 'name'))}."
            place = document.at(("metadata", "name"))
            twins.append(Problem(place, "REC1201", message, "Rename one of them, or remove it."))
    if twins:
        return None, twins
    if name is not None:
        if name in named:
            return named[name], []
        guess = nearest(name, named)
        known = f"there are {', '.join(sorted(named))}" if named else "no document of kind Environment is there"
        message = f"there is no Environment {quoted(name)}: {known}."
        remedy = f"Did you mean --env {guess}?" if guess else "Add one, or leave --env out."
        return None, [Problem(Location(root or "."), "REC1507", message, remedy)]
    if len(documents) < 2:
        return (documents[0] if documents else None), []
    message = f"there are several Environments: {', '.join(sorted(named))}."
    return None, [Problem(documents[0].at(), "REC1506", message, "Say which with --env NAME or RECONCILE_ENV.")]


def _name(document: Document) -> Any:
    metadata = document.value.get("metadata") if isinstance(document.value, dict) else None
    return metadata.get("name") if isinstance(metadata, dict) else None


def secret_files(manifest: Manifest) -> list[SecretFile]:
    """The files whose content webhooks need."""
    spec: EnvironmentSpec = manifest.spec
    found = []
    for number, webhook in enumerate(spec.webhooks):
        path = ("spec", "webhooks", number)
        if webhook.secret is not None and webhook.secret.startswith(FILE):
            found.append(SecretFile(webhook.secret[len(FILE) :], manifest.at(*path, "secret")))
        for name, value in webhook.headers.items():
            if value.startswith(FILE):
                found.append(SecretFile(value[len(FILE) :], manifest.at(*path, "headers", name)))
    return found


def convert(manifest: Manifest, secrets: Mapping[str, str]) -> tuple[Environment, list[Problem]]:
    """The Environment as values. `secrets` has the content of every secret file that could be read."""
    spec: EnvironmentSpec = manifest.spec
    problems: list[Problem] = []
    endpoints = []
    names: set[str] = set()
    for number, webhook in enumerate(spec.webhooks):
        problems += _check_webhook(manifest, number, webhook, names)
        endpoints.append(_endpoint(webhook, secrets))
        names.add(webhook.name)
    environment = Environment(
        name=manifest.name,
        region=spec.region,
        region_at=manifest.at("spec", "region") if spec.region is not None else None,
        organization=spec.organization,
        policy=_policy(spec.policy, _freeze(spec)),
        webhooks=tuple(endpoints),
    )
    return environment, problems


def _policy(spec: PolicySpec, freeze: tuple[FreezeWindow, ...]) -> Policy:
    return Policy(
        prune=spec.prune,
        adopt=AdoptPolicy(spec.adopt),
        drift=DriftPolicy(spec.drift),
        drift_grace_seconds=spec.drift_grace,
        conflict=ConflictPolicy(spec.conflict),
        on_locked=LockPolicy(spec.on_locked),
        update_threshold=spec.update_threshold,
        delete_threshold=spec.delete_threshold,
        delete_max=spec.delete_max,
        thresholds_from=spec.thresholds_from,
        cycles=CyclePolicy(spec.cycles),
        menu_max_depth=spec.menu_max_depth,
        prompt_max_duration_seconds=spec.prompt_max_duration,
        message_origins=tuple(spec.message_origins),
        freeze=freeze,
    )


def _freeze(spec: EnvironmentSpec) -> tuple[FreezeWindow, ...]:
    return tuple(
        FreezeWindow(
            kind=window.kind,
            schedule=window.schedule,
            duration_seconds=window.duration,
            time_zone=window.time_zone,
            manual_sync=window.manual_sync,
            sync_overrun=window.sync_overrun,
        )
        for window in spec.freeze
    )


def _endpoint(webhook: WebhookSpec, secrets: Mapping[str, str]) -> Endpoint:
    return Endpoint(
        name=webhook.name,
        url=webhook.url,
        events=tuple(webhook.events),
        secret=_secret(webhook.secret, secrets) if webhook.secret is not None else None,
        unsigned=webhook.unsigned,
        enabled=webhook.enabled,
        headers={name: _secret(value, secrets) for name, value in webhook.headers.items()},
        archive=webhook.archive,
    )


def _secret(value: str, secrets: Mapping[str, str]) -> str:
    return secrets.get(value[len(FILE) :], "") if value.startswith(FILE) else value


def _check_webhook(manifest: Manifest, number: int, webhook: WebhookSpec, names: set[str]) -> list[Problem]:
    path = ("spec", "webhooks", number)
    problems = [*_check_url(manifest, path, webhook), *_check_secret(manifest, path, webhook)]
    if webhook.name in names:
        message = f"there are two webhooks {quoted(webhook.name)}."
        problems.append(Problem(manifest.at(*path, "name"), "REC1514", message, "Rename one of them."))
    for place, glob in enumerate(webhook.events):
        if not any(fnmatch.fnmatchcase(event, glob) for event in EVENT_TYPES):
            guess = nearest(glob, EVENT_TYPES)
            remedy = f"Did you mean {guess}?" if guess else 'Write an event type, "flow.*" or "*".'
            where = manifest.at(*path, "events", place)
            problems.append(Problem(where, "REC1513", f"no event is called {quoted(glob)}.", remedy))
    for name in webhook.headers:
        problems += _check_header(manifest, (*path, "headers", name), name)
    return problems


def _check_url(manifest: Manifest, path: tuple[str | int, ...], webhook: WebhookSpec) -> list[Problem]:
    """The address itself is never quoted: it may hold a token that came from a process variable."""
    place = manifest.at(*path, "url")
    try:
        url = urlsplit(webhook.url)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        usable, url = False, urlsplit("")
    name = quoted(webhook.name)
    if not usable:
        return [Problem(place, "REC1511", f"the url of webhook {name} is no web address.", "Write https://host/path.")]
    if url.username is not None or url.password is not None:
        message = f"the url of webhook {name} holds a user or password."
        return [Problem(place, "REC1511", message, "Send it in `headers` instead, from ${env.NAME}.")]
    return []


def _check_secret(manifest: Manifest, path: tuple[str | int, ...], webhook: WebhookSpec) -> list[Problem]:
    name = quoted(webhook.name)
    if webhook.secret is None and not webhook.unsigned:
        message = f"webhook {name} has no secret, so nobody can tell its deliveries from forgeries."
        remedy = 'Add secret: "${env.NAME}", or say `unsigned: true`.'
        return [Problem(manifest.at(*path), "REC1508", message, remedy)]
    if webhook.secret is not None and webhook.unsigned:
        message = f"webhook {name} has a secret and says `unsigned: true`."
        return [Problem(manifest.at(*path, "unsigned", key=True), "REC1508", message, "Keep one of them.")]
    if webhook.secret is not None and not _comes_from_outside(_written(manifest, (*path, "secret"))):
        message = f"the secret of webhook {name} is in git, where everybody with the repository can read it."
        return [warning(manifest.at(*path, "secret"), "REC1510", message, 'Write "${env.NAME}" or "file:/path".')]
    return []


def _check_header(manifest: Manifest, path: tuple[str | int, ...], name: str) -> list[Problem]:
    place = manifest.at(*path)
    if not _HEADER.match(name) or name.lower() in _OUR_HEADERS or name.lower().startswith("webhook-"):
        message = f"{quoted(name)} cannot be a header of a webhook."
        return [Problem(manifest.at(*path, key=True), "REC1509", message, "Choose another name.")]
    if not _comes_from_outside(_written(manifest, path)):
        message = f"the value of the header {quoted(name)} is in git."
        return [Problem(place, "REC1509", message, 'Write "${env.NAME}" or "file:/path".')]
    return []


def _comes_from_outside(written: Any) -> bool:
    text = str(written)
    return text.startswith(FILE) or re.search(r"(?<!\$)\$\{\s*env\.", text) is not None


def _written(manifest: Manifest, path: tuple[str | int, ...]) -> Any:
    """The value as the file has it, before variables were filled in."""
    value = manifest.document.value
    for step in path:
        value = value[step]
    return value
