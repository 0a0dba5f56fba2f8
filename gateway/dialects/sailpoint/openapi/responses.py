"""The answers of the SailPoint document, and the operations below `/oauth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.sailpoint import handlers
from gateway.dialects.sailpoint.versions import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.dialects.sailpoint.api import VersionedRoute
    from gateway.dialects.sailpoint.openapi.schemas import Schema
    from gateway.dialects.sailpoint.versions import Version

JSON = "application/json"
HEADERS: dict[str, Any] = {
    "X-Total-Count": {
        "description": "How many match, whatever the page; with count=true.",
        "schema": {"type": "integer"},
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer"},
    },
    "Allow": {
        "description": "The methods that are served here.",
        "required": True,
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "How to log in.",
        "required": True,
        "schema": {"type": "string"},
    },
    "SLPT-Request-ID": {
        "description": "The id of this request; trackingId of its error.",
        "required": True,
        "schema": {"type": "string"},
    },
}
#: Handler to status of success and the schema of its body.
SUCCESS: dict[Callable[..., Any], tuple[int, str]] = {
    handlers.list_tasks: (200, "TaskStatusList"),
    handlers.pending_tasks: (200, "TaskStatusList"),
    handlers.get_task: (200, "TaskStatus"),
    handlers.patch_task: (200, "TaskStatus"),
    handlers.process_identities: (202, "TaskResultResponse"),
}
#: Status to its meaning and the schema of its body.
ERRORS: dict[int, tuple[str, str]] = {
    400: ("Something in the request is not as it must be.", "ErrorResponseDto"),
    401: ("A valid token is needed.", "OneError"),
    403: ("The client may not do this.", "ErrorResponseDto"),
    404: ("There is no such thing.", "ErrorResponseDto"),
    405: ("The method is not served here.", "ErrorResponseDto"),
    409: ("The task has changed meanwhile.", "ErrorResponseDto"),
    413: ("The body is too large.", "ErrorResponseDto"),
    415: ("The media type is not read.", "ErrorResponseDto"),
    429: ("Too many requests.", "RateError"),
    500: ("Something broke.", "ErrorResponseDto"),
    503: ("Try again later.", "ErrorResponseDto"),
}
_ALWAYS = (400, 401, 403, 404, 405, 429, 500, 503)
_WITH_BODY = (409, 413, 415)
ERROR_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def _refer_to(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def build_responses(
    route: VersionedRoute, method: str, version: Version, *, is_gated: bool
) -> dict[str, Any]:
    """All answers of an operation; those to HEAD have no body."""
    handler = route.handler
    status, schema = SUCCESS[handler]
    counted = handler in (handlers.list_tasks, handlers.pending_tasks)
    headers = ("SLPT-Request-ID", *(("X-Total-Count",) if counted else ()))
    found = {str(status): _build_response("As asked for.", _refer_to("schemas", schema), *headers)}
    links = _build_links(handler, version)
    if links and method != "HEAD":
        found[str(status)]["links"] = links
    more = _WITH_BODY if method in ("PATCH", "POST") else ()
    for code in sorted((*_ALWAYS, *more)):
        found[str(code)] = _build_error(code, is_gated=is_gated)
    if method == "HEAD":
        for response in found.values():
            del response["content"]
    return found


def _build_error(code: int, *, is_gated: bool) -> dict[str, Any]:
    text, schema = ERRORS[code]
    body = _refer_to("schemas", schema)
    if code == 400 and is_gated:
        body = {"anyOf": [body, _refer_to("schemas", "OneError")]}
    more = (ERROR_HEADERS[code],) if code in ERROR_HEADERS else ()
    return _build_response(text, body, "SLPT-Request-ID", *more)


def _build_response(text: str, schema: Schema, *headers: str) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {name: _refer_to("headers", name) for name in headers},
        "content": {JSON: {"schema": schema}},
    }


#: Where the answer of a handler has the id of a task.
_IDS = {
    handlers.list_tasks: "$response.body#/0/id",
    handlers.pending_tasks: "$response.body#/0/id",
    handlers.process_identities: "$response.body#/id",
}


def _build_links(handler: Callable[..., Any], version: Version) -> dict[str, Any]:
    if handler not in _IDS:
        return {}
    suffix = version.name.capitalize()
    return {
        f"{operation}{suffix}": {
            "operationId": f"{operation}{suffix}",
            "parameters": {"id": _IDS[handler]},
        }
        for operation in ("getTaskStatus", "updateTaskStatus")
    }


def _build_oauth_responses(*codes: int) -> dict[str, Any]:
    meanings = {
        400: "The form is not as it must be, or another grant is asked for.",
        401: "Id and secret do not belong together.",
        405: "The method is not served here.",
        413: "The form is too large.",
        429: "Too many secrets of this client, or from this address, were wrong.",
        503: "Too many ask at the same time.",
    }
    return {
        str(code): _build_response(
            meanings[code],
            _refer_to("schemas", "OAuthError"),
            *((ERROR_HEADERS[code],) if code in ERROR_HEADERS else ()),
        )
        for code in codes
    }


_FORM = {"schema": _refer_to("schemas", "TokenRequest")}
#: Paths that are in no version.
OAUTH: dict[str, Any] = {
    "/oauth/token": {
        "post": {
            "operationId": "createToken",
            "summary": "A token for a client's id and secret",
            "description": "The parameters may also stand in the query string, and id and secret in HTTP Basic.",
            "tags": [VERSIONS[0].name],
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": _FORM,
                    "multipart/form-data": _FORM,
                },
            },
            "responses": {
                "200": _build_response(
                    "A token.", _refer_to("schemas", "Token"), "SLPT-Request-ID"
                ),
                **_build_oauth_responses(400, 401, 405, 413, 429, 503),
            },
        }
    },
    "/oauth/info": {
        "get": {
            "operationId": "getTokenInfo",
            "summary": "Where tokens come from",
            "tags": [VERSIONS[0].name],
            "security": [],
            "responses": {
                "200": _build_response("As asked for.", _refer_to("schemas", "OAuthInfo")),
                **_build_oauth_responses(405),
            },
        }
    },
}
