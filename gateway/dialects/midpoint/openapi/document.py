"""The OpenAPI document of the midPoint dialect, made from the tables that the code works with.

It describes one mount, `/midpoint/ws/rest`; the others are the same API. Knows no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.dialects.midpoint.openapi.activity_examples import build_tasks
from gateway.dialects.midpoint.openapi.operations import ERRORS, build_paths, write_in_all_forms
from gateway.dialects.midpoint.openapi.policies import build_policy_components, build_root_paths
from gateway.dialects.midpoint.openapi.requests import request_components
from gateway.dialects.midpoint.openapi.responses import build_response_components
from gateway.dialects.midpoint.openapi.values import ANYTHING
from gateway.dialects.midpoint.wire.names import COLLECTIONS, MOUNTS
from gateway.errors import TaskgateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dialects.midpoint.openapi.values import Schema

DESCRIPTION = """\
midPoint's REST API for tasks and the identities that tasks work on, in XML, JSON and YAML.

The schemas below are those of JSON. YAML has the same members, with types as tags; in XML an item is
an element of the common namespace, the members of references, `oid`, `version` and `@id` (as `id`) are
attributes, and `@type` is `xsi:type`. Ask for a form by `Accept`; without it the answer is XML.

A value that may occur several times is read bare or as a list, and written bare if there is one.
Names may have midPoint's prefixes (`c:UserType`). The keys `@ns` (as the first one), `@context`,
`@type` and `@metadata` are understood everywhere, and values may be wrapped as `{"@value": ...}`;
the schemas below leave these out. The same API is mounted at the paths in `x-mounts`.
"""
#: Bodies by operation; the files in `samples/rest` are the same.
EXAMPLES: dict[str, dict[str, Any]] = {
    "createTask": {
        "task-recompute-members-employee": {
            "task": {
                "name": "Recompute all direct members of Role Basic Employee",
                "schedulingState": "ready",
                "binding": "loose",
                "activity": {
                    "work": {
                        "recomputation": {
                            "objects": {
                                "type": "UserType",
                                "query": {
                                    "filter": {
                                        "text": "assignment matches (targetRef matches (oid = '96262f4f-053a-4b0b-8901-b3ec01e3509c'))"
                                    }
                                },
                            }
                        }
                    }
                },
            }
        }
    },
    "searchTasks": {"query-gen-name": {"query": {"filter": {"text": 'name startsWith "a"'}}}},
    "modifyTask": {
        "modify-attribute-gen": {
            "objectModification": {
                "itemDelta": {
                    "modificationType": "add",
                    "path": "description",
                    "value": "Description parameter modified via REST",
                }
            }
        }
    },
}
EXAMPLES["createTask"] |= build_tasks()
EXAMPLES["searchUsers"] = EXAMPLES["searchTasks"]
EXAMPLES["modifyTaskByPost"] = EXAMPLES["modifyTask"]

HEADERS: dict[str, tuple[str, bool, Schema]] = {
    "Location": ("Where the object is.", True, {"type": "string", "format": "uri"}),
    "ETag": ("A weak validator of this form of the object.", True, {"type": "string"}),
    "Preference-Applied": ("How long the answer was allowed to wait.", False, {"type": "string"}),
    "X-Total-Count": ("How many match, whatever the page.", False, {"type": "integer"}),
    "Warning": ("Why nothing happened.", False, {"type": "string"}),
    "WWW-Authenticate": ("How to log in.", True, {"type": "string"}),
    "Allow": ("The methods that are served here.", True, {"type": "string"}),
    "Retry-After": ("Seconds to wait.", True, {"type": "integer"}),
}
ERROR_HEADERS = {405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def build_document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    examples = {
        operation: {name: {"value": body} for name, body in bodies.items()}
        for operation, bodies in EXAMPLES.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Taskgate: midPoint dialect",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": MOUNTS[0]}],
        "x-mounts": [*MOUNTS],
        "security": [{"basic": []}],
        "tags": [
            {"name": name, "description": f"Objects of type {type_name}."}
            for name, (type_name, _) in COLLECTIONS.items()
        ],
        "paths": build_paths(examples) | build_root_paths(),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "parameters": dict(_build_parameters()),
            "headers": {
                name: {"description": text, "required": required, "schema": schema}
                for name, (text, required, schema) in HEADERS.items()
            },
            "responses": dict(_build_error_responses()),
            "schemas": dict(
                sorted(
                    (
                        request_components()
                        | build_response_components()
                        | build_policy_components()
                    ).items()
                )
            ),
        },
    }


def _build_parameters() -> Iterator[tuple[str, dict[str, Any]]]:
    oid: Schema = {"type": "string", "format": "uuid"}
    yield (
        "Oid",
        {
            "name": "oid",
            "in": "path",
            "required": True,
            "schema": oid,
            "description": "The object's oid.",
        },
    )
    yield (
        "UnreadOid",
        {
            "name": "oid",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": "Not read: the oid in the body decides.",
        },
    )
    yield "ReadOptions", _query("options", "raw, resolveNames; others are ignored.")
    yield "WriteOptions", _query("options", "overwrite, raw; others are ignored.")
    flag: Schema = {"type": "boolean"}
    yield (
        "ReturnTotalCount",
        {
            "name": "returnTotalCount",
            "in": "query",
            "schema": flag,
            "description": "Whether the answer says how many objects match.",
        },
    )
    for name, text in (
        ("If-Match", "Change the object only if this is its ETag."),
        ("If-None-Match", "Send the object only if this is not its ETag."),
        (
            "Prefer",
            "`wait=N`: answer when the task rests, with `If-None-Match` when it has changed, and after N seconds (at most 60) at the latest.",
        ),
    ):
        yield (
            name,
            {
                "name": name,
                "in": "header",
                "schema": {"type": "string"},
                "description": text,
            },
        )
    for type_name, _ in COLLECTIONS.values():
        for name, form, text in (
            ("include", "path", "Items to show that are not shown by default."),
            ("exclude", "path", "Items not to show."),
            ("resolveNames", "reference", "References to show with their targets' names."),
        ):
            component = f"{type_name}.{name[0].upper()}{name[1:]}"
            yield component, _query(name, text, {"format": f"{form}-{type_name}"})


def _query(name: str, text: str, item: Schema = ANYTHING) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": f"{text} Repeat the parameter, or separate with commas.",
        "schema": {"type": "array", "items": {"type": "string", **item}},
    }


def _build_error_responses() -> Iterator[tuple[str, dict[str, Any]]]:
    yield (
        "NotAuthenticated",
        {
            "description": "Log in first. The answer has no body.",
            "headers": {"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}},
        },
    )
    result = {"schema": {"$ref": "#/components/schemas/OperationResult"}}
    for status, name in ERRORS.items():
        response: dict[str, Any] = {
            "description": _describe_status(status),
            "content": write_in_all_forms(result),
        }
        if status == 403:  # a request that is not let in is refused before it is looked at
            response["content"]["text/plain"] = {"schema": {"type": "string"}}
        if status in ERROR_HEADERS:
            header = ERROR_HEADERS[status]
            response["headers"] = {header: {"$ref": f"#/components/headers/{header}"}}
        yield name, response


def _describe_status(status: int) -> str:
    """The first sentence of the error class with that status."""
    found = next(each for each in TaskgateError.__subclasses__() if each.status == status)
    return (found.__doc__ or "").splitlines()[0]
