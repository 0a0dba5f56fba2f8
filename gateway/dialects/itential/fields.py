"""What can be asked of jobs and tasks: the vendor's paths, and the items that they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Value(StrEnum):
    """How a value is written in a query."""

    TEXT = "text"
    NUMBER = "number"
    #: Epoch milliseconds or ISO 8601.
    TIME = "time"
    #: The id of an account, or of a group.
    PERSON = "person"
    GROUP = "group"
    #: An id that is compared whatever its case.
    UUID = "uuid"


@dataclass(frozen=True, slots=True)
class Field:
    """An item and how its values are written."""

    item: str
    value: Value = Value.TEXT


JOB_TYPE, ITEM_TYPE = "JobType", "WorkItemType"
FIELDS: dict[str, dict[str, Field]] = {
    JOB_TYPE: {
        "_id": Field("id"),
        "uuid": Field("task", Value.UUID),
        "name": Field("name"),
        "description": Field("description"),
        "type": Field("kind"),
        "status": Field("status"),
        "groups": Field("groups", Value.GROUP),
        "watchers": Field("watchers", Value.PERSON),
        "ancestors": Field("ancestors"),
        "last_updated": Field("updated", Value.TIME),
        "metrics.start_time": Field("started", Value.TIME),
        "metrics.end_time": Field("ended", Value.TIME),
        "metrics.progress": Field("progress", Value.NUMBER),
        "metrics.user": Field("user", Value.PERSON),
    },
    ITEM_TYPE: {
        "_id": Field("id", Value.UUID),
        "name": Field("name"),
        "app": Field("app"),
        "type": Field("kind"),
        "status": Field("status"),
        "groups": Field("groups", Value.GROUP),
        "job._id": Field("jobId"),
        "job.task": Field("step"),
        "job.name": Field("jobName"),
        "job.description": Field("jobDescription"),
        "job.ancestors": Field("ancestors"),
        "last_updated": Field("updated", Value.TIME),
        "metrics.start_time": Field("started", Value.TIME),
        "metrics.claim_time": Field("claimed", Value.TIME),
        "metrics.end_time": Field("ended", Value.TIME),
        "metrics.finish_state": Field("finish"),
        "metrics.owner": Field("owner", Value.PERSON),
        "metrics.user": Field("user", Value.PERSON),
    },
}

_OF_MANY_VALUES = frozenset({"groups", "watchers", "ancestors"})
#: By type: the paths that a list can be sorted by.
SORTS: dict[str, tuple[str, ...]] = {
    type_name: tuple(path for path, each in fields.items() if each.item not in _OF_MANY_VALUES)
    for type_name, fields in FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class Operator:
    """A query parameter, and the filter that it stands for."""

    filter: str
    is_negated: bool = False
    #: Takes a list with commas.
    is_many: bool = False


OPERATORS: dict[str, Operator] = {
    "equals": Operator("equal"),
    "contains": Operator("contains"),
    "starts-with": Operator("startsWith"),
    "ends-with": Operator("endsWith"),
    "in": Operator("equal", is_many=True),
    "not-in": Operator("equal", is_negated=True, is_many=True),
    "gt": Operator("greater"),
    "gte": Operator("greaterOrEqual"),
    "lt": Operator("less"),
    "lte": Operator("lessOrEqual"),
    "exists": Operator("exists"),
}
#: Operators that read texts only.
OF_TEXTS = frozenset({"contains", "starts-with", "ends-with"})
