"""`activityState/tree`: the short state of all activities, for lists (midpoint-tasks 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.views.activity_states import is_finished
from gateway.dialects.midpoint.wire import write
from gateway.dialects.midpoint.wire.shaping import without_none
from gateway.model.documents import reference

if TYPE_CHECKING:
    from gateway.dialects.midpoint.views.activity_states import ActivityState
    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Run

#: midPoint's simplified states; what was ended by a policy is over, too.
SIMPLIFIED = {
    "inProgress": "inProgress",
    "complete": "complete",
    "aborted": "complete",
    None: None,
}


def show_tree(
    state: ActivityState, task: StoredObject, run: Run, stalled_since: str | None
) -> Document:
    """The tree of the task's activities, from the root on."""
    return {
        "realizationState": "complete" if is_finished(run) else "inProgress",
        "taskRunIdentifier": run.identifier,
        "activity": _show_overview(state, task, stalled_since),
    }


def _show_overview(state: ActivityState, task: StoredObject, stalled_since: str | None) -> Document:
    written: Document = {
        "identifier": state.identifier,
        "realizationState": SIMPLIFIED[state.realization],
        "resultStatus": state.status,
        "progressInformationVisibility": "visible" if state.realization else None,
        "activity": [_show_overview(child, task, stalled_since) for child in state.children],
    }
    if state.is_leaf:
        complete = sum(each.state == "complete" for each in state.planned)
        written["bucketProgress"] = {
            "totalBuckets": len(state.segments),
            "completeBuckets": complete,
        }
        if state.realization is not None:
            written["task"] = [_show_in_task(state, task, stalled_since)]
    return without_none(written)


def _show_in_task(state: ActivityState, task: StoredObject, stalled_since: str | None) -> Document:
    """How the one task that works on the activity stands with it."""
    is_running = (
        task.state is not None and task.state.is_running and state.realization == "inProgress"
    )
    return without_none(
        {
            "taskRef": write.reference(reference(task.oid, task.type)),
            "node": task.state.node if task.state is not None and is_running else None,
            "bucketsProcessingRole": "standalone",
            "executionState": "running" if is_running else "notRunning",
            "stalledSince": stalled_since if is_running else None,
            "progress": without_none(
                {
                    "expectedTotal": state.expected,
                    "successfullyProcessed": state.total("succeeded"),
                    "failed": state.total("failed"),
                    "skipped": state.total("skipped"),
                }
            ),
            "resultStatus": state.status,
            "message": state.message,
        }
    )
