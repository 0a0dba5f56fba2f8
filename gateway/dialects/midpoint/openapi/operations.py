"""The operations of the midPoint document: one for each route, in each collection.

What differs between operations stands in `FACTS`; which of them exist, in the routes' own table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.dialects.midpoint import handlers
from gateway.dialects.midpoint.api import routes_of
from gateway.dialects.midpoint.wire.names import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.dialects.midpoint.openapi.values import Schema

JSON = "application/json"
#: The same in other forms, under their usual names; their schema is that of JSON, as the head says.
OTHER_FORMS = ("application/xml", "application/yaml")
#: The oid at the end of a Location header.
CREATED = "$response.header.Location#regex:/([0-9a-f-]+)$"
ERRORS = {
    400: "BadRequest",
    403: "NotAllowed",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    429: "Throttled",
    503: "Unavailable",
}
ALWAYS = (400, 403, 404, 405, 406, 429, 503)
WITH_BODY = (413, 415)
RETRIEVAL = ("ReadOptions", "Include", "Exclude", "ResolveNames")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What is special to a handler's operations."""

    #: First word of the operation's id.
    verb: str
    summary: str
    description: str = ""
    #: The operation is about several objects: its id has the collection's plural.
    is_plural: bool = False
    #: Which body schema of the collection it reads, if any.
    body: str = ""
    parameters: tuple[str, ...] = ()
    #: Parameters and headers of success that only tasks have.
    of_tasks: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    #: Status of success, and the schema or the headers that come with it.
    success: int = 204
    answers: str = ""
    #: Another status of success, with the same content.
    also: int = 0
    headers: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    not_modified: bool = False
    #: Where the oid of a linked operation comes from.
    links_from: str = ""


FACTS: dict[Callable[..., Any], Fact] = {
    handlers.list_all: Fact(
        verb="list",
        summary="All objects of the collection",
        is_plural=True,
        parameters=RETRIEVAL,
        success=200,
        answers="List",
        links_from="$response.body#/object/object/0/oid",
    ),
    handlers.create: Fact(
        verb="create",
        summary="Create an object",
        description="A `version` without any options means overwrite. `Location` works at once.",
        body="Body",
        parameters=("WriteOptions",),
        success=201,
        headers=("Location",),
        errors=(409,),
        links_from=CREATED,
    ),
    handlers.search: Fact(
        verb="search",
        summary="Find objects by a filter",
        description="Without a filter everything is found. The number of all matches comes in `X-Total-Count` if asked for.",
        is_plural=True,
        body="Query",
        parameters=(*RETRIEVAL, "ReturnTotalCount"),
        success=200,
        answers="List",
        headers=("X-Total-Count",),
        links_from="$response.body#/object/object/0/oid",
    ),
    handlers.get: Fact(
        verb="get",
        summary="Read an object",
        parameters=(*RETRIEVAL, "If-None-Match"),
        of_tasks=(("Prefer",), ("Preference-Applied",)),
        success=200,
        answers="Answer",
        headers=("ETag",),
        not_modified=True,
    ),
    handlers.put: Fact(
        verb="put",
        summary="Create an object or replace its whole content",
        description="The oid in the body decides; the one in the path is not compared with it.",
        body="Body",
        parameters=("UnreadOid", "WriteOptions"),
        success=201,
        headers=("Location",),
        errors=(409,),
        links_from=CREATED,
    ),
    handlers.modify: Fact(
        verb="modify",
        summary="Change single items",
        description="All changes are made, or none. Paths may also lead to items inside, as in `assignment[5]/description`, and a value to delete may be given in full.",
        body="Modification",
        parameters=("WriteOptions", "If-Match"),
        errors=(409, 412),
    ),
    handlers.delete: Fact(
        verb="delete",
        summary="Delete an object, and a task's subtasks with it",
        parameters=("If-Match",),
        errors=(409, 412),
    ),
    handlers.upsert: Fact(
        verb="upsert",
        summary="Create an object, or replace the content of the one with its oid or else its name",
        body="Body",
        success=200,
        also=201,
        answers="Answer",
        errors=(409,),
    ),
    handlers.own: Fact(
        verb="own",
        summary="The user who asks",
        description="With `Switch-To-Principal: OID` a superuser asks as another user, here and everywhere.",
        parameters=(*RETRIEVAL, "If-None-Match"),
        success=200,
        answers="Answer",
        headers=("ETag",),
        not_modified=True,
    ),
    handlers.generate: Fact(
        verb="generate",
        summary="Make up values that keep value policies",
        body="PolicyItems",
        success=200,
        answers="PolicyItems",
        errors=(409,),
    ),
    handlers.validate: Fact(
        verb="validate",
        summary="Check whether values keep value policies",
        description="A value that does not is answered with 409 and the rules that it breaks.",
        body="PolicyItems",
        success=200,
        answers="PolicyItems",
        errors=(409,),
    ),
    handlers.run: Fact(
        verb="run",
        summary="Start a task as soon as possible",
        description="Where the task's state forbids it nothing happens, and a `Warning` says so: resume a suspended task first.",
        headers=("Warning",),
    ),
    handlers.suspend: Fact(
        verb="suspend",
        summary="Stop a task",
        description="Nothing is processed any more when this answers.",
        headers=("Warning",),
    ),
    handlers.resume: Fact(
        verb="resume",
        summary="Let a suspended task go on",
        success=202,
        headers=("Warning",),
        errors=(409,),
    ),
}


