"""Login, rights, errors, and the directory, through the official SDK."""

from __future__ import annotations

import pytest

from tests.contract.sdk.guest import Guest, known


def test_login_gives_a_token_that_says_whose_it_is(guest: Guest) -> None:
    token = known(guest.sdk.TokensApi(guest.client).get_tokens_me())
    me = known(guest.sdk.OrganizationApi(guest.client).get_organizations_me())
    assert token.organization.id == me.id
    assert token.o_auth_client.id == "guest"
    assert guest.sdk.TokensApi(guest.client).head_tokens_me() is None


def test_a_revoked_token_is_refused(guest: Guest) -> None:
    guest.sdk.TokensApi(guest.client).delete_tokens_me()
    refused = guest.refusal(guest.sdk.OrganizationApi(guest.client).get_organizations_me)
    assert (refused.status, refused.error.code) == (401, "bad.credentials")


def test_a_wrong_secret_is_refused_by_the_login(guest: Guest) -> None:
    guest.put_state(clients=[{"id": "ci", "secret": "right", "permissions": ["*"]}])
    with pytest.raises(guest.sdk.rest.ApiException) as refused:
        guest.become("ci", "wrong")
    assert refused.value.status == 401
    assert "invalid_client" in refused.value.body


def test_a_missing_permission_is_named_in_the_sdks_exception(guest: Guest) -> None:
    guest.put_state(clients=[{"id": "ci", "secret": "secret", "permissions": ["architect:userPrompt:view"]}])
    guest.become("ci")
    assert guest.architect.get_architect_prompts().total == 0
    refused = guest.refusal(lambda: guest.architect.post_architect_prompts(guest.sdk.Prompt()))
    assert (refused.status, refused.error.code) == (403, "missing.permissions")
    assert "architect:userPrompt:add" in refused.error.message


def test_own_grants_carry_roles_and_divisions(guest: Guest) -> None:
    subject = known(guest.sdk.AuthorizationApi(guest.client).get_authorization_subjects_me(include_full_roles=True))
    (grant,) = subject.grants
    assert grant.division.name == "Home"
    assert [(policy.domain, policy.entity_name, policy.actions) for policy in grant.role.policies] == [
        ("*", "*", ["*"])
    ]


def test_roles_and_divisions_are_listed(guest: Guest) -> None:
    authorization = guest.sdk.AuthorizationApi(guest.client)
    (home,) = known(authorization.get_authorization_divisions()).entities
    assert known(authorization.get_authorization_division(home.id)).name == "Home"
    assert known(authorization.get_authorization_divisions_home()).home_division
    assert known(authorization.get_authorization_products()).entities
    guest.put_state(roles=[{"name": "Reader", "permissions": ["architect:flow:view"]}])
    (role,) = known(authorization.get_authorization_roles()).entities
    assert known(authorization.get_authorization_role(role.id)).name == "Reader"


def test_queues_by_page_and_by_name(guest: Guest) -> None:
    routing = guest.sdk.RoutingApi(guest.client)
    page = known(routing.get_routing_queues(page_size=2, page_number=2))
    assert (page.page_number, page.page_size, page.total, page.page_count, len(page.entities)) == (2, 2, 5, 3, 2)
    (sales,) = known(routing.get_routing_queues(name="Sales")).entities
    assert known(routing.get_routing_queue(sales.id)).name == "Sales"
    assert known(routing.get_routing_queues_divisionviews(name="Sales")).entities[0].id == sales.id
    assert known(routing.get_routing_queues_divisionviews_all(page_size=100)).total == 5


def test_users_and_groups_are_found_by_search(guest: Guest) -> None:
    sdk = guest.sdk
    guest.put_state(users=[{"id": "ada", "name": "Ada"}], groups=[{"id": "night", "name": "Night shift"}])
    exactly = {"type": "EXACT", "fields": ["name"]}
    users = sdk.UsersApi(guest.client)
    assert known(users.post_users_search({"query": [{**exactly, "value": "Ada"}]})).results[0].id == "ada"
    assert known(users.get_user("ada")).name == "Ada"
    assert [row.id for row in known(users.get_users()).entities] == ["ada"]
    groups = sdk.GroupsApi(guest.client)
    assert known(groups.post_groups_search({"query": [{**exactly, "value": "Night shift"}]})).results[0].id == "night"
    assert known(groups.get_group("night")).name == "Night shift"
    assert [row.id for row in known(groups.get_groups()).entities] == ["night"]


def test_numbers_and_their_pools(guest: Guest) -> None:
    telephony = guest.sdk.TelephonyProvidersEdgeApi(guest.client)
    (pool,) = known(telephony.get_telephony_providers_edges_didpools()).entities
    assert known(telephony.get_telephony_providers_edges_didpool(pool.id)).start_phone_number == "+13175550100"
    numbers = known(
        telephony.get_telephony_providers_edges_didpools_dids("ASSIGNED_AND_UNASSIGNED", number_match="+13175550107")
    )
    assert [(row.number, row.assigned) for row in numbers.entities] == [("+13175550107", False)]
    route = guest.architect.post_architect_ivrs({"name": "Main number", "dnis": ["+13175550107"]})
    (number,) = known(telephony.get_telephony_providers_edges_dids(phone_number="+13175550107")).entities
    assert (number.owner.id, number.owner_type) == (route.id, "IVR_CONFIG")
    assert known(telephony.get_telephony_providers_edges_did(number.id)).phone_number == "+13175550107"


@pytest.mark.parametrize(("status", "code"), [(429, "too.many.requests.retry.after"), (503, "service.unavailable")])
def test_trouble_of_the_platform_reads_like_trouble_of_the_platform(guest: Guest, status: int, code: str) -> None:
    order = {"method": "GET", "path": "/api/v2/flows", "fault": "status", "status": status, "headers": {}}
    # urllib3 heeds Retry-After by itself; without one the SDK hands the refusal on at once.
    guest.control("faults", {**order, "retry_after": None})
    refused = guest.refusal(guest.architect.get_flows)
    assert (refused.status, refused.error.code) == (status, code)
