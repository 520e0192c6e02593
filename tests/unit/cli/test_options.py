"""Global options stand wherever a person puts them."""

from __future__ import annotations

import pytest

from reconciler.cli.options import Global, hoisted


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("plan", "plan"),
        ("plan --source x", "--source x plan"),
        ("plan --source=x -o json", "--source=x plan -o json"),
        ("--env prod plan Main", "--env prod plan Main"),
        ("plan Main --env prod --no-color --sandbox", "--env prod --no-color --sandbox plan Main"),
        ("audit list --limit 3 --log-format json", "--log-format json audit list --limit 3"),
        ("plan -- --source x", "plan -- --source x"),
        ("plan --source", "plan --source"),
        ("plan --sources x", "plan --sources x"),
        ("--once --env prod", "--env prod --once"),
        ("plan --source --env", "--source --env plan"),
        ("", ""),
    ],
)
def test_they_are_moved_before_the_command(line, found):
    assert hoisted(line.split()) == found.split()


@pytest.mark.parametrize(
    ("no_color", "variable", "terminal", "color"),
    [
        (False, None, True, True),
        (True, None, True, False),
        (False, "1", True, False),
        (False, "", True, True),
        (False, None, False, False),
    ],
)
def test_colour_is_for_terminals_and_can_be_switched_off(monkeypatch, no_color, variable, terminal, color):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable is not None:
        monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert Global(None, None, False, None, no_color).color is color
