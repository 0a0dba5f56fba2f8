"""Authorizations of roles: who is let in, and what may be done to which objects (midpoint-rest 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import (
    ALL,
    ENTERS,
    MODEL,
    REST,
    Person,
    authorization,
)
from tests.serving import NOWHERE, Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People
    from tests.serving import Server

DENY = {"decision": "deny"}
NO_OP: dict[str, Any] = {"work": {"noOp": {}}}


def of_type(name: str, **more: Any) -> dict[str, Any]:
    return {"type": name} | more


@pytest.fixture(scope="module")
def target(api: Api) -> str:
    return api.create("users", {"name": unique("target"), "subtype": "plain"})


@pytest.fixture
def task(api: Api) -> str:
    return api.task()


@pytest.fixture(scope="module")
def outside(people: People) -> Person:
    """May do everything, and is let in nowhere but at one door."""
    model = ("read", "add", "modify", "delete", "runTaskImmediately", "suspendTask", "resumeTask")
    return people.person(authorization(f"{REST}validateValue", *model))


@pytest.fixture(scope="module")
def inside(people: People) -> Person:
    """Is let in everywhere, and may do nothing."""
    return people.person(ENTERS)


# ---- the two gates -------------------------------------------------------------------------------------

#: Method, path, body, what lets in, what allows.
REQUESTS: list[tuple[str, str, Any, str, str]] = [
    ("GET", "/users/{user}", None, "getObject", "get"),
    ("GET", "/users/{user}", None, "getObject", "read"),
    ("PATCH", "/users/{user}", {"objectModification": {}}, "modifyObject", "modify"),
    ("POST", "/users/{user}", {"objectModification": {}}, "modifyObject", "modify"),
    ("POST", "/tasks", {"task": {"name": "{new}", "activity": NO_OP}}, "addObject", "add"),
    ("PUT", "/users/x", {"user": {"name": "{new}"}}, "addObject", "add"),
    ("PUT", "/upsert/users", {"user": {"name": "{new}"}}, "modifyObject", "add"),
    ("POST", "/tasks/{task}/run", None, "runTask", "runTaskImmediately"),
    ("POST", "/tasks/{task}/suspend", None, "suspendTask", "suspendTask"),
    ("POST", "/tasks/{task}/resume", None, "resumeTask", "resumeTask"),
    ("DELETE", "/tasks/{task}", None, "deleteObject", "delete"),
    ("GET", "/self", None, "getSelf", "get"),
]


def asked(request: tuple[str, str, Any, str, str], user: str, task: str) -> dict[str, Any]:
    method, path, body, _, _ = request
    filled = None
    if body is not None:
        [(root, items)] = body.items()
        filled = {root: items | ({"name": unique("new")} if "name" in items else {})}
    return {"method": method, "url": path.format(user=user, task=task), "json": filled}


@pytest.mark.parametrize("case", REQUESTS, ids=lambda each: f"{each[0]} {each[1]} {each[4]}")
def test_a_request_passes_both_gates_or_is_refused_at_one(
    people: People,
    outside: Person,
    inside: Person,
    target: str,
    task: str,
    case: tuple[str, str, Any, str, str],
) -> None:
    both = people.person(authorization(f"{REST}{case[3]}", case[4]))
    turned_away = outside.client.request(**asked(case, target, task))
    assert (turned_away.status_code, turned_away.headers["content-type"]) == (
        403,
        "text/plain; charset=utf-8",
    )
    assert f"{REST}{case[3]}" in turned_away.text
    assert_operation_result(inside.client.request(**asked(case, target, task)), 403)
    done = both.client.request(**asked(case, target, task))
    assert done.is_success, done.text


@pytest.mark.parametrize("method", ["search", "list"])
def test_who_may_find_nothing_finds_an_empty_list(people: People, target: str, method: str) -> None:
    action = "searchObjects" if method == "search" else "getObjects"
    blind = people.person(authorization(f"{REST}{action}", "get"))
    seeing = people.person(authorization(f"{REST}{action}", "search", "get"))
    for person, found in ((blind, False), (seeing, True)):
        if method == "list":
            answer = person.client.get("/users")
        else:
            answer = person.client.post(
                "/users/search", json={"query": ""}, params={"returnTotalCount": "true"}
            )
            assert (answer.headers["x-total-count"] == "0") is not found
        assert answer.status_code == 200
        assert (target in answer.text) is found


def test_all_of_a_namespace_lets_in_and_all_of_all_allows_everything(
    people: People, target: str
) -> None:
    entering, everything = people.person(ENTERS), people.person(authorization(ALL))
    assert_operation_result(entering.client.get(f"/users/{target}"), 403)
    oid = everything.api.create("users", {"name": unique("made")})
    assert everything.api.get("users", oid, options="raw")
    assert everything.status("DELETE", f"/users/{oid}") == 204
    headers = {"Switch-To-Principal": entering.oid}
    assert_operation_result(everything.client.get("/self", headers=headers), 403)
    assert_operation_result(
        entering.client.get("/self", headers={"Switch-To-Principal": everything.oid}), 403
    )


def test_raw_access_needs_a_right_of_its_own(people: People, target: str) -> None:
    reader = people.person(ENTERS, authorization("read"))
    raw = people.person(ENTERS, authorization("read", "rawOperation"))
    path = f"/users/{target}?options=raw"
    assert (reader.status("GET", path), raw.status("GET", path)) == (403, 200)


@pytest.mark.parametrize(
    "action", ["http://midpoint.evolveum.com/xml/ns/public/security/authorization-ui-3#all", "x"]
)
def test_an_action_that_means_nothing_here_grants_nothing(
    people: People, server: Server, action: str
) -> None:
    person = people.person({"action": [action, f"{MODEL}autz-of-tomorrow"]})
    assert person.status("GET", "/self") == 401


# ---- denials, phases ------------------------------------------------------------------------------------


def test_a_denial_wins_over_whatever_allows(people: People, target: str) -> None:
    person = people.person(ENTERS, authorization("read", "modify"), authorization("modify", **DENY))
    assert person.status("GET", f"/users/{target}") == 200
    assert person.api.patch("users", target, delta("replace", "title", "x")).status_code == 403


def test_a_denial_wins_over_a_built_in_role_but_not_over_superusers(people: People) -> None:
    denying = people.role(authorization(ALL, **DENY))
    for role, status in (("00000000-0000-0000-0000-00000000000b", 403), ("4", 200)):
        built_in = role if len(role) > 1 else "00000000-0000-0000-0000-000000000004"
        assigned = [{"targetRef": {"oid": o, "type": "RoleType"}} for o in (denying, built_in)]
        person = people.person(assignment=assigned)
        assert person.status("GET", "/self") == status


@pytest.mark.parametrize("action", ["assign", "of-tomorrow"])
def test_the_denial_of_an_unknown_action_takes_more_and_never_less(
    people: People, target: str, action: str
) -> None:
    person = people.person(ENTERS, authorization("read", "modify"), authorization(action, **DENY))
    assert person.status("GET", f"/users/{target}") == 403
    assert person.api.patch("users", target, delta("replace", "title", "x")).status_code == 403


def test_an_operation_must_be_allowed_in_both_phases(people: People, target: str) -> None:
    asking = people.person(ENTERS, authorization("get", phase="request"))
    both = people.person(
        ENTERS, authorization("get", phase="request"), authorization("get", phase="execution")
    )
    path = f"/users/{target}"
    assert (asking.status("GET", path), both.status("GET", path)) == (403, 200)


# ---- objects --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd(api: Api) -> dict[str, str]:
    """Oids of users by what they are."""
    prefix = unique("crowd")
    return {
        kind: api.create("users", {"name": f"{prefix} {kind}", "subtype": kind})
        for kind in ("sailor", "cook", "guest")
    }


def seen(person: Person, crowd: dict[str, str]) -> set[str]:
    """The kinds of users that are got one by one; they are the same that are found."""
    got = {kind for kind, oid in crowd.items() if person.status("GET", f"/users/{oid}") == 200}
    text = ". inOid ({})".format(", ".join(f"'{oid}'" for oid in crowd.values()))
    query = {"filter": {"text": text}}
    answer = person.client.post("/users/search?returnTotalCount=true", json={"query": query})
    found = {kind for kind, oid in crowd.items() if f'"{oid}"' in answer.text}
    assert found == got
    assert int(answer.headers["x-total-count"]) == len(found)
    everything = person.client.get("/users").text
    assert {kind for kind, oid in crowd.items() if f'"{oid}"' in everything} == got
    return got


SAILORS = of_type("UserType", filter={"text": "subtype = 'sailor'"})
COOKS = of_type("c:UserType", filter={"equal": {"path": "subtype", "value": "cook"}})


@pytest.mark.parametrize(
    ("authorizations", "expected"),
    [
        ([authorization("read", object=SAILORS)], {"sailor"}),
        ([authorization("read", object=[SAILORS, COOKS])], {"sailor", "cook"}),
        (
            [authorization("read", object=SAILORS), authorization("read", object=COOKS)],
            {"sailor", "cook"},
        ),
        ([authorization("read"), authorization("read", object=COOKS, **DENY)], {"sailor", "guest"}),
        (
            [authorization("read", object=SAILORS), authorization("read", object=SAILORS, **DENY)],
            set(),
        ),
        ([authorization("read", object=of_type("RoleType"))], set()),
        ([authorization("read", object=of_type("FocusType"))], {"sailor", "cook", "guest"}),
        (
            [authorization("read"), authorization("read", object=of_type("UserType"), **DENY)],
            set(),
        ),
        (
            [
                authorization("read", object=[SAILORS, COOKS], phase="request"),
                authorization("read", object=COOKS, phase="execution"),
            ],
            {"cook"},
        ),
    ],
)
def test_only_selected_objects_are_got_and_found(
    people: People,
    crowd: dict[str, str],
    authorizations: list[dict[str, Any]],
    expected: set[str],
) -> None:
    assert seen(people.person(ENTERS, *authorizations), crowd) == expected


def test_people_may_be_allowed_what_concerns_themselves(people: People, target: str) -> None:
    own = authorization("read", "modify", object={"special": "self"})
    person = people.person(ENTERS, own)
    person.api.modify("users", person.oid, delta("replace", "title", "myself"))
    assert person.api.get("users", person.oid)["title"] == "myself"
    assert [each["oid"] for each in person.api.search("users", "")] == [person.oid]
    change = delta("replace", "title", "x")
    assert_operation_result(person.api.patch("users", target, change), 404)
    sees_all = people.person(ENTERS, own, authorization("read"))
    refused = sees_all.api.patch("users", target, change)
    assert "on this object" in assert_operation_result(refused, 403)["message"]


def test_what_is_added_and_deleted_must_be_selected_too(people: People, api: Api) -> None:
    keeper = people.person(ENTERS, authorization("add", "delete", object=SAILORS))
    oid = keeper.api.create("users", {"name": unique("new"), "subtype": "sailor"})
    other = {"user": {"name": unique("new"), "subtype": "cook"}}
    assert keeper.status("POST", "/users", json=other) == 403
    assert keeper.status("PUT", "/upsert/users", json=other) == 403
    replaced = {"user": {"oid": oid, "name": unique("new"), "subtype": "cook"}}
    assert keeper.status("PUT", f"/users/{oid}", json=replaced) == 403
    cook = api.create("users", other["user"])
    assert keeper.status("DELETE", f"/users/{cook}") == 404
    assert keeper.status("DELETE", f"/users/{oid}") == 204


def test_a_refused_change_changes_nothing(people: People, api: Api, crowd: dict[str, str]) -> None:
    person = people.person(ENTERS, authorization("modify", object=SAILORS))
    before = api.get("users", crowd["cook"])
    refused = person.api.patch("users", crowd["cook"], delta("replace", "subtype", "sailor"))
    assert refused.status_code == 404
    assert api.get("users", crowd["cook"]) == before


@pytest.mark.parametrize("name", ["assignment", "inducement", "authorization"])
def test_who_may_change_some_objects_gives_nobody_rights(
    people: People, api: Api, name: str
) -> None:
    """Not even himself, though he may change himself."""
    superuser = {"oid": "00000000-0000-0000-0000-000000000004", "type": "RoleType"}
    mine = people.role()
    chosen = [{"special": "self"}, of_type("RoleType", filter={"text": f". inOid '{mine}'"})]
    person = people.person(ENTERS, authorization("modify", "add", object=chosen))
    collection, oid = ("users", person.oid) if name == "assignment" else ("roles", mine)
    value = authorization(ALL) if name == "authorization" else {"targetRef": superuser}
    message = assert_operation_result(
        person.api.patch(collection, oid, delta("add", name, value)), 403
    )["message"]
    assert name in message
    person.api.modify(collection, oid, delta("replace", "description", "x"))


def test_tasks_are_operated_by_whom_they_are_selected_for(people: People, api: Api) -> None:
    mine = of_type("TaskType", filter={"text": "subtype = 'mine'"})
    operator = people.person(ENTERS, authorization("suspendTask", "resumeTask", object=mine))
    for subtype, statuses in (("mine", [204, 202]), ("other", [404, 404])):
        oid = api.task(subtype=subtype)
        found = [operator.api.operate(oid, each).status_code for each in ("suspend", "resume")]
        assert found == statuses


# ---- what is not honoured is refused by name -------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        ({"item": "fullName"}, "item"),
        ({"exceptItem": "fullName"}, "exceptItem"),
        ({"target": {"type": "RoleType"}}, "target"),
        ({"relation": "org:manager"}, "relation"),
        ({"limitations": {}}, "limitations"),
        ({"enforcementStrategy": "maySkipOnSearch"}, "enforcementStrategy"),
        ({"zoneOfControl": "x"}, "zoneOfControl"),
        ({"object": {"orgRef": {"oid": NOWHERE}}}, "orgRef"),
        ({"object": {"archetypeRef": {"oid": NOWHERE}}}, "archetypeRef"),
        ({"object": {"owner": {"special": "self"}}}, "owner"),
        ({"object": {"special": "selfDeputyAssignment"}}, "special"),
        ({"object": {"type": "UzerType"}}, "UserType"),
        ({"object": of_type("UserType", filter={"text": "nme = 'x'"})}, "name"),
        (
            {"object": of_type("UserType", filter={"text": "assignment/targetRef/@/name = 'x'"})},
            "@",
        ),
        ({"object": of_type("UserType", filter={"text": f". inOrg '{NOWHERE}'"})}, "inOrg"),
        ({"decision": "perhaps"}, "decision"),
        ({"phase": "afterwards"}, "phase"),
    ],
    ids=str,
)
def test_a_limit_that_is_not_honoured_is_refused_by_name(
    people: People, client: httpx2.Client, limit: dict[str, Any], name: str
) -> None:
    given = authorization("read") | limit
    body = {"role": {"name": unique("role"), "authorization": given}}
    assert name in assert_operation_result(client.post("/roles", json=body), 400)["message"]
    role = people.role()
    changed = Api(client).patch("roles", role, delta("add", "authorization", given))
    assert_operation_result(changed, 400)


def test_a_filter_of_a_role_is_checked_when_one_item_is_changed(people: People, api: Api) -> None:
    role = people.role(authorization("read", object=SAILORS))
    number = api.get("roles", role)["authorization"]["@id"]
    path = f"authorization[{number}]/object"
    inner = api.get("roles", role)["authorization"]["object"]["@id"]
    bad = {"text": "nme = 'x'"}
    refused = api.patch("roles", role, delta("replace", f"{path}[{inner}]/filter", bad))
    assert_operation_result(refused, 400)
