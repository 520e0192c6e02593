"""An organisation becomes files, and the files are that organisation."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path

import pytest

from tests.e2e.conftest import Team

COMMON = """\
    inboundCall:
      name: Status line
      division: Home
      startUpRef: /inboundCall/tasks/task[say]
      defaultLanguage: en-us
      initialGreeting: {tts: "Braces {{{{like these}}}} and ${those} stay"}
      tasks:
        - task:
            name: Say
            refId: say
            actions:
              - playAudio: {name: Words, audio: {prompt: Prompt.greeting}}
              - transferToAcd: {name: To sales, targetQueue: {lit: {name: Sales}}}
              - disconnect: {name: Bye}
    """
ROUTE = """\
    apiVersion: reconciler/v1
    kind: CallRoute
    metadata: {name: Status}
    spec: {dnis: ["+13175550150"], open: {flow: Status line}}
    """


@pytest.fixture
def town(lines: Team) -> Team:
    """A team with a prompt in two languages, a menu with a route, a flow of its own with a route: applied."""
    lines.write("archy/status.yaml", COMMON)
    lines.write("status-route.yaml", ROUTE)
    lines.commit("Status line")
    lines.reconcile("--once")
    return lines


@pytest.fixture
def newcomers(town: Team, tmp_path: Path) -> Team:
    """Another team at the same organisation, with an empty repository."""
    path = tmp_path / "newcomers"
    path.mkdir()
    made = Team(path, town.sandbox, town.environment, town.run)
    made.git("init", "-q", "-b", "main")
    (path / ".gitignore").write_text(".reconciler/\n")
    return made


def tree(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_what_was_exported_into_nothing_plans_no_changes(newcomers):
    copied = newcomers.reconcile("export")
    assert "Note: these files are a copy. To manage the organisation with them, export with --to" in copied.stdout
    answer = newcomers.reconcile("export", "--to", "desired_state")
    assert "Exported 2 flows, 1 prompt, 2 routes to desired_state" in answer.stdout
    assert "Note:" not in answer.stdout
    shutil.rmtree(newcomers.path / "exported")
    newcomers.commit("As it is")
    plan = newcomers.reconcile("plan", "--detailed-exitcode")
    assert plan.stdout.rstrip().endswith("No changes.")
    newcomers.sandbox.forget_requests()
    newcomers.reconcile("--once")
    assert not [
        route
        for route in newcomers.sandbox.requests()
        if not route.startswith(("GET", "POST /oauth", "POST /api/v2/flows/export"))
    ]
    assert newcomers.plan()["changes"] == []


def test_two_exports_are_the_same_bytes_and_a_third_over_the_first_changes_nothing(newcomers):
    for name in ("one", "two", "one"):
        newcomers.reconcile("export", "--to", name)
    assert tree(newcomers.path / "one") == tree(newcomers.path / "two")
    index = json.loads((newcomers.path / "one" / "export.json").read_bytes())
    assert {(entry["kind"], entry["name"]): entry["version"] for entry in index["objects"]}[
        ("Flow", "Main IVR")
    ] == "1.0"


def test_what_a_menu_owns_is_no_second_time_and_what_git_has_elsewhere_keeps_its_place(town):
    facts = json.loads(town.reconcile("export", "--to", "desired_state", "-o", "json").stdout)
    reasons = {(aside["kind"], aside["name"]): aside["reason"] for aside in facts["left_out"]}
    assert "compiled from Menu/Main IVR at desired_state/menu.yaml:3" in reasons[("Flow", "Main IVR")]
    assert "compiled from Menu/Main IVR" in reasons[("CallRoute", "Main IVR")]
    assert "declared at desired_state/prompt.yaml:3" in reasons[("Prompt", "greeting")]
    assert facts["counts"]["flows"] == 0
    town.commit("Nothing new")
    assert town.reconcile("plan").stdout.rstrip().endswith("No changes.")


def test_names_bring_along_what_they_reach(newcomers):
    facts = json.loads(
        newcomers.reconcile("export", "CallRoute/Status", "--with-dependencies", "--to", "part", "-o", "json").stdout
    )
    assert {(entry["kind"], entry["name"]) for entry in facts["objects"]} == {
        ("CallRoute", "Status"),
        ("Flow", "Status line"),
        ("Prompt", "greeting"),
    }
    alone = json.loads(newcomers.reconcile("export", "CallRoute/Status", "--to", "alone", "-o", "json").stdout)
    assert alone["counts"]["files"] == 1
    assert "nothing called 'Nobody'" in newcomers.reconcile("export", "Nobody", expect=1).stderr


def test_a_part_that_cannot_be_had_ends_with_3_and_the_rest_is_there(newcomers):
    newcomers.sandbox.fault(
        method="GET", path="/api/v2/architect/prompts/{promptId}/resources/{languageCode}", fault="status", status=403
    )
    (newcomers.path / "desired_state").mkdir()
    answer = newcomers.reconcile("export", "--to", "part", expect=3)
    assert "Prompt/greeting: e" in answer.stdout
    # Without its recording the manifest of the prompt would take it away from the platform.
    assert {path.partition("/")[0] for path in tree(newcomers.path / "part")} == {"archy", "routes", "export.json"}
    entry = newcomers.reconcile("audit", "list", "-o", "json").stdout
    assert "partial: 2 flows, 0 prompts, 2 routes; 1 failure; integrity 100 %" in entry


def test_a_flow_nobody_published_is_listed_and_a_draft_is_asked_for(newcomers):
    newcomers.sandbox.person("save", "Flow", "Status line")
    before = newcomers.reconcile("export", "Status line", "--to", "published") and tree(newcomers.path / "published")
    newcomers.reconcile("export", "Status line", "--draft", "--to", "draft")
    assert tree(newcomers.path / "draft") != before


def test_files_that_are_not_from_an_export_are_never_overwritten(newcomers):
    newcomers.write("prompts/greeting.yaml", "precious\n")
    answer = newcomers.reconcile("export", "--to", "desired_state", expect=1)
    assert "prompts/greeting.yaml" in answer.stderr
    assert tree(newcomers.path / "desired_state") == {"prompts/greeting.yaml": b"precious\n"}


@pytest.mark.parametrize("to", ["", " ", ".git", ".git/hooks", "sub/.GIT/refs"])
def test_an_export_goes_nowhere_by_accident_and_never_into_git_itself(newcomers, to):
    before = set(tree(newcomers.path))
    answer = newcomers.reconcile("export", "--to", to, expect=1)
    assert "--to" in answer.stderr
    assert {path for path in tree(newcomers.path) if not path.startswith(".reconciler/")} == before


def test_an_export_is_told_to_the_webhooks(town):
    hook = (town.path / "desired_state/environment.yaml").read_text().replace('"route.*"', '"route.*", "export.*"')
    town.write("environment.yaml", hook)
    town.commit("Listen")
    town.reconcile("export", "--to", "elsewhere")
    told = [event["body"] for event in town.sandbox.inbox() if event["body"]["type"] == "export.completed"]
    assert [event["subject"] for event in told] == ["Export/test"]
    export = told[0]["data"]["export"]
    assert (export["status"], export["integrity"], export["counts"]["flows"]) == ("success", 1.0, 1)


def head_and_status(team: Team) -> tuple[str, str]:
    return team.git("rev-parse", "HEAD"), team.git("status", "--porcelain")


def branch_of(facts) -> str:
    assert facts["branch"], facts
    return str(facts["branch"])


def test_a_branch_gets_the_export_and_nothing_that_is_checked_out_is_touched(newcomers):
    newcomers.write("notes.txt", "mine\n")
    newcomers.commit()
    newcomers.write("notes.txt", "mine, not committed\n")
    newcomers.git("add", "-A")
    before = head_and_status(newcomers)
    facts = json.loads(newcomers.reconcile("export", "--commit", "-o", "json").stdout)
    assert head_and_status(newcomers) == before
    branch = branch_of(facts)
    names = newcomers.git("ls-tree", "-r", "--name-only", branch).splitlines()
    assert "desired_state/export.json" in names
    assert "desired_state/notes.txt" in names
    assert newcomers.git("rev-parse", f"{branch}~1") == before[0]
    assert newcomers.git("log", "-1", "--format=%s", branch) == "Export what Genesys Cloud has"
    newcomers.git("stash", "-q")
    newcomers.git("merge", "-q", branch)
    assert newcomers.reconcile("plan").stdout.rstrip().endswith("No changes.")
    again = json.loads(newcomers.reconcile("export", "--commit", "-o", "json").stdout)
    assert again["branch"] is None


def test_a_hot_fix_from_the_web_ui_comes_back_to_git(town):
    town.sandbox.person("publish", "Flow", "Status line")
    town.sandbox.person("publish", "Flow", "Main IVR")
    town.sandbox.person("edit", "Prompt", "greeting")
    facts = json.loads(town.reconcile("export", "--drifted", "-o", "json").stdout)
    assert {entry["name"] for entry in facts["objects"]} == {"Status line", "greeting"}
    (aside,) = facts["left_out"]
    assert "compiled from Menu/Main IVR at desired_state/menu.yaml:3" in aside["reason"]
    branch = branch_of(facts)
    changed = town.git("diff", "--name-only", f"HEAD..{branch}").splitlines()
    assert changed == ["desired_state/archy/status.yaml", "desired_state/prompt.yaml"]
    town.git("merge", "-q", branch)
    plan = {change["name"]: change["action"] for change in town.plan()["changes"]}
    assert plan == {"Status line": "adopt", "greeting": "adopt", "Main IVR": "update"}


def test_a_conflict_is_settled_by_taking_the_live_side(town):
    town.write("archy/status.yaml", COMMON.replace("Words", "Other words"))
    town.commit("Reword")
    town.sandbox.person("publish", "Flow", "Status line")
    (change,) = town.plan()["changes"]
    assert "--take live" in change["blocked"]["reason"]
    said = town.reconcile("apply", "Flow/Status line", "--take", "live").stdout
    branch = next(word for word in said.split() if word.startswith("reconcile/drifted-"))
    town.git("merge", "-q", branch)
    assert [change["action"] for change in town.plan()["changes"]] == ["adopt"]
    assert town.reconcile("--once").returncode == 0
    assert town.plan()["changes"] == []


def test_nothing_drifted_makes_no_branch(town):
    before = town.git("branch", "--list")
    assert "no branch" in town.reconcile("export", "--drifted").stdout
    assert town.git("branch", "--list") == before


RING = """\
    inboundCall:
      name: {name}
      division: Home
      startUpRef: /inboundCall/tasks/task[say]
      defaultLanguage: en-us
      tasks:
        - task:
            name: Say
            refId: say
            actions:
              - {first}
              - disconnect: {{name: Bye}}
    """


def ring(name: str, to: str) -> str:
    first = (
        f"transferToFlow: {{name: On, targetFlow: {{name: {to}}}}}" if to else "playAudio: {name: Hi, audio: {tts: Hi}}"
    )
    return RING.format(name=name, first=first)


def test_an_organisation_with_a_cycle_exports_and_plans_clean_and_a_new_cycle_is_refused_or_stubbed(town, newcomers):
    for number, (name, to) in enumerate([("East", ""), ("West", "East"), ("East", "West")]):
        town.write(f"archy/{name.lower()}.yaml", ring(name, to))
        town.commit(f"Step {number}")
        town.reconcile("--once")
    facts = json.loads(newcomers.reconcile("export", "--to", "desired_state", "-o", "json").stdout)
    assert facts["cycles"] == [["Flow/East (inboundCall)", "Flow/West (inboundCall)"]]
    newcomers.commit()
    assert newcomers.reconcile("plan").stdout.rstrip().endswith("No changes.")
    assert newcomers.reconcile("--once").returncode == 0
    assert "REC1203" in newcomers.reconcile("validate", expect=1).stdout
    for name, to in (("North", "South"), ("South", "North")):
        newcomers.write(f"archy/{name.lower()}.yaml", ring(name, to))
    newcomers.commit("Two that need each other")
    refused = newcomers.reconcile("plan", expect=1).stderr
    assert "desired_state/archy/north.yaml:11:59: error" in refused
    assert "Flow/North -> Flow/South -> Flow/North" in refused
    environment = (town.path / "desired_state/environment.yaml").read_text()
    for policy, blocked in (("existing", 2), ("stubs", 0)):
        newcomers.write("environment.yaml", environment.replace("spec:\n", f"spec:\n  policy: {{cycles: {policy}}}\n"))
        newcomers.commit(f"Rings: {policy}")
        assert newcomers.reconcile("validate").returncode == 0
        assert sum(change["blocked"] is not None for change in newcomers.plan()["changes"]) == blocked
    assert "its job makes a stub of Flow/South" in newcomers.reconcile("plan").stdout
    assert newcomers.reconcile("--once").returncode == 0
    assert newcomers.reconcile("plan").stdout.rstrip().endswith("No changes.")


def test_what_a_menu_owns_leads_to_what_it_needs(town):
    facts = json.loads(
        town.reconcile("export", "Menu/Main IVR", "--with-dependencies", "--to", "part", "-o", "json").stdout
    )
    assert {(entry["kind"], entry["name"]) for entry in facts["objects"]} == {("Prompt", "greeting")}
    assert {entry["kind"] for entry in facts["left_out"]} == {"Flow", "CallRoute"}


def test_a_branch_gets_a_copy_elsewhere_of_what_git_declares(town):
    facts = json.loads(town.reconcile("export", "--commit", "--to", "backup", "-o", "json").stdout)
    assert (facts["counts"]["flows"], facts["counts"]["prompts"], facts["counts"]["routes"]) == (1, 1, 1)
    names = town.git("diff", "--name-only", f"HEAD..{branch_of(facts)}").splitlines()
    assert "backup/prompts/greeting.yaml" in names
    assert all(name.startswith("backup/") for name in names)


def test_other_manifests_of_a_file_stay_on_the_branch(town):
    (town.path / "desired_state/status-route.yaml").unlink()
    one = textwrap.dedent(ROUTE)
    town.write("routes/status.yaml", f"{one}---\n# kept\n{one.replace('Status}', 'Other}').replace('0150', '0151')}")
    town.commit("Two routes in one file")
    town.reconcile("--once")
    facts = json.loads(town.reconcile("export", "--commit", "-o", "json").stdout)
    written = town.git("show", f"{branch_of(facts)}:desired_state/routes/status.yaml")
    assert written.count("kind: CallRoute") == 2
    assert "# kept" in written


def test_a_branch_is_not_made_beside_manifests_with_errors(town):
    town.write("bad.yaml", "apiVersion: reconciler/v1\nkind: Nope\nmetadata: {name: x}\nspec: {}\n")
    town.commit("A mistake")
    before = town.git("branch", "--list")
    assert "bad.yaml:2" in town.reconcile("export", "--commit", expect=1).stderr
    assert town.git("branch", "--list") == before
    copy = town.reconcile("export", "--to", "copy")
    assert "Note: the desired state has errors" in copy.stdout


def test_a_source_that_is_not_there_is_told_and_one_without_a_commit_is_noted(town, newcomers):
    said = town.reconcile("--source", "desired_stat", "export", "--to", "copy", expect=1).stderr
    assert "desired_stat" in said
    assert not (town.path / "copy").exists()
    newcomers.write("menu.yaml", "not committed\n")
    assert "Note:" in newcomers.reconcile("export", "--to", "copy").stdout
    newcomers.reconcile("--source", "new", "export", "--to", "new")


def test_a_branch_for_an_index_of_nothing_is_not_made(town):
    before = town.git("branch", "--list")
    facts = json.loads(town.reconcile("export", "--commit", "-o", "json").stdout)
    assert (facts["branch"], facts["counts"]["files"]) == (None, 0)
    assert town.git("branch", "--list") == before


def test_what_drifted_comes_back_though_a_name_is_missing(town):
    town.sandbox.person("publish", "Flow", "Status line")
    town.write("archy/other.yaml", COMMON.replace("Status line", "Other line").replace("Sales", "Nobody"))
    town.commit("A queue that is not there yet")
    assert "REC1290" in town.reconcile("plan", expect=1).stderr
    facts = json.loads(town.reconcile("export", "--drifted", "-o", "json").stdout)
    assert {entry["name"] for entry in facts["objects"]} == {"Status line"}


def test_a_reference_that_leads_nowhere_is_named_in_the_audit(town):
    town.sandbox.call("PUT", "/_sandbox/state", {"queues": []})
    facts = json.loads(town.reconcile("export", "--to", "copy", "-o", "json").stdout)
    assert [entry["reference"]["name"] for entry in facts["broken"]] == ["Sales"]
    assert "broken: Flow/Status line (inboundCall): Queue Sales" in town.reconcile("audit", "list", "-o", "json").stdout


def test_a_kind_that_cannot_be_listed_costs_only_itself(newcomers):
    newcomers.sandbox.fault(
        method="GET", path="/api/v2/architect/ivrs", fault="status", status=403, code="missing.permissions", times=None
    )
    answer = newcomers.reconcile("export", "--to", "part", expect=3)
    assert "CallRoute/*: None was exported." in answer.stdout
    assert {path.partition("/")[0] for path in tree(newcomers.path / "part")} == {
        "archy",
        "audio",
        "prompts",
        "export.json",
    }
    newcomers.reconcile("export", "Prompt/greeting", "--to", "one")
    said = newcomers.reconcile("export", "CallRoute/Status", "--to", "none", expect=1).stderr
    assert "routing:callRoute:view" in said or "HTTP 403" in said


def test_names_that_cannot_be_looked_up_cost_no_files(newcomers):
    newcomers.sandbox.fault(
        method="GET", path="/api/v2/routing/queues", fault="status", status=403, code="missing.permissions", times=None
    )
    answer = newcomers.reconcile("export", "--to", "part", expect=3)
    assert "Not looked up\n  No Queue was looked up." in answer.stdout
    assert len(tree(newcomers.path / "part")) == 8
