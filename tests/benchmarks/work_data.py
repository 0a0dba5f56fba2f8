"""Jobs that wait for a person each, made from one that a server has started."""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.model.effects import NewObject
from gateway.model.job import Job, JobMove, Lineage, job_id_of
from gateway.store.sqlite import jobs, reading, writing
from tests.benchmarks.data import opened
from tests.benchmarks.servers import gateway_server
from tests.serving import wait_until

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from gateway.model.documents import StoredObject
    from gateway.model.job import WorkItem
    from tests.benchmarks.servers import Client

OPERATIONS = "/operations-manager"
#: Jobs of one name.
PER_NAME = 100
WORKFLOW = {
    "name": "ask",
    "tasks": {
        "a1": {
            "name": "ViewData",
            "app": "WorkFlowEngine",
            "type": "manual",
            "variables": {"incoming": {"header": "May it be?", "message": "Look at it."}},
        }
    },
    "transitions": {
        "workflow_start": {"a1": {"state": "success", "type": "standard"}},
        "a1": {"workflow_end": {"state": "success", "type": "standard"}},
        "workflow_end": {},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A file full of jobs, the item of each open and nobody's."""

    database: Path
    ids: list[str]
    names: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Template:
    task: StoredObject
    job: Job
    item: WorkItem


def item_id(number: str) -> str:
    """The id of an item, from its twelve digits."""
    return f"00000000-0000-4000-8000-{number}"


def make_work(database: Path, count: int, runs: int = 1) -> Work:
    """`count` jobs, a hundred to a name; their items are numbered by `runs` of a load generator."""
    with gateway_server(database) as running, closing(running.client()) as client:
        model = _started(client)
    oids = [str(uuid.uuid4()) for _ in range(count)]
    names = [f"Ask set {number:04d}" for number in range(max(1, count // PER_NAME))]
    with closing(opened(database)) as connection:
        template = _template(connection, model)
        connection.execute("BEGIN IMMEDIATE")
        for number, oid in enumerate(oids):
            item = item_id(f"{number % runs:04d}{number // runs:08d}")
            _clone(connection, template, oid, item, names[number % len(names)])
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Work(database=database, ids=[job_id_of(oid) for oid in oids], names=names)


def _started(client: Client) -> str:
    """The id of a job that waits."""
    client.send("POST", "/automation-studio/automations/import", {"automations": [WORKFLOW]})
    order = {"workflow": WORKFLOW["name"], "options": {"description": "to be cloned"}}
    client.send("POST", f"{OPERATIONS}/jobs/start", order)
    query = f"{OPERATIONS}/tasks?equals[type]=manual&equals[status]=running"
    wait_until(lambda: b"ViewData" in client.send("GET", query).body)
    jobs_body = client.send("GET", f"{OPERATIONS}/jobs?include=name").body.decode()
    return jobs_body.split('"_id":"')[1][:24]


def _template(connection: sqlite3.Connection, model: str) -> _Template:
    job = jobs.existing(connection, model)
    (item_key,) = job.walk.steps["a1"].items
    item = jobs.items_by_id(connection, [item_key])[item_key]
    return _Template(task=reading.by_oid(connection, [job.task])[0], job=job, item=item)


def _clone(
    connection: sqlite3.Connection, template: _Template, oid: str, item: str, name: str
) -> None:
    id_ = job_id_of(oid)
    steps = template.job.walk.steps
    walk = replace(template.job.walk, steps={**steps, "a1": steps["a1"].change(items=(item,))})
    lineage = Lineage(ancestors=(id_,))
    job = replace(template.job, id=id_, task=oid, name=name, walk=walk, lineage=lineage, owners={})
    state = template.task.state
    assert state is not None
    state = replace(state, identifier=item, run=None)
    items = template.task.items | {"name": name, "taskIdentifier": state.identifier}
    writing.add(
        connection,
        NewObject(oid=oid, type="TaskType", items=items, next_id=1, state=state, job=job),
    )
    opened_item = replace(template.item, id=item, job=id_, job_name=name, ancestors=(id_,))
    stored = jobs.existing(connection, id_)
    jobs.write_move(
        connection, JobMove(before=stored, walk=walk, now=stored.updated, opened=(opened_item,))
    )
