from __future__ import annotations

import pytest

from reconciler.errors import DesiredStateError, SourceError
from reconciler.model.policy import AdoptPolicy, CyclePolicy, DriftPolicy, FreezeWindow, LockPolicy, Policy

HEAD = "apiVersion: reconciler/v1\n"
PROMPT = HEAD + "kind: Prompt\nmetadata: {name: hello}\nspec: {resources: {en-us: {tts: Hello}}}\n"


def environment(spec: str, name: str = "prod") -> str:
    return HEAD + f"kind: Environment\nmetadata: {{name: {name}}}\nspec:\n{spec}"


def test_without_an_environment_the_defaults_hold(load):
    assert load({"p.yaml": PROMPT}).environment.policy == Policy()


def test_every_policy_is_read(load):
    spec = """  region: eu-west-1
  organization: 2F7C0E0E-0000-4000-8000-000000000000
  policy:
    prune: true
    adopt: git
    drift: warn
    driftGrace: 1h30m
    conflict: stop
    onLocked: abort
    updateThreshold: 12.5%
    deleteThreshold: "5"
    deleteMax: 3
    thresholdsFrom: 10 objects
    cycles: existing
    menuMaxDepth: 3
    promptMaxDuration: 500ms
    messageOrigins: [example.com]
  freeze: [{kind: deny, schedule: "0 22 * * *", duration: 8h, timeZone: Europe/Madrid, manualSync: true}]
"""
    state = load({"p.yaml": PROMPT, "e.yaml": environment(spec)})
    assert (state.environment.name, state.environment.region) == ("prod", "eu-west-1")
    assert state.environment.organization == "2f7c0e0e-0000-4000-8000-000000000000"
    assert state.environment.policy == Policy(
        prune=True,
        adopt=AdoptPolicy.GIT,
        drift=DriftPolicy.WARN,
        drift_grace_seconds=5400.0,
        on_locked=LockPolicy.ABORT,
        update_threshold=0.125,
        delete_threshold=0.05,
        delete_max=3,
        thresholds_from=10,
        cycles=CyclePolicy.EXISTING,
        menu_max_depth=3,
        prompt_max_duration_seconds=0.5,
        message_origins=("example.com",),
        freeze=(
            FreezeWindow(
                kind="deny",
                schedule="0 22 * * *",
                duration_seconds=28800.0,
                time_zone="Europe/Madrid",
                manual_sync=True,
            ),
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        "policy: {prune: yes}",
        "policy: {adopt: Git}",
        "policy: {driftGrace: 5}",
        "policy: {driftGrace: 5 minutes}",
        "policy: {updateThreshold: 0.3}",
        "policy: {updateThreshold: 130%}",
        "policy: {deleteMax: -1}",
        "policy: {menuMaxDepth: 6}",
        "policy: {menuMaxDepth: 0}",
        "policy: {cycles: allow}",
        "policy: {onlocked: wait}",
        "organization: example",
        "variables: {a: [1]}",
        'freeze: [{kind: deny, schedule: "0 25 * * *", duration: 1h}]',
        'freeze: [{kind: deny, schedule: "0 22 * *", duration: 1h}]',
        'freeze: [{kind: deny, schedule: "0 22 * * *", duration: 1h, timeZone: Europe/Madird}]',
        'freeze: [{kind: refuse, schedule: "0 22 * * *", duration: 1h}]',
    ],
)
def test_wrong_settings_are_refused(problems, line):
    found = problems({"p.yaml": PROMPT, "e.yaml": environment(f"  {line}\n")})
    assert len(found) == 1
    assert found[0][0].startswith("e.yaml:5:")


def test_the_only_environment_is_used_and_several_need_a_name(load, problems):
    prod, test = environment("  region: eu-west-1\n"), environment("  region: us-east-1\n", "test")
    assert load({"p.yaml": PROMPT, "e.yaml": prod}).environment.region == "eu-west-1"
    files = {"p.yaml": PROMPT, "e.yaml": prod, "f.yaml": test}
    assert load(files, env="test").environment.region == "us-east-1"
    assert problems(files) == [("e.yaml:1:1", "REC1506")]
    assert problems(files, env="tset") == [("desired_state:1:1", "REC1507")]
    assert problems({"p.yaml": PROMPT}, env="prod") == [("desired_state:1:1", "REC1507")]


def test_a_wrong_name_is_the_only_complaint_although_no_variable_has_a_value(problems):
    files = {"p.yaml": PROMPT.replace("Hello", '"${greeting}"'), "e.yaml": environment("  variables: {greeting: Hi}\n")}
    assert problems(files, env="production") == [("desired_state:1:1", "REC1507")]


