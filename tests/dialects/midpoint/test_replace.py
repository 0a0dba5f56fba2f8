"""PUT and overwrite (midpoint-rest 1.4, 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.serving import NOWHERE, REST, Api, assert_operation_result, states, unique

if TYPE_CHECKING:
    import httpx2

    from tests.serving import Server


def put(
    client: httpx2.Client, collection: str, path_id: str, items: dict[str, Any], **params: str
) -> httpx2.Response:
    root = collection.removesuffix("s")
    return client.put(f"/{collection}/{path_id}", json={root: items}, params=params)


def test_put_replaces_the_whole_object(api: Api, client: httpx2.Client) -> None:
    name = unique("whole")
    oid = api.create("users", {"name": name, "description": "old", "subtype": ["a", "b"]})
    answer = put(client, "users", oid, {"oid": oid, "name": name, "fullName": "New"})
    assert (answer.status_code, answer.content) == (201, b"")
    found = api.get("users", oid)
    assert found["fullName"] == "New"
    assert {"description", "subtype"}.isdisjoint(found)


def test_put_counts_as_one_change(api: Api, client: httpx2.Client) -> None:
    name = unique("version")
    oid = api.create("users", {"name": name})
    put(client, "users", oid, {"oid": oid, "name": name, "version": "77", "description": "x"})
    assert api.get("users", oid)["version"] == "1"


def test_put_of_a_task_answers_as_its_creation_does(
    server: Server, api: Api, client: httpx2.Client
) -> None:
    oid = api.task()
    answer = put(client, "tasks", oid, {"oid": oid, "name": unique("put")})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{server.url}{REST}/tasks/{oid}"


def test_put_goes_by_the_bodys_oid_and_not_by_the_paths(api: Api, client: httpx2.Client) -> None:
    named, other = api.task(), api.task()
    before = api.get("tasks", other)
    answer = put(client, "tasks", other, {"oid": named, "name": "moved"})
    assert answer.headers["location"].endswith(named)
    assert api.get("tasks", named)["name"] == "moved"
    assert api.get("tasks", other) == before


@pytest.mark.parametrize("path_id", [NOWHERE, "not-a-uuid"])
def test_put_without_an_oid_in_the_body_creates(
    api: Api, client: httpx2.Client, path_id: str
) -> None:
    answer = put(client, "users", path_id, {"name": unique("created")})
    assert answer.status_code == 201
    assert not answer.headers["location"].endswith(path_id)


def test_put_of_an_oid_that_nobody_has_creates_it(api: Api, client: httpx2.Client) -> None:
    oid = str(uuid4())
    assert put(client, "users", oid, {"oid": oid, "name": unique("new")}).status_code == 201
    assert api.get("users", oid)["version"] == "0"


def test_put_of_another_type_is_refused(api: Api, client: httpx2.Client) -> None:
    oid = api.task()
    answer = client.put(f"/tasks/{oid}", json={"user": {"oid": oid, "name": "x"}})
    assert_operation_result(answer, 400)
    assert_operation_result(put(client, "users", oid, {"oid": oid, "name": unique("x")}), 409)


def test_put_keeps_owner_and_identifier_filled(api: Api, client: httpx2.Client) -> None:
    oid = api.task()
    put(client, "tasks", oid, {"oid": oid, "name": "bare"})
    found = api.get("tasks", oid)
    assert found["ownerRef"]["oid"]
    assert found["taskIdentifier"]


def test_put_keeps_when_and_by_whom_the_object_was_created(api: Api, client: httpx2.Client) -> None:
    name = unique("stamps")
    oid = api.create("users", {"name": name})
    created = api.get("users", oid)["metadata"]
    put(client, "users", oid, {"oid": oid, "name": name, "description": "x"})
    metadata = api.get("users", oid)["metadata"]
    assert created.items() <= metadata.items()
    assert "modifyTimestamp" in metadata


def test_put_never_gives_a_container_id_a_second_time(api: Api, client: httpx2.Client) -> None:
    name = unique("ids")
    oid = api.create("users", {"name": name, "assignment": [{"description": "a"}]})
    put(client, "users", oid, {"oid": oid, "name": name, "assignment": {"description": "b"}})
    assert api.get("users", oid)["assignment"]["@id"] == 2


def test_what_get_answers_can_be_put_back(api: Api, client: httpx2.Client) -> None:
    oid = api.task(schedulingState="ready", description="round", subtype=["a", "b"])
    found = api.when_closed(oid)
    assert put(client, "tasks", oid, found).status_code == 202
    assert states(api.get("tasks", oid)) == ("closed", "closed")
    assert api.get("tasks", oid)["subtype"] == ["a", "b"]


def test_a_closed_task_that_is_put_as_ready_runs_again(api: Api, client: httpx2.Client) -> None:
    oid = api.task(schedulingState="ready")
    first = api.when_closed(oid)["taskRunRecord"]["taskRunIdentifier"]
    activity = {"work": {"noOp": {"steps": 3}}}
    again = {"oid": oid, "name": "again", "schedulingState": "ready", "activity": activity}
    put(client, "tasks", oid, again)
    found = api.when(oid, lambda task: task.get("progress") == 3)
    assert isinstance(found["taskRunRecord"], list)
    assert found["taskRunRecord"][0]["taskRunIdentifier"] == first


def test_a_task_put_with_one_state_gets_the_other_to_match(api: Api, client: httpx2.Client) -> None:
    oid = api.task(schedulingState="closed")
    schedule = {"earliestStartTime": "2099-01-01T00:00:00Z"}
    given = {"oid": oid, "name": "x", "executionState": "runnable", "schedule": schedule}
    put(client, "tasks", oid, given)
    assert states(api.get("tasks", oid)) == ("ready", "runnable")


# ---- overwrite through POST ----------------------------------------------------------------------------


def test_overwrite_replaces_an_object_and_keeps_its_oid(api: Api, client: httpx2.Client) -> None:
    name = unique("over")
    oid = api.create("users", {"name": name, "description": "old"})
    assert api.create("users", {"oid": oid, "name": name}, options="overwrite") == oid
    assert "description" not in api.get("users", oid)


def test_overwrite_creates_what_is_not_there(api: Api) -> None:
    oid = str(uuid4())
    assert api.create("users", {"oid": oid, "name": unique("x")}, options="overwrite") == oid


def test_a_version_without_options_means_overwrite(api: Api) -> None:
    name = unique("versioned")
    oid = api.create("users", {"name": name})
    assert api.create("users", {"oid": oid, "name": name, "version": "1"}) == oid


def test_a_version_beside_options_means_nothing(api: Api, client: httpx2.Client) -> None:
    name = unique("optioned")
    oid = api.create("users", {"name": name})
    body = {"user": {"oid": oid, "name": name, "version": "1"}}
    assert_operation_result(client.post("/users?options=reconcile", json=body), 409)


def test_options_may_be_repeated_separated_or_unknown(api: Api, client: httpx2.Client) -> None:
    name = unique("options")
    oid = api.create("users", {"name": name})
    body = {"user": {"oid": oid, "name": name}}
    for query in ("options=force&options=overwrite", "options=nonsense,overwrite"):
        assert client.post(f"/users?{query}", json=body).status_code == 201


# ---- preconditions (architecture 3.8) ------------------------------------------------------------------


def test_put_under_a_stale_etag_is_refused(api: Api, client: httpx2.Client) -> None:
    name = unique("etag")
    oid = api.create("users", {"name": name})
    etag = client.get(f"/users/{oid}").headers["etag"]
    body = {"user": {"oid": oid, "name": name, "description": "x"}}
    first = client.put(f"/users/{oid}", json=body, headers={"if-match": etag})
    assert first.status_code == 201
    second = client.put(f"/users/{oid}", json=body, headers={"if-match": etag})
    assert_operation_result(second, 412)


def test_put_under_an_etag_does_not_create(client: httpx2.Client) -> None:
    oid = str(uuid4())
    body = {"user": {"oid": oid, "name": unique("none")}}
    answer = client.put(f"/users/{oid}", json=body, headers={"if-match": "*"})
    assert_operation_result(answer, 412)
