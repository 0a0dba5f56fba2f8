"""What has come of the tasks and jobs that a step has started (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.marks import Finish
from gateway.engine.workflow.redaction import make_redactor
from gateway.model import lifecycle
from gateway.model.job import LOOP_INDEX
from gateway.model.task import SchedulingState
from gateway.model.workflow import ERROR, FAILURE, SUCCESS

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.job import Child, Job

#: What the end of an activity's task means for its step; anything else is a failure.
STATES = {"success": SUCCESS, "warning": SUCCESS, "fatal_error": ERROR}


def is_closed(task: StoredObject) -> bool:
    """Whether a task has come to its end."""
    return lifecycle.state_of(task).scheduling_state == SchedulingState.CLOSED


def is_over(child: Child, task: StoredObject | None) -> bool:
    """A child is over when it is closed or gone, an activity also when it has failed for good."""
    if task is None or is_closed(task):
        return True
    state = lifecycle.state_of(task)
    is_stopped = state.scheduling_state == SchedulingState.SUSPENDED
    return child.job is None and is_stopped and state.result_status == "fatal_error"


def activity_finish(child: Child, task: StoredObject | None) -> Finish:
    """How a step ends whose activity is over; None: its task is gone."""
    if task is None:
        return Finish(state=ERROR, message=f"The task of '{child.name}' was deleted.")
    state = lifecycle.state_of(task)
    status = state.result_status or "unknown"
    outputs = {"task": task.oid, "resultStatus": status, "progress": state.progress}
    message = "" if status in ("success", "warning") else f"'{child.name}' ended with {status}."
    return Finish(state=STATES.get(status, FAILURE), outputs=outputs, message=message)


def job_result(child: Child, job: Job | None) -> dict[str, Any]:
    """What a step is given of a child job that is over; None: it is gone."""
    if job is None:
        return {"job": child.job, "status": "deleted", LOOP_INDEX: child.index}
    return {
        **make_redactor(job.graph, job.walk.variables).variables(job.walk.variables),
        "job": job.id,
        "status": job.status,
        LOOP_INDEX: child.index,
    }
