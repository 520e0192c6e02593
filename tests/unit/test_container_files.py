"""The container files keep their promises. No engine runs here: this reads what an engine would be told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    """Dockerfile as (KEYWORD, rest) pairs, comments dropped and continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word
    ]


def last(keyword: str) -> str:
    return [rest for word, rest in instructions() if word == keyword][-1]


def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_dependencies_are_installed_from_the_lock_with_every_hash_checked():
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert "--require-hashes" in installs[0]
    assert "-r requirements/runtime.lock" in installs[0]
    assert all("--require-hashes" in rest or "--no-index" in rest for rest in installs)


def test_the_build_backend_is_in_the_lock_so_that_the_package_builds_without_an_index():
    assert re.search(r"^setuptools==", (ROOT / "requirements/runtime.lock").read_text(), re.MULTILINE)


def test_no_file_of_the_image_names_a_package_index():
    for name in ("Dockerfile", "compose.yaml", "requirements/runtime.lock"):
        assert "index-url" not in (ROOT / name).read_text(), name


def test_the_image_runs_as_a_number_that_is_not_root():
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_sources_come_from_the_build_stage_only():
    stages = [rest for word, rest in instructions() if word == "FROM"]
    assert len(stages) == 2
    final = instructions()[[index for index, (word, _) in enumerate(instructions()) if word == "FROM"][-1] :]
    assert [rest for word, rest in final if word == "COPY"] == ["--from=build /opt/reconciler /opt/reconciler"]


def test_the_ledger_lies_on_the_volume():
    assert last("VOLUME") == "/var/lib/reconciler"
    assert "RECONCILE_LEDGER_URL=sqlite:////var/lib/reconciler/" in last("ENV")


def test_the_health_check_asks_the_port_the_service_listens_on():
    check = last("HEALTHCHECK")
    assert "/healthz" in check
    assert "RECONCILE_LISTEN" in check
    program = re.search(r'"-c", "(.*)"\]', check)
    assert program
    compile(program[1], "HEALTHCHECK", "exec")


def test_the_build_context_holds_nothing_but_what_the_image_needs():
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:].rstrip("/") for rule in rules if rule.startswith("!")}
    copied = {
        source.rstrip("/")
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert copied == allowed
    assert all((ROOT / path).exists() for path in copied - {"README.md"})


@pytest.mark.parametrize("service", ["sandbox", "reconciler"])
def test_services_cannot_write_their_root_or_gain_rights(service: str):
    settings = compose()["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in settings["security_opt"]
    assert any(entry.startswith("/tmp") for entry in settings["tmpfs"])
    assert "privileged" not in settings


@pytest.mark.parametrize("service", ["sandbox", "reconciler"])
def test_what_services_remember_is_on_a_named_volume(service: str):
    mounts = dict(entry.split(":", 1) for entry in compose()["services"][service]["volumes"])
    named = {name for name, target in mounts.items() if target == "/var/lib/reconciler"}
    assert named
    assert named <= set(compose()["volumes"])


def test_the_reconciler_waits_for_a_healthy_sandbox():
    services = compose()["services"]
    assert services["reconciler"]["depends_on"]["sandbox"]["condition"] == "service_healthy"
    program = services["sandbox"]["healthcheck"]["test"][-1]
    assert "/_sandbox/" in program
    compile(program, "healthcheck", "exec")


def test_the_desired_state_is_mounted_read_only():
    assert ".:/repository:ro" in compose()["services"]["reconciler"]["volumes"]


def test_published_ports_stay_on_loopback():
    for service in compose()["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
