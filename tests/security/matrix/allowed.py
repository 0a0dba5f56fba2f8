"""The table of what is allowed: a row for every method of every path, a column for every kind of caller.

It says what is documented, in the words of README; nothing in here asks the code that is under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Statuses = frozenset[int]

DONE: Statuses = frozenset({200, 201, 202, 204})
UNKNOWN: Statuses = frozenset({401})
REFUSED: Statuses = frozenset({403})
ABSENT: Statuses = frozenset({404})
INVALID: Statuses = frozenset({400})
UNSERVED: Statuses = frozenset({405})
MOVED: Statuses = frozenset({307})

NOBODY, VIEWER, HELPDESK, OPERATIONS, CLIENT = (
    "nobody",
    "viewer",
    "helpdesk",
    "operations",
    "a client without a user",
)
CALLERS = (NOBODY, VIEWER, HELPDESK, OPERATIONS, CLIENT)

#: What requests are about, and the type of each; nothing has the last two.
OBJECTS = {
    "own user": "users",
    "visible user": "users",
    "hidden user": "users",
    "superuser": "users",
    "role": "roles",
    "superuser role": "roles",
    "own task": "tasks",
    "other task": "tasks",
    "job": "tasks",
    "limited job": "tasks",
    "unknown": "",
    "malformed": "",
}
TASKS = frozenset({"own task", "other task", "job"})
USERS = frozenset({"own user", "visible user", "hidden user", "superuser"})
HELPED = frozenset({"visible user", "superuser"})
#: What each of them may look at: what may not be done to it is refused, and the rest is not there.
SEEN: dict[str, frozenset[str]] = {
    NOBODY: frozenset(),
    VIEWER: USERS | TASKS | {"role", "superuser role"},
    HELPDESK: HELPED | {"own user"},
    OPERATIONS: TASKS | {"own user"},
    CLIENT: TASKS,
}


@dataclass(frozen=True, kw_only=True)
class Some:
    """Allowed on some targets; `rest` for the others, else whatever they are for the caller."""

    done: frozenset[str]
    rest: Statuses | None = None
    #: Targets for which it is something else.
    but: Mapping[str, Statuses] = field(default_factory=dict)

    def on(self, caller: str, target: str) -> Statuses:
        """What is answered about a target."""
        if target in self.but:
            return self.but[target]
        if target in self.done:
            return DONE
        if self.rest is not None:
            return self.rest
        return REFUSED if target in SEEN[caller] else ABSENT


Cell = Statuses | Some


def some(*done: str, rest: Statuses | None = None, **but: Statuses) -> Some:
    """Short for a cell; targets by keyword have `_` for the blank."""
    return Some(
        done=frozenset(done), rest=rest, but={key.replace("_", " "): but[key] for key in but}
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is answered to each kind of caller."""

    viewer: Cell
    helpdesk: Cell
    operations: Cell
    client: Cell
    nobody: Cell = UNKNOWN

    def of(self, caller: str) -> Cell:
        """The cell of a caller."""
        column = "client" if caller == CLIENT else caller
        found: Cell = getattr(self, column)
        return found


def _at_midpoint(viewer: Cell, helpdesk: Cell, operations: Cell) -> Row:
    """Tokens of programs are none of midPoint's logins."""
    return Row(viewer=viewer, helpdesk=helpdesk, operations=operations, client=UNKNOWN)


def _same(cell: Cell, nobody: Cell = UNKNOWN) -> Row:
    return Row(viewer=cell, helpdesk=cell, operations=cell, client=cell, nobody=nobody)


def _of_work(operations: Cell, client: Cell | None = None) -> Row:
    """Work on jobs: `operations` alone does it, as a user or as a program."""
    return Row(
        viewer=REFUSED,
        helpdesk=REFUSED,
        operations=operations,
        client=operations if client is None else client,
    )


