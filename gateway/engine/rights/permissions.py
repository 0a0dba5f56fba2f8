"""Which objects somebody may do something to: grants held against objects and searches."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from gateway.engine.rights.groups import sees
from gateway.errors import NotAllowed, NotFound, Unsupported
from gateway.model.containers import essential
from gateway.model.documents import StoredObject, identity
from gateway.model.principal import Right
from gateway.model.types import SCHEMA
from gateway.query import CompiledFilter, compile_query_filter, join_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.model.documents import Document
    from gateway.model.grants import Selection
    from gateway.model.principal import Author, Principal

#: Rights on single objects that are there.
OF_OBJECTS = (
    Right.READ,
    Right.SEARCH,
    Right.MODIFY,
    Right.DELETE,
    Right.RUN,
    Right.SUSPEND,
    Right.RESUME,
)
WORKFLOW_TYPE = "WorkflowType"
#: Workflows say what is done in the name of others, so who changes them has a right for nothing else.
OWN_RIGHTS = {
    (WORKFLOW_TYPE, each): Right.AUTHOR for each in (Right.ADD, Right.MODIFY, Right.DELETE)
}
#: Items that decide who has which rights.
GIVING = ("assignment", "inducement", "authorization")


def require(principal: Principal, right: Right, type_name: str | None = None) -> None:
    """Raise `NotAllowed` unless the principal has the right on everything, or on all of a type."""
    if not principal.may(right) and (type_name is None or not may_all(principal, right, type_name)):
        raise _refusal(principal, right)


def may_all(principal: Principal, right: Right, type_name: str) -> bool:
    """Whether the principal has the right on every object of a type."""
    if principal.may(right):
        return True
    part = principal.grants.parts.get(right)
    if part is None or any(meets(each, type_name) for each in part.but):
        return False
    return all(any(_takes_all(each, type_name) for each in group) for group in part.groups)


def _takes_all(selection: Selection, type_name: str) -> bool:
    return not selection.clauses and SCHEMA.is_subtype(type_name, selection.type)


def meets(selection: Selection, type_name: str) -> bool:
    """Whether some object of the type may be selected."""
    return SCHEMA.is_subtype(type_name, selection.type) or SCHEMA.is_subtype(
        selection.type, type_name
    )


def may(principal: Principal, right: Right, stored: StoredObject) -> bool:
    """Whether the principal has the right on this object, and belongs to whom it is limited to.

    What is new may be limited to anybody.
    """
    return (right is Right.ADD or sees(principal, groups_of(stored))) and has(
        principal, right_on(stored.type, right), stored
    )


def has(principal: Principal, right: Right, stored: StoredObject) -> bool:
    """Whether the principal has the right on this object, whoever it is limited to."""
    if principal.may(right):
        return True
    part = principal.grants.parts.get(right)
    if part is None or any(selects(each, stored) for each in part.but):
        return False
    return all(any(selects(each, stored) for each in group) for group in part.groups)


def require_on(principal: Principal, right: Right, stored: StoredObject) -> None:
    """Raise `NotAllowed` unless the principal has the right on this object."""
    if not may(principal, right, stored):
        raise _refusal(principal, right_on(stored.type, right))


def knows(principal: Principal, stored: StoredObject) -> bool:
    """Whether the principal has any right on this object."""
    return any(may(principal, right, stored) for right in OF_OBJECTS)


def author_permits(author: Author, right: Right, stored: StoredObject) -> bool:
    """Whether somebody has the right on this object in whose name a task works.

    All have it who have decided what is done, or else who vouches for it. `sight_of_author` says the
    same of searches.
    """
    return _is_within(author, lambda each: may(each, right, stored))


def author_knows(author: Author, stored: StoredObject) -> bool:
    """The same for any right."""
    return _is_within(author, lambda each: knows(each, stored))


def _is_within(author: Author, has: Callable[[Principal], bool]) -> bool:
    is_vouched = author.vouching is not None and has(author.vouching)
    return is_vouched or all(has(each) for each in (author.principal, *author.hands))


def require_object(
    principal: Principal, right: Right, stored: StoredObject | None, oid: str, type_name: str
) -> StoredObject:
    """The object of that oid and type, by a right on it.

    `NotAllowed` if the caller may look at it, or is it, but may not do this; `NotFound`, in the
    words of the store for none, if they may do neither.
    """
    is_allowed = stored is not None and may(principal, right, stored)
    is_known = is_allowed or oid == principal.oid
    if stored is None or not (is_known or may(principal, Right.READ, stored)):
        raise NotFound(f"There is no object with the oid {oid}.")
    if not SCHEMA.is_subtype(stored.type, type_name):
        raise NotFound(f"There is no {type_name} with the oid {oid}.")
    if not is_allowed:
        raise _refusal(principal, right)
    return stored


def groups_of(stored: StoredObject) -> Collection[str]:
    """The groups that an object is limited to; none: it is for everybody."""
    if stored.state is not None:
        return stored.state.groups
    groups: Collection[str] = stored.items.get("group", ()) if stored.type == WORKFLOW_TYPE else ()
    return groups


def right_on(type_name: str, right: Right) -> Right:
    """The right that stands for it where objects of the type are concerned."""
    return OWN_RIGHTS.get((type_name, right), right)


def require_somewhere(principal: Principal, *rights: Right) -> None:
    """Raise `NotAllowed` if there is no object on which the principal has one of the rights."""
    if not any(map(principal.may_somewhere, rights)):
        raise _refusal(principal, rights[0])


def _refusal(principal: Principal, right: Right) -> NotAllowed:
    roles = ", ".join(sorted(principal.roles)) or "no built-in role"
    where = " on this object" if right in principal.grants.parts else ""
    return NotAllowed(f"'{principal.name}' ({roles}) has no right to {right}{where}.")


@lru_cache(maxsize=1_024)
def filter_of(selection: Selection) -> CompiledFilter | None:
    """What the selection's clauses select together; None: every object of its type."""
    clauses = [orjson.loads(each) for each in selection.clauses]
    filters = [compile_query_filter(each, selection.type) for each in clauses]
    return join_filters(filters, selection.type)


