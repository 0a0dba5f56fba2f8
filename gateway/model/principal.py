"""Who asks, and what they may do: rights come from built-in roles, by the table, and from rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from math import inf

from gateway.model.grants import Grants, Rule, Selection, combine_rules


class Right(StrEnum):
    """Kinds of operations that are allowed or not."""

    #: Look at single objects.
    READ = "read"
    #: Find objects.
    SEARCH = "search"
    ADD = "add objects"
    MODIFY = "change objects"
    DELETE = "delete objects"
    RUN = "run tasks"
    SUSPEND = "suspend tasks"
    RESUME = "resume tasks"
    #: Read and write objects as they are stored, past what the server derives.
    RAW = "bypass the server's rules"
    #: Be somebody else.
    ACT = "act as others"
    #: Manage accounts.
    ADMINISTER = "administer"
    #: Start jobs, and work on what they wait for.
    WORK = "start and work on jobs"
    #: Work on any job, whatever its groups and whoever has claimed its items.
    SUPERVISE = "supervise all jobs"
    #: Say what jobs do.
    AUTHOR = "import and change workflows"


SUPERUSER = "superuser"
VIEWER = "viewer"
ADMINISTRATOR = "administrator"

#: What the roles of those who work on jobs look at and operate.
JOB_TYPES = ("TaskType", "WorkflowType")
_LOOK = frozenset({Right.READ, Right.SEARCH})
_OPERATE = frozenset({Right.RUN, Right.SUSPEND, Right.RESUME})
_AUTHOR = frozenset({Right.WORK, Right.AUTHOR})
#: Role name to rights on everything.
RIGHTS: dict[str, frozenset[Right]] = {
    SUPERUSER: frozenset(Right),
    VIEWER: _LOOK,
    "admin": _AUTHOR | {Right.SUPERVISE},
    "apiwrite": _AUTHOR,
    "engineering": _AUTHOR,
    "operations": frozenset({Right.WORK}),
    "apiread": frozenset(),
    "support": frozenset(),
}
#: Role name to rights on tasks and workflows, and on nothing else.
JOB_RIGHTS: dict[str, frozenset[Right]] = {
    "admin": _LOOK | _OPERATE,
    "apiwrite": _LOOK | _OPERATE,
    "engineering": _LOOK | _OPERATE,
    "operations": _LOOK | _OPERATE,
    "apiread": _LOOK,
    "support": _LOOK,
}
#: Holders of built-in roles come in by every entry that is not denied to them.
ENTER = "enter"
#: Role name to the oid of its role object.
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
ROLE_OF_OID = {oid: role for role, oid in ROLE_OIDS.items()}
ADMINISTRATOR_OID = "00000000-0000-0000-0000-000000000002"


def _rules_of(role: str) -> list[Rule]:
    """What a built-in role allows."""
    on_all = Rule(operations=RIGHTS[role] | {ENTER})
    if role not in JOB_RIGHTS:
        return [on_all]
    types = tuple(Selection(type=each) for each in JOB_TYPES)
    return [on_all, Rule(operations=JOB_RIGHTS[role], objects=types)]


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An authenticated caller."""

    oid: str
    name: str
    #: Names of built-in roles.
    roles: frozenset[str]
    #: Names of the groups that it belongs to.
    groups: frozenset[str] = frozenset()
    #: What other roles allow and deny; nothing is denied to superusers.
    rules: tuple[Rule, ...] = ()
    #: Oids of everything that this follows from.
    sources: frozenset[str] = field(default=frozenset(), compare=False)
    #: Until when it does, in seconds since the epoch, if nobody touches them.
    until: float = field(default=inf, compare=False)

    @cached_property
    def grants(self) -> Grants:
        """What the roles come to, by right or name of an entry."""
        built_in = [rule for role in self.roles if role in RIGHTS for rule in _rules_of(role)]
        return combine_rules(built_in if SUPERUSER in self.roles else [*built_in, *self.rules])

    def may(self, right: Right) -> bool:
        """Whether it is allowed on everything."""
        return right in self.grants.whole

    def may_somewhere(self, right: Right) -> bool:
        """Whether it is allowed on everything or on some objects."""
        return right in self.grants.whole or right in self.grants.parts

    def enters(self, entry: str) -> bool:
        """Whether requests of that name are let in; what they do is another question."""
        grants = self.grants
        return entry in grants.whole or (ENTER in grants.whole and entry not in grants.denied)


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """In whose name something is changed, and by which way."""

    principal: Principal
    channel: str
    #: Oid of the task that does it.
    task: str | None = None
    #: Whose rights are enough as well: who wrote the workflow that fixes what is done.
    vouching: Principal | None = None
    #: Who else has decided what is done, and must have the rights for it, too.
    hands: tuple[Principal, ...] = ()
    #: Who wrote the workflows that have led to it: these decide about nobody who is above them.
    writers: tuple[Principal, ...] = ()
