"""What goes back over the wire: replies, and refusals in the platform's error shape.

A handler returns a `Reply` or raises `ApiError`. Error bodies follow the platform's ErrorBody
[SDK 269]: message, code, status, contextId, details, errors; contextId equals the correlation id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def ok(value: object, *, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, encode(value))


def no_content() -> Reply:
    return Reply(204)


class ApiError(Exception):
    """A refusal in the platform's words: HTTP status, dotted code, sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        entity_id: str | None = None,
        entity_name: str | None = None,
        fields: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.entity_id, self.entity_name = entity_id, entity_name
        self.fields = fields
        self.headers = dict(headers or {})

    def reply(self, correlation_id: str) -> Reply:
        body = error_body(self.status, self.code, self.message, correlation_id)
        body["details"] = [{"errorCode": self.code, "fieldName": name} for name in self.fields]
        if self.entity_id:
            body["entityId"] = self.entity_id
        if self.entity_name:
            body["entityName"] = self.entity_name
        return Reply(self.status, encode(body), headers=self.headers)


def error_body(status: int, code: str, message: str, correlation_id: str) -> Json:
    return {
        "message": message,
        "code": code,
        "status": status,
        "messageParams": {},
        "contextId": correlation_id,
        "details": [],
        "errors": [],
    }


class LoginError(Exception):
    """A refusal of the login endpoint, which speaks OAuth and not ErrorBody."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description

    def reply(self) -> Reply:
        text = self.description
        body = {"error": self.error, "description": text, "error_description": text}
        return Reply(self.status, encode(body))


class StorageError(Exception):
    """A refusal of the storage service behind a signed address, which answers XML as object stores do."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def reply(self) -> Reply:
        text = f"<?xml version='1.0'?><Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        return Reply(self.status, text.encode(), content_type="application/xml")


def bad_request(message: str, *fields: str, code: str = "bad.request") -> ApiError:
    return ApiError(400, code, message, fields=fields)


def not_found(code: str, what: str, entity_id: str) -> ApiError:
    return ApiError(404, code, f"Unable to find {what} with id {entity_id}.", entity_id=entity_id)


def conflict(code: str, message: str, *, entity_id: str | None = None, entity_name: str | None = None) -> ApiError:
    return ApiError(409, code, message, entity_id=entity_id, entity_name=entity_name)
