"""What each route below `/jobs` does: read the request, call the engine, write the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.dialects.itential.errors import CREATED, MANY, ONE, BulkFailure, answer_success
from gateway.dialects.itential.fields import ITEM_TYPE, JOB_TYPE
from gateway.dialects.itential.names import SHORT_ID, STEP_KEY, short_id
from gateway.dialects.itential.people import NOBODY
from gateway.dialects.itential.query import (
    needs_people,
    parse_list_request,
    plan_search,
    search_lineage,
    search_of,
)
from gateway.dialects.itential.views.job import show_item, show_job
from gateway.dialects.itential.views.projection import parse_projection
from gateway.dialects.itential.wire.bodies import check_body, read_short_ids, read_typed
from gateway.engine.workflow.factory import StartRequest
from gateway.errors import InvalidRequest, NotFound, TaskgateError
from gateway.http.exchange import AnswerSize
from gateway.model.job import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.dialects.itential.calls import ItentialCall, ItentialServices
    from gateway.dialects.itential.query import ListRequest
    from gateway.dialects.itential.views.projection import FieldProjection
    from gateway.http.exchange import Answer
    from gateway.model.documents import Document
    from gateway.model.principal import Principal

#: Rows that are read and written together; others get their turn in between.
STRETCH = 50
#: Kinds of jobs.
KINDS = ("automation", "resource:action", "resource:compliance")


def read_job_id(call: ItentialCall) -> str:
    """The job's id in the path; `InvalidRequest` if it is none."""
    if not SHORT_ID.fullmatch(call.ids[0]):
        raise InvalidRequest(f"'{call.ids[0][:80]}' is not the id of a job (24 hex digits).")
    return call.ids[0]


def step_key(text: Any) -> str:
    """The key of a task inside a workflow; `InvalidRequest` if it is none."""
    if not isinstance(text, str) or not STEP_KEY.fullmatch(text):
        raise InvalidRequest(
            f"'{str(text)[:80]}' is not the id of a task inside a workflow (1 to 4 hex digits)."
        )
    return text


# ---- to start and to see --------------------------------------------------------------------------


async def start(services: ItentialServices, call: ItentialCall) -> Answer:
    """A new job, which goes on by itself."""
    body = check_body(await call.body(services), ("workflow", "options"))
    options = read_typed(body, "options", dict, {})
    order = await order_of(services, call, read_typed(body, "workflow", str, ""), options)
    job = await services.jobs.start(order, call.principal)
    return answer_success(CREATED, show_job(job))


async def order_of(
    services: ItentialServices, call: ItentialCall, workflow: str, options: Document
) -> StartRequest:
    """What the options ask for; a group that nobody belongs to is refused."""
    kind = read_typed(options, "type", str, KINDS[0])
    if kind not in KINDS:
        raise InvalidRequest(f"'type' must be one of {', '.join(KINDS)}.")
    if options.get("description", "") is None:
        options = {key: value for key, value in options.items() if key != "description"}
    given = [g for g in read_typed(options, "groups", list, []) if g != EVERYBODY]
    groups = await _group_names(services, call, {"groups": given}) if given else []
    return StartRequest(
        workflow=workflow,
        variables=read_typed(options, "variables", dict, {}),
        description=read_typed(options, "description", str),
        kind=kind,
        groups=tuple(groups),
    )


async def _group_names(services: ItentialServices, call: ItentialCall, body: Document) -> list[str]:
    people = await services.people(call.principal)
    names: list[str] = []
    for each in read_short_ids(body, "groups"):
        name = people.group(each)
        if name is None:
            raise InvalidRequest(f"There is no group with the id {each}.")
        names.append(name)
    return names


async def list_page(
    services: ItentialServices,
    call: ItentialCall,
    type_name: str,
    rows: Callable[[Sequence[str], FieldProjection, Principal, AnswerSize], Awaitable[list[Any]]],
) -> Answer:
    """One page of jobs or tasks, with what there is before and behind it."""
    body = (await call.body(services)).get("queryParameters") or {}
    if not isinstance(body, dict):
        raise InvalidRequest("'queryParameters' must be an object.")
    if body:
        wanted, search = parse_list_request(type_name, call.pairs(), body), None
    else:
        known = plan_search(type_name, call.exchange.scope["query_string"])
        wanted, search = known.wanted, known.search
    if search is None:
        people = await services.people(call.principal) if needs_people(wanted) else NOBODY
        search = search_of(wanted, people)
    found = await services.jobs.search(search, call.principal)
    data, size = list[Any](), AnswerSize(services.answer_limit)
    for start in range(0, len(found.oids), STRETCH):
        ids = found.oids[start : start + STRETCH]
        data += await rows(ids, wanted.projection, call.principal, size)
    return answer_success(MANY, data, _describe_paging(wanted, len(data), found.total or 0))


