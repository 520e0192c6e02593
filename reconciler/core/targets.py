"""Which addresses a URL from the desired state may lead to: webhooks and audio by URL.

Somebody who may edit a manifest must not thereby reach the machine's own services or the cloud's metadata. Two checks,
both pure: `check_url` on the text, before anything is resolved, and `refusal` on every address a name resolved to, at
the moment of connecting. The second is what protects; the first gives a good message early.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import UsageError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_METADATA = "a cloud metadata service"

# First match wins, so the particular stands before the general. `is_global` of the standard library does not do: it
# lets through NAT64, 6to4 and multicast.
_BLOCKED: tuple[tuple[IPNetwork, str], ...] = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", _METADATA),
        ("169.254.170.2/32", _METADATA),
        ("169.254.170.23/32", _METADATA),
        ("168.63.129.16/32", _METADATA),
        ("100.100.100.200/32", _METADATA),
        ("192.0.0.192/32", _METADATA),
        ("fd00:ec2::254/128", _METADATA),
        ("fd00:ec2::23/128", _METADATA),
        ("fd20:ce::254/128", _METADATA),
        ("0.0.0.0/8", "this machine"),
        ("127.0.0.0/8", "this machine"),
        ("10.0.0.0/8", "a private network"),
        ("172.16.0.0/12", "a private network"),
        ("192.168.0.0/16", "a private network"),
        ("100.64.0.0/10", "a carrier's private network"),
        ("169.254.0.0/16", "link-local"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "this machine"),
        ("::1/128", "this machine"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "an IPv4 address behind NAT64"),
        ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
        ("100::/64", "reserved"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved for documentation"),
        ("2002::/16", "an IPv4 address behind 6to4"),
        ("3fff::/20", "reserved for documentation"),
        ("5f00::/16", "reserved"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "multicast"),
    )
)

_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*")
_HOST = re.compile(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Allow:
    """What the operator opened on purpose: names that may use http, any port and private addresses, and networks whose
    addresses may be connected to. A network also opens URLs that name one of its addresses."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPNetwork, ...] = ()

    def has_address(self, address: IPAddress) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)

    def has_host(self, host: str) -> bool:
        address = _literal(host)
        return host in self.hosts or (address is not None and self.has_address(address))

    def __str__(self) -> str:
        return ", ".join([*sorted(self.hosts), *map(str, self.networks)])


def parse_allow(items: Iterable[str]) -> Allow:
    """Read the entries of RECONCILE_WEBHOOK_ALLOW; raises UsageError that names the entry."""
    hosts, networks = set[str](), list[IPNetwork]()
    for item in filter(None, (raw.strip().lower() for raw in items)):
        try:
            networks.append(ipaddress.ip_network(item.strip("[]")))
        except ValueError as error:
            if not _is_name(item):
                raise UsageError(
                    f"RECONCILE_WEBHOOK_ALLOW: {item!r} is neither a host name nor a network. "
                    "Write for example archive.internal or 10.20.0.0/16."
                ) from error
            hosts.add(item)
    return Allow(frozenset(hosts), tuple(networks))


def blocked_reason(address: IPAddress) -> str | None:
    """What kind of forbidden place the address is; None when it is an ordinary public one."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is not None:
        return blocked_reason(mapped) or "an IPv4 address in disguise"
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return "link-local"
    for network, reason in _BLOCKED:
        if address.version == network.version and address in network:
            return reason
    return None


def refusal(host: str, address: IPAddress, allow: Allow) -> str | None:
    """Why a connection to this address, resolved from this host, must not be made; None when it may.

    A listed host opens private addresses but never a metadata service: its DNS may be in somebody else's hands.
    """
    reason = blocked_reason(address)
    if reason is None or allow.has_address(address):
        return None
    if host.lower() in allow.hosts and reason != _METADATA:
        return None
    return f"{host} leads to {address}, {reason}. {_remedy(host)}"


def check_url(url: str, allow: Allow) -> str | None:
    """Why the URL is refused before anything is resolved, as a sentence with the remedy; None when it may be tried."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"This is not a URL ({error}). Write for example https://hooks.example.com/genesys."
    if reason := _malformed(url, parts):
        return reason
    host = parts.hostname or ""
    if reason := _bad_host(host, allow):
        return reason
    if allow.has_host(host):
        return None
    if parts.scheme == "http":
        return f"http:// is refused because anybody on the way can read it. Write https://, {_or_list(host)}"
    if port not in (None, 443):
        return f"Port {port} is refused. Use 443, {_or_list(host)}"
    return None


def _malformed(url: str, parts: SplitResult) -> str | None:
    if any(character <= " " or character in "\\\x7f" for character in url):
        return "The URL holds a space, a backslash or a control character. Percent-encode it."
    if parts.scheme not in ("http", "https"):
        return f"The scheme {parts.scheme!r} is refused. Write a URL that begins with https://."
    if not parts.hostname:
        return "The URL names no host. Write for example https://hooks.example.com/genesys."
    if "@" in parts.netloc:
        return "A user name or password in the URL is refused. Put credentials into `headers`, from the environment."
    return None


def _bad_host(host: str, allow: Allow) -> str | None:
    address = _literal(host)
    if address is not None:
        return refusal(host, address, allow)
    if not host.isascii():
        return f"The host {host!r} has letters outside ASCII. Write its xn-- form, so that look-alikes are seen."
    if host.endswith("."):
        return f"The host {host!r} ends with a dot. Write it without."
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2].lower()):
        return f"The host {host!r} is an address in disguise. Write a name, or four decimal numbers."
    if not _is_name(host):
        return f"{host!r} is not a host name."
    if host in _METADATA_NAMES:
        return f"{host} is {_METADATA}; it is never a target."
    if (host == "localhost" or host.endswith(".localhost")) and host not in allow.hosts:
        return f"{host} leads to this machine. {_remedy(host)}"
    return None


def _is_name(host: str) -> bool:
    last_label = host.rpartition(".")[2]
    return len(host) <= 253 and _HOST.fullmatch(host) is not None and not _NUMERIC_LABEL.fullmatch(last_label)


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _remedy(host: str) -> str:
    return f"If that is meant, list {host} in RECONCILE_WEBHOOK_ALLOW."


def _or_list(host: str) -> str:
    return f"or list {host} in RECONCILE_WEBHOOK_ALLOW."
