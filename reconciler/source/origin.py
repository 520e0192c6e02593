"""Where a remote repository is and how we prove who we are, checked and turned into what git understands. Pure.

Secrets come from files, reach git through its environment, and appear in no argument, URL or message.
"""

from __future__ import annotations

import base64
import posixpath
import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import UsageError


class Protocol(StrEnum):
    HTTPS = "https"
    SSH = "ssh"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """`url` is https, ssh or `user@host:path`; a local path or file:// only with `allow_file`. `ref` is a commit, tag
    or branch, tried in this order; empty means the remote's default branch. `directory` is the source directory in the
    repository. `cache` is a directory of ours for the clone.

    A deploy key (`key_file`) goes with ssh, whose hosts must be in `known_hosts_file` or in the user's or system's own
    list. A token (`token_file`) goes with https; `token_user` is the user name the host expects beside it.
    """

    url: str
    ref: str = ""
    directory: str = "desired_state"
    cache: str
    key_file: str | None = None
    known_hosts_file: str | None = None
    token_file: str | None = None
    token_user: str = "x-access-token"  # noqa: S105 - a user name, GitHub's
    allow_file: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError with the name of the setting."""
        protocol = protocol_of(self.url, allow_file=self.allow_file)
        if self.token_file is not None and protocol is not Protocol.HTTPS:
            raise UsageError("RECONCILE_GIT_TOKEN_FILE needs an https:// address in RECONCILE_GIT_URL.")
        if self.key_file is not None and protocol is not Protocol.SSH:
            raise UsageError("RECONCILE_GIT_KEY_FILE needs an ssh address in RECONCILE_GIT_URL.")
        if self.ref.startswith("-") or _has_blank(self.ref):
            raise UsageError(f"RECONCILE_GIT_REF: {self.ref!r} is not a commit, tag or branch.")
        if self.root == ".." or self.root.startswith(("../", "/")):
            raise UsageError(
                f"--source {self.directory!r} must be a directory inside the repository, without a leading /."
            )

    @property
    def root(self) -> str:
        """The source directory relative to the repository's top; empty for the top."""
        normal = posixpath.normpath(self.directory)
        return "" if normal == "." else normal

    @property
    def shown(self) -> str:
        """The URL for messages."""
        return redact(self.url)

    def environment(self, token: str = "") -> dict[str, str]:
        """What git gets in its environment to reach this origin and nothing else."""
        protocol = protocol_of(self.url, allow_file=self.allow_file)
        settings = [
            ("http.followRedirects", "false"),  # a redirect would carry the token to another host
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "30"),
        ]
        if token:
            basic = base64.b64encode(f"{self.token_user}:{token}".encode()).decode()
            settings.append(("http.extraHeader", f"Authorization: Basic {basic}"))
        environment = {"GIT_ALLOW_PROTOCOL": protocol.value, "GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        if protocol is Protocol.SSH:
            environment |= {"GIT_SSH_COMMAND": self._ssh(), "GIT_SSH_VARIANT": "ssh"}
        return environment

    def _ssh(self) -> str:
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15", "ClearAllForwardings=yes"]
        if self.known_hosts_file is not None:
            options.append(f"UserKnownHostsFile={_ssh_quoted(self.known_hosts_file)}")
        words = ["ssh", "-F", "/dev/null"]
        if self.key_file is not None:
            words += ["-i", self.key_file]
            options.append("IdentitiesOnly=yes")
        return shlex.join([*words, *(part for option in options for part in ("-o", option))])


def _ssh_quoted(path: str) -> str:
    """ssh splits this option's value at blanks, like a line of its configuration file."""
    return f'"{path}"' if _has_blank(path) else path


def protocol_of(url: str, *, allow_file: bool) -> Protocol:
    """How the address is spoken to; raises UsageError for what is not accepted."""
    if _has_blank(url) or not url or url.startswith("-") or "::" in url.partition("/")[0]:
        raise UsageError("RECONCILE_GIT_URL is not an address. Write https://git.example.com/team/telephony.git.")
    scheme, separator, rest = url.partition("://")
    if not separator:
        if url.startswith(("/", "./", "../")):
            return _file(allow_file=allow_file)
        host, colon, path = url.partition(":")
        if not colon or not path or "/" in host or host.rpartition("@")[2].startswith("-"):
            raise UsageError(f"RECONCILE_GIT_URL: {redact(url)!r} is not an address. Write https:// or user@host:path.")
        return Protocol.SSH
    host = rest.partition("/")[0]
    user, at, name = host.rpartition("@")
    match scheme.lower():
        case "file":
            return _file(allow_file=allow_file)
        case "https" | "ssh" if not name or name.startswith("-"):
            raise UsageError("RECONCILE_GIT_URL names no host.")
        case "https" if at:
            raise UsageError(
                "RECONCILE_GIT_URL must hold no user or password. Put a token in RECONCILE_GIT_TOKEN_FILE."
            )
        case "https":
            return Protocol.HTTPS
        case "ssh" if ":" in user:
            raise UsageError("RECONCILE_GIT_URL must hold no password. Put a deploy key in RECONCILE_GIT_KEY_FILE.")
        case "ssh":
            return Protocol.SSH
        case other:
            raise UsageError(f"RECONCILE_GIT_URL: {other}:// is not accepted. Use https:// or ssh.")


def _file(*, allow_file: bool) -> Protocol:
    if not allow_file:
        raise UsageError("RECONCILE_GIT_URL must be https or ssh. For a local repository use --source instead.")
    return Protocol.FILE


def redact(text: str, *secrets: str) -> str:
    """The text without credentials: user parts and queries of URLs, and the given secrets in any place."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***").replace(base64.b64encode(secret.encode()).decode(), "***")
    text = re.sub(r"(?<=://)[^/@\s]+@", "***@", text)
    return re.sub(r"(://[^\s?'\"]+)\?[^\s'\"]*", r"\1", text)


def _has_blank(text: str) -> bool:
    return any(character <= " " or character == "\x7f" for character in text)
