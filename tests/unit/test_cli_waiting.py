"""Waiting for tasks at servers that know `Prefer: wait`, and at those that do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from gateway.cli.remote import Exit
from gateway.cli.task_client import SeenTask, Target, TaskClient
from gateway.cli.task_waiting import (
    LONG_POLL,
    POLL,
    Timer,
    Until,
    Waited,
    Waiter,
    WaitOutcome,
    decide_outcome,
    exit_code,
)

TARGET = Target(oid="1", name="a task")


@dataclass(kw_only=True)
class FakeServer:
    """Answers with one task state after the other, over a clock that only waiting moves."""

    states: list[tuple[str, str | None]]
    honours_prefer: bool = True
    seconds: float = 0.0
    preferences: list[str | None] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        preference = request.headers.get("prefer")
        self.preferences.append(preference)
        state, result = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "gone":
            return httpx2.Response(404, json={"object": {"message": "There is no such task."}})
        if state == "running" and preference and self.honours_prefer:
            self.seconds += int(preference.removeprefix("wait="))
        task = {"oid": "1", "executionState": state, "resultStatus": result}
        return httpx2.Response(200, json={"task": task})

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def wait(self, until: Until = Until.REST, timeout: float | None = None) -> Waited:
        transport = httpx2.MockTransport(self.answer)
        timer = Timer(now=lambda: self.seconds, sleep=self.sleep)
        with httpx2.Client(transport=transport, base_url="http://server") as client:
            return Waiter(TaskClient(client), until, timeout, timer).wait(TARGET)


def test_a_server_that_honours_the_preference_is_asked_without_pauses() -> None:
    server = FakeServer(states=[("running", None), ("running", None), ("closed", "success")])
    assert server.wait().outcome is WaitOutcome.SUCCESS
    assert server.preferences == [f"wait={LONG_POLL}"] * 3
    assert server.slept == []


def test_a_server_that_ignores_the_preference_is_asked_at_a_modest_rate() -> None:
    states: list[tuple[str, str | None]] = [("running", None)] * 3 + [("closed", "success")]
    server = FakeServer(states=states, honours_prefer=False)
    assert server.wait().outcome is WaitOutcome.SUCCESS
    assert server.slept == [POLL] * 3


@pytest.mark.parametrize("honours_prefer", [True, False])
def test_the_time_that_was_given_is_kept(honours_prefer: bool) -> None:
    server = FakeServer(states=[("running", "in_progress")], honours_prefer=honours_prefer)
    assert server.wait(timeout=50.5).outcome is WaitOutcome.TIMEOUT
    assert server.seconds == pytest.approx(50.5)


def test_without_time_the_task_is_looked_at_once() -> None:
    server = FakeServer(states=[("running", None)])
    assert server.wait(timeout=0).outcome is WaitOutcome.TIMEOUT
    assert server.preferences == [None]


def test_a_task_that_is_deleted_meanwhile_is_told() -> None:
    server = FakeServer(states=[("running", None), ("gone", None)])
    waited = server.wait()
    assert waited.outcome is WaitOutcome.REFUSED
    assert waited.message == "404: There is no such task."


@pytest.mark.parametrize(
    ("state", "result", "until", "outcome"),
    [
        ("closed", "success", Until.REST, WaitOutcome.SUCCESS),
        ("closed", "warning", Until.REST, WaitOutcome.SUCCESS),
        ("closed", "partial_error", Until.CLOSED, WaitOutcome.PARTIAL_ERROR),
        ("closed", "fatal_error", Until.SUSPENDED, WaitOutcome.FAILURE),
        ("closed", "success", Until.SUSPENDED, WaitOutcome.CLOSED),
        ("suspended", "fatal_error", Until.REST, WaitOutcome.SUSPENDED_BY_FAILURE),
        ("suspended", "fatal_error", Until.CLOSED, WaitOutcome.SUSPENDED_BY_FAILURE),
        ("suspended", "in_progress", Until.REST, WaitOutcome.SUSPENDED),
        ("suspended", None, Until.REST, WaitOutcome.SUSPENDED),
        ("suspended", "success", Until.REST, WaitOutcome.SUCCESS),
        ("suspended", "in_progress", Until.SUSPENDED, WaitOutcome.SUCCESS),
        ("suspended", "in_progress", Until.CLOSED, None),
        ("runnable", "success", Until.REST, WaitOutcome.SUCCESS),
        ("runnable", "partial_error", Until.REST, WaitOutcome.PARTIAL_ERROR),
        ("runnable", "success", Until.CLOSED, None),
        ("runnable", "success", Until.SUSPENDED, None),
        ("running", "in_progress", Until.REST, None),
    ],
)
def test_what_became_of_a_task_follows_from_its_state_and_result(
    state: str, result: str | None, until: Until, outcome: WaitOutcome | None
) -> None:
    task: dict[str, Any] = {"executionState": state, "resultStatus": result}
    assert decide_outcome(SeenTask(task=task, at=0), until) is outcome


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([WaitOutcome.SUCCESS], Exit.DONE),
        ([WaitOutcome.SUCCESS, WaitOutcome.TIMEOUT], Exit.TIMEOUT),
        ([WaitOutcome.TIMEOUT, WaitOutcome.PARTIAL_ERROR], Exit.REFUSED),
        ([WaitOutcome.SUSPENDED], Exit.REFUSED),
        ([WaitOutcome.SUSPENDED_BY_FAILURE], Exit.REFUSED),
        ([WaitOutcome.REFUSED, WaitOutcome.SUCCESS], Exit.REFUSED),
    ],
)
def test_an_error_counts_before_a_time_out(outcomes: list[WaitOutcome], code: Exit) -> None:
    waited = [
        Waited(oid="1", name="x", state=None, result=None, outcome=each, message=None)
        for each in outcomes
    ]
    assert exit_code(waited) is code
