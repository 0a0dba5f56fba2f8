"""A task made in midPoint's API, as SailPoint's SDKs see it: each field as the mapping says (section 11)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.clients.sailpoint import RELEASES
from tests.serving import ADMINISTRATOR, NOWHERE, Api, unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clients.sailpoint import Document, Sdk

#: One in Python and one in node, the newest and the version with the gate; both start at once.
WATCHERS = [
    r for r in RELEASES if r.version == "v1" or (r.version, r.is_python) == ("v2024", False)
]
pytestmark = pytest.mark.parametrize("process", WATCHERS, indirect=True, ids=str)

#: No task may delete it.
LAST_SUPERUSER = "00000000-0000-0000-0000-000000000002"
STEPS = 100
WORK = {"noOp": {"steps": STEPS, "delay": 20}}
COUNTERS = {"processed", "success", "failure", "skip", "expectedTotal"}


def watched(sdk: Sdk, oid: str, until: Callable[[Document], object]) -> list[Document]:
    """The task as it was seen, again and again, until the condition held."""
    seen: list[Document] = []

    def reached() -> bool:
        answer = sdk.get(oid)
        assert (answer.status, answer.warnings) == (200, ())
        seen.append(answer.data)
        return bool(until(seen[-1]))

    wait_until(reached)
    return seen


def is_completed(status: Document) -> bool:
    return status["completionStatus"] is not None


def percent(status: Document) -> int:
    found: int = status["percentComplete"]
    return found


# ---- to the end ------------------------------------------------------------------------------------------


@pytest.fixture
def described(midpoint: Api) -> tuple[str, Document]:
    """A task with all that a status tells of, not yet started; and what its status tells of it."""
    archetype, user = unique("Recomputation task"), unique("jack")
    archetype_oid = midpoint.create("archetypes", {"name": archetype, "description": "of tests"})
    user_oid = midpoint.create("users", {"name": user})
    parent = unique("parent")
    identifier = midpoint.get("tasks", midpoint.task(name=parent))["taskIdentifier"]
    name = unique("described")
    oid = midpoint.task(
        WORK,
        name=name,
        description="Counts to a hundred",
        parent=identifier,
        objectRef={"oid": user_oid, "type": "c:UserType"},
        assignment=[{"targetRef": {"oid": archetype_oid, "type": "c:ArchetypeType"}}],
    )
    return oid, {
        "id": oid,
        "type": "QUEUED_TASK",
        "uniqueName": name,
        "description": "Counts to a hundred",
        "parentName": parent,
        "launcher": ADMINISTRATOR,
        "target": {"id": user_oid, "type": "IDENTITY", "name": user},
        "created": midpoint.get("tasks", oid)["metadata"]["createTimestamp"],
        "taskDefinitionSummary": {
            "id": archetype_oid,
            "uniqueName": archetype,
            "parentName": archetype,
            "description": "of tests",
            "executor": "noOp",
            "arguments": {},
        },
    }


def test_a_task_is_followed_from_pending_to_success(
    sdk: Sdk, midpoint: Api, described: tuple[str, Document]
) -> None:
    oid, told = described
    [before] = watched(sdk, oid, lambda _: True)
    assert before == told | {
        "modified": told["created"],
        "launched": None,
        "completed": None,
        "completionStatus": None,
        "messages": [],
        "returns": before["returns"],
        "attributes": before["attributes"],
        "progress": None,
        "percentComplete": 0,
    }
    assert before["attributes"]["schedulingState"] == "suspended"
    assert midpoint.operate(oid, "resume").status_code == 202
    *running, after = watched(sdk, oid, is_completed)
    assert all(each["completed"] is None for each in running)
    percents = [percent(each) for each in running]
    assert percents == sorted(percents)
    assert len({each for each in percents if 0 < each < 100}) >= 2
    task = midpoint.get("tasks", oid)
    assert after == told | {
        "modified": task["metadata"].get("modifyTimestamp", told["created"]),
        "launched": task["lastRunStartTimestamp"],
        "completed": task["lastRunFinishTimestamp"],
        "completionStatus": "SUCCESS",
        "messages": after["messages"],
        "returns": after["returns"],
        "attributes": after["attributes"],
        "progress": f"{STEPS} of {STEPS}",
        "percentComplete": 100,
    }


def test_a_run_tells_how_far_it_is(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.task(WORK, schedulingState="ready")
    seen = watched(sdk, oid, lambda each: 0 < percent(each) < 100)
    half = seen[-1]
    done = half["attributes"]["processed"]
    assert half["progress"] == f"{done} of {STEPS}"
    assert percent(half) == 100 * done // STEPS
    assert half["launched"] == midpoint.get("tasks", oid)["lastRunStartTimestamp"]
    assert half["attributes"]["executionState"] == "running"
    started = next(each for each in seen if each["launched"])
    assert started["progress"] in {"Started", half["progress"]}


def test_a_finished_task_tells_its_counts_and_what_they_are_called(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.task({"noOp": {"steps": 3}}, schedulingState="ready")
    midpoint.when_closed(oid)
    status = sdk.get(oid).data
    assert status["attributes"] == {
        "processed": 3,
        "success": 3,
        "failure": 0,
        "skip": 0,
        "expectedTotal": 3,
        "activityType": "noOp",
        "executionState": "closed",
        "schedulingState": "closed",
        "resultStatus": "success",
    }
    labelled = {each["attributeName"]: each["name"] for each in status["returns"]}
    assert set(labelled) == COUNTERS
    assert labelled["processed"] == "Objects processed"
    assert len(set(labelled.values())) == len(COUNTERS)
    assert (status["target"], status["parentName"], status["description"]) == (None, None, "")


# ---- half-way --------------------------------------------------------------------------------------------


def test_a_task_that_is_suspended_half_way_is_terminated_until_it_goes_on(
    sdk: Sdk, midpoint: Api
) -> None:
    oid = midpoint.task(WORK, schedulingState="ready")
    watched(sdk, oid, lambda each: 0 < percent(each) < 100)
    assert midpoint.operate(oid, "suspend").status_code == 204
    stopped = watched(sdk, oid, is_completed)[-1]
    task = midpoint.get("tasks", oid)
    assert stopped["completionStatus"] == "TERMINATED"
    assert stopped["completed"] is not None
    assert stopped["launched"] == task["lastRunStartTimestamp"]
    assert stopped["progress"] == f"{task['progress']} of {STEPS}"
    assert percent(stopped) == 100 * task["progress"] // STEPS < 100
    assert stopped["attributes"]["schedulingState"] == "suspended"
    assert midpoint.operate(oid, "resume").status_code == 202
    goes_on = watched(sdk, oid, lambda each: not is_completed(each))[-1]
    assert goes_on["completed"] is None
    assert percent(goes_on) >= percent(stopped)
    ended = watched(sdk, oid, is_completed)[-1]
    assert (ended["completionStatus"], percent(ended)) == ("SUCCESS", 100)


# ---- in vain ---------------------------------------------------------------------------------------------


def test_a_task_that_fails_says_so_and_why(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.task(WORK, schedulingState="ready", ownerRef={"oid": NOWHERE})
    failed = watched(sdk, oid, is_completed)[-1]
    task = midpoint.get("tasks", oid, include="result")
    assert failed["completionStatus"] == "ERROR"
    assert failed["completed"] == task["lastRunFinishTimestamp"]
    assert failed["launcher"] == NOWHERE
    assert percent(failed) == 0
    [message] = failed["messages"]
    assert message == {
        "type": "ERROR",
        "key": "run",
        "localizedText": {"locale": "en-US", "message": task["result"]["message"]},
        "parameters": [],
    }


def test_a_task_whose_items_fail_ends_with_a_warning_and_tells_of_them(
    sdk: Sdk, midpoint: Api
) -> None:
    user = midpoint.create("users", {"name": unique("leaver")})
    both = f". inOid ('{user}', '{LAST_SUPERUSER}')"
    objects = {"type": "c:UserType", "query": {"filter": {"text": both}}}
    oid = midpoint.task({"deletion": {"objects": objects}}, schedulingState="ready")
    ended = watched(sdk, oid, is_completed)[-1]
    assert midpoint.get("tasks", oid)["resultStatus"] == "partial_error"
    assert (ended["completionStatus"], percent(ended)) == ("WARNING", 100)
    assert (ended["attributes"]["processed"], ended["attributes"]["failure"]) == (2, 1)
    assert "ERROR" in {each["type"] for each in ended["messages"]}


# ---- again and again -------------------------------------------------------------------------------------


def test_a_recurring_task_is_pending_at_each_run_and_done_after_it(sdk: Sdk, midpoint: Api) -> None:
    work = {"noOp": {"steps": 20, "delay": 20}}
    oid = midpoint.task(work, schedulingState="ready", schedule={"interval": 2})
    first = watched(sdk, oid, is_completed)
    second = watched(sdk, oid, lambda each: each["launched"] > first[-1]["launched"])
    second += watched(sdk, oid, is_completed)
    assert midpoint.operate(oid, "suspend").status_code == 204
    runs = [
        (launched, [status for status, _ in groupby(each["completionStatus"] for each in seen)])
        for launched, seen in groupby(first + second, key=lambda each: each["launched"])
        if launched is not None
    ]
    assert [statuses for _, statuses in runs] == [[None, "SUCCESS"], [None, "SUCCESS"]]
    assert {each["type"] for each in first + second} == {"QUARTZ"}
    assert all((each["completed"] is None) == (not is_completed(each)) for each in first + second)
    for end in (first[-1], second[-1]):
        assert end["launched"] < end["completed"]
        assert (percent(end), end["progress"]) == (100, "20 of 20")
    assert second[-1]["attributes"]["nextRunStartTimestamp"] > second[-1]["launched"]
