"""When authorizations count, and what they mean for tasks and the other dialects (midpoint-rest 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import (
    ALL,
    ENTERS,
    MODEL,
    PASSWORD,
    REST,
    authorization,
    own_password,
)
from tests.serving import assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People
    from tests.serving import Api, Server

NO_OP: dict[str, Any] = {"work": {"noOp": {}}}
SAILORS = {"type": "UserType", "filter": {"text": "subtype = 'sailor'"}}


@pytest.fixture(scope="module")
def target(api: Api) -> str:
    return api.create("users", {"name": unique("target"), "subtype": "plain"})


# ---- when it counts --------------------------------------------------------------------------------------


def test_every_change_counts_from_the_next_request_on(
    people: People, api: Api, target: str
) -> None:
    person, path = people.person(ENTERS, authorization("read")), f"/users/{target}"
    found = [person.status("GET", path)]
    api.modify("roles", person.role, delta("replace", "authorization", [ENTERS]))
    found.append(person.status("GET", path))
    between = people.role(authorization("read"))
    reference = {"targetRef": {"oid": between, "type": "RoleType"}}
    api.modify("roles", person.role, delta("add", "inducement", reference))
    found.append(person.status("GET", path))
    api.modify("roles", between, delta("replace", "lifecycleState", "draft"))
    found.append(person.status("GET", path))
    api.modify(
        "users", person.oid, delta("add", "assignment", {"targetRef": reference["targetRef"]})
    )
    api.modify("roles", between, delta("replace", "lifecycleState", "active"))
    found.append(person.status("GET", path))
    for oid in (between, person.role):
        api.client.delete(f"/roles/{oid}")
    found.append(person.status("GET", path))
    assert found == [200, 403, 200, 403, 200, 401]


@pytest.mark.parametrize(
    ("collection", "type_name"),
    [("orgs", "OrgType"), ("services", "ServiceType"), ("archetypes", "ArchetypeType")],
)
def test_all_that_can_be_assigned_may_carry_authorizations(
    people: People, api: Api, target: str, collection: str, type_name: str
) -> None:
    given = {"name": unique("holder"), "authorization": [ENTERS, authorization("read")]}
    oid = api.create(collection, given)
    person = people.person(assignment=[{"targetRef": {"oid": oid, "type": type_name}}])
    assert person.status("GET", f"/users/{target}") == 200


def test_owning_a_role_gives_nothing_of_it(people: People) -> None:
    role = people.role(authorization(ALL))
    owning = {"targetRef": {"oid": role, "type": "RoleType", "relation": "org:owner"}}
    assert people.person(assignment=[owning]).status("GET", "/self") == 401


def test_a_role_in_xml_grants_what_it_says(people: People, client: httpx2.Client) -> None:
    name = unique("role")
    body = f"""
    <role xmlns="http://midpoint.evolveum.com/xml/ns/public/common/common-3"
          xmlns:q="http://prism.evolveum.com/xml/ns/public/query-3">
      <name>{name}</name>
      <authorization><action>{REST}all</action></authorization>
      <authorization>
        <decision>allow</decision><action>{MODEL}read</action>
        <object><type>UserType</type>
          <filter><q:equal><q:path>subtype</q:path><q:value>cook</q:value></q:equal></filter>
        </object>
      </authorization>
    </role>"""
    made = client.post("/roles", content=body, headers={"content-type": "application/xml"})
    assert made.status_code == 201, made.text
    role = made.headers["location"].rpartition("/")[2]
    person = people.person(assignment=[{"targetRef": {"oid": role, "type": "RoleType"}}])
    cook = people.api.create("users", {"name": unique("cook"), "subtype": "cook"})
    assert person.status("GET", f"/users/{cook}") == 200
    assert person.status("GET", "/self") == 403


# ---- tasks ----------------------------------------------------------------------------------------------


def changing(query: str, title: str) -> dict[str, Any]:
    """Work that gives users a title."""
    change = {"changeType": "modify", "itemDelta": delta("replace", "title", title)}
    objects = {"type": "UserType", "query": {"filter": {"text": query}}}
    return {"iterativeChangeExecution": {"objects": objects, "delta": change}}


def test_a_task_does_what_its_owner_may_and_no_more(people: People, api: Api) -> None:
    prefix = unique("worked")
    oids = {
        kind: api.create("users", {"name": f"{prefix} {kind}", "subtype": kind})
        for kind in ("sailor", "cook")
    }
    worker = people.person(
        ENTERS,
        authorization("modify", object=SAILORS),
        authorization("read"),
        authorization("add", object={"type": "TaskType"}),
    )
    task = {"name": unique("task"), "schedulingState": "ready"}
    work = {"activity": {"work": changing(f"name startsWith '{prefix}'", "made")}}
    done = api.when_closed(worker.api.create("tasks", task | work))
    assert done["resultStatus"] == "partial_error"
    titles = {kind: api.get("users", oid).get("title") for kind, oid in oids.items()}
    assert titles == {"sailor": "made", "cook": None}


def test_nobody_sets_a_task_to_work_for_somebody_else(people: People, api: Api) -> None:
    worker = people.person(ENTERS, authorization("read", "add", "modify"))
    other = {"oid": "00000000-0000-0000-0000-000000000002", "type": "UserType"}
    task = {"name": unique("task"), "activity": NO_OP}
    refused = worker.client.post("/tasks", json={"task": task | {"ownerRef": other}})
    assert "act as others" in assert_operation_result(refused, 403)["message"]
    own = worker.api.create("tasks", task)
    assert worker.api.patch("tasks", own, delta("replace", "ownerRef", other)).status_code == 403
    foreign = api.task()
    worker.api.modify("tasks", foreign, delta("replace", "description", "x"))
    steps = delta("replace", "activity/work/noOp", {"steps": 3})
    assert worker.api.patch("tasks", foreign, steps).status_code == 403
    worker.api.modify("tasks", own, steps)


def test_a_task_of_an_owner_who_lost_the_right_fails_item_by_item(people: People, api: Api) -> None:
    user = api.create("users", {"name": unique("kept")})
    worker = people.person(ENTERS, authorization("read", "modify", "add"))
    work = changing(f". inOid '{user}'", "x")
    task = worker.api.create("tasks", {"name": unique("task"), "activity": {"work": work}})
    left = [ENTERS, authorization("read", "add")]
    api.modify("roles", worker.role, delta("replace", "authorization", left))
    api.operate(task, "resume")
    done = api.when_closed(task)
    assert done["resultStatus"] != "success"
    assert "title" not in api.get("users", user)


# ---- the other dialects ----------------------------------------------------------------------------------


def test_a_part_of_the_tasks_is_not_enough_elsewhere(people: People, server: Server) -> None:
    named = {"type": "TaskType", "filter": {"text": "name startsWith 'x'"}}
    some = people.person(ENTERS, authorization("read", object=named))
    others = people.person(ENTERS, authorization("read", object={"type": "UserType"}))
    tasks = people.person(ENTERS, authorization("read", object={"type": "TaskType"}))
    every = people.person(ENTERS, authorization("read"))
    for person, status in ((some, 403), (others, 403), (tasks, 200), (every, 200)):
        answer = person.client.get(f"{server.url}/operations-manager/jobs")
        assert answer.status_code == status


def test_a_password_can_be_changed_by_its_owner_alone(people: People, target: str) -> None:
    person = people.person(ENTERS, authorization("modify", object={"special": "self"}))
    change = delta("replace", "credentials", own_password("another one"))
    assert person.api.patch("users", target, change).status_code == 404
    person.api.modify("users", person.oid, change)
    assert people.login(person.name, PASSWORD).get("/self").status_code == 401
    assert people.login(person.name, "another one").get("/self").status_code == 403
