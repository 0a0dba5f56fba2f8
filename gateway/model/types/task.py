"""Tasks: what the client defined, and the run-time state that is laid over it when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "ExecutionState": "running runnable waiting suspended closed",
    "SchedulingState": "ready waiting suspended closed",
    "WaitingReason": "otherTasks other",
    "UnpauseAction": "executeImmediately reschedule close",
    "Binding": "loose tight",
    "Recurrence": "single recurring",
    "MisfireAction": "executeImmediately reschedule",
    "ThreadStopAction": "restart reschedule suspend close",
    "AutoScalingMode": "disabled default",
}

SCHEDULE = """
recurrence              enum:Recurrence
interval                int
cronLikePattern         string
earliestStartTime       dateTime
latestStartTime         dateTime
latestFinishTime        dateTime
misfireAction           enum:MisfireAction
"""

SECONDARY_GROUP = """
group                   string
groupTaskLimit          int
"""

EXECUTION_CONSTRAINTS = """
group                   string
groupTaskLimit          int
secondaryGroup          SecondaryGroupType*
retryAfter              duration
"""

AUTO_SCALING = """
mode                    enum:AutoScalingMode
"""

AFFECTED_OBJECT_SET = """
type                    qname
archetypeRef            ref:ArchetypeType
objectRef               ref:ObjectType*
"""

AFFECTED_RESOURCE_OBJECTS = """
resourceRef             ref:ResourceType
kind                    enum:ShadowKind
intent                  string
objectclass             qname
"""

AFFECTED_ACTIVITY = """
activityType            qname
executionMode           enum:ExecutionMode
predefinedConfigurationToUse enum:PredefinedConfiguration
objects                 AffectedObjectSetType
resourceObjects         AffectedResourceObjectsType
"""

AFFECTED = """
activity                AffectedActivityType*   op
"""

RUN_RECORD = """
taskRunIdentifier       string                  op
runStartTimestamp       dateTime                op
runEndTimestamp         dateTime                op
"""

TASK = """
taskIdentifier          string                  task.identifier  -- Made by the server if it is missing.
taskRunRecord           TaskRunRecordType*      op
ownerRef                ref:UserType  -- The task does what its owner may.
channel                 uri
parent                  string                  task.parent  -- The identifier of the task that waits for this one.
subtaskRef              ref:TaskType*           computed  -- Tasks that name this one as their parent; told with `include`.
dependent               string*  -- Identifiers of tasks that wait until this one is closed.
dependentTaskRef        ref:TaskType*           computed  -- The tasks in `dependent`; told with `include`.
executionState          enum:ExecutionState     task.execution_state  -- What the task does at this moment.
schedulingState         enum:SchedulingState    task.scheduling_state  -- Whether the scheduler may start it, be it at work at this moment or not.
waitingReason           enum:WaitingReason      task.waiting_reason
unpauseAction           enum:UnpauseAction
stateBeforeSuspend      enum:ExecutionState     task.state_before_suspend  op
schedulingStateBeforeSuspend enum:SchedulingState task.scheduling_state_before_suspend  op
node                    string                  task.node  op  -- The server that works on it at this moment.
nodeAsObserved          string                  computed
category                string                  removed
handlerUri              uri
result                  any                     op  apart  -- One partial result for each activity, in it one for each outcome with a count; told with `include`.
resultStatus            enum:ResultStatus       task.result_status  op
objectRef               ref:ObjectType
lastRunStartTimestamp   dateTime                task.last_run_start  op
lastRunFinishTimestamp  dateTime                task.last_run_finish  op
completionTimestamp     dateTime                task.completed  op
cleanupAfterCompletion  duration  -- How long after it was closed the task is deleted.
nextRunStartTimestamp   dateTime                computed  -- When its schedule is due next, also while it runs.
nextRetryTimestamp      dateTime                computed  -- When it starts out of turn: for a place in its group, or for failed items.
progress                long                    task.progress  op  -- Items that were processed.
operationStats          any                     op
stalledSince            dateTime                computed  -- Since when it runs without progress, told after ten minutes.
expectedTotal           long                    task.expected_total  op  -- Items that there are to process, as far as they were counted.
recurrence              enum:Recurrence         removed
binding                 enum:Binding
executionConstraints    ExecutionConstraintsType
executionEnvironment    any  refused
schedule                ScheduleType
threadStopAction        enum:ThreadStopAction
modelOperationContext   any                     removed
policyRule              any                     removed
errorHandlingStrategy   any                     removed
autoScaling             AutoScalingType  refused
activity                ActivityDefinitionType
activityState           any                     op  -- How far each activity of the tree is, with statistics, buckets and what it keeps for its next run.
affectedObjects         AffectedObjectsType     op  -- What the definition is about, derived from the activity.
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    for name, rows in (
        ("ScheduleType", SCHEDULE),
        ("SecondaryGroupType", SECONDARY_GROUP),
        ("ExecutionConstraintsType", EXECUTION_CONSTRAINTS),
        ("AutoScalingType", AUTO_SCALING),
        ("AffectedObjectSetType", AFFECTED_OBJECT_SET),
        ("AffectedResourceObjectsType", AFFECTED_RESOURCE_OBJECTS),
        ("AffectedActivityType", AFFECTED_ACTIVITY),
        ("AffectedObjectsType", AFFECTED),
        ("TaskRunRecordType", RUN_RECORD),
    ):
        schema.declare(name, rows)
    schema.declare("TaskType", TASK, extends="AssignmentHolderType", is_object=True)
