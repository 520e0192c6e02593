"""The main job in one go, on the Genesys Cloud stand-in: plan, apply, a second pass, audit entries, signed events.

Works in demo/.work, a small git repository with a copy of desired_state/, and leaves it there to look at. Started by
`make demo`; ends with exit code 0 only when every step did what it should.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "demo" / ".work"
RECONCILE = Path(sys.executable).with_name("reconcile")
sys.path.insert(0, str(ROOT))


def step(title: str) -> None:
    print(f"\n=== {title}\n", flush=True)


def run(*arguments: str, environment: dict[str, str], expect: tuple[int, ...] = (0,)) -> str:
    """Run `reconcile`, show what a person would see, and hand back stdout."""
    print(f"$ reconcile {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [str(RECONCILE), *arguments],
        cwd=WORK,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode not in expect:
        sys.exit(f"reconcile {arguments[0]} ended with {done.returncode}, expected one of {expect}")
    return done.stdout


def git(*arguments: str) -> None:
    author = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=WORK, check=True, stdout=subprocess.DEVNULL, timeout=60)


def prepare() -> None:
    """A repository with the example desired state and its webhook switched on."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(ROOT / "desired_state", WORK / "desired_state")
    (environment_file,) = (WORK / "desired_state" / "environments").glob("*.yaml")
    head, mark, hooks = environment_file.read_text(encoding="utf-8").partition("  # webhooks:")
    shown = "".join(line.replace("  # ", "  ", 1) for line in (mark + hooks).splitlines(keepends=True))
    environment_file.write_text(head + shown, encoding="utf-8")
    (WORK / ".gitignore").write_text(".reconciler/\n/sandbox.*\n", encoding="utf-8")
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "-m", "Describe the phone lines")


def start_sandbox() -> tuple[subprocess.Popen[str], str]:
    command = [str(RECONCILE), "sandbox", "--port", "0", "--state", "sandbox.json"]
    log = (WORK / "sandbox.log").open("w", encoding="utf-8")
    process = subprocess.Popen(command, cwd=WORK, text=True, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url:
        sys.exit("The sandbox did not start; see demo/.work/sandbox.log.")
    return process, url


def show_events(url: str, secret: str) -> int:
    """Check and list the events in the sandbox's inbox, as a receiver of ours would."""
    from reconciler.core import signing

    with urllib.request.urlopen(f"{url}/_sandbox/inbox/archive", timeout=10) as answer:
        received = json.load(answer)
    for entry in received:
        headers = {name.lower(): value for name, value in entry["headers"].items()}
        signing.verify(headers, entry["raw"].encode(), [secret], now=datetime.now(UTC))
        body = entry["body"]
        print(f"  {headers['webhook-id'][:16]}…  {body['type']:<16} {body['subject']:<36} signature holds")
    return len(received)


def main() -> None:
    prepare()
    sandbox, url = start_sandbox()
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    environment = os.environ | {
        "GENESYSCLOUD_OAUTHCLIENT_ID": "demo",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": "demo",
        "RECONCILE_GATEWAY_URL": url,
        "RECONCILE_WEBHOOK_ALLOW": "127.0.0.1",
        "ARCHIVE_URL": f"{url}/_sandbox/inbox/archive",
        "ARCHIVE_SECRET": secret,
    }
    try:
        step("The plan: what git wants and Genesys Cloud (a stand-in on this machine) does not have yet")
        run("plan", environment=environment)
        step("Apply it")
        run("--once", environment=environment)
        step("A second pass finds nothing to do")
        if not run("--once", environment=environment).rstrip().endswith("No changes."):
            sys.exit("The second pass was not empty.")
        step("One audit entry per change, chained")
        run("audit", "list", environment=environment)
        run("audit", "verify", environment=environment)
        step("One signed event per change, as the webhook receiver got it")
        if show_events(url, secret) == 0:
            sys.exit("No event arrived.")
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)
    step("Where to look next")
    print(
        "  demo/.work/desired_state  the manifests; change one, commit, and plan again\n"
        "  README.md                 the same by hand, and against a real organisation\n"
        "  docs/architecture.md      how a document travels from file to platform to webhook\n"
        "  docs/operations.md        running it as a service, and the guide for 3 a.m."
    )


if __name__ == "__main__":
    main()
