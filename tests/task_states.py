"""Tasks in every state that the tables of midpoint-tasks 2 know, and what can be seen of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.serving import states

if TYPE_CHECKING:
    from tests.serving import Api

States = tuple[str | None, str | None]

FUTURE = "2099-01-01T00:00:00.000Z"
LATER = {"earliestStartTime": FUTURE}
HOURLY = {"interval": 3_600}
NEW_YEAR = {"cronLikePattern": "0 0 0 1 1 ? *"}
ON_DEMAND = {"recurrence": "recurring"}
OTHERS = {"waitingReason": "otherTasks"}
SOME_TIME = {"noOp": {"steps": 40, "delay": 25}}

READY: States = ("ready", "runnable")
RUNNING: States = ("ready", "running")
WAITING: States = ("waiting", "waiting")
SUSPENDED: States = ("suspended", "suspended")
CLOSED: States = ("closed", "closed")
STATELESS: States = (None, None)

#: The items of a task that is in that state as soon as it is created.
CREATED: dict[str, dict[str, Any]] = {
    "ready, single, later": {"schedulingState": "ready", "schedule": LATER},
    "ready, interval, later": {"schedulingState": "ready", "schedule": {**HOURLY, **LATER}},
    "ready, tight, later": {"schedulingState": "ready", "schedule": {"interval": 10, **LATER}},
    "ready, cron": {"schedulingState": "ready", "schedule": NEW_YEAR},
    "ready, on demand": {"schedulingState": "ready", "schedule": ON_DEMAND},
    "waiting": {"schedulingState": "waiting", **OTHERS},
    "waiting, recurring": {"schedulingState": "waiting", "schedule": HOURLY, **OTHERS},
    "suspended": {"schedulingState": "suspended"},
    "suspended, interval": {"schedulingState": "suspended", "schedule": HOURLY},
    "suspended, later": {"schedulingState": "suspended", "schedule": LATER},
    "closed": {"schedulingState": "closed"},
    "closed, interval": {"schedulingState": "closed", "schedule": HOURLY},
    "closed, interval, later": {"schedulingState": "closed", "schedule": {**HOURLY, **LATER}},
    "stateless": {},
}


def in_state(api: Api, state: str) -> str:
    """The oid of a task in that state."""
    if state in CREATED:
        return api.task(**CREATED[state])
    if state == "running":
        oid = api.task(SOME_TIME, schedulingState="ready")
        api.when(oid, lambda task: states(task) == RUNNING)
    elif state == "running, recurring":
        oid = api.task(SOME_TIME, schedulingState="ready", schedule=HOURLY)
        api.when(oid, lambda task: states(task) == RUNNING)
    elif state == "closed after a run":
        oid = api.task(schedulingState="ready")
        api.when_closed(oid)
    elif state == "ready after a run":
        oid = api.task(schedulingState="ready", schedule=HOURLY)
        api.when(oid, lambda task: task.get("resultStatus") == "success")
    else:
        before = state.removeprefix("suspended from ")
        oid = in_state(api, before)
        assert api.operate(oid, "suspend").status_code == 204
    return oid


def records(task: dict[str, Any]) -> list[dict[str, Any]]:
    found = task.get("taskRunRecord", [])
    return found if isinstance(found, list) else [found]


def before_suspend(task: dict[str, Any]) -> States:
    return task.get("schedulingStateBeforeSuspend"), task.get("stateBeforeSuspend")


def next_start(api: Api, oid: str) -> str | None:
    found: str | None = api.get("tasks", oid, include="nextRunStartTimestamp").get(
        "nextRunStartTimestamp"
    )
    return found


def ran(task: dict[str, Any]) -> int:
    return len(records(task))


def has_run(task: dict[str, Any], times: int) -> bool:
    """Whether it has had so many runs, and is not just about to go on with one."""
    rests = states(task) == SUSPENDED or all("runEndTimestamp" in each for each in records(task))
    return ran(task) == times and rests
