"""What each midPoint route does: read the request, call the engine, write the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.dialects.midpoint import passwords, policy_items
from gateway.dialects.midpoint.query import parse_projection
from gateway.dialects.midpoint.reply import VARY, choose_body_form, read_content_tag
from gateway.dialects.midpoint.views.included import TaskReader, ViewTime
from gateway.dialects.midpoint.views.large import is_handy, write_objects
from gateway.dialects.midpoint.views.projection import project_objects
from gateway.dialects.midpoint.views.representation import Representation
from gateway.dialects.midpoint.waiting import wait_for_answer
from gateway.dialects.midpoint.wire.modification import read_deltas
from gateway.dialects.midpoint.wire.names import COLLECTION_OF, ROOT_OF
from gateway.dialects.midpoint.wire.read import read_oid
from gateway.engine.rights.entry import EVERY_TYPE, check_entry
from gateway.engine.verbs.submission import Submission
from gateway.errors import Conflict, NotAllowed, NotFound, SchemaViolation
from gateway.http.exchange import Answer, AnswerSize
from gateway.http.json_body import LARGE
from gateway.http.preferences import read_wait
from gateway.http.validators import ANY, matches
from gateway.model.delta import apply_deltas
from gateway.model.documents import orig
from gateway.model.principal import Right
from gateway.query import compile_clauses
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.dialects.midpoint.calls import MidpointCall, MidpointServices
    from gateway.dialects.midpoint.query import ItemProjection
    from gateway.dialects.midpoint.reply import Reply
    from gateway.dialects.midpoint.wire.forms import Form
    from gateway.dialects.midpoint.wire.read import ReadObject
    from gateway.model.documents import StoredObject
    from gateway.store.search import Found

T = TypeVar("T")
#: Objects that are written out before others get their turn.
STRETCH = 100
#: The first of them, whose size is not known yet, and the bytes of the others, roughly.
FIRST_STRETCH, STRETCH_BYTES = 10, 1024 * 1024


def answer_representation(
    representation: Representation, reply: Reply, if_none_match: bytes | None
) -> Answer:
    """An object, or 304 if the client has this very form of it."""
    etag = reply.etag(representation.etag)
    if if_none_match is not None and matches(if_none_match, etag):
        return Answer(status=304, headers=((b"etag", etag), VARY))
    body = reply.form.one(representation.type, representation.members)
    return reply.answer(200, body, (b"etag", etag))


async def get(services: MidpointServices, call: MidpointCall) -> Answer:
    """One object; a task when there is news, if the client would wait."""
    call = replace(call, oid=read_oid(call.oid))
    seconds = read_wait(call.exchange.headers(b"prefer"))
    if seconds is None or call.type != "TaskType":
        return await _got(services, call)
    return await wait_for_answer(services, call, seconds, partial(_got, services))


async def _got(services: MidpointServices, call: MidpointCall) -> Answer:
    wanted = _read_projection(call)
    etag = call.exchange.header(b"if-none-match")
    found = list[Representation]()
    if wanted.is_plain:
        found = await services.representations.get_many([call.oid], call.principal)
    if not found or found[0].type != call.type:
        stored = await services.engine.get(call.oid, call.type, call.principal)
        found = await _project(services, call, [stored], wanted)
    encoded = etag.encode("latin-1") if etag is not None else None
    if is_handy(found[0], call.reply):
        return answer_representation(found[0], call.reply, encoded)
    return await asyncio.to_thread(answer_representation, found[0], call.reply, encoded)


async def list_all(services: MidpointServices, call: MidpointCall) -> Answer:
    """All objects of the collection."""
    wanted = _read_projection(call)
    found = await services.engine.search(Search(type=call.type), call.principal)
    return await _answer_list(services, call, found, wanted)


async def search(services: MidpointServices, call: MidpointCall) -> Answer:
    """The objects that match."""
    wanted = _read_projection(call)
    count = call.exchange.parameters().flag("returnTotalCount")
    body, form = await _read_body(services, call)
    if len(body) <= LARGE:
        query = services.searches(body, form, call.type, count=count)
    else:
        read = services.searches.read
        query = await asyncio.to_thread(read, body, form, call.type, count=count)
    found = await services.engine.search(query, call.principal)
    return await _answer_list(services, call, found, wanted)


def _read_projection(call: MidpointCall) -> ItemProjection:
    wanted = parse_projection(call.exchange.parameters(), call.type)
    if wanted.raw:
        check_entry(call.principal, Right.RAW, every=EVERY_TYPE)
    return wanted


async def _answer_list(
    services: MidpointServices, call: MidpointCall, found: Found, wanted: ItemProjection
) -> Answer:
    form, elements, size = call.reply.form, list[bytes](), AnswerSize(services.answer_limit)
    start, stretch = 0, FIRST_STRETCH
    while start < len(found.oids):
        oids = found.oids[start : start + stretch]
        made = await _represent(services, call, oids, wanted)
        before = size.size
        async for part in write_objects(form.element, made):
            size.add(sum(map(len, part)))
            elements += part
        start += stretch
        # As many as are no burden together, by what these have come to.
        stretch = max(1, min(STRETCH, STRETCH_BYTES * stretch // max(1, size.size - before)))
    total = () if found.total is None else ((b"x-total-count", b"%d" % found.total),)
    return call.reply.answer(200, form.listed(elements), *total)


async def _represent(
    services: MidpointServices, call: MidpointCall, oids: Sequence[str], wanted: ItemProjection
) -> Sequence[Representation]:
    if wanted.is_plain:
        return await services.representations.get_many(oids, call.principal)
    stored = await services.engine.get_many(oids, call.principal)
    found = [stored[oid] for oid in oids if oid in stored]
    return await _project(services, call, found, wanted)


async def _project(
    services: MidpointServices,
    call: MidpointCall,
    stored: Sequence[StoredObject],
    wanted: ItemProjection,
) -> list[Representation]:
    moment = ViewTime(now=services.clock.now(), zone=services.query_limits.zone)
    if wanted.is_plain:
        return [Representation.of(each, moment.now) for each in stored]
    source = TaskReader(engine=services.engine, principal=call.principal)
    return await project_objects(source, stored, wanted, moment)


async def create(services: MidpointServices, call: MidpointCall) -> Answer:
    """A new object, or with `overwrite` another content for an old one."""
    return await _submit(services, call, overwrite=False)


async def _read_given(services: MidpointServices, call: MidpointCall) -> ReadObject:
    """The object in the body, which must be of the collection's type."""
    roots = {name: type_name for type_name, name in ROOT_OF.items()}
    given = await _read(services, call, lambda body: services.reader.object(body, roots))
    if given.type != call.type:
        raise SchemaViolation(
            f"The body holds a {given.type}, but {COLLECTION_OF[call.type]} takes a "
            f"'{ROOT_OF[call.type]}'."
        )
    return given


