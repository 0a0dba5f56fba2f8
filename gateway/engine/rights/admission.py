"""What is let into the store, and in whose name: the rights to add and change, and two things beyond.

A task works with its owner's rights, so who sets one to work for somebody else must be allowed to act
as others. And what must not be stored is refused wherever it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.engine.rights.groups import check_members
from gateway.engine.rights.permissions import check_giving, require_on, to_be
from gateway.engine.rights.protection import Alteration
from gateway.errors import NotAllowed
from gateway.model.principal import Right
from gateway.model.task_document import ACTIVITY, OWNER, owner_oid

if TYPE_CHECKING:
    from gateway.engine.objects.targets import Given, Targets
    from gateway.engine.rights.protection import Protection
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Items of a task that decide what is done in whose name.
WORK_ITEMS = (OWNER, ACTIVITY)


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
        require_on(principal, Right.ADD, new)
        check_giving(principal, Right.ADD, to_be(type_name, oid, {}), items)
        if type_name == "TaskType":
            check_owner({}, items, principal)

        async def protect(given: Given) -> None:
            self._protect(principal, Alteration(before=None, after=new), given, now)

        await self._targets.supply(protect)

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
        require_on(principal, Right.MODIFY, before)
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
        require_on(principal, right, before)
        self._protect(principal, Alteration(before=before, after=None), given, now)

    async def takeover(self, oid: str, password: str | None, principal: Principal) -> Takeover:
        """What somebody gets who sets that password of a user."""
        if password is None or principal.may(Right.ADMINISTER):
            return Takeover(is_one=password is not None)
        account = await self._store.account(oid)
        return Takeover(is_one=True, groups=account.groups if account is not None else frozenset())

    def _protect(self, principal: Principal, change: Alteration, given: Given, now: str) -> None:
        def find_known(items: Document) -> dict[str, StoredObject]:
            return self._targets.at_hand(items, given)

        self._protection.check(principal, change, find_known, now)


def check_owner(before: Document, after: Document, principal: Principal) -> None:
    """`NotAllowed` if somebody would set a task to work for another, or for nobody."""
    owner = owner_oid(after)
    if owner == principal.oid or principal.may(Right.ACT):
        return
    if any(before.get(name) != after.get(name) for name in WORK_ITEMS):
        whose = f"of its owner {owner}" if owner else "of an owner, which it would not have"
        raise NotAllowed(
            f"The task works with the rights {whose}; '{principal.name}' has no right to {Right.ACT}, "
            "so they can decide only about tasks of their own, and have to own them."
        )