_READ = _at_midpoint(some(*SEEN[VIEWER]), some(*HELPED), some(*TASKS))
_NOT_WRITTEN = _at_midpoint(REFUSED, some(), REFUSED)
_OPERATED = _at_midpoint(REFUSED, REFUSED, some(*TASKS))
_REPLACED = some("visible user", rest=REFUSED, malformed=ABSENT)
_ALL = _at_midpoint(DONE, DONE, DONE)
#: Who may be told that something is there is told that it is of another type.
MIDPOINT: dict[str, Row] = {
    "GET /": _ALL,
    "HEAD /": _ALL,
    "POST /": _at_midpoint(REFUSED, REFUSED, REFUSED),
    "POST /search": _ALL,
    "GET /{oid}": _READ,
    "HEAD /{oid}": _READ,
    "PUT /{oid}": _at_midpoint(REFUSED, _REPLACED, REFUSED),
    "PATCH /{oid}": _at_midpoint(REFUSED, some(*HELPED), REFUSED),
    "PATCH /{oid} name": _at_midpoint(REFUSED, some("visible user"), REFUSED),
    "PATCH /{oid} password": _at_midpoint(REFUSED, some("visible user"), REFUSED),
    "PATCH /{oid} activation": _at_midpoint(REFUSED, some("visible user"), REFUSED),
    "PATCH /{oid} assignment": _NOT_WRITTEN,
    "POST /{oid}": _at_midpoint(REFUSED, some(*HELPED), REFUSED),
    "DELETE /{oid}": _at_midpoint(REFUSED, REFUSED, REFUSED),
    "POST /{oid}/generate": _at_midpoint(some(), some(*HELPED), some()),
    "POST /{oid}/validate": _READ,
    "POST /{oid}/run": _OPERATED,
    "POST /{oid}/suspend": _OPERATED,
    "POST /{oid}/resume": _OPERATED,
    "GET //self": _at_midpoint(DONE, REFUSED, REFUSED),
    "HEAD //self": _at_midpoint(DONE, REFUSED, REFUSED),
    "POST //rpc/generate": _ALL,
    "POST //rpc/validate": _ALL,
    "PUT /upsert/{collection}": _at_midpoint(REFUSED, _REPLACED, REFUSED),
}

_READ_TASKS = Row(
    viewer=some(*TASKS, rest=ABSENT),
    helpdesk=REFUSED,
    operations=some(*TASKS, rest=ABSENT),
    client=some(*TASKS, rest=ABSENT),
)
_LISTED_TASKS = Row(viewer=DONE, helpdesk=REFUSED, operations=DONE, client=DONE)
SAILPOINT: dict[str, Row] = {
    "GET getTaskStatusList": _LISTED_TASKS,
    "HEAD getTaskStatusList": _LISTED_TASKS,
    "GET getPendingTasks": _LISTED_TASKS,
    "HEAD getPendingTasks": _LISTED_TASKS,
    "GET getTaskStatus": _READ_TASKS,
    "HEAD getTaskStatus": _READ_TASKS,
    "PATCH getTaskStatus": _of_work(some(*TASKS, rest=ABSENT), REFUSED),
    "POST startIdentityProcessing": _of_work(REFUSED),
}
OAUTH: dict[str, Row] = {
    "POST /oauth/token": _same(UNKNOWN),
    "GET /oauth/info": _same(DONE, DONE),
    "HEAD /oauth/info": _same(DONE, DONE),
}

#: What Itential's routes are about.
JOBS = ("own job", "other job", "limited job", "unknown", "malformed")
WORKFLOWS = ("workflow", "limited workflow", "unknown")
_OPEN_JOBS = ("own job", "other job")
_OPERATIONS = "/operations-manager"
_SEEN_JOBS = some(*_OPEN_JOBS, malformed=INVALID)
_READ_JOBS = Row(viewer=_SEEN_JOBS, helpdesk=REFUSED, operations=_SEEN_JOBS, client=_SEEN_JOBS)
_WORKED = _of_work(some(*_OPEN_JOBS, malformed=INVALID))
#: An error if it can be done to none of them, which Itential's clients look for by its status.
_FAILED: Statuses = frozenset({500})
_WORKED_MANY = _of_work(some(*_OPEN_JOBS, rest=_FAILED, malformed=INVALID))
_DRAWN = Row(
    viewer=some("workflow"),
    helpdesk=REFUSED,
    operations=some("workflow"),
    client=some("workflow"),
)
#: A job runs in the name of whoever starts it, so it takes a user.
_STARTED = _of_work(some("workflow"), some(workflow=REFUSED))


def _below_operations() -> dict[str, Row]:
    many = ("cancel", "pause", "resume", "watch", "unwatch", "delete")
    one = (
        "POST /jobs/{jobId}/continue",
        "POST /jobs/{jobId}/revert",
        "POST /jobs/{jobId}/watch",
        "POST /jobs/{jobId}/unwatch",
        "POST /jobs/{jobId}/add-watchers",
        "POST /jobs/{jobId}/groups",
        "PUT /jobs/{jobId}/groups",
        "DELETE /jobs/{jobId}/groups",
        "DELETE /jobs/{jobId}/groups/{groupId}",
        "POST /jobs/{jobId}/tasks/{stepId}/finish",
        "POST /jobs/{jobId}/tasks/{stepId}/retry",
        "DELETE /jobs/{jobId}",
        "POST /tasks/{taskId}/claim",
        "POST /tasks/{taskId}/release",
        "POST /tasks/{taskId}/assign",
    )
    read = ("/jobs/{jobId}", "/jobs/{jobId}/tasks/{stepId}/manual-controller", "/tasks/{taskId}")
    listed = ("/jobs", "/tasks", "/automations", "/triggers")
    gets = [("GET", path) for path in (*read, *listed)]
    heads = [("HEAD", path) for _, path in gets]
    return {
        "POST /jobs/start": _of_work(some("workflow"), REFUSED),
        "POST /triggers/endpoint/{routeName}": _STARTED,
        "POST /triggers/manual/{triggerId}/run": _STARTED,
        "POST /jobs/bulk-delete": _of_work(some(*JOBS, malformed=INVALID)),
        **{f"POST /jobs/{verb}": _WORKED_MANY for verb in many},
        **dict.fromkeys(one, _WORKED),
        **{
            f"{method} {path}": _READ_JOBS if path in read else _LISTED_TASKS
            for method, path in (*gets, *heads)
        },
    }


