"""Nobody changes what gives or denies a right that they lack: roles, and all else that can be assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.principal import ROLE_OIDS
from tests.dialects.midpoint.people import ENTERS, Person, authorization
from tests.serving import ROOTS, Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from tests.dialects.midpoint.people import People

MORE = authorization("rawOperation")
DENIAL = authorization("modify", decision="deny")
ASSIGNABLE = ("roles", "orgs", "services", "archetypes")
OFF = delta("replace", "activation/administrativeStatus", "disabled")
ON = delta("replace", "activation/administrativeStatus", "enabled")


@pytest.fixture(scope="module")
def keeper(people: People) -> Person:
    """May change everything but what is denied, and does not administer."""
    return people.person(ENTERS, authorization("read", "add", "modify", "delete"))


def giving(api: Api, collection: str, *rules: dict[str, Any], **items: Any) -> str:
    return api.create(collection, {"name": unique("giver"), "authorization": list(rules)} | items)


@pytest.mark.parametrize("collection", ASSIGNABLE)
def test_what_gives_more_is_not_changed(keeper: Person, api: Api, collection: str) -> None:
    oid = giving(api, collection, MORE)
    before = api.get(collection, oid)
    attempts = {
        "disabled": keeper.api.patch(collection, oid, OFF),
        "archived": keeper.api.patch(
            collection, oid, delta("replace", "lifecycleState", "archived")
        ),
        "emptied": keeper.api.patch(collection, oid, delta("replace", "authorization")),
        "replaced": keeper.client.put(
            f"/{collection}/{oid}", json={ROOTS[collection]: {"oid": oid, "name": "less"}}
        ),
        "deleted": keeper.client.delete(f"/{collection}/{oid}"),
    }
    assert {name: each.status_code for name, each in attempts.items()} == dict.fromkeys(
        attempts, 403
    )
    assert api.get(collection, oid) == before


@pytest.mark.parametrize("collection", ASSIGNABLE)
def test_what_is_assigned_to_oneself_is_not_made_to_give_more(
    people: People, api: Api, collection: str
) -> None:
    person = people.person(ENTERS, authorization("read", "add", "modify", "delete"))
    kinds = {"roles": "RoleType", "orgs": "OrgType", "services": "ServiceType"}
    oid = api.create(collection, {"name": unique("empty")})
    target = {"oid": oid, "type": kinds.get(collection, "ArchetypeType")}
    api.modify("users", person.oid, delta("add", "assignment", {"targetRef": target}))
    superuser = {"targetRef": {"oid": ROLE_OIDS["superuser"], "type": "RoleType"}}
    for change in (delta("add", "authorization", MORE), delta("add", "inducement", superuser)):
        assert_operation_result(person.api.patch(collection, oid, change), 403)


def test_a_disabled_role_that_gives_more_is_not_enabled(keeper: Person, api: Api) -> None:
    oid = giving(api, "roles", MORE, activation={"administrativeStatus": "disabled"})
    assert_operation_result(keeper.api.patch("roles", oid, ON), 403)


def test_a_role_that_leads_to_more_is_not_enabled(keeper: Person, api: Api) -> None:
    induced = {"targetRef": {"oid": giving(api, "roles", MORE), "type": "RoleType"}}
    off = {"activation": {"administrativeStatus": "disabled"}}
    oid = api.create("roles", {"name": unique("leads"), "inducement": induced} | off)
    assert_operation_result(keeper.api.patch("roles", oid, ON), 403)
    inner = api.create("roles", {"name": unique("outer"), "inducement": induced})
    assert_operation_result(keeper.client.delete(f"/roles/{inner}"), 403)


def test_the_role_that_denies_somebody_is_not_disabled_or_deleted_by_them(
    people: People, api: Api
) -> None:
    denying = giving(api, "roles", authorization("delete", decision="deny"))
    rights = authorization("read", "add", "modify")
    person = people.person(ENTERS, rights, authorization("delete", object={"type": "RoleType"}))
    target = {"oid": denying, "type": "RoleType"}
    api.modify("users", person.oid, delta("add", "assignment", {"targetRef": target}))
    assert_operation_result(person.api.patch("roles", denying, OFF), 403)
    assert_operation_result(
        person.api.patch("roles", denying, delta("replace", "authorization")), 403
    )
    assert_operation_result(person.client.delete(f"/roles/{denying}"), 403)


def test_what_denies_others_a_right_that_one_lacks_is_left_alone(keeper: Person, api: Api) -> None:
    oid = giving(api, "roles", authorization("rawOperation", decision="deny"))
    assert_operation_result(keeper.client.delete(f"/roles/{oid}"), 403)


def test_who_may_change_some_roles_does_not_enable_what_gives_everything(
    people: People, api: Api
) -> None:
    mark = unique("mark")
    limits = {"type": "RoleType", "filter": {"text": f"subtype = '{mark}'"}}
    person = people.person(ENTERS, authorization("read", "modify", "delete", object=limits))
    off = {"activation": {"administrativeStatus": "disabled"}}
    everything = authorization(
        "http://midpoint.evolveum.com/xml/ns/public/security/authorization-3#all"
    )
    oid = giving(api, "roles", everything, subtype=mark, **off)
    assert_operation_result(person.api.patch("roles", oid, ON), 403)
    assert_operation_result(person.client.delete(f"/roles/{oid}"), 403)


def test_what_gives_no_more_than_one_has_is_changed_at_will(keeper: Person, api: Api) -> None:
    oid = giving(api, "roles", authorization("read"))
    keeper.api.modify("roles", oid, OFF)
    keeper.api.modify("roles", oid, delta("add", "authorization", authorization("modify")), ON)
    assert keeper.status("DELETE", f"/roles/{oid}") == 204
    made = giving(keeper.api, "roles", authorization("add", object={"type": "UserType"}))
    assert keeper.status("DELETE", f"/roles/{made}") == 204


def test_a_role_is_renamed_whatever_it_gives(keeper: Person, api: Api) -> None:
    oid = giving(api, "roles", MORE)
    keeper.api.modify("roles", oid, delta("replace", "name", unique("renamed")))


def test_a_task_neither_makes_nor_deletes_what_gives_more(keeper: Person, api: Api) -> None:
    oid = giving(api, "roles", MORE)
    query = {"filter": {"text": f". inOid '{oid}'"}}
    work = {"deletion": {"objects": {"type": "RoleType", "query": query}}}
    done = api.when_closed(keeper.api.task(work, schedulingState="ready"))
    assert done["resultStatus"] == "partial_error"
    assert api.get("roles", oid)["name"]
