"""Who asks, and what he may do. Rights come from roles; the table is all there is to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """Kinds of operations that are allowed or not."""

    READ = "read"
    WRITE = "write"
    #: Run, suspend and resume tasks.
    OPERATE = "operate"
    #: Read and write objects as they are stored, past what the server derives.
    RAW = "bypass the server's rules"
    #: Manage accounts.
    ADMINISTER = "administer"
    #: Start jobs, and work on what they wait for.
    WORK = "start and work on jobs"
    #: Work on any job, whatever its groups and whoever has claimed its items.
    SUPERVISE = "supervise all jobs"


SUPERUSER = "superuser"
VIEWER = "viewer"
ADMINISTRATOR = "administrator"

#: Role name to rights and to the oid of its role object.
RIGHTS: dict[str, frozenset[Right]] = {
    SUPERUSER: frozenset(Right),
    VIEWER: frozenset({Right.READ}),
    "admin": frozenset({Right.READ, Right.WRITE, Right.OPERATE, Right.WORK, Right.SUPERVISE}),
    "apiwrite": frozenset({Right.READ, Right.WRITE, Right.OPERATE, Right.WORK}),
    "engineering": frozenset({Right.READ, Right.WRITE, Right.OPERATE, Right.WORK}),
    "operations": frozenset({Right.READ, Right.OPERATE, Right.WORK}),
    "apiread": frozenset({Right.READ}),
    "support": frozenset({Right.READ}),
}
ROLE_OIDS = {
    SUPERUSER: "00000000-0000-0000-0000-000000000004",
    VIEWER: "00000000-0000-0000-0000-00000000000b",
    "admin": "00000000-0000-0000-0000-000000007a01",
    "apiwrite": "00000000-0000-0000-0000-000000007a02",
    "engineering": "00000000-0000-0000-0000-000000007a03",
    "operations": "00000000-0000-0000-0000-000000007a04",
    "apiread": "00000000-0000-0000-0000-000000007a05",
    "support": "00000000-0000-0000-0000-000000007a06",
}
ADMINISTRATOR_OID = "00000000-0000-0000-0000-000000000002"


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """An authenticated caller."""

    oid: str
    name: str
    roles: frozenset[str]
    #: Names of the groups that it belongs to.
    groups: frozenset[str] = frozenset()

    def may(self, right: Right) -> bool:
        """Whether one of the roles allows it."""
        return any(right in RIGHTS.get(role, ()) for role in self.roles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """In whose name something is changed, and by which way."""

    principal: Principal
    channel: str
    #: Oid of the task that does it.
    task: str | None = None
