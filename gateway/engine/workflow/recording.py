"""The items that tell of steps, made from what a course has opened and ended. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.engine.workflow.values import masked, secrets_of
from gateway.model.job import WorkItem

if TYPE_CHECKING:
    from gateway.engine.workflow.course import Course
    from gateway.engine.workflow.marks import Opened
    from gateway.model.job import ItemEnd, Job


def items_of(
    job: Job, course: Course, now: str
) -> tuple[tuple[WorkItem, ...], tuple[ItemEnd, ...]]:
    """Items to be stored, and ends of items that are stored already; neither tells a secret."""
    secrets = secrets_of(job.graph.secrets, course.variables)
    made = {each.id: _item(job, each, now, secrets) for each in course.opened}
    ends: list[ItemEnd] = []
    for each in course.ended:
        shown, said = masked(each.outputs, secrets), masked(each.message, secrets)
        end = replace(each, outputs=shown, message=said)
        if end.id in made:
            made[end.id] = _ended(made[end.id], end)
        else:
            ends.append(end)
    return tuple(made.values()), tuple(ends)


def _item(job: Job, opened: Opened, now: str, secrets: frozenset[str]) -> WorkItem:
    step = opened.step
    return WorkItem(
        id=opened.id,
        job=job.id,
        job_name=job.name,
        step=step.key,
        name=step.name,
        app=step.app,
        kind=step.kind,
        started=now,
        updated=now,
        description=job.description,
        ancestors=job.lineage.ancestors,
        groups=step.groups or job.groups,
        inputs=masked(opened.inputs, secrets),
        owner=opened.owner,
        claimed=now if opened.owner is not None else None,
        shown=step.shown,
    )


def _ended(item: WorkItem, end: ItemEnd) -> WorkItem:
    return replace(
        item,
        status=end.status,
        ended=end.at,
        updated=end.at,
        finish=end.finish,
        user=end.user,
        outputs=end.outputs,
        message=end.message,
    )
