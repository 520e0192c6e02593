"""Bad input, from outside: what people get wrong in the files, and what the platform refuses or garbles.

Whatever is wrong ends in exit 1 and a sentence with its place; for manifests no request has left by then.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import MENU, PROMPT, Team, speech

PLACE = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<severity>error|warning) (?P<code>REC\d{4}): "
)
HEAD = "apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
SPOKEN = "{en-us: {tts: Hi}}"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 400
LISTS = ("/api/v2/architect/prompts", "/api/v2/flows", "/api/v2/architect/ivrs")
READS = {"POST /oauth/token", "GET /api/v2/organizations/me", *(f"GET {path}" for path in LISTS)}


def prompt(name: str, spec: str) -> str:
    return HEAD.format(kind="Prompt", name=name) + f"spec: {{{spec}}}\n"


def menu(name: str, menus: str) -> str:
    return HEAD.format(kind="Menu", name=name) + f"spec:\n  language: en-us\n  start: a\n  menus:\n{menus}"


def ladder(names: str, end: str) -> str:
    """Menus that lead one to the next; the last does `end`."""
    steps = zip(names, [*(f"{{menu: {name}}}" for name in names[1:]), end], strict=True)
    return "".join(
        f"    {name}: {{ask: {{say: Hi}}, keys: {{'1': {what}, '9': {{hangup: true}}}}}}\n" for name, what in steps
    )


def archy(name: str, action: str, *, start: str = "main") -> str:
    return (
        f"inboundCall:\n  name: {name}\n  defaultLanguage: en-us\n  startUpRef: ./tasks/task[{start}]\n"
        f"  tasks:\n    - task: {{name: main, refId: main, actions: [{action}]}}\n"
    )


BYE = "{disconnect: {name: Bye}}"


def leads_to(flow: str) -> str:
    return f"{{transferToFlow: {{name: Go on, targetFlow: {{name: {flow}}}}}}}, {BYE}"


FILES: dict[str, str | bytes] = {
    "song.wav": MP3,
    "short.wav": speech(1)[:3000],
    "long.wav": speech(91),
    "welcome.wav": speech(),
    "binary.yaml": HEAD.format(kind="Flow", name="Binary") + "spec: {archy: export.i3InboundFlow}\n",
    "same_1.yaml": prompt("twin", f"resources: {SPOKEN}"),
    "ring_b.yaml": archy("Ring B", leads_to("Ring C")),
    "ring_c.yaml": archy("Ring C", leads_to("Ring A")),
}
"""What the wrong documents lead to, or need beside them."""

WRONG: dict[str, tuple[str | bytes, str, str, tuple[str, ...]]] = {
    # file: content, place, code, words that must be in the message
    "yaml.yaml": (HEAD.format(kind="Prompt", name="x").replace("}", ""), "4:1", "REC1010", ("Close the mapping",)),
    "key.yaml": (
        prompt("k", f"descripton: x, resources: {SPOKEN}"),
        "4:8",
        "REC1104",
        ('Did you mean "description"?',),
    ),
    "twice.yaml": (
        prompt("t", f"description: x, description: y, resources: {SPOKEN}"),
        "4:24",
        "REC1003",
        ("first on line 4", "Keep one"),
    ),
    "number.yaml": (prompt("n", f"description: 12, resources: {SPOKEN}"), "4:21", "REC1106", ("Put it in quotes",)),
    "list.yaml": (prompt("l", "resources: [en-us]"), "4:19", "REC1106", ("must be a mapping, not a list",)),
    "missing.yaml": (
        prompt("m", "resources: {en-us: {audio: welcom.wav}}"),
        "4:35",
        "REC1301",
        ('"welcom.wav" does not exist. Did you mean welcome.wav?',),
    ),
    "truncated.yaml": (prompt("tr", "resources: {en-us: {audio: short.wav}}"), "4:35", "REC1303", ("1.0 s", "0.2 s")),
    "mp3.yaml": (prompt("mp", "resources: {en-us: {audio: song.wav}}"), "4:35", "REC1311", ("is MP3", "ffmpeg")),
    "long.yaml": (prompt("lo", "resources: {en-us: {audio: long.wav}}"), "4:35", "REC1305", ("91.0 s", "house rule")),
    "outside.yaml": (
        prompt("o", "resources: {en-us: {audio: ../../../secret.wav}}"),
        "4:35",
        "REC1301",
        ("leads out of the repository", "Move the file"),
    ),
    "absolute.yaml": (
        prompt("ab", "resources: {en-us: {audio: /etc/passwd}}"),
        "4:35",
        "REC1301",
        ("is not relative",),
    ),
    "same_2.yaml": (prompt("twin", f"resources: {SPOKEN}"), "3:18", "REC1201", ("same_1.yaml:3:18", "Rename one")),
    "ring_a.yaml": (
        archy("Ring A", leads_to("Ring B")),
        "6:99",
        "REC1203",
        ("Flow/Ring A -> Flow/Ring B -> Flow/Ring C -> Flow/Ring A",),
    ),
    "reference.yaml": (archy("Broken", BYE, start="mian"), "4:15", "REC1410", ("task[mian]", 'Did you mean "')),
    "braces.yaml": (archy("Braces {{who}}", BYE), "2:16", "REC1501", ("`who` has no value", "variables")),
    "variable.yaml": (
        prompt("v", 'resources: {en-us: {tts: "${suport_queue}"}}'),
        "4:33",
        "REC1501",
        ('"suport_queue" is not defined. Did you mean ${support_queue}?',),
    ),
    "process.yaml": (
        prompt("pr", 'resources: {en-us: {tts: "${env.NOT_SET}"}}'),
        "4:33",
        "REC1504",
        ("NOT_SET is not set",),
    ),
    "illegal.yaml": (
        prompt("main-menu welcome", f"resources: {SPOKEN}"),
        "3:18",
        "REC1109",
        ("Write main_menu_welcome.",),
    ),
    "wordy.yaml": (
        prompt("w", f"description: {'x' * 1025}, resources: {SPOKEN}"),
        "4:21",
        "REC1107",
        ("1025 characters", "1024"),
    ),
    "deep.yaml": (menu("Deep", ladder("abcdef", "{hangup: true}")), "13:5", "REC1603", ("a -> b -> c -> d -> e -> f",)),
    "target.yaml": (
        menu("Target", ladder("a", "{menu: aa}")),
        "8:44",
        "REC1601",
        ('no menu "aa"', 'Did you mean "a"?'),
    ),
    "kind.yaml": (HEAD.format(kind="Promt", name="x") + "spec: {}\n", "2:7", "REC1103", ("Did you mean Prompt?",)),
    "version.yaml": (
        prompt("ve", f"resources: {SPOKEN}").replace("/v1", "/v2"),
        "1:13",
        "REC1102",
        ("Write reconciler/v1",),
    ),
    "export.i3InboundFlow": (
        base64.b64encode(b"\x1f\x8b" + bytes(range(200))),
        "1:1",
        "REC1405",
        ("Export the flow as YAML",),
    ),
}


@pytest.fixture
def team(team: Team) -> Team:
    team.environment["RECONCILE_AUDIO_CONVERTER"] = "off"  # whatever this machine has installed
    return team


def places(text: str) -> dict[str, str]:
    """Every finding line by file."""
    lines = [line for line in text.splitlines() if PLACE.match(line)]
    return {line.partition(":")[0]: line for line in lines if ": error " in line}


def nothing_sent(team: Team) -> bool:
    return team.sandbox.call("GET", "/_sandbox/requests")["total"] == 0


def nothing_written(team: Team) -> bool:
    state = team.sandbox.state()
    return set(team.sandbox.requests()) <= READS and not (state["prompts"] or state["flows"] or state["routes"])


def sentence(said: str) -> str:
    """The one line on stderr of a failed command."""
    assert "Traceback" not in said
    assert said.count("\n") == 1, said
    return said


def test_every_wrong_file_is_named_with_place_reason_and_remedy_before_any_request(lines: Team) -> None:
    for name, content in FILES.items():
        lines.write(f"wrong/{name}", content)
    for name, (content, *_) in WRONG.items():
        lines.write(f"wrong/{name}", content)
    lines.commit("Get everything wrong")
    applied = lines.reconcile("--once", expect=1)
    assert nothing_sent(lines)
    assert "Traceback" not in applied.stderr
    assert applied.stdout == ""
    found = places(applied.stderr)
    assert set(found) == {f"desired_state/wrong/{name}" for name in WRONG}
    for name, (_, place, code, words) in WRONG.items():
        line = found[f"desired_state/wrong/{name}"]
        assert f"/{name}:{place}: error {code}: " in line
        assert all(word in line for word in words), line
    assert applied.stderr.endswith(f"{len(WRONG)} errors in the desired state; nothing was written.\n")
    validated = lines.reconcile("validate", expect=1)
    assert places(validated.stdout) == found


ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
metadata: {name: test}
spec:
"""


