"""Who may see and work on what (operations-manager 1.2, 5.1): the tables, and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.engine.rights.groups import check_sees, sees
from gateway.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from gateway.model.job import RUNNING, ItemClaim
from gateway.model.principal import Right
from gateway.model.workflow import MANUAL

if TYPE_CHECKING:
    from gateway.model.job import Job, WorkItem
    from gateway.model.principal import Principal


class Standing(StrEnum):
    """How an item stands to a caller."""

    NOT_MANUAL = "not a manual task"
    OVER = "not open any more"
    FREE = "assigned to nobody"
    MINE = "assigned to the caller"
    TAKEN = "assigned to somebody else"


class Permission(StrEnum):
    """What becomes of a request."""

    DO = "it is done"
    KEEP = "nothing has to be done"
    CONFLICT = "it does not fit the item's state"
    FORBIDDEN = "it is somebody else's to do"


CLAIM: dict[Standing, Permission] = {
    Standing.NOT_MANUAL: Permission.CONFLICT,
    Standing.OVER: Permission.CONFLICT,
    Standing.FREE: Permission.DO,
    Standing.MINE: Permission.KEEP,
    Standing.TAKEN: Permission.CONFLICT,
}
RELEASE: dict[Standing, Permission] = {
    Standing.NOT_MANUAL: Permission.CONFLICT,
    Standing.OVER: Permission.CONFLICT,
    Standing.FREE: Permission.CONFLICT,
    Standing.MINE: Permission.DO,
    Standing.TAKEN: Permission.FORBIDDEN,
}
ASSIGN: dict[Standing, Permission] = {
    Standing.NOT_MANUAL: Permission.CONFLICT,
    Standing.OVER: Permission.CONFLICT,
    Standing.FREE: Permission.DO,
    Standing.MINE: Permission.DO,
    Standing.TAKEN: Permission.DO,
}


def judge_standing(item: WorkItem, principal: Principal) -> Standing:
    """How the item stands to the caller."""
    if item.kind != MANUAL:
        return Standing.NOT_MANUAL
    if item.status != RUNNING or item.job_status != RUNNING:
        return Standing.OVER
    if item.owner is None:
        return Standing.FREE
    return Standing.MINE if item.owner == principal.oid else Standing.TAKEN


def decide_action(table: dict[Standing, Permission], item: WorkItem, principal: Principal) -> bool:
    """Whether something is to be done; raises what the table says against it."""
    found = judge_standing(item, principal)
    answer = table[found]
    if answer is Permission.CONFLICT:
        raise Conflict(f"The task is {found}.")
    if answer is Permission.FORBIDDEN and not principal.may(Right.SUPERVISE):
        raise NotAllowed(f"The task is {found}, who alone may release it.")
    return answer is not Permission.KEEP


def decide_claim(item: WorkItem, principal: Principal, now: str) -> ItemClaim | None:
    """The caller takes the item; None if it is theirs already."""
    check_sees(principal, item.groups, "Task")
    if not decide_action(CLAIM, item, principal):
        return None
    return ItemClaim(owner=principal.oid, claimed=now, now=now)


def decide_release(item: WorkItem, principal: Principal, now: str) -> ItemClaim | None:
    """Nobody works on the item any more."""
    check_sees(principal, item.groups, "Task")
    decide_action(RELEASE, item, principal)
    return ItemClaim(owner=None, claimed=None, now=now)


def decide_assignment(
    item: WorkItem, principal: Principal, owner: Principal, now: str
) -> ItemClaim:
    """Somebody whom the groups allow gets the item; `InvalidRequest` if they do not."""
    check_sees(principal, item.groups, "Task")
    decide_action(ASSIGN, item, principal)
    if not sees(owner, item.groups):
        raise InvalidRequest(f"'{owner.name}' belongs to none of the task's groups.")
    return ItemClaim(owner=owner.oid, claimed=now, now=now)


def check_finish(job: Job, key: str, principal: Principal) -> None:
    """Whether the caller may finish the step; `Conflict` says why not."""
    check_sees(principal, job.groups, "Job")
    state = job.walk.steps.get(key)
    step = job.graph.steps.get(key)
    if state is None or step is None:
        raise NotFound(f"The job has no task '{key[:40]}'.")
    check_sees(principal, step.groups or job.groups, "Task")
    if not step.is_manual:
        raise Conflict(f"The task is {Standing.NOT_MANUAL}.")
    if state.status != RUNNING or job.status != RUNNING:
        raise Conflict(f"The task is {Standing.OVER}.")
    owner = job.owners.get(state.items[-1])
    if owner not in (None, principal.oid) and not principal.may(Right.SUPERVISE):
        raise Conflict(f"The task is {Standing.TAKEN}.")
