"""How tasks begin, change and end: add, modify, delete, close (midpoint-tasks 2.2, 2.3, 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import parse_instant
from tests.serving import (
    Api,
    assert_operation_result,
    delta,
    states,
    unique,
    wait_until,
)
from tests.task_states import (
    CLOSED,
    CREATED,
    FUTURE,
    HOURLY,
    LATER,
    NEW_YEAR,
    ON_DEMAND,
    OTHERS,
    READY,
    RUNNING,
    STATELESS,
    SUSPENDED,
    WAITING,
    States,
    before_suspend,
    in_state,
    next_start,
    ran,
    records,
)

if TYPE_CHECKING:
    from tests.conftest import ServerFactory


# ---- delete ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [*list(CREATED)[:-1], "running", "ready after a run"])
def test_a_task_is_deleted_in_every_state(api: Api, state: str) -> None:
    oid = in_state(api, state)
    answer = api.client.delete(f"/tasks/{oid}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert_operation_result(api.client.get(f"/tasks/{oid}"), 404)


def test_a_task_without_a_state_is_deleted(exact: Api) -> None:
    oid = in_state(exact, "stateless")
    assert states(exact.get("tasks", oid)) == STATELESS
    assert exact.client.delete(f"/tasks/{oid}").status_code == 204


def family(api: Api, **of_grandchild: Any) -> list[str]:
    """A task that runs, its subtask and the subtask of that."""
    oids: list[str] = []
    parent: dict[str, str] = {}
    for items in ({}, {}, of_grandchild):
        identifier = unique("family")
        work = {"noOp": {"steps": 1_000, "delay": 20}}
        given = {"schedulingState": "ready", "taskIdentifier": identifier} | parent | items
        oids.append(api.task(work, **given))
        parent = {"parent": identifier}
    return oids


def test_subtasks_are_deleted_with_their_parent_however_deep(api: Api) -> None:
    oids = family(api)
    assert api.client.delete(f"/tasks/{oids[0]}").status_code == 204
    assert [api.client.get(f"/tasks/{oid}").status_code for oid in oids] == [404, 404, 404]


def test_what_is_indestructible_is_not_deleted_nor_what_it_is_below(api: Api) -> None:
    oids = family(api, indestructible=True)
    for oid in (oids[2], oids[0]):
        assert_operation_result(api.client.delete(f"/tasks/{oid}"), 409)
    assert [states(api.get("tasks", oid)) for oid in oids][2] in (READY, RUNNING)
    api.modify("tasks", oids[2], delta("replace", "indestructible"))
    assert api.client.delete(f"/tasks/{oids[0]}").status_code == 204


# ---- modify ----------------------------------------------------------------------------------------------


def test_a_new_schedule_makes_the_trigger_anew(api: Api) -> None:
    oid = in_state(api, "ready, interval, later")
    api.modify("tasks", oid, delta("replace", "schedule", NEW_YEAR))
    planned = next_start(api, oid)
    assert planned is not None
    assert planned.endswith("-01-01T00:00:00.000Z")
    api.modify("tasks", oid, delta("replace", "schedule", ON_DEMAND))
    assert next_start(api, oid) is None
    api.modify("tasks", oid, delta("replace", "schedule"))
    assert ran(api.when_closed(oid)) == 1


def test_a_new_interval_counts_from_the_last_start(api: Api) -> None:
    oid = in_state(api, "ready after a run")
    api.modify("tasks", oid, delta("replace", "schedule/interval", 7_200))
    started, planned = api.get("tasks", oid)["lastRunStartTimestamp"], next_start(api, oid)
    assert planned is not None
    assert parse_instant(planned) - parse_instant(started) == 7_200


def test_a_running_task_is_not_stopped_by_a_change(api: Api) -> None:
    oid = in_state(api, "running, recurring")
    api.modify("tasks", oid, delta("replace", "schedule/interval", 7_200))
    assert states(api.get("tasks", oid)) == RUNNING
    done = api.when(oid, lambda task: states(task) == READY)
    planned = next_start(api, oid)
    assert ran(done) == 1
    assert planned is not None
    assert parse_instant(planned) - parse_instant(done["lastRunStartTimestamp"]) == 7_200


@pytest.mark.parametrize("state", ["suspended", "waiting", "closed"])
def test_a_change_of_a_task_that_is_not_ready_starts_nothing(api: Api, state: str) -> None:
    oid = in_state(api, state)
    before = states(api.get("tasks", oid))
    api.modify("tasks", oid, delta("replace", "schedule", HOURLY))
    assert states(api.get("tasks", oid)) == before
    assert next_start(api, oid) is None


def test_a_task_that_is_made_ready_by_a_change_runs(api: Api) -> None:
    oid = in_state(api, "suspended")
    api.modify("tasks", oid, delta("replace", "schedulingState", "ready"))
    assert ran(api.when_closed(oid)) == 1


# ---- add -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "after", "runs", "planned"),
    [
        ({"schedulingState": "ready"}, CLOSED, 1, None),
        ({"executionState": "runnable"}, CLOSED, 1, None),
        ({"executionState": "running"}, CLOSED, 1, None),
        ({"schedulingState": "ready", "schedule": LATER}, READY, 0, FUTURE),
        ({"schedulingState": "ready", "schedule": {**HOURLY, **LATER}}, READY, 0, FUTURE),
        ({"schedulingState": "ready", "schedule": ON_DEMAND}, READY, 0, None),
        ({"schedulingState": "suspended"}, SUSPENDED, 0, None),
        ({"executionState": "suspended", "schedule": HOURLY}, SUSPENDED, 0, None),
        ({"schedulingState": "waiting", **OTHERS}, WAITING, 0, None),
        ({"executionState": "waiting"}, WAITING, 0, None),
        ({"schedulingState": "closed"}, CLOSED, 0, None),
        ({"executionState": "closed", "schedule": HOURLY}, CLOSED, 0, None),
        ({}, SUSPENDED, 0, None),
    ],
    ids=str,
)
def test_a_new_task_starts_when_its_state_and_schedule_say_so(
    api: Api, items: dict[str, Any], after: States, runs: int, planned: str | None
) -> None:
    oid = api.task(**items)
    api.when(oid, lambda task: states(task) == after and ran(task) == runs)
    assert next_start(api, oid) == planned


def test_a_new_task_with_an_interval_runs_at_once_and_then_again(api: Api) -> None:
    oid = api.task(schedulingState="ready", schedule={"interval": 1})
    found = api.when(oid, lambda task: ran(task) == 2)
    assert found["binding"] == "tight"
    api.operate(oid, "suspend")


def test_a_new_task_with_a_pattern_starts_first_when_that_fits(api: Api) -> None:
    oid = api.task(schedulingState="ready", schedule=NEW_YEAR)
    found, planned = api.get("tasks", oid), next_start(api, oid)
    assert (states(found), ran(found), found["binding"]) == (READY, 0, "loose")
    assert planned is not None
    assert planned.endswith("-01-01T00:00:00.000Z")


def test_a_pattern_of_every_second_starts_every_second(api: Api) -> None:
    pattern = {"cronLikePattern": "* * * * * ?"}
    oid = api.task(schedulingState="ready", schedule=pattern)
    found = api.when(oid, lambda task: ran(task) == 3 and states(task) == READY)
    starts = [parse_instant(each["runStartTimestamp"]) for each in records(found)]
    assert len({int(start) for start in starts}) == 3
    api.operate(oid, "suspend")


def test_a_task_that_is_closed_in_the_past_of_its_schedule_starts_no_more(api: Api) -> None:
    over = {"interval": 1, "latestStartTime": "2001-01-01T00:00:00Z"}
    oid = api.task(schedulingState="ready", schedule=over)
    assert next_start(api, oid) is None
    witness = api.task(schedulingState="ready")
    api.when_closed(witness)
    found = api.get("tasks", oid)
    assert (states(found), ran(found)) == (READY, 0)


def test_a_stateless_task_stays_so(exact: Api) -> None:
    oid = exact.task()
    witness = exact.task(schedulingState="ready")
    exact.when(witness, lambda task: states(task) == CLOSED)
    found = exact.get("tasks", oid)
    assert (states(found), ran(found)) == (STATELESS, 0)


# ---- close -----------------------------------------------------------------------------------------------


def test_a_closed_task_shows_the_trigger_that_cleans_it_up(api: Api) -> None:
    oid = api.task(schedulingState="ready", cleanupAfterCompletion="PT1H")
    assert "trigger" not in api.get("tasks", in_state(api, "closed after a run"))
    found = api.when_closed(oid)
    assert found["trigger"]["handlerUri"].endswith("/completedTaskCleanup/handler-3")
    due, closed = found["trigger"]["timestamp"], found["completionTimestamp"]
    assert parse_instant(due) - parse_instant(closed) == 3_600


def test_a_closed_task_is_deleted_when_its_time_is_over(api: Api) -> None:
    kept = api.task(schedulingState="ready", cleanupAfterCompletion="PT0S", indestructible=True)
    oid = api.task(schedulingState="ready", cleanupAfterCompletion="PT0.2S")
    wait_until(lambda: api.client.get(f"/tasks/{oid}").status_code == 404)
    found = api.get("tasks", kept)
    assert states(found) == CLOSED
    assert "trigger" not in found


# ---- the end of the engine ------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_what_was_running_when_the_engine_went_does_as_it_says(
    make_server: ServerFactory, ending: str
) -> None:
    work: Any = {"noOp": {"steps": 2_000, "delay": 20}}
    given: dict[str, dict[str, Any]] = {
        "none": {},
        "restart": {"threadStopAction": "restart"},
        "reschedule": {"threadStopAction": "reschedule"},
        "reschedule, recurring": {"threadStopAction": "reschedule", "schedule": HOURLY},
        "suspend": {"threadStopAction": "suspend"},
        "close": {"threadStopAction": "close"},
    }
    first = make_server()
    with first.client() as client:
        api = Api(client)
        oids = {
            name: api.task(work, schedulingState="ready", **items) for name, items in given.items()
        }
        at_rest = in_state(api, "suspended")
        for oid in oids.values():
            api.when(oid, lambda task: states(task) == RUNNING and task.get("progress", 0) > 0)
    first.kill() if ending == "kill" else first.stop()
    with make_server().client() as client:
        api = Api(client)
        for name in ("none", "restart", "reschedule"):
            found = api.when(oids[name], lambda task: states(task) == RUNNING)
            assert (ran(found), found["activityState"]["activity"]["executionAttempt"]) == (1, 2)
        assert states(api.get("tasks", oids["reschedule, recurring"])) == READY
        planned = next_start(api, oids["reschedule, recurring"])
        found = api.get("tasks", oids["reschedule, recurring"])
        assert planned is not None
        assert parse_instant(planned) - parse_instant(found["lastRunStartTimestamp"]) == 3_600
        suspended = api.get("tasks", oids["suspend"])
        assert (states(suspended), before_suspend(suspended)) == (SUSPENDED, RUNNING)
        closed = api.get("tasks", oids["close"])
        assert (states(closed), "completionTimestamp" in closed) == (CLOSED, True)
        assert states(api.get("tasks", at_rest)) == SUSPENDED
