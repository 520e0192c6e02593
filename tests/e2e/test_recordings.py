"""Recordings as a team has them: compressed, behind signed addresses, replaced by somebody in the web UI."""

from __future__ import annotations

import json
import stat
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.e2e.conftest import Team, speech
from tests.media import SIGNATURE

SAMPLES = Path(__file__).parents[1] / "samples"
CONVERTER = f"""#!{sys.executable} -I
import struct, sys
sys.stdin.buffer.read()
head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
unknown = struct.pack("<I", 0xFFFFFFFF)
sys.stdout.buffer.write(b"RIFF" + unknown + b"WAVE" + head + b"data" + unknown + bytes(9600))
"""
PROMPT = """\
    apiVersion: reconciler/v1
    kind: Prompt
    metadata: {{name: greeting}}
    spec:
      resources:
        en-us: {{audio: '{0}', tts: Welcome}}
    """


@contextmanager
def web_server(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """An address of the recording, and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            for name, value in (("Content-Type", "audio/wav"), ("ETag", '"1"'), ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/a.wav", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_without_a_converter_validate_names_the_line_and_what_to_install(team: Team) -> None:
    team.write("prompt.yaml", PROMPT.format("audio/a.mp3"))
    team.write("audio/a.mp3", (SAMPLES / "tone.mp3").read_bytes())
    said = team.reconcile("validate", expect=1, RECONCILE_AUDIO_CONVERTER="off")
    assert said.stdout.startswith(
        'desired_state/prompt.yaml:6:20: error REC1311: "desired_state/audio/a.mp3" is MP3; the platform takes WAV, '
        "and there is no converter. RECONCILE_AUDIO_CONVERTER is off; set it to auto and install ffmpeg."
    )


def test_a_compressed_recording_is_converted_by_the_program_that_the_setting_names(team: Team, tmp_path: Path) -> None:
    converter = tmp_path / "converter"
    converter.write_text(CONVERTER)
    converter.chmod(converter.stat().st_mode | stat.S_IXUSR)
    team.environment["RECONCILE_AUDIO_CONVERTER"] = str(converter)
    team.write("prompt.yaml", PROMPT.format("audio/a.mp3"))
    team.write("audio/a.mp3", (SAMPLES / "tone.mp3").read_bytes())
    team.commit()
    team.reconcile("--once")
    (prompt,) = team.sandbox.state()["prompts"].values()
    assert prompt["_resources"]["en-us"]["durationSeconds"] == 0.6
    assert team.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


def test_a_signed_address_is_asked_once_and_its_signature_told_to_nobody(team: Team) -> None:
    with web_server(speech(0.5)) as (url, asked):
        team.write("prompt.yaml", PROMPT.format(f"{url}?{SIGNATURE}"))
        team.commit()
        said = [team.reconcile("plan", "-o", "json"), team.reconcile("--once", RECONCILE_LOG_LEVEL="debug")]
        assert asked == [f"HEAD /a.wav?{SIGNATURE}", f"GET /a.wav?{SIGNATURE}"] * 2
        asked.clear()
        said += [
            team.reconcile("--once"),
            team.reconcile("history", "Prompt/greeting"),
            team.reconcile("audit", "list"),
        ]
        assert asked == []
        said.append(team.reconcile("plan", "--deep"))
        assert asked == [f"HEAD /a.wav?{SIGNATURE}"]
    said.append(team.reconcile("plan", "--deep", expect=1))
    assert "error REC1314" in said[-1].stderr + said[-1].stdout
    told = "".join(one.stdout + one.stderr for one in said) + json.dumps(team.sandbox.inbox())
    assert SIGNATURE not in told
    assert b"c2VjcmV0" not in (team.path / ".reconciler/ledger.db").read_bytes()


def test_audio_replaced_at_equal_length_is_found_by_a_deep_look_and_put_back(team: Team) -> None:
    team.write("prompt.yaml", PROMPT.format("audio/a.wav"))
    team.write("audio/a.wav", speech(0.5))
    team.commit()
    team.reconcile("--once")
    replace_audio(team, speech(0.5, level=-1000))
    assert team.plan()["changes"] == []
    (change,) = team.plan("--deep")["changes"]
    assert (change["action"], change["cause"]) == ("update", "drift")
    assert [field["path"] for field in change["fields"]] == ["resources.en-us.audio"]
    team.reconcile("apply", "--deep", "--auto-approve")
    assert list((team.path / ".reconciler/archive/Prompt/greeting").glob("*-en-us.wav"))
    assert team.plan("--deep")["changes"] == []


def replace_audio(team: Team, content: bytes) -> None:
    """As somebody in the web UI would, without a trace in any list."""
    token = urllib.request.Request(
        f"{team.sandbox.url}/oauth/token",
        b"grant_type=client_credentials",
        {"Authorization": "Basic c29tZW9uZTplbHNl"},
    )
    with urllib.request.urlopen(token, timeout=10) as answer:
        bearer = {"Authorization": f"Bearer {json.load(answer)['access_token']}"}
    (prompt,) = team.sandbox.state()["prompts"].values()
    path = f"/api/v2/architect/prompts/{prompt['id']}/resources/en-us/uploads"
    with urllib.request.urlopen(
        urllib.request.Request(f"{team.sandbox.url}{path}", b"", bearer, method="POST"), timeout=10
    ) as answer:
        slot = json.load(answer)
    urllib.request.urlopen(
        urllib.request.Request(slot["url"], content, slot["headers"], method="PUT"), timeout=10
    ).close()
    before = prompt["_resources"]["en-us"]["_audio"]
    for _ in range(200):
        (prompt,) = team.sandbox.state()["prompts"].values()
        if prompt["_resources"]["en-us"].get("_audio") not in (before, None):
            return
    raise AssertionError("the new audio was not converted")
