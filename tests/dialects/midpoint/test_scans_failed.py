"""failedObjectsSelector over HTTP: only what has failed is done again (midpoint-tasks 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.scanning import PAST, counted, only, ran, ran_again, stale_user
from tests.serving import assert_operation_result, delta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.serving import Api

MODEL = "http://midpoint.evolveum.com/xml/ns/public/model"
#: Nothing handles it, so whoever has it fails.
FAILING = {"timestamp": PAST, "handlerUri": f"{MODEL}/trigger/shadow-reconcile/handler-3"}
FINE = {"timestamp": PAST, "handlerUri": f"{MODEL}/trigger/recompute/handler-3"}


def crowd(api: Api) -> tuple[list[str], list[str]]:
    """Users with whom a scan of triggers fails, and those with whom it does not."""
    failing = [stale_user(api, trigger=FAILING) for _ in range(2)]
    return failing, [stale_user(api, trigger=FINE) for _ in range(3)]


def scan(oids: Sequence[str], **selector: Any) -> dict[str, Any]:
    """A scan of the users' triggers."""
    return {"triggerScan": {"objects": only(oids) | selector}}


def recomputation(oids: Sequence[str], selector: dict[str, Any]) -> dict[str, Any]:
    return {"recomputation": {"objects": only(oids) | {"failedObjectsSelector": selector}}}


def of(task: dict[str, Any]) -> dict[str, str]:
    return {"oid": task["oid"], "type": "TaskType"}


def versions(api: Api, oids: Sequence[str]) -> list[str]:
    return [api.get("users", oid)["version"] for oid in oids]


def test_another_task_takes_the_failures_of_a_task_and_nothing_else(api: Api) -> None:
    failing, fine = crowd(api)
    task = ran(api, scan([*failing, *fine]))
    assert counted(task) == {"failure": 2, "success": 3}
    before = versions(api, fine)
    again = ran(api, recomputation([*failing, *fine], {"taskRef": of(task)}))
    assert counted(again) == {"success": 2}
    assert versions(api, failing) == ["1", "1"]
    assert versions(api, fine) == before


def test_a_task_takes_up_its_own_failures_until_now(api: Api) -> None:
    failing, fine = crowd(api)
    task = ran(api, scan([*failing, *fine]))
    selector = delta("add", "activity/work/triggerScan/objects/failedObjectsSelector", {})
    api.modify("tasks", task["oid"], selector)
    repaired = delta("replace", "trigger", FINE)
    api.modify("users", failing[0], repaired, options="raw")
    again = ran_again(api, task)
    assert counted(again) == {"failure": 1, "success": 1}


def test_without_failures_there_is_nothing_to_do(api: Api) -> None:
    failing, fine = crowd(api)
    task = ran(api, scan([*failing, *fine], failedObjectsSelector={}))
    assert task["resultStatus"] == "success"
    assert task["progress"] == 0


def test_statuses_can_be_chosen(api: Api) -> None:
    failing, fine = crowd(api)
    partly = stale_user(api, trigger=[FAILING, FINE])
    everybody = [*failing, *fine, partly]
    task = ran(api, scan(everybody))
    for status, count in (("partial_error", 1), ("fatal_error", 2), ("success", 3)):
        selector = {"taskRef": of(task), "status": status}
        assert ran(api, recomputation(everybody, selector))["progress"] == count


def test_the_time_of_the_failure_can_be_limited(api: Api) -> None:
    failing, fine = crowd(api)
    task = ran(api, scan([*failing, *fine]))
    began, ended = task["lastRunStartTimestamp"], task["lastRunFinishTimestamp"]
    for limits, count in (
        ({"timeFrom": began, "timeTo": ended}, 2),
        ({"timeFrom": "2100-01-01T00:00:00Z"}, 0),
        ({"timeTo": PAST}, 0),
    ):
        selector = {"taskRef": of(task), **limits}
        assert ran(api, recomputation(failing, selector))["progress"] == count


def test_failures_of_several_tasks_are_taken_together_and_each_object_once(api: Api) -> None:
    failing, fine = crowd(api)
    first = ran(api, scan([failing[0], *fine]))
    second = ran(api, scan(failing))
    selector = {"taskRef": [of(first), of(second)]}
    assert ran(api, recomputation(failing, selector))["progress"] == 2


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({"status": "bad"}, "'bad'"),
        ({"timeFrom": "soon"}, "'soon'"),
        ({"selectionMethod": "guess"}, "'guess'"),
        ({"taskRef": {"type": "TaskType"}}, "needs an oid"),
        ({"other": 1}, "'other'"),
    ],
)
def test_a_bad_selector_is_refused_at_once(api: Api, selector: dict[str, Any], reason: str) -> None:
    body = {"task": {"name": "x", "activity": {"work": recomputation([], selector)}}}
    objects = body["task"]["activity"]["work"]["recomputation"]["objects"]  # type: ignore[index]
    del objects["objectRef"]
    assert reason in assert_operation_result(api.client.post("/tasks", json=body), 400)["message"]
