"""What each route does: read the request, call the engine, write the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.dialects.sailpoint import listing
from gateway.dialects.sailpoint.errors import BadContent, LimitExceeded, Missing, UnknownReference
from gateway.dialects.sailpoint.ids import read_oid
from gateway.dialects.sailpoint.rows import TASK_TYPE, compare_values, task_query
from gateway.dialects.sailpoint.views.task_status import RelatedObjects, find_references, show_task
from gateway.dialects.sailpoint.wire import patch
from gateway.engine.verbs.submission import Submission
from gateway.errors import NotFound, UnsupportedMediaType
from gateway.http.exchange import Answer, AnswerSize, CasedName, json_answer
from gateway.http.json_body import read_json
from gateway.http.negotiation import media_type_of
from gateway.model.documents import reference
from gateway.model.principal import ADMINISTRATOR_OID
from gateway.model.task_document import OWNER
from gateway.query import CompiledFilter
from gateway.query.ast import Always
from gateway.query.resolved import state_column
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dialects.sailpoint.calls import SailpointCall, SailpointServices
    from gateway.model.documents import Document, Json, StoredObject
    from gateway.model.principal import Principal

#: Identities that one request may name.
MAX_IDENTITIES = 250
#: Tasks that are read and shown together; others get their turn in between.
STRETCH = 50
PROCESSING = "Identity Refresh"
_IDENTIFIER = state_column("identifier")


async def list_tasks(services: SailpointServices, call: SailpointCall) -> Answer:
    """Tasks that match, the newest first unless told otherwise."""
    parameters = call.exchange.parameters()
    search = listing.list_search(parameters, call.version, services.times())
    return await _list_page(services, call, search)


async def pending_tasks(services: SailpointServices, call: SailpointCall) -> Answer:
    """Tasks that are not done; an empty list rather than 204, which ends clients' loops."""
    search = listing.make_pending_search(call.exchange.parameters(), services.times())
    return await _list_page(services, call, search)


async def _list_page(services: SailpointServices, call: SailpointCall, search: Search) -> Answer:
    principal = call.bearer.principal
    found = await services.engine.search(search, principal)
    parts, size = list[bytes](), AnswerSize(services.answer_limit)
    for start in range(0, len(found.oids), STRETCH):
        oids = found.oids[start : start + STRETCH]
        stored = await services.engine.get_many(oids, principal)
        views = await _show_tasks(services, call, [stored[oid] for oid in oids if oid in stored])
        written = orjson.dumps(views)[1:-1]
        size.add(len(written))
        parts += [written] if written else []
    total = found.total
    counted = () if total is None else ((CasedName(b"X-Total-Count"), b"%d" % total),)
    return json_answer(200, b"[%s]" % b",".join(parts), *counted)


async def get_task(services: SailpointServices, call: SailpointCall) -> Answer:
    """One task."""
    [view] = await _show_tasks(services, call, [await _find_visible(services, call)])
    return json_answer(200, orjson.dumps(view))


async def _find_visible(services: SailpointServices, call: SailpointCall) -> StoredObject:
    task = await services.engine.get(call.oid, TASK_TYPE, call.bearer.principal)
    if not listing.make_age_test(services.times().since)(task):
        raise NotFound(f"The task {call.oid} is too old to be shown.")
    return task


async def patch_task(services: SailpointServices, call: SailpointCall) -> Answer:
    """Tell what the task came to; if it is under way, it is stopped before this answers."""
    operations = patch.read_operations(await _read_json(services, call, patch.MEDIA_TYPES))
    await _find_visible(services, call)
    now = services.clock.now()
    await services.engine.clear(
        call.oid, lambda task: patch.read_report(operations, task, now), call.bearer.principal
    )
    return await get_task(services, call)


async def process_identities(services: SailpointServices, call: SailpointCall) -> Answer:
    """Recompute the named identities by a task of its own."""
    oids = _read_identities(await _read_json(services, call, ("application/json",)))
    known = await services.engine.get_many(oids, call.bearer.principal)
    unknown = next((oid for oid in oids if _find_type(known.get(oid)) != "UserType"), None)
    if unknown is not None:
        raise UnknownReference(f"There is no identity '{unknown[:80]}'.")
    items: Document = {
        "name": PROCESSING,
        "schedulingState": "ready",
        "activity": {"work": {"recomputation": {"objects": _set_of(oids)}}},
    }
    if not call.bearer.has_user:
        # A task works with a user's rights; whether this one may give it those, the engine says.
        items[OWNER] = reference(ADMINISTRATOR_OID, "UserType")
    given = Submission(type=TASK_TYPE, items=items)
    oid = await services.engine.submit(given, call.bearer.principal)
    body = orjson.dumps({"type": "TASK_RESULT", "id": services.ids.write_id(oid), "name": None})
    return json_answer(202, body)


def _read_identities(body: Json) -> list[str]:
    found = body.get("identityIds") if isinstance(body, dict) else None
    if not isinstance(body, dict):
        raise BadContent("The body must be a JSON object.")
    if found is None or found == []:
        raise Missing("identityIds must name at least one identity.")
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadContent("identityIds must be a list of texts.")
    if len(found) > MAX_IDENTITIES:
        raise LimitExceeded(f"identityIds may name at most {MAX_IDENTITIES} identities.")
    return list(dict.fromkeys(map(read_oid, found)))


def _set_of(oids: Sequence[str]) -> Document:
    references = [reference(oid, "UserType") for oid in oids]
    return {"type": "UserType", "objectRef": references}


def _find_type(stored: StoredObject | None) -> str | None:
    return stored.type if stored is not None else None


async def _read_json(
    services: SailpointServices, call: SailpointCall, media_types: Sequence[str]
) -> Json:
    """The body; `Missing` if there is none, whatever it is said to be."""
    limits = services.body_limits
    body = await call.exchange.body(limits.size)
    if not body.strip():
        raise Missing("The request has no body.")
    if media_type_of(call.exchange.header(b"content-type")) not in media_types:
        raise UnsupportedMediaType(f"Send {media_types[0]}.")
    return await read_json(body, limits)


async def _show_tasks(
    services: SailpointServices, call: SailpointCall, tasks: Sequence[StoredObject]
) -> list[Document]:
    """The tasks as they are shown, with the names of what they refer to."""
    principal = call.bearer.principal
    oids = dict.fromkeys(oid for task in tasks for oid in find_references(task))
    objects = await services.engine.get_many(list(oids), principal) if oids else {}
    parents = await _find_parents(services, principal, tasks)
    around = RelatedObjects(objects=objects, parents=parents, ids=services.ids)
    return [show_task(task, around) for task in tasks]


async def _find_parents(
    services: SailpointServices, principal: Principal, tasks: Sequence[StoredObject]
) -> dict[str, str]:
    """Names of the tasks' parents by identifier."""
    wanted = {task.state.parent for task in tasks if task.state and task.state.parent}
    if not wanted:
        return {}
    query = task_query(compare_values(_IDENTIFIER, sorted(wanted)))
    compiled = CompiledFilter(text="", tree=Always(value=True), query=query)
    found = await services.engine.search(Search(type=TASK_TYPE, filter=compiled), principal)
    stored = await services.engine.get_many(found.oids, principal)
    return {each.state.identifier: each.name for each in stored.values() if each.state}
