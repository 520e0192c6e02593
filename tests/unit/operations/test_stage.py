"""Where parts of a call are written: how often a flow's places are looked through for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import identity
from reconciler.operations.stage import Stage
from tests.unit.operations.desired_files import loading

pytestmark = pytest.mark.anyio

KEYS = "".join(f'        "{key}": {{transfer: {{queue: Q{key}}}}}\n' for key in range(10))
MENU = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Service}
spec:
  start: m0
  menus:
""" + "".join(
    f"    m{number}:\n      ask: {{say: Hi}}\n      onNoInput: {{menu: m{(number + 1) % 5}}}\n      keys:\n{KEYS}"
    for number in range(5)
)
SERVICE = identity.flow("inboundCall", "Service")


class Counted(dict):
    """Places that know how often somebody went through them."""

    rounds = 0

    def __iter__(self):
        type(self).rounds += 1
        return super().__iter__()

    def items(self):
        type(self).rounds += 1
        return super().items()


async def test_the_places_of_a_flow_are_gone_through_once_however_many_are_asked_for():
    desired = await loading(MENU)()
    wanted = desired.resources[SERVICE]
    resources = {**desired.resources, SERVICE: replace(wanted, places=Counted(wanted.places))}
    stage = Stage(replace(desired, resources=resources))
    targets = [entry.path for entry in stage.program(SERVICE).flow.entries if entry.key == "targetQueue"]
    found = [stage.place("Service", path) for path in targets * 2]
    lines = MENU.splitlines()
    assert (len(targets), found[:50] == found[50:], Counted.rounds) == (50, True, 1)
    assert all("transfer: {queue:" in lines[place.line - 1] for place in found)
    assert len({place.line for place in found}) == 50