def selects(selection: Selection, stored: StoredObject) -> bool:
    """Whether the object is one of the selected."""
    if not SCHEMA.is_subtype(stored.type, selection.type):
        return False
    compiled = filter_of(selection)
    return compiled is None or compiled.predicate(_no_fetch)(stored)


def _no_fetch(oid: str) -> StoredObject | None:
    """What a reference points to is not looked at; filters that would are refused beforehand."""
    raise Unsupported(f"The grant looks at another object ({oid}).")


def check_giving(principal: Principal, right: Right, before: StoredObject, items: Document) -> None:
    """`NotAllowed` if somebody who may change some objects would change who has which rights.

    Otherwise callers who may change themselves could make themselves superusers.
    """
    if principal.may(right) or not SCHEMA.is_subtype(before.type, "FocusType"):
        return
    for name in GIVING:
        if _collect_written(before.type, name, before.items) != _collect_written(
            before.type, name, items
        ):
            raise NotAllowed(
                f"'{principal.name}' has the right to {right} only on some objects, and cannot change "
                f"'{name}' of them: that would change who has which rights."
            )


def _collect_written(type_name: str, name: str, items: Document) -> list[object]:
    """What callers have written in the values of an item, as something to compare."""
    item = SCHEMA[type_name].item(name)
    if item is None:
        return []
    return [identity(essential(each, item.type, SCHEMA)) for each in items.get(name, ())]


def to_be(type_name: str, oid: str, items: Document) -> StoredObject:
    """An object that is not stored yet, to be held against grants."""
    return StoredObject(oid=oid, type=type_name, version=0, items=items)


# ---- rules in objects ------------------------------------------------------------------------------------
