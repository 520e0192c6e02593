"""Recordings by URL: what text tells offline, and what is kept of an address that may be signed."""

from __future__ import annotations

import pytest

from reconciler.core.targets import parse_allow
from reconciler.documents.load import load
from reconciler.kinds.manifest import AudioRules, Context
from reconciler.kinds.prompt import normal as prompt_normal
from reconciler.kinds.prompt import web
from reconciler.manifests import checking
from reconciler.manifests.variables import Variables
from reconciler.model import digest
from reconciler.model.policy import Policy
from reconciler.model.problem import Location

SIGNED = "https://media.example.com/a.wav?X-Sig=c2VjcmV0#t"
SHA = "0123456789abcdef" * 4


def prompt(audio: str, more: str = "") -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {name: welcome}\n"
        f"spec:\n  resources:\n    en-us: {{audio: '{audio}', tts: Hi{more}}}\n"
    )


def test_nothing_is_known_of_it_until_somebody_looks(normalise):
    normal, problems = normalise(prompt(SIGNED))
    (desired,) = normal.resources
    assert problems == []
    assert desired.spec["resources"]["en-us"]["audio"] == {"sha256": None, "seconds": None}
    source = desired.web_assets["en-us"]
    assert (source.url, source.shown) == (SIGNED.removesuffix("#t"), "https://media.example.com/a.wav")
    assert source.location == Location("m.yaml", 6, 20)
    assert "X-Sig" not in repr(normal)


def test_a_promised_digest_is_the_identity_whatever_its_case(normalise):
    normal, problems = normalise(prompt(SIGNED, f", sha256: {SHA.upper()}"))
    assert problems == []
    assert normal.resources[0].web_assets["en-us"].sha256 == SHA
    assert normal.resources[0].spec["resources"]["en-us"]["audio"]["sha256"] == SHA


@pytest.mark.parametrize("sha256", ["abc", f"{SHA}0", f"'{SHA[:-1]}g'", f"'{SHA} '"])
def test_a_digest_is_64_hexadecimal_digits(codes, sha256):
    assert codes(prompt(SIGNED, f", sha256: {sha256}")) == ["REC1308"]


def test_a_digest_for_a_file_of_the_repository_is_refused(codes, wav):
    assert codes(prompt("a.wav", f", sha256: {SHA}"), {"a.wav": wav(1)}) == ["REC1308"]


@pytest.mark.parametrize(
    ("url", "message", "remedy"),
    [
        (
            "http://media.example.com/a.wav?X-Sig=c2VjcmV0",
            "this address is refused: http:// is refused because anybody on the way can read it.",
            "Write https://, or list media.example.com in RECONCILE_WEBHOOK_ALLOW.",
        ),
        (
            "https://10.0.0.7/a.wav?X-Sig=c2VjcmV0",
            "this address is refused: 10.0.0.7 leads to 10.0.0.7, a private network.",
            "If that is meant, list 10.0.0.7 in RECONCILE_WEBHOOK_ALLOW.",
        ),
        (
            "https://169.254.169.254/a.wav?X-Sig=c2VjcmV0",
            "this address is refused: 169.254.169.254 leads to 169.254.169.254, a cloud metadata service.",
            "If that is meant, list 169.254.169.254 in RECONCILE_WEBHOOK_ALLOW.",
        ),
        (
            "https://media.example.com:8443/a.wav?X-Sig=c2VjcmV0",
            "this address is refused: Port 8443 is refused.",
            "Use 443, or list media.example.com in RECONCILE_WEBHOOK_ALLOW.",
        ),
        (
            "s3://media/a.wav?X-Sig=c2VjcmV0",
            "this address is refused: The scheme 's3' is refused.",
            "Write a URL that begins with https://.",
        ),
        (
            "https://user:c2VjcmV0@media.example.com/a.wav",
            "the address holds a user name or password.",
            "Write one that is signed in its query, or a public one.",
        ),
    ],
    ids=["http", "private", "metadata", "port", "scheme", "user"],
)
def test_addresses_that_may_not_be_asked_are_refused_at_their_place(normalise, url, message, remedy):
    _, (problem,) = normalise(prompt(url))
    assert (problem.code, problem.location) == ("REC1313", Location("m.yaml", 6, 20))
    assert (problem.message, problem.remedy) == (message, remedy)
    assert "c2VjcmV0" not in str(problem)


@pytest.mark.parametrize("url", ["http://media.internal:8080/a.wav", "http://10.1.2.3/a.wav"])
def test_what_the_operator_listed_may_use_http_and_any_port(normalise, url):
    allow = parse_allow(["media.internal", "10.1.0.0/16"])
    assert normalise(prompt(url), audio=AudioRules(allow=allow))[1] == []


def test_the_value_of_a_process_variable_is_not_shown(normalise):
    text = prompt("https://media.example.com/${env.TOKEN}/a.wav?x=${env.TOKEN}")
    document = load(text.encode(), "m.yaml").documents[0]
    checked = checking.check(document, Variables({}, {"TOKEN": "hush-hush"}))
    context = Context(policy=Policy(), read_flow=lambda file: None)
    (desired,) = prompt_normal.normalise(checked.manifest, context).resources
    source = desired.web_assets["en-us"]
    assert source.url == "https://media.example.com/hush-hush/a.wav?x=hush-hush"
    assert source.shown == "https://media.example.com/${env.TOKEN}/a.wav"


def test_what_was_seen_completes_spec_and_digest_of_that_language_alone(normalise):
    text = (
        prompt(SIGNED).replace("}\n", "}\n    es-us: {tts: Hola}\n", 2).replace("}\n    es-us: {tts: Hola}\n", "}\n", 1)
    )
    normal, _ = normalise(text)
    (desired,) = normal.resources
    seen = {"sha256": SHA, "seconds": 1.5}
    done = web.completed(desired, {"en-us": seen}, {})
    assert done.spec["resources"]["en-us"] == {"tts": "Hi", "text": None, "audio": seen}
    assert done.spec["resources"]["es-us"] == desired.spec["resources"]["es-us"]
    assert (done.digest == digest.of(done.spec), done.digest != desired.digest) == (True, True)
