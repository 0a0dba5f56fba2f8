"""The OpenAPI document of the SailPoint dialect, made from the tables that the code works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.dialects.sailpoint import handlers
from gateway.dialects.sailpoint.filters import SORTERS, allowed
from gateway.dialects.sailpoint.listing import LARGEST, LARGEST_PAGE
from gateway.dialects.sailpoint.openapi_responses import HEADERS, OAUTH, responses_of
from gateway.dialects.sailpoint.openapi_schemas import SCHEMAS
from gateway.dialects.sailpoint.patch import MEDIA_TYPES
from gateway.dialects.sailpoint.routes import paths_of, template
from gateway.dialects.sailpoint.versions import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gateway.dialects.sailpoint.openapi_schemas import Schema
    from gateway.dialects.sailpoint.routes import Path, Route
    from gateway.dialects.sailpoint.versions import Version

DESCRIPTION = """\
SailPoint's Task Management API over the same tasks as midPoint's: a task is shown as its current or
last run. Get a token at `/oauth/token` and send it as `Authorization: Bearer`. Answers are JSON
whatever is accepted; unknown query parameters are ignored.
"""
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
#: The vendor's own example: how a task that hangs is cleared.
EXAMPLES: dict[Callable[..., Any], Any] = {
    handlers.patch_task: [
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": "2024-05-17T19:33:16.470Z"},
    ],
}
SUMMARIES: dict[Callable[..., Any], str] = {
    handlers.list_tasks: "Tasks, the newest first",
    handlers.pending_tasks: "Tasks that are not done",
    handlers.get_task: "One task",
    handlers.patch_task: "Tell what a task came to, and stop it if it runs",
    handlers.process_identities: "Recompute identities",
}


def document(experimental: Collection[str]) -> dict[str, Any]:
    """OpenAPI 3.1.

    Args:
        experimental: names of the versions that want the experimental header.
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
        "paths": dict(_paths(experimental)) | OAUTH,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "headers": HEADERS,
            "schemas": SCHEMAS,
        },
    }


def operation_id(version: Version, route: Route) -> str:
    """SailPoint's own id with the version, which is unique in one document for all versions."""
    return f"{route.operation}{version.name.capitalize() if version.prefix else ''}"


def _paths(experimental: Collection[str]) -> Iterator[tuple[str, Any]]:
    for version in VERSIONS:
        for path in paths_of(version):
            entry: dict[str, Any] = {}
            if "*" in path.segments:
                entry["parameters"] = [_parameter("id", "path", {"type": "string"}, required=True)]
            for method, route in path.methods.items():
                entry[method.lower()] = _operation(version, path, method, experimental)
                entry[method.lower()]["summary"] = SUMMARIES[route.handler]
            yield template(version, path), entry


def _operation(
    version: Version, path: Path, method: str, experimental: Collection[str]
) -> dict[str, Any]:
    route = path.methods[method]
    is_gated = version.name in experimental
    operation: dict[str, Any] = {
        "operationId": operation_id(version, route),
        "tags": [version.name],
        "parameters": [*_parameters(version, route, is_gated=is_gated)],
        "responses": responses_of(route, method, version, is_gated=is_gated),
    }
    if path.is_deprecated:
        operation["deprecated"] = True
    if route.handler in BODIES:
        name, media_types = BODIES[route.handler]
        schema: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
        if route.handler in EXAMPLES:
            schema["example"] = EXAMPLES[route.handler]
        content = dict.fromkeys(media_types, schema)
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(version: Version, route: Route, *, is_gated: bool) -> Iterator[dict[str, Any]]:
    if is_gated:
        schema: Schema = {"type": "string", "pattern": "^[Tt][Rr][Uu][Ee]$", "default": "true"}
        yield _parameter("X-SailPoint-Experimental", "header", schema, required=True)
    schemas: dict[str, Schema] = {
        "limit": {"type": "integer", "minimum": 0, "maximum": LARGEST_PAGE},
        "offset": {"type": "integer", "minimum": 0, "maximum": LARGEST},
        "count": {"type": "boolean"},
        "filters": {
            "type": "string",
            "format": f"sailpoint-filters-{version.name}",
            "description": allowed(version),
        },
        "sorters": {
            "type": "string",
            "format": "sailpoint-sorters",
            "description": f"Of {', '.join(SORTERS)}, with a - for the other way round.",
        },
    }
    for name in PARAMETERS[route.handler]:
        yield _parameter(name, "query", schemas[name])


def _parameter(name: str, place: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}
