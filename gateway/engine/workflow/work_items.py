"""The items that tell of steps, made from what a course has opened and ended. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.engine.workflow.redaction import make_redactor
from gateway.model.job import WorkItem

if TYPE_CHECKING:
    from gateway.engine.workflow.marks import StartedStep
    from gateway.engine.workflow.redaction import Redactor
    from gateway.engine.workflow.walk import Course
    from gateway.model.job import ItemEnd, Job


def items_of(
    job: Job, course: Course, now: str
) -> tuple[tuple[WorkItem, ...], tuple[ItemEnd, ...]]:
    """Items to be stored, and ends of items that are stored already; neither tells a secret."""
    veil = make_redactor(job.graph, course.variables)
    ends = {each.id: _show_end(job, each, veil) for each in course.ended}
    items = tuple(_item(job, each, now, veil, ends.pop(each.id, None)) for each in course.opened)
    return items, tuple(ends.values())


def _show_end(job: Job, end: ItemEnd, veil: Redactor) -> ItemEnd:
    if not job.graph.secrets:
        return end
    outputs = veil.outputs(job.graph.steps[end.step], end.outputs)
    return replace(end, outputs=outputs, message=veil.over(end.message))


def _item(job: Job, opened: StartedStep, now: str, veil: Redactor, end: ItemEnd | None) -> WorkItem:
    step = opened.step
    item = WorkItem(
        id=opened.id,
        job=job.id,
        task=job.task,
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
        inputs=veil.inputs(step, opened.inputs),
        owner=opened.owner,
        claimed=now if opened.owner is not None else None,
        shown=step.shown,
    )
    return item if end is None else _end_item(item, end)


def _end_item(item: WorkItem, end: ItemEnd) -> WorkItem:
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
