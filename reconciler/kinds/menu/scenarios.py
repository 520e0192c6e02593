"""A Menu's scenarios as values for the simulator, each with the places in the Menu that decide where a call goes."""

from __future__ import annotations

from reconciler.kinds.call_route.normal import FLOW_TYPE, e164
from reconciler.kinds.manifest import Manifest
from reconciler.kinds.menu.fields import Voicemail
from reconciler.kinds.menu.scenario_spec import Expect
from reconciler.kinds.menu.spec import MenuSpec
from reconciler.model import identity, moment
from reconciler.model.problem import Location
from reconciler.model.scenario import Expectation, Scenario

SILENCE = "t"
NO_KEY = ""


def of(manifest: Manifest, spec: MenuSpec) -> tuple[Scenario, ...]:
    """All scenarios in the order written."""
    places = _places(manifest, spec)
    return tuple(
        Scenario(
            name=written.name,
            flow=identity.flow(FLOW_TYPE, manifest.name),
            declared_by=str(manifest),
            source=manifest.at("spec", "scenarios", number),
            press=tuple(written.press.split()),
            expect=_expectation(written.expect),
            at=written.at,
            oracle={name: tuple(said) for name, said in written.oracle.items()},
            channel=written.channel,
            variables=written.variables,
            now=moment.stated(written.now) if written.now is not None else None,
            places=places,
        )
        for number, written in enumerate(spec.scenarios)
    )


def _places(manifest: Manifest, spec: MenuSpec) -> dict[tuple[str, str], Location]:
    found: dict[tuple[str, str], Location] = {}
    for menu, node in spec.menus.items():
        found[menu, NO_KEY] = manifest.at("spec", "menus", menu, "keys", key=True)
        for key in node.keys:
            found[menu, key] = manifest.at("spec", "menus", menu, "keys", key, key=True)
        found[menu, SILENCE] = manifest.at("spec", "menus", menu, "onNoInput", key=True)
    return found


def _expectation(expect: Expect) -> Expectation:
    says = tuple(expect.says or ())
    value = getattr(expect, expect.ending) if expect.ending else ""
    if isinstance(value, Voicemail):
        owner = next(name for name in ("queue", "user", "group") if getattr(value, name) is not None)
        return Expectation(expect.ending, getattr(value, owner), owner, says)
    if expect.ending == "number":
        value = e164(value) or value
    return Expectation(expect.ending, value if isinstance(value, str) else "", says=says)
