"""What may not be seen is told by nothing: searches, lists, names, errors, conditions of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import ENTERS, REST, authorization
from tests.serving import NOWHERE, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People
    from tests.serving import Api, Server

USERS, ROLES = {"type": "UserType"}, {"type": "RoleType"}


@pytest.fixture(scope="module")
def secret_role(api: Api) -> str:
    return api.create("roles", {"name": unique("classified"), "description": "swordfish"})


@pytest.fixture(scope="module")
def holder(api: Api, secret_role: str) -> str:
    """A user who has the hidden role, and whose description is as hidden for others."""
    assignment = {"targetRef": {"oid": secret_role, "type": "RoleType"}}
    items = {"name": unique("holder"), "assignment": assignment, "description": "carthage"}
    return api.create("users", items)


def said(answer: httpx2.Response, oid: str) -> str:
    """What an error says, but for when, under which number and of which object."""
    found = answer.json()["object"]
    left = {k: v for k, v in found.items() if k not in ("start", "end", "token")}
    return str(left).replace(oid, "...")


def count(person: Any, collection: str, text: str) -> int:
    """How many objects a caller is told that a filter selects."""
    answer = person.client.post(
        f"/{collection}/search",
        json={"query": {"filter": {"text": text}}},
        params={"returnTotalCount": "true"},
    )
    assert answer.status_code == 200, answer.text
    return int(answer.headers["x-total-count"])


# ---- filters, orders, names (B-5) -----------------------------------------------------------------


def test_a_description_cannot_be_read_letter_by_letter_through_what_refers(
    people: People, secret_role: str, holder: str
) -> None:
    attempt = (
        ". referencedBy (@type = UserType and @path = assignment/targetRef "
        f"and description startsWith 'cart') and . inOid '{secret_role}'"
    )
    assert count(people.person(ENTERS, authorization("read")), "roles", attempt) == 1
    assert count(people.person(ENTERS, authorization("read", object=ROLES)), "roles", attempt) == 0
    assert holder


@pytest.mark.parametrize(
    "condition",
    [
        "assignment/targetRef/@/description startsWith 'sword'",
        "assignment/targetRef matches (target matches (description = 'swordfish'))",
        "assignment/targetRef matches (@ matches (description = 'swordfish'))",
        "roleMembershipRef/@/description = 'swordfish'",
    ],
)
def test_a_reference_tells_nothing_of_a_target_that_is_hidden(
    people: People, holder: str, condition: str
) -> None:
    attempt = f"{condition} and . inOid '{holder}'"
    assert count(people.person(ENTERS, authorization("read")), "users", attempt) == 1
    assert count(people.person(ENTERS, authorization("read", object=USERS)), "users", attempt) == 0


def test_names_of_hidden_objects_are_not_resolved(people: People, holder: str) -> None:
    for person, is_told in (
        (people.person(ENTERS, authorization("read")), True),
        (people.person(ENTERS, authorization("read", object=USERS)), False),
    ):
        answer = person.client.get(f"/users/{holder}", params={"options": "resolveNames"})
        assert answer.status_code == 200, answer.text
        assert ("classified" in answer.text) is is_told


def test_an_order_through_a_reference_is_blind_for_what_is_hidden(people: People, api: Api) -> None:
    mark = unique("tenant")
    tenants = [api.create("orgs", {"name": f"{mark} {n}"}) for n in ("b", "a")]
    for number, tenant in enumerate(tenants):
        reference = {"oid": tenant, "type": "OrgType"}
        api.create("users", {"name": f"{mark} user {number}", "tenantRef": reference})
    paging = {"orderBy": "tenantRef/@/name", "orderDirection": "ascending"}
    text = f"name startsWith '{mark} user'"
    everything = people.person(ENTERS, authorization("read")).api
    users = people.person(ENTERS, authorization("read", object=USERS)).api
    assert [n[-1] for n in everything.names("users", text, **paging)] == ["1", "0"]
    assert [n[-1] for n in users.names("users", text, **paging)] == ["0", "1"]


# ---- lists show by both rights (B-6) --------------------------------------------------------------


def test_a_list_shows_nothing_by_the_right_to_search_alone(people: People, holder: str) -> None:
    finder = people.person(ENTERS, authorization("search"))
    assert finder.status("GET", f"/users/{holder}") == 403
    assert count(finder, "users", f". inOid '{holder}'") == 0
    assert finder.client.get("/users").json()["object"].get("object", []) == []


def test_a_list_leaves_out_what_is_denied_to_be_read(people: People, holder: str) -> None:
    denied = {"type": "UserType", "filter": {"text": f". inOid '{holder}'"}}
    person = people.person(
        ENTERS, authorization("read"), authorization("get", decision="deny", object=denied)
    )
    assert person.status("GET", f"/users/{holder}") == 404
    assert count(person, "users", f". inOid '{holder}'") == 0
    assert holder not in person.client.get("/users").text


# ---- errors say nothing (B-14) --------------------------------------------------------------------


ATTEMPTS: dict[str, dict[str, Any]] = {
    "read": {"method": "GET"},
    "read by a condition": {"method": "GET", "headers": {"if-none-match": "*"}},
    "read with names": {"method": "GET", "params": {"options": "resolveNames"}},
    "deletion": {"method": "DELETE"},
    "deletion by a condition": {"method": "DELETE", "headers": {"if-match": '"never"'}},
    "change by a condition": {
        "method": "PATCH",
        "headers": {"if-match": '"never"'},
        "json": {"objectModification": {"itemDelta": delta("replace", "description", "x")}},
    },
    "change of a value that is not there": {
        "method": "PATCH",
        "json": {
            "objectModification": {
                "itemDelta": delta("replace", "assignment[4711]/description", "x")
            }
        },
    },
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_hidden_object_is_answered_as_none_is(people: People, holder: str, attempt: str) -> None:
    some = {"type": "UserType", "filter": {"text": "subtype = 'nobody'"}}
    person = people.person(ENTERS, authorization("read", "modify", "delete", object=some))
    hidden = person.client.request(url=f"/users/{holder}", **ATTEMPTS[attempt])
    absent = person.client.request(url=f"/users/{NOWHERE}", **ATTEMPTS[attempt])
    assert hidden.status_code == absent.status_code == 404
    assert said(hidden, holder) == said(absent, NOWHERE)


@pytest.mark.parametrize("operation", ["run", "suspend", "resume"])
def test_a_hidden_task_is_operated_as_none_is(people: People, api: Api, operation: str) -> None:
    some = {"type": "TaskType", "filter": {"text": "subtype = 'nobody'"}}
    actions = ("runTaskImmediately", "suspendTask", "resumeTask")
    person = people.person(ENTERS, authorization(*actions, object=some))
    task = api.task()
    hidden, absent = (person.api.operate(oid, operation) for oid in (task, NOWHERE))
    assert hidden.status_code == absent.status_code == 404
    assert said(hidden, task) == said(absent, NOWHERE)


def test_a_type_in_a_path_tells_nothing_of_a_hidden_object(people: People, holder: str) -> None:
    person = people.person(ENTERS, authorization("read", object=ROLES))
    for collection in ("users", "roles", "tasks"):
        hidden, absent = (person.client.get(f"/{collection}/{oid}") for oid in (holder, NOWHERE))
        assert hidden.status_code == 404
        assert said(hidden, holder) == said(absent, NOWHERE)


def test_a_condition_is_looked_at_after_the_right(people: People, holder: str) -> None:
    person = people.person(ENTERS, authorization("read"), authorization("modify", object=ROLES))
    change = {"objectModification": {"itemDelta": delta("replace", "description", "x")}}
    for etag in ("*", '"never"'):
        answer = person.client.patch(f"/users/{holder}", json=change, headers={"if-match": etag})
        assert answer.status_code == 403, answer.text


def test_the_type_of_a_hidden_object_is_not_told_to_who_would_replace_it(
    people: People, holder: str
) -> None:
    person = people.person(ENTERS, authorization("add", "modify", object=ROLES))
    body = {"role": {"oid": holder, "name": unique("taker")}}
    answer = person.client.put(f"/roles/{holder}", json=body)
    assert answer.status_code == 409
    assert "UserType" not in answer.text


# ---- the server itself (B-15) ---------------------------------------------------------------------


def test_settings_are_shown_to_administrators_alone(people: People, server: Server) -> None:
    url = f"{server.url}/-/settings"
    assert people.person(ENTERS, authorization("read")).client.get(url).status_code == 403
    with server.client() as administrator:
        assert administrator.get(url).status_code == 200


def test_what_everybody_may_know_is_still_told(people: People, server: Server) -> None:
    person = people.person(ENTERS)
    for name in ("versions", "activities"):
        assert person.client.get(f"{server.url}/-/{name}").status_code == 200


# ---- somebody else's name -------------------------------------------------------------------------


def test_a_switch_to_a_hidden_user_is_refused_as_one_to_nobody(people: People, holder: str) -> None:
    some = {"type": "UserType", "filter": {"text": "subtype = 'nobody'"}}
    person = people.person(
        ENTERS, authorization("read"), authorization(f"{REST}proxy", object=some)
    )
    login = people.person(ENTERS)
    answers = [
        person.client.get("/self", headers={"switch-to-principal": oid})
        for oid in (login.oid, holder, NOWHERE)
    ]
    assert [each.status_code for each in answers] == [403] * 3
    assert all("There is no user who may log in" in each.text for each in answers)
