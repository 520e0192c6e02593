"""Settings of one process, read once from the environment it was started with.

Nothing else reads the environment: everything receives values. Whatever is wrong is a UsageError that names the
variable and what to write. docs/settings.md is generated from the model below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from reconciler.documents.nearest import nearest
from reconciler.errors import UsageError
from reconciler.kinds import quantities

PREFIX = "RECONCILE_"
OFF = "off"

_OLD_NAMES = {
    "GENESYS_CLIENT_ID": "GENESYSCLOUD_OAUTHCLIENT_ID",
    "OAUTH_CLIENT_ID": "GENESYSCLOUD_OAUTHCLIENT_ID",
    "GENESYS_CLIENT_SECRET": "GENESYSCLOUD_OAUTHCLIENT_SECRET",
    "OAUTH_CLIENT_SECRET": "GENESYSCLOUD_OAUTHCLIENT_SECRET",
    "GENESYS_BASE_URL": "GENESYSCLOUD_REGION",
    "GENESYS_ENVIRONMENT": "GENESYSCLOUD_REGION",
}
"""Names that older tutorials use, and the ones that every current Genesys Cloud tool reads."""

_FILES = {
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE",
    "RECONCILE_LEDGER_URL": "RECONCILE_LEDGER_URL_FILE",
}
"""Settings that may come from a mounted file instead."""

_KUBERNETES = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)\Z|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?\Z")
"""What a cluster puts into every container's environment when a Service has a name that starts like ours."""


def _duration(written: object) -> object:
    """A Go-style duration to seconds; refuses bare numbers, because their unit would be a guess."""
    return quantities.seconds(written) if isinstance(written, str) else written


def _list(written: object) -> object:
    if not isinstance(written, str):
        return written
    return tuple(part.strip() for part in written.split(",") if part.strip())


def _lower(written: object) -> object:
    return written.lower() if isinstance(written, str) else written


