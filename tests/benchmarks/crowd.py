"""The large data set: users with roles and as many tasks, cloned by the store's own bulk code."""

from __future__ import annotations

import itertools
import random
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.data import created, fill, no_op, opened, person
from tests.benchmarks.servers import gateway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.model.documents import Document

#: Users that have a role beside the one that all have.
PER_ROLE = 200
SYLLABLES = [a + b for a, b in itertools.product("bdfgklmnprst", "aeiou")]
#: Length of a task's description: with it, a GET answers 1.5 to 1.7 KB.
DESCRIPTION = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """A file full of users and tasks."""

    database: Path
    users: int
    tasks: int
    #: Oids of the roles with `PER_ROLE` members each; role `i` is called `role_name(i)`.
    roles: list[str]
    #: Some of the users' names.
    names: list[str]
    #: Seconds that making the file took, and its MiB.
    seconds: float
    size: float


def make_crowd(folder: Path, users: int, tasks: int) -> Crowd:
    """`users` users, each with a role of their own kind and one that all have, and `tasks` tasks."""
    started = time.monotonic()
    database = folder / "crowd.db"
    with gateway_server(database) as running, closing(running.client()) as client:
        everyone = created(client, "roles", {"role": {"name": "Everyone"}})
        role = created(client, "roles", {"role": {"name": "model"}})
        user = created(client, "users", {"user": person(everyone)})
        task = created(client, "tasks", no_op("model", "suspended", "x"))
    roles = [str(uuid.uuid4()) for _ in range(max(1, users // PER_ROLE))]
    chance = random.Random(users)
    names = [_name(chance, number) for number in range(users)]
    with closing(opened(database)) as connection:
        fill(connection, role, _roles(roles))
        fill(connection, user, _users(names, roles, everyone))
        fill(connection, task, _tasks(chance, tasks))
    return Crowd(
        database=database,
        users=users,
        tasks=tasks,
        roles=roles,
        names=names[:: max(1, users // 5_000)],
        seconds=time.monotonic() - started,
        size=database.stat().st_size / 1024**2,
    )


def role_name(number: int) -> str:
    """What the role is called."""
    return f"Role {number:05d}"


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=3))


def _name(chance: random.Random, number: int) -> str:
    """Two words and a number; a word is shared by a few users."""
    return f"{_word(chance)}.{_word(chance)}{number}"


def _roles(oids: list[str]) -> Iterator[tuple[str, Document]]:
    for number, oid in enumerate(oids):
        yield oid, {"name": role_name(number)}


def _users(names: list[str], roles: list[str], everyone: str) -> Iterator[tuple[str, Document]]:
    for number, name in enumerate(names):
        given, family = (word.capitalize() for word in name.rstrip("0123456789").split("."))
        targets = [
            {"oid": oid, "type": "RoleType", "relation": "default"}
            for oid in (everyone, roles[number % len(roles)])
        ]
        yield (
            str(uuid.uuid4()),
            {
                "name": name,
                "givenName": given,
                "familyName": family,
                "fullName": f"{given} {family}",
                "emailAddress": f"{name}@example.org",
                "employeeNumber": str(number),
                "assignment": [{"id": i, "targetRef": each} for i, each in enumerate(targets, 1)],
                "roleMembershipRef": targets,
            },
        )


def _tasks(chance: random.Random, count: int) -> Iterator[tuple[str, Document]]:
    for number in range(count):
        name = f"Check {_word(chance)} {number:06d}"
        yield str(uuid.uuid4()), {"name": name, "description": f"{name} ".ljust(DESCRIPTION, ".")}
