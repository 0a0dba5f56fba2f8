"""midPoint's own cases about objects and tasks, by number (midpoint-rest 7).

Cases on security questions are played on assignments, which have the same shape: values with ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.dialects.midpoint.people import ENTERS, authorization
from tests.serving import NOWHERE, Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"


def template(**items: Any) -> dict[str, Any]:
    return {"objectTemplate": {"name": unique("template")} | items}


def test_102_an_object_with_oid_and_version_is_added_at_a_trailing_slash(
    client: httpx2.Client,
) -> None:
    oid = str(uuid4())
    answer = client.post("/objectTemplates/", json=template(oid=oid, version="1"))
    assert answer.status_code == 201
    assert client.get(f"/objectTemplates/{oid}").json()["objectTemplate"]["version"] == "0"


def test_103_an_object_of_another_type_is_refused(client: httpx2.Client) -> None:
    body = {"user": {"name": unique("user")}}
    message = assert_operation_result(client.post("/objectTemplates", json=body), 400)["message"]
    assert "UserType" in message
    assert "objectTemplates" in message


def test_104_a_raw_shadow_of_a_resource_that_is_not_there_is_kept(client: httpx2.Client) -> None:
    """Shadows are kept and nothing is asked of resources, so nothing is handled (240): 201."""
    shadow = {"name": unique("shadow"), "resourceRef": {"oid": NOWHERE}}
    answer = client.post("/shadows?options=raw", json={"shadow": shadow})
    assert answer.status_code == 201


def test_120_to_122_objects_are_added_under_their_oids_by_different_users(
    people: People, api: Api
) -> None:
    adding = people.person(ENTERS, authorization("add")).api
    for by in (api, adding, api):
        oid = str(uuid4())
        assert by.create("users", {"oid": oid, "name": unique("user")}) == oid


def test_200_an_empty_query_is_served(client: httpx2.Client) -> None:
    assert client.post("/users/search", json={"query": {}}).status_code == 200


def test_401_an_object_is_overwritten_under_its_location(client: httpx2.Client) -> None:
    oid = str(uuid4())
    client.post("/objectTemplates", json=template(oid=oid, description="first"))
    body = template(oid=oid)
    answer = client.post("/objectTemplates", json=body, params={"options": "overwrite"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{client.base_url}objectTemplates/{oid}"
    assert "description" not in client.get(f"/objectTemplates/{oid}").json()["objectTemplate"]


def test_410_and_412_the_text_of_an_expression_survives(client: httpx2.Client) -> None:
    script = {"script": {"code": 'return user.name + " <&> \\"x\\""'}}
    rule = {"name": "full name", "expression": script, "target": {"path": "fullName"}}
    answer = client.post("/objectTemplates", json=template(mapping=rule))
    assert answer.status_code == 201, answer.text
    shown = client.get(answer.headers["location"]).json()["objectTemplate"]
    assert shown["mapping"]["expression"] == script


# ---- modify ----------------------------------------------------------------------------------------------


@pytest.fixture
def user(api: Api) -> str:
    """A user with two assignments, 1 and 2."""
    values = [{"id": number, "description": f"number {number}"} for number in (1, 2)]
    return api.create("users", {"name": unique("user"), "assignment": values})


def descriptions(api: Api, oid: str) -> list[str]:
    found = api.get("users", oid).get("assignment", [])
    return sorted(each["description"] for each in (found if isinstance(found, list) else [found]))


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize("prefixed", [False, True])
def test_600_one_value_is_changed_by_its_id(
    api: Api, user: str, method: str, *, prefixed: bool
) -> None:
    path = "c:assignment[1]/c:description" if prefixed else "assignment[1]/description"
    body: dict[str, Any] = {"itemDelta": delta("replace", path, "changed")}
    if prefixed:
        body = {"@ns": "http://midpoint.evolveum.com/xml/ns/public/common/api-types-3"} | body
    answer = api.client.request(method, f"/users/{user}", json={"objectModification": body})
    assert answer.status_code == 204, answer.text
    assert descriptions(api, user) == ["changed", "number 2"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param([[{"description": "a"}, {"description": "b"}]], ["a", "b"], id="602"),
        pytest.param([], [], id="604"),
        pytest.param([{"@ns": COMMON, "description": "a"}], ["a"], id="606"),
    ],
)
def test_all_values_are_replaced(
    api: Api, user: str, value: list[Any], expected: list[str]
) -> None:
    api.modify("users", user, delta("replace", "assignment", *value))
    assert descriptions(api, user) == expected


def test_610_a_boolean_is_given_as_a_text(api: Api) -> None:
    role = api.create("roles", {"name": unique("role"), "requestable": False})
    api.modify("roles", role, delta("replace", "requestable", "true"))
    assert api.get("roles", role)["requestable"] is True


# ---- tasks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/tasks/123456/suspend", id="650"),
        pytest.param("POST", "/tasks/{user}/suspend", id="652"),
        pytest.param("POST", "/tasks/123456/resume", id="660"),
        pytest.param("POST", "/tasks/{user}/resume", id="662"),
        pytest.param("POST", "/tasks/123456/run", id="670"),
        pytest.param("POST", "/tasks/{user}/run", id="672"),
        pytest.param("DELETE", "/tasks/123456", id="680"),
        pytest.param("DELETE", "/tasks/{user}", id="682"),
    ],
)
def test_a_task_that_is_none_is_not_found(
    client: httpx2.Client, user: str, method: str, path: str
) -> None:
    answer = client.request(method, path.format(user=user))
    assert_operation_result(answer, 404)
    assert client.get(f"/users/{user}").status_code == 200


# ---- upserts, which none of the cases plays ----------------------------------------------------------------


def bare(answer: httpx2.Response) -> dict[str, Any]:
    """What the object in an answer is, without its history."""
    [items] = answer.json().values()
    history = ("version", "metadata", "operationExecution")
    return {key: value for key, value in items.items() if key not in history}


@pytest.mark.parametrize("collection", ["users", "tasks", "roles"])
def test_an_upsert_that_changes_nothing_leaves_the_version(
    api: Api, client: httpx2.Client, collection: str
) -> None:
    target = api.create("roles", {"name": unique("target")})
    assigned = {"targetRef": {"oid": target, "type": "RoleType"}, "description": "x"}
    items: dict[str, Any] = {"name": unique("same"), "assignment": [assigned, {"description": "y"}]}
    if collection == "tasks":
        items |= {"activity": {"work": {"noOp": {"steps": 2}}}, "schedulingState": "suspended"}
    body = {collection.removesuffix("s"): items}
    made = client.put(f"/upsert/{collection}", json=body)
    again = client.put(f"/upsert/{collection}", json=body)
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()
    items["description"] = "changed"
    changed = client.put(f"/upsert/{collection}", json=body)
    assert bare(changed) == bare(made) | {"description": "changed"}
    assert changed.json() != made.json()


def test_an_upsert_takes_away_what_is_not_given(client: httpx2.Client) -> None:
    items = {"name": unique("less"), "description": "x", "assignment": {"description": "y"}}
    client.put("/upsert/users", json={"user": items})
    left = client.put("/upsert/users", json={"user": {"name": items["name"]}}).json()["user"]
    assert {"description", "assignment"}.isdisjoint(left)
