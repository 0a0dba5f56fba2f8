"""In whose name tasks run, and whom no task may touch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from gateway.engine.running.dispatcher import WorkFailed
from gateway.model.job import origin_of
from gateway.model.principal import ROLE_OIDS, SUPERUSER, Author, Principal, Right
from gateway.model.task_document import owner_oid

if TYPE_CHECKING:
    from gateway.engine.rights.principals import Principals
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
        """The owner, whose rights a task has; `WorkFailed` if there is none."""
        oid = _owner(task)
        principal = await self._principals.of(oid)
        if principal is None:
            raise WorkFailed(f"The task's owner {oid} has no enabled account.")
        if not _may_own(principal):
            raise WorkFailed(f"The task's owner '{principal.name}' has no right to change objects.")
        return principal

    async def author(self, task: StoredObject, owner: Principal, channel: str) -> Author:
        """In whose name the task works, and who else has decided what it does.

        `WorkFailed` if one of those who have given values is not let in any more.
        """
        author = Author(principal=owner, channel=channel, task=task.oid)
        if task.state is None or task.state.origin is None:
            return author
        origin = origin_of(orjson.loads(task.state.origin))
        hands = [(oid, await self.somebody(oid)) for oid in origin.hands]
        gone = next((oid for oid, found in hands if found is None), None)
        if gone is not None:
            raise WorkFailed(f"{gone}, who has given values to the job, has no enabled account.")
        # A writer who is gone has no rights any more.
        writers = [
            await self.somebody(oid) or Principal(oid=oid, name=oid, roles=frozenset())
            for oid in origin.writers
        ]
        return replace(
            author,
            vouching=writers[-1] if origin.is_fixed and writers else None,
            hands=tuple(found for _, found in hands if found is not None),
            writers=tuple(writers),
        )

    async def somebody(self, oid: str) -> Principal | None:
        """The user, or the program with roles of its own, that logs in with that oid; None: nobody."""
        found = await self._principals.of(oid)
        if found is not None:
            return found
        client = await self._store.client(oid)
        if client is None or not client.is_enabled or client.user is not None:
            return None
        return Principal(oid=client.id, name=client.id, roles=client.roles)

    def is_able(self, task: StoredObject) -> bool:
        """Whether the owner is known, without a look into the store, to have rights for tasks."""
        principal = self._principals.kept(_owner(task))
        return principal is not None and _may_own(principal)

    async def find_protected(self) -> frozenset[str]:
        """Built-in roles and superusers: whoever deletes them in bulk locks everybody out."""
        accounts = await self._store.accounts()
        superusers = {each.oid for each in accounts if SUPERUSER in each.roles}
        return frozenset(superusers | set(ROLE_OIDS.values()))


def _owner(task: StoredObject) -> str:
    return owner_oid(task.items) or ""


def _may_own(principal: Principal) -> bool:
    return any(map(principal.may_somewhere, WORKING))
