"""Data sets: objects made once over HTTP, then cloned straight into the file by the store's own code."""

from __future__ import annotations

import itertools
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.model.effects import NewObject
from gateway.model.run import Outcome
from gateway.store.sqlite import reading, writing
from gateway.store.sqlite.bulk import add_many
from tests.benchmarks.servers import gateway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.model.documents import Document, StoredObject
    from tests.benchmarks.servers import Client

MOUNT = "/midpoint/ws/rest"
#: Tasks whose names share a prefix.
PER_PREFIX = 100
#: Length of a task's description in the data set: with it, a GET answers 1.5 to 1.7 KB.
DESCRIPTION = 40
ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
INDUCED = "1b6d2f1c-5a0e-4d0a-9a0f-2f5f9f0f7a11"
INDUCED_TOO = "1b6d2f1c-5a0e-4d0a-9a0f-2f5f9f0f7a12"
#: Roles that users have beside the first one, some of them each.
OTHER_ROLES = 200
#: Objects that are written with one statement.
TOGETHER = 500
DERIVED = ("roleMembershipRef", "parentOrgRef", "archetypeRef", "activation")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tasks:
    """A file full of tasks."""

    database: Path
    oids: list[str]
    prefixes: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Members:
    """A file with members of a role whose memberships are missing, and some tasks beside."""

    database: Path
    count: int
    tasks: list[str]


def no_op(name: str, state: str, description: str) -> Document:
    """A task document that takes one step."""
    return {
        "task": {
            "name": name,
            "description": description,
            "schedulingState": state,
            "activity": {"work": {"noOp": {"steps": 1}}},
        }
    }


def inducing(oid: str) -> Document:
    """A modification after which the role induces that other role only."""
    value = {"targetRef": {"oid": oid, "type": "RoleType"}}
    delta = {"modificationType": "replace", "path": "inducement", "value": value}
    return {"objectModification": {"itemDelta": delta}}


def make_tasks(folder: Path, count: int) -> Tasks:
    """`count` suspended tasks, a hundred to a name prefix."""
    database = folder / "tasks.db"
    with gateway_server(database) as running:
        template = created(running.client(), "tasks", no_op("model", "suspended", "x"))
    oids = [str(uuid.uuid4()) for _ in range(count)]
    prefixes = [f"set {number:04d} " for number in range(max(1, count // PER_PREFIX))]
    names = [f"{prefixes[i % len(prefixes)]}task {i:06d}" for i in range(count)]
    with closing(opened(database)) as connection:
        fill(connection, template, _tasks(oids, names))
    return Tasks(database=database, oids=oids, prefixes=prefixes)


def make_members(folder: Path, count: int, tasks: int, assignments: int = 1) -> Members:
    """`count` users with a role that induces another one, and more roles if they have more."""
    database = folder / f"members-{count}-{assignments}.db"
    roles = [ROLE]
    with gateway_server(database) as running:
        client = running.client()
        induced = {"targetRef": {"oid": INDUCED, "type": "RoleType"}}
        for role in (
            {"name": "Induced", "oid": INDUCED},
            {"name": "Induced too", "oid": INDUCED_TOO},
            {"name": "Member", "oid": ROLE, "inducement": induced},
        ):
            client.send("POST", f"{MOUNT}/roles", {"role": role})
        if assignments > 1:
            roles += [
                created(client, "roles", {"role": {"name": f"Role {number:03d}"}})
                for number in range(OTHER_ROLES)
            ]
        user = created(client, "users", {"user": person(*roles[:assignments])})
        task = created(client, "tasks", no_op("model", "suspended", "x"))
    oids = [str(uuid.uuid4()) for _ in range(tasks)]
    with closing(opened(database)) as connection:
        fill(connection, task, _tasks(oids, [f"task {i:06d}" for i in range(tasks)]))
        fill(connection, user, _users(count, roles, assignments))
    return Members(database=database, count=count, tasks=oids)


def person(*roles: str) -> Document:
    """A user document of usual size, with these roles."""
    text = "A person with a description of some length. " * 8
    return {
        "name": "model",
        "givenName": "Ada",
        "familyName": "Byron",
        "fullName": "Ada Byron",
        "emailAddress": "ada@example.org",
        "description": text.strip(),
        "assignment": [{"targetRef": {"oid": role, "type": "RoleType"}} for role in roles],
    }


def created(client: Client, collection: str, document: Document) -> str:
    """The oid of an object that was created as any client creates it."""
    location = client.send("POST", f"{MOUNT}/{collection}", document).headers["location"]
    return location.rsplit("/", 1)[1]


def _tasks(oids: list[str], names: list[str]) -> Iterator[tuple[str, Document]]:
    for oid, name in zip(oids, names, strict=True):
        yield oid, {"name": name, "description": f"{name} ".ljust(DESCRIPTION, ".")}


def _users(count: int, roles: list[str], assignments: int) -> Iterator[tuple[str, Document]]:
    """Users as they are before anything was derived; the assignments themselves stay.

    All have the first role; the others go round, so that neighbours have different ones.
    """
    missing = dict.fromkeys(DERIVED)
    first, *others = roles
    for i in range(count):
        turn = (others[(i + j) % len(others)] for j in range(assignments - 1))
        assignment = [
            {"id": number, "targetRef": {"oid": oid, "type": "RoleType", "relation": "default"}}
            for number, oid in enumerate((first, *turn), 1)
        ]
        yield str(uuid.uuid4()), {"name": f"user{i:07d}", "assignment": assignment, **missing}


def opened(database: Path) -> sqlite3.Connection:
    """The file, as the store's code wants it."""
    connection = sqlite3.connect(database, isolation_level=None)
    reading.prepare(connection)
    return connection


def watched(database: Path) -> sqlite3.Connection:
    """A connection that looks into a server's file without asking the server."""
    uri = f"{database.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def fill(
    connection: sqlite3.Connection, template: str, clones: Iterator[tuple[str, Document]]
) -> None:
    """Clone an object with other oids and items (None: without it), in one transaction."""
    stored = reading.by_oid(connection, [template])[0]
    connection.execute("BEGIN IMMEDIATE")
    new = (_clone(stored, oid, items, number) for number, (oid, items) in enumerate(clones))
    while chunk := list(itertools.islice(new, TOGETHER)):
        add_many(connection, chunk)
    connection.execute("COMMIT")
    writing.delete(connection, template, lambda _: None)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _clone(stored: StoredObject, oid: str, items: Document, number: int) -> NewObject:
    merged = {k: v for k, v in (stored.items | items).items() if v is not None}
    state = stored.state
    if state is not None:
        state = replace(state, identifier=f"{number}-1-1")
        merged["taskIdentifier"] = state.identifier
    created = stored.items["metadata"]
    outcome = Outcome(
        kind="simple",
        at=created["createTimestamp"],
        status="success",
        operation='"add"',
        initiator=created["creatorRef"]["oid"],
        channel=created["createChannel"],
    )
    return NewObject(
        oid=oid,
        type=stored.type,
        items=merged,
        next_id=stored.next_id,
        state=state,
        outcome=outcome,
    )
