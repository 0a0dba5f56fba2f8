"""Tasks that scan and clean up: short ways to run them and to read what they have done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.serving import unique

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.serving import Api

Document = dict[str, Any]
PAST = "2020-01-01T00:00:00.000Z"
FUTURE = "2120-01-01T00:00:00.000Z"


def listed(value: Any) -> list[Any]:
    """A value, several, or none, as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def only(oids: Sequence[str], type_name: str = "UserType") -> Document:
    """The object set of these objects."""
    return {"type": type_name, "objectRef": [{"oid": oid, "type": type_name} for oid in oids]}


def stale_user(api: Api, **items: Any) -> str:
    """A user of which nothing was derived when it was made."""
    return api.create("users", {"name": unique("stale")} | items, options="raw")


def expired_user(api: Api, until: str = PAST) -> str:
    """A user whose validity is over, which nobody has noticed yet."""
    return stale_user(api, activation={"validTo": until})


def is_disabled(api: Api, oid: str) -> bool:
    """Whether it was noticed that the user is not valid any more."""
    status = api.get("users", oid).get("activation", {}).get("effectiveStatus")
    return bool(status == "disabled")


def ran(api: Api, work: Document, **activity: Any) -> Document:
    """A new task when it has done the work."""
    defined = {"work": work} | activity
    return api.when_closed(api.task(activity=defined, schedulingState="ready"))


def ran_again(api: Api, task: Document) -> Document:
    """The task when it has run once more."""
    last = task["lastRunStartTimestamp"]
    assert api.operate(task["oid"], "run").status_code == 204
    return api.when(
        task["oid"],
        lambda t: t["executionState"] == "closed" and t["lastRunStartTimestamp"] > last,
    )


def activities(task: Document) -> list[Document]:
    """The states of a task's activities that work themselves."""

    def leaves(state: Document) -> Iterator[Document]:
        below = listed(state.get("activity"))
        if not below:
            yield state
        for each in below:
            yield from leaves(each)

    return list(leaves(task["activityState"]["activity"]))


def last_scans(task: Document) -> list[str]:
    """When the complete scans of a task began."""
    states = [state.get("workState", {}) for state in activities(task)]
    return [state["lastScanTimestamp"] for state in states if "lastScanTimestamp" in state]


def counted(task: Document) -> dict[str, int]:
    """Items by outcome, over all activities."""
    counts: dict[str, int] = {}
    for state in activities(task):
        for each in listed(state["statistics"]["itemProcessing"].get("processed")):
            outcome = each["outcome"]["outcome"]
            counts[outcome] = counts.get(outcome, 0) + each["count"]
    return counts


def executed(task: Document) -> dict[str, int]:
    """What was done to objects, by operation."""
    counts: dict[str, int] = {}
    for state in activities(task):
        entries = state["statistics"].get("actionsExecuted", {}).get("objectActionsEntry")
        for each in listed(entries):
            operation = each["operation"]
            counts[operation] = counts.get(operation, 0) + each["totalSuccessCount"]
    return counts


def last_message(task: Document, outcome: str) -> str:
    """What was said about the last item of an outcome."""
    found = [
        each["lastItem"]["message"]
        for state in activities(task)
        for each in listed(state["statistics"]["itemProcessing"].get("processed"))
        if each["outcome"]["outcome"] == outcome
    ]
    return str(found[-1])
