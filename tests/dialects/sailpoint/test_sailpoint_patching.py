"""PATCH tells what a task came to, and really stops it (2.3, 11.3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.sailpoint.speaking import PREFIXES, Speaker, assert_error, put
from tests.serving import states, wait_until

if TYPE_CHECKING:
    from tests.serving import Api

AT = "2024-05-17T19:33:16.470Z"
HOURLY = {"interval": 3_600}


@pytest.mark.parametrize("version", PREFIXES)
def test_a_running_task_is_stopped_and_closed_before_the_answer(
    sailpoint: Speaker, api: Api, version: str
) -> None:
    oid = api.running()
    operations = (put("completionStatus", "Error"), put("completed", AT))
    answer = sailpoint.patch(oid, *operations, version=version)
    assert answer.status_code == 200
    view = answer.json()
    assert (view["completionStatus"], view["completed"]) == ("ERROR", AT)
    assert view["messages"][0]["key"] == "task.cleared"
    assert view["messages"][0]["type"] == "WARN"
    task = api.get("tasks", oid)
    assert states(task) == ("closed", "closed")
    assert "node" not in task
    assert api.get("tasks", oid)["progress"] == task["progress"]
    assert sailpoint.status(oid) == view


def test_a_recurring_task_loses_its_run_and_keeps_its_schedule(
    sailpoint: Speaker, api: Api
) -> None:
    oid = api.running(schedule=HOURLY)
    assert sailpoint.clear(oid)["completionStatus"] == "ERROR"
    task = api.get("tasks", oid, include="nextRunStartTimestamp")
    assert states(task) == ("ready", "runnable")
    assert task["nextRunStartTimestamp"] > task["lastRunStartTimestamp"]
    runs = task["taskRunRecord"]
    assert "runEndTimestamp" in (runs if isinstance(runs, dict) else runs[-1])


def test_what_was_told_is_dropped_when_the_next_run_starts(sailpoint: Speaker, api: Api) -> None:
    oid = api.running(schedule=HOURLY)
    sailpoint.clear(oid)
    assert api.operate(oid, "run").status_code == 204
    api.when(oid, lambda task: task["executionState"] == "running")
    view = sailpoint.status(oid)
    assert (view["completionStatus"], view["completed"], view["messages"]) == (None, None, [])
    sailpoint.clear(oid)


@pytest.mark.parametrize(
    ("items", "after"),
    [
        ({"schedulingState": "suspended"}, ("closed", "closed")),
        ({"schedulingState": "waiting", "waitingReason": "other"}, ("closed", "closed")),
        (
            {"schedulingState": "ready", "schedule": {"earliestStartTime": "2099-01-01T00:00:00Z"}},
            ("closed", "closed"),
        ),
        ({"schedulingState": "suspended", "schedule": HOURLY}, ("suspended", "suspended")),
        (
            {
                "schedulingState": "ready",
                "schedule": HOURLY | {"earliestStartTime": "2099-01-01T00:00:00Z"},
            },
            ("ready", "runnable"),
        ),
    ],
)
def test_a_task_that_never_ran_is_cleared_too(
    sailpoint: Speaker, api: Api, items: dict[str, Any], after: tuple[str, str]
) -> None:
    oid = api.task(**items)
    view = sailpoint.clear(oid, "Terminated")
    assert (view["completionStatus"], view["completed"]) == ("TERMINATED", AT)
    assert (view["launched"], view["progress"]) == (None, None)
    assert states(api.get("tasks", oid)) == after


def test_a_task_that_is_done_is_only_told_otherwise(sailpoint: Speaker, api: Api) -> None:
    oid = api.task(schedulingState="ready", schedule=HOURLY)
    wait_until(lambda: sailpoint.status(oid)["completionStatus"] == "SUCCESS")
    before = api.get("tasks", oid)
    assert sailpoint.clear(oid, "Warning")["completionStatus"] == "WARNING"
    after = api.get("tasks", oid)
    assert states(before) == states(after)
    assert before["lastRunFinishTimestamp"] == after["lastRunFinishTimestamp"]


def test_a_status_alone_is_completed_now(sailpoint: Speaker, api: Api) -> None:
    oid = api.task()
    view = sailpoint.patch(oid, put("completionStatus", "SUCCESS")).json()
    assert view["completionStatus"] == "SUCCESS"
    assert view["completed"] >= view["created"]


def test_an_end_alone_is_refused_while_there_is_no_status(sailpoint: Speaker, api: Api) -> None:
    oid = api.task()
    answer = sailpoint.patch(oid, put("completed", AT))
    assert_error(answer, 400, "400.1.3 Illegal value")
    sailpoint.clear(oid, "Error", "2024-01-01T00:00:00.000Z")
    assert sailpoint.patch(oid, put("completed", AT)).json()["completed"] == AT
    assert sailpoint.status(oid)["completionStatus"] == "ERROR"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Error", "ERROR"),
        ("ERROR", "ERROR"),
        ("error", "ERROR"),
        ("TempError", "TEMPERROR"),
        ("TEMP_ERROR", "TEMPERROR"),
        ("TEMPERROR", "TEMPERROR"),
        ("Success", "SUCCESS"),
        ("warning", "WARNING"),
        ("Terminated", "TERMINATED"),
    ],
)
def test_a_status_is_understood_in_every_spelling(
    sailpoint: Speaker, api: Api, given: str, status: str
) -> None:
    assert sailpoint.clear(api.task(), given)["completionStatus"] == status


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2024-05-17 19:33:16.470000+00:00", AT),
        ("2024-05-17T19:33:16.470Z", AT),
        ("2024-05-17T21:33:16.470999999+02:00", AT),
        ("2024-05-17T19:33:16Z", "2024-05-17T19:33:16.000Z"),
        ("2024-05-17t19:33:16.47z", AT),
        ("2024-05-17T14:03:16.470-0530", AT),
        ("1999-12-31T23:59:59.9Z", "1999-12-31T23:59:59.900Z"),
    ],
)
def test_an_end_is_understood_in_every_form_that_is_sent(
    sailpoint: Speaker, api: Api, given: str, shown: str
) -> None:
    assert sailpoint.clear(api.task(), "Error", given)["completed"] == shown


NO_STATUS: list[Any] = [None, 1, True, "", "Done", "S_UCCESS", "SUCCE\u00df", "PENDING", [], {}]
NO_INSTANT: list[Any] = [
    None,
    1,
    "",
    "yesterday",
    "2024-05-17",
    "2024-05-17T19:33:16",
    "2024-02-30T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "2024-05-17T19:33:16+99:00",
    "2024-05-17T24:33:16Z",
    "2024-05-17T19:33:16.0123456789Z",
]
WRONG_VALUES = [("completionStatus", value) for value in NO_STATUS] + [
    ("completed", value) for value in NO_INSTANT
]


@pytest.mark.parametrize(("name", "value"), WRONG_VALUES)
def test_a_value_that_cannot_be_is_illegal_and_nothing_is_changed(
    sailpoint: Speaker, api: Api, name: str, value: Any
) -> None:
    oid = api.task()
    answer = sailpoint.patch(oid, put("completionStatus", "ERROR"), put(name, value))
    assert_error(answer, 400, "400.1.3 Illegal value")
    assert sailpoint.status(oid)["completionStatus"] is None


@pytest.mark.parametrize("path", ["/id", "/launched", "", "/completionStatus/x", "completed", "/"])
def test_other_paths_are_immutable(sailpoint: Speaker, api: Api, path: str) -> None:
    operation = {"op": "replace", "path": path, "value": "ERROR"}
    answer = sailpoint.patch(api.task(), operation)
    assert_error(answer, 400, "400.1.3 Illegal value")


@pytest.mark.parametrize("op", ["remove", "move", "copy", "REPLACE", "nonsense"])
def test_other_operations_are_refused(sailpoint: Speaker, api: Api, op: str) -> None:
    answer = sailpoint.patch(api.task(), put("completionStatus", "ERROR", op))
    assert_error(answer, 400, "400.1.3 Illegal value")


@pytest.mark.parametrize(
    "body",
    [
        {},
        "text",
        None,
        1,
        [1],
        [[]],
        [{}],
        [{"op": "add"}],
        [{"path": "/completed"}],
        [{"op": 1, "path": "/completed", "value": "x"}],
        [{"op": "add", "path": "/completed"}],
        [put("completionStatus", "ERROR")] * 101,
    ],
)
def test_a_body_that_is_no_patch_is_bad_content(sailpoint: Speaker, api: Api, body: Any) -> None:
    headers = {"content-type": "application/json-patch+json"}
    url = f"/v2025/task-status/{api.task()}"
    answer = sailpoint.ask("PATCH", url, content=json.dumps(body), headers=headers)
    assert_error(answer, 400, "400.1 Bad request content")


@pytest.mark.parametrize("body", [b"[", b"[1,]", b"\xff", b'["\\u0000"'])
def test_a_body_that_is_no_json_is_bad_syntax(sailpoint: Speaker, api: Api, body: bytes) -> None:
    headers = {"content-type": "application/json-patch+json"}
    url = f"/v2025/task-status/{api.task()}"
    answer = sailpoint.ask("PATCH", url, content=body, headers=headers)
    assert_error(answer, 400, "400.0 Bad request syntax")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "application/jsonx"])
def test_another_media_type_is_not_read(sailpoint: Speaker, api: Api, media_type: str) -> None:
    headers = {"content-type": media_type}
    url = f"/v2025/task-status/{api.task()}"
    answer = sailpoint.ask("PATCH", url, content=b"[]", headers=headers)
    assert_error(answer, 415, "415 Unsupported media type")


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON-Patch+json; charset=utf-8"]
)
def test_plain_json_is_read_as_a_patch(sailpoint: Speaker, api: Api, media_type: str) -> None:
    headers = {"content-type": media_type}
    url = f"/v2025/task-status/{api.task()}"
    assert sailpoint.ask("PATCH", url, content=b"[]", headers=headers).status_code == 200


def test_a_body_over_the_limit_is_not_read(sailpoint: Speaker, api: Api) -> None:
    headers = {"content-type": "application/json"}
    url = f"/v2025/task-status/{api.task()}"
    body = b"[" + b" " * (8 * 1024 * 1024) + b"]"
    answer = sailpoint.ask("PATCH", url, content=body, headers=headers)
    assert_error(answer, 413, "413 Payload too large")


def test_an_empty_patch_changes_nothing(sailpoint: Speaker, api: Api) -> None:
    oid = api.task()
    before = sailpoint.status(oid)
    assert sailpoint.patch(oid).json() == before


def test_a_test_is_held_against_what_is_shown(sailpoint: Speaker, api: Api) -> None:
    oid = api.task()
    wrong = sailpoint.patch(oid, put("completionStatus", "ERROR", "test"))
    assert_error(wrong, 400, "400.1.3 Illegal value")
    fits = (put("completionStatus", None, "test"), put("completed", None, "test"))
    set_ = put("completionStatus", "Success", "add")
    after = sailpoint.patch(oid, *fits, set_, put("completionStatus", "SUCCESS", "test"))
    assert after.json()["completionStatus"] == "SUCCESS"
    again = sailpoint.patch(oid, *fits, put("completionStatus", "ERROR"))
    assert_error(again, 400, "400.1.3 Illegal value")
    assert sailpoint.status(oid)["completionStatus"] == "SUCCESS"


def test_a_cleared_task_that_is_run_again_is_pending_again(sailpoint: Speaker, api: Api) -> None:
    oid = api.task(schedulingState="suspended")
    sailpoint.clear(oid)
    assert api.operate(oid, "run").status_code == 204
    wait_until(lambda: sailpoint.status(oid)["completionStatus"] == "SUCCESS")
    assert sailpoint.status(oid)["messages"] == []
