"""Regions: what people write, and which hosts may see the token."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.genesys.wire import regions
from reconciler.genesys.wire.regions import Hosts


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("us-east-1", "mypurecloud.com"),
        ("eu-west-1", "mypurecloud.ie"),
        ("EU_WEST_1", "mypurecloud.ie"),
        (" eu-central-1 ", "mypurecloud.de"),
        ("ap-southeast-2", "mypurecloud.com.au"),
        ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
        ("usw2.pure.cloud", "usw2.pure.cloud"),
        ("https://api.mypurecloud.jp/", "mypurecloud.jp"),
        ("login.euw2.pure.cloud", "euw2.pure.cloud"),
    ],
)
def test_names_domains_and_hosts_are_understood(written, domain):
    found = regions.hosts(region=written)
    assert (found.api, found.login) == (f"https://api.{domain}", f"https://login.{domain}")
    assert regions.DOMAINS[found.region] == domain
    assert found.label == f"api.{domain} ({found.region})"


def test_all_regions_of_the_sdk_are_there():
    assert len(regions.DOMAINS) == len(set(regions.DOMAINS.values())) == 18


@pytest.mark.parametrize(
    ("written", "nearest"),
    [("eu-west-11", "eu-west-1"), ("mypurecloud.i", "mypurecloud.ie"), ("us-eest-1", "us-east-1")],
)
def test_an_unknown_region_offers_the_nearest(written, nearest):
    with pytest.raises(UsageError, match=f"Did you mean {nearest}"):
        regions.hosts(region=written)


@pytest.mark.parametrize("written", [None, "", "  "])
def test_a_missing_region_names_the_variable(written):
    with pytest.raises(UsageError, match="GENESYSCLOUD_REGION is not set"):
        regions.hosts(region=written)


def test_a_gateway_takes_api_and_login():
    assert regions.hosts(region=None, gateway_url="http://127.0.0.1:8083/") == Hosts(
        "http://127.0.0.1:8083", "http://127.0.0.1:8083"
    )


@pytest.mark.parametrize(
    "url", ["ftp://x", "127.0.0.1:8083", "http://", "http://u:p@h", "http://h/?a=1", "http://h:99999", "http://[::1"]
)
def test_a_gateway_must_be_a_plain_address(url):
    with pytest.raises(UsageError, match="RECONCILE_GATEWAY_URL"):
        regions.hosts(region=None, gateway_url=url)


REAL = regions.hosts(region="eu-west-1")
LOCAL = regions.hosts(region=None, gateway_url="http://127.0.0.1:8083")


@pytest.mark.parametrize(
    ("hosts", "url", "trusted"),
    [
        (REAL, "https://api.mypurecloud.ie/uploads/x", True),
        (REAL, "https://apps.mypurecloud.ie/uploads/x", True),
        (REAL, "http://apps.mypurecloud.ie/uploads/x", False),
        (REAL, "https://apps.mypurecloud.ie:8443/x", False),
        (REAL, "https://mypurecloud.ie.evil.example.com/x", False),
        (REAL, "https://evilmypurecloud.ie/x", False),
        (REAL, "https://apps.mypurecloud.ie:99999/x", False),
        (REAL, "https://[apps/x", False),
        (REAL, "https://user@apps.mypurecloud.ie/x", False),
        (LOCAL, "http://127.0.0.1:8083/uploads/x", True),
        (LOCAL, "http://127.0.0.1:8084/uploads/x", False),
    ],
)
def test_the_token_goes_to_our_own_hosts_only(hosts, url, trusted):
    assert hosts.trusts(url) is trusted


@pytest.mark.parametrize(
    ("wanted", "given", "wrong"),
    [
        ("eu-west-1", "eu-west-1", None),
        ("eu-west-1", "mypurecloud.ie", None),
        ("mypurecloud.ie", "https://api.mypurecloud.ie", None),
        ("eu-west-1", None, None),
        ("eu-west-1", "atlantis-1", None),
        ("eu-west-1", "us-east-1", "this environment is in eu-west-1, GENESYSCLOUD_REGION says us-east-1."),
        ("eu-west-9", None, "'eu-west-9' is no Genesys Cloud region."),
    ],
)
def test_an_environment_of_another_region_is_told(wanted, given, wrong):
    told = regions.disagreement(wanted, given)
    assert (told and told[0]) == wrong
