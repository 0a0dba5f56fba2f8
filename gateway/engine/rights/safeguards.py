"""Keeps people from locking themselves and everybody else out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.objects.lockouts import problem
from gateway.errors import Protected
from gateway.model.principal import ROLE_OIDS, SUPERUSER
from gateway.model.validity import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal
    from gateway.store.base import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Safeguard:
    """Refuses changes that would take a protected account's or role's effect away."""

    principal: Principal
    accounts: Sequence[Account]

    def check(
        self, before: StoredObject, items: Document | None, now: str, password: str | None = None
    ) -> None:
        """Raise `Protected` if `items` (None: deletion) may not become the object's content.

        An empty `password` takes the present one away.
        """
        reason = self._explain_protection(before.oid)
        if reason is None:
            return
        refused = "be deleted" if items is None else problem(before.items, items, now)
        if refused is None and password == "":
            refused = "be left without a password"
        if refused is not None:
            raise Protected(f"'{before.name}' cannot {refused}: it is {reason}.")

    def _explain_protection(self, oid: str) -> str | None:
        if oid in ROLE_OIDS.values():
            return "a built-in role"
        if oid == self.principal.oid:
            return "your own account"
        is_last = any(self._superusers(at) == [oid] for at in self._instants())
        return "the last enabled superuser" if is_last else None

    def _instants(self) -> list[str]:
        """Now, and whenever somebody begins or ceases to be one of the superusers."""
        now = max((each.now for each in self.accounts), default="")
        ahead = {turn for each in self._candidates() for turn in turns(each.items) if turn > now}
        return [now, *sorted(ahead)]

    def _superusers(self, now: str) -> list[str]:
        at = (each.at(now) for each in self._candidates())
        return [each.oid for each in at if SUPERUSER in each.roles and each.is_enabled]

    def _candidates(self) -> list[Account]:
        """Those who may log in and are superusers at some time."""
        role = ROLE_OIDS[SUPERUSER]
        return [
            each
            for each in self.accounts
            if each.password
            and any(one["targetRef"]["oid"] == role for one in each.items.get("assignment", ()))
        ]
