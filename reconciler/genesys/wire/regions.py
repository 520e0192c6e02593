"""Regions of the platform: from what people write to the hosts we talk to.

The table is the one of the official SDK 269.0.0. A client id works only in the region that created it [Genesys docs].
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.errors import UsageError

DOMAINS = {
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "eusc-de-east-1": "edee1.eusc-pure.cloud",
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "ap-south-1": "aps1.pure.cloud",
    "me-central-1": "mec1.pure.cloud",
}

STATUS_PAGE = "https://status.mypurecloud.com"
"""One page for all regions ["Contact Genesys Cloud Care", help.mypurecloud.com]."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base URLs without a trailing slash. API paths and `/oauth/token` are appended as they are."""

    api: str
    login: str
    region: str = ""
    """The AWS region, empty behind a gateway."""
    status_page: str = ""
    """Where outages are told, empty behind a gateway."""

    @property
    def name(self) -> str:
        """The API's host, for messages."""
        return urlsplit(self.api).netloc

    @property
    def label(self) -> str:
        """The API's host and its region."""
        return f"{self.name} ({self.region})" if self.region else self.name

    @property
    def is_plain(self) -> bool:
        """True for an http gateway; only then may signed addresses be plain http too."""
        return self.api.startswith("http://")

    def trusts(self, url: str) -> bool:
        """True when the bearer token may be sent to this absolute URL: our own hosts and their siblings."""
        own = urlsplit(self.api)
        try:
            target = urlsplit(url)
            port = target.port
        except ValueError:
            return False
        if target.scheme != own.scheme or target.username is not None:
            return False
        if target.netloc == own.netloc:
            return True
        host, domain = target.hostname or "", (own.hostname or "").removeprefix("api.")
        return domain in DOMAINS.values() and port in (None, 443) and host.endswith(f".{domain}")


def domain_of(region: str) -> str:
    """The domain of an AWS region name, a domain or a host below it; raises UsageError with the nearest name."""
    domain = _known(region)
    if domain is None:
        raise UsageError(f"GENESYSCLOUD_REGION: {region!r} is no Genesys Cloud region. {_advice(region)}")
    return domain


def disagreement(wanted: str, given: str | None) -> tuple[str, str] | None:
    """What is wrong with the region an Environment names, and what to write; None when nothing is.

    `given` is GENESYSCLOUD_REGION, None when a gateway makes it unnecessary.
    """
    domain = _known(wanted)
    if domain is None:
        return f"{wanted!r} is no Genesys Cloud region.", _advice(wanted)
    if given is None or _known(given) in (None, domain):
        return None  # an unknown GENESYSCLOUD_REGION is told when it is used
    remedy = "Set GENESYSCLOUD_REGION to the region of this environment, or choose another with --env."
    return f"this environment is in {wanted}, GENESYSCLOUD_REGION says {given}.", remedy


def _known(region: str) -> str | None:
    text = _plain(region)
    aws = text.replace("_", "-")
    if aws in DOMAINS:
        return DOMAINS[aws]
    return text if text in DOMAINS.values() else None


def _advice(region: str) -> str:
    near = difflib.get_close_matches(_plain(region), [*DOMAINS, *DOMAINS.values()], n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Known regions: {', '.join(sorted(DOMAINS))}."


def _plain(region: str) -> str:
    text = region.strip().lower().removeprefix("https://").rstrip("/")
    for prefix in ("api.", "login.", "apps."):
        text = text.removeprefix(prefix)
    return text


def hosts(*, region: str | None, gateway_url: str | None = None) -> Hosts:
    """Where to send API and login requests. A gateway takes both and makes the region irrelevant."""
    if gateway_url:
        return _gateway(gateway_url)
    if not region or not region.strip():
        raise UsageError(
            "GENESYSCLOUD_REGION is not set. Write an AWS region (eu-west-1) or a domain (mypurecloud.ie)."
        )
    domain = domain_of(region)
    aws = next(aws for aws, known in DOMAINS.items() if known == domain)
    return Hosts(f"https://api.{domain}", f"https://login.{domain}", region=aws, status_page=STATUS_PAGE)


def _gateway(url: str) -> Hosts:
    try:
        parts = urlsplit(url)
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        readable = False
    if not readable or parts.query or parts.fragment or parts.username is not None:
        raise UsageError(
            "RECONCILE_GATEWAY_URL must be a plain http or https address such as http://127.0.0.1:8083, "
            "without user name, query or fragment."
        )
    base = url.strip().rstrip("/")
    return Hosts(api=base, login=base)