def _on_operations(rows: dict[str, Row]) -> dict[str, Row]:
    return {key.replace(" ", f" {_OPERATIONS}", 1): row for key, row in rows.items()}


def _read_by(rows: dict[str, Row]) -> dict[str, Row]:
    """GET and HEAD of these paths."""
    return {f"{method} {path}": row for method in ("GET", "HEAD") for path, row in rows.items()}


ITENTIAL: dict[str, Row] = {
    **_on_operations(_below_operations()),
    **_read_by(
        {
            "/whoami": _LISTED_TASKS,
            "/authorization/accounts": _LISTED_TASKS,
            "/authorization/groups": _LISTED_TASKS,
            "/automation-studio/projects": _LISTED_TASKS,
            "/automation-studio/workflows": _LISTED_TASKS,
            "/automation-studio/workflows/detailed/{name}": _DRAWN,
            "/workflow_engine/jobs/metrics": _LISTED_TASKS,
            "/workflow_engine/tasks/metrics": _LISTED_TASKS,
        }
    ),
    "POST /automation-studio/automations/import": _of_work(REFUSED),
}
OPEN_ITENTIAL: dict[str, Row] = {
    "POST /login": _same(UNKNOWN),
    **_read_by({"/health/server": _same(DONE, DONE), "/health/status": _same(DONE, DONE)}),
}

OPEN_MIDPOINT: dict[str, Row] = _read_by(
    {
        "/midpoint/actuator/health": _same(DONE, DONE),
        "/midpoint/actuator/info": _same(DONE, DONE),
    }
)

_PUBLIC = _same(DONE, DONE)
_FOR_ADMINISTRATORS = _same(REFUSED)
_OF_TASKS = Row(viewer=DONE, helpdesk=REFUSED, operations=DONE, client=DONE)
_INTROSPECTED = some(*("versions", "activities", "operators"), rest=REFUSED, unknown=ABSENT)
INTROSPECTED = ("versions", "activities", "operators", "settings", "unknown")
PAGES: dict[str, Row] = {
    **_read_by(
        {
            **dict.fromkeys(
                (
                    *("/", "/livez", "/readyz", "/openapi.json", "/openapi/{name}.json"),
                    # From loopback, as here.
                    *("/docs", "/docs/{file}", "/metrics", "/prometheus_metrics"),
                ),
                _PUBLIC,
            ),
            "/-/accounts": _FOR_ADMINISTRATORS,
            "/-/clients": _FOR_ADMINISTRATORS,
            "/-/sessions": _same(DONE),
            "/-/events": _OF_TASKS,
            "/-/tasks/{oid:uuid}/events": Row(
                viewer=some(*TASKS, rest=ABSENT),
                helpdesk=REFUSED,
                operations=some(*TASKS, rest=ABSENT),
                client=some(*TASKS, rest=ABSENT),
            ),
            "/-/errors": _OF_TASKS,
            "/-/{name}": _same(_INTROSPECTED),
        }
    ),
    "POST /-/accounts": _FOR_ADMINISTRATORS,
    "POST /-/clients": _FOR_ADMINISTRATORS,
    "POST /-/clients/{key:path}/disable": _FOR_ADMINISTRATORS,
    "POST /-/clients/{key:path}/enable": _FOR_ADMINISTRATORS,
    "POST /-/clients/{key:path}/rotate": _FOR_ADMINISTRATORS,
    "DELETE /-/clients/{key:path}": _FOR_ADMINISTRATORS,
    # Nobody of them knows the old one.
    "POST /-/password": _same(REFUSED),
    "DELETE /-/sessions/{id}": _same(ABSENT),
    # None of them has a session.
    "POST /-/logout": _same(UNKNOWN),
}
ROWS: dict[str, dict[str, Row]] = {
    "midpoint": MIDPOINT,
    "sailpoint": SAILPOINT,
    "oauth": OAUTH,
    "itential": ITENTIAL,
    "itential open": OPEN_ITENTIAL,
    "midpoint open": OPEN_MIDPOINT,
    "pages": PAGES,
}
#: Where it is asked who calls before anything else.
GUARDED = frozenset({"midpoint", "sailpoint", "itential"})
