"""Nobody changes who somebody is that has a right which they lack, in whichever way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.principal import ROLE_OIDS
from tests.dialects.midpoint.people import ENTERS, REST, Person, authorization, own_password
from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from tests.dialects.midpoint.people import People

#: May do anything to users, and nothing else.
ON_USERS = authorization("read", "add", "modify", "delete", object={"type": "UserType"})
NEW = "another 5ecret of theirs"
PASSWORD_PATH = "credentials/password/value"


def assigned(role: str) -> dict[str, Any]:
    return {"targetRef": {"oid": role, "type": "RoleType"}}


@pytest.fixture(scope="module")
def helpdesk(people: People) -> Person:
    """Changes all users, and only them."""
    return people.person(ENTERS, ON_USERS)


@pytest.fixture(scope="module")
def manager(people: People) -> Person:
    """May change everything, also past the server's rules, and does not administer."""
    return people.person(ENTERS, authorization("read", "add", "modify", "delete", "rawOperation"))


@pytest.fixture(params=["superuser", "operations", "support", "limited", "to come", "switched off"])
def above(request: pytest.FixtureRequest, people: People, api: Api) -> Person:
    """Somebody who has, or would have, a right that the helpdesk lacks."""
    if request.param in ROLE_OIDS:
        return people.person(ENTERS, assignment=[assigned(ROLE_OIDS[request.param])])
    if request.param == "limited":
        limits = {"type": "RoleType", "filter": {"text": "subtype = 'x'"}}
        return people.person(ENTERS, authorization("modify", object=limits))
    if request.param == "to come":
        later = assigned(ROLE_OIDS["superuser"]) | {
            "activation": {"validFrom": "2999-01-01T00:00:00Z"}
        }
        person = people.person(ENTERS)
        api.modify("users", person.oid, delta("add", "assignment", later))
        return person
    person = people.person(ENTERS, authorization("rawOperation"))
    off = delta("replace", "activation/administrativeStatus", "disabled")
    api.modify("roles", person.role, off)
    return person


def patched(*deltas: dict[str, Any], **options: str) -> Callable[[Person, str], httpx2.Response]:
    return lambda person, oid: person.api.patch("users", oid, *deltas, **options)


def replaced(**options: str) -> Callable[[Person, str], httpx2.Response]:
    def ask(person: Person, oid: str) -> httpx2.Response:
        items = {"oid": oid, "name": unique("renamed")}
        return person.client.put(f"/users/{oid}", json={"user": items}, params=options)

    return ask


def posted(person: Person, oid: str) -> httpx2.Response:
    body = {"user": {"oid": oid, "name": unique("renamed")}}
    return person.client.post("/users", json=body, params={"options": "overwrite"})


def upserted(person: Person, oid: str) -> httpx2.Response:
    body = {"user": {"oid": oid, "name": unique("renamed")}}
    return person.client.put("/upsert/users", json=body)


