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
class ListField:
    """An item and how its values are written."""

    item: str
    value: Value = Value.TEXT


JOB_TYPE, ITEM_TYPE = "JobType", "WorkItemType"
FIELDS: dict[str, dict[str, ListField]] = {
    JOB_TYPE: {
        "_id": ListField("id"),
        "uuid": ListField("task", Value.UUID),
        "name": ListField("name"),
        "description": ListField("description"),
        "type": ListField("kind"),
        "status": ListField("status"),
        "groups": ListField("groups", Value.GROUP),
        "watchers": ListField("watchers", Value.PERSON),
        "ancestors": ListField("ancestors"),
        "last_updated": ListField("updated", Value.TIME),
        "metrics.start_time": ListField("started", Value.TIME),
        "metrics.end_time": ListField("ended", Value.TIME),
        "metrics.progress": ListField("progress", Value.NUMBER),
        "metrics.user": ListField("user", Value.PERSON),
    },
    ITEM_TYPE: {
        "_id": ListField("id", Value.UUID),
        "name": ListField("name"),
        "app": ListField("app"),
        "type": ListField("kind"),
        "status": ListField("status"),
        "groups": ListField("groups", Value.GROUP),
        "job._id": ListField("jobId"),
        "job.task": ListField("step"),
        "job.name": ListField("jobName"),
        "job.description": ListField("jobDescription"),
        "job.ancestors": ListField("ancestors"),
        "last_updated": ListField("updated", Value.TIME),
        "metrics.start_time": ListField("started", Value.TIME),
        "metrics.claim_time": ListField("claimed", Value.TIME),
        "metrics.end_time": ListField("ended", Value.TIME),
        "metrics.finish_state": ListField("finish"),
        "metrics.owner": ListField("owner", Value.PERSON),
        "metrics.user": ListField("user", Value.PERSON),
    },
}

_OF_MANY_VALUES = frozenset({"groups", "watchers", "ancestors"})
#: By type: the paths that a list can be sorted by.
SORTS: dict[str, tuple[str, ...]] = {
    type_name: tuple(path for path, each in fields.items() if each.item not in _OF_MANY_VALUES)
    for type_name, fields in FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class ListOperator:
    """A query parameter, and the filter that it stands for."""

    filter: str
    is_negated: bool = False
    #: Takes a list with commas.
    is_many: bool = False


OPERATORS: dict[str, ListOperator] = {
    "equals": ListOperator("equal"),
    "contains": ListOperator("contains"),
    "starts-with": ListOperator("startsWith"),
    "ends-with": ListOperator("endsWith"),
    "in": ListOperator("equal", is_many=True),
    "not-in": ListOperator("equal", is_negated=True, is_many=True),
    "gt": ListOperator("greater"),
    "gte": ListOperator("greaterOrEqual"),
    "lt": ListOperator("less"),
    "lte": ListOperator("lessOrEqual"),
    "exists": ListOperator("exists"),
}
#: Operators that read texts only.
OF_TEXTS = frozenset({"contains", "starts-with", "ends-with"})
