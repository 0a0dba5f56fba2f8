"""The OpenAPI document of the Itential dialect, made from the tables that the code works with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.dialects.itential.api import BESIDE, ROUTES
from gateway.dialects.itential.fields import FIELDS, ITEM_TYPE, JOB_TYPE, OPERATORS, SORTS, Value
from gateway.dialects.itential.openapi.schemas import (
    ANSWERS,
    BODIES,
    ITEM_ID,
    NEEDED,
    SCHEMAS,
    SHORT_ID,
    STEP_KEY,
    build_envelope,
)
from gateway.dialects.itential.query import MAX_OFFSET, MAX_PAGE_SIZE, PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dialects.itential.api import JobRoute
    from gateway.dialects.itential.openapi.schemas import Schema

DESCRIPTION = f"""\
Itential's Operations Manager over the gateway's own tasks: a job is a task that walks a workflow, its
manual tasks wait for people. Log in at `/login` (a session: the cookie `token`, or `?token=`), get a
token at `/oauth/token`, or use HTTP Basic. Paths may be written with `operations_manager`, too.

Lists of jobs and tasks take operators with a field in brackets, such as `equals[name]=x`; these are
{", ".join(OPERATORS)}. All that are given hold together; `q` takes a JSON expression of them with
`and`, `or` and `not`; `exclude` names keys that are not to be shown (beside `include` only `_id`). A
plain parameter that is unknown is ignored and named in `metadata.hints`.
"""
_ERRORS = {
    400: "What was sent makes no sense.",
    401: "Log in first.",
    403: "The caller's roles or groups forbid it.",
    404: "There is no such thing, or the caller may not see it.",
    409: "It does not fit the present state.",
    413: "The body is too large.",
    429: "Too many logins have failed; wait.",
    500: "None of several jobs could be changed; `data` says why, by id.",
}
_IDS: dict[str, Schema] = {
    "jobId": SHORT_ID,
    # Two spaces of task ids: those inside a workflow stand below jobs.
    "stepId": STEP_KEY,
    "taskId": ITEM_ID,
    "groupId": SHORT_ID,
    "triggerId": SHORT_ID,
    "routeName": {"type": "string", "pattern": "^[a-z0-9-]+$"},
    "name": {"type": "string", "pattern": "^[A-Za-z0-9 ]+$"},
}
#: Bodies by operation.
EXAMPLES: dict[str, Any] = {
    "startJob": {
        "workflow": "Approve a leaver",
        "options": {"description": "ticket 4711", "type": "automation", "variables": {}},
    }
}
_LISTS = {"getJobs": JOB_TYPE, "getTasks": ITEM_TYPE}
_SMALL_LISTS = frozenset(
    "getAccounts getGroups getAutomations getTriggers getProjects getWorkflows getJobMetrics "
    "getTaskMetrics".split()
)


def build_document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Taskgate: Itential dialect",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"basic": []}, {"session": []}, {"token": []}],
        "tags": [{"name": name} for name in ("jobs", "tasks", "workflows", "platform")],
        "paths": dict(_build_paths()),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "basic": {"type": "http", "scheme": "basic"},
                "session": {"type": "apiKey", "in": "cookie", "name": "token"},
                "token": {"type": "apiKey", "in": "query", "name": "token"},
            },
            "responses": {f"E{status}": _build_error(text) for status, text in _ERRORS.items()}
            | {"E405": _build_error("Another method.", "Allow")},
            "schemas": SCHEMAS,
        },
    }


def _build_error(text: str, header: str | None = None) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    found: dict[str, Any] = {
        "description": text,
        "content": {"application/json": {"schema": schema}},
    }
    if header is not None:
        found["headers"] = {header: {"required": True, "schema": {"type": "string"}}}
    return found


def _build_paths() -> Iterator[tuple[str, Any]]:
    for path, methods in ROUTES.items():
        entry: dict[str, Any] = {}
        names = re.findall(r"\{(\w+)\}", path)
        if names:
            entry["parameters"] = [
                {"name": n, "in": "path", "required": True, "schema": _IDS[n]} for n in names
            ]
        for method, route in methods.items():
            entry[method.lower()] = _build_operation(path, route)
        yield path, entry


def _name_tag(path: str) -> str:
    if path in BESIDE:
        return "workflows" if "automation-studio" in path else "platform"
    return next((tag for tag in ("jobs", "tasks") if f"/{tag}" in path), "workflows")


def _build_operation(path: str, route: JobRoute) -> dict[str, Any]:
    answer = ANSWERS.get(route.operation, build_envelope({}))
    statuses = [*_ERRORS, 405]
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [_name_tag(path)],
        "summary": (route.handler.__doc__ or "").splitlines()[0],
        "parameters": [*_build_parameters(route)],
        "responses": {
            "200": {
                "description": "It is done.",
                "content": {"application/json": {"schema": answer}},
            },
            **{str(s): {"$ref": f"#/components/responses/E{s}"} for s in sorted(statuses)},
        },
    }
    if route.operation in BODIES:
        operation["requestBody"] = {
            "required": route.operation in NEEDED,
            "content": {"application/json": _build_media(route.operation)},
        }
    return operation


def _build_media(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"schema": BODIES[name]}
    return found | ({"example": EXAMPLES[name]} if name in EXAMPLES else {})


def _build_parameters(route: JobRoute) -> Iterator[dict[str, Any]]:
    if route.operation in _LISTS:
        yield from _build_list_parameters(_LISTS[route.operation])
    elif route.operation in _SMALL_LISTS:
        yield _query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE})
        yield _query("skip", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET})
    elif route.operation in ("getJob", "getTask"):
        yield _query("include", {"type": "string"}, "Keys to show, with commas.")


def _build_list_parameters(type_name: str) -> Iterator[dict[str, Any]]:
    number: Schema = {"type": "integer"}
    limit = number | {"minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE}
    yield _query("limit", limit, "Jobs or tasks of a page.")
    yield _query("skip", number | {"minimum": 0, "maximum": MAX_OFFSET}, "How many are left out.")
    yield _query("sort", {"enum": [*SORTS[type_name]]}, "What they are sorted by.")
    yield _query("order", {"enum": [1, -1]}, "1: the least first.")
    yield _query("include", {"type": "string"}, "Keys to show, with commas.")
    yield _query("dereference", {"enum": ["tasks"]}, "Nothing changes: tasks are always shown.")
    for path, target in FIELDS[type_name].items():
        if target.value is Value.TEXT:
            yield _query(f"equals[{path}]", {"type": "string"}, "Exactly this.")


def _query(name: str, schema: Schema, text: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    return found | ({"description": text} if text else {})
