"""Who belongs to which org: parents of parents, by object and as SQL, safe against cycles.

A reference to an org counts whatever its relation; only orgs lead further up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


#: What an org is called in the row that is looked at on the way.
ORG = "org"
