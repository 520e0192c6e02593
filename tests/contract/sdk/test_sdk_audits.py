"""Audits, at once and as a job, through the official SDK."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.contract.sdk.guest import Guest, flow, known


def query(guest: Guest, **filters: str) -> Any:
    """The SDK's own request: what Architect recorded, newest first."""
    sdk = guest.sdk
    made = sdk.AuditQueryRequest()
    made.interval, made.service_name, made.filters = guest.around_now(), "Architect", []
    for name, value in filters.items():
        one = sdk.AuditQueryFilter()
        one.pcProperty, one.value = name, value
        made.filters.append(one)
    order = sdk.AuditQuerySort()
    order.name, order.sort_order = "Timestamp", "descending"
    made.sort = [order]
    return made


def test_what_a_person_did_is_there_at_once(guest: Guest) -> None:
    made = guest.published(flow())
    guest.person("publish", "Flow", "Main IVR")
    audits = guest.sdk.AuditApi(guest.client)
    body = {"interval": guest.around_now(), "serviceName": "Architect", "pageSize": 100}
    body["filters"] = [{"property": "EntityId", "value": made.id}, {"property": "Action", "value": "Publish"}]
    found = known(audits.post_audits_query_realtime(body, expand=["user"]))
    by_person, by_us = found.entities
    assert (by_person.user.name, by_person.action, by_person.entity_type) == ("supervisor-1", "Publish", "Flow")
    assert by_us.client.id == "guest"
    assert isinstance(by_us.event_date, datetime)
    related = known(audits.post_audits_query_realtime_related({"auditId": by_us.id}))
    assert by_us.id in [entry.id for entry in related.entities]


def test_a_query_runs_as_a_job_and_gives_its_results_by_cursor(guest: Guest) -> None:
    for name in ("alpha", "beta", "gamma"):
        guest.architect.post_architect_prompts({"name": name})
    audits = guest.sdk.AuditApi(guest.client)
    begun = known(audits.post_audits_query(query(guest, EntityType="Prompt", Action="Create")))
    assert begun.state == "Queued"
    guest.waited(lambda: audits.get_audits_query_transaction_id(begun.id), "Succeeded", field="state")
    first = known(audits.get_audits_query_transaction_id_results(begun.id, page_size=2))
    rest = known(audits.get_audits_query_transaction_id_results(begun.id, page_size=2, cursor=first.cursor))
    assert [entry.entity.name for entry in first.entities + rest.entities] == ["gamma", "beta", "alpha"]
    assert rest.cursor is None


def test_the_services_say_which_entities_they_record(guest: Guest) -> None:
    audits = guest.sdk.AuditApi(guest.client)
    for mapping in (audits.get_audits_query_servicemapping(), audits.get_audits_query_realtime_servicemapping()):
        architect = next(service for service in known(mapping).services if service.name == "Architect")
        assert {"Flow", "Prompt"} <= {entity.name for entity in architect.entities}


def test_a_service_that_does_not_exist_is_refused(guest: Guest) -> None:
    body = {"interval": guest.around_now(), "serviceName": "Nowhere"}
    refused = guest.refusal(lambda: guest.sdk.AuditApi(guest.client).post_audits_query(body))
    assert (refused.status, refused.error.code) == (400, "invalid.value")
