"""Units about jobs and their items: plain functions over a connection, each all or nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import Conflict, NotFound
from gateway.model.job import EVERYBODY, Job, Lineage, WorkItem, walk_document, walk_of
from gateway.model.workflow import graph_of
from gateway.store.search import Found
from gateway.store.sqlite import reading, sealing
from gateway.store.sqlite.compile.where import order_by, where_of
from gateway.store.sqlite.queries import load
from gateway.store.sqlite.reading import SQL as READ
from gateway.store.sqlite.rows import state_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from gateway.model.documents import Document
    from gateway.model.job import ItemClaim, ItemEnd, JobMove
    from gateway.model.workflow import Graph
    from gateway.store.search import Search

SQL = load("job")
TABLES = {"JobType": "job", "WorkItemType": "work_item"}
#: Graphs that are kept read; many jobs walk through the same one.
GRAPH_CACHE_SIZE = 256


@lru_cache(maxsize=GRAPH_CACHE_SIZE)
def _graph(text: str) -> Graph:
    return graph_of(orjson.loads(text))


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def add_job(connection: sqlite3.Connection, seq: int, job: Job) -> None:
    """Store the job of a task that was just stored."""
    row = {
        "seq": seq,
        "id": job.id,
        "task": job.task,
        "title": job.name,
        "status": job.status,
        "started": job.started,
        "updated": job.updated,
        "user": job.user,
        "is_open": EVERYBODY in job.groups,
        "graph": _text(job.graph.document),
        "doc": _document(connection, job),
    }
    connection.execute(SQL["add_job"], row)


def _document(connection: sqlite3.Connection, job: Job) -> str:
    lineage = job.lineage
    walk: Document | str = walk_document(job.walk)
    if job.graph.secrets:
        walk = sealing.seal(connection, _text(walk), sealing.job_place(job.id))
    return _text(
        {
            "walk": walk,
            "progress": job.walk.progress,
            "description": job.description,
            "kind": job.kind,
            "groups": job.groups,
            "watchers": job.watchers,
            "ancestors": lineage.ancestors,
            "parent": {
                "step": lineage.step,
                "iteration": lineage.iteration,
                "element": lineage.element,
            },
            "writers": job.writers,
            "shown": job.shown,
        }
    )


def by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Job]:
    """The existing ones of the jobs."""
    rows = connection.execute(SQL["jobs_by_id"], {"keys": _text(list(ids))}).fetchall()
    seqs = _text([row["seq"] for row in rows])
    states = {r["seq"]: state_of(r) for r in connection.execute(READ["tasks"], {"keys": seqs})}
    return {row["id"]: _job_of(connection, row, states[row["seq"]]) for row in rows}


def _job_of(connection: sqlite3.Connection, row: sqlite3.Row, state: Any) -> Job:
    document: Document = orjson.loads(row["doc"])
    walk = document["walk"]
    if isinstance(walk, str):
        walk = orjson.loads(sealing.unseal(connection, walk, sealing.job_place(row["id"])))
    return Job(
        id=row["id"],
        task=row["task"],
        name=row["title"],
        graph=_graph(row["graph"]),
        walk=walk_of(walk),
        user=row["user"],
        started=row["started"],
        updated=row["updated"],
        description=document["description"],
        kind=document["kind"],
        groups=tuple(document["groups"]),
        watchers=tuple(document["watchers"]),
        lineage=Lineage(ancestors=tuple(document["ancestors"]), **document["parent"]),
        writers=tuple(document.get("writers", ())),
        shown=document["shown"],
        status=row["status"],
        ended=row["ended"],
        version=row["version"],
        seq=row["seq"],
        state=state,
        owners=orjson.loads(row["owners"]),
    )


def of_task(connection: sqlite3.Connection, oid: str) -> Job | None:
    """The job of a task, if it has one."""
    ids = [row[0] for row in connection.execute(SQL["job_id_of_task"], {"task": oid})]
    return by_id(connection, ids).get(ids[0]) if ids else None


def existing(connection: sqlite3.Connection, job_id: str) -> Job:
    """The job, or `NotFound`."""
    found = by_id(connection, [job_id]).get(job_id)
    if found is None:
        raise NotFound("Job not found")
    return found


def write_move(connection: sqlite3.Connection, move: JobMove) -> list[str]:
    """Make a move true, but for the task's state; `Conflict` if the job has moved meanwhile.

    Returns the oids of the tasks that others see from now on.
    """
    job = move.before
    limited: list[str] = []
    after = replace(
        job,
        walk=move.walk,
        groups=job.groups if move.groups is None else move.groups,
        watchers=job.watchers if move.watchers is None else move.watchers,
    )
    facts = {
        "id": job.id,
        "version": job.version,
        "now": move.now,
        "is_open": EVERYBODY in after.groups,
        "doc": _document(connection, after),
    }
    if connection.execute(SQL["move_job"], facts).rowcount != 1:
        raise Conflict("The job has moved on meanwhile; try again.")
    if after.groups != job.groups:
        facts = {"job": job.seq, "audience": after.audience}
        limited = [row[0] for row in connection.execute(SQL["limit_tasks"], facts)]
    if move.opened:
        rows = _text([_item_row(each) for each in move.opened])
        connection.execute(SQL["add_items"], {"job": job.seq, "id": job.id, "rows": rows})
    if move.ended:
        connection.execute(SQL["end_items"], {"rows": _text([_end_row(e) for e in move.ended])})
    awaited = move.walk.awaited
    if awaited != job.walk.awaited:
        connection.execute(SQL["forget_awaited"], {"job": job.seq})
        tasks = _text(sorted(awaited))
        connection.execute(SQL["add_awaited"], {"job": job.seq, "tasks": tasks})
    return limited


def _item_row(item: WorkItem) -> list[Any]:
    document = {
        "app": item.app,
        "jobName": item.job_name,
        "jobDescription": item.description,
        "ancestors": item.ancestors,
        "groups": item.groups,
        "inputs": item.inputs,
        "outputs": item.outputs,
        "message": item.message,
        "shown": item.shown,
    }
    return [
        item.id,
        item.step,
        item.name,
        item.kind,
        item.status,
        item.started,
        item.updated,
        item.owner,
        item.claimed,
        item.ended,
        item.finish,
        item.user,
        int(EVERYBODY in item.groups),
        _text(document),
    ]


def _end_row(end: ItemEnd) -> list[Any]:
    changes = {"outputs": end.outputs, "message": end.message}
    return [end.id, end.status, end.at, end.finish, end.user, changes]


def items_by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, WorkItem]:
    """The existing ones of the items."""
    rows = connection.execute(SQL["items_by_id"], {"keys": _text(list(ids))})
    return {row["id"]: _item_of(row) for row in rows}


def _item_of(row: sqlite3.Row) -> WorkItem:
    document: Document = orjson.loads(row["doc"])
    return WorkItem(
        id=row["id"],
        job=row["job_id"],
        task=row["task"],
        job_name=document["jobName"],
        step=row["step"],
        name=row["title"],
        app=document["app"],
        kind=row["kind"],
        started=row["started"],
        updated=row["updated"],
        status=row["status"],
        job_status=row["job_status"],
        description=document["jobDescription"],
        ancestors=tuple(document["ancestors"]),
        groups=tuple(document["groups"]),
        inputs=document["inputs"],
        outputs=document["outputs"],
        message=document["message"],
        owner=row["owner"],
        claimed=row["claimed"],
        ended=row["ended"],
        finish=row["finish"],
        user=row["user"],
        shown=document["shown"],
    )


def write_claim(connection: sqlite3.Connection, item: WorkItem, claim: ItemClaim) -> WorkItem:
    """Change who works on an item, as it is then; `Conflict` if somebody was quicker."""
    facts = {
        "id": item.id,
        "before": item.owner,
        "owner": claim.owner,
        "claimed": claim.claimed,
        "now": claim.now,
    }
    if connection.execute(SQL["claim_item"], facts).rowcount != 1:
        raise Conflict("Somebody else was quicker; try again.")
    return replace(item, owner=claim.owner, claimed=claim.claimed, updated=claim.now)


def search(connection: sqlite3.Connection, wanted: Search, page_limit: int) -> Found:
    """Ids of one page in a stable order, and the number of all matches if wanted.

    Jobs and items stand in tables of their own; everything else is an object.
    """
    if wanted.type not in TABLES:
        return reading.search(connection, wanted, page_limit)
    page = wanted.page
    source, parameters = f"FROM {TABLES[wanted.type]} o", list[Any]()
    if wanted.filter is not None:
        where = where_of(wanted.filter)
        source, parameters = f"{source} WHERE {where.sql}", list(where.parameters)
    order, order_parameters = "", list[Any]()
    if page.order_by:
        clause = order_by(
            page.order_by, wanted.type, descending=page.descending, sight=wanted.sight
        )
        order, order_parameters = f"{clause.sql}, ", list(clause.parameters)
    rows = connection.execute(
        f"SELECT o.id {source} ORDER BY {order}o.seq LIMIT ? OFFSET ?",
        [*parameters, *order_parameters, min(page.size or page_limit, page_limit), page.offset],
    ).fetchall()
    total = None
    if wanted.count:
        total = connection.execute(f"SELECT count(*) {source}", parameters).fetchone()[0]
    return Found(oids=tuple(row[0] for row in rows), total=total)
