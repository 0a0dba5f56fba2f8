"""Whether what a task would do is within the rights in whose name it does it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.engine.activities.recomputation import reachable
from gateway.engine.objects.recompute import targets
from gateway.engine.rights.admission import check_owner
from gateway.engine.rights.groups import check_members
from gateway.engine.rights.permissions import check_giving, require_on, to_be
from gateway.engine.rights.protection import Alteration
from gateway.errors import AlreadyExists, NotAllowed
from gateway.model.effects import Add, Delete, Modify, Operate
from gateway.model.principal import SUPERUSER, Right
from gateway.model.task import Operation
from gateway.model.task_document import TASK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.engine.objects.repository import Repository
    from gateway.engine.rights.protection import Protection
    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Effect
    from gateway.model.principal import Author, Principal

    Forms = tuple[StoredObject | None, StoredObject | None]

#: Operations of tasks to the rights that they need.
RIGHT_OF = {
    Operation.RUN: Right.RUN,
    Operation.SUSPEND: Right.SUSPEND,
    Operation.RESUME: Right.RESUME,
}


class EffectCheck:
    """Checks effects before they are handed to the store."""

    def __init__(self, repository: Repository, protection: Protection) -> None:
        self._repository = repository
        self._protection = protection

    def check(self, author: Author, effects: Iterable[Effect], now: str) -> None:
        """`NotAllowed` if a task would do what those may not in whose name it works."""
        is_alone = not author.hands and not author.writers
        if is_alone and SUPERUSER in author.principal.roles:
            return
        for effect in effects:
            self._check(author, effect, now)

    def _check(self, author: Author, effect: Effect, now: str) -> None:
        right, stored = self._find_right(effect)
        if right is None or stored is None:
            return
        vouching = author.vouching
        # What is denied to the owner stays denied, whoever vouches for it.
        if vouching is not None and right not in author.principal.grants.denied:
            try:
                self._check_of(vouching, right, stored, effect, now)
            except (NotAllowed, AlreadyExists):
                pass
            else:
                return
        for each in (author.principal, *author.hands):
            self._check_of(each, right, stored, effect, now)
        for each in author.writers:
            self._protect(each, _forms(stored, effect), now)

    def _check_of(
        self, principal: Principal, right: Right, stored: StoredObject, effect: Effect, now: str
    ) -> None:
        require_on(principal, right, stored)
        forms = _forms(stored, effect)
        for each in forms:
            if each is not None:
                check_members(principal, each)
        before, after = forms
        if after is not None:
            old = before.items if before is not None else {}
            check_giving(principal, right, to_be(stored.type, stored.oid, old), after.items)
            if stored.type == TASK_TYPE:
                check_owner(old, after.items, principal)
        self._protect(principal, forms, now)

    def _protect(self, principal: Principal, forms: Forms, now: str) -> None:
        before, after = forms
        if before is not None or after is not None:
            change = Alteration(before=before, after=after)
            self._protection.check(principal, change, self._find_known, now)

    def _find_known(self, items: Document) -> dict[str, StoredObject]:
        return reachable(self._repository, (), targets(items))

    def _find_right(self, effect: Effect) -> tuple[Right | None, StoredObject | None]:
        if isinstance(effect, Add):
            return Right.ADD, to_be(effect.new.type, effect.new.oid, effect.new.items)
        if isinstance(effect, Modify):
            return Right.MODIFY, effect.before
        if isinstance(effect, Delete):
            return Right.DELETE, effect.before
        if isinstance(effect, Operate):
            right = RIGHT_OF[effect.operation]
            return right, self._repository.lookup([effect.oid]).get(effect.oid)
        return None, None


def _forms(stored: StoredObject, effect: Effect) -> Forms:
    """The object before and after the effect; nothing of one that only operates it."""
    if isinstance(effect, Add):
        return None, stored
    if isinstance(effect, Modify):
        return stored, replace(stored, items=effect.change.items)
    return (stored if isinstance(effect, Delete) else None), None
