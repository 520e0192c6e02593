import pytest

from reconciler.errors import UsageError
from reconciler.source.origin import Origin, Protocol, protocol_of, redact


def origin(url="https://git.example.com/t.git", **options):
    return Origin(url=url, cache="/cache", **options)


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://git.example.com/team/t.git", Protocol.HTTPS),
        ("HTTPS://git.example.com:8443/t", Protocol.HTTPS),
        ("ssh://git@git.example.com:2222/t.git", Protocol.SSH),
        ("git@git.example.com:team/t.git", Protocol.SSH),
        ("git.example.com:t", Protocol.SSH),
    ],
)
def test_https_and_ssh_are_accepted(url, protocol):
    assert protocol_of(url, allow_file=False) is protocol


@pytest.mark.parametrize("url", ["file:///srv/t.git", "/srv/t.git", "./t.git", "../t.git"])
def test_a_local_repository_needs_permission(url):
    assert protocol_of(url, allow_file=True) is Protocol.FILE
    with pytest.raises(UsageError, match="--source"):
        protocol_of(url, allow_file=False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not an address"),
        ("http://git.example.com/t", r"http:// is not accepted"),
        ("git://git.example.com/t", r"git:// is not accepted"),
        ("ftp://git.example.com/t", r"ftp:// is not accepted"),
        ("ext::sh -c touch% /tmp/x", "not an address"),
        ("ext::sh", "not an address"),
        ("fd::7", "not an address"),
        ("-oProxyCommand=x:y", "not an address"),
        ("git@-oProxyCommand=x:y", "not an address"),
        ("ssh://-oProxyCommand=x/y", "no host"),
        ("ssh://git@-oProxyCommand=x/y", "no host"),
        ("https:///t.git", "no host"),
        ("https://user:pass@git.example.com/t", "TOKEN_FILE"),
        ("https://token@git.example.com/t", "TOKEN_FILE"),
        ("ssh://git:pass@git.example.com/t", "KEY_FILE"),
        ("https://git.example.com/a b", "not an address"),
        ("https://git.example.com/\n", "not an address"),
        ("telephony", "not an address"),
        ("host:", "not an address"),
        ("some/path:x", "not an address"),
    ],
)
def test_other_addresses_are_refused(url, says):
    with pytest.raises(UsageError, match=says) as caught:
        protocol_of(url, allow_file=False)
    assert "pass" not in str(caught.value).replace("password", "")
    assert "token@" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "git@git.example.com:t", "token_file": "/t"}, "RECONCILE_GIT_TOKEN_FILE"),
        ({"key_file": "/k"}, "RECONCILE_GIT_KEY_FILE"),
        ({"ref": "--upload-pack=x"}, "RECONCILE_GIT_REF"),
        ({"ref": "a b"}, "RECONCILE_GIT_REF"),
        ({"directory": "../x"}, "--source"),
        ({"directory": "/x"}, "--source"),
        ({"directory": "a/../.."}, "--source"),
    ],
)
def test_settings_that_do_not_go_together_are_named(options, says):
    with pytest.raises(UsageError, match=says):
        origin(**options)


@pytest.mark.parametrize(("directory", "root"), [(".", ""), ("./", ""), ("a/b/", "a/b"), ("./a//b/../c", "a/c")])
def test_the_source_directory_is_put_in_order(directory, root):
    assert origin(directory=directory).root == root


def test_only_the_protocol_of_the_address_is_allowed():
    assert origin().environment()["GIT_ALLOW_PROTOCOL"] == "https"
    assert origin("git@git.example.com:t").environment()["GIT_ALLOW_PROTOCOL"] == "ssh"


def test_ssh_uses_the_key_and_the_known_hosts_and_asks_nothing():
    command = origin("git@git.example.com:t", key_file="/run/my key", known_hosts_file="/run/hosts").environment()[
        "GIT_SSH_COMMAND"
    ]
    assert command.startswith("ssh -F /dev/null -i '/run/my key' -o BatchMode=yes -o StrictHostKeyChecking=yes ")
    assert "UserKnownHostsFile=/run/hosts" in command
    assert "IdentitiesOnly=yes" in command


def test_a_known_hosts_path_with_a_blank_stays_one_path():
    command = origin("git@git.example.com:t", known_hosts_file="/run/my hosts").environment()["GIT_SSH_COMMAND"]
    assert "'UserKnownHostsFile=\"/run/my hosts\"'" in command


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("fatal: https://u:p@h/x failed", "fatal: https://***@h/x failed"),
        ("https://h/x?private_token=abc'", "https://h/x'"),
        ("ssh://git@h/x", "ssh://***@h/x"),
        ("a sEcReT here", "a *** here"),
        ("c0VjUmVU in base64", "*** in base64"),
        ("nothing", "nothing"),
    ],
)
def test_messages_lose_credentials(text, clean):
    assert redact(text, "sEcReT", "") == clean
