"""What is let into the store, and in whose name: the rights to add and change, and two things beyond.

A task works with its owner's rights, so who sets one to work for somebody else must be allowed to act
as others. And what must not be stored is refused wherever it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from gateway.engine.permissions import check, check_giving, check_rules, to_be
from gateway.errors import NotAllowed, Unsupported
from gateway.model.principal import Right
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal

#: Items of a task that decide what is done in whose name.
WORK_ITEMS = ("ownerRef", "activity")
#: Type of the item that holds passwords, which are kept apart as hashes.
CREDENTIALS = "UserCredentialsType"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """An object that a caller hands in."""

    type: str
    items: Document
    oid: str | None = None
    #: Replace an existing object of that oid.
    overwrite: bool = False
    #: Store it as it is, without what usually follows from it.
    raw: bool = False
    #: What must hold for the object that is replaced; it must exist then.
    precondition: Callable[[StoredObject], bool] | None = None
    #: An object of that oid stays as it is if nothing but what the server fills in would differ.
    keeps_equal: bool = False
    #: The hash of the password that the user logs in with.
    password: str | None = field(default=None, repr=False)


def check_new(type_name: str, oid: str, items: Document, principal: Principal) -> None:
    """`NotAllowed` unless the principal may add the object."""
    check(principal, Right.ADD, to_be(type_name, oid, items))
    check_giving(principal, Right.ADD, to_be(type_name, oid, {}), items)
    if type_name == "TaskType":
        _check_owner({}, items, principal)


def check_change(before: StoredObject, items: Document, principal: Principal) -> None:
    """`NotAllowed` unless the principal may make this of the object."""
    check(principal, Right.MODIFY, before)
    check_giving(principal, Right.MODIFY, before, items)
    if before.type == "TaskType":
        _check_owner(before.items, items, principal)


def _check_owner(before: Document, after: Document, principal: Principal) -> None:
    owner = after.get("ownerRef", {}).get("oid", principal.oid)
    if owner == principal.oid or principal.may(Right.ACT):
        return
    if any(before.get(name) != after.get(name) for name in WORK_ITEMS):
        raise NotAllowed(
            f"The task works with the rights of its owner {owner}; '{principal.name}' has no right "
            f"to {Right.ACT}, so he can decide only about tasks of his own."
        )


@cache
def secret_item(type_name: str) -> str | None:
    """The name of the item that holds the password of objects of a type; None if they have none."""
    declared = SCHEMA[type_name].items.values()
    return next((each.name for each in declared if each.type == CREDENTIALS), None)


def check_content(type_name: str, items: Document, before: Document) -> None:
    """`InvalidRequest` if these items must not be stored in place of those."""
    if secret_item(type_name) in items:
        raise Unsupported(
            "A password can be set only with a user in a request; no task can set one."
        )
    if items.get("authorization") != before.get("authorization"):
        check_rules(items)
