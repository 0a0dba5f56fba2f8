"""Schemas of Itential's bodies and answers, as its documents and the view write them."""

from __future__ import annotations

from typing import Any, TypeAlias

from gateway.dialects.itential.job_handlers import KINDS
from gateway.dialects.itential.wire.bodies import MAX_IDS

Schema: TypeAlias = dict[str, Any]

SHORT_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
STEP_KEY: Schema = {"type": "string", "pattern": "^([0-9a-f]{1,4}|error_handler)$"}
ITEM_ID: Schema = {"type": "string", "format": "uuid"}
_TEXT: Schema = {"type": "string"}
_OBJECT: Schema = {"type": "object"}
_NUMBER: Schema = {"type": "number"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_GROUPS: Schema = {"type": "array", "items": {"type": "string"}}


def build_closed_object(required: tuple[str, ...], **properties: Schema) -> Schema:
    """An object of these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def build_list_of(ref: str) -> Schema:
    """A list of a named schema."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{ref}"}}


_IDS: Schema = {"type": "array", "items": SHORT_ID, "maxItems": MAX_IDS}
START = build_closed_object(
    ("workflow", "options"),
    workflow=_TEXT,
    options={
        "type": "object",
        "properties": {
            "description": {"type": ["string", "null"]},
            "type": {"enum": [*KINDS]},
            "variables": _OBJECT,
            "groups": {
                **_IDS,
                "description": "Groups that the job is limited to; none: everybody.",
            },
        },
    },
)
FINISH = build_closed_object(
    ("taskData",),
    taskData=build_closed_object(
        ("finish_state", "variables"), finish_state=_TEXT, variables=_OBJECT
    ),
)
#: By name of the method: what its body may be.
BODIES: dict[str, Schema] = {
    "startJob": START,
    **dict.fromkeys(
        (
            "cancelJobs",
            "pauseJobs",
            "resumeJobs",
            "watchJobs",
            "unwatchJobs",
            "deleteJobs",
            "bulkDeleteJobs",
        ),
        build_closed_object(("jobIds",), jobIds=_IDS),
    ),
    "continueJobFrom": build_closed_object(("fromTask",), fromTask=STEP_KEY),
    "revertJob": build_closed_object(("fromTask", "toTask"), fromTask=STEP_KEY, toTask=STEP_KEY),
    "addWatchersToJob": build_closed_object(("watchers",), watchers=_IDS),
    "addJobGroup": build_closed_object(("groupId",), groupId=SHORT_ID),
    "replaceJobGroups": build_closed_object(("groups",), groups=_IDS),
    "finishManualTask": FINISH,
    "retryTask": build_closed_object((), variables=_OBJECT),
    "claimTask": build_closed_object(()),
    "releaseTask": build_closed_object(()),
    "assignTask": build_closed_object(("userId",), userId=SHORT_ID),
    "runEndpointTrigger": _OBJECT,
    "runManualTrigger": build_closed_object((), formData=_OBJECT),
    "importAutomations": build_closed_object(
        ("automations",), automations={"type": "array", "items": {}}
    ),
}
#: Bodies that must be there.
NEEDED = frozenset(name for name, schema in BODIES.items() if schema.get("required"))

_STATUSES = ["running", "paused", "complete", "canceled", "error", "incomplete"]
_TASK_STATUSES = ["incomplete", "scheduled", "running", "paused", "complete", "canceled", "error"]
JOB: Schema = {
    "type": "object",
    "properties": {
        "_id": SHORT_ID,
        "uuid": {"type": "string", "format": "uuid"},
        "name": _TEXT,
        "description": {"type": ["string", "null"]},
        "type": {"enum": [*KINDS]},
        "status": {"enum": _STATUSES},
        "last_updated": _INSTANT,
        "error": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"task": _TEXT, "message": _TEXT, "timestamp": {"type": "integer"}},
            },
        },
        "ancestors": {"type": "array", "items": SHORT_ID},
        "parent": {"type": ["object", "null"]},
        "tasks": _OBJECT,
        "transitions": _OBJECT,
        "groups": _GROUPS,
        "watchers": {"type": "array", "items": SHORT_ID},
        "variables": _OBJECT,
        "metrics": {
            "type": "object",
            "properties": {
                "start_time": {"type": "integer", "description": "Epoch milliseconds."},
                "end_time": {"type": "integer", "description": "Only of a job that is over."},
                "progress": {"type": "number", "minimum": 0, "maximum": 1},
                "user": SHORT_ID,
                "owner": SHORT_ID,
            },
        },
    },
}
TASK: Schema = {
    "type": "object",
    "properties": {
        "_id": ITEM_ID,
        "name": _TEXT,
        "app": _TEXT,
        "type": {"enum": ["automatic", "manual", "operation"]},
        "status": {"enum": _TASK_STATUSES},
        "view": {"type": ["string", "null"]},
        "variables": _OBJECT,
        "job": _OBJECT,
        "groups": _GROUPS,
        "last_updated": _INSTANT,
        "metrics": {
            "type": "object",
            "properties": {
                "start_time": _INSTANT,
                "claim_time": _INSTANT,
                "end_time": {"type": "integer", "description": "Epoch milliseconds."},
                "run_time": _NUMBER,
                "owner": {**SHORT_ID, "description": "Who has claimed it."},
                "user": {**SHORT_ID, "description": "Who has finished it."},
            },
        },
    },
}
_PAGING: Schema = {
    "type": "object",
    "properties": {
        "skip": {"type": "integer"},
        "limit": {"type": "integer"},
        "nextPageSkip": {"type": ["integer", "null"]},
        "previousPageSkip": {"type": ["integer", "null"]},
        "total": {"type": "integer"},
        "currentPageSize": {"type": "integer"},
        "hints": {"type": "array", "items": _TEXT},
    },
}


def build_envelope(data: Schema, metadata: Schema | None = None) -> Schema:
    """`{message, data, metadata}`."""
    return {
        "type": "object",
        "properties": {"message": _TEXT, "data": data, "metadata": metadata or _OBJECT},
        "required": ["message", "data", "metadata"],
    }


def page(ref: str) -> Schema:
    """The envelope of a list."""
    return build_envelope(build_list_of(ref), _PAGING)


SCHEMAS: dict[str, Schema] = {
    "Job": JOB,
    "Task": TASK,
    "Error": build_envelope({"type": ["object", "null"]}),
}
_JOB, _TASK = {"$ref": "#/components/schemas/Job"}, {"$ref": "#/components/schemas/Task"}
#: By name of the method: what its answer holds; anything in an envelope if it does not stand here.
ANSWERS: dict[str, Schema] = {
    **dict.fromkeys(
        ("startJob", "getJob", "revertJob", "retryTask", "finishManualTask"), build_envelope(_JOB)
    ),
    **dict.fromkeys(("runEndpointTrigger", "runManualTrigger"), build_envelope(_JOB)),
    **dict.fromkeys(("getTask", "claimTask", "releaseTask", "assignTask"), build_envelope(_TASK)),
    "getJobs": page("Job"),
    "getTasks": page("Task"),
    **dict.fromkeys(
        (
            "whoami",
            "getAccounts",
            "getGroups",
            "getWorkflows",
            "getWorkflowDetailed",
            "importAutomations",
            "getJobMetrics",
            "getTaskMetrics",
        ),
        _OBJECT,
    ),
}
