"""What somebody tried who knew only what README and SECURITY.md promise, and what comes of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import ENTERS, Person, authorization
from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from tests.dialects.midpoint.people import People

LONG: dict[str, Any] = {"work": {"noOp": {"steps": 10_000, "delay": 100}}}
#: Suspends the task at once, with what it is part of and what waits for it.
KILL_SWITCH = {
    "policy": {
        "name": "at once",
        "policyConstraints": {"executionTime": {"exceeds": "PT0S"}},
        "policyActions": {"suspendTask": {}},
    }
}
WAITS = {
    "schedulingState": "waiting",
    "waitingReason": "otherTasks",
    "unpauseAction": "executeImmediately",
}
VERBS = ("read", "search", "add", "modify", "runTaskImmediately", "suspendTask", "resumeTask")


def marked(mark: str) -> dict[str, Any]:
    return {"type": "TaskType", "filter": {"text": f"description = '{mark}'"}}


@pytest.fixture(scope="module")
def limited(people: People) -> tuple[Person, str]:
    """Does anything to the tasks of one description, and nothing to others."""
    mark = unique("mark")
    on_them = authorization(*VERBS, object=marked(mark))
    return people.person(ENTERS, on_them, authorization("rawOperation")), mark


def tie(kind: str, identifier: str) -> dict[str, Any]:
    return {"parent": identifier} if kind == "parent" else {"dependent": [identifier]}


def identifier_of(api: Api, oid: str) -> str:
    found: str = api.get("tasks", oid)["taskIdentifier"]
    return found


@pytest.mark.parametrize("kind", ["parent", "dependent"])
def test_a_task_is_not_tied_to_one_that_its_maker_may_not_run_and_suspend(
    limited: tuple[Person, str], api: Api, kind: str
) -> None:
    person, mark = limited
    other = api.create("tasks", {"name": unique("other"), "activity": LONG} | WAITS)
    ties = tie(kind, identifier_of(api, other))
    task = {
        "name": unique("tied"),
        "description": mark,
        "schedulingState": "ready",
        "activity": LONG | {"policies": KILL_SWITCH},
    }
    answer = person.client.post("/tasks", json={"task": task | ties})
    refused = assert_operation_result(answer, 403)["message"]
    # What is hidden is not told from what is not there.
    nowhere = person.client.post("/tasks", json={"task": task | tie(kind, "nobody's")})
    assert assert_operation_result(nowhere, 403)["message"] == refused
    own = person.api.create("tasks", task | {"schedulingState": "suspended"})
    ((path, value),) = ties.items()
    for options in ({}, {"options": "raw"}):
        changed = person.api.patch("tasks", own, delta("replace", path, value), **options)
        assert_operation_result(changed, 403)
    put = person.client.put(f"/tasks/{own}", json={"task": task | ties | {"oid": own}})
    assert_operation_result(put, 403)
    assert api.get("tasks", other)["schedulingState"] == "waiting"


@pytest.mark.parametrize("kind", ["parent", "dependent"])
def test_a_task_is_tied_to_one_that_its_maker_may_run_and_suspend(
    limited: tuple[Person, str], api: Api, kind: str
) -> None:
    person, mark = limited
    own = {"description": mark, "activity": LONG}
    first = person.api.create("tasks", own | {"name": unique("first")} | WAITS)
    ties = tie(kind, identifier_of(api, first))
    second = person.api.create("tasks", own | {"name": unique("second")} | ties)
    third = person.api.create("tasks", own | {"name": unique("third")})
    ((path, value),) = ties.items()
    person.api.modify("tasks", third, delta("replace", path, value))
    # What is tied already may be changed otherwise.
    person.api.modify("tasks", second, delta("replace", "iteration", 1))
    shown = [api.get("tasks", each)[path] for each in (second, third)]
    assert shown == [identifier_of(api, first)] * 2
