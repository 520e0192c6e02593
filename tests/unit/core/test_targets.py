import ipaddress

import pytest

from reconciler.core import targets
from reconciler.core.targets import Allow
from reconciler.errors import UsageError

NOBODY = Allow()

BLOCKED = [
    ("0.0.0.0", "this machine"),
    ("0.1.2.3", "this machine"),
    ("127.0.0.1", "this machine"),
    ("127.255.255.254", "this machine"),
    ("10.0.0.1", "a private network"),
    ("10.255.255.255", "a private network"),
    ("172.16.0.1", "a private network"),
    ("172.31.255.255", "a private network"),
    ("192.168.0.1", "a private network"),
    ("100.64.0.1", "a carrier's private network"),
    ("100.127.255.255", "a carrier's private network"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "a cloud metadata service"),
    ("169.254.170.2", "a cloud metadata service"),
    ("168.63.129.16", "a cloud metadata service"),
    ("100.100.100.200", "a cloud metadata service"),
    ("192.0.0.192", "a cloud metadata service"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "reserved for documentation"),
    ("198.51.100.1", "reserved for documentation"),
    ("203.0.113.1", "reserved for documentation"),
    ("192.88.99.1", "a 6to4 relay"),
    ("198.18.0.1", "reserved for benchmarks"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "this machine"),
    ("::1", "this machine"),
    ("::127.0.0.1", "an IPv4 address in disguise"),
    ("::ffff:127.0.0.1", "this machine"),
    ("::ffff:10.1.2.3", "a private network"),
    ("::ffff:169.254.169.254", "a cloud metadata service"),
    ("::ffff:8.8.8.8", "an IPv4 address in disguise"),
    ("64:ff9b::7f00:1", "an IPv4 address behind NAT64"),
    ("64:ff9b::808:808", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::1", "an IPv4 address behind NAT64"),
    ("2002:7f00:1::", "an IPv4 address behind 6to4"),
    ("2001::1", "reserved"),
    ("2001:db8::1", "reserved for documentation"),
    ("3fff::1", "reserved for documentation"),
    ("100::1", "reserved"),
    ("fc00::1", "a private network"),
    ("fdff::1", "a private network"),
    ("fd00:ec2::254", "a cloud metadata service"),
    ("fd20:ce::254", "a cloud metadata service"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("2606:4700::1%eth0", "link-local"),
    ("fec0::1", "a private network"),
    ("ff02::1", "multicast"),
]

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize(("address", "reason"), BLOCKED)
def test_an_address_that_is_not_public_is_blocked_by_name(address, reason):
    assert targets.blocked_reason(ipaddress.ip_address(address)) == reason


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ordinary_address_is_free(address):
    assert targets.blocked_reason(ipaddress.ip_address(address)) is None


def literal(address):
    return f"[{address.replace('%', '%25')}]" if ":" in address else address


@pytest.mark.parametrize("address", [address for address, _ in BLOCKED if "%" not in address])
def test_a_url_that_spells_a_blocked_address_is_refused(address):
    assert targets.check_url(f"https://{literal(address)}/hook", NOBODY)


REFUSED = [
    ("", "scheme"),
    ("hooks.example.com/x", "scheme"),
    ("ftp://example.com/", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("unix:///run/x.sock", "scheme"),
    ("HTTP+UNIX://%2Frun%2Fx.sock/", "scheme"),
    ("https://", "no host"),
    ("https:///path", "no host"),
    ("https://:443/", "no host"),
    ("https://user@example.com/", "user name"),
    ("https://user:pass@example.com/", "user name"),
    ("https://example.com@10.0.0.1/", "user name"),
    ("https://example.com\\@10.0.0.1/", "backslash"),
    ("https://exam ple.com/", "space"),
    ("https://example.com/\r\nX-Evil: 1", "control character"),
    ("https://exa\tmple.com/", "control character"),
    ("https://example.com:99999/", "not a URL"),
    ("https://[::1/", "not a URL"),
    ("https://example.com./", "ends with a dot"),
    ("https://2130706433/", "in disguise"),
    ("https://0x7f000001/", "in disguise"),
    ("https://0X7F.0.0.1/", "in disguise"),
    ("https://0177.0.0.1/", "in disguise"),
    ("https://127.1/", "in disguise"),
    ("https://10.0x1/", "in disguise"),
    ("https://1.2.3.4.5/", "in disguise"),
    ("https://017700000001/", "in disguise"),
    ("https://１２７.0.0.1/", "outside ASCII"),
    ("https://exämple.com/", "outside ASCII"),
    ("https://еxample.com/", "outside ASCII"),
    ("https://①②⑦.example/", "outside ASCII"),
    ("https://exam%70le.com/", "not a host name"),
    ("https://a..b/", "not a host name"),
    ("https://-a.example.com/", "not a host name"),
    ("https://" + "a." * 130 + "com/", "not a host name"),
    ("https://[fe80::1%25eth0]/", "link-local"),
    ("https://localhost/", "this machine"),
    ("https://LOCALHOST/", "this machine"),
    ("https://foo.localhost/", "this machine"),
    ("https://metadata.google.internal/computeMetadata/v1/", "metadata"),
    ("https://metadata.goog/", "metadata"),
    ("https://metadata/", "metadata"),
    ("https://instance-data/", "metadata"),
    ("http://example.com/", "http://"),
    ("http://example.com:443/", "http://"),
    ("https://example.com:8443/", "Port 8443"),
    ("https://example.com:80/", "Port 80"),
    ("https://example.com:22/", "Port 22"),
    ("https://example.com:0/", "Port 0"),
]


@pytest.mark.parametrize(("url", "says"), REFUSED)
def test_a_url_is_refused_with_the_reason(url, says):
    assert says in (targets.check_url(url, NOBODY) or "accepted")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://hooks.example.com/genesys?token=abc#x",
        "https://EXAMPLE.com:443/",
        "https://xn--exmple-cua.com/",
        "https://under_score.example.com/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "https://3com.example/",
    ],
)
def test_an_ordinary_https_url_is_accepted(url):
    assert targets.check_url(url, NOBODY) is None


LISTED = targets.parse_allow(["archive.internal", " LOCALHOST ", "10.20.0.0/16", "127.0.0.1", "fd12::/16", ""])


@pytest.mark.parametrize(
    "url",
    [
        "http://archive.internal:9000/x",
        "http://localhost:8083/_sandbox/inbox/a",
        "http://127.0.0.1:8083/_sandbox/inbox/a",
        "https://10.20.3.4/",
        "http://10.20.3.4:8080/",
        "http://[fd12::7]:8080/",
    ],
)
def test_a_listed_host_may_use_http_and_any_port(url):
    assert targets.check_url(url, LISTED) is None


@pytest.mark.parametrize(
    "url",
    ["http://other.internal/", "https://10.21.0.1/", "http://sub.archive.internal/", "https://127.0.0.2/"],
)
def test_what_is_not_listed_stays_refused(url):
    assert targets.check_url(url, LISTED)


@pytest.mark.parametrize(
    ("host", "address", "may"),
    [
        ("archive.internal", "192.168.1.1", True),
        ("Archive.Internal", "192.168.1.1", True),
        ("archive.internal", "169.254.169.254", False),
        ("archive.internal", "::ffff:169.254.169.254", False),
        ("other.internal", "10.20.1.1", True),
        ("other.internal", "10.21.1.1", False),
        ("other.internal", "8.8.8.8", True),
        ("other.internal", "127.0.0.1", True),
    ],
)
def test_an_address_is_judged_by_host_and_network(host, address, may):
    assert (targets.refusal(host, ipaddress.ip_address(address), LISTED) is None) is may


def test_a_metadata_address_opens_only_when_the_operator_lists_the_address_itself():
    listed = targets.parse_allow(["169.254.169.254/32"])
    assert targets.refusal("x.example", ipaddress.ip_address("169.254.169.254"), listed) is None


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "http://x", "a b", "10.0.0.0/33", "127.1", "host:80", "*"])
def test_an_entry_that_is_neither_host_nor_network_is_named(entry):
    with pytest.raises(UsageError, match="RECONCILE_WEBHOOK_ALLOW") as caught:
        targets.parse_allow(["example.com", entry])
    assert repr(entry) in str(caught.value)


def test_the_list_prints_for_the_log():
    assert str(LISTED) == "archive.internal, localhost, 10.20.0.0/16, 127.0.0.1/32, fd12::/16"
