"""triggerScan over HTTP: what triggers ask for is done, once, when their time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.scanning import (
    FUTURE,
    PAST,
    counted,
    executed,
    is_disabled,
    last_message,
    last_scans,
    listed,
    only,
    ran,
    ran_again,
    stale_user,
)
from tests.serving import assert_operation_result, unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.serving import Api

MODEL = "http://midpoint.evolveum.com/xml/ns/public/model"
RECOMPUTE = f"{MODEL}/trigger/recompute/handler-3"
RECONCILE = f"{MODEL}/trigger/shadow-reconcile/handler-3"
CLEANUP = f"{MODEL}/completedTaskCleanup/handler-3"
EXPIRED = {"validTo": PAST}


def due(handler: str, at: str = PAST) -> dict[str, str]:
    return {"timestamp": at, "handlerUri": handler, "originDescription": "a test"}


def scan(oids: Sequence[str], type_name: str = "UserType") -> dict[str, Any]:
    return {"triggerScan": {"objects": only(oids, type_name)}}


def handlers(api: Api, oid: str, collection: str = "users") -> list[str]:
    """Handlers of the triggers that an object still has."""
    return [each["handlerUri"] for each in listed(api.get(collection, oid).get("trigger"))]


@pytest.mark.parametrize("options", [{}, {"options": "raw"}])
def test_a_client_can_give_an_object_triggers(api: Api, options: dict[str, str]) -> None:
    items = {"name": unique("triggered"), "trigger": [due(RECOMPUTE), due(RECONCILE, FUTURE)]}
    oid = api.create("users", items, **options)
    assert handlers(api, oid) == [RECOMPUTE, RECONCILE]
    assert api.names("users", f"trigger/timestamp < '2100-01-01' and name = '{items['name']}'")


def test_due_triggers_recompute_once_and_go_while_later_ones_stay(api: Api) -> None:
    twice = stale_user(api, activation=EXPIRED, trigger=[due(RECOMPUTE), due(RECOMPUTE)])
    mixed = stale_user(api, activation=EXPIRED, trigger=[due(RECOMPUTE), due(RECOMPUTE, FUTURE)])
    later = stale_user(api, activation=EXPIRED, trigger=due(RECOMPUTE, FUTURE))
    task = ran(api, scan([twice, mixed, later]))
    assert task["resultStatus"] == "success"
    assert counted(task) == {"success": 2}
    assert executed(task) == {"modify": 2}
    assert [is_disabled(api, oid) for oid in (twice, mixed, later)] == [True, True, False]
    assert [handlers(api, oid) for oid in (twice, mixed, later)] == [[], [RECOMPUTE], [RECOMPUTE]]
    assert api.get("users", twice)["version"] == "1"
    assert last_scans(task) == [task["lastRunStartTimestamp"]]
    assert ran_again(api, task)["progress"] == 0


def test_a_handled_trigger_goes_even_if_there_is_nothing_to_recompute(api: Api) -> None:
    fresh = api.create("users", {"name": unique("fresh"), "trigger": due(RECOMPUTE)})
    stamp = api.get("users", fresh)["metadata"]
    task = ran(api, scan([fresh]))
    assert executed(task) == {"modify": 1}
    assert handlers(api, fresh) == []
    assert api.get("users", fresh)["metadata"] == stamp


def test_a_trigger_without_a_handler_fails_and_stays_for_the_next_scan(api: Api) -> None:
    lone = stale_user(api, trigger=due(RECONCILE))
    mixed = stale_user(api, activation=EXPIRED, trigger=[due(RECONCILE), due(RECOMPUTE)])
    task = ran(api, scan([lone, mixed]))
    assert task["resultStatus"] == "partial_error"
    assert counted(task) == {"failure": 2}
    assert executed(task) == {"modify": 1}
    assert RECONCILE in last_message(task, "failure")
    assert [handlers(api, oid) for oid in (lone, mixed)] == [[RECONCILE], [RECONCILE]]
    assert is_disabled(api, mixed)
    records = [listed(api.get("users", oid)["operationExecution"]) for oid in (lone, mixed)]
    assert [record[-1]["status"] for record in records] == ["fatal_error", "partial_error"]
    assert ran_again(api, task)["progress"] == 2


def test_a_closed_task_that_has_served_is_deleted_and_others_only_lose_the_trigger(
    api: Api,
) -> None:
    over: dict[str, Any] = {"schedulingState": "closed", "trigger": due(CLEANUP)}
    spent = api.task(**over)
    kept = api.task(**over | {"indestructible": True})
    suspended = api.task(**over | {"schedulingState": "suspended"})
    user = stale_user(api, trigger=due(CLEANUP))
    task = ran(api, scan([spent, kept, suspended, user], "ObjectType"))
    assert task["resultStatus"] == "success"
    assert executed(task) == {"modify": 3, "delete": 1}
    assert_operation_result(api.client.get(f"/tasks/{spent}"), 404)
    assert handlers(api, kept, "tasks") == handlers(api, suspended, "tasks") == []
    assert handlers(api, user) == []


def test_a_tree_with_an_indestructible_task_fails_as_one_item(api: Api) -> None:
    spent = api.task(schedulingState="closed", trigger=due(CLEANUP))
    identifier = api.get("tasks", spent)["taskIdentifier"]
    below = api.task(schedulingState="closed", parent=identifier, indestructible=True)
    user = stale_user(api, activation=EXPIRED, trigger=due(RECOMPUTE))
    task = ran(api, scan([spent, user], "ObjectType"))
    assert counted(task) == {"failure": 1, "success": 1}
    assert "indestructible" in last_message(task, "failure")
    assert handlers(api, spent, "tasks") == [CLEANUP]
    assert api.get("tasks", below)["executionState"] == "closed"
    assert is_disabled(api, user)


def test_a_scan_does_not_delete_the_closed_task_that_it_is_a_subtask_of(api: Api) -> None:
    parent = api.task(schedulingState="closed", trigger=due(CLEANUP))
    identifier = api.get("tasks", parent)["taskIdentifier"]
    oid = api.task(scan([parent], "TaskType"), parent=identifier, schedulingState="ready")
    task = api.when_closed(oid)
    assert counted(task) == {"failure": 1}
    assert last_message(task, "failure").endswith(
        "below the task is not closed; the trigger stays."
    )
    assert handlers(api, parent, "tasks") == [CLEANUP]


def test_a_scan_may_meet_a_trigger_on_itself(api: Api) -> None:
    name = unique("own trigger")
    objects = {"type": "TaskType", "query": {"filter": {"text": f"name = '{name}'"}}}
    oid = api.task(
        {"triggerScan": {"objects": objects}},
        name=name,
        trigger=[due(CLEANUP), due(RECOMPUTE)],
        schedulingState="ready",
    )
    task = api.when_closed(oid)
    assert task["resultStatus"] == "success"
    assert task["progress"] == 1
    assert handlers(api, oid, "tasks") == []


def test_a_preview_leaves_triggers_and_objects_as_they_are(api: Api) -> None:
    oid = stale_user(api, activation=EXPIRED, trigger=due(RECOMPUTE))
    spent = api.task(schedulingState="closed", trigger=due(CLEANUP))
    task = ran(api, scan([oid, spent], "ObjectType"), execution={"mode": "preview"})
    assert counted(task) == {"success": 2}
    assert executed(task) == {}
    assert last_scans(task) == []
    assert handlers(api, oid) == [RECOMPUTE]
    assert api.get("users", oid)["version"] == "0"
    assert api.get("tasks", spent)["executionState"] == "closed"


def test_a_dry_run_is_refused(api: Api) -> None:
    activity = {"work": {"triggerScan": {}}, "execution": {"mode": "dryRun"}}
    answer = api.client.post("/tasks", json={"task": {"name": "x", "activity": activity}})
    message = assert_operation_result(answer, 400)["message"]
    assert "'triggerScan' does not run in the execution mode 'dryRun'" in message
