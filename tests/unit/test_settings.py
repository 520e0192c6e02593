from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import settings
from reconciler.errors import UsageError

CLIENT = {
    "GENESYSCLOUD_OAUTHCLIENT_ID": "client-1",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "s3cret-value",
    "GENESYSCLOUD_REGION": "eu-west-1",
}
FILES = {"/run/secret": "from-a-file\n", "/run/empty": "\n", "/run/ledger": "sqlite:////data/ledger.db\n"}


def read_file(path: str) -> str:
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


def load(**environ: str) -> settings.Settings:
    return settings.load(environ, read_file=read_file)


def refusal(**environ: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(**environ)
    return str(caught.value)


def test_the_defaults_are_those_of_the_documentation():
    assert load().model_dump() == {
        "client_id": None,
        "client_secret": None,
        "region": None,
        "gateway_url": None,
        "source": "desired_state",
        "environment": None,
        "ledger_url": None,
        "interval_seconds": 300.0,
        "deep_interval_seconds": None,
        "settle_window_seconds": 90.0,
        "listen": "127.0.0.1:9440",
        "webhook_allow": (),
        "git_url": None,
        "git_ref": None,
        "git_key_file": None,
        "git_known_hosts_file": None,
        "git_token_file": None,
        "git_token_user": "x-access-token",
        "git_poll_seconds": 60.0,
        "audit_log": None,
        "pass_deadline_seconds": 7200.0,
        "job_deadline_seconds": 960.0,
        "job_poll_max_seconds": 15.0,
        "transcode_deadline_seconds": 60.0,
        "export_mebibytes_max": 50,
        "flow_lock": "checkout",
        "audio_converter": "auto",
        "concurrency": 10,
        "log_format": "auto",
        "log_level": "info",
    }


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("GENESYSCLOUD_REGION", "mypurecloud.ie", "region", "mypurecloud.ie"),
        ("RECONCILE_GATEWAY_URL", "http://127.0.0.1:8083", "gateway_url", "http://127.0.0.1:8083"),
        ("RECONCILE_SOURCE", " telephony ", "source", "telephony"),
        ("RECONCILE_SOURCE", "", "source", "desired_state"),
        ("RECONCILE_INTERVAL", "1h30m", "interval_seconds", 5400.0),
        ("RECONCILE_INTERVAL", "1s", "interval_seconds", 1.0),
        ("RECONCILE_DEEP_INTERVAL", "24h", "deep_interval_seconds", 86_400.0),
        ("RECONCILE_DEEP_INTERVAL", "Off", "deep_interval_seconds", None),
        ("RECONCILE_SETTLE_WINDOW", "0s", "settle_window_seconds", 0.0),
        ("RECONCILE_GIT_POLL", "24h", "git_poll_seconds", 86400.0),
        ("RECONCILE_JOB_POLL_MAX", "500ms", "job_poll_max_seconds", 0.5),
        ("RECONCILE_LISTEN", "0.0.0.0:9440", "listen", "0.0.0.0:9440"),
        ("RECONCILE_LISTEN", "OFF", "listen", None),
        ("RECONCILE_WEBHOOK_ALLOW", "10.0.0.0/8, a.internal,", "webhook_allow", ("10.0.0.0/8", "a.internal")),
        ("RECONCILE_FLOW_LOCK", "Check", "flow_lock", "check"),
        ("RECONCILE_CONCURRENCY", "1", "concurrency", 1),
        ("RECONCILE_LEDGER_URL", "sqlite:////data/l.db", "ledger_url", "sqlite:////data/l.db"),
        ("RECONCILE_LEDGER_URL", "/data/l.db", "ledger_url", "/data/l.db"),
        ("RECONCILE_LEDGER_URL_FILE", "/run/ledger", "ledger_url", "sqlite:////data/ledger.db"),
        ("RECONCILE_LOG_LEVEL", "DEBUG", "log_level", "debug"),
    ],
)  # fmt: skip
def test_each_variable_reaches_its_setting(name, text, field, value):
    assert getattr(load(**{name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("RECONCILE_INTERVAL", "5", "such as 90s, 5m or 1h30m"),
        ("RECONCILE_INTERVAL", "-5m", "such as 90s, 5m or 1h30m"),
        ("RECONCILE_INTERVAL", "0s", "write at least 1s"),
        ("RECONCILE_INTERVAL", "48h", "write at most 86400s"),
        ("RECONCILE_CONCURRENCY", "0", "write at least 1."),
        ("RECONCILE_CONCURRENCY", "many", "write a whole number"),
        ("RECONCILE_FLOW_LOCK", "yes", "write 'checkout' or 'check'"),
        ("RECONCILE_LOG_FORMAT", "xml", "write 'auto', 'console' or 'json'"),
        ("RECONCILE_LEDGER_URL", "postgresql://db.example.com/ledger", "the ledger is SQLite"),
        ("RECONCILE_LEDGER_URL", "sqlite://ledger.db", "four slashes before an absolute one"),
        ("RECONCILE_LEDGER_URL", "sqlite:///", "the ledger is SQLite"),
    ],
)
def test_a_wrong_value_names_the_variable_and_what_to_write(name, text, expected):
    said = refusal(**{name: text})
    assert said.startswith(f"{name}: ")
    assert expected in said


def test_all_wrong_values_are_told_at_once():
    said = refusal(RECONCILE_INTERVAL="5", RECONCILE_CONCURRENCY="x")
    assert "RECONCILE_INTERVAL" in said
    assert "RECONCILE_CONCURRENCY" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RECONCILE_INTERVALL", "did you mean RECONCILE_INTERVAL?"),
        ("RECONCILE_LEDGER", "did you mean RECONCILE_LEDGER_URL?"),
        ("RECONCILE_GIT_TOKENFILE", "did you mean RECONCILE_GIT_TOKEN_FILE?"),
        ("RECONCILE_XYZZY_QUUX_FROB", "docs/settings.md"),
    ],
)
def test_an_unknown_variable_is_an_error_with_the_nearest_name(name, expected):
    said = refusal(**{name: "x"})
    assert said.startswith(f"{name} is no setting; ")
    assert expected in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECONCILE_SERVICE_HOST", "10.0.0.1"),
        ("RECONCILE_SERVICE_PORT_HEALTH", "9440"),
        ("RECONCILE_PORT", "tcp://10.0.0.1:9440"),
        ("RECONCILE_PORT_9440_TCP_ADDR", "10.0.0.1"),
        ("RECONCILE_PROD_SERVICE_PORT", "9440"),
        ("RECONCILER_ANYTHING", "x"),
        ("PATH", "/usr/bin"),
    ],
)
def test_what_a_cluster_puts_into_the_environment_is_no_typo(name, value):
    load(**{name: value})


