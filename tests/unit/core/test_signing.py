"""Webhook signatures, against the specification's vector, the reference package, and damage of every kind."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from reconciler.core import signing
from reconciler.core.signing import InvalidSecret, InvalidSignature

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(KEY[::-1]).decode()
BODY = b'{"type":"prompt.created","data":{"name":"n\xc3\xa9e"}}'
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


def signed(*, body: bytes = BODY, secrets=(SECRET,), id: str = "evt_1", at: int = SECONDS) -> dict[str, str]:
    signature = signing.sign(id=id, timestamp=at, body=body, secrets=secrets)
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}


def is_genuine(headers, body: bytes = BODY, secrets=(SECRET,), now: datetime = NOW) -> bool:
    try:
        return signing.verify(headers, body, secrets, now=now) == headers["webhook-id"]
    except InvalidSignature:
        return False


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


def test_the_example_of_the_specification():
    signature = signing.sign(
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_the_reference_package_verifies():
    now = int(datetime.now(UTC).timestamp())
    headers = signed(at=now)
    assert Webhook(SECRET).verify(BODY, headers)["type"] == "prompt.created"


def test_what_the_reference_package_signs_we_verify():
    signature = Webhook(SECRET).sign("evt_1", NOW, BODY.decode())
    headers = {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(SECONDS), "Webhook-Signature": signature}
    assert signing.verify(headers, BODY, [SECRET], now=NOW) == "evt_1"


def test_a_raw_secret_is_its_bytes():
    raw = "a perfectly ordinary pass phrase"
    same = "whsec_" + base64.b64encode(raw.encode()).decode()
    assert is_genuine(signed(secrets=[raw]), secrets=[same])


@pytest.mark.parametrize("part", ["id", "timestamp", "body", "signature", "secret"])
def test_any_flipped_bit_is_noticed(part):
    for bit in range(1000):
        headers, body, secret = signed(), BODY, SECRET
        if part == "body":
            body = flipped(BODY, bit)
        elif part == "secret":
            secret = "whsec_" + base64.b64encode(flipped(KEY, bit)).decode()
        elif part == "signature":
            raw = base64.b64decode(headers["webhook-signature"].removeprefix("v1,"))
            headers["webhook-signature"] = "v1," + base64.b64encode(flipped(raw, bit)).decode()
        else:
            name = f"webhook-{part}"
            headers[name] = flipped(headers[name].encode(), bit).decode("latin-1")
        assert not is_genuine(headers, body, [secret]), bit


@pytest.mark.parametrize(
    ("seconds", "genuine"), [(-301, False), (-300, True), (0, True), (300, True), (301, False), (10**9, False)]
)
def test_a_message_is_taken_for_five_minutes_around_its_time(seconds, genuine):
    assert is_genuine(signed(), now=NOW + timedelta(seconds=seconds)) is genuine


def test_both_secrets_sign_while_one_replaces_the_other():
    headers = signed(secrets=[SECRET, OTHER])
    assert is_genuine(headers, secrets=[SECRET])
    assert is_genuine(headers, secrets=[OTHER])
    assert is_genuine(signed(secrets=[OTHER]), secrets=[SECRET, OTHER])
    assert not is_genuine(signed(secrets=[OTHER]), secrets=[SECRET])


@pytest.mark.parametrize(
    ("setting", "secrets"),
    [
        (f"{SECRET} {OTHER}", (SECRET, OTHER)),
        (f"  {SECRET}\n", (SECRET,)),
        ("a pass phrase", ("a pass phrase",)),
        (f"{SECRET} words", (f"{SECRET} words",)),
    ],
)
def test_one_setting_holds_several_secrets_when_all_are_marked_as_such(setting, secrets):
    assert signing.split(setting) == secrets


def test_signatures_of_other_versions_are_passed_over():
    headers = signed()
    headers["webhook-signature"] = "v1a,AAAA v9,x " + headers["webhook-signature"]
    assert is_genuine(headers)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v2,")
    assert not is_genuine(headers)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("empty", [True, False])
def test_each_header_is_needed(missing, empty):
    headers = signed()
    if empty:
        headers[missing] = ""
    else:
        del headers[missing]
    with pytest.raises(InvalidSignature, match=missing):
        signing.verify(headers, BODY, [SECRET], now=NOW)


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary()
)
def test_whatever_the_headers_hold_the_answer_is_the_typed_error(headers, body):
    with pytest.raises(InvalidSignature):
        signing.verify(headers, body, [SECRET], now=NOW)


@pytest.mark.parametrize("value", ["v1", "v1,", ",", "v1,!!!", "v1,é", "v1,AAA", " " * 10_000, "v1,AA== " * 10_000])
def test_a_malformed_signature_is_no_match(value):
    assert not is_genuine({**signed(), "webhook-signature": value})


@pytest.mark.parametrize("value", ["-1", "1e9", "1700000000.5", "٣", "9" * 400, "nan", "0x10"])
def test_a_malformed_timestamp_is_refused(value):
    assert not is_genuine({**signed(), "webhook-timestamp": value})


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_to!!ken", "whsec_é", "whsec_A"])
def test_a_secret_that_cannot_be_a_key_is_an_error_that_does_not_repeat_it(secret):
    with pytest.raises(InvalidSecret) as caught:
        signing.sign(id="x", timestamp=0, body=b"", secrets=[secret])
    rest = secret.removeprefix("whsec_")
    assert len(rest) < 2 or rest not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_a_secret_nothing_is_signed_and_nothing_verifies():
    with pytest.raises(InvalidSecret):
        signing.sign(id="x", timestamp=0, body=b"", secrets=[])
    assert not is_genuine(signed(), secrets=[])