ATTEMPTS: dict[str, Callable[[Person, str], httpx2.Response]] = {
    "a password": patched(delta("replace", PASSWORD_PATH, {"clearValue": NEW})),
    "no password": patched(delta("replace", PASSWORD_PATH)),
    "a name": patched(delta("replace", "name", "somebody")),
    "disabling": patched(delta("replace", "activation/administrativeStatus", "disabled")),
    "an end": patched(delta("replace", "activation/validTo", "2001-01-01T00:00:00Z")),
    "a lifecycle": patched(delta("replace", "lifecycleState", "archived")),
    "no assignments": patched(delta("replace", "assignment")),
    "deletion": lambda person, oid: person.client.delete(f"/users/{oid}"),
    "a replacement": replaced(),
    "an overwriting addition": posted,
    "an upsert": upserted,
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_helpdesk_does_not_touch_who_has_more_rights(
    helpdesk: Person, above: Person, api: Api, attempt: str
) -> None:
    before = api.get("users", above.oid)
    assert_operation_result(ATTEMPTS[attempt](helpdesk, above.oid), 403)
    assert api.get("users", above.oid) == before
    assert above.client.get("/self").status_code in (200, 401, 403)


@pytest.mark.parametrize("status", ["disabled", "archived"])
def test_a_derived_status_is_not_written_past_the_server_either(
    manager: Person, people: People, status: str
) -> None:
    superuser = people.person(assignment=[assigned(ROLE_OIDS["superuser"])])
    forged = delta("replace", "activation/effectiveStatus", status)
    answer = manager.api.patch("users", superuser.oid, forged, options="raw")
    assert_operation_result(answer, 403)
    assert superuser.client.get("/self").status_code == 200


def test_what_says_nothing_about_who_somebody_is_may_be_changed(
    helpdesk: Person, above: Person
) -> None:
    helpdesk.api.modify("users", above.oid, delta("replace", "description", "moved to room 3"))


@pytest.mark.parametrize("rights", [(), (ENTERS,), (ENTERS, ON_USERS)])
def test_the_helpdesk_helps_those_who_have_no_more_rights(
    helpdesk: Person, people: People, rights: tuple[dict[str, Any], ...]
) -> None:
    person = people.person(*rights)
    change = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    helpdesk.api.modify("users", person.oid, change)
    if rights:
        assert people.login(person.name, NEW).get("/self").status_code in (200, 403)
    renamed = delta("replace", "name", unique("renamed"))
    disabled = delta("replace", "activation/administrativeStatus", "disabled")
    helpdesk.api.modify("users", person.oid, renamed, disabled)
    assert helpdesk.status("DELETE", f"/users/{person.oid}") == 204


def test_a_right_about_oneself_does_not_put_anybody_out_of_reach(
    helpdesk: Person, people: People
) -> None:
    own = authorization("modify", object={"type": "UserType", "special": "self"})
    person = people.person(ENTERS, own)
    change = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    helpdesk.api.modify("users", person.oid, change)


def test_a_part_reaches_who_has_the_same_part_and_not_who_has_another(people: People) -> None:
    harbour, yard = (
        authorization(
            "modify",
            "read",
            object={"type": "UserType", "filter": {"text": f"costCenter = '{name}'"}},
        )
        for name in ("harbour", "yard")
    )
    one, same = (people.person(ENTERS, harbour, costCenter="harbour") for _ in range(2))
    other = people.person(ENTERS, yard, costCenter="harbour")
    change = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    assert one.api.patch("users", same.oid, change).status_code == 204
    assert_operation_result(one.api.patch("users", other.oid, change), 403)


def test_a_denial_puts_its_holder_below_who_is_not_denied_and_not_the_other_way(
    people: People,
) -> None:
    denial = authorization("delete", decision="deny")
    denied, free = people.person(ENTERS, ON_USERS, denial), people.person(ENTERS, ON_USERS)
    change = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    assert_operation_result(denied.api.patch("users", free.oid, change), 403)
    assert free.api.patch("users", denied.oid, change).status_code == 204


def test_the_password_of_a_member_is_not_set_by_who_does_not_belong_to_the_groups(
    people: People, server: Any, api: Api
) -> None:
    name = unique("member")
    body = {"name": name, "password": "a password", "roles": [], "groups": [unique("group")]}
    made = api.client.post(f"{server.url}/-/accounts", json=body)
    assert made.status_code == 201, made.text
    helper = people.person(ENTERS, ON_USERS)
    change = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    assert_operation_result(helper.api.patch("users", made.json()["oid"], change), 403)


# ---- what one gives to others, and to oneself ----------------------------------------------------------


def test_who_may_change_everything_gives_nobody_what_they_lack(
    manager: Person, people: People
) -> None:
    held = people.person(ENTERS)
    for role in ("superuser", "operations"):
        given = delta("add", "assignment", assigned(ROLE_OIDS[role]))
        for oid in (held.oid, manager.oid):
            assert_operation_result(manager.api.patch("users", oid, given), 403)
            assert_operation_result(manager.api.patch("users", oid, given, options="raw"), 403)


def test_who_may_add_users_adds_none_that_has_more_rights(
    helpdesk: Person, manager: Person
) -> None:
    items = {
        "name": unique("new"),
        "assignment": assigned(ROLE_OIDS["superuser"]),
        "credentials": own_password(),
    }
    for each in (helpdesk, manager):
        assert_operation_result(each.client.post("/users", json={"user": items}), 403)


def test_who_may_change_everything_hands_on_what_they_have(manager: Person, people: People) -> None:
    held = people.person(ENTERS)
    role = people.role(authorization("read"))
    manager.api.modify("users", held.oid, delta("add", "assignment", assigned(role)))
    assert held.client.get(f"/users/{manager.oid}").status_code == 200


def test_nobody_takes_a_denial_from_oneself(people: People) -> None:
    role = people.role(authorization("delete", decision="deny"))
    all_of_it = authorization("read", "add", "modify", "delete")
    person = people.person(ENTERS, all_of_it)
    people.api.modify("users", person.oid, delta("add", "assignment", assigned(role)))
    without = delta("replace", "assignment", assigned(person.role))
    assert_operation_result(person.api.patch("users", person.oid, without), 403)
    assert_operation_result(person.client.delete(f"/users/{person.oid}"), 403)


def test_nobody_lives_longer_by_the_own_decision(people: People) -> None:
    own = authorization("read", "modify", object={"type": "UserType", "special": "self"})
    until = {"activation": {"validTo": "2999-01-01T00:00:00Z"}}
    person = people.person(ENTERS, own, **until)
    longer = delta("replace", "activation/validTo", "2999-12-31T00:00:00Z")
    assert_operation_result(person.api.patch("users", person.oid, longer), 403)
    person.api.modify("users", person.oid, delta("replace", "fullName", "Myself"))
    changed = delta("replace", PASSWORD_PATH, {"clearValue": NEW})
    person.api.modify("users", person.oid, changed)


# ---- by tasks, and as somebody else ----------------------------------------------------------------------


def test_a_task_does_not_touch_who_has_more_rights_than_its_owner(people: People, api: Api) -> None:
    superuser = people.person(assignment=[assigned(ROLE_OIDS["superuser"])])
    works = authorization("read", "add", "modify", "delete")
    person = people.person(ENTERS, works)
    query = {"filter": {"text": f". inOid '{superuser.oid}'"}}
    change = {
        "name": "name",
        "itemDelta": [{"modificationType": "replace", "path": "name", "value": unique("x")}],
    }
    del change["name"]
    work = {
        "iterativeChangeExecution": {
            "objects": {"type": "UserType", "query": query},
            "delta": {"changeType": "modify", "objectType": "UserType"} | change,
        }
    }
    oid = person.api.task(work, schedulingState="ready")
    done = api.when_closed(oid)
    assert done["resultStatus"] == "partial_error"
    assert api.get("users", superuser.oid)["name"] == superuser.name


def test_who_acts_as_some_others_does_not_act_as_a_superuser_among_them(people: People) -> None:
    mark = unique("mark")
    acting = authorization(
        f"{REST}proxy", object={"type": "UserType", "filter": {"text": f"subtype = '{mark}'"}}
    )
    person = people.person(ENTERS, acting)
    superuser = people.person(assignment=[assigned(ROLE_OIDS["superuser"])], subtype=mark)
    plain = people.person(ENTERS, authorization("read"), subtype=mark)
    statuses = [
        person.status("GET", "/self", headers={"Switch-To-Principal": each.oid})
        for each in (superuser, plain)
    ]
    assert statuses == [403, 200]
