"""IVR configurations, schedules and their groups, through the official SDK."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.contract.sdk.guest import Guest, flow, known

OPEN, CLOSE = datetime.fromisoformat("2026-01-05T09:00:00"), datetime.fromisoformat("2026-01-05T17:00:00")
"""Local times: a schedule knows no zone, its group does."""


@pytest.fixture
def opened(guest: Guest):
    """A flow that calls may go to."""
    return guest.published(flow())


@pytest.fixture
def route(guest: Guest, opened):
    ivr = guest.sdk.IVR()
    ivr.name, ivr.dnis = "Main number", ["+13175550101"]
    ivr.open_hours_flow = guest.sdk.DomainEntityRef()
    ivr.open_hours_flow.id = opened.id
    return known(guest.architect.post_architect_ivrs(ivr))


def test_a_route_reads_back_as_written(guest: Guest, route, opened) -> None:
    read = known(guest.architect.get_architect_ivr(route.id))
    assert (read.name, read.dnis, read.state) == ("Main number", ["+13175550101"], "active")
    assert read.open_hours_flow.id == opened.id
    assert isinstance(read.date_created, datetime)


def test_each_write_moves_the_version_and_a_stale_one_is_refused(guest: Guest, route) -> None:
    read = guest.architect.get_architect_ivr(route.id)
    read.description = "Front door"
    written = known(guest.architect.put_architect_ivr(route.id, read))
    assert (written.version, written.description) == (route.version + 1, "Front door")
    stale = guest.refusal(lambda: guest.architect.put_architect_ivr(route.id, read))
    assert stale.status == 409
    assert guest.architect.get_architect_ivr(route.id).version == written.version


def test_what_is_left_out_of_a_write_is_cleared(guest: Guest, route) -> None:
    guest.architect.put_architect_ivr(route.id, {"name": "Main number", "version": route.version})
    read = guest.architect.get_architect_ivr(route.id)
    assert (read.dnis or [], read.open_hours_flow) == ([], None)


def test_routes_are_listed_by_page_and_number(guest: Guest, route) -> None:
    guest.architect.post_architect_ivrs({"name": "Second", "dnis": ["+13175550102"]})
    page = known(guest.architect.get_architect_ivrs(page_size=1, page_number=2, sort_by="name"))
    assert ([row.name for row in page.entities], page.total) == (["Second"], 2)
    found = guest.architect.get_architect_ivrs(dnis="+13175550101")
    assert [row.id for row in found.entities] == [route.id]
    assert known(guest.architect.get_architect_ivrs_divisionviews()).total == 2


def test_a_number_belongs_to_one_route(guest: Guest, route) -> None:
    taken = guest.refusal(lambda: guest.architect.post_architect_ivrs({"name": "Thief", "dnis": ["+13175550101"]}))
    assert taken.status == 400
    assert "+13175550101" in taken.error.message


def test_a_deleted_route_is_listed_no_more_and_says_what_it_is(guest: Guest, route) -> None:
    assert guest.architect.delete_architect_ivr(route.id) is None
    assert not guest.architect.get_architect_ivrs().entities
    assert known(guest.architect.get_architect_ivr(route.id)).state == "deleted"


def test_schedules_live_in_groups_that_hold_on_to_them(guest: Guest) -> None:
    sdk, architect = guest.sdk, guest.architect
    schedule = sdk.Schedule()
    schedule.name, schedule.start, schedule.end = "Day", OPEN, CLOSE
    schedule.rrule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    day = known(architect.post_architect_schedules(schedule))
    assert known(architect.get_architect_schedule(day.id)).start == OPEN
    group = sdk.ScheduleGroup()
    group.name, group.time_zone = "Shop hours", "Europe/Madrid"
    group.open_schedules = [sdk.DomainEntityRef()]
    group.open_schedules[0].id = day.id
    hours = known(architect.post_architect_schedulegroups(group))
    assert known(architect.get_architect_schedulegroup(hours.id)).open_schedules[0].id == day.id
    held = guest.refusal(lambda: architect.delete_architect_schedule(day.id))
    assert (held.status, held.error.code) == (409, "general.conflict")
    hours.time_zone = "UTC"
    assert known(architect.put_architect_schedulegroup(hours.id, hours)).version == hours.version + 1
    assert {row.name for row in known(architect.get_architect_schedulegroups()).entities} == {
        "Office hours",
        "Shop hours",
    }
    architect.delete_architect_schedulegroup(hours.id)
    architect.delete_architect_schedule(day.id)
    assert "Day" not in [row.name for row in architect.get_architect_schedules().entities or []]


def test_a_stale_schedule_is_refused(guest: Guest) -> None:
    times = {"start": "2026-01-05T09:00:00.000000", "end": "2026-01-05T17:00:00.000000"}
    made = guest.architect.post_architect_schedules({"name": "Day", **times})
    guest.architect.put_architect_schedule(made.id, {"name": "Day shift", "version": made.version, **times})
    stale = {"name": "Night", "version": made.version, **times}
    assert guest.refusal(lambda: guest.architect.put_architect_schedule(made.id, stale)).status == 409


def test_an_emergency_group_names_the_routes_it_takes_over(guest: Guest, route, opened) -> None:
    body = {
        "name": "Fire",
        "enabled": False,
        "emergencyCallFlows": [{"emergencyFlow": {"id": opened.id}, "ivrs": [{"id": route.id}]}],
    }
    made = known(guest.architect.post_architect_emergencygroups(body))
    made.enabled = True
    assert known(guest.architect.put_architect_emergencygroup(made.id, made)).enabled
    (call_flow,) = guest.architect.get_architect_emergencygroup(made.id).emergency_call_flows
    assert call_flow.ivrs[0].id == route.id
    assert [row.name for row in known(guest.architect.get_architect_emergencygroups()).entities] == ["Fire"]
    guest.architect.delete_architect_emergencygroup(made.id)
    assert not guest.architect.get_architect_emergencygroups().entities
