"""Every change of a task's state has one name."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from gateway.engine.tasks.event_names import CHANGES, EventName, name_of
from gateway.model.task import ExecutionState, TaskState
from tests.serving import ROOT

FINISHED = "2025-06-15T15:06:40.000Z"
PLAIN = TaskState(identifier="t-1", progress=0)


def state(execution: str | None, **cells: object) -> TaskState:
    return replace(PLAIN, execution_state=execution, **cells)  # type: ignore[arg-type]


RUNNING = state("running", run=1, result_status="in_progress")
CASES = [
    (None, state("runnable"), EventName.TASK_CREATED),
    (state("closed"), None, EventName.TASK_DELETED),
    (state("runnable"), RUNNING, EventName.TASK_STARTED),
    (state("runnable", run=1), RUNNING, EventName.TASK_CONTINUED),
    (RUNNING, replace(RUNNING, progress=5), EventName.TASK_PROGRESSED),
    (RUNNING, state("closed", last_run_finish=FINISHED), EventName.TASK_FINISHED),
    (RUNNING, state("closed"), EventName.TASK_CLOSED),
    (RUNNING, state("runnable", last_run_finish=FINISHED), EventName.TASK_RESCHEDULED),
    (RUNNING, state("runnable", run=1, next_start=FINISHED), EventName.TASK_RECOVERED),
    (RUNNING, state("runnable", run=1, next_retry=FINISHED), EventName.TASK_DEFERRED),
    (RUNNING, state("suspended", run=1), EventName.TASK_SUSPENDED),
    (
        RUNNING,
        state("suspended", last_run_finish=FINISHED, result_status="fatal_error"),
        EventName.TASK_FAILED,
    ),
    (state("runnable"), state("suspended"), EventName.TASK_SUSPENDED),
    (
        state("runnable", result_status="fatal_error"),
        state("suspended", result_status="fatal_error"),
        EventName.TASK_SUSPENDED,
    ),
    (state("suspended"), state("runnable"), EventName.TASK_RESUMED),
    (state("suspended"), state("waiting"), EventName.TASK_RESUMED),
    (state("closed"), state("runnable"), EventName.TASK_REOPENED),
    (state("waiting"), state("runnable"), EventName.TASK_UNPAUSED),
    (state("runnable"), state("runnable", next_start=FINISHED), EventName.TASK_SCHEDULED),
    (state(None), state("runnable"), EventName.TASK_SCHEDULED),
    (RUNNING, state("waiting", run=1), EventName.TASK_WAITING),
    (state("waiting"), state("closed"), EventName.TASK_CLOSED),
]


@pytest.mark.parametrize(("before", "after", "name"), CASES)
def test_a_change_has_its_name(
    before: TaskState | None, after: TaskState | None, name: EventName
) -> None:
    assert name_of(before, after) is name


@pytest.mark.parametrize("execution", [None, *ExecutionState])
def test_a_state_that_stays_as_it_is_has_no_event(execution: str | None) -> None:
    assert name_of(state(execution), replace(state(execution), touched=7)) is None


def test_progress_counts_only_while_the_task_runs() -> None:
    assert name_of(state("closed"), state("closed", progress=7)) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in product([None, *ExecutionState], ExecutionState) if pair[0] != pair[1]],
)
def test_no_change_of_the_execution_state_is_without_a_name(before: str | None, after: str) -> None:
    assert name_of(state(before), state(after)) is not None


def test_every_name_of_the_table_is_reached() -> None:
    named = {name_of(before, after) for before, after, _ in CASES}
    assert {row.name for row in CHANGES} <= named


@pytest.mark.parametrize("name", EventName)
def test_every_event_stands_in_the_readme(name: EventName) -> None:
    assert f"`{name}`" in (ROOT / "README.md").read_text(encoding="utf-8")
