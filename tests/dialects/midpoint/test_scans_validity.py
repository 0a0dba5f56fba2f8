"""focusValidityScan over HTTP: what has become valid or invalid is recomputed, once (midpoint-tasks 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.scanning import (
    FUTURE,
    PAST,
    counted,
    executed,
    expired_user,
    is_disabled,
    last_scans,
    only,
    ran,
    ran_again,
    stale_user,
)
from tests.serving import assert_operation_result, delta, states, unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.serving import Api

BOTH = "separateObjectAndAssignmentQueries"


def scan(oids: Sequence[str], **more: Any) -> dict[str, Any]:
    return {"focusValidityScan": {"objects": only(oids)} | more}


def assigned(api: Api, **activation: str) -> dict[str, Any]:
    """An assignment of a new role."""
    role = api.create("roles", {"name": unique("role")})
    return {"targetRef": {"oid": role, "type": "RoleType"}, "activation": activation}


def member(api: Api, assignment: dict[str, Any]) -> str:
    """A user who is a member by an assignment, whatever its validity."""
    role = assignment["targetRef"]
    return stale_user(api, assignment=assignment, roleMembershipRef=role)


def test_objects_and_assignments_that_are_over_lose_their_effect_and_others_are_let_alone(
    api: Api,
) -> None:
    expired = expired_user(api)
    lapsed = member(api, assigned(api, validTo=PAST))
    begun = stale_user(api, assignment=assigned(api, validFrom=PAST))
    later = expired_user(api, until=FUTURE)
    task = ran(api, scan([expired, lapsed, begun, later]))
    assert task["resultStatus"] == "success"
    assert task["progress"] == 3
    assert is_disabled(api, expired)
    assert "roleMembershipRef" not in api.get("users", lapsed)
    assert "roleMembershipRef" in api.get("users", begun)
    assert api.get("users", later)["version"] == "0"


def test_what_is_up_to_date_is_counted_but_not_changed(api: Api) -> None:
    stale = expired_user(api)
    fresh = api.create("users", {"name": unique("fresh"), "activation": {"validTo": PAST}})
    before = api.get("users", fresh)["version"]
    task = ran(api, scan([stale, fresh]))
    assert counted(task) == {"success": 2}
    assert executed(task) == {"modify": 1}
    assert api.get("users", fresh)["version"] == before
    assert api.get("users", stale)["version"] == "1"


def test_a_second_scan_finds_nothing_that_the_first_has_seen(api: Api) -> None:
    first = ran(api, scan([expired_user(api) for _ in range(3)]))
    assert first["progress"] == 3
    second = ran_again(api, first)
    assert second["progress"] == 0
    assert last_scans(second) == [second["lastRunStartTimestamp"]]
    assert last_scans(second) > last_scans(first)


def test_a_later_scan_looks_at_what_has_happened_since_the_last_one(api: Api) -> None:
    oids = [stale_user(api) for _ in range(2)]
    first = ran(api, scan(oids))
    assert first["progress"] == 0
    [began] = last_scans(first)
    ended = first["lastRunFinishTimestamp"]
    assert ended > began
    for oid, until in zip(oids, (began, ended), strict=True):
        change = delta("replace", "activation", {"validTo": until})
        api.modify("users", oid, change, options="raw")
    assert ran_again(api, first)["progress"] == 1
    assert [is_disabled(api, oid) for oid in oids] == [False, True]


def test_an_interrupted_scan_does_not_move_on_and_continues_where_it_was(api: Api) -> None:
    oids = [expired_user(api) for _ in range(3)]
    policy = {
        "name": "one is enough",
        "policyConstraints": {"itemProcessingResult": {"status": "success"}},
        "policyActions": {"suspendTask": {}},
    }
    defined = {"work": scan(oids), "policies": {"policy": policy}}
    oid = api.task(activity=defined, schedulingState="ready")
    stopped = api.when(oid, lambda task: task["executionState"] == "suspended")
    assert stopped["progress"] == 1
    assert last_scans(stopped) == []
    api.modify("tasks", oid, delta("replace", "activity/policies"))
    assert api.operate(oid, "resume").status_code == 202
    closed = api.when_closed(oid)
    assert closed["progress"] == 3
    assert all(is_disabled(api, each) for each in oids)
    assert last_scans(closed) < [closed["lastRunStartTimestamp"]]


def test_a_preview_changes_nothing_and_leaves_all_to_the_next_scan(api: Api) -> None:
    expired = expired_user(api)
    task = ran(api, scan([expired]), execution={"mode": "preview"})
    assert counted(task) == {"success": 1}
    assert executed(task) == {}
    assert last_scans(task) == []
    untouched = api.get("users", expired)
    assert untouched["version"] == "0"
    assert "operationExecution" not in untouched
    api.modify("tasks", task["oid"], delta("replace", "activity/execution/mode", "full"))
    assert ran_again(api, task)["progress"] == 1
    assert is_disabled(api, expired)


def test_separate_queries_are_two_parts_and_an_object_of_both_is_harmless(api: Api) -> None:
    both = member(api, assigned(api, validTo=PAST))
    change = delta("add", "activation/validTo", PAST)
    api.modify("users", both, change, options="raw")
    task = ran(api, scan([both], queryStyle=BOTH))
    assert counted(task) == {"success": 2}
    assert executed(task) == {"modify": 1}
    assert len(set(last_scans(task))) == 1
    assert len(last_scans(task)) == 2
    assert is_disabled(api, both)
    assert "roleMembershipRef" not in api.get("users", both)


def test_a_scan_can_be_cut_into_buckets_and_done_side_by_side(api: Api) -> None:
    oids = [expired_user(api) for _ in range(12)]
    distribution = {"buckets": {"oidSegmentation": {}}, "workerThreads": 4}
    task = ran(api, scan(oids), distribution=distribution)
    assert counted(task) == {"success": 12}
    assert all(is_disabled(api, oid) for oid in oids)
    assert ran_again(api, task)["progress"] == 0


def test_a_scan_is_a_system_task_and_is_found_by_its_work(api: Api) -> None:
    task = ran(api, scan([stale_user(api)], queryStyle=BOTH))
    assert task["assignment"]["targetRef"]["oid"] == "00000000-0000-0000-0000-000000000529"
    found = task["affectedObjects"]["activity"]
    assert found["activityType"] == "c:focusValidityScan"
    assert found["objects"] == {"type": "c:UserType"}


@pytest.mark.parametrize(
    ("defined", "reason"),
    [
        ({"execution": {"mode": "dryRun"}}, "'focusValidityScan' does not run"),
        ({"work": {"focusValidityScan": {"objects": {"type": "TaskType"}}}}, "no validity"),
        ({"work": {"focusValidityScan": {"queryStyle": "other"}}}, "'other'"),
        ({"work": {"focusValidityScan": {"validityConstraint": {}}}}, "'validityConstraint'"),
        ({"work": {"focusValidityScan part": {}}}, "focusValidityScan part"),
    ],
)
def test_what_a_scan_cannot_do_is_refused_at_once(
    api: Api, defined: dict[str, Any], reason: str
) -> None:
    activity = {"work": {"focusValidityScan": {}}} | defined
    answer = api.client.post("/tasks", json={"task": {"name": "x", "activity": activity}})
    assert reason in assert_operation_result(answer, 400)["message"]


def test_a_recurring_scan_keeps_its_place_from_run_to_run(api: Api) -> None:
    user = expired_user(api)
    task = api.task(scan([user]), schedulingState="ready", schedule={"recurrence": "recurring"})
    assert api.operate(task, "run").status_code == 204
    first = api.when(task, lambda t: t.get("resultStatus") == "success")
    assert first["progress"] == 1
    assert states(first) == ("ready", "runnable")
    assert api.operate(task, "run").status_code == 204
    last = first["lastRunStartTimestamp"]
    again = api.when(
        task,
        lambda t: t["resultStatus"] == "success" and t["lastRunStartTimestamp"] > last,
    )
    assert again["progress"] == 0