def test_a_port_that_a_person_wrote_is_a_typo():
    assert "RECONCILE_PORT is no setting" in refusal(RECONCILE_PORT="9440")


def test_credentials_come_from_the_environment_or_a_mounted_file():
    assert load(**CLIENT).credentials() == ("client-1", "s3cret-value")
    mounted = {**CLIENT, "GENESYSCLOUD_OAUTHCLIENT_SECRET": "", "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE": "/run/secret"}
    assert load(**mounted).credentials() == ("client-1", "from-a-file")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({**CLIENT, "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE": "/run/secret"}, "are both set"),
        ({"GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE": "/run/none"}, "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE: "),
        ({"GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE": "/run/empty"}, "/run/empty is empty"),
        ({"RECONCILE_LEDGER_URL_FILE": "/run/none"}, "RECONCILE_LEDGER_URL_FILE: "),
        ({"RECONCILE_LEDGER_URL": "x", "RECONCILE_LEDGER_URL_FILE": "/run/ledger"}, "are both set"),
    ],
)
def test_a_mounted_file_must_be_there_and_alone(environ, expected):
    assert expected in refusal(**environ)


@pytest.mark.parametrize(
    "url",
    ["postgresql://reconciler:pa55@db.example.com/ledger", "postgresql://db.example.com/ledger?password=pa55", "x://["],
)
def test_a_password_in_the_ledgers_url_is_refused_and_not_repeated(url):
    said = refusal(RECONCILE_LEDGER_URL=url)
    assert "RECONCILE_LEDGER_URL_FILE" in said
    assert "pa55" not in said


