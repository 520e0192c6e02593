"""`sandbox`: run the Genesys Cloud stand-in, alone or as a child process of a command with `--sandbox`.

The only module outside the sandbox that imports it; everything else meets it over HTTP.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import anyio
import typer

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0


def register(app: typer.Typer) -> None:
    app.command()(sandbox)


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 lets the system choose.")] = 8083,
    state: Annotated[Path | None, typer.Option(help="Keep the organisation in this file.")] = None,
    rate_limit: Annotated[str, typer.Option(metavar="N/SECONDS|off", help="Requests per token and window.")] = "300/60",
    list_lag: Annotated[str, typer.Option(help="How long writes stay invisible in lists.")] = "0s",
    job_duration: Annotated[str, typer.Option(help="How long flow jobs take.")] = "200ms",
    transcode_duration: Annotated[str, typer.Option(help="How long audio conversion takes.")] = "200ms",
    token_lifetime: Annotated[str, typer.Option(help="How long a token is good for.")] = "24h",
) -> None:
    """Run a stand-in for Genesys Cloud on loopback: for demos, tests and trying things out."""
    from reconciler.cli import said
    from reconciler.errors import UsageError
    from reconciler.sandbox import server
    from reconciler.sandbox.store import StateFileError

    try:
        options = server.Options(
            port=port,
            state_file=state,
            rate_limit=_limit(rate_limit),
            list_lag_seconds=_seconds("--list-lag", list_lag),
            job_duration_seconds=_seconds("--job-duration", job_duration),
            transcode_duration_seconds=_seconds("--transcode-duration", transcode_duration),
            token_lifetime_seconds=_seconds("--token-lifetime", token_lifetime),
        )
    except ValueError as error:
        said.fail(UsageError(f"sandbox: {error}."))

    async def serve() -> None:
        await server.serve(options, started=_started)

    try:
        anyio.run(serve)
    except StateFileError as error:
        said.fail(UsageError(str(error)))
    except OSError as error:
        said.fail(UsageError(f"sandbox: port {port} cannot be used ({error.strerror}). Choose another with --port."))


def _seconds(option: str, text: str) -> float:
    from reconciler.kinds import quantities

    try:
        return quantities.seconds(text)
    except ValueError as error:
        raise ValueError(f"{option} {text!r}: {error}") from error


def _limit(text: str) -> tuple[int, float] | None:
    """Requests and seconds of the window; None for no limit. Raises ValueError."""
    if text == "off":
        return None
    written = re.fullmatch(r"([1-9][0-9]{0,8})/([0-9]{1,6}(?:\.[0-9]{1,3})?)", text)
    if written is None or float(written[2]) == 0.0:
        raise ValueError(f"--rate-limit {text!r} is neither N/SECONDS, such as 300/60, nor off")
    return int(written[1]), float(written[2])


def _started(url: str) -> None:
    """The first stdout line is the URL alone, for a parent process; the rest is for a person."""
    print(url, flush=True)
    print("Genesys Cloud stand-in. Any client id and secret are accepted. In another terminal:", file=sys.stderr)
    print(
        f"  export GENESYSCLOUD_OAUTHCLIENT_ID=demo GENESYSCLOUD_OAUTHCLIENT_SECRET=demo RECONCILE_GATEWAY_URL={url}",
        file=sys.stderr,
    )
    print("  reconcile plan", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def child(state: Path) -> AsyncIterator[str]:
    """Run the stand-in as a child process and yield its base URL. Raises UsageError when it does not start."""
    from reconciler.errors import UsageError

    command = [sys.executable, "-m", "reconciler.cli.main", "sandbox", "--port", "0", "--state", str(state)]
    state.parent.mkdir(parents=True, exist_ok=True)
    async with await anyio.open_process(command, stderr=None, start_new_session=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101
            url = b""
            with anyio.move_on_after(START_SECONDS_MAX):
                while not url.endswith(b"\n"):
                    url += await process.stdout.receive()
            if not url.startswith(b"http"):
                raise UsageError("The sandbox did not start; run `reconcile sandbox` alone to see why.")
            yield url.decode().split()[0]
        except anyio.EndOfStream:
            raise UsageError("The sandbox ended at once; run `reconcile sandbox` alone to see why.") from None
        finally:
            with anyio.CancelScope(shield=True):
                if process.returncode is None:
                    process.terminate()
                with anyio.move_on_after(STOP_SECONDS_MAX):
                    await process.wait()
                if process.returncode is None:
                    process.kill()