@pytest.mark.parametrize(
    ("spec", "environment", "expected"),
    [
        (
            """\
  policy: {pruen: true, menuMaxDepth: 9}
  freeze:
    - {kind: deny, schedule: 0 25 * * *, duration: 8h}
    - {kind: deny, schedule: 0 22 * * *, duration: eight, timeZone: Europe/Madird}
  webhooks: [{name: hook, secrt: x}]
""",
            {},
            [
                ("5:12", "REC1104", 'Did you mean "prune"?'),
                ("5:39", "REC1107", "at most 5"),
                ("7:30", "REC1107", "'25' is not between 0 and 23"),
                ("8:52", "REC1107", "90s, 5m or 1h30m"),
                ("8:69", "REC1107", "Europe/Madrid"),
                ("9:14", "REC1105", "Add `url:`"),
                ("9:27", "REC1104", 'Did you mean "secret"?'),
            ],
        ),
        (
            '  webhooks: [{name: hook, url: "https://archive.example.com/x", events: [promt.created]}]\n',
            {},
            [("5:14", "REC1508", "${env."), ("5:74", "REC1513", "prompt.created")],
        ),
        ("  region: eu-west-1\n", {"GENESYSCLOUD_REGION": "us-east-1"}, [("5:11", "REC1515", "says us-east-1")]),
        ("  region: eu-west-9\n", {}, [("5:11", "REC1515", "eu-west-2")]),
    ],
)
def test_a_wrong_environment_is_named_at_each_wrong_place(
    lines: Team, spec: str, environment: dict[str, str], expected: list[tuple[str, str, str]]
) -> None:
    lines.write("environment.yaml", ENVIRONMENT + spec)
    lines.write("menu.yaml", MENU.replace("${support_queue}", "Support"))
    lines.commit("Describe another environment")
    said = lines.reconcile("--once", expect=1, **environment).stderr
    for place, code, words in expected:
        (line,) = [one for one in said.splitlines() if f"environment.yaml:{place}: error {code}: " in one]
        assert words in line
    assert nothing_sent(lines)