def test_a_duration_is_shown_as_people_write_it():
    assert "| `RECONCILE_GIT_POLL` | `60s` |" in settings.reference()
    assert "| `RECONCILE_JOB_DEADLINE` | `16m` |" in settings.reference()


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (["GENESYSCLOUD_OAUTHCLIENT_ID"], "GENESYSCLOUD_OAUTHCLIENT_ID is not set"),
        (
            ["GENESYSCLOUD_OAUTHCLIENT_SECRET"],
            "GENESYSCLOUD_OAUTHCLIENT_SECRET (or GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE) is not set",
        ),
        (["GENESYSCLOUD_REGION"], "GENESYSCLOUD_REGION is not set"),
        (list(CLIENT), "GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET and GENESYSCLOUD_REGION"),
    ],
)
def test_missing_credentials_are_named_when_they_are_needed(missing, expected):
    given = load(**{name: value for name, value in CLIENT.items() if name not in missing})
    with pytest.raises(UsageError) as caught:
        given.credentials()
    assert str(caught.value).startswith(expected)


def test_a_gateway_needs_no_region():
    given = {**CLIENT, "GENESYSCLOUD_REGION": "", "RECONCILE_GATEWAY_URL": "http://127.0.0.1:8083"}
    assert load(**given).credentials() == ("client-1", "s3cret-value")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
        ("OAUTH_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
        ("GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
        ("OAUTH_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
        ("GENESYS_BASE_URL", "GENESYSCLOUD_REGION"),
        ("GENESYS_ENVIRONMENT", "GENESYSCLOUD_REGION"),
    ],
)
def test_the_names_of_older_tutorials_lead_to_the_new_ones(old, new):
    given = {name: value for name, value in CLIENT.items() if name != new}
    with pytest.raises(UsageError, match=f"Set {new} instead of {old}: "):
        load(**given, **{old: "x"}).credentials()


def test_an_old_name_beside_its_new_one_is_no_trouble():
    assert load(**CLIENT, GENESYS_CLIENT_ID="other").credentials() == ("client-1", "s3cret-value")


def test_the_secret_shows_nowhere():
    given = load(**CLIENT)
    for shown in (repr(given), str(given), str(given.model_dump()), given.model_dump_json()):
        assert "s3cret-value" not in shown


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load().source = "other"


def test_the_process_environment_itself_is_never_read(monkeypatch):
    monkeypatch.setenv("RECONCILE_SOURCE", "from-the-process")
    monkeypatch.setenv("GENESYSCLOUD_REGION", "from-the-process")
    given = load()
    assert (given.source, given.region) == ("desired_state", None)


def test_the_page_of_settings_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings.reference(), (
        "run: python -m reconciler.settings > docs/settings.md"
    )


def test_every_variable_is_on_the_page():
    for name in ("RECONCILE_INTERVAL", "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE", "RECONCILE_LEDGER_URL_FILE"):
        assert f"`{name}`" in settings.reference()
    assert "| `RECONCILE_INTERVAL` | `5m` |" in settings.reference()
    assert "| `RECONCILE_SETTLE_WINDOW` | `90s` |" in settings.reference()


def test_help_does_not_pay_for_reading_settings():
    program = "import sys, reconciler.cli.main; sys.exit('reconciler.settings' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
