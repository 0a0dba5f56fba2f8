"""A task made in midPoint's API, as SailPoint's SDKs see it: each field as the mapping says (section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
COUNTERS = {
    "processed": "Objects processed",
    "success": "Objects that succeeded",
    "failure": "Objects that failed",
    "skip": "Objects that were skipped",
    "expectedTotal": "Objects expected",
}


def mapped(midpoint: Api, oid: str, states: str, **by_hand: Any) -> Document:
    """The status of a task that is neither described nor pending, from what midPoint says of it.

    What the mapping works out is given by hand.
    """
    task = midpoint.get("tasks", oid, include="nextRunStartTimestamp")
    archetype = midpoint.get("archetypes", task["archetypeRef"]["oid"])
    [work] = task["activity"]["work"]
    created = task["metadata"]["createTimestamp"]
    changes = [created, task["metadata"].get("modifyTimestamp")]
    changes += [task.get(f"lastRun{end}Timestamp") for end in ("Start", "Finish")]
    attributes = by_hand.pop("counts") | {
        "activityType": work,
        "resultStatus": task["resultStatus"],
    }
    attributes |= dict(zip(("schedulingState", "executionState"), states.split(), strict=True))
    if "nextRunStartTimestamp" in task:
        attributes["nextRunStartTimestamp"] = task["nextRunStartTimestamp"]
    return {
        "id": oid,
        "type": "QUEUED_TASK",
        "uniqueName": task["name"],
        "description": "",
        "parentName": None,
        "launcher": ADMINISTRATOR,
        "target": None,
        "created": created,
        "modified": max(each for each in changes if each is not None),
        "launched": task["lastRunStartTimestamp"],
        "completed": task.get("lastRunFinishTimestamp"),
        "messages": [],
        "returns": returns(attributes),
        "attributes": attributes,
        "taskDefinitionSummary": summary(archetype, work),
    } | by_hand


def returns(attributes: Document) -> list[Document]:
    """What the counters among the attributes are called."""
    return [
        {"name": label, "attributeName": name}
        for name, label in COUNTERS.items()
        if name in attributes
    ]


def summary(archetype: Document, work: str) -> Document:
    """The definition of a task."""
    return {
        "id": archetype["oid"],
        "uniqueName": archetype["name"],
        "parentName": archetype["name"],
        "description": archetype.get("description", ""),
        "executor": work,
        "arguments": {},
    }


def counts(success: int, failure: int = 0, total: int | None = None) -> Document:
    """The counters after so many items."""
    found = {"processed": success + failure, "success": success, "failure": failure, "skip": 0}
    return found if total is None else found | {"expectedTotal": total}


def message(key: str, text: str) -> Document:
    """A message of something that went wrong."""
    localized = {"locale": "en-US", "message": text}
    return {"type": "ERROR", "key": key, "localizedText": localized, "parameters": []}


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
    names = {what: unique(what) for what in ("task", "archetype", "user", "parent")}
    archetype = midpoint.create("archetypes", {"name": names["archetype"], "description": "of us"})
    user = midpoint.create("users", {"name": names["user"]})
    parent = midpoint.task(name=names["parent"])
    oid = midpoint.task(
        WORK,
        name=names["task"],
        description="Counts to a hundred",
        parent=midpoint.get("tasks", parent)["taskIdentifier"],
        objectRef={"oid": user, "type": "c:UserType"},
        assignment=[{"targetRef": {"oid": archetype, "type": "c:ArchetypeType"}}],
    )
    return oid, {
        "id": oid,
        "type": "QUEUED_TASK",
        "uniqueName": names["task"],
        "description": "Counts to a hundred",
        "parentName": names["parent"],
        "launcher": ADMINISTRATOR,
        "target": {"id": user, "type": "IDENTITY", "name": names["user"]},
        "created": midpoint.get("tasks", oid)["metadata"]["createTimestamp"],
        "taskDefinitionSummary": summary(midpoint.get("archetypes", archetype), "noOp"),
    }


def test_a_task_is_followed_from_pending_to_success(
    sdk: Sdk, midpoint: Api, described: tuple[str, Document]
) -> None:
    oid, told = described
    [before] = watched(sdk, oid, lambda _: True)
    pending = {
        "activityType": "noOp",
        "schedulingState": "suspended",
        "executionState": "suspended",
    }
    assert before == told | {
        "modified": told["created"],
        "launched": None,
        "completed": None,
        "completionStatus": None,
        "messages": [],
        "returns": [],
        "attributes": pending,
        "progress": None,
        "percentComplete": 0,
    }
    assert midpoint.operate(oid, "resume").status_code == 202
    *running, after = watched(sdk, oid, is_completed)
    assert all(each["completed"] is None for each in running)
    percents = [percent(each) for each in running]
    assert percents == sorted(percents)
    assert len({each for each in percents if 0 < each < 100}) >= 2
    assert after == (
        mapped(midpoint, oid, "closed closed", counts=counts(STEPS, total=STEPS))
        | told
        | {
            "completionStatus": "SUCCESS",
            "progress": f"{STEPS} of {STEPS}",
            "percentComplete": 100,
        }
    )


def test_a_run_tells_how_far_it_is(sdk: Sdk, midpoint: Api) -> None:
    oid = midpoint.task(WORK, schedulingState="ready")
    seen = watched(sdk, oid, lambda each: 0 < percent(each) < 100)
    done = seen[-1]["attributes"]["processed"]
    node = midpoint.get("tasks", oid)["node"]
    shown = counts(done, total=STEPS) | {"node": node}
    assert seen[-1] == mapped(
        midpoint,
        oid,
        "ready running",
        counts=shown,
        completed=None,
        completionStatus=None,
        progress=f"{done} of {STEPS}",
        percentComplete=100 * done // STEPS,
    )
    assert {each["progress"] for each in seen} <= {None, "Started", f"{done} of {STEPS}"}


# ---- half-way --------------------------------------------------------------------------------------------


def test_a_task_that_is_suspended_half_way_is_terminated_until_it_goes_on(
    sdk: Sdk, midpoint: Api
) -> None:
    oid = midpoint.task(WORK, schedulingState="ready")
    watched(sdk, oid, lambda each: 0 < percent(each) < 100)
    assert midpoint.operate(oid, "suspend").status_code == 204
    stopped = watched(sdk, oid, is_completed)[-1]
    done = midpoint.get("tasks", oid)["progress"]
    assert 0 < done < STEPS
    assert stopped == mapped(
        midpoint,
        oid,
        "suspended suspended",
        counts=counts(done, total=STEPS),
        completed=stopped["modified"],
        completionStatus="TERMINATED",
        progress=f"{done} of {STEPS}",
        percentComplete=100 * done // STEPS,
    )
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
    result = midpoint.get("tasks", oid, include="result")["result"]
    assert failed == mapped(
        midpoint,
        oid,
        "suspended suspended",
        counts=counts(0),
        launcher=NOWHERE,
        completionStatus="ERROR",
        messages=[message("run", result["message"])],
        progress="Started",
        percentComplete=0,
    )


def test_a_task_whose_items_fail_ends_with_a_warning_and_tells_of_them(
    sdk: Sdk, midpoint: Api
) -> None:
    user = midpoint.create("users", {"name": unique("leaver")})
    both = f". inOid ('{user}', '{LAST_SUPERUSER}')"
    objects = {"type": "c:UserType", "query": {"filter": {"text": both}}}
    oid = midpoint.task({"deletion": {"objects": objects}}, schedulingState="ready")
    ended = watched(sdk, oid, is_completed)[-1]
    result = midpoint.get("tasks", oid, include="result")["result"]
    why = f"'{ADMINISTRATOR}' cannot be deleted by a task: it is a superuser or a built-in role."
    assert ended == mapped(
        midpoint,
        oid,
        "closed closed",
        counts=counts(1, failure=1, total=2),
        completionStatus="WARNING",
        messages=[message("run", result["message"]), message("deletion", why)],
        progress="2 of 2",
        percentComplete=100,
    )


# ---- again and again -------------------------------------------------------------------------------------


def test_a_recurring_task_is_pending_at_each_run_and_done_after_it(sdk: Sdk, midpoint: Api) -> None:
    work = {"noOp": {"steps": 40, "delay": 20}}
    oid = midpoint.task(work, schedulingState="ready", schedule={"interval": 2})
    first = watched(sdk, oid, is_completed)
    *done, again = watched(sdk, oid, lambda each: each["launched"] > first[-1]["launched"])
    assert all(is_completed(each) for each in done)
    second = [again, *watched(sdk, oid, is_completed)]
    for *running, end in (first, second):
        assert {(each["completionStatus"], each["completed"]) for each in running} == {(None, None)}
        assert (end["completionStatus"], percent(end)) == ("SUCCESS", 100)
        assert end["launched"] < end["completed"]
    assert second[-1]["attributes"]["nextRunStartTimestamp"] > second[-1]["completed"]
    assert second[-1] == mapped(
        midpoint,
        oid,
        "ready runnable",
        counts=counts(40, total=40),
        type="QUARTZ",
        completionStatus="SUCCESS",
        progress="40 of 40",
        percentComplete=100,
    )
    assert midpoint.operate(oid, "suspend").status_code == 204