async def put(services: MidpointServices, call: MidpointCall) -> Answer:
    """As create with `overwrite`; the body's oid decides, not the one in the path."""
    return await _submit(services, call, overwrite=True)


async def _submit(services: MidpointServices, call: MidpointCall, *, overwrite: bool) -> Answer:
    options = call.options()
    given = await _read_given(services, call)
    # A version without any options means overwrite (ModelRestController, addObject).
    means_overwrite = bool(given.version) and not options
    items, password = await passwords.take_password(services, given.type, given.items)
    submission = Submission(
        type=given.type,
        items=items,
        oid=given.oid,
        overwrite=overwrite or means_overwrite or "overwrite" in options,
        raw="raw" in options,
        precondition=_make_precondition(services, call),
        password=password,
    )
    oid = await services.engine.submit(submission, call.principal)
    location = f"{call.exchange.base_url()}{call.mount}/{COLLECTION_OF[call.type]}/{oid}"
    status = 202 if call.type == "TaskType" else 201
    return Answer(status=status, headers=((b"location", location.encode("latin-1")),))


async def upsert(services: MidpointServices, call: MidpointCall) -> Answer:
    """A new object, or another content for the one with its oid or else its name; as it is then."""
    given = await _read_given(services, call)
    before = await _find_counterpart(services, call, given)
    items, password = await passwords.take_password(services, given.type, given.items)
    submission = Submission(
        type=given.type,
        items=items,
        oid=given.oid if before is None else before.oid,
        overwrite=True,
        keeps_equal=True,
        password=password,
    )
    oid = await services.engine.submit(submission, call.principal)
    status = 201 if before is None else 200
    try:
        stored = await services.engine.get(oid, given.type, call.principal)
    except (NotAllowed, NotFound):  # who may write it need not be able to look at it
        return Answer(status=status)
    shown = Representation.of(stored, services.clock.now())
    return call.reply.answer(status, call.reply.form.one(shown.type, shown.members))


