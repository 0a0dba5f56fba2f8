"""Who belongs to which org: parents of parents, by object and as SQL, safe against cycles.

A reference to an org counts whatever its relation; only orgs lead further up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.query.fragments import Fragment, bound
from gateway.query.resolved import InOrg, OrgScope

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import StoredObject

ORG_TYPE = "OrgType"
PARENTS = "parentOrgRef"


def above(stored: StoredObject, fetch: Callable[[str], StoredObject | None]) -> frozenset[str]:
    """Oids of the orgs that an object belongs to, directly or through other orgs."""
    found: set[str] = set()
    waiting = [stored]
    while waiting:
        for reference in waiting.pop().items.get(PARENTS, ()):
            oid = reference.get("oid")
            if oid is None or oid in found:
                continue
            found.add(oid)
            parent = fetch(oid)
            if parent is not None and parent.type == ORG_TYPE:
                waiting.append(parent)
    return frozenset(found)


_MEMBERS = "SELECT owner FROM reference WHERE path = 'parentOrgRef' AND target"
_BELOW = (
    "WITH RECURSIVE below(oid) AS (VALUES(?) UNION "
    "SELECT org.oid FROM below JOIN reference up ON up.target = below.oid "
    "AND up.path = 'parentOrgRef' JOIN object org ON org.seq = up.owner AND org.type = 'OrgType') "
    "SELECT oid FROM below"
)
_ABOVE = (
    "WITH RECURSIVE above(oid) AS ("
    "SELECT up.target FROM object org JOIN reference up ON up.owner = org.seq "
    "AND up.path = 'parentOrgRef' WHERE org.oid = ? UNION "
    "SELECT up.target FROM above JOIN object org ON org.oid = above.oid AND org.type = 'OrgType' "
    "JOIN reference up ON up.owner = org.seq AND up.path = 'parentOrgRef') "
    "SELECT oid FROM above"
)


def in_org(node: InOrg, alias: str) -> Fragment:
    """The object in the row `alias` belongs to the org."""
    if node.scope is OrgScope.ANCESTORS:
        return bound(f"{alias}.oid IN ({_ABOVE})", node.oid)
    if node.scope is OrgScope.ONE_LEVEL:
        return bound(f"{alias}.seq IN ({_MEMBERS} = ?)", node.oid)
    return bound(f"{alias}.seq IN ({_MEMBERS} IN ({_BELOW}))", node.oid)
