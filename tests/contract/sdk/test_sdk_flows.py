"""Flows, their jobs and their locks, through the official SDK."""

from __future__ import annotations

from tests.contract.sdk.guest import Guest, flow, known


def test_a_job_publishes_a_file_as_a_flow(guest: Guest) -> None:
    slot = known(guest.architect.post_flows_jobs())
    assert guest.architect.get_flows_job(slot.id).status == "Registered"
    guest.upload(slot.presigned_url, slot.headers, flow().encode())
    assert guest.architect.get_flows_job(slot.id).status == "Started"
    done = guest.waited(lambda: guest.architect.get_flows_job(slot.id, expand=["messages"]), "Success", "Failure")
    assert (done.status, done.command) == ("Success", "Publish")
    made = known(guest.architect.get_flow(done.flow.id))
    assert (made.name, made.type, made.active) == ("Main IVR", "INBOUNDCALL", True)
    assert made.published_version.created_by_client.id == "guest"
    assert made.published_version.type == "PUBLISH"


def test_a_job_that_fails_says_why(guest: Guest) -> None:
    failed = guest.publish(flow().replace("task[say]", "task[nowhere]"))
    assert failed.status == "Failure"
    assert failed.messages[0].type == "Error"


def test_flows_are_listed_found_and_looked_up(guest: Guest) -> None:
    main, closed = guest.published(flow("Main IVR")), guest.published(flow("Closed"))
    page = known(guest.architect.get_flows(page_size=1, page_number=2, sort_by="name"))
    assert ([row.name for row in page.entities], page.total, page.page_count) == (["Main IVR"], 2, 2)
    assert [row.id for row in guest.architect.get_flows(name="Closed", type=["inboundcall"]).entities] == [closed.id]
    assert {row.id for row in known(guest.architect.get_flows_lookup([main.id, closed.id])).entities} == {
        main.id,
        closed.id,
    }
    views = known(guest.architect.get_flows_divisionviews())
    assert {row.division.name for row in views.entities} == {"Home"}


def test_versions_and_configurations_are_read(guest: Guest) -> None:
    made = guest.published(flow())
    guest.published(flow(greeting="Good day"))
    listed = known(guest.architect.get_flow_versions(made.id))
    assert [row.id for row in listed.entities if row.type == "PUBLISH"] != []
    newest = guest.architect.get_flow(made.id).published_version.id
    assert newest != made.published_version.id
    assert known(guest.architect.get_flow_version(made.id, newest)).id == newest
    assert guest.architect.get_flow_version_configuration(made.id, newest)
    assert guest.architect.get_flow_latestconfiguration(made.id)


def test_the_lock_is_taken_respected_and_given_back(guest: Guest) -> None:
    made = guest.published(flow())
    locked = known(guest.architect.post_flows_actions_checkout(made.id))
    assert locked.locked_client.id == "guest"
    guest.become("somebody-else")
    taken = guest.refusal(lambda: guest.architect.post_flows_actions_checkout(made.id))
    assert (taken.status, taken.error.code) == (409, "architect.flow.locked.by.user")
    guest.become("guest")
    assert known(guest.architect.post_flows_actions_revert(made.id)).locked_client is None
    free = guest.refusal(lambda: guest.architect.post_flows_actions_revert(made.id))
    assert (free.status, free.error.code) == (409, "architect.flow.not.locked.by.user")


def test_checkin_and_publish_run_as_operations(guest: Guest) -> None:
    made = guest.published(flow())
    guest.architect.post_flows_actions_checkout(made.id)
    operation = known(guest.architect.post_flows_actions_checkin(made.id))
    assert (operation.action_name, operation.complete) == ("CHECKIN", False)
    guest.clock.advance(5.0)
    assert known(guest.architect.get_flow(made.id)).current_operation.action_status == "SUCCESS"
    published = known(guest.architect.post_flows_actions_publish(made.id, version=made.published_version.id))
    assert published.action_name == "PUBLISH"
    guest.clock.advance(5.0)
    assert guest.architect.get_flow(made.id).published_version.id == made.published_version.id


def test_an_administrator_unlocks_what_somebody_holds(guest: Guest) -> None:
    made = guest.published(flow())
    guest.person("lock", "Flow", "Main IVR")
    assert guest.architect.get_flow(made.id).locked_user.name == "supervisor-1"
    assert known(guest.architect.post_flows_actions_unlock(made.id)).locked_user is None


def test_metadata_changes_under_the_lock_only(guest: Guest) -> None:
    made = guest.published(flow())
    made.description = "Front door"
    refused = guest.refusal(lambda: guest.architect.put_flow(made.id, made))
    assert (refused.status, refused.error.code) == (409, "architect.flow.not.locked.by.user")
    guest.architect.post_flows_actions_checkout(made.id)
    assert known(guest.architect.put_flow(made.id, made)).description == "Front door"


def test_a_flow_in_use_stays_and_a_deleted_one_says_so(guest: Guest) -> None:
    made = guest.published(flow())
    ivr = guest.architect.post_architect_ivrs({"name": "Main number", "openHoursFlow": {"id": made.id}})
    used = guest.refusal(lambda: guest.architect.delete_flow(made.id))
    assert (used.status, used.error.code) == (409, "architect.flow.cannot.delete.used.in.ivr.configs")
    guest.architect.delete_architect_ivr(ivr.id)
    guest.architect.delete_flow(made.id)
    gone = guest.refusal(lambda: guest.architect.get_flow(made.id))
    assert (gone.status, gone.error.code) == (410, "architect.flow.deleted")
    assert known(guest.architect.get_flow(made.id, deleted=True)).deleted


def test_an_export_gives_the_file_behind_a_signed_address(guest: Guest) -> None:
    made = guest.published(flow(greeting="Good day"))
    order = {"flows": [{"flow": {"id": made.id, "version": made.published_version.id}, "exportType": "Yaml"}]}
    job = known(guest.architect.post_flows_export_jobs(order))
    assert job.total_flows == 1
    done = guest.waited(lambda: guest.architect.get_flows_export_job(job.id, expand=["messages"]), "Success", "Failure")
    assert (done.status, done.command) == ("Success", "Export")
    assert "Good day" in guest.plain.get(done.download_url).text


def test_stored_flows_are_validated_by_a_job(guest: Guest) -> None:
    made = guest.published(flow())
    job = known(guest.architect.post_flows_validate_jobs({"flows": [{"flow": {"id": made.id}}]}))
    done = guest.waited(
        lambda: guest.architect.get_flows_validate_job(job.id, expand=["messages"]), "Success", "Failure"
    )
    assert (done.status, done.command) == ("Success", "Validate")


def test_a_flow_is_made_empty_and_taken_out_of_service(guest: Guest) -> None:
    empty = known(guest.architect.post_flows({"name": "Draft", "type": "INBOUNDCALL"}))
    assert (empty.published_version, empty.active) == (None, False)
    made = guest.published(flow())
    assert not known(guest.architect.post_flows_actions_deactivate(made.id)).active


def test_flows_are_deleted_together(guest: Guest) -> None:
    ids = [guest.published(flow(name)).id for name in ("One", "Two")]
    assert known(guest.architect.delete_flows(ids)).action_name == "DELETE"
    guest.clock.advance(5.0)
    assert not guest.architect.get_flows().entities
