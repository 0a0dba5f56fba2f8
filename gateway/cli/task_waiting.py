"""Waiting until tasks come to rest, and what became of them. Knows no terminal."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.cli.remote import PATIENCE, Exit, Refused
from gateway.cli.task_rows import find_message, is_at_rest, make_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.cli.task_client import SeenTask, Target, TaskClient

#: Seconds that one request waits at the server: well below those after which we hang up.
LONG_POLL = PATIENCE * 2 // 3
#: Seconds between two questions to a server that answers at once.
POLL = 1.0


class Until(StrEnum):
    """What a task is waited for."""

    CLOSED = "closed"
    SUSPENDED = "suspended"
    REST = "rest"


class WaitOutcome(StrEnum):
    """What became of a task that was waited for."""

    SUCCESS = "success"
    PARTIAL_ERROR = "partial_error"
    FAILURE = "failure"
    SUSPENDED = "suspended"
    SUSPENDED_BY_FAILURE = "suspended_by_failure"
    CLOSED = "closed"
    REFUSED = "refused"
    TIMEOUT = "timeout"


#: What is said of each outcome; `{state}` stands for where the task is.
SENTENCES = {
    WaitOutcome.SUCCESS: "is {state}",
    WaitOutcome.PARTIAL_ERROR: "ended with errors in some items",
    WaitOutcome.FAILURE: "failed",
    WaitOutcome.SUSPENDED: "is suspended before its end",
    WaitOutcome.SUSPENDED_BY_FAILURE: "is suspended, because it failed",
    WaitOutcome.CLOSED: "is closed, so it will not be suspended any more",
    WaitOutcome.REFUSED: "cannot be waited for",
    WaitOutcome.TIMEOUT: "is not there yet; the time is over",
}


@dataclass(frozen=True, kw_only=True)
class Timer:
    """Time as waiting needs it; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, kw_only=True)
class Waited:
    """A task that was waited for."""

    oid: str | None
    name: str
    state: str | None
    result: str | None
    outcome: WaitOutcome
    message: str | None


def decide_outcome(seen: SeenTask, until: Until) -> WaitOutcome | None:
    """What became of the task; None while there is more to wait for."""
    row = make_row(seen.task)
    if not is_at_rest(seen.task, seen.at):
        return None
    if row.state == "suspended":
        return _decide_suspended_outcome(row.result, until, has_failed=row.has_failed)
    if row.state != "closed" and until is not Until.REST:
        return None
    if row.has_failed:
        return WaitOutcome.FAILURE if row.result == "fatal_error" else WaitOutcome.PARTIAL_ERROR
    return WaitOutcome.CLOSED if until is Until.SUSPENDED else WaitOutcome.SUCCESS


def _decide_suspended_outcome(
    result: str | None, until: Until, *, has_failed: bool
) -> WaitOutcome | None:
    if has_failed:
        return WaitOutcome.SUSPENDED_BY_FAILURE
    if until is Until.CLOSED:
        return None
    is_over = until is Until.SUSPENDED or result not in (None, "in_progress", "unknown")
    return WaitOutcome.SUCCESS if is_over else WaitOutcome.SUSPENDED


def exit_code(waited: Sequence[Waited]) -> Exit:
    """What the command ends with; an error is final, so it counts before a time-out."""
    outcomes = {each.outcome for each in waited}
    if outcomes - {WaitOutcome.SUCCESS, WaitOutcome.TIMEOUT}:
        return Exit.REFUSED
    return Exit.TIMEOUT if WaitOutcome.TIMEOUT in outcomes else Exit.DONE


class Waiter:
    """Waits for one task after the other, all within the same time."""

    def __init__(
        self, tasks: TaskClient, until: Until, timeout: float | None, timer: Timer | None = None
    ) -> None:
        self._tasks = tasks
        self._until = until
        self._timer = timer or Timer()
        self._deadline = None if timeout is None else self._timer.now() + timeout

    def wait(self, target: Target) -> Waited:
        """What became of the task."""
        while True:
            left = self._compute_remaining()
            patience = int(min(LONG_POLL, left))
            asked = self._timer.now()
            try:
                seen = self._tasks.get(target.oid, wait=patience)
            except Refused as error:
                return report_refusal(target.name, error, target.oid)
            outcome = decide_outcome(seen, self._until)
            if outcome is not None:
                return _report_waited(target, seen.task, outcome)
            if self._compute_remaining() <= 0:
                return _report_waited(target, seen.task, WaitOutcome.TIMEOUT)
            # A server that honours `Prefer` has used the time up; another one is not to be pestered.
            if self._timer.now() - asked < patience / 2 or not patience:
                self._timer.sleep(min(POLL, self._compute_remaining()))

    def _compute_remaining(self) -> float:
        if self._deadline is None:
            return float(LONG_POLL)
        return max(0.0, self._deadline - self._timer.now())


def report_refusal(given: str, error: Refused, oid: str | None = None) -> Waited:
    """What is told of a task that the server does not show."""
    return Waited(
        oid=oid,
        name=given,
        state=None,
        result=None,
        outcome=WaitOutcome.REFUSED,
        message=error.whole,
    )


def _report_waited(target: Target, task: dict[str, Any], outcome: WaitOutcome) -> Waited:
    row = make_row(task)
    return Waited(
        oid=target.oid,
        name=target.name,
        state=row.state,
        result=row.result,
        outcome=outcome,
        message=find_message(task),
    )
