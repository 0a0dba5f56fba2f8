"""Jobs and tasks as the vendor writes them (operations-manager 4), times in both of its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.clock import parse_instant
from gateway.dialects.itential.names import SERVER_ID, SYSTEM_ACTOR, short_id
from gateway.dialects.itential.wire.codec import write_transitions, write_ways
from gateway.engine.workflow.redaction import make_redactor
from gateway.model.job import CANCELED, COMPLETE, EVERYBODY, INCOMPLETE, PAUSED
from gateway.model.workflow import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.engine.workflow.redaction import Redactor
    from gateway.model.documents import Document
    from gateway.model.job import Job, StepState, WorkItem
    from gateway.model.workflow import Step

#: What is shown of a job whose workflow does not say it.
_LEFT_OVER: Document = {
    "font_size": 12,
    "canvasVersion": 3,
    "encodingVersion": 1,
    "migrationVersion": 0,
    "preAutomationTime": 0,
    "sla": 0,
    "decorators": [],
    "tags": [],
    "createdVersion": "1.0.0",
    "lastUpdatedVersion": "1.0.0",
}
#: Of a workflow's document: what its jobs are shown with.
_OF_WORKFLOW = ("created", "created_by", "last_updated_by", *_LEFT_OVER)


def convert_instant(instant: str | None) -> int | None:
    """An instant as epoch milliseconds."""
    return None if instant is None else round(parse_instant(instant) * 1000)


def person(oid: str | None) -> str | None:
    """An account as the vendor writes it."""
    return None if oid is None else short_id(oid)


def group_ids(names: Iterable[str]) -> list[str]:
    """Groups as ids; everybody is no group."""
    return [EVERYBODY if name == EVERYBODY else short_id(name) for name in names]


def show_job(job: Job) -> Document:
    """A job, all keys of it."""
    shown = _LEFT_OVER | {k: v for k, v in job.shown.items() if k in _OF_WORKFLOW}
    lineage = job.lineage
    parent = None
    if lineage.step is not None:
        parent = {
            "task": lineage.step,
            "iteration": lineage.iteration,
            "element": lineage.element,
            "job": lineage.ancestors[-2],
        }
    starter = short_id(job.user)
    veil = make_redactor(job.graph, job.walk.variables)
    return {
        "_id": job.id,
        "uuid": job.task,
        "name": job.name,
        "description": job.description,
        "type": job.kind,
        "status": job.status,
        "created": shown.pop("created", job.started),
        "created_by": shown.pop("created_by", starter),
        "last_updated": job.updated,
        "last_updated_by": shown.pop("last_updated_by", starter),
        **shown,
        "error": veil.over(_show_errors(job)),
        "warnings": [],
        "validationErrors": [],
        "ancestors": list(lineage.ancestors),
        "parent": parent,
        "tasks": _show_tasks(job, veil),
        "transitions": write_transitions(job.graph),
        "errorHandler": None,
        "groups": group_ids(job.groups),
        "watchers": [short_id(oid) for oid in job.watchers],
        "variables": veil.variables(job.walk.variables),
        "metrics": _show_metrics(job),
    }


def _show_errors(job: Job) -> list[Document] | None:
    found = [
        {"task": f.step, "message": f.message, "timestamp": convert_instant(f.at)}
        for f in job.walk.faults
    ]
    return found or None


def _show_metrics(job: Job) -> Document:
    progress = 1 if job.status == COMPLETE else job.walk.progress
    found: Document = {
        "start_time": convert_instant(job.started),
        "progress": progress,
        "user": short_id(job.user),
    }
    if job.ended is not None:
        found["end_time"] = convert_instant(job.ended)
    owner = next(iter(job.owners.values()), None) or _find_last_worker(job)
    if owner is not None:
        found["owner"] = short_id(owner)
    return found


def _find_last_worker(job: Job) -> str | None:
    """Who has finished the last task that a person did."""
    found = [s for s in job.walk.steps.values() if s.user is not None]
    return max(found, key=lambda state: state.ended or "").user if found else None


def _show_tasks(job: Job, veil: Redactor) -> Document:
    pseudo: Mapping[str, Any] = job.shown.get("pseudo", {})
    found: Document = {START: _start(job, pseudo.get(START, {}))}
    for key, step in job.graph.steps.items():
        found[key] = _show_task(job, step, job.walk.steps[key], veil)
    found[END] = _end(job, pseudo.get(END, {}))
    return found


def _show_pseudo(key: str, shown: Document) -> Document:
    return {
        "name": key,
        "summary": key,
        "taskId": key,
        "x": shown.get("x", 0 if key == START else 1),
        "y": shown.get("y", 0.5),
        "gridCoordinate": shown.get("gridCoordinate", {"x": 0, "y": 0}),
        "groups": [],
        "iterations": [],
    }


def _start(job: Job, shown: Document) -> Document:
    metrics = {
        "start_time": convert_instant(job.started),
        "finish_state": "success",
        "user": short_id(job.user),
    }
    return {
        **_show_pseudo(START, shown),
        "status": COMPLETE,
        "owner": SYSTEM_ACTOR,
        "metrics": metrics,
        "transitions": write_ways(job.graph, START),
    }


def _end(job: Job, shown: Document) -> Document:
    state = job.walk.steps[END]
    is_complete = job.status == COMPLETE
    metrics: Document = {}
    if is_complete and job.ended is not None:
        end = convert_instant(job.ended) or 0
        metrics = {"end_time": end, "run_time": end - (convert_instant(job.started) or 0)}
    standing = _describe_state(state)
    return {
        **_show_pseudo(END, shown),
        "status": COMPLETE if is_complete else INCOMPLETE,
        "previous": standing,
        "endTasks": standing,
        "metrics": metrics,
        "transitions": {},
    }


def _describe_state(state: StepState) -> Document:
    return {
        "incomplete": list(state.open),
        "complete": list(state.complete),
        "error": list(state.error),
    }


def step_status(job: Job, state: StepState) -> str:
    """A task that is under way in a job that has stopped is stopped, too."""
    if not state.is_active:
        return state.status
    return {PAUSED: PAUSED, CANCELED: CANCELED}.get(job.status, state.status)


def _show_task(job: Job, step: Step, state: StepState, veil: Redactor) -> Document:
    found: Document = {
        "canvasName": step.name,
        "displayName": step.app,
        "summary": step.name,
        "description": "",
        "location": "Application",
        "locationType": None,
        **step.shown,
        "taskId": step.key,
        "name": step.name,
        "type": step.kind,
        "app": step.app,
        "actor": step.actor or (None if step.is_manual else SYSTEM_ACTOR),
        "groups": group_ids(step.groups),
        "status": step_status(job, state),
        "previous": _describe_state(state),
        "transitions": write_ways(job.graph, step.key),
        "iterations": list(state.items),
        "retrySettings": _retry(step, state),
        "variables": _show_task_variables(step, state, veil),
    }
    if step.is_manual:
        found.setdefault("view", f"/workflow_engine/task/{step.name}")
    return found | _show_times(state) | _show_children(job, state, veil)


def _show_task_variables(step: Step, state: StepState, veil: Redactor) -> Document:
    is_begun = state.started is not None
    return {
        "incoming": dict(veil.inputs(step, state.inputs) if is_begun else step.inputs),
        "outgoing": dict(veil.outputs(step, state.outputs) if is_begun else step.outputs),
        "error": veil.over(state.message),
        "decorators": [],
    }


def _show_times(state: StepState) -> Document:
    found: Document = {}
    if state.started is not None:
        found |= {"start_time": state.started, "serverId": SERVER_ID}
    if state.ended is not None:
        found["end_time"] = convert_instant(state.ended)
    if state.finish is not None:
        found["finish_state"] = state.finish
    return found


def _retry(step: Step, state: StepState) -> Document | None:
    retry = step.retry
    if retry is None:
        return None
    return {
        "state": sorted(retry.states),
        "autoRetry": retry.is_automatic,
        "limit": retry.limit,
        "delay": round(retry.delay * 1000),
        "count": state.tries,
        "finishedRetrying": state.is_settled,
    }


def _show_children(job: Job, state: StepState, veil: Redactor) -> Document:
    found: Document = {}
    jobs = [
        {"_id": c.job, "name": c.name, "iteration": len(state.items) - 1}
        for c in state.children
        if c.job is not None
    ]
    if jobs:
        found["childJobs"] = jobs
    if state.rounds is not None and not state.children:
        found["loop"] = {
            "atLeastOneComplete": state.rounds.finished > 0,
            "finishedCount": state.rounds.finished,
            "outgoing": [
                {k: veil.outputs(job.graph.steps[k], outputs) for k, outputs in each.items()}
                for each in state.rounds.results
            ],
        }
    return found


def show_item(item: WorkItem) -> Document:
    """A task iteration."""
    view = item.shown.get("view")
    if view is None and item.kind == "manual":
        view = f"/workflow_engine/task/{item.name}"
    return {
        "_id": item.id,
        "name": item.name,
        "app": item.app,
        "location": item.shown.get("location", "Application"),
        "type": item.kind,
        "status": item.status,
        "view": view,
        "variables": {
            "incoming": dict(item.inputs),
            "outgoing": dict(item.outputs),
            "error": item.message,
            "decorators": [],
        },
        "job": {
            "_id": item.job,
            "task": item.step,
            "name": item.job_name,
            "description": item.description,
            "ancestors": list(item.ancestors),
        },
        "incomingRefs": [],
        "encodingVersion": 1,
        "groups": group_ids(item.groups),
        "last_updated": item.updated,
        "metrics": _show_item_metrics(item),
    }


def _show_item_metrics(item: WorkItem) -> Document:
    found: Document = {"start_time": item.started, "server_id": SERVER_ID, "retrying": None}
    if item.claimed is not None:
        found["claim_time"] = item.claimed
    if item.owner is not None:
        found["owner"] = short_id(item.owner)
    if item.finish is not None:
        found["finish_state"] = item.finish
    if item.user is not None:
        found["user"] = short_id(item.user)
    if item.ended is not None:
        end = convert_instant(item.ended) or 0
        found |= {"end_time": end, "run_time": end - (convert_instant(item.started) or 0)}
    return found
