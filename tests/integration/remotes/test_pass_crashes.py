"""A process that dies at any request: the next pass finishes the work, doubles nothing and blocks nothing."""

from __future__ import annotations

import pytest
from pass_stage import Town, Trouble, blocked, ended
from remote_stage import flow, prompt, route, sound

pytestmark = pytest.mark.anyio

LOUD = {"tts": "Hello", "audio": (sound(2.0, level=3), 2.0)}
NUMBERS = ("+13175550101", "+13175550102")

BEFORE = (
    prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)}, fr_ca={"tts": "Allo"}),
    flow(),
    route(numbers=NUMBERS[:1]),
)
AFTER = (
    prompt(description="New", en_us=LOUD, es_us={"tts": "Hola", "audio": (sound(), 1.0)}),
    flow(greeting="Two"),
    route(numbers=NUMBERS, description="New"),
)
SCENARIOS = {
    "create": ((), BEFORE),
    "update": (BEFORE, AFTER),
}


def sounds(resources: dict) -> list:
    return sorted((tag, one.get("ttsString"), one.get("uploadStatus")) for tag, one in resources.items())


def shape(town: Town) -> object:
    """Everything on the platform that callers notice, without ids and versions."""
    state = town.stage.state()
    prompts = sorted((p["name"], p.get("description"), sounds(p["_resources"])) for p in state["prompts"].values())
    flows = sorted((f["name"], f["_published"] is not None, f.get("lockedClient")) for f in state["flows"].values())
    routes = sorted((r["name"], r.get("description"), r["dnis"]) for r in state["routes"].values())
    return prompts, flows, routes


@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda trouble: trouble.value)
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.timeout(600)  # four passes for each request of a pass: minutes on a machine with other work
async def test_trouble_at_any_request_is_made_good_by_the_next_pass(stage, tmp_path, scenario, trouble):
    before, after = SCENARIOS[scenario]
    wrong, shapes, at, struck = [], [], 0, True
    while struck:
        at += 1
        stage.control.delete("/_sandbox/state")
        town = Town(stage, tmp_path / f"{at}")
        if before:
            town.want(*before)
            assert (await town.turn()).exit_code == 0
        town.want(*after)
        struck = await town.troubled(trouble, at=at)
        here = (at, town.line.struck)
        stage.time.advance(120)
        second = await town.turn()
        third = await town.turn()
        if blocked(second) or second.exit_code or third.plan.changes or await town.intents():
            wrong.append((here, blocked(second), ended(second), [change.note for change in third.plan.changes]))
        shapes.append((here, shape(town)))
    assert wrong == []
    assert [found for found in shapes if found[1] != shapes[-1][1]] == []
    assert at > 10