def test_a_symlink_and_a_directory_without_documents_are_refused(lines: Team) -> None:
    (lines.path / "desired_state/link.yaml").symlink_to("prompt.yaml")
    lines.write("../drafts/notes.yaml", "# nothing yet\n")
    lines.write("wrong.yaml", "kind: Prompt\n")
    (lines.path / "empty").mkdir()
    lines.commit("Link")
    said = lines.reconcile("--once", expect=1).stderr
    assert "desired_state/link.yaml:1:1: error REC1701: " in said
    assert "desired_state/wrong.yaml:1:1: " in said  # what else is wrong is told in the same breath
    assert "Commit the file itself" in said
    said = lines.reconcile("--once", "--source", "drafts", expect=1).stderr
    assert "drafts:1:1: error REC1114: " in said
    assert "--source" in said
    assert "no file in commit" in sentence(lines.reconcile("--once", "--source", "empty", expect=1).stderr)
    assert "does not exist" in sentence(lines.reconcile("--once", "--source", "nowhere", expect=1).stderr)
    assert nothing_sent(lines)


def clients(team: Team, *permissions: str, secret: str = "ci-secret") -> None:
    client = {"id": "ci", "secret": secret, "name": "CI", "permissions": list(permissions)}
    team.sandbox.call("PUT", "/_sandbox/state", {"clients": [client]})


VIEW = ("architect:flow:*", "routing:*", "architect:jobExport:*", "architect:userPrompt:view")


def test_credentials_and_permissions_that_fail_are_one_sentence(lines: Team) -> None:
    clients(lines, "*", secret="another")
    said = sentence(lines.reconcile("--once", expect=1).stderr)
    assert "GENESYSCLOUD_OAUTHCLIENT_SECRET" in said
    assert "GENESYSCLOUD_REGION" in said
    assert "ci-secret" not in said
    clients(lines, *VIEW[:-1])
    assert "architect:userPrompt:view" in sentence(lines.reconcile("--once", expect=1).stderr)
    assert nothing_written(lines)
    clients(lines, *VIEW)
    lines.reconcile("plan")
    said = lines.reconcile("--once", expect=1)
    assert "Prompt/greeting" in said.stdout
    assert "architect:userPrompt:add" in said.stdout
    assert "it needs Prompt/greeting" in said.stdout
    assert not any(lines.sandbox.state()[kind] for kind in ("prompts", "flows", "routes"))


