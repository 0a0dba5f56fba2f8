"""In whose name tasks run: their owners' accounts, kept at hand until they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.dispatch import WorkFailed
from gateway.model.principal import ROLE_OIDS, SUPERUSER, Principal, Right

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.model.documents import StoredObject
    from gateway.store.base import Account, Store

#: Accounts that are kept at hand.
CAPACITY = 1_000


class Owners:
    """Looks accounts up; a commit that touches one forgets it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, Account | None] = {}
        #: Looked up just now; those that changed meanwhile are taken out.
        self._loading: set[str] = set()
        store.subscribe(self._forget)

    async def principal(self, task: StoredObject) -> Principal:
        """The owner, whose rights a task has; `WorkFailed` if he has none."""
        oid = _owner(task)
        account = await self._account(oid)
        if account is None or not account.is_enabled:
            raise WorkFailed(f"The task's owner {oid} has no enabled account.")
        principal = _principal(account)
        if not _may_own(principal):
            raise WorkFailed(f"The task's owner '{account.name}' has no right to change objects.")
        return principal

    def is_able(self, task: StoredObject) -> bool:
        """Whether the owner is known, without a look into the store, to have rights for tasks."""
        account = self._kept.get(_owner(task))
        return account is not None and account.is_enabled and _may_own(_principal(account))

    async def protected(self) -> frozenset[str]:
        """Built-in roles and superusers: whoever deletes them in bulk locks everybody out."""
        accounts = await self._store.accounts()
        superusers = {each.oid for each in accounts if SUPERUSER in each.roles}
        return frozenset(superusers | set(ROLE_OIDS.values()))

    async def _account(self, oid: str) -> Account | None:
        if oid in self._kept:
            return self._kept[oid]
        self._loading.add(oid)
        found = await self._store.account(oid)
        if oid in self._loading and len(self._kept) < CAPACITY:
            self._kept[oid] = found
        self._loading.discard(oid)
        return found

    def _forget(self, oids: Collection[str]) -> None:
        for oid in oids:
            self._kept.pop(oid, None)
            self._loading.discard(oid)


def _owner(task: StoredObject) -> str:
    oid: str = task.items.get("ownerRef", {}).get("oid", "")
    return oid


def _principal(account: Account) -> Principal:
    return Principal(oid=account.oid, name=account.name, roles=account.roles, groups=account.groups)


def _may_own(principal: Principal) -> bool:
    # Who may start jobs has not made up what they do.
    return principal.may(Right.WRITE) or principal.may(Right.WORK)
