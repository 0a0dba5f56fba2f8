"""What is let into the store, and in whose name: the rights to add and change, and two things beyond.

A task works with its owner's rights, so who sets one to work for somebody else must be allowed to act
as others. And what must not be stored is refused wherever it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.engine.permissions import check_giving, check_rules, check_write, to_be
from gateway.engine.protection import Alteration
from gateway.engine.workflow.access import check_members
from gateway.errors import NotAllowed, Unsupported
from gateway.model.principal import Right
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.engine.protection import Protection
    from gateway.engine.targets import Given, Targets
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal
    from gateway.store.base import Store

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Takeover:
    """Whether a user's password is set, and which groups who knows it then belongs to."""

    is_one: bool = False
    groups: frozenset[str] = frozenset()


class Admission:
    """Checks what callers would make of objects."""

    def __init__(self, store: Store, protection: Protection, targets: Targets) -> None:
        self._store = store
        self._protection = protection
        self._targets = targets

    async def check_new(
        self, type_name: str, oid: str, items: Document, principal: Principal, now: str
    ) -> None:
        """`NotAllowed` unless the principal may add the object."""
        new = to_be(type_name, oid, items)
        check_write(principal, Right.ADD, new)
        check_giving(principal, Right.ADD, to_be(type_name, oid, {}), items)
        if type_name == "TaskType":
            check_owner({}, items, principal)

        async def protect(given: Given) -> None:
            self._protect(principal, Alteration(before=None, after=new), given, now)

        await self._targets.supplied(protect)

    def check_change(
        self,
        before: StoredObject,
        items: Document,
        principal: Principal,
        now: str,
        given: Given,
        takeover: Takeover,
    ) -> None:
        """`NotAllowed` unless the principal may make this of the object.

        Args:
            before: the object.
            items: what its items are to be.
            principal: in whose name.
            now: the instant.
            given: what assignments lead to; `UnknownTargets` for what is neither there nor at hand.
            takeover: what comes with a new password.
        """
        check_members(principal, before)
        check_write(principal, Right.MODIFY, before)
        check_giving(principal, Right.MODIFY, before, items)
        if before.type == "TaskType":
            check_owner(before.items, items, principal)
        change = Alteration(
            before=before,
            after=replace(before, items=items),
            sets_password=takeover.is_one,
            groups=takeover.groups,
        )
        self._protect(principal, change, given, now)

    def check_deletion(
        self, before: StoredObject, principal: Principal, right: Right, now: str, given: Given
    ) -> None:
        """`NotAllowed` unless the principal may delete the object; `given` as in `check_change`."""
        check_members(principal, before)
        check_write(principal, right, before)
        self._protect(principal, Alteration(before=before, after=None), given, now)

    async def takeover(self, oid: str, password: str | None, principal: Principal) -> Takeover:
        """What somebody gets who sets that password of a user."""
        if password is None or principal.may(Right.ADMINISTER):
            return Takeover(is_one=password is not None)
        account = await self._store.account(oid)
        return Takeover(is_one=True, groups=account.groups if account is not None else frozenset())

    def _protect(self, principal: Principal, change: Alteration, given: Given, now: str) -> None:
        def known(items: Document) -> dict[str, StoredObject]:
            return self._targets.at_hand(items, given)

        self._protection.check(principal, change, known, now)


def check_owner(before: Document, after: Document, principal: Principal) -> None:
    """`NotAllowed` if somebody would set a task to work for another, or for nobody."""
    owner = after.get("ownerRef", {}).get("oid")
    if owner == principal.oid or principal.may(Right.ACT):
        return
    if any(before.get(name) != after.get(name) for name in WORK_ITEMS):
        whose = f"of its owner {owner}" if owner else "of an owner, which it would not have"
        raise NotAllowed(
            f"The task works with the rights {whose}; '{principal.name}' has no right to {Right.ACT}, "
            "so they can decide only about tasks of their own, and have to own them."
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