def _describe_paging(wanted: ListRequest, size: int, total: int) -> Document:
    skip, limit = wanted.page.offset, wanted.page.size or 0
    return {
        "skip": skip,
        "limit": limit,
        "nextPageSkip": skip + limit if skip + size < total and size else None,
        "previousPageSkip": max(0, skip - limit) if skip else None,
        "total": total,
        "currentPageSize": size,
        "hints": list(wanted.hints),
    }


async def list_jobs(services: ItentialServices, call: ItentialCall) -> Answer:
    """The jobs that match."""
    return await list_page(services, call, JOB_TYPE, services.views.of)


async def get(services: ItentialServices, call: ItentialCall) -> Answer:
    """One job."""
    wanted = parse_projection(dict(call.pairs()), ("tasks", "accounts.createdBy"))
    job = await services.jobs.job(read_job_id(call), call.principal)
    return answer_success(ONE, wanted.of(show_job(job)))


# ---- many at once ---------------------------------------------------------------------------------


async def _answer_bulk(
    services: ItentialServices,
    call: ItentialCall,
    work: Callable[[str, Principal], Awaitable[None]],
    verb: str,
    done: str,
) -> Answer:
    """Do something to each job; an error only if it can be done to none of them."""
    body = check_body(await call.body(services), ("jobIds",))
    ids = read_short_ids(body, "jobIds")
    outcomes = {each: await _outcome(work, each, call.principal, done) for each in ids}
    if ids and all(result != done for result in outcomes.values()):
        raise BulkFailure(f"Failed to {verb} all jobs", outcomes)
    return answer_success(f"Successfully {done} jobs", outcomes)


async def _outcome(
    work: Callable[[str, Principal], Awaitable[None]], job: str, principal: Principal, done: str
) -> str:
    try:
        await work(job, principal)
    except TaskgateError as error:
        return error.message
    await asyncio.sleep(0)
    return done


async def cancel(services: ItentialServices, call: ItentialCall) -> Answer:
    """End jobs for good."""
    return await _answer_bulk(services, call, services.jobs.cancel, "cancel", "canceled")


async def pause(services: ItentialServices, call: ItentialCall) -> Answer:
    """Let no step of jobs start any more."""
    return await _answer_bulk(services, call, services.jobs.pause, "pause", "paused")


async def resume(services: ItentialServices, call: ItentialCall) -> Answer:
    """Let jobs go on."""
    return await _answer_bulk(services, call, services.jobs.resume, "resume", "resumed")


async def delete_many(services: ItentialServices, call: ItentialCall) -> Answer:
    """Delete jobs that are over."""
    return await _answer_bulk(services, call, services.jobs.delete, "delete", "deleted")


async def bulk_delete(services: ItentialServices, call: ItentialCall) -> Answer:
    """Delete those of the jobs that are over; others are left alone."""
    body = check_body(await call.body(services), ("jobIds",))
    results, gone = [], {JOB_TYPE: 0, ITEM_TYPE: 0}
    for each in read_short_ids(body, "jobIds"):
        below = {
            kind: await services.jobs.search(search_lineage(kind, each), call.principal)
            for kind in gone
        }
        outcome = await _outcome(services.jobs.delete, each, call.principal, "deleted")
        results.append({"jobId": each, "result": outcome})
        if outcome == "deleted":
            gone = {kind: number + (below[kind].total or 0) for kind, number in gone.items()}
    counts = {
        "jobsDeleted": gone[JOB_TYPE],
        "tasksDeleted": gone[ITEM_TYPE],
        "jobHistoryDeleted": 0,
        "jobDataDeleted": 0,
        "jobDataLargeFilesDeleted": 0,
    }
    return answer_success("Successfully deleted jobs", counts | {"results": results})


async def delete(services: ItentialServices, call: ItentialCall) -> Answer:
    """Delete a job that is over, with all below it."""
    await services.jobs.delete(read_job_id(call), call.principal)
    return answer_success("Successfully deleted job", [read_job_id(call)])


# ---- to go back and on ----------------------------------------------------------------------------


async def go_on(services: ItentialServices, call: ItentialCall) -> Answer:
    """Let a job that has stopped go on from a task."""
    body = check_body(await call.body(services), ("fromTask",))
    await services.jobs.go_on(read_job_id(call), step_key(body["fromTask"]), call.principal)
    return answer_success("Successfully continued job", None)


async def revert(services: ItentialServices, call: ItentialCall) -> Answer:
    """Do a task again that is complete, and all that comes after it."""
    body = check_body(await call.body(services), ("fromTask", "toTask"))
    source, target = step_key(body["fromTask"]), step_key(body["toTask"])
    job = await services.jobs.revert(read_job_id(call), source, target, call.principal)
    return answer_success("Successfully reverted job", show_job(job))


