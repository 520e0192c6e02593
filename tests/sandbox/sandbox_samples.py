"""What the sandbox tests send: a client with words for it, two flows, and a second of silence."""

from __future__ import annotations

import io
import wave

import httpx

from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from tests.sandboxes import plain_client

PROMPTS = "/api/v2/architect/prompts"
FLOWS = "/api/v2/flows"
ROUTES = "/api/v2/architect/ivrs"
JOB_SECONDS = 5.0
TRANSCODE_SECONDS = 3.0

MAIN = """
inboundCall:
  name: Main IVR
  defaultLanguage: en-us
  startUpRef: ./menus/menu[main]
  initialGreeting: {tts: Hello}
  menus:
    - menu:
        name: Main
        refId: main
        audio: {tts: Press one for sales}
        choices:
          - menuTask:
              name: Sales
              dtmf: digit_1
              task:
                actions:
                  - transferToAcd: {name: To Sales, targetQueue: {lit: {name: Sales}}}
                  - jumpToMenu: {name: Back, targetMenuRef: "/inboundCall/menus/menu[main]"}
          - menuDisconnect: {name: Bye, dtmf: digit_9}
"""

CLOSED = """
inboundCall:
  name: Closed
  defaultLanguage: en-us
  startUpRef: ./tasks/task[say]
  tasks:
    - task: {name: Say, refId: say, actions: [{disconnect: {name: End}}]}
"""


def silence(seconds: float = 1.0) -> bytes:
    """8 kHz 16-bit mono."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return buffer.getvalue()


class Platform:
    """One running sandbox and a logged-in client. Time moves only through `clock`."""

    def __init__(self, url: str, clock: ManualClock, options: Options) -> None:
        self.url, self.clock, self.options = url, clock, options
        self.http = plain_client(url)
        self.bare = plain_client()

    def close(self) -> None:
        self.http.close()
        self.bare.close()

    def reset(self) -> None:
        for part in ("state", "faults", "requests"):
            assert self.bare.delete(f"{self.url}/_sandbox/{part}").status_code == 204
        self.login()

    def token(self, id: str = "client-1", secret: str = "s") -> str:
        answer = self.login_answer(id, secret)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def login_answer(self, id: str = "client-1", secret: str = "s", **form: str) -> httpx.Response:
        data = form or {"grant_type": "client_credentials"}
        return self.bare.post(f"{self.url}/oauth/token", auth=(id, secret), data=data)

    def login(self, id: str = "client-1", secret: str = "s") -> None:
        self.http.headers["Authorization"] = f"Bearer {self.token(id, secret)}"

    def get(self, path: str, **query) -> dict:
        answer = self.http.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body=None, **query) -> dict:
        answer = self.http.post(path, json=body, params=query or None)
        assert answer.status_code in (200, 201, 202, 204), answer.text
        return answer.json() if answer.content else {}

    def put(self, path: str, body) -> dict:
        answer = self.http.put(path, json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else {}

    def refusal(self, method: str, path: str, body=None, **query) -> tuple[int, str]:
        answer = self.http.request(method, path, json=body, params=query or None)
        assert answer.status_code >= 400, answer.text
        error = answer.json()
        assert error["status"] == answer.status_code
        assert error["contextId"] == answer.headers["ININ-Correlation-Id"]
        return answer.status_code, error["code"]

    def names(self, path: str, **query) -> list[str]:
        return [entity["name"] for entity in self.get(path, **query).get("entities", ())]

    def start_job(self, yaml: str, **options) -> str:
        job = self.post(f"{FLOWS}/jobs", options)
        assert self.bare.put(job["presignedUrl"], headers=job["headers"], content=yaml.encode()).status_code == 200
        return str(job["id"])

    def job(self, id: str) -> dict:
        return self.get(f"{FLOWS}/jobs/{id}", expand="messages")

    def deploy(self, yaml: str, **options) -> dict:
        """The finished job."""
        id = self.start_job(yaml, **options)
        self.clock.advance(JOB_SECONDS)
        return self.job(id)

    def published(self, yaml: str) -> dict:
        """The flow, after a job that must succeed."""
        job = self.deploy(yaml)
        assert job["status"] == "Success", job
        return self.get(f"{FLOWS}/{job['flow']['id']}")

    def prompt(self, name: str, *languages: str, **more) -> dict:
        prompt = self.post(PROMPTS, {"name": name, **more})
        for language in languages:
            self.post(f"{PROMPTS}/{prompt['id']}/resources", {"language": language, "ttsString": "Hello"})
        return self.get(f"{PROMPTS}/{prompt['id']}")

    def upload(self, prompt: dict, language: str, data: bytes) -> httpx.Response:
        slot = self.post(f"{PROMPTS}/{prompt['id']}/resources/{language}/uploads")
        return self.bare.put(slot["url"], headers=slot["headers"], content=data)

    def resource(self, prompt: dict, language: str) -> dict:
        return self.get(f"{PROMPTS}/{prompt['id']}/resources/{language}")

    def person(self, name: str, action: str, kind: str, target: str, **more) -> httpx.Response:
        order = {"as": name, "action": action, "kind": kind, "name": target, **more}
        return self.http.post("/_sandbox/people", json=order)

    def fault(self, **order) -> None:
        assert self.http.post("/_sandbox/faults", json=order).status_code == 201

    def set_state(self, **parts) -> None:
        self.put("/_sandbox/state", parts)

    def state(self) -> dict:
        return self.get("/_sandbox/state")
