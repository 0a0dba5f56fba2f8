"""What SailPoint's SDKs watch and change: tasks that run, tasks that are stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.sailpoint import RELEASES
from tests.serving import Api, states, unique, wait_until

if TYPE_CHECKING:
    from tests.clients.sailpoint import Document, Sdk

WITH_PENDING = [release for release in RELEASES if release.knows_pending]
YESTERDAY = "2024-05-17T19:33:16.470Z"


def replace(path: str, value: Any) -> Document:
    return {"op": "replace", "path": path, "value": value}


CLEARED = (replace("/completionStatus", "Error"), replace("/completed", YESTERDAY))


# ---- watching --------------------------------------------------------------------------------------------


def test_a_task_is_polled_until_it_is_done(sdk: Sdk, midpoint: Api) -> None:
    work = {"noOp": {"steps": 80, "delay": 20}}
    oid = midpoint.task(work, schedulingState="ready")
    seen: list[Document] = []

    def done() -> bool:
        seen.extend(sdk.get(oid).models)
        return seen[-1]["completionStatus"] is not None

    wait_until(done)
    percents = [each["percentComplete"] for each in seen]
    assert percents == sorted(percents)
    assert len(set(percents[:-1])) > 2
    assert max(percents[:-1]) < 100
    assert (percents[-1], seen[-1]["completionStatus"]) == (100, "SUCCESS")
    assert all(each["completed"] is None for each in seen[:-1])
    assert seen[-1]["completed"] is not None


@pytest.mark.parametrize("process", WITH_PENDING, indirect=True, ids=str)
def test_a_task_is_pending_until_it_is_done(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.running()
    answer = sdk.pending()
    assert oid in [each["id"] for each in answer.models]
    assert all(each["completionStatus"] is None for each in answer.models)
    assert answer.header("X-Deprecated") == "true"
    midpoint.operate(oid, "suspend")
    wait_until(lambda: oid not in [each["id"] for each in sdk.pending().models])


@pytest.mark.parametrize("process", WITH_PENDING, indirect=True, ids=str)
def test_pending_tasks_come_in_pages_and_are_counted(sdk: Sdk, midpoint: Api) -> None:
    midpoint.waiting()
    oid = midpoint.waiting()
    first, second = (sdk.pending(limit=1, offset=offset, count=True) for offset in (0, 1))
    assert [each["id"] for each in first.models] == [oid]
    assert len(second.models) == 1
    assert second.models[0]["id"] != oid
    assert first.total >= 2


@pytest.mark.parametrize("process", WITH_PENDING, indirect=True, ids=str)
def test_pending_tasks_are_counted_without_being_read(sdk: Sdk, midpoint: Api) -> None:
    before = sdk.pending_headers(count=True)
    midpoint.waiting()
    after = sdk.pending_headers(count=True)
    assert (after.status, after.models) == (200, ())
    assert after.total == before.total + 1


# ---- clearing --------------------------------------------------------------------------------------------


def test_a_stuck_task_is_cleared_and_really_stops(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.running()
    answer = sdk.patch(oid, *CLEARED)
    assert answer.status == 200
    [model] = answer.models
    assert model["completionStatus"] == "ERROR"
    assert answer.data["completed"] == YESTERDAY
    [cleared] = [each for each in answer.data["messages"] if each["key"] == "task.cleared"]
    assert cleared["type"] == "WARN"
    stopped = midpoint.when_closed(oid)
    assert states(stopped) == ("closed", "closed")
    again = sdk.get(oid).data
    assert (again["completionStatus"], again["completed"]) == ("ERROR", YESTERDAY)


def test_a_cleared_task_is_listed_as_completed(sdk: Sdk, midpoint: Api) -> None:
    name = unique("cleared")
    oid = midpoint.task(name=name)
    sdk.patch(oid, *CLEARED)
    assert sdk.tasks(filters=f'id eq "{oid}" and completionStatus eq "ERROR"').names == [name]


def test_a_change_of_anything_else_is_refused(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.task()
    for change in (replace("/uniqueName", "other"), {"op": "remove", "path": "/completed"}):
        answer = sdk.patch(oid, change)
        assert answer.status == 400
        assert set(answer.data) == {"detailCode", "trackingId", "messages", "causes"}
    assert sdk.get(oid).data["completionStatus"] is None


def test_a_status_that_does_not_exist_is_refused(sdk: Sdk, midpoint: Api) -> None:
    answer = sdk.patch(midpoint.task(), replace("/completionStatus", "FINE"))
    assert (answer.status, answer.data["detailCode"]) == (400, "400.1.3 Illegal value")
