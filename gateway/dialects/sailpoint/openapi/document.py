"""The OpenAPI document of the SailPoint dialect, made from the tables that the code works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.dialects.sailpoint import handlers
from gateway.dialects.sailpoint.api import routes_of, wants_header
from gateway.dialects.sailpoint.filters import SORTERS, describe_allowed
from gateway.dialects.sailpoint.listing import MAX_OFFSET, MAX_PAGE_SIZE
from gateway.dialects.sailpoint.openapi.responses import HEADERS, OAUTH, build_responses
from gateway.dialects.sailpoint.openapi.schemas import SCHEMAS
from gateway.dialects.sailpoint.versions import VERSIONS
from gateway.dialects.sailpoint.wire.patch import MEDIA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gateway.dialects.sailpoint.api import VersionedRoute
    from gateway.dialects.sailpoint.openapi.schemas import Schema
    from gateway.dialects.sailpoint.versions import Version

DESCRIPTION = """\
SailPoint's Task Management API over the same tasks as midPoint's: a task is shown as its current or
last run. Get a token at `/oauth/token` and send it as `Authorization: Bearer`. Answers are JSON
whatever is accepted; unknown query parameters are ignored.
"""
EXAMPLE_ID = "00eebcf881994e419d72e757fd30dc0e"
_PAGE = ("limit", "offset", "count")
#: Handler to its query parameters, and to the body that it reads by media type.
PARAMETERS: dict[Callable[..., Any], tuple[str, ...]] = {
    handlers.list_tasks: (*_PAGE, "filters", "sorters"),
    handlers.pending_tasks: _PAGE,
    handlers.get_task: (),
    handlers.patch_task: (),
    handlers.process_identities: (),
}
BODIES: dict[Callable[..., Any], tuple[str, tuple[str, ...]]] = {
    handlers.patch_task: ("JsonPatch", MEDIA_TYPES),
    handlers.process_identities: ("ProcessIdentitiesRequest", ("application/json",)),
}
#: What bodies look like; the first is how a task that hangs is cleared.
EXAMPLES: dict[Callable[..., Any], Any] = {
    handlers.patch_task: [
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": "2024-05-17T19:33:16.470Z"},
    ],
    handlers.process_identities: {"identityIds": ["ef38f94347e94562b5bb8424a56397d8"]},
}
#: Handler to its title and to what it is for.
SUMMARIES: dict[Callable[..., Any], tuple[str, str]] = {
    handlers.list_tasks: (
        "Tasks, the newest first",
        (
            "Tasks that have been launched; early versions list only those that are done. What was over "
            "before the days of TASKGATE_SAILPOINT_RETENTION_DAYS is left out."
        ),
    ),
    handlers.pending_tasks: (
        "Tasks that are not done",
        (
            "Tasks that have been launched and are not done. Newer versions say the same by the filter "
            "completionStatus isnull."
        ),
    ),
    handlers.get_task: (
        "One task",
        "The current or last run of a task. One that is only planned is shown, too; it is in no list.",
    ),
    handlers.patch_task: (
        "Tell what a task came to, and stop it if it runs",
        (
            "Clears a task that hangs: set completionStatus and completed. A recurring task keeps its "
            "schedule."
        ),
    ),
    handlers.process_identities: (
        "Recompute identities",
        "Starts a task that recomputes the named identities; poll it by the id in the answer.",
    ),
}
_HEADER = "X-SailPoint-Experimental"
#: Parameters beside the filters, whose schema each version has of its own.
_DESCRIBED: dict[str, tuple[str, Schema]] = {
    "id": ("Id of a task, with or without dashes.", {"type": "string", "example": EXAMPLE_ID}),
    _HEADER: (
        "Says that the caller knows that this may change.",
        {
            "type": "string",
            "pattern": "^[Tt][Rr][Uu][Ee]$",
            "default": "true",
            "example": "true",
        },
    ),
    "limit": (
        "Most tasks of an answer.",
        {
            "type": "integer",
            "format": "int32",
            "minimum": 0,
            "maximum": MAX_PAGE_SIZE,
            "default": MAX_PAGE_SIZE,
            "example": MAX_PAGE_SIZE,
        },
    ),
    "offset": (
        "How many of those that match are left out before the first.",
        {
            "type": "integer",
            "format": "int32",
            "minimum": 0,
            "maximum": MAX_OFFSET,
            "default": 0,
            "example": 0,
        },
    ),
    "count": (
        "Whether X-Total-Count says how many match, whatever the page.",
        {"type": "boolean", "default": False, "example": True},
    ),
    "sorters": (
        f"The order: {', '.join(SORTERS)}, with a - for the other way round.",
        {"type": "string", "format": "sailpoint-sorters", "example": "-created"},
    ),
}


def build_document(experimental: Collection[str]) -> dict[str, Any]:
    """OpenAPI 3.1.

    Args:
        experimental: versions, or `version/service`, that want the experimental header.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Taskgate: SailPoint dialect",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(v.name for v in VERSIONS)],
        "paths": dict(_build_paths(experimental)) | OAUTH,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "headers": HEADERS,
            "schemas": SCHEMAS,
        },
    }


def make_operation_id(version: Version, route: VersionedRoute) -> str:
    """SailPoint's own id with the version, which is unique in one document for all versions."""
    return f"{route.operation}{version.name.capitalize() if version.prefix else ''}"


def _build_paths(experimental: Collection[str]) -> Iterator[tuple[str, Any]]:
    for version in VERSIONS:
        for path, methods in routes_of(version).items():
            entry: dict[str, Any] = {}
            if "{id}" in path:
                entry["parameters"] = [_build_parameter("id", "path", version, required=True)]
            for method, route in methods.items():
                entry[method.lower()] = _build_operation(version, route, method, experimental)
            yield path, entry


def _build_operation(
    version: Version, route: VersionedRoute, method: str, experimental: Collection[str]
) -> dict[str, Any]:
    is_gated = wants_header(version, route, experimental)
    summary, description = SUMMARIES[route.handler]
    operation: dict[str, Any] = {
        "operationId": make_operation_id(version, route),
        "summary": summary,
        "description": description,
        "tags": [version.name],
        "parameters": [*_build_parameters(version, route, is_gated=is_gated)],
        "responses": build_responses(route, method, version, is_gated=is_gated),
    }
    if route.is_deprecated:
        operation["deprecated"] = True
    if route.handler in BODIES:
        operation["requestBody"] = _build_body(route)
    return operation


def _build_body(route: VersionedRoute) -> dict[str, Any]:
    name, media_types = BODIES[route.handler]
    schema: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    schema["example"] = EXAMPLES[route.handler]
    return {"required": True, "content": dict.fromkeys(media_types, schema)}


def _build_parameters(
    version: Version, route: VersionedRoute, *, is_gated: bool
) -> Iterator[dict[str, Any]]:
    if is_gated:
        yield _build_parameter(_HEADER, "header", version, required=True)
    for name in PARAMETERS[route.handler]:
        yield _build_parameter(name, "query", version)


def _build_parameter(
    name: str, place: str, version: Version, *, required: bool = False
) -> dict[str, Any]:
    description, described = _DESCRIBED[name] if name in _DESCRIBED else _build_filters(version)
    schema = {key: value for key, value in described.items() if key != "example"}
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": required,
        "schema": schema,
        "example": described["example"],
    }


def _build_filters(version: Version) -> tuple[str, Schema]:
    return f"Which tasks. {describe_allowed(version)}", {
        "type": "string",
        "format": f"sailpoint-filters-{version.name}",
        "example": 'completionStatus eq "Success"',
    }
