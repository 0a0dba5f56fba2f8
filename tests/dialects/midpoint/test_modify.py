"""PATCH and its alias (midpoint-rest 1.7 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import NOWHERE, Api, assert_operation_result, delta, states, unique

if TYPE_CHECKING:
    import httpx2


@pytest.fixture
def oid(api: Api) -> str:
    items = {
        "name": unique("modified"),
        "description": "old",
        "subtype": ["a", "b"],
        "assignment": [{"description": "one"}, {"description": "two"}],
    }
    return api.create("users", items)


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_change_answers_204_without_a_byte(
    api: Api, client: httpx2.Client, oid: str, method: str
) -> None:
    body = {"objectModification": {"itemDelta": delta("replace", "description", "new")}}
    answer = client.request(method, f"/users/{oid}", json=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert api.get("users", oid)["description"] == "new"


@pytest.mark.parametrize(
    "modification",
    [
        {},
        "",
        None,
        {"itemDelta": []},
        {"itemDelta": None},
        {"itemDelta": {"modificationType": "add", "path": "description"}},
        {"itemDelta": {"modificationType": "delete", "path": "description"}},
        {"itemDelta": {"modificationType": "replace", "path": "description", "value": "old"}},
        {"itemDelta": {"modificationType": "add", "path": "subtype", "value": ["a"]}},
        {"itemDelta": {"modificationType": "delete", "path": "subtype", "value": "z"}},
        {"itemDelta": {"path": "description", "value": "no type"}},
    ],
)
def test_a_modification_that_changes_nothing_leaves_the_version(
    api: Api, client: httpx2.Client, oid: str, modification: Any
) -> None:
    before = api.get("users", oid)
    answer = client.patch(f"/users/{oid}", json={"objectModification": modification})
    assert answer.status_code == 204
    assert api.get("users", oid) == before


def test_a_change_is_stamped_and_recorded(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("replace", "description", "new"))
    found = api.get("users", oid)
    assert found["version"] == "1"
    assert found["metadata"]["modifierRef"]["type"] == "c:UserType"
    assert found["metadata"]["modifyChannel"].endswith("channels-3#rest")
    assert found["metadata"]["modifyTimestamp"] == found["operationExecution"][1]["timestamp"]
    assert found["metadata"]["createTimestamp"] == found["operationExecution"][0]["timestamp"]


def test_a_raw_change_is_neither_stamped_nor_recorded(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("replace", "description", "new"), options="raw")
    found = api.get("users", oid)
    assert "modifyTimestamp" not in found["metadata"]
    assert isinstance(found["operationExecution"], dict)


def test_five_records_of_changes_are_kept(api: Api, oid: str) -> None:
    for number in range(8):
        api.modify("users", oid, delta("replace", "description", str(number)))
    assert len(api.get("users", oid)["operationExecution"]) == 5


@pytest.mark.parametrize("kind", ["add", "ADD", "replace", "REPLACE"])
def test_a_kind_is_a_word_or_a_constant(api: Api, oid: str, kind: str) -> None:
    api.modify("users", oid, delta(kind, "description", "new"))
    assert api.get("users", oid)["description"] == "new"


@pytest.mark.parametrize(
    "path", ["description", "c:description", "/description", "description/", " description "]
)
def test_a_path_may_be_written_in_several_ways(api: Api, oid: str, path: str) -> None:
    api.modify("users", oid, delta("replace", path, "new"))
    assert api.get("users", oid)["description"] == "new"


def test_containers_are_added_changed_and_deleted_by_id(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("add", "assignment", {"description": "three"}))
    api.modify("users", oid, delta("replace", "assignment[2]/description", "second"))
    api.modify("users", oid, delta("delete", "assignment", {"@id": 1}))
    found = [(a["@id"], a["description"]) for a in api.get("users", oid)["assignment"]]
    assert found == [(2, "second"), (3, "three")]


def test_an_id_is_not_used_again_after_a_deletion(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("delete", "assignment", {"@id": 2}))
    api.modify("users", oid, delta("add", "assignment", {"description": "new"}))
    assert [a["@id"] for a in api.get("users", oid)["assignment"]] == [1, 3]


def test_a_container_is_replaced_by_two_values_and_by_none(api: Api, oid: str) -> None:
    two = [{"description": "x"}, {"description": "y"}]
    api.modify("users", oid, delta("replace", "assignment", two))
    assert [a["@id"] for a in api.get("users", oid)["assignment"]] == [3, 4]
    api.modify("users", oid, delta("replace", "assignment"))
    assert "assignment" not in api.get("users", oid)


def test_nested_single_items_are_changed_in_place(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("replace", "activation/administrativeStatus", "disabled"))
    found = api.get("users", oid)["activation"]
    assert found["administrativeStatus"] == found["effectiveStatus"] == "disabled"
    api.modify("users", oid, delta("replace", "activation/administrativeStatus"))
    assert api.get("users", oid)["activation"] == {"effectiveStatus": "enabled"}


def test_a_new_assignment_gives_membership_and_a_lost_one_takes_it(api: Api, oid: str) -> None:
    role = api.create("roles", {"name": unique("role")})
    given = {"targetRef": {"oid": role, "type": "c:RoleType"}}
    api.modify("users", oid, delta("add", "assignment", given))
    assert api.get("users", oid)["roleMembershipRef"]["oid"] == role
    api.modify("users", oid, delta("delete", "assignment", given))
    assert "roleMembershipRef" not in api.get("users", oid)


def test_all_changes_of_a_request_happen_or_none(api: Api, oid: str) -> None:
    before = api.get("users", oid)
    deltas = [delta("replace", "description", "new"), delta("replace", "fullName", ["a", "b"])]
    assert_operation_result(api.patch("users", oid, *deltas), 400)
    assert api.get("users", oid) == before


def test_an_old_value_is_no_precondition(api: Api, oid: str) -> None:
    change = delta("replace", "description", "new") | {"estimatedOldValue": "wrong"}
    api.modify("users", oid, change)
    assert api.get("users", oid)["description"] == "new"


def test_the_oid_in_the_body_does_not_matter(api: Api, client: httpx2.Client, oid: str) -> None:
    body = {"objectModification": {"oid": NOWHERE, "itemDelta": delta("add", "fullName", "X")}}
    assert client.patch(f"/users/{oid}", json=body).status_code == 204
    assert api.get("users", oid)["fullName"] == "X"


def test_an_open_item_keeps_the_type_of_its_value(api: Api, oid: str) -> None:
    api.modify("users", oid, delta("replace", "extension/flag", 1))
    api.modify("users", oid, delta("replace", "extension/flag", True))
    assert api.get("users", oid)["extension"]["flag"] is True


BAD_DELTAS = [
    {"modificationType": "Add", "path": "description", "value": "x"},
    {"modificationType": 1, "path": "description", "value": "x"},
    {"modificationType": "add", "value": "x"},
    {"modificationType": "add", "path": "", "value": "x"},
    {"modificationType": "add", "path": ".", "value": "x"},
    {"modificationType": "add", "path": ["description"], "value": "x"},
    {"modificationType": "add", "path": "desription", "value": "x"},
    {"modificationType": "add", "path": "Description", "value": "x"},
    {"modificationType": "add", "path": "a//b", "value": "x"},
    {"modificationType": "add", "path": "nope:description", "value": "x"},
    {"modificationType": "add", "path": "assignment/1/description", "value": "x"},
    {"modificationType": "add", "path": "assignment/description", "value": "x"},
    {"modificationType": "delete", "path": "assignment[1]", "value": {"@id": 1}},
    {"modificationType": "delete", "path": "assignment", "value": {}},
    {
        "modificationType": "add",
        "path": "assignment",
        "value": [{"@id": 9}, {"@id": 9, "order": 1}],
    },
    {"modificationType": "add", "path": "assignment", "value": "text"},
    {"modificationType": "add", "path": "assignment", "value": {"@id": 0}},
    {"modificationType": "add", "path": "assignment", "value": {"@id": "1" * 5_000}},
    {"modificationType": "add", "path": "assignment", "value": {"unknown": 1}},
    {"modificationType": "add", "path": "description", "value": {"a": 1}},
    {"modificationType": "add", "path": "description", "value": ["a", "b"]},
    {"modificationType": "replace", "path": "description", "value": ["a", "b"]},
    {"modificationType": "replace", "path": "name"},
    {"modificationType": "delete", "path": "name", "value": None, "extra": 1},
    {"modificationType": "replace", "path": "oid", "value": NOWHERE},
    {"modificationType": "replace", "path": "version", "value": "9"},
    {"modificationType": "replace", "path": "activation/validTo", "value": "tomorrow"},
    {"modificationType": "replace", "path": "activation/administrativeStatus", "value": "off"},
    {"modificationType": "replace", "path": "operationExecution", "value": []},
    {"modificationType": "add", "path": "assignment/targetRef", "value": {"oid": NOWHERE}},
    "text",
    7,
    ["nested"],
]


@pytest.mark.parametrize("bad", BAD_DELTAS, ids=lambda bad: repr(bad)[:100])
def test_a_bad_delta_is_refused_and_changes_nothing(
    api: Api, client: httpx2.Client, oid: str, bad: Any
) -> None:
    before = api.get("users", oid)
    good = delta("replace", "description", "new")
    for given in (bad, [good, bad]):
        body = {"objectModification": {"itemDelta": given}}
        result = assert_operation_result(client.patch(f"/users/{oid}", json=body), 400)
        assert result["operation"] == "modifyObjectPatch"
    assert api.get("users", oid) == before


@pytest.mark.parametrize(
    "body",
    [
        {"task": {"name": "x"}},
        {"query": {}},
        {"objectModification": {}, "second": {}},
        {},
        [],
        "text",
        {"objectModification": {"itemDeltas": []}},
        {"objectModification": [1]},
    ],
)
def test_another_body_is_no_modification(client: httpx2.Client, oid: str, body: Any) -> None:
    assert_operation_result(client.patch(f"/users/{oid}", json=body), 400)


def test_two_additions_to_a_single_item_are_refused_but_two_replacements_are_not(
    api: Api, oid: str
) -> None:
    adds = [delta("add", "fullName", "x"), delta("add", "fullName", "y")]
    assert_operation_result(api.patch("users", oid, *adds), 400)
    api.modify("users", oid, delta("replace", "fullName", "x"), delta("replace", "fullName", "y"))
    assert api.get("users", oid)["fullName"] == "y"


# ---- tasks (5.4) ---------------------------------------------------------------------------------------


def test_setting_a_task_ready_starts_it(api: Api) -> None:
    oid = api.task()
    api.modify("tasks", oid, delta("replace", "schedulingState", "ready"))
    assert api.when_closed(oid)["resultStatus"] == "success"


def test_setting_a_task_suspended_keeps_it_from_starting(api: Api) -> None:
    future = {"earliestStartTime": "2099-01-01T00:00:00Z"}
    oid = api.task(schedulingState="ready", schedule=future)
    api.modify("tasks", oid, delta("replace", "schedulingState", "suspended"))
    assert states(api.get("tasks", oid)) == ("suspended", "suspended")


def test_a_changed_schedule_takes_effect_at_once(api: Api) -> None:
    future = {"earliestStartTime": "2099-01-01T00:00:00Z"}
    oid = api.task(schedulingState="ready", schedule=future)
    api.modify("tasks", oid, delta("replace", "schedule/earliestStartTime"))
    api.when_closed(oid)


def test_affected_objects_follow_a_change_of_the_activity(api: Api) -> None:
    oid = api.task()
    work = {"recomputation": {"objects": {"type": "c:OrgType"}}}
    api.modify("tasks", oid, delta("replace", "activity/work", work))
    affected = api.get("tasks", oid)["affectedObjects"]["activity"]
    assert (affected["activityType"], affected["objects"]["type"]) == (
        "c:recomputation",
        "c:OrgType",
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schedule/interval", 0),
        ("activity/work", {"noOp": {}, "recomputation": {}}),
        ("activity/work/noOp/steps", -1),
        ("progress", 5),
        ("affectedObjects", {}),
        ("result", {"operation": "x"}),
        ("node", "x"),
        ("cleanupAfterCompletion", "one day"),
        ("schedulingState", "Ready"),
    ],
)
def test_a_change_that_the_task_could_not_live_with_is_refused(
    api: Api, path: str, value: Any
) -> None:
    oid = api.task()
    assert_operation_result(api.patch("tasks", oid, delta("replace", path, value)), 400)


def test_a_task_identifier_of_another_task_is_refused(api: Api) -> None:
    one, other = api.task(), api.task()
    taken = api.get("tasks", other)["taskIdentifier"]
    answer = api.patch("tasks", one, delta("replace", "taskIdentifier", taken))
    assert taken in assert_operation_result(answer, 409)["message"]


def test_a_name_of_another_user_is_refused(api: Api, oid: str) -> None:
    name = unique("taken")
    api.create("users", {"name": name})
    assert_operation_result(api.patch("users", oid, delta("replace", "name", name)), 409)


@pytest.mark.parametrize("precondition", ["matching", "*", "list"])
def test_a_matching_etag_lets_the_change_through(
    api: Api, client: httpx2.Client, oid: str, precondition: str
) -> None:
    etag = client.get(f"/users/{oid}").headers["etag"]
    value = {"matching": etag, "*": "*", "list": f'"other", {etag}'}[precondition]
    body = {"objectModification": {"itemDelta": delta("replace", "description", "new")}}
    answer = client.patch(f"/users/{oid}", json=body, headers={"if-match": value})
    assert answer.status_code == 204


def test_a_stale_etag_stops_the_change(api: Api, client: httpx2.Client, oid: str) -> None:
    etag = client.get(f"/users/{oid}").headers["etag"]
    api.modify("users", oid, delta("replace", "description", "first"))
    body = {"objectModification": {"itemDelta": delta("replace", "description", "second")}}
    answer = client.patch(f"/users/{oid}", json=body, headers={"if-match": etag})
    assert_operation_result(answer, 412)
    assert api.get("users", oid)["description"] == "first"
