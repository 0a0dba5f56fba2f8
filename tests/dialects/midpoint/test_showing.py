"""What GET shows and how (midpoint-rest 1.5, 4.4 to 4.7; architecture 3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import parse_instant
from tests.serving import (
    API_TYPES,
    COLLECTIONS,
    NOWHERE,
    ROOTS,
    TYPES,
    Api,
    assert_operation_result,
    delta,
    unique,
)

if TYPE_CHECKING:
    import httpx2

ROLE = {"oid": "00000000-0000-0000-0000-000000000004", "type": "c:RoleType"}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_object_comes_under_its_root_without_a_namespace(
    api: Api, client: httpx2.Client, collection: str
) -> None:
    oid = api.create(collection, {"name": unique("root")})
    answer = client.get(f"/{collection}/{oid}")
    assert list(answer.json()) == [ROOTS[collection]]
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()[ROOTS[collection]])[:3] == ["oid", "version", "name"]


def test_items_come_in_schema_order_whatever_the_order_of_the_client(api: Api) -> None:
    items = {"title": "t", "fullName": "f", "description": "d", "name": unique("order")}
    found = list(api.get("users", api.create("users", items)))
    wanted = ["name", "description", "metadata", "activation", "fullName", "title"]
    assert [name for name in found if name in wanted] == wanted


def test_absent_items_are_absent(api: Api) -> None:
    items: dict[str, Any] = {
        "name": unique("absent"),
        "description": None,
        "subtype": [],
        "activation": {},
    }
    found = api.get("users", api.create("users", items))
    assert {"description", "subtype"}.isdisjoint(found)
    assert None not in found.values()


def test_one_value_is_bare_and_two_are_a_list(api: Api) -> None:
    oid = api.create("users", {"name": unique("bare"), "subtype": ["a"], "assignment": [{}]})
    found = api.get("users", oid)
    assert found["subtype"] == "a"
    assert found["assignment"]["@id"] == 1
    api.modify("users", oid, delta("add", "subtype", "b"), delta("add", "assignment", {"order": 1}))
    found = api.get("users", oid)
    assert found["subtype"] == ["a", "b"]
    assert [value["@id"] for value in found["assignment"]] == [1, 2]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("oid", [NOWHERE, "12345", "not-a-uuid", "x" * 36, "%00", "search"])
def test_an_oid_that_is_not_there_is_not_found(
    client: httpx2.Client, collection: str, oid: str
) -> None:
    answer = client.get(f"/{collection}/{oid}")
    assert_operation_result(answer, 405 if oid == "search" else 404)


def test_an_object_of_another_type_is_not_found(api: Api, client: httpx2.Client) -> None:
    task, user = api.task(), api.create("users", {"name": unique("u")})
    for path in (f"/users/{task}", f"/tasks/{user}", f"/roles/{user}"):
        for _ in range(2):
            assert_operation_result(client.get(path), 404)
        assert_operation_result(client.delete(path), 404)


def test_an_oid_is_found_in_capitals_too(api: Api, client: httpx2.Client) -> None:
    oid = api.task()
    assert client.get(f"/tasks/{oid.upper()}").json()["task"]["oid"] == oid


# ---- the collection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_collection_is_a_list_of_typed_objects(
    api: Api, client: httpx2.Client, collection: str
) -> None:
    name = unique("listed")
    oid = api.create(collection, {"name": name})
    body = client.get(f"/{collection}").json()
    assert list(body) == ["@ns", "object"]
    assert body["@ns"] == TYPES
    assert list(body["object"]) == ["@type", "object"]
    assert body["object"]["@type"] == f"{API_TYPES}#ObjectListType"
    types = {each["@type"] for each in body["object"]["object"]}
    assert types == {f"c:{collection.removesuffix('s').capitalize()}Type"}
    element = next(each for each in body["object"]["object"] if each["oid"] == oid)
    assert next(iter(element)) == "@type"
    assert {k: v for k, v in element.items() if k != "@type"} == api.get(collection, oid)


# ---- retrieval options ---------------------------------------------------------------------------------


def test_a_result_is_incomplete_until_it_is_included(api: Api) -> None:
    oid = api.task(schedulingState="ready")
    assert api.when_closed(oid)["result"] == {"@incomplete": True}
    result = api.get("tasks", oid, include="result")["result"]
    assert (result["operation"], result["status"]) == ("run", "success")
    assert result["start"] <= result["end"]
    assert isinstance(result["token"], int)
    [found] = api.search("tasks", {"filter": {"text": f". inOid '{oid}'"}}, include="result")
    assert found["result"] == result


def test_a_task_that_never_ran_has_no_result(api: Api) -> None:
    oid = api.task()
    assert "result" not in api.get("tasks", oid)
    assert "result" not in api.get("tasks", oid, include="result")


def test_subtasks_and_the_next_start_are_shown_when_included(api: Api) -> None:
    schedule = {"earliestStartTime": "2099-01-01T00:00:00Z"}
    parent = api.task(schedulingState="ready", schedule=schedule, taskIdentifier=unique("it's"))
    child = api.task(parent=api.get("tasks", parent)["taskIdentifier"])
    plain = api.get("tasks", parent)
    assert {"subtaskRef", "nextRunStartTimestamp"}.isdisjoint(plain)
    found = api.get("tasks", parent, include=["subtaskRef", "nextRunStartTimestamp"])
    assert found["nextRunStartTimestamp"] == "2099-01-01T00:00:00.000Z"
    assert found["subtaskRef"]["oid"] == child


def test_the_next_start_of_a_task_is_that_of_its_schedule(api: Api) -> None:
    work = {"noOp": {"steps": 1_000, "delay": 20}}
    oid = api.task(work, schedulingState="ready", schedule={"interval": 3_600})
    api.when(oid, lambda task: task["executionState"] == "running")
    included = "nextRunStartTimestamp"
    found = api.get("tasks", oid, include=included)
    period = parse_instant(found[included]) - parse_instant(found["lastRunStartTimestamp"])
    assert period == 3_600
    api.operate(oid, "suspend")
    assert included not in api.get("tasks", oid, include=included)
    [listed] = api.search("tasks", {"filter": {"text": f". inOid '{oid}'"}}, include=included)
    assert included not in listed


def test_what_is_included_is_excluded_all_the_same(api: Api) -> None:
    oid = api.task(schedulingState="ready")
    api.when_closed(oid)
    assert "result" not in api.get("tasks", oid, include="result", exclude="result")


def test_includes_of_other_objects_have_no_values(api: Api) -> None:
    oid = api.create("users", {"name": unique("no task")})
    assert api.get("users", oid, include="trigger") == api.get("users", oid)


def test_excluded_items_are_left_out_wherever_they_are(api: Api, client: httpx2.Client) -> None:
    items = {"name": unique("ex"), "description": "d", "assignment": [{"description": "a"}, {}]}
    oid = api.create("users", items)
    found = api.get("users", oid, exclude=["description", "assignment/description", "metadata"])
    assert {"description", "metadata"}.isdisjoint(found)
    assert all("description" not in value for value in found["assignment"])
    [found] = api.search("users", {"filter": {"text": f". inOid '{oid}'"}}, exclude="description")
    assert "description" not in found
    listed = client.get("/users?exclude=metadata").json()["object"]["object"]
    assert all("metadata" not in each for each in listed)


def test_names_of_references_are_resolved_when_asked(api: Api) -> None:
    items = {"name": unique("names"), "assignment": {"targetRef": ROLE}}
    oid = api.create("users", items)
    everywhere = api.get("users", oid, options="resolveNames")
    assert everywhere["assignment"]["targetRef"]["targetName"] == "superuser"
    assert everywhere["metadata"]["creatorRef"]["targetName"] == "administrator"
    one = api.get("users", oid, resolveNames="roleMembershipRef")
    assert one["roleMembershipRef"]["targetName"] == "superuser"
    assert "targetName" not in one["assignment"]["targetRef"]
    assert "targetName" not in api.get("users", oid)["roleMembershipRef"]


def test_a_reference_into_nowhere_has_no_name(api: Api) -> None:
    oid = api.task(objectRef={"oid": NOWHERE, "type": "c:UserType"})
    assert "targetName" not in api.get("tasks", oid, options="resolveNames")["objectRef"]


def test_raw_shows_what_is_stored_without_live_values(api: Api) -> None:
    oid = api.task(schedulingState="ready")
    live = api.when_closed(oid)
    raw = api.get("tasks", oid, options="raw")
    assert {"activityState", "operationStats", "taskRunRecord"} <= set(live) - set(raw)
    assert raw["activity"] == live["activity"]


@pytest.mark.parametrize("options", ["noFetch", "noDiscovery", "nonsense", "noFetch,distinct"])
def test_other_options_are_ignored(api: Api, options: str) -> None:
    oid = api.task()
    assert api.get("tasks", oid, options=options) == api.get("tasks", oid)


@pytest.mark.parametrize("name", ["include", "exclude", "resolveNames"])
@pytest.mark.parametrize("path", ["nothing", "a//b", "name/x", "assignment[x]", "description;"])
def test_a_malformed_path_is_refused(api: Api, client: httpx2.Client, name: str, path: str) -> None:
    oid = api.task()
    assert_operation_result(client.get(f"/tasks/{oid}", params={name: path}), 400)
    assert_operation_result(client.get("/tasks", params={name: path}), 400)
    body: Any = {"query": {}}
    assert_operation_result(client.post("/tasks/search", params={name: path}, json=body), 400)


def test_names_are_resolved_only_of_references(api: Api, client: httpx2.Client) -> None:
    answer = client.get(f"/tasks/{api.task()}?resolveNames=description")
    assert "not a reference" in assert_operation_result(answer, 400)["message"]


# ---- validators and HEAD -------------------------------------------------------------------------------


def test_an_unchanged_object_is_not_sent_again(api: Api, client: httpx2.Client) -> None:
    oid = api.create("users", {"name": unique("etag")})
    etag = client.get(f"/users/{oid}").headers["etag"]
    for sent in (etag, "*", f'"x", {etag}', etag.removeprefix("W/")):
        again = client.get(f"/users/{oid}", headers={"if-none-match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = client.get(f"/users/{oid}", headers={"if-none-match": '"x"'})
    assert other.status_code == 200


def test_a_change_of_version_run_state_or_form_is_another_etag(
    api: Api, client: httpx2.Client
) -> None:
    oid = api.task(schedulingState="suspended")
    seen = [client.get(f"/tasks/{oid}").headers["etag"]]
    api.modify("tasks", oid, delta("replace", "description", "x"))
    seen.append(client.get(f"/tasks/{oid}").headers["etag"])
    api.operate(oid, "resume")
    api.when_closed(oid)
    seen.append(client.get(f"/tasks/{oid}").headers["etag"])
    seen.append(client.get(f"/tasks/{oid}?exclude=name").headers["etag"])
    assert len(set(seen)) == len(seen)
    assert all(etag.startswith('W/"') for etag in seen)


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_stale_etag_stops_a_change(api: Api, client: httpx2.Client, method: str) -> None:
    oid = api.create("users", {"name": unique("stale")})
    headers = {"if-match": 'W/"stale"'}
    body: Any = {"objectModification": {}} if method == "PATCH" else None
    api.modify("users", oid, delta("replace", "description", "x"))
    answer = client.request(method, f"/users/{oid}", headers=headers, json=body)
    assert_operation_result(answer, 412)
    assert api.get("users", oid)["description"] == "x"


def test_a_matching_etag_lets_a_deletion_through(api: Api, client: httpx2.Client) -> None:
    oid = api.create("users", {"name": unique("match")})
    etag = client.get(f"/users/{oid}").headers["etag"]
    assert client.delete(f"/users/{oid}", headers={"if-match": etag}).status_code == 204


def test_head_answers_as_get_without_the_body(api: Api, client: httpx2.Client) -> None:
    oid = api.task()
    for path in (f"/tasks/{oid}", f"/tasks/{oid}?include=result"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-type", "etag"):
            assert head.headers[name] == got.headers[name]
    assert client.head(f"/tasks/{NOWHERE}").status_code == 404
    assert client.head("/users").status_code == 200