async def _find_counterpart(
    services: MidpointServices, call: MidpointCall, given: ReadObject
) -> StoredObject | None:
    """The object that an upsert is about; `Conflict` if its name does not tell which one it is."""
    if given.oid is not None:
        return (await services.engine.get_many([given.oid], call.principal)).get(given.oid)
    clause = {"equal": {"path": "name", "value": orig(given.items.get("name", ""))}}
    wanted = Search(type=given.type, filter=compile_clauses(clause, given.type))
    found = (await services.engine.search(wanted, call.principal)).oids
    if len(found) > 1:
        raise Conflict(f"{len(found)} objects have this name; say by 'oid' which one is meant.")
    return (await services.engine.get_many(found, call.principal)).get(found[0]) if found else None


async def own(services: MidpointServices, call: MidpointCall) -> Answer:
    """The object of whoever asks."""
    return await get(services, replace(call, oid=call.principal.oid, type="UserType"))


async def generate(services: MidpointServices, call: MidpointCall) -> Answer:
    """Values by value policies."""
    body = await _read(services, call, lambda value: value)
    return await policy_items.generate(services, call, body)


async def validate(services: MidpointServices, call: MidpointCall) -> Answer:
    """Whether values keep their value policies."""
    body = await _read(services, call, lambda value: value)
    return await policy_items.validate(services, call, body)


async def modify(services: MidpointServices, call: MidpointCall) -> Answer:
    """Changes of single items."""
    oid = read_oid(call.oid)
    options = call.options()
    deltas = await _read(services, call, lambda body: read_deltas(body, call.type, services.reader))
    deltas, password = await passwords.take_password_change(services, deltas)
    await services.engine.modify(
        oid,
        call.type,
        lambda items: apply_deltas(items, deltas),
        call.principal,
        raw="raw" in options,
        precondition=_make_precondition(services, call),
        password=password,
    )
    return Answer(status=204)


async def delete(services: MidpointServices, call: MidpointCall) -> Answer:
    """The object, and for a task its subtasks, are gone."""
    oid = read_oid(call.oid)
    await services.engine.delete(oid, call.type, call.principal, _make_precondition(services, call))
    return Answer(status=204)


async def run(services: MidpointServices, call: MidpointCall) -> Answer:
    """Start the task as soon as possible; where its state forbids that, a warning says so."""
    # midPoint answers 204 even when it refuses (TaskStateManager, scheduleTaskNow).
    return _answer_operation(204, await services.engine.run(read_oid(call.oid), call.principal))


async def suspend(services: MidpointServices, call: MidpointCall) -> Answer:
    """Stop the task."""
    return _answer_operation(204, await services.engine.suspend(read_oid(call.oid), call.principal))


async def resume(services: MidpointServices, call: MidpointCall) -> Answer:
    """Let a suspended task go on."""
    return _answer_operation(202, await services.engine.resume(read_oid(call.oid), call.principal))


def _answer_operation(status: int, warning: str | None) -> Answer:
    if warning is None:
        return Answer(status=status)
    return Answer(status=status, headers=((b"warning", f'299 taskgate "{warning}"'.encode()),))


def _make_precondition(
    services: MidpointServices, call: MidpointCall
) -> Callable[[StoredObject], bool] | None:
    header = call.exchange.header(b"if-match")
    if header is None:
        return None
    given = header.encode("latin-1")
    contents = b",".join(p if p.strip() == ANY else read_content_tag(p) for p in given.split(b","))
    now = services.clock.now()
    return lambda stored: matches(contents, Representation.of(stored, now).etag)


async def _read_body(services: MidpointServices, call: MidpointCall) -> tuple[bytes, Form]:
    """The body and its form; one that is missing is refused later, in whatever form."""
    body = await call.exchange.body(services.body_limits.size)
    header = call.exchange.header(b"content-type")
    return body, choose_body_form(header) if body else call.reply.form


async def _read(services: MidpointServices, call: MidpointCall, convert: Callable[[Any], T]) -> T:
    """What `convert` makes of the body's value; large bodies are read off the event loop."""
    body, form = await _read_body(services, call)

    def work() -> T:
        return convert(form.read(body, services.body_limits, call.type))

    return work() if len(body) <= LARGE else await asyncio.to_thread(work)
