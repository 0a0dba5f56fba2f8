"""What becomes of a task's state when somebody tells what its run came to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.clock import ManualClock
from gateway.http.rates import Rate, Rates
from gateway.model.documents import StoredObject
from gateway.model.lifecycle import ReportedResult, report_result, start_run
from gateway.model.task import TaskState

BEFORE = "2025-06-15T11:00:00.000Z"
NOW = "2025-06-15T12:00:00.000Z"
TOLD = ReportedResult(status="DONE", at=BEFORE, ends_run=True)


def task(recurrence: str = "single", **cells: Any) -> StoredObject:
    given: dict[str, Any] = {
        "scheduling_state": "ready",
        "execution_state": "running",
        "node": "n",
        "run": 7,
        "last_run_start": BEFORE,
        "result_status": "in_progress",
        "next_retry": NOW,
    }
    state = TaskState(identifier="t", recurrence=recurrence, **given | cells)
    schedule = {"schedule": {"interval": 3_600}} if recurrence == "recurring" else {}
    items = {"name": "t"} | schedule
    return StoredObject(oid="o", type="TaskType", version=0, items=items, state=state)


def test_a_running_single_task_is_closed_and_lets_go_of_its_run() -> None:
    after = report_result(task(), TOLD, NOW)
    assert (after.scheduling_state, after.execution_state) == ("closed", "closed")
    assert (after.told_status, after.told_at) == ("DONE", BEFORE)
    assert (after.run, after.node, after.next_start, after.next_retry) == (None,) * 4
    assert (after.last_run_finish, after.completed, after.result_status) == (NOW, NOW, "unknown")
    assert json.loads(after.result or "")["end"] == NOW


def test_a_running_recurring_task_goes_on_as_its_schedule_says() -> None:
    after = report_result(task("recurring"), TOLD, NOW)
    assert (after.scheduling_state, after.execution_state) == ("ready", "runnable")
    assert (after.run, after.completed) == (None, None)
    assert after.next_start is not None
    assert after.next_start >= NOW


def test_a_suspended_recurring_task_stays_suspended_without_its_run() -> None:
    before = task("recurring", scheduling_state="suspended", execution_state="suspended")
    after = report_result(before, TOLD, NOW)
    assert (after.scheduling_state, after.run, after.last_run_finish) == ("suspended", None, NOW)


def test_a_run_that_was_over_keeps_its_end_and_result() -> None:
    before = task("recurring", execution_state="runnable", run=None, result_status="success")
    assert before.state is not None
    finished = task(
        "recurring",
        execution_state="runnable",
        run=None,
        result_status="success",
        last_run_finish=NOW,
    )
    after = report_result(finished, TOLD, "2025-06-15T13:00:00.000Z")
    assert (after.last_run_finish, after.result_status) == (NOW, "success")


def test_a_task_whose_run_is_not_to_be_stopped_keeps_its_state() -> None:
    given = ReportedResult(status="DONE", at=BEFORE, ends_run=False)
    before = task()
    after = report_result(before, given, NOW)
    assert before.state is not None
    assert (after.execution_state, after.run) == ("running", 7)


def test_the_next_run_forgets_what_was_told() -> None:
    waiting = task(
        execution_state="runnable", run=None, next_start=BEFORE, told_status="DONE", told_at=NOW
    )
    after = start_run(waiting, NOW)
    assert after is not None
    assert (after.told_status, after.told_at) == (None, None)


def test_a_rate_is_a_window_that_slides() -> None:
    clock = ManualClock()
    rates = Rates(Rate.of("2/10"), clock)
    assert rates.wait("a") is None
    clock.advance(4)
    assert rates.wait("a") is None
    assert rates.wait("a") == 6
    assert rates.wait("b") is None
    clock.advance(5.5)
    assert rates.wait("a") == 1
    clock.advance(0.5)
    assert rates.wait("a") is None
    assert rates.wait("a") == 4


def test_without_a_rate_nobody_waits() -> None:
    rates = Rates(None, ManualClock())
    assert [rates.wait("a") for _ in range(1_000)] == [None] * 1_000


@pytest.mark.parametrize("recurrence", ["single", "recurring"])
def test_what_was_told_is_no_secret_of_one_kind_of_task(recurrence: str) -> None:
    assert report_result(task(recurrence), TOLD, NOW).told_status == "DONE"
