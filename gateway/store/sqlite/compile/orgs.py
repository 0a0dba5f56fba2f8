"""Membership in orgs as SQL: recursive sets of oids."""

from __future__ import annotations

from gateway.query.resolved import InOrg, OrgScope
from gateway.store.sqlite.compile.fragments import Fragment, bound

_MEMBERS = "SELECT owner FROM reference WHERE path = 'parentOrgRef' AND target"


_BELOW = (
    "WITH RECURSIVE below(oid) AS (VALUES(?) UNION "
    "SELECT org.oid FROM below JOIN reference up ON up.target = below.oid "
    "AND up.path = 'parentOrgRef' JOIN object org ON org.seq = up.owner AND org.type = 'OrgType'"
    "{way}) SELECT oid FROM below"
)


_ABOVE = (
    "WITH RECURSIVE above(oid) AS ("
    "SELECT up.target FROM object org JOIN reference up ON up.owner = org.seq "
    "AND up.path = 'parentOrgRef' WHERE org.oid = ?{first} UNION "
    "SELECT up.target FROM above JOIN object org ON org.oid = above.oid AND org.type = 'OrgType'"
    "{way} JOIN reference up ON up.owner = org.seq AND up.path = 'parentOrgRef') "
    "SELECT oid FROM above"
)


def in_org(node: InOrg, alias: str, way: Fragment | None = None) -> Fragment:
    """The object in the row `alias` belongs to the org; `way` holds for each `ORG` on the way."""
    if node.scope is OrgScope.ONE_LEVEL:
        return bound(f"{alias}.seq IN ({_MEMBERS} = ?)", node.oid)
    more, parameters = ("", ()) if way is None else (f" AND ({way.sql})", way.parameters)
    if node.scope is OrgScope.ANCESTORS:
        first = f" AND org.type = 'OrgType'{more}" if more else ""
        above_it = _ABOVE.format(first=first, way=more)
        return bound(f"{alias}.oid IN ({above_it})", node.oid, *parameters, *parameters)
    below = _BELOW.format(way=more)
    return bound(f"{alias}.seq IN ({_MEMBERS} IN ({below}))", node.oid, *parameters)
