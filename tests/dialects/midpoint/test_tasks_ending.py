"""How tasks end before their time: deleted, or with work that cannot go on (midpoint-rest 1.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving import (
    NOWHERE,
    Api,
    assert_operation_result,
    delta,
    states,
    unique,
    wait_until,
)

if TYPE_CHECKING:
    import httpx2


# ---- deletion --------------------------------------------------------------------------------------------


def test_a_task_is_deleted_while_it_runs_and_its_subtasks_with_it(
    api: Api, client: httpx2.Client
) -> None:
    parent = api.running()
    identifier = api.get("tasks", parent)["taskIdentifier"]
    child = api.running(parent=identifier)
    answer = client.delete(f"/tasks/{parent}")
    assert (answer.status_code, answer.content) == (204, b"")
    for oid in (parent, child):
        assert_operation_result(client.get(f"/tasks/{oid}"), 404)
        assert_operation_result(client.delete(f"/tasks/{oid}"), 404)


def test_an_indestructible_task_stays_and_so_does_its_parent(
    api: Api, client: httpx2.Client
) -> None:
    parent = api.task()
    identifier = api.get("tasks", parent)["taskIdentifier"]
    child = api.task(indestructible=True, parent=identifier)
    for oid in (child, parent):
        message = assert_operation_result(client.delete(f"/tasks/{oid}"), 409)["message"]
        assert "indestructible" in message
    api.modify("tasks", child, delta("replace", "indestructible", False))
    assert client.delete(f"/tasks/{parent}").status_code == 204


# ---- work that cannot go on ------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["nobody", "without an account", "viewer"])
def test_a_task_whose_owner_may_not_work_is_suspended_with_an_error(
    api: Api, client: httpx2.Client, owner: str
) -> None:
    oid = NOWHERE
    if owner == "without an account":
        oid = api.create("users", {"name": unique("owner")})
    elif owner == "viewer":
        account = {"name": unique("viewer"), "password": "long enough", "roles": ["viewer"]}
        url = str(client.base_url).split("/midpoint", maxsplit=1)[0]
        oid = client.post(f"{url}/-/accounts", json=account).json()["oid"]
    task = api.task(schedulingState="ready", ownerRef={"oid": oid})
    found = api.when(task, lambda each: each.get("resultStatus") == "fatal_error")
    assert states(found) == ("suspended", "suspended")
    result = api.get("tasks", task, include="result")["result"]
    assert result["status"] == "fatal_error"
    assert "owner" in result["message"]


def test_a_task_without_an_activity_is_never_left_hanging(api: Api) -> None:
    answer = api.client.post(
        "/tasks", json={"task": {"name": unique("empty"), "schedulingState": "ready"}}
    )
    if answer.status_code == 400:
        assert_operation_result(answer, 400)
    else:
        oid = answer.headers["location"].rpartition("/")[2]
        api.when(oid, lambda each: each.get("resultStatus") == "fatal_error")


def test_a_suspended_task_whose_fault_is_repaired_runs_when_it_is_resumed(api: Api) -> None:
    task = api.task(schedulingState="ready", ownerRef={"oid": NOWHERE})
    api.when(task, lambda each: each.get("resultStatus") == "fatal_error")
    owner = {"oid": "00000000-0000-0000-0000-000000000002"}
    api.modify("tasks", task, delta("replace", "ownerRef", owner))
    assert api.operate(task, "resume").status_code == 202
    assert api.when_closed(task)["resultStatus"] == "success"


def test_many_tasks_run_side_by_side(api: Api) -> None:
    work = {"noOp": {"steps": 2, "delay": 50}}
    tasks = [api.task(work, schedulingState="ready") for _ in range(30)]
    wait_until(lambda: all(api.get("tasks", oid)["executionState"] == "closed" for oid in tasks))
