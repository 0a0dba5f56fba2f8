"""Workflows, and the automations and triggers that stand for each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.dialects.itential.errors import CREATED, answer_bare, answer_success
from gateway.dialects.itential.names import SYSTEM_ACTOR, short_id
from gateway.dialects.itential.small_lists import answer_items, wrap_page
from gateway.dialects.itential.views.job import show_job
from gateway.dialects.itential.wire.bodies import check_body, read_typed
from gateway.dialects.itential.wire.codec import read_workflow_items, write_workflow
from gateway.engine.objects.defaults import WORKFLOW_TYPE
from gateway.engine.verbs.submission import Submission
from gateway.engine.workflow.factory import StartRequest
from gateway.errors import NotFound, TaskgateError
from gateway.query import compile_clauses
from gateway.store.search import Search

if TYPE_CHECKING:
    from gateway.dialects.itential.calls import ItentialCall, ItentialServices
    from gateway.http.exchange import Answer
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal

_NO_WORD = re.compile(r"[^a-z0-9]+")


async def _find_workflows(services: ItentialServices, principal: Principal) -> list[StoredObject]:
    """The workflows that the caller may see, by name."""
    found = await services.engine.search(Search(type=WORKFLOW_TYPE), principal)
    stored = await services.engine.get_many(found.oids, principal)
    return sorted(stored.values(), key=lambda workflow: workflow.name)


async def import_workflows(services: ItentialServices, call: ItentialCall) -> Answer:
    """Store workflows; one of the same name is replaced."""
    body = check_body(await call.body(services), ("automations",))
    documents = read_typed(body, "automations", list, [])
    outcomes = [await _import_document(services, each, call.principal) for each in documents]
    return answer_bare({"imported": outcomes})


async def _import_document(
    services: ItentialServices, document: Any, principal: Principal
) -> Document:
    name = document.get("name") if isinstance(document, dict) else None
    try:
        given = read_workflow_items(document)
        oid = await _find_oid(services, given["name"], principal)
        submission = Submission(type=WORKFLOW_TYPE, items=given, oid=oid, overwrite=oid is not None)
        oid = await services.engine.submit(submission, principal)
    except TaskgateError as error:
        return {"name": name, "success": False, "message": error.message}
    return {"name": name, "success": True, "message": "Imported", "_id": oid}


async def _find_oid(services: ItentialServices, name: str, principal: Principal) -> str | None:
    clause = {"equal": {"path": "name", "value": name}}
    wanted = Search(type=WORKFLOW_TYPE, filter=compile_clauses(clause, WORKFLOW_TYPE))
    found = await services.engine.search(wanted, principal)
    stored = await services.engine.get_many(found.oids, principal)
    return next((each.oid for each in stored.values() if each.name == name), None)


async def list_workflows(services: ItentialServices, call: ItentialCall) -> Answer:
    """The workflows as documents."""
    found = await _find_workflows(services, call.principal)
    return answer_items([write_workflow(each.oid, each.items) for each in found], call.pairs())


async def get_workflow(services: ItentialServices, call: ItentialCall) -> Answer:
    """One workflow by its name."""
    for each in await _find_workflows(services, call.principal):
        if each.name == call.ids[0]:
            return answer_bare(write_workflow(each.oid, each.items))
    raise NotFound("Cannot find workflow.")


async def projects(services: ItentialServices, call: ItentialCall) -> Answer:
    """Projects, of which there are none."""
    del services
    return wrap_page([], [pair for pair in call.pairs() if "[" not in pair[0]])


# ---- what starts a workflow -----------------------------------------------------------------------


def route_of(name: str) -> str:
    """The last segment of the path that starts a workflow."""
    return _NO_WORD.sub("-", name.lower()).strip("-") or short_id(name)


def _show_stamps(workflow: StoredObject) -> Document:
    metadata: Document = workflow.items.get("metadata", {})
    created = metadata.get("createTimestamp")
    return {
        "created": created,
        "createdBy": SYSTEM_ACTOR,
        "lastUpdated": metadata.get("modifyTimestamp", created),
        "lastUpdatedBy": SYSTEM_ACTOR,
    }


def _show_automation(workflow: StoredObject) -> Document:
    return {
        "_id": short_id(workflow.oid),
        "name": workflow.name,
        "description": workflow.items.get("description", ""),
        "componentType": "workflows",
        "componentName": workflow.name,
        "componentId": workflow.oid,
        "gbac": {"read": [], "write": []},
        **_show_stamps(workflow),
    }


def _trigger(workflow: StoredObject) -> Document:
    return {
        "_id": short_id(f"trigger {workflow.oid}"),
        "name": workflow.name,
        "description": workflow.items.get("description", ""),
        "type": "endpoint",
        "enabled": True,
        "actionType": "automations",
        "actionId": short_id(workflow.oid),
        "verb": "POST",
        "routeName": route_of(workflow.name),
        "schema": workflow.items.get("inputSchema") or {"type": "object"},
        "jst": None,
        "lastExecuted": None,
        **_show_stamps(workflow),
    }


async def automations(services: ItentialServices, call: ItentialCall) -> Answer:
    """One automation for each workflow."""
    found = await _find_workflows(services, call.principal)
    return wrap_page([_show_automation(each) for each in found], call.pairs())


async def triggers(services: ItentialServices, call: ItentialCall) -> Answer:
    """One endpoint for each workflow."""
    found = await _find_workflows(services, call.principal)
    return wrap_page([_trigger(each) for each in found], call.pairs())


async def run_endpoint(services: ItentialServices, call: ItentialCall) -> Answer:
    """A new job of the workflow with that route; the body holds its variables."""
    variables = await call.body(services)
    for each in await _find_workflows(services, call.principal):
        if route_of(each.name) == call.ids[0]:
            return await _run(services, each, variables, call.principal)
    raise NotFound("Trigger not found")


async def run_manual(services: ItentialServices, call: ItentialCall) -> Answer:
    """A new job of the workflow that the trigger belongs to."""
    body = check_body(await call.body(services), (), ("formData",))
    for each in await _find_workflows(services, call.principal):
        if short_id(f"trigger {each.oid}") == call.ids[0]:
            return await _run(
                services, each, read_typed(body, "formData", dict, {}), call.principal
            )
    raise NotFound("Trigger not found")


async def _run(
    services: ItentialServices, workflow: StoredObject, variables: Document, principal: Principal
) -> Answer:
    order = StartRequest(workflow=workflow.name, variables=variables)
    job = await services.jobs.start(order, principal)
    return answer_success(CREATED, show_job(job))