def build_paths(examples: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Every path with its operations; `examples` are bodies by operation id."""
    found: dict[str, Any] = {}
    for collection in COLLECTIONS:
        for path, methods in routes_of(collection).items():
            entry: dict[str, Any] = {}
            if "{oid}" in path:
                entry["parameters"] = [{"$ref": "#/components/parameters/Oid"}]
            for method, route in methods.items():
                entry[method.lower()] = build_operation(collection, method, route.handler, examples)
            found[path] = entry
    return found


def write_in_all_forms(content: dict[str, Any]) -> dict[str, Any]:
    """A body as JSON describes it, and its other forms."""
    return {JSON: content} | {each: {} for each in OTHER_FORMS}


def make_operation_id(collection: str, method: str, handler: Callable[..., Any]) -> str:
    """Such as `searchTasks` or `getUser`; the POST form of a change says so."""
    fact = FACTS[handler]
    noun = collection if fact.is_plural else COLLECTIONS[collection][1]
    alias = "ByPost" if handler is handlers.modify and method == "POST" else ""
    return f"{fact.verb}{noun[0].upper()}{noun[1:]}{alias}"


def build_operation(
    collection: str,
    method: str,
    handler: Callable[..., Any],
    examples: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """One operation; `examples` are bodies by operation id."""
    fact = FACTS[handler]
    type_name = COLLECTIONS[collection][0]
    name = make_operation_id(collection, method, handler)
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [collection],
        "summary": fact.summary,
    }
    if fact.description:
        described["description"] = fact.description
    parameters = fact.parameters + (fact.of_tasks[0] if collection == "tasks" else ())
    if parameters:
        described["parameters"] = [_refer_to_parameter(each, type_name) for each in parameters]
    if fact.body:
        content: dict[str, Any] = {"schema": _refer_to_schema(f"{type_name}.{fact.body}")}
        if name in examples:
            content["examples"] = examples[name]
        described["requestBody"] = {"required": True, "content": write_in_all_forms(content)}
    described["responses"] = dict(_build_responses(collection, fact))
    return described


def _refer_to_parameter(name: str, type_name: str) -> dict[str, str]:
    own = f"{type_name}." if name in RETRIEVAL[1:] else ""
    return {"$ref": f"#/components/parameters/{own}{name}"}


def _refer_to_schema(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _build_responses(collection: str, fact: Fact) -> Iterator[tuple[str, dict[str, Any]]]:
    type_name = COLLECTIONS[collection][0]
    status = 202 if fact.success == 201 and collection == "tasks" else fact.success
    success: dict[str, Any] = {"description": "Done."}
    if fact.answers:
        shared = fact.answers == "PolicyItems"
        name = f"{fact.answers}.Answer" if shared else f"{type_name}.{fact.answers}"
        success["content"] = write_in_all_forms({"schema": _refer_to_schema(name)})
    own = fact.of_tasks[1] if collection == "tasks" else ()
    if fact.headers:
        success["headers"] = _build_headers(*fact.headers, *own)
    if fact.links_from:
        success["links"] = _build_links(collection, fact.links_from)
    yield str(status), success
    if fact.also:
        yield str(fact.also), success
    if fact.not_modified:
        headers = _build_headers("ETag", *own)
        yield "304", {"description": "The client has this very form.", "headers": headers}
    yield "401", {"$ref": "#/components/responses/NotAuthenticated"}
    body_errors = WITH_BODY if fact.body else ()
    for error in sorted({*ALWAYS, *fact.errors, *body_errors}):
        yield str(error), {"$ref": f"#/components/responses/{ERRORS[error]}"}


def _build_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _build_links(collection: str, expression: str) -> dict[str, Any]:
    """What can be done next with the object that an answer names."""
    return {
        name: {"operationId": name, "parameters": {"oid": expression}}
        for path, methods in routes_of(collection).items()
        if "{oid}" in path
        for method, route in methods.items()
        for name in [make_operation_id(collection, method, route.handler)]
    }
