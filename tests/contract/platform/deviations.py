"""Where we knowingly differ from what the SDK's source says, each with the reason. The one table of its kind.

An entry here switches a check off. It needs a source that is worth more than the SDK at this place.
"""

from __future__ import annotations

NOT_API: dict[str, str] = {
    "/_sandbox/": "the sandbox's control plane; no part of the platform",
    "/uploads/": "signed addresses of storage: the platform hands them out as `presignedUrl`, `url` and `uploadUri`, "
    "and the SDK describes none of them",
    "/downloads/": "signed addresses of exported flows, handed out as `downloadUrl`",
    "/media/": "signed addresses of recordings, handed out as `mediaUri`",
}
"""Beginnings of paths that are no endpoints of the API, and why."""

LOGIN_PATH = "/oauth/token"
LOGIN: dict[str, dict[str, str]] = {
    "answer": {"access_token": "str", "token_type": "str", "expires_in": "int"},
    "refusal": {"error": "str", "description": "str", "error_description": "str"},
}
"""Login is on another host and in no API class of the SDK, whose `api_client.py` sends the form
`grant_type=client_credentials` with HTTP Basic and reads `access_token`. The other fields and the refusal in OAuth's
shape: developer documentation of Genesys Cloud; the names of a refusal's text differ between sources, so both."""

LOCAL_TIMES: dict[tuple[str, str], str] = {
    ("Schedule", "start"): "local time without a zone, as the official Terraform provider sends and reads it",
    ("Schedule", "end"): "like `start`",
}
"""Fields of type datetime that carry no time zone; all others are UTC with a Z."""
