"""POST of objects (midpoint-rest 1.3, 6.1, 6.3; architecture 3.1, 3.5, 3.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.serving import (
    COLLECTIONS,
    NOWHERE,
    REST,
    ROOTS,
    Api,
    assert_operation_result,
    states,
    unique,
)

if TYPE_CHECKING:
    import httpx2

    from tests.serving import Server

ADMINISTRATOR_OID = "00000000-0000-0000-0000-000000000002"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_OP: dict[str, Any] = {"work": {"noOp": {}}}


def post(client: httpx2.Client, collection: str, **items: Any) -> httpx2.Response:
    return client.post(f"/{collection}", json={ROOTS[collection]: items})


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_new_object_has_a_location_and_no_body(
    server: Server, client: httpx2.Client, collection: str
) -> None:
    answer = post(client, collection, name=unique("new"))
    assert answer.status_code == (202 if collection == "tasks" else 201)
    assert answer.content == b""
    base, _, oid = answer.headers["location"].rpartition("/")
    assert base == f"{server.url}{REST}/{collection}"
    assert UUID.fullmatch(oid)
    assert client.get(answer.headers["location"]).status_code == 200


def test_a_given_oid_is_kept_in_lower_case(api: Api) -> None:
    oid = str(uuid4())
    assert api.task(oid=oid.upper()) == oid


def test_an_oid_that_exists_is_refused_for_every_type(client: httpx2.Client, api: Api) -> None:
    oid = api.task()
    assert_operation_result(post(client, "tasks", oid=oid, name=unique("again")), 409)
    assert_operation_result(post(client, "users", oid=oid, name=unique("again")), 409)


@pytest.mark.parametrize("oid", ["12345", "x" * 36, "6d13632c6b754a339744ec9523375f6b"])
def test_an_oid_that_is_no_uuid_is_not_found(client: httpx2.Client, oid: str) -> None:
    assert_operation_result(post(client, "tasks", oid=oid, name=unique("odd")), 404)


@pytest.mark.parametrize(
    "items",
    [{}, {"name": ""}, {"name": "  "}, {"name": None}, {"name": []}, {"name": {"orig": ""}}],
)
def test_a_name_is_needed(client: httpx2.Client, items: dict[str, Any]) -> None:
    result = assert_operation_result(post(client, "users", **items), 400)
    assert "no name" in result["message"]


def test_a_name_of_thousands_of_characters_is_refused(client: httpx2.Client) -> None:
    assert_operation_result(post(client, "users", name="x" * 1_001), 400)


def test_tasks_may_share_a_name_but_users_may_not(client: httpx2.Client) -> None:
    name = unique("shared")
    assert [post(client, "tasks", name=name).status_code for _ in range(2)] == [202, 202]
    assert post(client, "users", name=name).status_code == 201
    assert_operation_result(post(client, "users", name=name), 409)


def test_a_task_identifier_is_kept_and_taken_once(client: httpx2.Client, api: Api) -> None:
    identifier = unique("identifier")
    oid = api.task(taskIdentifier=identifier)
    assert api.get("tasks", oid)["taskIdentifier"] == identifier
    answer = post(client, "tasks", name=unique("second"), taskIdentifier=identifier)
    assert identifier in assert_operation_result(answer, 409)["message"]


def test_a_missing_task_identifier_is_made_of_time_host_and_count(api: Api) -> None:
    found = {api.get("tasks", api.task())["taskIdentifier"] for _ in range(5)}
    assert len(found) == 5
    assert all(re.fullmatch(r"\d{13}-\d+-\d+", each) for each in found)


def test_an_object_of_another_type_is_refused_with_both_names(client: httpx2.Client) -> None:
    answer = client.post("/tasks", json={"user": {"name": unique("user")}})
    message = assert_operation_result(answer, 400)["message"]
    assert "UserType" in message
    assert "tasks" in message


@pytest.mark.parametrize("path", ["/users/", "//users", "/users//"])
def test_slashes_too_many_do_not_matter(server: Server, client: httpx2.Client, path: str) -> None:
    body = {"user": {"name": unique("slashes")}}
    assert client.post(f"{server.url}{REST}{path}", json=body).status_code == 201


# ---- what the server fills in (6.3) --------------------------------------------------------------------


def test_the_first_version_is_zero_whatever_the_client_sent(client: httpx2.Client) -> None:
    answer = client.post(
        "/users?options=reconcile", json={"user": {"name": unique("v"), "version": "41"}}
    )
    assert client.get(answer.headers["location"]).json()["user"]["version"] == "0"


def test_a_new_task_gets_owner_binding_states_and_iteration(api: Api) -> None:
    found = api.get("tasks", api.task())
    assert found["ownerRef"] == {
        "oid": ADMINISTRATOR_OID,
        "relation": "org:default",
        "type": "c:UserType",
    }
    assert (found["binding"], found["iteration"], found["iterationToken"]) == ("loose", 0, "")


@pytest.mark.parametrize(("interval", "binding"), [(1, "tight"), (10, "tight"), (11, "loose")])
def test_a_short_interval_binds_tightly(api: Api, interval: int, binding: str) -> None:
    oid = api.task(schedulingState="suspended", schedule={"interval": interval})
    assert api.get("tasks", oid)["binding"] == binding


def test_what_the_client_chose_is_not_overruled(api: Api) -> None:
    owner = api.create("users", {"name": unique("owner")})
    oid = api.task(ownerRef={"oid": owner}, binding="tight")
    found = api.get("tasks", oid)
    assert (found["ownerRef"]["oid"], found["binding"]) == (owner, "tight")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("suspended", "suspended")),
        ({"schedulingState": "suspended"}, ("suspended", "suspended")),
        ({"schedulingState": "waiting"}, ("waiting", "waiting")),
        ({"schedulingState": "closed"}, ("closed", "closed")),
        ({"executionState": "suspended"}, ("suspended", "suspended")),
        ({"executionState": "waiting"}, ("waiting", "waiting")),
        ({"executionState": "closed"}, ("closed", "closed")),
        (
            {"schedulingState": "suspended", "executionState": "runnable"},
            ("suspended", "suspended"),
        ),
    ],
)
def test_a_missing_state_follows_from_the_other(
    api: Api, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert states(api.get("tasks", api.task(**given))) == expected


@pytest.mark.parametrize("execution", ["runnable", "running"])
def test_a_task_that_is_meant_to_run_is_ready(api: Api, execution: str) -> None:
    future = {"earliestStartTime": "2099-01-01T00:00:00Z"}
    oid = api.task(executionState=execution, schedule=future)
    assert states(api.get("tasks", oid)) == ("ready", "runnable")


def test_creation_leaves_metadata_and_one_record(api: Api) -> None:
    found = api.get("users", api.create("users", {"name": unique("stamped")}))
    metadata, record = found["metadata"], found["operationExecution"]
    assert metadata["creatorRef"]["oid"] == metadata["requestorRef"]["oid"] == ADMINISTRATOR_OID
    assert metadata["createTimestamp"] == metadata["requestTimestamp"] == record["timestamp"]
    assert metadata["createChannel"].endswith("channels-3#rest")
    assert (record["recordType"], record["status"]) == ("simple", "success")
    assert record["initiatorRef"]["oid"] == ADMINISTRATOR_OID
    assert record["channel"] == metadata["createChannel"]
    assert "operation" in record


def test_metadata_that_the_client_brings_is_kept(api: Api) -> None:
    given = {"createTimestamp": "2020-01-01T00:00:00Z"}
    found = api.get("users", api.create("users", {"name": unique("old"), "metadata": given}))
    assert found["metadata"]["createTimestamp"] == "2020-01-01T00:00:00.000Z"


def test_a_raw_creation_leaves_neither_metadata_nor_record(api: Api) -> None:
    body = {
        "name": unique("raw"),
        "assignment": {"targetRef": {"oid": NOWHERE, "type": "RoleType"}},
    }
    found = api.get("users", api.create("users", body, options="raw"))
    assert {"metadata", "operationExecution", "iteration", "activation"}.isdisjoint(found)
    assert found["assignment"]["@id"] == 1


def test_a_raw_task_still_gets_owner_identifier_and_binding(api: Api) -> None:
    oid = api.create("tasks", {"name": unique("raw"), "activity": NO_OP}, options="raw")
    assert {"ownerRef", "taskIdentifier", "binding"} <= set(api.get("tasks", oid))


def test_objects_can_be_named_one_by_one(api: Api) -> None:
    named = {"type": "c:UserType", "objectRef": {"oid": NOWHERE, "type": "c:UserType"}}
    oid = api.task({"recomputation": {"objects": named}})
    work = api.get("tasks", oid)["activity"]["work"]["recomputation"]
    assert work["objects"]["objectRef"]["oid"] == NOWHERE


def test_affected_objects_follow_from_the_activity_and_not_from_the_client(api: Api) -> None:
    work = {"recomputation": {"objects": {"type": "c:RoleType"}}}
    oid = api.task(work, affectedObjects={"activity": {"activityType": "import"}})
    affected = api.get("tasks", oid)["affectedObjects"]["activity"]
    assert isinstance(affected.pop("@id"), int)
    assert affected == {
        "activityType": "c:recomputation",
        "executionMode": "full",
        "predefinedConfigurationToUse": "production",
        "objects": {"type": "c:RoleType"},
    }


def test_assignments_give_memberships_and_a_status(api: Api) -> None:
    induced = api.create("roles", {"name": unique("induced")})
    role = api.create(
        "roles",
        {
            "name": unique("role"),
            "inducement": {"targetRef": {"oid": induced, "type": "c:RoleType"}},
        },
    )
    archetype = api.create("archetypes", {"name": unique("archetype")})
    found = api.get(
        "users",
        api.create(
            "users",
            {
                "name": unique("member"),
                "assignment": [
                    {"targetRef": {"oid": role, "type": "c:RoleType"}},
                    {"targetRef": {"oid": archetype, "type": "c:ArchetypeType"}},
                ],
            },
        ),
    )
    assert {each["oid"] for each in found["roleMembershipRef"]} == {role, induced, archetype}
    assert found["archetypeRef"]["oid"] == archetype
    assert [each["@id"] for each in found["assignment"]] == [1, 2]
    assert found["assignment"][0]["activation"]["effectiveStatus"] == "enabled"
    assert found["activation"]["effectiveStatus"] == "enabled"


def test_a_user_whose_time_is_over_is_disabled_from_the_start(api: Api) -> None:
    over = {"activation": {"validTo": "2020-01-01"}}
    found = api.get("users", api.create("users", {"name": unique("over")} | over))
    assert found["activation"]["effectiveStatus"] == "disabled"
    assert found["activation"]["validityStatus"] == "after"


RUN_TIME: dict[str, Any] = {
    "progress": 5,
    "resultStatus": "success",
    "node": "elsewhere",
    "lastRunStartTimestamp": "2020-01-01T00:00:00Z",
    "operationExecution": {"recordType": "simple", "status": "fatal_error"},
    "taskRunRecord": {"taskRunIdentifier": "x"},
    "result": {"operation": "x", "status": "success"},
    "operationStats": {"x": 1},
}


def test_run_time_items_are_the_servers_alone(api: Api) -> None:
    found = api.get("tasks", api.task(**RUN_TIME))
    assert set(RUN_TIME) & set(found) == {"operationExecution"}
    assert found["operationExecution"]["status"] == "success"


# ---- refused by name (architecture 3.6, 3.7) -----------------------------------------------------------


NAMED_AND_SOUGHT: dict[str, Any] = {
    "type": "c:UserType",
    "objectRef": {"oid": NOWHERE, "type": "c:UserType"},
    "query": {"filter": {"text": "name = 'x'"}},
}


@pytest.mark.parametrize("interval", [0, -1])
def test_an_interval_below_a_second_is_refused_by_field(
    client: httpx2.Client, interval: int
) -> None:
    answer = post(client, "tasks", name="x", schedule={"interval": interval})
    assert "schedule/interval" in assert_operation_result(answer, 400)["message"]


@pytest.mark.parametrize(
    ("work", "named"),
    [
        ({"noOp": {}, "recomputation": {}}, "exactly one"),
        ({}, "exactly one"),
        ({"noOp": {"steps": -1}}, "activity/work/noOp/steps"),
        ({"noOp": {"delay": -1}}, "activity/work/noOp/delay"),
        ({"recomputation": {"objects": {"type": "NoSuchType"}}}, "NoSuchType"),
        ({"recomputation": {"objects": {"type": "AssignmentType"}}}, "AssignmentType"),
        (
            {"recomputation": {"objects": {"query": {"filter": {"text": "name ="}}}}},
            "line 1, column",
        ),
        (
            {"recomputation": {"objects": {"query": {"filter": {"text": "nme = 'x'"}}}}},
            "nme",
        ),
        ({"recomputation": {"objects": {"query": {"filter": {"equal": {}}}}}}, "filter/equal"),
        ({"recomputation": {"objects": {"query": {"paging": {"maxSize": 1}}}}}, "paging"),
        ({"recomputation": {"objects": NAMED_AND_SOUGHT}}, "exclude each other"),
        ({"reconcilation": {}}, "reconcil"),
        ({"noOp": {"stepz": 1}}, "steps"),
    ],
)
def test_work_that_could_only_fail_is_refused_at_once(
    client: httpx2.Client, work: dict[str, Any], named: str
) -> None:
    answer = post(client, "tasks", name=unique("bad"), activity={"work": work})
    assert named in assert_operation_result(answer, 400)["message"]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("recomputation", "dryRun"),
        ("recomputation", "shadowManagementPreview"),
        ("noOp", "shadowManagementPreview"),
    ],
)
def test_modes_that_an_activity_does_not_know_are_refused_by_name(
    client: httpx2.Client, kind: str, mode: str
) -> None:
    for given in ({"execution": {"mode": mode}}, {"executionMode": mode}):
        answer = post(client, "tasks", name=unique("mode"), activity={"work": {kind: {}}} | given)
        message = assert_operation_result(answer, 400)["message"]
        assert f"'{kind}' does not run in the execution mode '{mode}'" in message


@pytest.mark.parametrize("mode", ["preview", "dryRun", "none", "bucketAnalysis"])
def test_a_mode_that_an_activity_knows_is_taken(api: Api, mode: str) -> None:
    oid = api.create(
        "tasks", {"name": unique("mode"), "activity": NO_OP | {"execution": {"mode": mode}}}
    )
    affected = api.get("tasks", oid)["affectedObjects"]["activity"]
    assert affected["executionMode"] == mode


def test_nothing_is_left_of_what_was_refused(client: httpx2.Client, api: Api) -> None:
    name = unique("refused")
    post(client, "tasks", name=name, activity={"work": {}})
    assert api.names("tasks", f"name = '{name}'") == []
