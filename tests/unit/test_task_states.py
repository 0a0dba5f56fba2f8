"""What each operation does to a task's state: the table of midpoint-tasks 2.3, written again here."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from gateway.model.task import (
    TRANSITIONS,
    Operation,
    TaskState,
    Transition,
    TransitionEffect,
    move_state,
    transition,
)


class Row(NamedTuple):
    """One line of the specification."""

    operation: str
    scheduling: str | None
    #: Which of its cases: `single`, `recurring`, `waited`, `running`, or none.
    case: str
    #: Scheduling and execution state afterwards; None where both stay.
    becomes: tuple[str, str] | None
    effect: str


READY, SUSPENDED, CLOSED = (
    ("ready", "runnable"),
    ("suspended", "suspended"),
    ("closed", "closed"),
)
SPECIFICATION = [
    Row("run", "ready", "", None, "start_now"),
    Row("run", "closed", "single", READY, "start_now"),
    Row("run", "closed", "recurring", None, "warn"),
    Row("run", "waiting", "", READY, "start_now"),
    Row("run", "suspended", "", None, "warn"),
    Row("run", None, "", None, "warn"),
    Row("suspend", "ready", "", SUSPENDED, "stop"),
    Row("suspend", "waiting", "", SUSPENDED, "stop"),
    Row("suspend", "suspended", "", None, "none"),
    Row("suspend", "closed", "", None, "none"),
    Row("suspend", None, "", None, "none"),
    Row("resume", "suspended", "waited", ("waiting", "waiting"), "none"),
    Row("resume", "suspended", "", READY, "reschedule"),
    Row("resume", "closed", "recurring", READY, "reschedule"),
    Row("resume", "closed", "single", None, "refuse"),
    Row("resume", "ready", "", None, "refuse"),
    Row("resume", "waiting", "", None, "refuse"),
    Row("resume", None, "", None, "refuse"),
    Row("start", "ready", "", ("ready", "running"), "none"),
    Row("start", "ready", "running", None, "refuse"),
    Row("start", "suspended", "", None, "refuse"),
    Row("start", "closed", "", None, "refuse"),
    Row("start", "waiting", "", None, "refuse"),
    Row("finish", "ready", "single", CLOSED, "none"),
    Row("finish", "ready", "recurring", READY, "reschedule"),
    Row("finish", "suspended", "", None, "refuse"),
    Row("fail", "ready", "", SUSPENDED, "none"),
    Row("defer", "ready", "running", READY, "none"),
    Row("wait", "ready", "running", ("waiting", "waiting"), "none"),
    Row("unpause", "waiting", "", READY, "reschedule"),
    Row("close", "ready", "", CLOSED, "none"),
    Row("close", "waiting", "", CLOSED, "none"),
    Row("clear", "ready", "single", CLOSED, "stop"),
    Row("clear", "ready", "running", CLOSED, "stop"),
    Row("clear", "ready", "recurring", READY, "reschedule"),
    Row("clear", "waiting", "single", CLOSED, "stop"),
    Row("clear", "waiting", "recurring", None, "none"),
    Row("clear", "suspended", "single", CLOSED, "none"),
    Row("clear", "suspended", "recurring", None, "none"),
    Row("clear", "closed", "", None, "none"),
    Row("clear", None, "", None, "none"),
]
EXECUTION = {
    "ready": "runnable",
    "waiting": "waiting",
    "suspended": "suspended",
    "closed": "closed",
    None: None,
}


def state(scheduling: str | None, case: str = "") -> TaskState:
    """A task in that scheduling state and case."""
    return TaskState(
        identifier="t",
        scheduling_state=scheduling,
        execution_state="running" if case == "running" else EXECUTION[scheduling],
        recurrence="recurring" if case == "recurring" else "single",
        scheduling_state_before_suspend="waiting" if case == "waited" else None,
    )


@pytest.mark.parametrize(
    "row", SPECIFICATION, ids=lambda r: f"{r.operation}-{r.scheduling}-{r.case}"
)
def test_an_operation_does_what_the_specification_says(row: Row) -> None:
    before = state(row.scheduling, row.case)
    found = transition(Operation(row.operation), before)
    after = move_state(before, found)
    assert found.effect == row.effect
    expected = row.becomes or (before.scheduling_state, before.execution_state)
    assert (after.scheduling_state, after.execution_state) == expected


@pytest.mark.parametrize(
    "row", TRANSITIONS, ids=lambda r: f"{r.operation}-{r.scheduling}-{r.recurring}-{r.waited}"
)
def test_every_row_of_the_table_is_specified(row: Transition) -> None:
    cases = [
        s
        for s in SPECIFICATION
        if s.operation == row.operation
        and s.scheduling == row.scheduling
        and s.becomes == row.to
        and s.effect == row.effect
    ]
    assert cases


@pytest.mark.parametrize(
    "row", [r for r in TRANSITIONS if r.effect in (TransitionEffect.WARN, TransitionEffect.REFUSE)]
)
def test_whoever_is_refused_is_told_why(row: Transition) -> None:
    message = row.message.format(state="closed")
    assert message.endswith(".")
    assert "{" not in message


def test_suspending_remembers_where_the_task_was() -> None:
    before = TaskState(
        identifier="t",
        scheduling_state="waiting",
        execution_state="running",
        waiting_reason="otherTasks",
        next_start="2025-01-01T00:00:00.000Z",
        next_retry="2025-01-01T00:00:00.000Z",
        node="n",
        run=7,
    )
    after = move_state(before, transition(Operation.SUSPEND, before))
    assert after.next_retry is None
    assert after.scheduling_state_before_suspend == "waiting"
    assert after.state_before_suspend == "running"
    assert (after.next_start, after.node, after.run) == (None, None, 7)


def test_resuming_a_task_that_waited_restores_what_it_was_and_forgets_the_memory() -> None:
    before = TaskState(
        identifier="t",
        scheduling_state="suspended",
        execution_state="suspended",
        scheduling_state_before_suspend="waiting",
        state_before_suspend="running",
        waiting_reason="otherTasks",
    )
    after = move_state(before, transition(Operation.RESUME, before))
    assert (after.scheduling_state, after.execution_state) == ("waiting", "running")
    assert after.waiting_reason == "otherTasks"
    assert after.scheduling_state_before_suspend is None
    assert after.state_before_suspend is None


def test_a_task_that_becomes_ready_waits_for_nothing_any_more() -> None:
    before = TaskState(identifier="t", scheduling_state="waiting", waiting_reason="other")
    assert move_state(before, transition(Operation.RUN, before)).waiting_reason is None


def test_a_running_task_is_one_whose_execution_state_says_so() -> None:
    assert state("ready", "running").is_running
    assert not state("ready").is_running
