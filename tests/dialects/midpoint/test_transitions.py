"""Every row of the table of what operations do to tasks, through HTTP (midpoint-tasks 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from gateway.clock import parse_instant
from tests.serving import Api, assert_operation_result, states, unique
from tests.task_states import (
    CLOSED,
    FUTURE,
    READY,
    RUNNING,
    STATELESS,
    SUSPENDED,
    WAITING,
    States,
    before_suspend,
    has_run,
    in_state,
    next_start,
    records,
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """In this state, that operation answers and leads so."""

    operation: str
    state: str
    status: int
    #: States when all is over; None: the same task as before, to the last item.
    after: States | None = None
    #: Runs that the task has had then.
    runs: int = 0
    warns: bool = False
    #: Scheduling and execution state that are remembered for a resume.
    before: States = STATELESS
    #: What was to come next: an instant, `interval` for one from the last start, `kept`, or nothing.
    next: str | None = None

    def __str__(self) -> str:
        return f"{self.operation}, {self.state}"


def row(operation: str, state: str, status: int, after: States | None = None, **cells: Any) -> Row:
    return Row(operation=operation, state=state, status=status, after=after, **cells)


ROWS = [
    # run: at once, whatever the schedule says; an interval counts anew, within the schedule's bounds
    row("run", "ready, single, later", 204, CLOSED, runs=1),
    row("run", "ready, interval, later", 204, READY, runs=1, next=FUTURE),
    row("run", "ready after a run", 204, READY, runs=2, next="interval"),
    row("run", "ready, tight, later", 204, READY, runs=1, next=FUTURE),
    row("run", "ready, cron", 204, READY, runs=1, next="kept"),
    row("run", "ready, on demand", 204, READY, runs=1),
    row("run", "running", 204, CLOSED, runs=1),
    row("run", "running, recurring", 204, READY, runs=2, next="interval"),
    row("run", "closed", 204, CLOSED, runs=1),
    row("run", "closed after a run", 204, CLOSED, runs=2),
    row("run", "closed, interval", 204, warns=True),
    row("run", "waiting", 204, CLOSED, runs=1),
    row("run", "waiting, recurring", 204, READY, runs=1, next="interval"),
    row("run", "suspended", 204, warns=True),
    row("run", "suspended, interval", 204, warns=True),
    # suspend: what was is remembered, and nothing is to come
    row("suspend", "ready, single, later", 204, SUSPENDED, before=READY),
    row("suspend", "ready, interval, later", 204, SUSPENDED, before=READY),
    row("suspend", "ready, cron", 204, SUSPENDED, before=READY),
    row("suspend", "running", 204, SUSPENDED, before=RUNNING, runs=1),
    row("suspend", "running, recurring", 204, SUSPENDED, before=RUNNING, runs=1),
    row("suspend", "waiting", 204, SUSPENDED, before=WAITING),
    row("suspend", "suspended", 204),
    row("suspend", "suspended from ready, cron", 204),
    row("suspend", "suspended from waiting", 204),
    row("suspend", "closed", 204),
    row("suspend", "closed, interval", 204),
    # resume: where it was, or where its schedule leads
    row("resume", "suspended", 202, CLOSED, runs=1),
    row("resume", "suspended, interval", 202, READY, runs=1, next="interval"),
    row("resume", "suspended, later", 202, READY, next=FUTURE),
    row("resume", "suspended from ready, interval, later", 202, READY, next=FUTURE),
    row("resume", "suspended from ready, cron", 202, READY, next="kept"),
    row("resume", "suspended from running", 202, CLOSED, runs=1),
    row("resume", "suspended from running, recurring", 202, READY, runs=1, next="interval"),
    row("resume", "suspended from waiting", 202, WAITING),
    row("resume", "closed, interval", 202, READY, runs=1, next="interval"),
    row("resume", "closed, interval, later", 202, READY, next=FUTURE),
    row("resume", "closed", 409),
    row("resume", "closed after a run", 409),
    row("resume", "ready, single, later", 409),
    row("resume", "ready, on demand", 409),
    row("resume", "waiting", 409),
]


@pytest.mark.parametrize("given", ROWS, ids=str)
def test_an_operation_answers_and_leads_where_the_table_says(api: Api, given: Row) -> None:
    check(api, given)


EXACT_ROWS = [
    row("run", "stateless", 204, warns=True),
    row("suspend", "stateless", 204),
    row("resume", "stateless", 500),
    row("run", "suspended", 204, warns=True),
    row("resume", "closed", 500),
    row("resume", "ready, single, later", 500),
    row("resume", "waiting", 500),
    row("resume", "suspended, interval", 202, READY, runs=1, next="interval"),
]


@pytest.mark.parametrize("given", EXACT_ROWS, ids=str)
def test_an_exact_server_differs_in_nothing_but_the_status(exact: Api, given: Row) -> None:
    check(exact, given)


def check(api: Api, given: Row) -> None:
    oid = in_state(api, given.state)
    before, planned = api.get("tasks", oid), next_start(api, oid)
    answer = api.operate(oid, given.operation)
    if given.status >= 400:
        assert_operation_result(answer, given.status)
    else:
        assert (answer.status_code, answer.content) == (given.status, b"")
    assert ("warning" in answer.headers) is given.warns
    if given.after is None:
        assert api.get("tasks", oid) == before
        assert next_start(api, oid) == planned
        return
    found = api.when(oid, lambda task: states(task) == given.after and has_run(task, given.runs))
    assert before_suspend(found) == given.before
    assert_next(given, found, planned, next_start(api, oid))


def assert_next(given: Row, task: dict[str, Any], planned: str | None, actual: str | None) -> None:
    if given.next == "interval":
        assert actual is not None
        period = parse_instant(actual) - parse_instant(task["lastRunStartTimestamp"])
        assert period == task["schedule"]["interval"]
    elif given.next == "kept":
        assert actual is not None
        assert actual.endswith("-01-01T00:00:00.000Z")
        assert planned in (actual, None)
    else:
        assert actual == given.next


def test_a_refused_resume_of_a_running_task_leaves_it_running(api: Api) -> None:
    oid = api.running()
    assert assert_operation_result(api.operate(oid, "resume"), 409)["operation"] == "resumeTask"
    found = api.get("tasks", oid)
    assert states(found) == RUNNING
    api.operate(oid, "suspend")


def test_the_warning_of_a_refused_run_says_what_to_do(api: Api) -> None:
    for state in ("suspended", "closed, interval"):
        assert "resume it" in api.operate(in_state(api, state), "run").headers["warning"]


def test_a_resumed_task_goes_on_with_its_run(api: Api) -> None:
    oid = in_state(api, "suspended from running")
    [stood] = records(api.get("tasks", oid))
    api.operate(oid, "resume")
    [done] = records(api.when_closed(oid))
    assert done["taskRunIdentifier"] == stood["taskRunIdentifier"]


def test_a_task_that_is_resumed_to_wait_still_waits_for_others(api: Api) -> None:
    oid = in_state(api, "suspended from waiting")
    api.operate(oid, "resume")
    assert api.get("tasks", oid)["waitingReason"] == "otherTasks"


def test_a_result_is_cleared_by_run_and_resume(api: Api) -> None:
    oid = in_state(api, "suspended, later")
    assert "resultStatus" not in api.get("tasks", oid)
    api.operate(oid, "resume")
    assert api.get("tasks", oid)["resultStatus"] == "in_progress"


def test_a_task_that_cannot_be_done_is_suspended_and_fails_again_when_it_is_resumed(
    api: Api,
) -> None:
    owner = api.create("users", {"name": unique("owner")})
    oid = api.task(schedulingState="ready", ownerRef={"oid": owner, "type": "c:UserType"})
    failed = api.when(oid, lambda task: task.get("resultStatus") == "fatal_error")
    assert states(failed) == SUSPENDED
    assert "warning" in api.operate(oid, "run").headers
    assert api.operate(oid, "resume").status_code == 202
    last = failed["lastRunFinishTimestamp"]
    again = api.when(oid, lambda task: task["lastRunFinishTimestamp"] > last)
    assert (states(again), again["resultStatus"]) == (SUSPENDED, "fatal_error")