async def retry(services: ItentialServices, call: ItentialCall) -> Answer:
    """Try a task again that has failed."""
    body = check_body(await call.body(services), (), ("variables",))
    variables = read_typed(body, "variables", dict, {})
    key = step_key(call.ids[1])
    job = await services.jobs.retry(read_job_id(call), key, variables, call.principal)
    return answer_success("Successfully retried task", show_job(job))


async def finish(services: ItentialServices, call: ItentialCall) -> Answer:
    """End a manual task."""
    body = check_body(await call.body(services), ("taskData",))
    given = check_body(read_typed(body, "taskData", dict, {}), ("finish_state", "variables"))
    job = await services.jobs.finish(
        read_job_id(call),
        step_key(call.ids[1]),
        read_typed(given, "finish_state", str, ""),
        read_typed(given, "variables", dict, {}),
        call.principal,
    )
    return answer_success("Successfully finished task", show_job(job))


async def manual_controller(services: ItentialServices, call: ItentialCall) -> Answer:
    """What a manual task shows and asks for."""
    job = await services.jobs.job(read_job_id(call), call.principal)
    key = step_key(call.ids[1])
    step, state = job.graph.steps.get(key), job.walk.steps.get(key)
    if step is None or state is None or not step.is_manual or not state.items:
        raise NotFound(f"The job waits for no person at a task '{key}'.")
    item = await services.jobs.item(state.items[-1], call.principal)
    shown = show_item(item)
    ways = sorted({edge.state for edge in job.graph.out.get(key, ())})
    return answer_success(
        ONE, {"task": shown, **shown["variables"]["incoming"], "finishStates": ways}
    )


# ---- who sees and watches -------------------------------------------------------------------------


async def watch(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller watches the job."""
    await _watch(services, read_job_id(call), call.principal)
    return answer_success("Successfully watched job", None)


async def unwatch(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller watches the job no more."""
    await _unwatch(services, read_job_id(call), call.principal)
    return answer_success("Successfully unwatched job", None)


async def watch_many(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller watches jobs."""

    async def work(job: str, principal: Principal) -> None:
        await _watch(services, job, principal)

    return await _answer_bulk(services, call, work, "watch", "watched")


async def unwatch_many(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller watches jobs no more."""

    async def work(job: str, principal: Principal) -> None:
        await _unwatch(services, job, principal)

    return await _answer_bulk(services, call, work, "unwatch", "unwatched")


async def _watch(services: ItentialServices, job: str, who: Principal) -> None:
    await services.jobs.set_watchers(job, lambda now: [*dict.fromkeys((*now, who.oid))], who)


async def _unwatch(services: ItentialServices, job: str, who: Principal) -> None:
    await services.jobs.set_watchers(job, lambda now: [o for o in now if o != who.oid], who)


async def add_watchers(services: ItentialServices, call: ItentialCall) -> Answer:
    """Others watch the job."""
    body = check_body(await call.body(services), ("watchers",))
    people = await services.people(call.principal)
    oids: list[str] = []
    for each in read_short_ids(body, "watchers"):
        oid = people.oid(each)
        if oid is None:
            raise InvalidRequest(f"There is no account with the id {each}.")
        oids.append(oid)
    await services.jobs.set_watchers(
        read_job_id(call), lambda now: [*dict.fromkeys((*now, *oids))], call.principal
    )
    return answer_success("Successfully added watchers", None)


async def add_group(services: ItentialServices, call: ItentialCall) -> Answer:
    """Limit the job to one group more."""
    body = check_body(await call.body(services), ("groupId",))
    (name,) = await _group_names(services, call, {"groups": [body["groupId"]]})
    await services.jobs.set_groups(
        read_job_id(call),
        lambda now: [*dict.fromkeys((*(g for g in now if g != EVERYBODY), name))],
        call.principal,
    )
    return answer_success("Successfully added group", None)


async def replace_groups(services: ItentialServices, call: ItentialCall) -> Answer:
    """Limit the job to these groups."""
    body = check_body(await call.body(services), ("groups",))
    names = await _group_names(services, call, body)
    await services.jobs.set_groups(
        read_job_id(call), lambda _: names or [EVERYBODY], call.principal
    )
    return answer_success("Successfully replaced groups", [short_id(name) for name in names])


async def delete_groups(services: ItentialServices, call: ItentialCall) -> Answer:
    """Let everybody see the job."""
    check_body(await call.body(services), ())
    await services.jobs.set_groups(read_job_id(call), lambda _: [EVERYBODY], call.principal)
    return answer_success("Successfully deleted groups", None)


async def delete_group(services: ItentialServices, call: ItentialCall) -> Answer:
    """Limit the job to one group less."""
    people = await services.people(call.principal)
    name = people.group(call.ids[1])
    if name is None:
        raise NotFound("Group not found")
    await services.jobs.set_groups(
        read_job_id(call), lambda now: [g for g in now if g != name] or [EVERYBODY], call.principal
    )
    return answer_success("Successfully deleted group", None)
