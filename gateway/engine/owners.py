"""In whose name tasks run, and whom no task may touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.dispatch import WorkFailed
from gateway.model.principal import ROLE_OIDS, SUPERUSER, Principal, Right

if TYPE_CHECKING:
    from gateway.engine.principals import Principals
    from gateway.model.documents import StoredObject
    from gateway.store.base import Store

#: One of them makes an owner: whoever has none could not do anything by a task. Who may start jobs has
#: not made up what they do.
WORKING = (Right.ADD, Right.MODIFY, Right.DELETE, Right.WORK)


class Owners:
    """Looks owners up."""

    def __init__(self, store: Store, principals: Principals) -> None:
        self._store = store
        self._principals = principals

    async def principal(self, task: StoredObject) -> Principal:
        """The owner, whose rights a task has; `WorkFailed` if he has none."""
        oid = _owner(task)
        principal = await self._principals.of(oid)
        if principal is None:
            raise WorkFailed(f"The task's owner {oid} has no enabled account.")
        if not _may_own(principal):
            raise WorkFailed(f"The task's owner '{principal.name}' has no right to change objects.")
        return principal

    def is_able(self, task: StoredObject) -> bool:
        """Whether the owner is known, without a look into the store, to have rights for tasks."""
        principal = self._principals.kept(_owner(task))
        return principal is not None and _may_own(principal)

    async def protected(self) -> frozenset[str]:
        """Built-in roles and superusers: whoever deletes them in bulk locks everybody out."""
        accounts = await self._store.accounts()
        superusers = {each.oid for each in accounts if SUPERUSER in each.roles}
        return frozenset(superusers | set(ROLE_OIDS.values()))


def _owner(task: StoredObject) -> str:
    oid: str = task.items.get("ownerRef", {}).get("oid", "")
    return oid


def _may_own(principal: Principal) -> bool:
    return any(map(principal.may_somewhere, WORKING))
