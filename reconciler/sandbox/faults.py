"""Trouble on order: which request goes wrong, and how.

A fault is `{"method", "path", "fault", "status", "times", "probability"}`; `path` is a template, or a concrete path
in which `*` stands for anything. `times` is 1 unless a probability is given. Kinds:

status        answer `status` (503) with the normalised body, the request is not carried out; optional `code`,
              `message`, `retry_after`, or a raw `body` with `content_type`
reset_before  cut the connection, the request is not carried out
reset_after   carry the request out, then cut the connection
timeout       say nothing for `seconds` (60); `apply` "never" (default), "now" or "late" (after the client has left)
slow          carry it out and drip the answer over `seconds` (5)
truncate      carry it out and send half of the answer, then close
alter         carry it out and change the answer's JSON: `set` maps places to values, `remove` lists places (`altering`)
huge          carry it out and answer JSON of `size` bytes (128 MiB) instead
expired       at a signed address, not below /api: 403 from the storage, as when its time is over
job_failure   at POST of a publish, export, validate or analytics job or of an audit query: that job will fail, with
              `message` or with no message at all; at POST of an agentless message: it will not be delivered
export_throttled  at POST /api/v2/flows/export/jobs: that job fails with "could not find the flow", though it is there
transcode_failure  at POST .../uploads, or at the older upload itself: what is uploaded will not transcode
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any

from reconciler.sandbox import altering
from reconciler.sandbox.answers import Json, Reply, StorageError, bad_request

KINDS = (
    "status", "reset_before", "reset_after", "timeout", "slow", "truncate", "alter", "huge", "expired",
    "job_failure", "export_throttled", "transcode_failure",
)  # fmt: skip
FIELDS = {
    "method", "path", "fault", "status", "times", "probability", "seed", "code", "message", "retry_after", "body",
    "content_type", "seconds", "apply", "headers", "set", "remove", "size",
}  # fmt: skip
SIZE = 128 * 1024 * 1024


@dataclass(slots=True)
class Fault:
    kind: str
    method: str
    path: str
    pattern: re.Pattern[str]
    details: Json
    left: int | None
    probability: float
    rng: Random

    def text(self, key: str, default: str) -> str:
        return str(self.details.get(key, default))

    def seconds(self, default: float) -> float:
        return float(self.details.get("seconds", default))

    def shown(self) -> Json:
        return {**self.details, "left": self.left}

    def strike(self) -> None:
        """Refuse in place of the handler. Raises StorageError when the fault is that the address has expired."""
        if self.kind == "expired":
            raise StorageError(403, "AccessDenied", "Request has expired")

    def spoil(self, reply: Reply) -> Reply:
        """What goes out in place of the handler's answer."""
        return altering.altered(reply, self.details) if self.kind == "alter" else reply


class Faults:
    """The faults that wait for a request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, order: Json) -> Fault:
        """Raises ApiError 400 that says what is wrong with the order."""
        fault = parse(order)
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        self._waiting.clear()

    def shown(self) -> list[Json]:
        return [fault.shown() for fault in self._waiting]

    def pick(self, method: str, template: str, path: str) -> Fault | None:
        """The first fault for this request, used up by one."""
        for fault in self._waiting:
            if fault.method not in ("*", method) or not (fault.path == template or fault.pattern.fullmatch(path)):
                continue
            if fault.rng.random() >= fault.probability:
                continue
            if fault.left is not None:
                fault.left -= 1
                if fault.left <= 0:
                    self._waiting.remove(fault)
            return fault
        return None


def parse(order: Json) -> Fault:
    if unknown := sorted(set(order) - FIELDS):
        raise bad_request(f"unknown field {unknown[0]!r}; a fault has {', '.join(sorted(FIELDS))}.")
    kind, path = order.get("fault"), order.get("path", "*")
    if kind not in KINDS:
        raise bad_request(f"fault must be one of {', '.join(KINDS)}.", "fault")
    if not isinstance(path, str):
        raise bad_request("path must be a template or a concrete path, with * for anything.", "path")
    probability = _number(order, "probability", 1.0)
    if not 0 <= probability <= 1:
        raise bad_request("probability must lie between 0 and 1.", "probability")
    times = order.get("times", None if "probability" in order else 1)
    if times is not None and (not isinstance(times, int) or times < 1):
        raise bad_request("times must be a whole number from 1, or null for always.", "times")
    status = order.get("status", 503)
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise bad_request("status must be an HTTP status.", "status")
    _number(order, "seconds", 0.0)
    _number(order, "size", SIZE)
    if kind == "alter":
        altering.check(order)
    if kind == "expired" and path.startswith("/api"):
        raise bad_request("only signed addresses expire; they are /media, /downloads and /uploads.", "path")
    if order.get("apply", "never") not in ("never", "now", "late"):
        raise bad_request("apply must be never, now or late.", "apply")
    return Fault(
        kind=kind,
        method=str(order.get("method", "*")).upper(),
        path=path,
        pattern=re.compile(".*".join(re.escape(part) for part in re.sub(r"\{\w+\}", "*", path).split("*"))),
        details=dict(order),
        left=times,
        probability=probability,
        rng=Random(order.get("seed", 0)),  # noqa: S311 - repeatable trouble, not a secret
    )


def _number(order: Json, key: str, default: float) -> float:
    value: Any = order.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise bad_request(f"{key} must be a number from 0.", key)
    return float(value)
