"""How a task's state moves: operations, runs, crashes (midpoint-tasks 2.3 to 2.6)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import NotFound, WrongState
from gateway.model import lifecycle
from gateway.model.documents import StoredObject
from gateway.model.lifecycle import RunResult
from gateway.model.task import Operation, TaskState

BEFORE = "2025-06-15T11:00:00.000Z"
NOW = "2025-06-15T12:00:00.000Z"
LATER = "2025-06-15T13:00:00.000Z"


def task(
    scheduling: str | None = "ready", items: dict[str, Any] | None = None, **cells: Any
) -> StoredObject:
    execution = {"ready": "runnable"}.get(scheduling or "", scheduling)
    recurring = "interval" in (items or {}).get("schedule", {})
    given: dict[str, Any] = {
        "identifier": "t",
        "scheduling_state": scheduling,
        "execution_state": execution,
        "recurrence": "recurring" if recurring else "single",
    }
    state = TaskState(**given | cells)
    named = {"name": "t"} | (items or {})
    return StoredObject(oid="o", type="TaskType", version=0, items=named, state=state)


HOURLY = {"schedule": {"interval": 3600}}


def operated(stored: StoredObject, operation: Operation) -> TaskState:
    return lifecycle.operate(stored, operation, NOW)[1]


def test_an_object_without_a_state_is_no_task() -> None:
    user = StoredObject(oid="o", type="UserType", version=0, items={"name": "u"})
    with pytest.raises(NotFound, match="no task with the oid o"):
        lifecycle.state_of(user)


def test_run_starts_a_task_now_and_clears_its_result() -> None:
    after = operated(task("closed", result_status="success"), Operation.RUN)
    assert (after.next_start, after.result_status) == (NOW, "in_progress")
    assert json.loads(after.result or "") == {
        "operation": "run",
        "status": "in_progress",
        "start": NOW,
    }


def test_run_of_a_running_task_lets_it_run_once_more_without_touching_its_result() -> None:
    after = operated(task(execution_state="running", result="{}"), Operation.RUN)
    assert (after.execution_state, after.next_start, after.result) == ("running", NOW, "{}")


def test_run_of_a_suspended_task_changes_nothing() -> None:
    suspended = task("suspended")
    assert operated(suspended, Operation.RUN) == suspended.state


def test_resume_of_a_ready_task_is_refused_with_its_state() -> None:
    with pytest.raises(WrongState, match="this one is ready"):
        operated(task(), Operation.RESUME)


def test_resume_of_a_task_in_no_state_says_so() -> None:
    with pytest.raises(WrongState, match="in no state"):
        operated(task(None), Operation.RESUME)


def test_resume_continues_an_interrupted_run_at_once() -> None:
    suspended = task("suspended", HOURLY, run=3, last_run_start="2025-06-15T11:50:00.000Z")
    assert operated(suspended, Operation.RESUME).next_start == NOW


def test_resume_of_a_recurring_task_between_runs_keeps_its_rhythm() -> None:
    suspended = task("suspended", HOURLY, last_run_start="2025-06-15T11:50:00.000Z")
    assert operated(suspended, Operation.RESUME).next_start == "2025-06-15T12:50:00.000Z"


def test_a_due_task_is_started_with_fresh_counters() -> None:
    after = lifecycle.start_run(task(next_start=NOW, progress=7, expected_total=9), NOW)
    assert after is not None
    assert (after.execution_state, after.node, after.next_start) == ("running", "taskgate", None)
    assert (after.progress, after.expected_total) == (0, None)
    assert (after.last_run_start, after.result_status) == (NOW, "in_progress")


def test_an_interrupted_run_goes_on_with_its_counters() -> None:
    after = lifecycle.start_run(task(next_start=NOW, progress=7, expected_total=9, run=4), NOW)
    assert after is not None
    assert (after.progress, after.expected_total, after.run) == (7, 9, 4)


@pytest.mark.parametrize(
    "early",
    [
        task(next_start=None),
        task(next_start=LATER),
        task("suspended", next_start=NOW),
        task(next_start=NOW, execution_state="running"),
    ],
)
def test_what_is_not_due_is_not_started(early: StoredObject) -> None:
    assert lifecycle.start_run(early, NOW) is None


RUNNING: dict[str, Any] = {
    "execution_state": "running",
    "node": "n",
    "run": 4,
    "last_run_start": BEFORE,
}


def test_a_single_task_closes_when_its_run_is_done() -> None:
    after = lifecycle.end_run(task(**RUNNING), RunResult(status="success"), NOW)
    assert (after.scheduling_state, after.execution_state) == ("closed", "closed")
    assert (after.completed, after.last_run_finish) == (NOW, NOW)
    assert (after.node, after.run, after.next_start) == (None, None, None)
    assert json.loads(after.result or "") == {
        "operation": "run",
        "status": "success",
        "start": BEFORE,
        "end": NOW,
    }


def test_a_recurring_task_is_ready_again_at_its_next_time() -> None:
    running = RUNNING | {"last_run_start": "2025-06-15T11:59:00.000Z"}
    after = lifecycle.end_run(task(items=HOURLY, **running), RunResult(status="success"), NOW)
    assert (after.scheduling_state, after.execution_state) == ("ready", "runnable")
    assert after.next_start == "2025-06-15T12:59:00.000Z"
    assert after.completed is None


def test_a_recurring_task_that_was_run_meanwhile_starts_again_at_once() -> None:
    running = task(items=HOURLY, next_start=BEFORE, **RUNNING)
    assert lifecycle.end_run(running, RunResult(status="success"), NOW).next_start == BEFORE


def test_a_run_of_a_single_task_that_was_asked_for_meanwhile_is_dropped() -> None:
    running = task(next_start=BEFORE, **RUNNING)
    assert lifecycle.end_run(running, RunResult(status="success"), NOW).next_start is None


@pytest.mark.parametrize("items", [{}, HOURLY])
def test_work_that_is_impossible_suspends_the_task_and_keeps_the_run(items: dict[str, Any]) -> None:
    verdict = RunResult(status="fatal_error", message="no owner", is_permanent=True)
    after = lifecycle.end_run(task(items=items, **RUNNING), verdict, NOW)
    assert (after.scheduling_state, after.execution_state) == ("suspended", "suspended")
    assert (after.run, after.node, after.result_status) == (4, None, "fatal_error")
    assert json.loads(after.result or "")["message"] == "no owner"


def test_a_closed_task_keeps_its_completion_time_while_it_runs_again() -> None:
    after = operated(task("closed", completed=BEFORE), Operation.RUN)
    assert after.completed == BEFORE


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (None, ("ready", "runnable", NOW)),
        ("restart", ("ready", "runnable", NOW)),
        ("reschedule", ("ready", "runnable", NOW)),
        ("suspend", ("suspended", "suspended", None)),
        ("close", ("closed", "closed", None)),
    ],
)
def test_a_task_whose_engine_is_gone_does_what_its_stop_action_says(
    action: str | None, expected: tuple[str, str, str | None]
) -> None:
    items = {} if action is None else {"threadStopAction": action}
    after = lifecycle.recover_task(task(items=items, **RUNNING), NOW)
    assert after is not None
    assert (after.scheduling_state, after.execution_state, after.next_start) == expected
    assert after.node is None


def test_a_recurring_task_may_wait_for_its_next_time_after_a_crash() -> None:
    items = HOURLY | {"threadStopAction": "reschedule"}
    running = RUNNING | {"last_run_start": "2025-06-15T11:30:00.000Z"}
    after = lifecycle.recover_task(task(items=items, **running), NOW)
    assert after is not None
    assert after.next_start == "2025-06-15T12:30:00.000Z"


def test_a_tightly_bound_task_starts_again_at_once_after_a_crash() -> None:
    items = HOURLY | {"threadStopAction": "reschedule", "binding": "tight"}
    after = lifecycle.recover_task(task(items=items, **RUNNING), NOW)
    assert after is not None
    assert after.next_start == NOW


def test_a_task_that_does_not_run_has_nothing_to_recover() -> None:
    assert lifecycle.recover_task(task(), NOW) is None


def rescheduled(stored: StoredObject, before: TaskState) -> TaskState:
    return lifecycle.reschedule(stored, before, NOW)


def test_a_changed_schedule_takes_effect_at_once() -> None:
    stored = task(items=HOURLY, last_run_start=BEFORE, next_start=LATER)
    faster = replace(stored, items={"name": "t", "schedule": {"interval": 60 * 90}})
    assert stored.state is not None
    assert rescheduled(faster, stored.state).next_start == "2025-06-15T12:30:00.000Z"


def test_a_task_that_becomes_ready_by_a_change_is_armed() -> None:
    stored = task("ready", execution_state="suspended")
    after = rescheduled(stored, TaskState(identifier="t", scheduling_state="suspended"))
    assert (after.execution_state, after.next_start) == ("runnable", NOW)


def test_a_task_that_is_no_longer_ready_has_no_start() -> None:
    stored = task("suspended", next_start=LATER)
    assert (
        rescheduled(stored, TaskState(identifier="t", scheduling_state="ready")).next_start is None
    )


def test_a_running_task_keeps_running_through_a_change() -> None:
    stored = task(**RUNNING)
    assert stored.state is not None
    assert rescheduled(stored, stored.state) == stored.state