def test_the_environments_of_other_organisations_need_their_variables_only_there(load, problems):
    other = environment('  webhooks: [{name: a, url: "${env.OTHER_URL}", secret: "${env.OTHER}"}]\n', "other")
    files = {"p.yaml": PROMPT, "e.yaml": environment("  region: eu-west-1\n"), "f.yaml": other}
    assert load(files, env="prod").environment.name == "prod"
    files["f.yaml"] = other.replace("secret:", "secrt:")
    assert [code for _, code in problems(files, env="prod")] == ["REC1104"]


def test_two_environments_of_one_name_are_refused(problems):
    files = {"p.yaml": PROMPT, "e.yaml": environment("  region: a\n"), "f.yaml": environment("  region: b\n")}
    assert problems(files, env="prod") == [("f.yaml:3:18", "REC1201")]


def test_webhooks_take_their_secrets_from_the_process_or_from_files(load):
    spec = """  webhooks:
    - name: archive
      url: https://archive.example.com/hooks
      secret: "${env.ARCHIVE_SECRET}"
      events: ["prompt.*", flow.published]
      headers: {Authorization: "Bearer ${env.TOKEN}", X-Key: "file:/run/secrets/key"}
      archive: true
    - {name: open, url: "http://127.0.0.1:9/x", unsigned: true, enabled: false}
"""

    async def read_secret(path: str) -> bytes:
        assert path == "/run/secrets/key"
        return b"key-123\n"

    process = {"ARCHIVE_SECRET": "whsec_c2VjcmV0", "TOKEN": "t-456"}
    state = load({"p.yaml": PROMPT, "e.yaml": environment(spec)}, process=process, read_secret=read_secret)
    archive, open_ = state.environment.webhooks
    assert archive.secret == "whsec_c2VjcmV0"
    assert archive.headers == {"Authorization": "Bearer t-456", "X-Key": "key-123"}
    assert (archive.events, archive.archive) == (("prompt.*", "flow.published"), True)
    assert (open_.unsigned, open_.enabled, open_.events) == (True, False, ("*",))
    assert "t-456" not in repr(state)
    assert "whsec" not in repr(state)
    assert state.warnings == ()


@pytest.mark.parametrize(
    ("webhook", "code"),
    [
        ("{name: a, url: https://h/x}", "REC1508"),
        ('{name: a, url: https://h/x, secret: "${env.S}", unsigned: true}', "REC1508"),
        ('{name: a, url: "ftp://h", unsigned: true}', "REC1511"),
        ('{name: a, url: "https://user:word@h/", unsigned: true}', "REC1511"),
        ('{name: a, url: "https://h:99999/", unsigned: true}', "REC1511"),
        ("{name: a, url: https://h/x, unsigned: true, headers: {Authorization: abc}}", "REC1509"),
        ('{name: a, url: https://h/x, unsigned: true, headers: {webhook-id: "${env.S}"}}', "REC1509"),
        ('{name: a, url: https://h/x, unsigned: true, headers: {"a b": "${env.S}"}}', "REC1509"),
        ("{name: a, url: https://h/x, unsigned: true, events: [flow.publishd]}", "REC1513"),
        ("{name: a, url: https://h/x, secret: file:key}", "REC1512"),
        ("{name: a, url: https://h/x, secret: file:/gone}", "REC1512"),
    ],
)
def test_unusable_webhooks_are_refused(problems, webhook, code):
    async def read_secret(path: str) -> bytes:
        raise SourceError(path)

    files = {"p.yaml": PROMPT, "e.yaml": environment(f"  webhooks: [{webhook}]\n")}
    assert [found for _, found in problems(files, process={"S": "s3cret"}, read_secret=read_secret)] == [code]


def test_a_secret_written_into_git_is_a_warning(load):
    webhook = "{name: a, url: https://h/x, secret: whsec_c2VjcmV0}"
    state = load({"p.yaml": PROMPT, "e.yaml": environment(f"  webhooks: [{webhook}]\n")})
    assert [problem.code for problem in state.warnings] == ["REC1510"]
    assert "whsec" not in str(state.warnings)


def test_two_webhooks_of_one_name_are_refused(problems):
    webhooks = "[{name: a, url: https://h/x, unsigned: true}, {name: a, url: https://h/y, unsigned: true}]"
    assert [code for _, code in problems({"p.yaml": PROMPT, "e.yaml": environment(f"  webhooks: {webhooks}\n")})] == [
        "REC1514"
    ]


def test_an_environment_alone_is_a_desired_state_without_objects(load):
    assert load({"e.yaml": environment("  region: eu-west-1\n")}).resources == {}


def test_a_url_with_a_token_never_shows_in_a_message(load):
    files = {"p.yaml": PROMPT, "e.yaml": environment('  webhooks: [{name: a, url: "${env.U}", unsigned: true}]\n')}
    with pytest.raises(DesiredStateError) as caught:
        load(files, process={"U": "https:/oops/token-789"})
    assert "token-789" not in str(caught.value)
