"""Which rights follow from an object's assignments: pure, for logins and for what others may do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import orjson

from gateway.engine.objects.recompute import (
    INDUCING_RELATIONS,
    collect_assigned,
    memberships,
    potential_memberships,
)
from gateway.model.documents import DEFAULT_RELATION
from gateway.model.grants import PHASES, Rule, Selection
from gateway.model.principal import ROLE_OIDS, Principal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.documents import Document, StoredObject

ROLE_OF_OID = {oid: role for role, oid in ROLE_OIDS.items()}


class Actions(Protocol):
    """What the actions in authorizations mean; whoever speaks a vendor's language knows."""

    @property
    def entries(self) -> frozenset[str]:
        """Names of all entries."""
        ...

    def find_allowed(self, action: str) -> frozenset[str]:
        """Rights, and names of entries, that come with the action."""
        ...

    def find_denied(self, action: str) -> frozenset[str]:
        """Those that go with it; more for an action that is not known, never less."""
        ...


def principal_of(
    holder: StoredObject,
    known: Mapping[str, StoredObject],
    now: str | None,
    actions: Actions,
    groups: frozenset[str] = frozenset(),
) -> Principal:
    """Who the holder of assignments is.

    Args:
        holder: the object that is assigned to others.
        known: what its assignments and, transitively, inducements lead to.
        now: the instant; None counts whatever is disabled, over or still to come, too.
        actions: what authorizations mean.
        groups: names of the groups that it belongs to.
    """
    items = holder.items
    held = list(
        potential_memberships(items, known) if now is None else memberships(items, known, now)
    )
    named = {each["oid"] for each in held if each["relation"] == DEFAULT_RELATION}
    # A built-in role that is assigned directly counts whatever became of its object.
    direct = set() if now is None else collect_assigned(items, now)
    return Principal(
        oid=holder.oid,
        name=holder.name,
        roles=frozenset(ROLE_OF_OID[oid] for oid in named | direct if oid in ROLE_OF_OID),
        groups=groups,
        rules=tuple(
            rule
            for each in held
            if each["relation"] in INDUCING_RELATIONS
            for rule in rules_of(known[each["oid"]].items, holder.oid, actions)
        ),
    )


def rules_of(role: Document, holder: str, actions: Actions) -> Iterator[Rule]:
    """What the authorizations of a role allow and deny to a holder of that oid."""
    for each in role.get("authorization", ()):
        allows = each.get("decision", "allow") == "allow"
        meaning = actions.find_allowed if allows else actions.find_denied
        operations = frozenset().union(*map(meaning, each.get("action", ())))
        if operations:
            yield Rule(
                operations=operations,
                allows=allows,
                phases=frozenset({each["phase"]} if "phase" in each else PHASES),
                objects=tuple(_selection(one, holder) for one in each.get("object", ())),
            )


def _selection(selector: Document, holder: str) -> Selection:
    clauses = [selector["filter"]] if "filter" in selector else []
    if selector.get("special") == "self":
        clauses.append(only(holder))
    return Selection(
        type=selector.get("type", "ObjectType"),
        clauses=tuple(orjson.dumps(each).decode() for each in clauses),
    )


def only(oid: str) -> Document:
    """The filter clause that selects one object."""
    return {"inOid": {"value": [oid]}}