def test_another_organisation_than_the_manifests_or_the_ledgers_is_refused(lines: Team) -> None:
    other = "2f7c0e0e-0000-4000-8000-000000000000"
    environment = (lines.path / "desired_state/environment.yaml").read_text()
    lines.write("environment.yaml", environment.replace("spec:\n", f"spec:\n  organization: {other}\n"))
    lines.commit("Name an organisation")
    said = sentence(lines.reconcile("--once", expect=1).stderr)
    assert other in said
    assert "spec.organization" in said
    assert nothing_written(lines)
    lines.write("environment.yaml", environment)
    lines.commit("Do not")
    lines.reconcile("--once")
    organization = lines.sandbox.state()["organization"]
    lines.sandbox.call("PUT", "/_sandbox/state", {"organization": organization | {"id": other}})
    lines.write("prompt.yaml", PROMPT.replace("First words", "Other words"))
    lines.commit("Change a prompt")
    lines.sandbox.forget_requests()
    for command in ("plan", "--once"):
        said = sentence(lines.reconcile(command, expect=1).stderr)
        assert "This ledger belongs to organisation" in said
        assert other in said
    assert set(lines.sandbox.requests()) == {"POST /oauth/token", "GET /api/v2/organizations/me"}


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_an_unreachable_platform_is_one_sentence_that_names_the_address(lines: Team, closed_port: int) -> None:
    addresses = (f"127.0.0.1:{closed_port}", "platform.invalid")
    waiting = {where: lines.start("plan", RECONCILE_GATEWAY_URL=f"http://{where}") for where in addresses}
    typo = lines.reconcile("plan", expect=1, RECONCILE_GATEWAY_URL="", GENESYSCLOUD_REGION="eu-wst-1")
    assert "Did you mean eu-west-1?" in sentence(typo.stderr)
    for where, command in waiting.items():
        _, said = command.communicate(timeout=40)
        assert command.returncode == 1
        assert f"Cannot log in at {where}" in sentence(said)
        assert "RECONCILE_GATEWAY_URL" in said
    assert nothing_sent(lines)


GARBLED = {
    "an error page as success": (
        {"status": 200, "body": "<html>Sorry</html>", "content_type": "text/html"},
        "not JSON",
    ),
    "an error page as failure": ({"status": 403, "body": "<html>Sorry</html>", "content_type": "text/html"}, "403"),
    "no list": ({"status": 200, "body": "[]", "content_type": "application/json"}, "no JSON object"),
    "rows without ids": ({"status": 200, "body": '{"entities": [{}]}', "content_type": "application/json"}, "an id"),
    "cut off": ({"fault": "truncate"}, "No answer"),
}


@pytest.mark.parametrize("case", GARBLED)
def test_a_list_that_cannot_be_read_stops_the_pass_before_any_write(lines: Team, case: str) -> None:
    fault, words = GARBLED[case]
    lines.sandbox.fault(**{"method": "GET", "path": "/api/v2/flows", "fault": "status", "times": None, **fault})
    said = sentence(lines.reconcile("--once", expect=1).stderr)
    assert words in said
    assert "/api/v2/flows" in said
    assert nothing_written(lines)


def test_a_secret_of_the_service_never_gets_into_a_manifest_or_a_message(lines: Team) -> None:
    lines.write("leak.yaml", prompt("leak", 'resources: {en-us: {tts: "${env.GENESYSCLOUD_OAUTHCLIENT_SECRET}"}}'))
    lines.commit("Leak")
    said = lines.reconcile("--once", expect=1)
    assert "desired_state/leak.yaml:4:33: error REC1505: " in said.stderr
    assert "ci-secret" not in said.stdout + said.stderr
    assert nothing_sent(lines)


def test_files_outside_the_repository_stay_unread(lines: Team, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(speech())
    lines.write("outside.yaml", prompt("outside", "resources: {en-us: {audio: ../../secret.wav}}"))
    lines.commit("Reach out")
    assert "leads out of the repository" in lines.reconcile("--once", expect=1).stderr
    assert nothing_sent(lines)


def test_files_of_others_are_checked_with_the_values_of_a_file(lines: Team) -> None:
    lines.write("given.yaml", archy("{{line}}", "disconnect: {name: Bye}"))
    assert "the variable `line` has no value" in lines.reconcile("validate", expect=1).stdout
    (lines.path / "values.yaml").write_text("line: Given line\n")
    lines.reconcile("validate", "--variables", "values.yaml")
    assert "does not exist" in lines.reconcile("validate", "--variables", "nowhere.yaml", expect=1).stderr