def _ledger(url: str) -> str:
    """SQLite by URL or path. Anything else would silently become a file of that name."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in ("", "sqlite") or url.removeprefix("sqlite:///") == "":
        raise ValueError("the ledger is SQLite: write sqlite:////var/lib/reconciler/ledger.db or a path")
    if scheme and not url.startswith("sqlite:///"):
        raise ValueError("write sqlite:/// and the path, so four slashes before an absolute one")
    return url


Seconds = Annotated[float, BeforeValidator(_duration)]


class Settings(BaseSettings):
    """Each field's alias is its variable; the description has unit and reason, for docs/settings.md."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=False, env_ignore_empty=True
    )

    client_id: str | None = Field(
        default=None,
        alias="GENESYSCLOUD_OAUTHCLIENT_ID",
        description="OAuth client of the organisation, grant type client credentials. Named as every other "
        "Genesys Cloud tool names it, so that one set of variables serves all.",
    )
    client_secret: SecretStr | None = Field(
        default=None,
        alias="GENESYSCLOUD_OAUTHCLIENT_SECRET",
        description="Its secret. `GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE` names a file that holds it, for mounted "
        "secrets; only one of the two may be set.",
    )
    region: str | None = Field(
        default=None,
        alias="GENESYSCLOUD_REGION",
        description="AWS name (`eu-west-1`) or domain (`mypurecloud.ie`) of the organisation's region. No default, "
        "because a client works only where it was created.",
    )
    gateway_url: str | None = Field(
        default=None,
        alias="RECONCILE_GATEWAY_URL",
        description="One base URL for API and login, instead of the region's hosts: the sandbox "
        "(`http://127.0.0.1:8083`) or a gateway of your own.",
    )
    source: str = Field(
        default="desired_state",
        alias="RECONCILE_SOURCE",
        description="Directory with the desired state: a path, or with `RECONCILE_GIT_URL` the directory inside that "
        "repository. The option `--source` wins.",
    )
    environment: str | None = Field(
        default=None,
        alias="RECONCILE_ENV",
        description="Name of the Environment document to use; not needed when there is only one. The option `--env` "
        "wins.",
    )
    ledger_url: Annotated[str, AfterValidator(_ledger)] | None = Field(
        default=None,
        alias="RECONCILE_LEDGER_URL",
        repr=False,
        description="Where we remember: SQLite, as `sqlite:///PATH`. Default `.reconciler/ledger.db` at the top of the "
        "repository, kept out of git. A URL with a password is accepted only through the file that "
        "`RECONCILE_LEDGER_URL_FILE` names, because environments are easily printed.",
    )
    interval_seconds: Seconds = Field(
        default=300.0,
        alias="RECONCILE_INTERVAL",
        ge=1.0,
        le=86_400.0,
        description="How often the service lists the platform when git does not change, ±10 %. Five minutes find drift "
        "soon, and a quiet pass costs list pages only.",
    )
    deep_interval_seconds: Seconds | None = Field(
        default=None,
        alias="RECONCILE_DEEP_INTERVAL",
        ge=60.0,
        le=2_678_400.0,
        description="How often the service looks at the content of everything as `--deep` does, `off` for never. Finds "
        "what no list tells, such as audio replaced at equal length; off by default because it costs requests for each "
        "object.",
    )
    settle_window_seconds: Seconds = Field(
        default=90.0,
        alias="RECONCILE_SETTLE_WINDOW",
        ge=0.0,
        le=3_600.0,
        description="How long an unanswered create may still surface on the platform before we look and decide. "
        "Covers a request executed late and a list that lags, with a margin; the platform promises no bound.",
    )
    listen: str | None = Field(
        default="127.0.0.1:9440",
        alias="RECONCILE_LISTEN",
        description="`host:port` of `/healthz`, `/readyz` and `/metrics` while the service runs; `off` for none. "
        "Loopback by default, because the pages need no login. Commands never listen.",
    )
    webhook_allow: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(),
        alias="RECONCILE_WEBHOOK_ALLOW",
        description="Hosts and networks, separated by commas, that webhooks and recordings by URL may reach although "
        "private; they may also use http and any port. None by default, so that a manifest cannot point us at internal "
        "services.",
    )
    git_url: str | None = Field(
        default=None,
        alias="RECONCILE_GIT_URL",
        description="Repository to clone and follow, instead of a directory on disk. No password in it.",
    )
    git_ref: str | None = Field(
        default=None,
        alias="RECONCILE_GIT_REF",
        description="Commit, tag or branch of it. Default: the remote's default branch.",
    )
    git_key_file: str | None = Field(
        default=None, alias="RECONCILE_GIT_KEY_FILE", description="File with the deploy key, for ssh."
    )
    git_known_hosts_file: str | None = Field(
        default=None,
        alias="RECONCILE_GIT_KNOWN_HOSTS_FILE",
        description="File with the keys of ssh hosts. Default: the user's and the system's; an unknown host is "
        "refused.",
    )
    git_token_file: str | None = Field(
        default=None, alias="RECONCILE_GIT_TOKEN_FILE", description="File with the token, for https."
    )
    git_token_user: str = Field(
        default="x-access-token",
        alias="RECONCILE_GIT_TOKEN_USER",
        description="User name that goes with the token: GitHub takes the default, GitLab deploy tokens and Bitbucket "
        "have names of their own.",
    )
    git_poll_seconds: Seconds = Field(
        default=60.0,
        alias="RECONCILE_GIT_POLL",
        ge=1.0,
        le=86_400.0,
        description="How often git is looked at without a hint, ±5 %. Costs no platform request; git hosts take one "
        "fetch a minute with ease.",
    )
    audit_log: str | None = Field(
        default=None,
        alias="RECONCILE_AUDIT_LOG",
        description="Where each audit entry also goes as one JSON line, for a SIEM to tail: a file, `-` for stdout or "
        "`stderr`. Default: nowhere, the ledger has them.",
    )
    pass_deadline_seconds: Seconds = Field(
        default=7200.0,
        alias="RECONCILE_PASS_DEADLINE",
        ge=60.0,
        le=86_400.0,
        description="How long one pass may take. After it no further change begins, those under way end, everything "
        "done is recorded, and the next pass goes on from there. Two hours make about 9,000 prompts at 300 requests a "
        "minute.",
    )
    job_deadline_seconds: Seconds = Field(
        default=960.0,
        alias="RECONCILE_JOB_DEADLINE",
        ge=1.0,
        le=7_200.0,
        description="How long one flow may take to publish; then the change is recorded as unknown and the next pass "
        "looks before acting. 16 minutes, as the official provider waits.",
    )
    job_poll_max_seconds: Seconds = Field(
        default=15.0,
        alias="RECONCILE_JOB_POLL_MAX",
        ge=0.1,
        le=300.0,
        description="Longest pause between two looks at a publishing job; they start at 1 s and grow.",
    )
    transcode_deadline_seconds: Seconds = Field(
        default=60.0,
        alias="RECONCILE_TRANSCODE_DEADLINE",
        ge=1.0,
        le=3_600.0,
        description="How long uploaded audio may take to become playable; then the change has failed.",
    )
    export_mebibytes_max: int = Field(
        default=50,
        alias="RECONCILE_EXPORT_MAX",
        ge=1,
        le=1024,
        description="Largest download of one export job in MiB, packed and unpacked. A job over it is split; a single "
        "flow over it is reported and left out. Flows seen so far stay below 1 MiB each, and a job holds 50.",
    )
    flow_lock: Annotated[Literal["checkout", "check"], BeforeValidator(_lower)] = Field(
        default="checkout",
        alias="RECONCILE_FLOW_LOCK",
        description="`checkout` holds the platform's lock while a flow is published, so that nobody can edit it "
        "meanwhile; `check` only looks for locks right before, for organisations where a job cannot publish what its "
        "own client holds.",
    )
    audio_converter: str = Field(
        default="auto",
        alias="RECONCILE_AUDIO_CONVERTER",
        description="What turns MP3, AAC, Ogg and FLAC into the WAV that the platform takes: `ffmpeg`, the path of "
        "one, `off`, or `auto`: ffmpeg when it is on PATH. It gets the recording on stdin, and no secret of ours.",
    )
    concurrency: int = Field(
        default=10,
        alias="RECONCILE_CONCURRENCY",
        ge=1,
        le=100,
        description="Objects changed at once, and requests in flight. All share one rate limit, so more is rarely "
        "faster.",
    )
    log_format: Annotated[Literal["auto", "console", "json"], BeforeValidator(_lower)] = Field(
        default="auto",
        alias="RECONCILE_LOG_FORMAT",
        description="`json`, `console`, or `auto`: console on a terminal and JSON off it. The option `--log-format` "
        "wins.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", alias="RECONCILE_LOG_LEVEL", description="Least severe log line shown."
    )
    old_names: tuple[str, ...] = Field(default=(), exclude=True, repr=False)

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls it so
        init_settings: PydanticBaseSettingsSource,
        **_: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` passes; the process environment is its argument."""
        return (init_settings,)

    def credentials(self) -> tuple[str, str]:
        """Client id and secret; raises UsageError that names what is missing, and the new name of an old variable."""
        missing = []
        if not self.client_id:
            missing.append("GENESYSCLOUD_OAUTHCLIENT_ID")
        if self.client_secret is None:
            missing.append("GENESYSCLOUD_OAUTHCLIENT_SECRET")
        if not self.region and not self.gateway_url:
            missing.append("GENESYSCLOUD_REGION")
        if missing:
            raise UsageError(_missing(missing, self.old_names))
        assert self.client_id is not None and self.client_secret is not None  # noqa: S101, PT018
        return self.client_id, self.client_secret.get_secret_value()


def _missing(missing: list[str], old: tuple[str, ...]) -> str:
    pairs = [f"{_OLD_NAMES[name]} instead of {name}" for name in old if _OLD_NAMES[name] in missing]
    if pairs:
        return f"Set {', '.join(pairs)}: the names of older tutorials are not read."
    secret = " (or GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE)" if "GENESYSCLOUD_OAUTHCLIENT_SECRET" in missing else ""
    verb = "is" if len(missing) == 1 else "are"
    return (
        f"{' and '.join(missing)}{secret} {verb} not set. Give the OAuth client of the organisation, or try "
        "`--sandbox`, which needs none."
    )


def load(environ: Mapping[str, str], *, read_file: Callable[[str], str]) -> Settings:
    """The settings of this environment; empty variables count as unset.

    `read_file` gives the text of a mounted secret. Raises UsageError for unknown names, wrong values and files that
    cannot be read; missing credentials are told when they are asked for, because most checks need none.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    _refuse_unknown(given)
    names = [field.alias or "" for field in Settings.model_fields.values()]
    values: dict[str, Any] = {name: given[name] for name in names if name in given}
    _refuse_password(values.get("RECONCILE_LEDGER_URL", ""))
    for name, file_name in _FILES.items():
        if file_name in given:
            if name in given:
                raise UsageError(f"{name} and {file_name} are both set; keep one of them.")
            values[name] = _read(file_name, given[file_name], read_file)
    for name in ("RECONCILE_LISTEN", "RECONCILE_DEEP_INTERVAL"):
        if values.get(name, "").lower() == OFF:
            values[name] = None
    try:
        return Settings(**values, old_names=tuple(name for name in _OLD_NAMES if name in given))
    except ValidationError as error:
        raise UsageError(" ".join(_sentence(one) for one in error.errors(include_input=False))) from None


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = {field.alias or "" for field in Settings.model_fields.values()} | set(_FILES.values())
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known and not _from_kubernetes(name, given[name]):
            ours = (one.removeprefix(PREFIX) for one in known if one.startswith(PREFIX))
            near = nearest(name.removeprefix(PREFIX), ours)
            advice = f"did you mean {PREFIX}{near}?" if near else "docs/settings.md lists all."
            raise UsageError(f"{name} is no setting; {advice}")


def _from_kubernetes(name: str, value: str) -> bool:
    if name.endswith("_PORT") and not name.endswith("_SERVICE_PORT"):
        return value.startswith(("tcp://", "udp://", "sctp://"))
    return _KUBERNETES.search(name) is not None


def _refuse_password(url: str) -> None:
    try:
        parts = urlsplit(url)
        holds_one = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        holds_one = True
    if holds_one:
        raise UsageError(
            "RECONCILE_LEDGER_URL holds a password. Put the URL into a file and name it in RECONCILE_LEDGER_URL_FILE."
        )


def _read(name: str, path: str, read_file: Callable[[str], str]) -> str:
    try:
        text = read_file(path).strip()
    except (OSError, ValueError, UsageError) as error:
        raise UsageError(f"{name}: {error}") from error
    if not text:
        raise UsageError(f"{name}: {path} is empty.")
    return text


def _sentence(error: Mapping[str, Any]) -> str:
    """One finding as a sentence; never holds the value, which may be a secret."""
    name, limits = str(error["loc"][0]), error.get("ctx", {})
    unit = {"RECONCILE_CONCURRENCY": "", "RECONCILE_EXPORT_MAX": " MiB"}.get(name, "s")
    match error["type"]:
        case "greater_than_equal":
            return f"{name}: write at least {limits['ge']:g}{unit}."
        case "less_than_equal":
            return f"{name}: write at most {limits['le']:g}{unit}."
        case "literal_error":
            return f"{name}: write {limits['expected']}."
        case "int_parsing":
            return f"{name}: write a whole number."
        case _:
            return f"{name}: {str(error['msg']).removeprefix('Value error, ')}."


def reference() -> str:
    """docs/settings.md: every variable with default, unit and reason, in the order of the model."""
    rows = []
    for field in Settings.model_fields.values():
        if field.description is None:
            continue
        default = _shown(field.default, is_duration=field.annotation is float)
        rows.append(f"| `{field.alias}` | {default} | {field.description} |")
    return _PAGE + "\n".join(rows) + "\n"


def _shown(default: object, *, is_duration: bool) -> str:
    if default is None or default == ():
        return "none"
    return f"`{_go_duration(default)}`" if is_duration and isinstance(default, float) else f"`{default}`"


def _go_duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    if minutes > 1 and not rest:
        return f"{minutes:.0f}m"
    return f"{seconds:g}s"


_PAGE = """# Settings

Generated from `reconciler/settings.py`; change it there, then run `make docs`.

Settings are environment variables, read once at start. Durations are Go-style: `90s`, `5m`, `1h30m`. An empty variable
counts as unset. An unknown variable that starts with `RECONCILE_` is an error, because a typo found at three in the
morning is found too late. Nothing secret is ever an argument. What depends on the organisation rather than on the
process (policy, freeze windows, webhooks, variables) stands in the Environment document.

| variable | default | meaning |
|---|---|---|
"""
