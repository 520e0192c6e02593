"""The example desired state is what its README promises: sound recordings, fictional numbers, editor headers."""

from __future__ import annotations

import array
import re
import shutil
import sys
import wave
from pathlib import Path

import pytest
import yaml

from reconciler.adapters.files import DiskFiles
from reconciler.adapters.git import GitCli
from reconciler.adapters.offload import ThreadOffload
from reconciler.architect.simulator import explore
from reconciler.manifests import loader
from reconciler.manifests.cache import ParseCache
from reconciler.model import identity
from reconciler.model.desired import DesiredState
from reconciler.operations import scenarios
from reconciler.operations.stage import Stage
from reconciler.source.local import LocalSource

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "desired_state"
MANIFESTS = sorted(path for path in EXAMPLE.rglob("*.yaml") if path.parent.name != "archy")
RECORDINGS = sorted(EXAMPLE.rglob("*.wav"))


def name(path: Path) -> str:
    return path.relative_to(EXAMPLE).as_posix()


def documents(path: Path) -> list[dict]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_a_recording_is_short_telephone_audio_that_can_be_heard(path: Path):
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        seconds = sound.getnframes() / sound.getframerate()
        samples = array.array("h", sound.readframes(sound.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    assert 1 < seconds < 20
    assert 10_000 < max(abs(sample) for sample in samples) < 32_000, "silent, or clipped"


def test_the_recordings_together_stay_below_two_megabytes():
    assert sum(path.stat().st_size for path in RECORDINGS) < 2_000_000


def test_every_recording_is_used_and_every_language_recorded_is_spoken_too():
    used = set()
    for path in MANIFESTS:
        for document in documents(path):
            for resource in document["spec"].get("resources", {}).values():
                assert resource["tts"], "without text there is nothing to fall back on"
                if "audio" in resource:
                    used.add((path.parent / resource["audio"]).resolve())
    assert used == set(RECORDINGS)


@pytest.mark.parametrize("path", MANIFESTS, ids=name)
def test_a_manifest_names_the_schema_of_its_kind_for_editors(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+/(\w+)\.json)", first)
    assert found
    assert {document["kind"] for document in documents(path)} == {found[2]}
    assert (path.parent / found[1]).resolve().parent == ROOT / "docs" / "schemas"


def test_the_example_uses_fictional_numbers_only():
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.yaml"))
    numbers = re.findall(r"\+[0-9]{8,}", text)
    assert numbers
    assert all(re.fullmatch(r"\+131755501[0-9]{2}", number) for number in numbers)


def test_the_readme_explains_every_directory():
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}/`" in readme for path in EXAMPLE.iterdir() if path.is_dir())


# What a new sandbox organisation has, besides what the example declares.
THERE_ALREADY = {
    *(("Queue", name) for name in ("Sales", "Support", "Billing", "Technical", "Overflow")),
    ("ScheduleGroup", "Office hours"),
    ("Division", "Home"),
}


async def load(directory: Path) -> DesiredState:
    source = LocalSource(str(directory), git=GitCli(), files=DiskFiles(ThreadOffload()))
    snapshot = await source.worktree()
    return await loader.load_desired(snapshot, environment=None, process_variables={}, cache=ParseCache())


@pytest.fixture
async def example(tmp_path: Path) -> DesiredState:
    """The example as a plain directory, so that the state of the repository around it does not matter."""
    return await load(shutil.copytree(EXAMPLE, tmp_path / "desired_state"))


@pytest.mark.anyio
async def test_the_example_loads_and_expands_into_these_objects(example: DesiredState):
    assert example.environment.name == "sandbox"
    assert {key for key in example.resources if key.kind != identity.PROMPT} == {
        identity.flow("inboundCall", "Customer Service"),
        identity.flow("inboundCall", "Customer Service Spanish"),
        identity.flow("inboundCall", "Service Status Line"),
        identity.flow("inboundShortMessage", "Message Desk"),
        identity.flow("inboundShortMessage", "Web chat"),
        identity.flow("digitalBot", "Web chat bot"),
        identity.call_route("Customer Service"),
        identity.call_route("Customer Service Spanish"),
        identity.call_route("Status line"),
    }
    assert sum(key.kind == identity.PROMPT for key in example.resources) == 12


@pytest.mark.anyio
async def test_the_example_warns_of_nothing_but_external_names(example: DesiredState):
    codes = {warning.code for warning in example.warnings if "outside git" not in str(warning)}
    assert codes == {"REC1202"}


@pytest.mark.anyio
async def test_the_example_needs_nothing_that_a_new_sandbox_lacks(example: DesiredState):
    needed = {(external.kind, external.name) for want in example.resources.values() for external in want.externals}
    assert needed == THERE_ALREADY


@pytest.mark.anyio
async def test_every_scenario_of_the_example_goes_as_written(example: DesiredState):
    verdicts = scenarios.run(example)
    assert len(verdicts) > 20
    assert {verdict.scenario.name: verdict.complaints for verdict in verdicts if not verdict.passed} == {}


@pytest.mark.anyio
async def test_no_call_of_the_example_goes_round_or_gets_stuck(example: DesiredState):
    stage = Stage(example)
    for key in example.resources:
        if key.kind == identity.FLOW:
            report = explore.explore(stage.program(key))
            assert (report.unreachable, report.endless, report.no_exit, report.is_complete) == ((), (), (), True)


@pytest.mark.anyio
async def test_every_prompt_of_the_example_is_used(example: DesiredState):
    assert [key.name for key in example.resources if key.kind == identity.PROMPT and not example.used_by.get(key)] == []


@pytest.mark.anyio
async def test_prompts_speak_the_language_of_every_flow_that_plays_them(example: DesiredState):
    flow = example.resources[identity.flow("inboundCall", "Customer Service Spanish")]
    played = [key for key in flow.depends_on if key.kind == identity.PROMPT]
    assert played
    assert [key.name for key in played if "es-us" not in example.resources[key].spec["resources"]] == []


@pytest.mark.anyio
async def test_the_queue_of_the_status_line_comes_from_the_environment(tmp_path: Path):
    directory = shutil.copytree(EXAMPLE, tmp_path / "desired_state")
    environment = directory / "environments" / "sandbox.yaml"
    environment.write_text(environment.read_text().replace("support_queue: Support", "support_queue: Overflow"))
    flow = (await load(directory)).resources[identity.flow("inboundCall", "Service Status Line")]
    assert {external.name for external in flow.externals if external.kind == "Queue"} == {"Overflow"}
