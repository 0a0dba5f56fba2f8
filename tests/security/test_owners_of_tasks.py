"""A task is set to work by its owner alone, and one without an owner by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import ENTERS, Person, authorization
from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from tests.dialects.midpoint.people import People

NO_OP: dict[str, Any] = {"work": {"noOp": {}}}
OTHER = {"work": {"noOp": {"steps": 2}}}


@pytest.fixture(scope="module")
def changer(people: People) -> Person:
    """May add and change all tasks."""
    return people.person(
        ENTERS, authorization("read", "add", "modify", object={"type": "TaskType"})
    )


@pytest.mark.parametrize("options", [{}, {"options": "reevaluateSearchFilters"}])
def test_the_owner_of_somebody_elses_task_is_not_removed(
    changer: Person, api: Api, options: dict[str, str]
) -> None:
    oid = api.task()
    for kind in ("replace", "delete"):
        owner = api.get("tasks", oid)["ownerRef"]
        given = (owner,) if kind == "delete" else ()
        answer = changer.api.patch("tasks", oid, delta(kind, "ownerRef", *given), **options)
        assert_operation_result(answer, 403)
    assert "ownerRef" in api.get("tasks", oid)


def test_nobody_makes_a_task_that_nobody_owns_work(changer: Person, api: Api) -> None:
    oid = api.task()
    api.modify("tasks", oid, delta("replace", "ownerRef"))
    answer = changer.api.patch("tasks", oid, delta("replace", "activity", OTHER))
    assert_operation_result(answer, 403)
    assert "own them" in assert_operation_result(answer, 403)["message"]


def test_a_task_that_nobody_owns_does_not_run_for_who_starts_it(api: Api) -> None:
    oid = api.task()
    api.modify("tasks", oid, delta("replace", "ownerRef"))
    assert api.operate(oid, "resume").status_code == 202
    found = api.when(oid, lambda task: task["executionState"] == "suspended")
    assert found["resultStatus"] == "fatal_error"


def test_the_own_task_is_changed_and_another_taken_over_with_the_own_rights(
    changer: Person, api: Api
) -> None:
    own = changer.api.task()
    changer.api.modify("tasks", own, delta("replace", "activity", OTHER))
    items = {"oid": own, "name": unique("replaced"), "activity": NO_OP}
    assert changer.client.put(f"/tasks/{own}", json={"task": items}).status_code == 202
    taken = api.task()
    mine = {"oid": changer.oid, "type": "UserType"}
    changer.api.modify("tasks", taken, delta("replace", "ownerRef", mine))
    assert api.get("tasks", taken)["ownerRef"]["oid"] == changer.oid


def test_no_task_gives_a_task_to_somebody_else(changer: Person, people: People, api: Api) -> None:
    tasks = authorization("read", "add", "modify", object={"type": "TaskType"})
    person = people.person(ENTERS, tasks)
    mine = person.api.task()
    query = {"filter": {"text": f". inOid '{mine}'"}}
    owner = {"modificationType": "replace", "path": "ownerRef"}
    for value in ({"oid": changer.oid, "type": "UserType"}, None):
        change = {
            "changeType": "modify",
            "objectType": "TaskType",
            "itemDelta": owner if value is None else owner | {"value": value},
        }
        objects = {"type": "TaskType", "query": query}
        work = {"iterativeChangeExecution": {"objects": objects, "delta": change}}
        done = api.when_closed(person.api.task(work, schedulingState="ready"))
        assert done["resultStatus"] == "partial_error"
        assert api.get("tasks", mine)["ownerRef"]["oid"] == person.oid
