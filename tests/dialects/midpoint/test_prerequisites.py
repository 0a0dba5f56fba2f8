"""Tasks that wait for others, and tasks that share places (midpoint-tasks 2.5, 2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import Api, delta, states, unique
from tests.task_states import (
    CLOSED,
    HOURLY,
    NEW_YEAR,
    OTHERS,
    READY,
    RUNNING,
    SUSPENDED,
    WAITING,
    has_run,
    next_start,
    ran,
    records,
)

if TYPE_CHECKING:
    from tests.conftest import ServerFactory

FOR_OTHERS: dict[str, Any] = {"schedulingState": "waiting", **OTHERS}
SHORT = {"noOp": {"steps": 3, "delay": 20}}
#: Ends before its last step, because a policy says so.
CUT_SHORT = {
    "work": {"noOp": {"steps": 1_000, "delay": 20}},
    "policies": {
        "policy": {
            "name": "brief",
            "policyConstraints": {"executionTime": {"exceeds": "PT0.1S"}},
            "policyActions": {"skipActivity": {}},
        }
    },
}


def waiting(api: Api, **items: Any) -> tuple[str, str]:
    """Oid and identifier of a task that waits for others."""
    identifier = unique("waits")
    return api.task(taskIdentifier=identifier, **FOR_OTHERS, **items), identifier


def prerequisite(api: Api, *identifiers: str, state: str = "ready", **items: Any) -> str:
    """The oid of a task for which those wait."""
    return api.task(SHORT, schedulingState=state, dependent=list(identifiers), **items)


def stays(api: Api, oid: str, expected: Any) -> None:
    """A task that nothing has released is where it was when another has come and gone."""
    api.when_closed(api.task(schedulingState="ready"))
    assert states(api.get("tasks", oid)) == expected


def when_ran(api: Api, oid: str) -> dict[str, Any]:
    return api.when(oid, lambda task: states(task) == CLOSED and has_run(task, 1))


# ---- dependents ------------------------------------------------------------------------------------------


def test_a_task_runs_when_its_prerequisite_is_closed(api: Api) -> None:
    oid, identifier = waiting(api)
    first = api.when_closed(prerequisite(api, identifier))
    then = when_ran(api, oid)
    assert then["lastRunStartTimestamp"] >= first["completionTimestamp"]
    assert "waitingReason" not in then


def test_what_the_prerequisite_came_to_does_not_matter(api: Api) -> None:
    oid, identifier = waiting(api)
    first = api.task(activity=CUT_SHORT, schedulingState="ready", dependent=identifier)
    assert api.when_closed(first)["resultStatus"] == "partial_error"
    assert when_ran(api, oid)["resultStatus"] == "success"


def test_a_suspended_prerequisite_blocks(api: Api) -> None:
    oid, identifier = waiting(api)
    first = prerequisite(api, identifier, state="suspended")
    stays(api, oid, WAITING)
    api.operate(first, "resume")
    when_ran(api, oid)


def test_a_prerequisite_that_failed_as_a_whole_is_suspended_and_blocks(api: Api) -> None:
    oid, identifier = waiting(api)
    nobody = api.create("users", {"name": unique("nobody")})
    owner = {"oid": nobody, "type": "c:UserType"}
    first = prerequisite(api, identifier, ownerRef=owner)
    assert states(api.when(first, lambda t: t.get("resultStatus") == "fatal_error")) == SUSPENDED
    stays(api, oid, WAITING)


def test_all_prerequisites_must_be_closed(api: Api) -> None:
    oid, identifier = waiting(api)
    firsts = [prerequisite(api, identifier, state="suspended") for _ in range(2)]
    api.operate(firsts[0], "resume")
    api.when_closed(firsts[0])
    stays(api, oid, WAITING)
    api.operate(firsts[1], "resume")
    when_ran(api, oid)


def test_one_prerequisite_releases_many(api: Api) -> None:
    tasks = [waiting(api) for _ in range(3)]
    prerequisite(api, *(identifier for _, identifier in tasks))
    for oid, _ in tasks:
        when_ran(api, oid)


def test_a_chain_of_three_runs_one_after_the_other(api: Api) -> None:
    third, third_identifier = waiting(api)
    second, second_identifier = waiting(api, dependent=third_identifier)
    first = prerequisite(api, second_identifier)
    when_ran(api, third)
    stretches = [records(api.get("tasks", oid))[0] for oid in (first, second, third)]
    moments = [each[f"run{end}Timestamp"] for each in stretches for end in ("Start", "End")]
    assert moments == sorted(moments)


def test_a_task_that_waits_for_something_else_is_not_released(api: Api) -> None:
    identifier = unique("other")
    oid = api.task(taskIdentifier=identifier, schedulingState="waiting", waitingReason="other")
    api.when_closed(prerequisite(api, identifier))
    stays(api, oid, WAITING)


def test_a_task_that_was_suspended_while_it_waited_is_not_released(api: Api) -> None:
    oid, identifier = waiting(api)
    api.operate(oid, "suspend")
    api.when_closed(prerequisite(api, identifier))
    stays(api, oid, SUSPENDED)


def test_a_chain_is_run_again_when_its_second_task_waits_again(api: Api) -> None:
    oid, identifier = waiting(api)
    first = prerequisite(api, identifier)
    when_ran(api, oid)
    again = (delta("replace", name, value) for name, value in FOR_OTHERS.items())
    api.modify("tasks", oid, *again)
    assert states(api.get("tasks", oid)) == WAITING
    api.operate(first, "run")
    api.when(oid, lambda task: states(task) == CLOSED and has_run(task, 2))


def test_waiting_tasks_that_nothing_holds_are_looked_for_at_the_start(
    make_server: ServerFactory,
) -> None:
    before = make_server()
    with before.client() as client:
        api = Api(client)
        free, _ = waiting(api)
        bereft, identifier = waiting(api)
        held, other = waiting(api)
        gone = prerequisite(api, identifier, state="suspended")
        assert client.delete(f"/tasks/{gone}").status_code == 204
        prerequisite(api, other, state="suspended")
        assert {states(api.get("tasks", oid)) for oid in (free, bereft, held)} == {WAITING}
    before.stop()
    with make_server().client() as client:
        api = Api(client)
        for oid in (free, bereft):
            when_ran(api, oid)
        assert states(api.get("tasks", held)) == WAITING


# ---- what follows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "after", "runs", "planned"),
    [
        ({}, CLOSED, 1, None),
        ({"unpauseAction": "executeImmediately"}, CLOSED, 1, None),
        ({"unpauseAction": "executeImmediately", "schedule": NEW_YEAR}, READY, 1, "01-01T"),
        ({"unpauseAction": "reschedule", "schedule": NEW_YEAR}, READY, 0, "01-01T"),
        ({"schedule": NEW_YEAR}, READY, 0, "01-01T"),
        ({"schedule": HOURLY}, READY, 1, "T"),
        ({"unpauseAction": "reschedule"}, CLOSED, 0, None),
        ({"unpauseAction": "close"}, CLOSED, 0, None),
        ({"unpauseAction": "close", "schedule": HOURLY}, CLOSED, 0, None),
    ],
    ids=str,
)
def test_a_released_task_does_as_it_says(
    api: Api, items: dict[str, Any], after: tuple[str, str], runs: int, planned: str | None
) -> None:
    oid, identifier = waiting(api, **items)
    prerequisite(api, identifier)
    found = api.when(oid, lambda task: states(task) == after and has_run(task, runs))
    assert ("completionTimestamp" in found) is (after == CLOSED)
    start = next_start(api, oid)
    assert (planned is None) is (start is None)
    assert planned is None or (start is not None and planned in start)


def test_a_task_that_is_closed_instead_of_run_releases_the_next_one(api: Api) -> None:
    third, third_identifier = waiting(api)
    second, second_identifier = waiting(api, unpauseAction="close", dependent=third_identifier)
    prerequisite(api, second_identifier)
    when_ran(api, third)
    assert ran(api.get("tasks", second)) == 0


# ---- subtasks ----------------------------------------------------------------------------------------------


def test_a_parent_waits_for_all_its_subtasks(api: Api) -> None:
    parent, identifier = waiting(api)
    done = api.task(SHORT, schedulingState="ready", parent=identifier)
    open_one = api.task(SHORT, schedulingState="suspended", parent=identifier)
    api.when_closed(done)
    stays(api, parent, WAITING)
    api.operate(open_one, "resume")
    when_ran(api, parent)


def test_a_parent_of_parents_runs_last(api: Api) -> None:
    root, root_identifier = waiting(api)
    middle, middle_identifier = waiting(api, parent=root_identifier)
    leaf = api.task(SHORT, schedulingState="ready", parent=middle_identifier)
    when_ran(api, root)
    ends = [api.get("tasks", oid)["completionTimestamp"] for oid in (leaf, middle, root)]
    assert ends == sorted(ends)


def test_who_waits_and_for_whom_is_shown_when_it_is_included(api: Api) -> None:
    parent, identifier = waiting(api)
    late, late_identifier = waiting(api)
    children = [
        api.task(parent=identifier, dependent=[identifier, late_identifier]) for _ in range(2)
    ]
    items = ["subtaskRef", "dependentTaskRef"]
    found = api.get("tasks", parent, include=items)
    assert [each["oid"] for each in found["subtaskRef"]] == children
    assert found["subtaskRef"][0]["type"] == "c:TaskType"
    assert "dependentTaskRef" not in found
    query = {"filter": {"text": f"parent = '{identifier}'"}}
    for child in api.search("tasks", query, include=items, options="resolveNames"):
        assert [each["oid"] for each in child["dependentTaskRef"]] == [parent, late]
        assert child["dependentTaskRef"][0]["targetName"] == found["name"]
        assert "subtaskRef" not in child
    assert "dependentTaskRef" not in api.get("tasks", children[0])


# ---- places in a group ---------------------------------------------------------------------------------


def test_of_two_tasks_with_one_place_the_second_runs_later(api: Api) -> None:
    limited = {"group": unique("group"), "groupTaskLimit": 1, "retryAfter": "PT1S"}
    work = {"noOp": {"steps": 20, "delay": 20}}
    oids = [api.task(work, schedulingState="ready", executionConstraints=limited) for _ in range(2)]
    first, second = oids
    tried = api.when(second, lambda task: "nextRetryTimestamp" in retry(api, second))
    assert "nextRetryTimestamp" not in tried
    assert "lastRunStartTimestamp" not in tried
    assert states(tried) == READY
    found = retry(api, second)
    assert found["nextRetryTimestamp"] > tried["metadata"]["createTimestamp"]
    assert "nextRunStartTimestamp" not in found
    one, two = (records(when_ran(api, oid))[0] for oid in (first, second))
    assert one["runEndTimestamp"] <= two["runStartTimestamp"]
    assert "nextRetryTimestamp" not in retry(api, second)


def retry(api: Api, oid: str) -> dict[str, Any]:
    return api.get("tasks", oid, include=["nextRetryTimestamp", "nextRunStartTimestamp"])


def test_a_secondary_group_counts_as_well_and_the_least_limit_of_all_holds(api: Api) -> None:
    name = unique("shared")
    wide: dict[str, Any] = {"group": name, "groupTaskLimit": 5}
    narrow: dict[str, Any] = {"secondaryGroup": [{"group": name, "groupTaskLimit": 1}]}
    work = {"noOp": {"steps": 1_000, "delay": 20}}
    first = api.task(work, schedulingState="ready", executionConstraints=narrow)
    api.when(first, lambda task: states(task) == RUNNING)
    second = api.task(work, schedulingState="ready", executionConstraints=wide)
    api.when(second, lambda _: "nextRetryTimestamp" in retry(api, second))
    api.operate(second, "suspend")
    assert "nextRetryTimestamp" not in retry(api, second)
    api.client.delete(f"/tasks/{first}")
    api.operate(second, "resume")
    api.when(second, lambda task: states(task) == RUNNING)
    third = api.task(work, schedulingState="ready", executionConstraints=wide)
    api.when(third, lambda task: states(task) == RUNNING)
    for oid in (second, third):
        api.client.delete(f"/tasks/{oid}")


def test_a_task_of_another_group_does_not_wait(api: Api) -> None:
    work = {"noOp": {"steps": 1_000, "delay": 20}}
    oids = [
        api.task(
            work,
            schedulingState="ready",
            executionConstraints={"group": unique("own"), "groupTaskLimit": 1},
        )
        for _ in range(2)
    ]
    for oid in oids:
        api.when(oid, lambda task: states(task) == RUNNING)
    for oid in oids:
        api.client.delete(f"/tasks/{oid}")
