"""Workflows as stored objects, and what filters can ask of jobs and of the items worked on.

Jobs and items are no objects: they have tables of their own, whose columns stand here as those of
`object` do elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

WORKFLOW = """
graph                   any
inputSchema             any
outputSchema            any
group                   string*
writer                  string                  op
tag                     string*
shown                   any
"""

JOB = """
id                      string                  object.id
task                    string                  object.task
name                    string                  object.title
status                  string                  object.status
started                 dateTime                object.started
updated                 dateTime                object.updated
ended                   dateTime                object.ended
user                    string                  object.user
isOpen                  boolean                 object.is_open
description             string
kind                    string
progress                decimal
groups                  string*
watchers                string*
ancestors               string*
"""

WORK_ITEM = """
id                      string                  object.id
jobId                   string                  object.job_id
step                    string                  object.step
name                    string                  object.title
kind                    string                  object.kind
status                  string                  object.status
started                 dateTime                object.started
updated                 dateTime                object.updated
claimed                 dateTime                object.claimed
owner                   string                  object.owner
ended                   dateTime                object.ended
finish                  string                  object.finish
user                    string                  object.user
isOpen                  boolean                 object.is_open
app                     string
jobName                 string
jobDescription          string
groups                  string*
ancestors               string*
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    schema.declare("WorkflowType", WORKFLOW, extends="AssignmentHolderType", is_object=True)
    # Abstract: no row of `object` is one of these.
    schema.declare("JobType", JOB, is_object=True, abstract=True)
    schema.declare("WorkItemType", WORK_ITEM, is_object=True, abstract=True)
