"""What is asked of the large data set: searches, and the best SQL by hand for the same documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.crowd import SYLLABLES, role_name

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from gateway.model.documents import Document
    from tests.benchmarks.crowd import Crowd

PAGE = 20
_PAGE = f"ORDER BY name, seq LIMIT {PAGE}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One search, and the statement that gives oid and document of the same objects."""

    filter: str | None
    sql: str
    parameters: tuple[str | int, ...]
    offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A kind of search; `ask` makes one with values of its own."""

    name: str
    collection: str
    ask: Callable[[Crowd, random.Random], Asked]
    order_by: str | None = "name"

    def query(self, asked: Asked) -> Document:
        """The body of the request."""
        paging: Document = {"maxSize": PAGE, "offset": asked.offset}
        if self.order_by is not None:
            paging["orderBy"] = self.order_by
        filtered = {} if asked.filter is None else {"filter": {"text": asked.filter}}
        return {"query": filtered | {"paging": paging}}


def _equal(crowd: Crowd, chance: random.Random) -> Asked:
    name = chance.choice(crowd.names)
    return Asked(
        filter=f'name = "{name}"',
        sql="SELECT oid, doc FROM object WHERE type = 'UserType' AND name = ?",
        parameters=(name,),
    )


def _prefix(_: Crowd, chance: random.Random) -> Asked:
    prefix = f"Check {chance.choice(SYLLABLES)}{chance.choice(SYLLABLES)}"
    return Asked(
        filter=f'name startsWith "{prefix}"',
        sql="SELECT oid, doc FROM object WHERE type = 'TaskType' AND name >= ? AND name < ? "
        + _PAGE,
        parameters=(prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)),
    )


def _contains(crowd: Crowd, chance: random.Random) -> Asked:
    part = chance.choice(crowd.names).split(".")[0]
    # Every second piece is enough, and found in half the time of all.
    pieces = " AND ".join(f'"{part[start : start + 3]}"' for start in (0, 2, len(part) - 3))
    return Asked(
        filter=f'name contains "{part}"',
        sql="SELECT oid, doc FROM object WHERE seq IN (SELECT rowid FROM name_part WHERE name_part "
        "MATCH ?) AND +type = 'UserType' AND instr(name, ?) > 0 " + _PAGE,
        parameters=(pieces, part),
    )


def _contains_common(_: Crowd, chance: random.Random) -> Asked:
    part = f"{chance.choice(SYLLABLES)}{chance.choice(SYLLABLES)[0]}"
    return Asked(
        filter=f'name contains "{part}"',
        sql="SELECT oid, doc FROM object WHERE type = 'UserType' AND instr(name, ?) > 0 " + _PAGE,
        parameters=(part,),
    )


def _members(crowd: Crowd, chance: random.Random) -> Asked:
    role = chance.choice(crowd.roles)
    return Asked(
        filter=f'assignment matches (targetRef matches (oid = "{role}"))',
        sql="SELECT o.oid, o.doc FROM assignment a JOIN object o ON o.seq = a.owner WHERE a.target = ? "
        "AND a.path = 'assignment' AND a.relation = 'default' AND +o.type = 'UserType' "
        f"ORDER BY a.owner LIMIT {PAGE}",
        parameters=(role,),
    )


def _dereferenced(crowd: Crowd, chance: random.Random) -> Asked:
    name = role_name(chance.randrange(len(crowd.roles)))
    return Asked(
        filter=f'roleMembershipRef/@/name = "{name}"',
        sql="SELECT o.oid, o.doc FROM object r JOIN reference m ON m.target = r.oid "
        "AND m.path = 'roleMembershipRef' JOIN object o ON o.seq = m.owner AND +o.type = 'UserType' "
        f"WHERE r.type = 'RoleType' AND r.name = ? ORDER BY o.name, o.seq LIMIT {PAGE}",
        parameters=(name,),
    )


def _complement(crowd: Crowd, chance: random.Random) -> Asked:
    family = chance.choice(crowd.names).rstrip("0123456789").split(".")[1].capitalize()
    return Asked(
        filter=f'not (familyName = "{family}")',
        sql="SELECT oid, doc FROM object WHERE type = 'UserType' "
        "AND json_extract(doc, '$.familyName') IS NOT ? " + _PAGE,
        parameters=(family,),
    )


def _page(number: int) -> Callable[[Crowd, random.Random], Asked]:
    def ask(_: Crowd, chance: random.Random) -> Asked:
        offset = PAGE * (number - 1) and PAGE * (number - 1 + chance.randrange(100))
        return Asked(
            filter=None,
            sql=f"SELECT oid, doc FROM object WHERE type = 'UserType' {_PAGE} OFFSET ?",
            parameters=(offset,),
            offset=offset,
        )

    return ask


QUESTIONS = (
    Question(name="name equality", collection="users", ask=_equal, order_by=None),
    Question(name="prefix", collection="tasks", ask=_prefix),
    Question(name="contains, rare", collection="users", ask=_contains),
    Question(name="contains, common", collection="users", ask=_contains_common),
    Question(name="assignment of a role", collection="users", ask=_members, order_by=None),
    Question(name="dereference", collection="users", ask=_dereferenced),
    Question(name="not", collection="users", ask=_complement),
    Question(name="order, page 1", collection="users", ask=_page(1)),
    Question(name="order, page 1000 and on", collection="users", ask=_page(1_000)),
)
